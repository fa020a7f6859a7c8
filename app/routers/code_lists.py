"""Routes under /code-lists: what the codes of every field mean, in the caller's language."""

import hashlib
from datetime import date
from typing import Annotated, Any, cast

from fastapi import Header, Path, Response

from app.access.table import Permission
from app.codelists import lists
from app.core import clock
from app.core.errors import Forbidden, NotFound
from app.core.shown import Shown
from app.routers._deps import ActorDep, SessionDep
from app.routers._problems import problems
from app.routers._rooms import Room
from app.routers._words import LANGUAGES

router = Room("directory", prefix="/code-lists")
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "What you hold is what we have"}}
Known = Annotated[str | None, Header(max_length=1000, description="The `ETag`s of what you hold")]


class CodeListName(Shown):
    """A list by its name. Its version changes exactly when the list does."""

    name: str
    version: str


class Code(Shown):
    """One code: what people read for it, whether a native speaker checked that, and when it may be used."""

    code: str
    label: str
    checked: bool
    in_force: bool
    starts: date | None
    until: date | None
    facts: dict[str, str]


class CodeList(CodeListName):
    """A list in its own order, retired codes included: old records still use them."""

    language: str
    codes: list[Code]


@router.get("", response_model=list[CodeListName], responses=problems(Forbidden) | UNCHANGED)
async def list_code_lists(
    response: Response, _: SessionDep, actor: ActorDep, if_none_match: Known = None
) -> list[CodeListName] | Response:
    """The names and versions of all lists."""
    actor.grant(Permission.DIRECTORY_READ)
    names = [CodeListName(name=name, version=lists.version(name)) for name in lists.names()]
    headers = _headers(*(each.name + each.version for each in names))
    response.headers.update(headers)
    return _unchanged(if_none_match, headers) or names


@router.get("/{name}", response_model=CodeList, responses=problems(Forbidden, NotFound) | UNCHANGED)
async def get_code_list(
    name: Annotated[str, Path(max_length=60)],
    response: Response,
    _: SessionDep,
    actor: ActorDep,
    if_none_match: Known = None,
) -> CodeList | Response:
    """One list, with its labels in the language of `Accept-Language`, or else in your own."""
    actor.grant(Permission.DIRECTORY_READ)
    if name not in lists.names():
        raise NotFound
    language = cast(lists.Language, actor.language if actor.language in LANGUAGES else "en")
    today = clock.today()  # codes begin and retire at midnight
    headers = _headers(lists.version(name), language, today.isoformat()) | {"Content-Language": language}
    response.headers.update(headers)
    return _unchanged(if_none_match, headers) or _list(name, language, today)


def _headers(*parts: str) -> dict[str, str]:
    """A strong tag of everything the answer depends on; a copy may be kept, and is asked about each time."""
    tag = hashlib.sha256("|".join(parts).encode()).hexdigest()[:20]
    vary = "Accept-Language, Authorization"
    return {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache", "Vary": vary}


def _unchanged(known: str | None, headers: dict[str, str]) -> Response | None:
    """304 when one of the tags that the caller holds is this one (weak comparison, RFC 9110 13.1.2)."""
    held = {tag.strip().removeprefix("W/") for tag in (known or "").split(",")}
    return Response(status_code=304, headers=headers) if held & {headers["ETag"], "*"} else None


def _list(name: str, language: lists.Language, today: date) -> CodeList:
    codes = [
        Code(
            code=row.code,
            label=row.labels[language],
            checked=row.checked,
            in_force=row.in_force(today),
            starts=row.starts,
            until=row.until,
            facts=dict(row.extra),
        )
        for row in lists.load(name).values()
    ]
    return CodeList(name=name, version=lists.version(name), language=language, codes=codes)
