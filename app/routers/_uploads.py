"""A file that comes in: who sends it is asked first, how large it is while it comes, then what it is.

No transaction is open while a telephone sends over a bad line, or while the file is judged. The body is kept
in memory, never on disk: what arrives is somebody's paper, not yet sealed.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Path, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from app.access.actor import Actor
from app.core.db import unit_of_work
from app.core.errors import Invalid, Unavailable
from app.core.given import Given
from app.documents import judging
from app.documents.errors import TooSlow
from app.documents.judging import Content
from app.routers._deps import CallerDep, acting

LARGEST_FILE = 10 << 20
LARGEST_UPLOAD = LARGEST_FILE + (16 << 10)  # with what is said beside it
LONGEST = 120.0  # seconds
MOST_AT_ONCE = 6  # in one process: sixty megabytes
MULTIPART = "multipart/form-data"

G = TypeVar("G", bound=Given)
Allowed = Callable[[AsyncSession, Actor, Request, UUID], Awaitable[None]]
_under_way = 0


@dataclass(frozen=True, slots=True)
class Upload(Generic[G]):
    """What was said beside a file, and what of the file is kept."""

    said: G
    content: Content


class _InMemory(MultiPartParser):
    """A form whose file is never written to disk, and is let go whatever happens."""

    spool_max_size = LARGEST_UPLOAD

    def drop(self) -> None:
        """Let go of what has arrived."""
        for file in self._files_to_close_on_error:
            file.close()


def upload_of(said: type[G], allowed: Allowed) -> Callable[..., Awaitable[Upload[G]]]:
    """A dependency that takes in a file and what is said beside it, once `allowed` let the caller through."""

    async def take(request: Request, caller: CallerDep, case_id: Annotated[UUID, Path()]) -> Upload[G]:
        async with unit_of_work(request.app.state.database, caller) as session:
            await session.connection()
            await allowed(session, acting(session.info["signed"]), request, case_id)
        with _counted():
            fields, data = await _received(request)
            request.state.said = _digest(fields, data)
            return Upload(_valid(said, fields), await judging.content_of(data))

    return take


def described(said: type[Given]) -> dict[str, Any]:
    """The `openapi_extra=` of a route that takes in a file."""
    schema = said.model_json_schema()
    schema.pop("description", None)
    for inner in schema.pop("$defs", {}).items():
        schema["properties"] = json.loads(
            json.dumps(schema["properties"]).replace(
                json.dumps({"$ref": f"#/$defs/{inner[0]}"}), json.dumps(inner[1])
            )
        )
    schema.setdefault("properties", {})["file"] = {
        "type": "string",
        "format": "binary",
        "description": f"JPEG, PNG or PDF, at most {LARGEST_FILE >> 20} MB; told by its content",
    }
    schema["required"] = [*schema.get("required", []), "file"]
    return {"requestBody": {"required": True, "content": {MULTIPART: {"schema": schema}}}}


@contextmanager
def _counted() -> Iterator[None]:
    """As many at once as there is memory for."""
    global _under_way
    if _under_way >= MOST_AT_ONCE:
        raise Unavailable
    _under_way += 1
    try:
        yield
    finally:
        _under_way -= 1


async def _received(request: Request) -> tuple[dict[str, str], bytes]:
    """The fields and the one file of a form, all of it in memory."""
    if not request.headers.get("content-type", "").startswith(f"{MULTIPART};"):
        raise _fault("not_a_form")
    parser = _InMemory(request.headers, request.stream(), max_files=1, max_fields=8, max_part_size=4 << 10)
    try:
        async with asyncio.timeout(LONGEST):
            form = await parser.parse()
        said = {name: value for name, value in form.multi_items() if isinstance(value, str)}
        file = form.get("file")
        if not isinstance(file, UploadFile) or len(said) + 1 != len(form.multi_items()):
            raise _fault("file_missing", "/file")
        return said, await file.read()
    except TimeoutError as error:
        raise TooSlow from error
    except (MultiPartException, UnicodeDecodeError) as error:
        raise _fault("not_a_form") from error
    finally:
        parser.drop()


def _valid(said: type[G], fields: dict[str, str]) -> G:
    try:
        return said.model_validate(fields)
    except ValidationError as error:
        places = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors(include_url=False)]
        raise RequestValidationError(places) from None


def _digest(fields: dict[str, str], data: bytes) -> bytes:
    """What a request says, however its parts were divided: a repeat may be wrapped anew."""
    return json.dumps(fields, sort_keys=True).encode() + b"\n" + hashlib.sha256(data).digest()


def _fault(code: str, pointer: str = "") -> Invalid:
    return Invalid(errors=[{"pointer": pointer, "code": code, "message": ""}])
