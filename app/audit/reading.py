"""A page of a list and the event that somebody read it: one statement, neither without the other."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.access.actor import Actor, Grant
from app.audit.actions import FieldClass
from app.audit.models import AuditEvent
from app.core import clock, pages
from app.core.hot import Hot, prepare
from app.core.ids import new_id

Rows = sa.Select[*tuple[Any, ...]]


async def page(
    hot: Hot,
    grant: Grant,
    ask: pages.Ask,
    key: tuple[Hashable, ...],
    rows: Callable[[], Rows],
    action: str,
    field_class: FieldClass = FieldClass.OPERATIONAL,
    **values: Any,
) -> bytes:
    """One page of these rows in order of id, as the bytes of a `Page`, its ids written to the audit trail.

    The statement is kept under `key`, which names all that `rows` decides on; `values` are its arguments.
    """
    kept = prepare(("page", action, grant.shape, *key), lambda: _statement(rows()))
    event = event_of(grant.actor, action, field_class)
    size = {"start": ask.start, "most": ask.limit, "more": ask.limit + 1}
    row = await hot.row(kept, **grant.values, **values, **event, **size)
    return pages.as_page(ask, *row) if row else b""


def _statement(rows: Rows) -> sa.Select[Any]:
    key = rows.selected_columns["id"]
    start = sa.bindparam("start", type_=sa.Uuid())
    most, more = sa.bindparam("most", type_=sa.Integer()), sa.bindparam("more", type_=sa.Integer())
    found = rows.where(key >= start).order_by(key).limit(more).cte("found")
    shown = sa.select(found).order_by(found.c.id).limit(most).cte("shown")
    lines = sa.func.json_agg(shown.table_valued()).aggregate_order_by(shown.c.id)
    items = sa.select(sa.func.coalesce(sa.cast(lines, sa.Text), "[]"))
    after = sa.select(found.c.id).order_by(found.c.id).offset(most)
    ids = sa.select(sa.func.coalesce(sa.func.array_agg(shown.c.id), sa.text("'{}'::uuid[]")))
    return sa.select(items.scalar_subquery(), after.scalar_subquery()).add_cte(logged(ids.scalar_subquery()))


EVENT: dict[str, sa.types.TypeEngine[Any]] = {
    "id": sa.Uuid(),
    "at": sa.DateTime(timezone=True),
    "user_id": sa.Uuid(),
    "role": sa.String(),
    "session_id": sa.Uuid(),
    "request_id": sa.Uuid(),
    "action": sa.String(),
    "object_type": sa.String(),
    "field_class": sa.String(),
    "stands_in_for": sa.ARRAY(sa.Uuid()),
}


def logged(ids: sa.ColumnElement[Any], where: sa.ColumnElement[bool] | None = None) -> sa.CTE:
    """The insert of one event about these ids, if so, to be carried along by a statement that reads them."""
    return _event(ids, where).cte("logged")


async def record(hot: Hot, me: Actor, action: str, ids: Sequence[UUID], field_class: FieldClass) -> None:
    """One event, where what is read must be looked into before it is known who was shown."""
    given = sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid()))
    kept = prepare("event", lambda: _event(given))
    await hot.row(kept, **event_of(me, action, field_class), ids=list(ids))


def _event(ids: sa.ColumnElement[Any], where: sa.ColumnElement[bool] | None = None) -> sa.Insert:
    given = [sa.bindparam(f"event_{name}", type_=kind) for name, kind in EVENT.items()]
    line = sa.select(*given, ids, sa.true())
    line = line if where is None else line.where(where)
    return sa.insert(AuditEvent).from_select([*EVENT, "object_ids", "allowed"], line)


def event_of(me: Actor, action: str, field_class: FieldClass) -> dict[str, Any]:
    """The arguments of `logged`."""
    return {
        "event_id": new_id(),
        "event_at": clock.now(),
        "event_user_id": me.user_id,
        "event_role": me.role.value,
        "event_session_id": me.session_id,
        "event_request_id": me.request_id,
        "event_action": action,
        "event_object_type": action.split(".")[0],
        "event_field_class": field_class.value,
        "event_stands_in_for": list(me.stands_in_for),
    }
