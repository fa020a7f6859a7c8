"""Header lines that dependencies read themselves, and how OpenAPI comes to know of them.

A declared parameter is built anew for each route that asks for it, with a validator of its own: of three
lines, on hundreds of routes, that is one part in fifty of what a worker keeps.
"""

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from fastapi import Request
from fastapi.dependencies.models import Dependant
from pydantic import TypeAdapter, ValidationError

from app.core.errors import Invalid

T = TypeVar("T")


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


def parameters(needs: Dependant) -> list[dict[str, Any]]:
    """All that is read so for a route, each once, as OpenAPI says it."""
    return list({line.name: line.parameter for reader in _readers(needs) for line in reader.lines}.values())


def _readers(needs: Dependant) -> Iterator[Reader]:
    if isinstance(needs.call, Reader):
        yield needs.call
    for one in needs.dependencies:
        yield from _readers(one)
