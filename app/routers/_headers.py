"""Header lines that dependencies read themselves, and how OpenAPI comes to know of them.

A declared parameter is built anew for each route that asks for it, with a validator of its own; there are
hundreds of routes (ADR 0058).
"""

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from fastapi import Request
from fastapi.dependencies.models import Dependant
from pydantic import TypeAdapter, ValidationError

from app.core.errors import Invalid

T = TypeVar("T")
R = TypeVar("R", bound="Reader")


class Line(Generic[T]):
    """One header line, of one kind."""

    def __init__(self, name: str, kind: type[T], description: str) -> None:
        self.name = name
        self._adapter: TypeAdapter[T] = TypeAdapter(kind)
        self.parameter = {
            "name": name,
            "in": "header",
            "required": False,
            "description": description,
            "schema": self._adapter.json_schema() | {"title": name.title()},
        }

    def read(self, request: Request) -> T | None:
        """What it says, None where it is not there; Invalid where it is of another kind, or there twice."""
        match request.headers.getlist(self.name):
            case []:
                return None
            case [said]:
                return self._parsed(said)
        raise self._fault("repeated")

    def _parsed(self, said: str) -> T:
        try:
            return self._adapter.validate_python(said)
        except ValidationError as error:
            raise self._fault(error.errors(include_input=False, include_url=False)[0]["type"]) from None

    def _fault(self, code: str) -> Invalid:
        return Invalid(errors=[{"pointer": f"/{self.name}", "code": code}])


class Reader:
    """A dependency that reads header lines itself."""

    lines: tuple[Line[Any], ...] = ()


def asked(needs: Dependant, kind: type[R]) -> Iterator[R]:
    """All readers of this kind that a route asks for, at whatever depth."""
    if isinstance(needs.call, kind):
        yield needs.call
    for one in needs.dependencies:
        yield from asked(one, kind)


def parameters(needs: Dependant) -> list[dict[str, Any]]:
    """All that is read so for a route, each once, as OpenAPI says it."""
    lines = {line.name: line for reader in asked(needs, Reader) for line in reader.lines}
    return [line.parameter for line in lines.values()]
