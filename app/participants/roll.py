"""The roll of a session and of a programme, each read in one statement and written in one: asked all day.

Beside everybody stand the latest clearance for the sport, injuries, and the days of attendance, so that
nothing is looked up for each of them. Rows of the organiser's facility, or of files in reach; row-level
security stands behind it.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel

from app.access.actor import Actor, Grant
from app.access.table import Reach
from app.audit import reading
from app.audit.actions import FieldClass
from app.codelists import lists
from app.core.db import day_of
from app.core.errors import NotFound, Stale
from app.core.hot import Hot, prepare
from app.core.ids import new_id
from app.core.pages import Ask, seal
from app.participants import rules
from app.participants.models import Attendance, Clearance, Enrolment, SportInjury
from app.participants.states import Stage, Status
from app.programmes.models import Programme, Session

E, A, C, J, P, S = (
    SQLModel.metadata.tables[kind.__tablename__]
    for kind in (Enrolment, Attendance, Clearance, SportInjury, Programme, Session)
)
Opened = Callable[[str, UUID, bytes | None], str | None]
UUIDS, TEXTS = sa.ARRAY(sa.Uuid()), sa.ARRAY(sa.Text())
KEPT = (
    *("id", "version", "case_id", "programme_id", "group_id", "role_code", "position_code", "need_codes"),
    *("eligibility_code", "eligible_position_codes", "agreed_until", "joined_on", "ended_on"),
    "end_reason_code",
)


@dataclass(frozen=True, slots=True)
class Hurt:
    """What of a sport injury decides whether somebody may play on a day."""

    occurred_on: date
    context_code: str
    stage: Stage
    stage_on: date


@dataclass(frozen=True, slots=True)
class Cleared:
    """What of a clearance decides whether it covers a day."""

    outcome_code: str
    given_on: date
    valid_until: date


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody on the roll of a session."""

    id: UUID
    file: rules.File
    status: Status
    noted: tuple[str, str | None] | None  # what was said of this session before
    clearance: Cleared | None
    hurt: tuple[Hurt, ...]
    days: tuple[date, ...]  # of other sessions


async def of_session(
    hot: Hot, one: Session, programme: Programme, asked: Sequence[UUID] = ()
) -> dict[UUID, Line]:
    """Who is asked about or was noted before, by enrolment, in order of entry."""
    shows = programme.kind_code in (rules.SPORT, rules.PEERS)
    kept = prepare(("attendance.roll", shows), partial(_of_session, shows))
    values = {"session_id": one.id, "programme_id": one.programme_id, "asked": list(asked)}
    there = [code for code in lists.load("attendance_status") if rules.attended(code)]
    if shows:
        values |= {"there": there}
    rows = await hot.rows(kept, **values, sport_code=programme.sport_code)
    return {row["id"]: _line(row) for row in rows}


def _of_session(shows: bool) -> Any:
    asked, session_id = sa.bindparam("asked", type_=UUIDS), sa.bindparam("session_id", type_=sa.Uuid())
    noted = sa.and_(A.c.enrolment_id == E.c.id, A.c.session_id == session_id)
    latest = _latest(E.c.case_id, sa.bindparam("sport_code", type_=sa.String()))
    columns = [E.c[name] for name in ("id", "case_id", "survivor_id", "owner_id", "team_id", "status")]
    rows = (
        sa.select(
            *columns,
            *(A.c[name] for name in ("status_code", "reason_code")),
            *(latest.c[name] for name in ("outcome_code", "given_on", "valid_until")),
            _injuries().label("hurt"),
            (_days(session_id) if shows else sa.cast(sa.null(), sa.ARRAY(sa.Date()))).label("days"),
        )
        .select_from(E.outerjoin(A, noted).outerjoin(latest, sa.true()))
        .where(E.c.programme_id == sa.bindparam("programme_id", type_=sa.Uuid()))
        .where(sa.or_(E.c.id == sa.any_(asked), A.c.id.is_not(None)))
    )
    return rows.order_by(E.c.id)


def _latest(case_id: Any, sport_code: Any) -> Any:
    """The latest word of a provider on a sport."""
    rows = sa.select(C.c.outcome_code, C.c.given_on, C.c.valid_until, C.c.condition_codes)
    rows = rows.where(C.c.case_id == case_id, C.c.sport_code == sport_code)
    return rows.order_by(C.c.given_on.desc(), C.c.id.desc()).limit(1).lateral("latest")


