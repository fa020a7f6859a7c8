"""Read and say who read, in one statement: for lists that are asked for all day."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.audit.actions import FieldClass
from app.audit.models import AuditEvent
from app.core import clock, pages
from app.core.ids import new_id
from app.core.pages import Ask

Rows = sa.Select[*tuple[Any, ...]]


def seen(actor: Actor, action: str, ids: sa.ColumnElement[Any], field_class: FieldClass) -> sa.CTE:
    """The audit event of a read, to be added to the statement that reads; `ids`: every record it shows."""
    row: dict[str, sa.ColumnElement[Any]] = {
        "id": sa.literal(new_id(), sa.Uuid()),
        "at": sa.literal(clock.now(), sa.DateTime(timezone=True)),
        "user_id": sa.literal(actor.user_id, sa.Uuid()),
        "role": sa.literal(actor.role.value, sa.String()),
        "session_id": sa.literal(actor.session_id, sa.Uuid()),
        "request_id": sa.literal(actor.request_id, sa.Uuid()),
        "action": sa.literal(action, sa.String()),
        "object_type": sa.literal(action.split(".")[0], sa.String()),
        "object_ids": ids,
        "field_class": sa.literal(field_class.value, sa.String()),
        "allowed": sa.literal(True, sa.Boolean()),
    }
    return sa.insert(AuditEvent).from_select(list(row), sa.select(*row.values())).cte("seen")


async def page(
    session: AsyncSession, actor: Actor, rows: Rows, ask: Ask, action: str, field_class: FieldClass
) -> bytes:
    """One page of these rows, in order of id, as `pages.fetch` gives it, and the event of having shown it."""
    key = rows.selected_columns["id"]
    found = rows.where(key >= ask.start).order_by(key).limit(ask.limit + 1).cte("page")
    shown = sa.select(found).order_by(found.c.id).limit(ask.limit).cte("shown")
    lines = sa.func.json_agg(shown.table_valued()).aggregate_order_by(shown.c.id)
    items = sa.select(sa.func.coalesce(sa.cast(lines, sa.Text), "[]")).select_from(shown)
    after = sa.select(found.c.id).order_by(found.c.id).offset(ask.limit)
    event = seen(actor, action, _all(shown.c.id), field_class)
    wanted = sa.select(items.scalar_subquery(), after.scalar_subquery()).add_cte(event)
    json, following = (await (await session.connection()).execute(wanted)).one()
    return pages.as_page(ask, json, following)


def _all(ids: sa.ColumnElement[UUID]) -> sa.ColumnElement[Any]:
    kind = ARRAY(sa.Uuid())
    none = sa.cast(sa.literal("{}", sa.String()), kind)
    return sa.select(sa.func.coalesce(sa.func.array_agg(ids, type_=kind), none)).scalar_subquery()
