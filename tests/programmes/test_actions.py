"""What can be done to a programme: by its organiser, within its season, and by nobody else."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import select

from app.core import clock
from app.core.db import GATE, unit_of_work
from app.core.errors import Clash, Forbidden, Invalid, NotFound, Stale
from app.programmes import actions
from app.programmes.errors import (
    NotCounted,
    OutsideSeason,
    ProgrammeClosed,
    SeasonClosed,
    SessionAhead,
    SessionCancelled,
)
from app.programmes.models import Programme, Session
from app.programmes.schemas import (
    AmendProgramme,
    CancelSession,
    CountPeople,
    NewProgramme,
    NewStaff,
)
from app.survivors.models import Survivor
from tests.cases.factories import events
from tests.journeys import payloads
from tests.programmes.factories import Sport, programme, season, sessions

PEOPLE = {"people": [{"sex_code": "male", "age_band_code": "18_59", "people": 12}], "topic_codes": ["report"]}


@pytest.fixture
async def town(connection: AsyncConnection) -> Sport:
    return await Sport(connection).build()


async def test_only_the_facilitys_own_coordinator_changes_its_programme(town: Sport) -> None:
    one = await programme(town)

    for who in (town.rival, town.caseworker, town.provider, town.auditor):
        with pytest.raises(Forbidden):
            async with town.work(who) as session:
                await actions.amend(session, who, one.id, 1, AmendProgramme(place="Elsewhere"))
    given = NewProgramme.model_validate(payloads.programme(town.club.id))
    with pytest.raises(Forbidden):  # nor founds one for another facility
        async with town.work(town.rival) as session:
            await actions.found(session, town.rival, given)
    async with town.work(town.coordinator) as session:
        changed = await actions.amend(session, town.coordinator, one.id, 1, AmendProgramme(place="Hall 2"))

    assert (changed.place, changed.version) == ("Hall 2", 2)
    assert [e.object_ids for e in await events(town, "programme.amend")] == [[one.id]]


async def test_the_database_itself_lets_nobody_else_change_a_programme(town: Sport) -> None:
    one = await programme(town)

    for who in (town.rival, town.caseworker, town.other_provider, town.administrator):
        async with town.work(who) as session:
            found = await session.exec(sa.update(Programme).values(place="Elsewhere"))
            assert found.rowcount == 0
        with pytest.raises(NotFound):
            async with town.work(who) as session:
                session.add(
                    Programme(facility_id=one.facility_id, kind_code="sport", name="x", district_code="az_ba")
                )
    with pytest.raises(NotFound):  # and nobody at all moves it to another facility
        async with town.work(town.sports) as session:
            await session.exec(sa.update(Programme).values(facility_id=town.workshop.id))


async def test_who_reads_a_calendar_reads_no_person(town: Sport, connection: AsyncConnection) -> None:
    await programme(town)

    async with unit_of_work(connection, GATE) as session:
        assert len((await session.exec(select(Programme))).all()) == 1
    with pytest.raises(NotFound):
        async with unit_of_work(connection, GATE) as session:
            await session.exec(select(Survivor))


async def test_a_programme_is_founded_once_and_says_its_sport(town: Sport) -> None:
    body = payloads.programme(town.club.id)
    given = NewProgramme.model_validate(body)
    me = town.sports

    async with town.work(me) as session:
        first = await actions.found(session, me, given)
        again = await actions.found(session, me, given)
        with pytest.raises(Clash):
            await actions.found(session, me, NewProgramme.model_validate(body | {"name": "Other"}))
        for wrong in ({"sport_code": None}, {"kind_code": "peer_support"}):
            changed = NewProgramme.model_validate(payloads.programme(town.club.id, **wrong))
            with pytest.raises(Invalid):
                await actions.found(session, me, changed)

    assert [first[1], again[1]] == [True, False]
    assert first[0].id == again[0].id


async def test_a_session_lies_in_an_open_season(town: Sport) -> None:
    one = await programme(town)
    autumn = await season(town, one)
    me = town.sports
    await sessions(town, one, autumn.id)

    for day in (-102, 102):  # two days: the local day may be one ahead
        with pytest.raises(OutsideSeason):
            await sessions(town, one, autumn.id, day)
    async with town.work(me) as session:
        await actions.close_season(session, me, one.id, autumn.id, 1)
    with pytest.raises(SeasonClosed):
        await sessions(town, one, autumn.id)
    with pytest.raises(SeasonClosed):
        async with town.work(me) as session:
            await actions.close_season(session, me, one.id, autumn.id, 2)
    async with town.work(me) as session:
        assert len((await session.exec(select(Session))).all()) == 1


async def test_a_series_is_written_out_and_bounded(town: Sport) -> None:
    one = await programme(town)
    autumn = await season(town, one)
    today = clock.today()
    repeat: dict[str, Any] = {"weekdays": ["mo", "th"], "until": (today + timedelta(days=60)).isoformat()}

    planned = await sessions(town, one, autumn.id, 0, id=None, repeat=repeat)
    far = repeat | {"until": (today + timedelta(days=120)).isoformat()}
    with pytest.raises(OutsideSeason):
        await sessions(town, one, autumn.id, 0, id=None, repeat=far)
    with pytest.raises(Invalid):
        await sessions(town, one, autumn.id, 0, id=None, repeat=repeat | {"until": "2020-01-01"})

    assert 16 <= len(planned) <= 18
    assert {each.repeats for each in planned} == {planned[0].repeats}
    (event,) = await events(town, "session.plan")
    assert event.object_ids == [one.id, *(each.id for each in planned)]


async def test_a_cancelled_session_says_why_and_counts_nobody(town: Sport) -> None:
    one = await programme(town)
    autumn = await season(town, one)
    (cancelled,) = await sessions(town, one, autumn.id, kind_code="community")
    me, told = town.sports, CancelSession(reason_code="weather")

    with pytest.raises(Stale):
        async with town.work(me) as session:
            await actions.cancel_session(session, me, cancelled.id, 7, told)
    async with town.work(me) as session:
        done = await actions.cancel_session(session, me, cancelled.id, 1, told)
    with pytest.raises(SessionCancelled):
        async with town.work(me) as session:
            await actions.count_people(session, me, cancelled.id, 2, CountPeople.model_validate(PEOPLE))

    assert done.cancelled_at
    assert done.cancel_reason_code == "weather"


async def test_people_are_counted_at_community_sessions_that_were_held(town: Sport) -> None:
    one = await programme(town, kind_code="mine_risk_education", sport_code=None, name="Risk education")
    autumn = await season(town, one)
    me, told = town.sports, CountPeople.model_validate(PEOPLE)
    (held,) = await sessions(town, one, autumn.id, kind_code="community")
    (ahead,) = await sessions(town, one, autumn.id, 3, kind_code="community")
    (training,) = await sessions(town, one, autumn.id)

    for wrong, refusal in ((ahead, SessionAhead), (training, NotCounted)):
        with pytest.raises(refusal):
            async with town.work(me) as session:
                await actions.count_people(session, me, wrong.id, 1, told)
    async with town.work(me) as session:
        await actions.count_people(session, me, held.id, 1, told)
        again = CountPeople.model_validate({"people": [], "village": "Şükürbəyli"})
        counted = await actions.count_people(session, me, held.id, 2, again)

    assert (counted.version, counted.village, counted.topic_codes) == (3, "Şükürbəyli", ["report"])
    assert len(await events(town, "session.count")) == 2


async def test_a_programme_that_ended_takes_nothing_more(town: Sport) -> None:
    one = await programme(town)
    autumn = await season(town, one)
    me = town.sports
    async with town.work(me) as session:
        await actions.amend(session, me, one.id, 1, AmendProgramme(closed_on=clock.today()))

    with pytest.raises(ProgrammeClosed):
        await sessions(town, one, autumn.id)
    with pytest.raises(ProgrammeClosed):
        await season(town, one)


async def test_staff_work_at_the_facility(town: Sport) -> None:
    one = await programme(town)
    me = town.sports

    stranger = NewStaff(user_id=town.provider.user_id, role_code="coach")
    with pytest.raises(Invalid):
        async with town.work(me) as session:
            await actions.add_staff(session, me, one.id, stranger)
    async with town.work(me) as session:
        coach, _ = await actions.add_staff(
            session, me, one.id, NewStaff(user_id=me.user_id, role_code="coach")
        )
        ended = await actions.end_staff(session, me, one.id, coach.id, 1)

    assert ended.ended_on == clock.today()


async def test_a_season_of_another_programme_is_no_season_of_this(town: Sport) -> None:
    one, other = (
        await programme(town),
        await programme(town, name="Volleyball", sport_code="sitting_volleyball"),
    )
    autumn = await season(town, other)

    with pytest.raises(Invalid):
        await sessions(town, one, autumn.id)
    with pytest.raises(Clash):  # and the database knows it too
        async with town.work(town.sports) as session:
            session.add(
                Session(
                    programme_id=one.id,
                    facility_id=one.facility_id,
                    season_id=autumn.id,
                    kind_code="training",
                    starts_at=clock.now(),
                    minutes=60,
                )
            )
