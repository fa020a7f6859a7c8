"""Who sees an incident, who changes one, and who sees exactly where: in both lines and by the filter."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from app.access.actor import Actor
from app.access.table import Permission
from app.core.errors import Forbidden, NotFound, Stale
from app.incidents import actions, queries
from app.incidents.models import Casualty, Incident, IncidentSource
from app.incidents.schemas import AmendIncident, ExactIncidentOut
from tests.conftest import run
from tests.factories import Town
from tests.incidents import factories
from tests.survivors.test_actions import dumped

READ = Permission.INCIDENT_READ


@pytest.fixture(params=["both lines", "the filter alone"])
def line(request: pytest.FixtureRequest, cluster: sa.URL) -> Iterator[None]:
    """Without this, the second line would hide every hole in the first."""
    if request.param == "both lines":
        yield
        return
    run(cluster, "alter role app_rw bypassrls")
    yield
    run(cluster, "alter role app_rw nobypassrls")


async def sees(town: Town, actor: Actor, incident: Incident) -> str:
    """What an actor is shown of an incident: its exact place, the district, or nothing."""
    try:
        async with town.work(actor) as session:
            shown = await actions.read(session, actor, incident.id)
            assert len(await queries.casualties(session, actor.grant(READ), incident.id)) == 1
    except (Forbidden, NotFound):
        return "nothing"
    return "exact" if isinstance(shown, ExactIncidentOut) and shown.point else "district"


async def changes(town: Town, actor: Actor, incident: Incident, **sent: object) -> bool:
    """Whether an actor may change an incident."""
    try:
        async with town.work(actor) as session:
            await actions.amend(session, actor, incident.id, 99, AmendIncident.model_validate(sent))
    except Stale:
        return True
    except (Forbidden, NotFound):
        return False
    raise AssertionError("nobody read version 99")


@pytest.mark.usefixtures("line")
async def test_every_worker_sees_the_district_and_only_two_see_exactly_where(real: AsyncEngine) -> None:
    town = await Town(real).build()
    incident = await factories.incident(town)
    await factories.casualty(town, incident)

    seen = {role.value: await sees(town, actor, incident) for role, actor in town.everybody.items()}
    seen |= {"colleague": await sees(town, town.colleague, incident)}
    seen |= {"outsider": await sees(town, town.outsider, incident)}

    assert seen == {
        **dict.fromkeys(["caseworker", "coordinator"], "exact"),
        **dict.fromkeys(["supervisor", "colleague", "outsider"], "district"),
        **dict.fromkeys(
            ["provider", "counsellor", "sports_coordinator", "analyst", "administrator", "auditor"], "nothing"
        ),
    }


@pytest.mark.usefixtures("line")
async def test_an_incident_is_changed_by_who_registered_it_the_supervisor_and_the_coordinator(
    real: AsyncEngine,
) -> None:
    town = await Town(real).build()
    incident = await factories.incident(town)

    may = {role.value: await changes(town, actor, incident) for role, actor in town.everybody.items()}
    others = [await changes(town, actor, incident) for actor in (town.colleague, town.other_supervisor)]

    assert {role for role, allowed in may.items() if allowed} == {"caseworker", "supervisor", "coordinator"}
    assert others == [False, False]


async def test_the_database_too_refuses_a_change_by_others(town: Town) -> None:
    incident = await factories.incident(town)
    casualty = await factories.casualty(town, incident)

    async with town.work(town.colleague) as session:
        for table in (Incident, Casualty):
            done = await session.exec(sa.update(table).values(version=7))
            assert done.rowcount == 0
    with pytest.raises(NotFound):
        async with town.work(town.colleague) as session:
            session.add(Casualty(incident_id=incident.id, number=9, outcome_code="killed"))
    with pytest.raises(NotFound):
        async with town.work(town.colleague) as session:
            session.add(
                IncidentSource(
                    incident_id=incident.id, source_code="police", reported_on=incident.occurred_on
                )
            )
    assert casualty.version == 1


async def test_the_exact_place_stands_nowhere_in_clear(real: AsyncEngine, cluster: sa.URL) -> None:
    town = await Town(real).build()
    await factories.incident(town)

    dump = dumped(cluster.set(database=real.url.database))

    assert "az_fuz" in dump
    for secret in ("39.594", "47.112", factories.SETTLEMENT):
        assert secret not in dump
        assert secret.encode().hex() not in dump


async def test_a_casualty_does_not_exist_under_another_incident(town: Town) -> None:
    incident, other = await factories.incident(town), await factories.incident(town)
    casualty = await factories.casualty(town, incident)

    async with town.work(town.caseworker) as session:
        read = town.caseworker.grant(READ)
        assert await queries.casualty(session, read, casualty.id)
        with pytest.raises(NotFound):
            await queries.part(session, read, Casualty, other.id, casualty.id)