def _away(case_id: Any) -> Any:
    """The injury that has kept somebody away the longest, if any does now."""
    goes_on = (J.c.stage != Stage.RETURNED, J.c.stage != Stage.RETRACTED)
    rows = sa.select(J.c.occurred_on, J.c.stage).where(J.c.case_id == case_id, *goes_on)
    return rows.order_by(J.c.occurred_on, J.c.id).limit(1).lateral("away")


def _injuries() -> Any:
    """Every injury of the person as JSON, the longest ago first; nothing where there is none."""
    line = sa.func.json_build_object(
        *("occurred_on", J.c.occurred_on, "context_code", J.c.context_code),
        *("stage", J.c.stage, "stage_on", J.c.stage_on),
    )
    every = sa.func.json_agg(line).aggregate_order_by(J.c.occurred_on, J.c.id)
    return sa.select(sa.cast(every, sa.Text)).where(J.c.case_id == E.c.case_id).scalar_subquery()


def _days(session_id: Any) -> Any:
    """The days on which somebody was at another session, as the calendar on the wall has them."""
    day = day_of(S.c.starts_at)
    other = A.alias("other")
    rows = (
        sa.select(sa.func.array_agg(day).aggregate_order_by(day))
        .select_from(other.join(S, S.c.id == other.c.session_id))
        .where(other.c.enrolment_id == E.c.id, other.c.session_id != session_id)
        .where(other.c.status_code == sa.any_(sa.bindparam("there", type_=TEXTS)))
    )
    return rows.scalar_subquery()


def _line(row: Any) -> Line:
    file = rules.File(row["case_id"], row["survivor_id"], row["owner_id"], row["team_id"])
    noted = (row["status_code"], row["reason_code"]) if row["status_code"] else None
    cleared = Cleared(row["outcome_code"], row["given_on"], row["valid_until"]) if row["given_on"] else None
    return Line(
        *(row["id"], file, Status(row["status"]), noted, cleared),
        read_hurt(row["hurt"]),
        tuple(row["days"] or ()),
    )


def read_hurt(text: str | None) -> tuple[Hurt, ...]:
    """Injuries as `_injuries` writes them."""
    return tuple(
        Hurt(
            date.fromisoformat(one["occurred_on"]),
            one["context_code"],
            Stage(one["stage"]),
            date.fromisoformat(one["stage_on"]),
        )
        for one in (json.loads(text) if text else ())
    )


async def note(
    hot: Hot,
    actor: Actor,
    one: Session,
    lines: Iterable[tuple[Line, str, str | None]],
    guests: int,
    now: datetime,
) -> int:
    """Everybody noted, the session's own line, and the event, in one statement; the session's new version."""
    people = list(lines)
    values: dict[str, Any] = {
        "row_ids": [new_id() for _ in people],
        "enrolment_ids": [line.id for line, _, _ in people],
        "owner_ids": [line.file.owner_id for line, _, _ in people],
        "team_ids": [line.file.team_id for line, _, _ in people],
        "statuses": [status for _, status, _ in people],
        "reasons": [reason for _, _, reason in people],
    }
    values |= {"session_id": one.id, "programme_id": one.programme_id, "facility_id": one.facility_id}
    values |= {"by_id": actor.user_id, "now": now, "guests": guests, "before": one.version}
    event = reading.event_of(actor, "attendance.note", FieldClass.OPERATIONAL)
    row = await hot.row(prepare("attendance.note", _note), **values, **event)
    if row is None:
        raise Stale
    version: int = row["version"]
    return version


def _note() -> Any:
    given = {
        name: sa.bindparam(name, type_=sa.Uuid()) for name in ("session_id", "programme_id", "facility_id")
    }
    given["by_id"], now = sa.bindparam("by_id", type_=sa.Uuid()), sa.bindparam("now", type_=sa.DateTime(True))
    arrays: dict[str, sa.ARRAY[Any]] = dict.fromkeys(
        ("row_ids", "enrolment_ids", "owner_ids", "team_ids"), UUIDS
    )
    arrays |= {"statuses": TEXTS, "reasons": TEXTS}
    said = sa.func.unnest(*(sa.bindparam(name, type_=kind) for name, kind in arrays.items())).table_valued(
        *(sa.column(name, kind.item_type) for name, kind in arrays.items()), name="said"
    )
    said = said.render_derived()
    columns = ("id", "enrolment_id", "owner_id", "team_id", "status_code", "reason_code")
    rows = sa.select(*said.c, now, sa.literal_column("1"), *given.values())
    new = insert(A).from_select([*columns, "created_at", "version", *given], rows)
    changed = {name: new.excluded[name] for name in ("status_code", "reason_code", "by_id")}
    noted = new.on_conflict_do_update(
        constraint="uq_attendance_enrolment_id_session_id", set_=changed | {"version": A.c.version + 1}
    )
    before = sa.and_(S.c.id == given["session_id"], S.c.version == sa.bindparam("before", type_=sa.Integer()))
    told = {"guests": sa.bindparam("guests", type_=sa.Integer()), "noted_at": now, "version": S.c.version + 1}
    held = sa.update(S).where(before).values(told).returning(S.c.version).cte("held")
    ids = sa.func.array_cat(
        sa.func.array_append(sa.func.array_append(sa.cast(sa.text("'{}'"), UUIDS), given["session_id"]),
                             given["programme_id"]),
        sa.bindparam("enrolment_ids", type_=UUIDS),
    )  # fmt: skip
    return sa.select(held.c.version).add_cte(noted.returning(A.c.id).cte("noted"), reading.logged(ids))


