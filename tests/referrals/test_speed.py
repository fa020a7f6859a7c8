"""What a page of a facility costs among thousands of referrals: two statements, and little but what it shows.

The database itself counts what it touches, within the transaction of the test.
"""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import SQLModel

from app.access.actor import CALENDAR
from app.referrals.models import Referral
from app.referrals.states import Status
from tests.conftest import run, web
from tests.factories import Town, signed
from tests.referrals.factories import a_post
from tests.referrals.test_queries import counted

ELSEWHERE, HERE, SHOWN = 4_000, 300, 20
R = SQLModel.metadata.tables["referral"]
TOUCHED = sa.text(
    "select coalesce(sum(seq_scan), 0)::int, coalesce(sum(seq_tup_read + idx_tup_fetch), 0)::int"
    " from pg_stat_xact_user_tables where relname = 'referral'"
)


async def alike(town: Town, one: Referral, facility: UUID, many: int) -> None:
    """So many more referrals like this one, to this facility."""
    numbers = sa.func.generate_series(1, many).table_valued("n").render_derived(name="numbers")
    new = {
        "id": sa.func.gen_random_uuid(),
        "code": sa.func.left(sa.func.md5(sa.cast(sa.func.random(), sa.Text)), 20),
        "to_facility_id": sa.literal(facility, sa.Uuid()),
        "sent_at": R.c.sent_at - sa.func.make_interval(0, 0, 0, 0, numbers.c.n),
    }
    columns = [new.get(column.name, column) for column in R.c]
    rows = sa.select(*columns).select_from(R).join(numbers, sa.true()).where(R.c.id == one.id)
    async with town.work(CALENDAR) as session:
        await (await session.connection()).execute(sa.insert(R).from_select([c.name for c in R.c], rows))


PAGES = {
    "inbox": "/referrals?box=inbox&limit=20",
    "inbox of one status": "/referrals?box=inbox&status=accepted&limit=20",
    "queue": "/facilities/{}/queue?limit=20",
    "queue of one service": "/facilities/{}/queue?limit=20&service=prosthetics",
}


async def test_a_page_of_a_facility_reads_its_own_rows_by_index_and_stops_when_it_is_full(
    real: AsyncEngine, cluster: sa.URL
) -> None:
    town = await Town(real).build()
    one = await (await a_post(town)).referral(at=Status.ACCEPTED)
    await alike(town, one, town.club.id, ELSEWHERE)
    await alike(town, one, town.workshop.id, HERE)
    run(cluster.set(database=real.url.database), "vacuum analyze referral")
    costs: dict[str, tuple[int, ...]] = {}

    async with real.connect() as connection, connection.begin(), web(connection) as client:
        for name, path in PAGES.items():
            before = (await connection.execute(TOUCHED)).one()
            async with counted(connection) as lines:
                answer = await client.get(path.format(town.workshop.id), headers=signed(town.provider))
            after = (await connection.execute(TOUCHED)).one()
            assert len(answer.json()["items"]) == SHOWN
            costs[name] = (len(lines), after[0] - before[0], after[1] - before[1])

    assert {name: (statements, scans) for name, (statements, scans, _) in costs.items()} == dict.fromkeys(
        PAGES, (2, 0)
    )
    most = {name: 3 * SHOWN + HERE * ("queue" in name) for name in PAGES}  # a queue says how many wait
    assert {name: rows for name, (*_, rows) in costs.items() if rows > most[name]} == {}
