"""Each reach sees what it should and not more: with row-level security, and by the query's filter alone."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from app.access.actor import Actor
from app.access.table import Permission
from app.core import pages
from app.core.errors import Forbidden, NotFound
from app.core.hot import within
from app.survivors import filing, queries
from app.survivors.matching import Clues
from app.survivors.models import Consent, Identifier, Phone, Survivor
from app.survivors.schemas import Search
from tests.conftest import run
from tests.factories import Town
from tests.survivors import factories

READ, SEARCH = Permission.SURVIVOR_READ, Permission.SURVIVOR_SEARCH
FIN, PHONE = "5ABC12D", "+994501234567"


@pytest.fixture(params=["both lines", "the filter alone"])
def line(request: pytest.FixtureRequest, cluster: sa.URL) -> Iterator[None]:
    """Without this, the second line would hide every hole in the first."""
    if request.param == "both lines":
        yield
        return
    run(cluster, "alter role app_rw bypassrls")
    yield
    run(cluster, "alter role app_rw nobypassrls")


async def known(town: Town) -> Survivor:
    """A woman of the caseworker's, with a document and a telephone."""
    return await factories.survivor(
        town, identifiers=[{"kind_code": "fin", "number": FIN}], phones=[{"number": PHONE}]
    )


async def reach(town: Town, actor: Actor, survivor: Survivor) -> str:
    """What an actor gets of a person by every query: all, nothing, or forbidden; nothing between."""
    by_name = filing.asked_clues(Search.model_validate({"name": "Aygün Məmmədova"}))
    by_fin = filing.asked_clues(Search.model_validate({"identifier": {"number": FIN}}))
    try:
        async with town.work(actor) as session:
            read, search, hot = actor.grant(READ), actor.grant(SEARCH), await within(session)
            seen = [
                len(await queries.people(session, read, pages.Ask(actor.user_id), {})),
                len(await queries.parts(session, read, Identifier, survivor.id)),
                len(await queries.parts(session, read, Phone, survivor.id)),
                len(await queries.parts(session, read, Consent, survivor.id)),
                len(await queries.candidates(hot, search, queries.asked(by_name))),
                len(await queries.candidates(hot, search, queries.asked(by_fin))),
            ]
            await queries.get(session, read, survivor.id)
            await queries.opened(session, read, survivor.id)
            assert seen == [1] * 6, seen
            return "all"
    except NotFound:
        assert seen == [0] * 6, seen
        return "nothing"
    except Forbidden:
        return "forbidden"


@pytest.mark.usefixtures("line")
async def test_a_person_is_seen_by_who_is_responsible_the_supervisor_and_the_coordinator(
    real: AsyncEngine,
) -> None:
    town = await Town(real).build()
    survivor = await known(town)

    assert await reach(town, town.caseworker, survivor) == "all"
    assert await reach(town, town.supervisor, survivor) == "all"
    assert await reach(town, town.coordinator, survivor) == "all"
    for stranger in (town.colleague, town.outsider, town.other_supervisor):
        assert await reach(town, stranger, survivor) == "nothing"
    for other in (town.provider, town.counsellor, town.sports, town.administrator, town.auditor):
        assert await reach(town, other, survivor) == "forbidden"


@pytest.mark.usefixtures("line")
async def test_a_part_of_a_file_does_not_exist_under_another_person(real: AsyncEngine) -> None:
    town = await Town(real).build()
    survivor, other = await known(town), await factories.survivor(town, given_name="Gülay")

    async with town.work(town.caseworker) as session:
        read = town.caseworker.grant(READ)
        phone = (await queries.parts(session, read, Phone, survivor.id))[0]
        assert await queries.part(session, read, Phone, survivor.id, phone.id) == phone
        with pytest.raises(NotFound):
            await queries.part(session, read, Phone, other.id, phone.id)
    async with town.work(town.outsider) as session:
        with pytest.raises(NotFound):
            await queries.part(session, town.outsider.grant(READ), Phone, survivor.id, phone.id)


@pytest.mark.usefixtures("line")
async def test_of_people_out_of_reach_only_the_organisation_is_told_and_only_once(real: AsyncEngine) -> None:
    town = await Town(real).build()
    await known(town)
    await known_too(town)
    clues = filing.asked_clues(Search.model_validate({"name": "Aygun Mamedova"}))

    told = {}
    for name, actor in {"outsider": town.outsider, "owner": town.caseworker, "lead": town.supervisor}.items():
        async with town.work(actor) as session:
            told[name] = await queries.elsewhere(
                await within(session), actor.grant(SEARCH), queries.asked(clues)
            )

    assert told["outsider"] == [(town.agency.id, "Agency")]
    assert told["owner"] == told["lead"] == []


async def known_too(town: Town) -> Survivor:
    return await factories.survivor(town, patronymic="Elçin qızı")


@pytest.mark.usefixtures("line")
async def test_a_surname_alone_names_no_organisation_but_a_number_does(real: AsyncEngine) -> None:
    town = await Town(real).build()
    survivor = await known(town)
    asked = {
        "surname": {"name": "Məmmədova"},
        "other given name": {"name": "Gülay Məmmədova"},
        "fin": {"identifier": {"number": FIN}},
        "other document": {"identifier": {"kind_code": "passport", "number": FIN}},
        "phone": {"phone": PHONE},
        "code": {"code": survivor.code},
    }

    async with town.work(town.outsider) as session:
        search, hot = town.outsider.grant(SEARCH), await within(session)
        clues = {name: filing.asked_clues(Search.model_validate(body)) for name, body in asked.items()}
        told = {
            name: bool(await queries.elsewhere(hot, search, queries.asked(one)))
            for name, one in clues.items()
        }

    assert [name for name, found in told.items() if found] == ["fin", "phone", "code"]


async def test_without_the_key_in_reach_nothing_opens(town: Town) -> None:
    survivor = await known(town)

    async with town.work(town.outsider) as session:
        assert await queries.names(session, [survivor.id]) == {}
        with pytest.raises(NotFound):
            await queries.box(session, survivor.id)
    async with town.work(town.caseworker) as session:
        assert await queries.names(session, [survivor.id]) == {survivor.id: "Məmmədova Aygün Vüqar qızı"}
        assert await queries.box(session, survivor.id)


async def test_a_search_without_words_finds_nobody(town: Town) -> None:
    await known(town)

    async with town.work(town.caseworker) as session:
        search, hot = town.caseworker.grant(SEARCH), await within(session)
        for clues in (Clues(), Clues(names=("***",))):
            assert await queries.candidates(hot, search, queries.asked(clues)) == []
            assert await queries.elsewhere(hot, search, queries.asked(clues)) == []


async def test_who_works_nowhere_in_a_team_is_not_responsible_for_it(town: Town) -> None:
    async with town.work(town.coordinator) as session:
        where = {
            name: await queries.organisation_where(session, person.user_id, team.id)
            for name, person, team in [
                ("own", town.caseworker, town.north),
                ("other team", town.caseworker, town.south),
                ("coordinator", town.coordinator, town.south),
                ("provider", town.provider, town.north),
                ("administrator", town.administrator, town.north),
            ]
        }

    assert {name for name, organisation in where.items() if organisation == town.agency.id} == {
        "own",
        "coordinator",
    }