async def of_programme(
    hot: Hot, grant: Grant, programme_id: UUID, ask: Ask, status: Status | None, read_copy: Opened
) -> bytes:
    """A page of who takes part, in order of entry, and the event that it was read: a Page[EnrolmentOut]."""
    kept = prepare(
        ("enrolment.list", grant.shape, status is not None), partial(_page, grant, status is not None)
    )
    values = {"programme_id": programme_id, "start": ask.start, "most": ask.limit, "more": ask.limit + 1}
    if status:
        values["only_status"] = status.value
    event = reading.event_of(grant.actor, "enrolment.list", FieldClass.IDENTITY)
    rows = await hot.rows(kept, **grant.values, **values, **event)
    if not rows:
        raise NotFound
    found = [row for row in rows if row["id"] is not None]
    items = [_shown(row, read_copy) for row in found[: ask.limit]]
    after = seal(ask, found[ask.limit]["id"]) if len(found) > ask.limit else None
    return json.dumps({"items": items, "next_cursor": after}, ensure_ascii=False, default=str).encode()


def _page(grant: Grant, only: bool) -> Any:
    """The programme, beside it everybody on the page and the one after it; nothing where it never was."""
    asked = sa.bindparam("programme_id", type_=sa.Uuid())
    one = sa.select(P.c.id, P.c.sport_code).where(P.c.id == asked).cte("one")
    which = E.c.status == sa.bindparam("only_status", type_=sa.Text()) if only else E.c.status != Status.ENDED
    people = (
        sa.select(E)
        .where(E.c.programme_id == asked, E.c.id >= sa.bindparam("start", type_=sa.Uuid()), which)
        .where(_within(grant))
        .order_by(E.c.id)
        .limit(sa.bindparam("more", type_=sa.Integer()))
        .cte("people")
    )
    shown = sa.select(people.c.id).order_by(people.c.id).limit(sa.bindparam("most", type_=sa.Integer()))
    ids = sa.select(sa.func.coalesce(sa.func.array_agg(shown.subquery().c.id), sa.text("'{}'::uuid[]")))
    latest, away = _latest(people.c.case_id, one.c.sport_code), _away(people.c.case_id)
    beside = (latest.c.outcome_code, latest.c.condition_codes, latest.c.valid_until)
    rows = sa.select(*people.c, *beside, away.c.occurred_on, away.c.stage).select_from(
        one.outerjoin(people, sa.true()).outerjoin(latest, sa.true()).outerjoin(away, sa.true())
    )
    logged = reading.logged(
        sa.func.array_append(ids.scalar_subquery(), asked), sa.exists(sa.select(one.c.id))
    )
    return rows.order_by(people.c.id).add_cte(logged)


def _within(grant: Grant) -> sa.ColumnElement[bool]:
    if grant.reach is Reach.FACILITY:
        return E.c.facility_id == sa.bindparam("acting_facility", type_=sa.Uuid())
    return grant.held(Enrolment)


def _shown(row: Any, read_copy: Opened) -> dict[str, Any]:
    """One line of the page, as EnrolmentOut has it."""
    return {name: row[name] for name in KEPT} | {
        "status": row["status"],
        "name": read_copy("name", row["id"], row["name"]),
        "phone": read_copy("phone", row["id"], row["phone"]),
        "cleared_until": row["valid_until"],
        "clearance_outcome_code": row["outcome_code"],
        "clearance_condition_codes": row["condition_codes"] or [],
        "unavailable_since": row["occurred_on"],
        "return_stage": row["stage"],
    }
