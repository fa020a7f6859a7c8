"""One step of a referral, written at once: new status, step, what the other side is told, and the event."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import SQLModel

from app.access.actor import Actor
from app.audit import reading
from app.audit.actions import FieldClass
from app.core.errors import Stale
from app.core.hot import Hot, Prepared, prepare
from app.core.ids import new_id
from app.core.states import Move
from app.notifications.models import Notification
from app.referrals import rules
from app.referrals.models import Referral, ReferralMove
from app.referrals.states import Action, Party, Status

R, M, N = (SQLModel.metadata.tables[kind.__tablename__] for kind in (Referral, ReferralMove, Notification))
STEP = (
    "id",
    "created_at",
    "action",
    "source",
    "target",
    "by_id",
    "reason_code",
    "priority_code",
    *rules.DATES,
)
CHANGES = frozenset(R.c.keys()) - {"id", "version", "created_at", "owner_id", "team_id", "status"}


async def make(
    hot: Hot,
    actor: Actor,
    referral: Referral,
    move: Move[Status, Action, Party],
    now: datetime,
    said: Mapping[str, Any] = {},
) -> Referral:
    """Follow one row of the state table: set, stamp, keep the step, write it down, tell the other side."""
    kind = f"referral.{move.action.value}"
    changes = {**said} | ({move.stamps: now} if move.stamps else {})
    by_hand = changes.get("by_hand", referral.by_hand)
    tells = move.tells and rules.hears(move.tells, by_hand, referral.owner_id == actor.user_id)
    step: dict[str, Any] = {"id": new_id(), "created_at": now, **rules.said_with(move.action, changes)}
    step |= {"action": move.action.value, "source": move.source.value, "target": move.target.value}
    step["by_id"] = None if move.by is Party.SYSTEM else actor.user_id
    values = {
        **_named("new", changes),
        **_named("step", step),
        **_named("told", {"id": new_id(), "created_at": now, "kind": kind}),
        **reading.event_of(actor, kind, FieldClass.OPERATIONAL),
        "referral_id": referral.id,
        "before": referral.version,
        "new_status": move.target.value,
    }
    record = await hot.row(statement(tells, changes), **values)
    if record is None:
        raise Stale
    _note(referral, {**changes, "status": move.target, "version": record["version"]})
    return referral


def _note(referral: Referral, changed: Mapping[str, Any]) -> None:
    """What the database holds now. A session that knows the referral has nothing to write."""
    for name, value in changed.items():
        set_committed_value(referral, name, value)


def _named(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{prefix}_{name}": value for name, value in values.items()}


def statement(tells: Party | None, changes: Iterable[str]) -> Prepared:
    """The one statement of a move that sets these columns and tells this side; gives the new version."""
    names = tuple(sorted(changes))
    assert CHANGES.issuperset(names)
    return prepare(("referral move", tells, names), partial(_statement, tells, names))


def row(record: Iterable[tuple[str, Any]]) -> Referral:
    """The referral that a statement gave back, apart from any session."""
    return Referral.model_validate(dict(record))


def _statement(tells: Party | None, names: tuple[str, ...]) -> sa.Select[Any]:
    given = {name: _given(R, name, f"new_{name}") for name in (*names, "status")}
    moved = (
        sa.update(R)
        .where(R.c.id == _given(R, "id", "referral_id"), R.c.version == _given(R, "version", "before"))
        .values(version=R.c.version + 1, **given)
        .returning(*R.c)
        .cte("moved")
    )
    trail = postgresql.array([moved.c.id, moved.c.case_id, moved.c.survivor_id])
    ids = sa.select(trail).scalar_subquery()
    parts = [_step(moved), reading.logged(ids)] + ([_told(moved, tells)] if tells else [])
    return sa.select(moved.c.version).add_cte(*parts)


def _step(moved: sa.CTE) -> sa.CTE:
    """The row of the history."""
    own = [_given(M, name, f"step_{name}") for name in STEP]
    sides = (moved.c.owner_id, moved.c.team_id, moved.c.id, moved.c.to_facility_id)
    line = sa.select(*own, sa.literal(1, sa.Integer), *sides)
    columns = [*STEP, "version", "owner_id", "team_id", "referral_id", "to_facility_id"]
    return sa.insert(M).from_select(columns, line).cte("step")


def _told(moved: sa.CTE, tells: Party) -> sa.CTE:
    """The message in the outbox: to the person who sent it, or to whoever works at the facility."""
    to = ("user_id", moved.c.owner_id) if tells is Party.SENDER else ("facility_id", moved.c.to_facility_id)
    own = [_given(N, name, f"told_{name}") for name in ("id", "created_at", "kind")]
    line = sa.select(*own, sa.literal(1, sa.Integer), moved.c.id, to[1])
    columns = ["id", "created_at", "kind", "version", "record_id", to[0]]
    return sa.insert(N).from_select(columns, line).cte("told")


def _given(table: sa.Table, column: str, name: str) -> sa.BindParameter[Any]:
    return sa.bindparam(name, type_=table.c[column].type)
