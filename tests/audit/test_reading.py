"""A page read the short way: the same rows, one event for it, and nothing of one caller kept for the next."""

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import col, select

from app.access.actor import Actor
from app.access.caller import Caller
from app.access.table import Permission
from app.audit import reading
from app.audit.models import AuditEvent
from app.core import hot, pages
from app.core.db import Bind, unit_of_work
from app.core.errors import Busy, Unavailable, Unknown
from app.core.ids import new_id
from app.notifications import actions
from app.notifications.models import Notification
from app.notifications.schemas import NotificationOut
from tests.factories import Town

N = Notification
OUT = (col(N.id), col(N.version), col(N.created_at), col(N.kind), col(N.record_id), col(N.read_at))


def mine() -> reading.Rows:
    """Messages to whoever asks: the id is an argument of each call."""
    return sa.select(*OUT).where(col(N.user_id) == sa.bindparam("acting_user", type_=sa.Uuid()))


async def read(
    bind: Bind, actor: Actor, pool: hot.Pool | None = None, start: object = None
) -> pages.Page[NotificationOut]:
    assert actor.session_id
    ask = pages.Ask(actor.user_id, 2, start or pages.FIRST, "/x")  # type: ignore[arg-type]
    async with hot.work(pool, bind, Caller(actor.session_id)) as short:
        grant = short.signed.acting().grant(Permission.NOTIFICATION_READ)
        found = await reading.page(short, grant, ask, ("mine",), mine, "notification.list")
    return pages.Page[NotificationOut].model_validate_json(found)


async def events(town: Town) -> list[AuditEvent]:
    async with unit_of_work(town.database, town.auditor.limits) as session:
        wanted = select(AuditEvent).where(col(AuditEvent.action) == "notification.list")
        return list((await session.exec(wanted.order_by(col(AuditEvent.id)))).all())


async def tell(town: Town, actor: Actor, times: int) -> None:
    async with town.work(town.supervisor) as session:
        for _ in range(times):
            actions.tell_person(session, actor.user_id, "referral.accept", new_id())


async def test_a_statement_kept_for_one_caller_shows_the_next_only_the_next_ones_rows(
    town: Town, connection: AsyncConnection
) -> None:
    await tell(town, town.caseworker, 3)
    await tell(town, town.colleague, 1)

    first, second = await read(connection, town.caseworker), await read(connection, town.colleague)
    assert first.next_cursor
    start, _ = pages.unseal(town.caseworker.user_id, "/x", first.next_cursor)
    rest = await read(connection, town.caseworker, start=start)

    assert [len(page.items) for page in (first, rest, second)] == [2, 1, 1]
    assert rest.next_cursor is None
    logged = await events(town)
    assert [event.user_id for event in logged] == [
        town.caseworker.user_id,
        town.colleague.user_id,
        town.caseworker.user_id,
    ]
    assert [event.object_ids for event in logged] == [
        [row.id for row in p.items] for p in (first, second, rest)
    ]


async def test_an_id_is_never_a_constant_of_a_kept_statement(town: Town, connection: AsyncConnection) -> None:
    baked = hot.prepare(
        "baked", lambda: sa.select(col(N.id)).where(col(N.user_id) == town.caseworker.user_id)
    )
    assert town.caseworker.session_id

    async with hot.work(None, connection, Caller(town.caseworker.session_id)) as short:
        with pytest.raises(KeyError):
            await short.row(baked)


async def test_the_pool_commits_refuses_and_forgets_like_the_unit_of_work(real: AsyncEngine) -> None:
    town = await Town(real).build()
    await tell(town, town.caseworker, 1)
    pool = await hot.open_pool(real.url, size=1)

    assert len((await read(real, town.caseworker, pool)).items) == 1
    with pytest.raises(Unknown):
        async with hot.work(pool, real, Caller(new_id())):
            pass
    assert town.caseworker.session_id
    with pytest.raises(Busy):
        async with hot.work(pool, real, Caller(town.caseworker.session_id)) as short:
            await short.connection.execute("do $$ begin raise lock_not_available; end $$")
    async with pool.acquire() as left:
        assert (
            await left.fetchval("select current_user || coalesce(current_setting('app.user_id', true), '')")
            == "app_login"
        )
    await pool.close()

    with pytest.raises(Unavailable):
        await read(real, town.caseworker, pool)
    assert len(await events(town)) == 1
