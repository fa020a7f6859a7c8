"""Enter a record, correct one, read them: in a file that an action has opened, after it asked. Audited."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.audit import actions as audit
from app.core import pages
from app.core.db import Held
from app.core.errors import Clash, Stale
from app.core.ids import new_id
from app.core.pages import Ask, Page
from app.records import queries, rules
from app.records.kinds import Around, Kind, Said
from app.records.models import Correction
from app.records.queries import File
from app.records.schemas import Correct, CorrectionOut

H = TypeVar("H", bound=Held)


async def enter(
    session: AsyncSession, actor: Actor, file: File, kind: Kind[H], given: Any, **more: Any
) -> tuple[H, bool]:
    """Keep a new record; False beside it when this very one was there already.

    `more`: columns that the client does not say.
    """
    said = {name: getattr(given, name) for name in kind.fields}
    if known := await queries.find(session, file, kind.table, given.id):
        return _same(kind, file, known, said), False
    await judge(session, file, kind, said)
    row_id = given.id or new_id()
    columns = kind.columns(file.box, row_id, said)
    made: H = kind.table.model_validate(
        {**file.held, **columns, **more, "id": row_id, "by_id": actor.user_id}
    )
    session.add(made)
    log(session, actor, file, f"{kind.word}.add", made.id)
    await session.flush()
    return made, True


async def correct(
    session: AsyncSession,
    actor: Actor,
    file: File,
    kind: Kind[H],
    record_id: UUID,
    version: int,
    given: Correct,
) -> H:
    """Change what a record says; what it said before is kept, with who changed it and why."""
    record = await queries.take(session, file, kind.table, record_id)
    if version != record.version:
        raise Stale(current=kind.shown(file.box, record).model_dump(mode="json"))
    sent = {name: getattr(given, name) for name in given.model_fields_set - {"reason_code", "in_error"}}
    rules.need_values(kind.given, sent)
    before = kind.said(file.box, record)
    changes = {name: value for name, value in sent.items() if value != before[name]}
    if not given.in_error:
        await judge(session, file, kind, before | changes, record.id)
    columns = kind.columns(file.box, record.id, changes)
    if given.in_error is not None:
        columns["in_error"] = given.in_error
    _change(session, actor, file, kind, record, columns, given.reason_code)
    log(session, actor, file, f"{kind.word}.correct", record.id)
    await session.flush()
    return record


async def read_all(session: AsyncSession, actor: Actor, file: File, kind: Kind[H]) -> list[Any]:
    """Every record of one kind in this file, as they are answered."""
    found = await queries.all_of(session, file, kind.table)
    log(session, actor, file, f"{kind.word}.list", *(one.id for one in found))
    return [kind.shown(file.box, one) for one in found]


async def read_page(session: AsyncSession, actor: Actor, file: File, kind: Kind[H], ask: Ask) -> Page[Any]:
    """A page of the records of one kind in this file, in the order of entry."""
    found = await queries.page_of(session, file, kind.table, ask)
    shown = found[: ask.limit]
    log(session, actor, file, f"{kind.word}.list", *(one.id for one in shown))
    following = pages.seal(ask, found[ask.limit].id) if len(found) > ask.limit else None
    return Page(items=[kind.shown(file.box, one) for one in shown], next_cursor=following)


async def read_corrections(
    session: AsyncSession, actor: Actor, file: File, kind: Kind[H], record_id: UUID
) -> list[CorrectionOut]:
    """What a record of this file said before, newest first."""
    record = await queries.get(session, file, kind.table, record_id)
    found = await queries.corrections(session, record.id)
    log(session, actor, file, f"{kind.word}.list_corrections", record.id)
    return [CorrectionOut.of(kind, file.box, one) for one in found]


async def judge(
    session: AsyncSession, file: File, kind: Kind[H], said: Said, but: UUID | None = None
) -> None:
    """Stop what cannot be: by the person's birth, by its like, by what it points to."""
    rules.need_after_birth(said, file.birth)
    missing = [name for name in kind.places if not await queries.in_directory(session, said[name])]
    rules.refuse((name, "not_in_directory") for name in missing)
    others = [] if kind.alone else await queries.all_of(session, file, kind.table)
    pointed = {name: await _pointed(session, file, name, said[name], to) for name, to in kind.points.items()}
    kind.judge(
        said,
        Around(
            birth=file.birth,
            others=[kind.said(file.box, one) for one in others if one.id != but and not _void(one)],
            pointed={name: found for name, found in pointed.items() if found is not None},
        ),
    )


async def _pointed(
    session: AsyncSession, file: File, name: str, record_id: UUID | None, to: Kind[Any]
) -> Said | None:
    if record_id is None:
        return None
    found = await queries.find(session, file, to.table, record_id)
    if found is None or _void(found):
        raise rules.invalid((name, "not_in_this_file"))
    said: Said = to.said(file.box, found)
    return said


def _void(record: Any) -> bool:
    """Whether it should never have been entered."""
    return bool(getattr(record, "in_error", False))


def _change(
    session: AsyncSession,
    actor: Actor,
    file: File,
    kind: Kind[H],
    record: H,
    columns: Mapping[str, Any],
    reason_code: str,
) -> None:
    before = {name: getattr(record, name) for name in columns if getattr(record, name) != columns[name]}
    if not before:
        return
    kept = {"record_kind": kind.word, "record_id": record.id, "record_version": record.version}
    held = {"owner_id": record.owner_id, "team_id": record.team_id, "survivor_id": file.survivor_id}
    why = {"reason_code": reason_code, "by_id": actor.user_id}
    written = {name: _written(value) for name, value in before.items()}
    session.add(Correction.model_validate({**kept, **held, **why, "before": written}))
    for name, value in columns.items():
        setattr(record, name, value)


def _written(value: Any) -> Any:
    """A column as JSON holds it."""
    match value:
        case bytes():
            return value.hex()
        case Enum():
            return value.value
        case date() | datetime():
            return value.isoformat()
        case UUID() | Decimal():
            return str(value)
    return value


def _same(kind: Kind[H], file: File, known: H, said: Said) -> H:
    """What exists under the client's id, if it is what was sent; a corrected one may say something else."""
    if known.version == 1 and kind.said(file.box, known) != dict(said):
        raise Clash
    return known


def log(session: AsyncSession, actor: Actor, file: File, action: str, *ids: UUID) -> None:
    """Say in the audit trail what was done with these records of this file."""
    audit.record(session, actor, action, [*ids, *file.trail], file.field_class)
