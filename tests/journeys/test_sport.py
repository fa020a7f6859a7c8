"""From a referral to a tournament: who lost a leg plays for the national team; over HTTP, by role, told."""

import logging
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import Limits, connect, unit_of_work
from app.organisations.models import ServiceOffer
from app.statistics import care
from app.statistics import queries as statistics
from app.statistics.tables import Cohort
from tests.cases.factories import a_case
from tests.conftest import web
from tests.factories import KEEPER, Town, signed
from tests.injuries import factories as bodies
from tests.journeys import payloads
from tests.journeys.payloads import day
from tests.journeys.telling import Telling
from tests.survivors.factories import survivor

log = logging.getLogger("journey")
OTHERS = ("Ukrayna", "İsrail", "Niderland", "Belçika")
RESULTS = ((3, 0), (1, 1), (2, 1), (0, 1))


class Season(Telling):
    """What the caseworker, the workshop and the club do about one man."""

    async def put(self, path: str, body: Any, version: int) -> Any:
        answer = await self.client.put(path, json=body, headers=signed(self.town.sports, version))
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    async def refer(self, case: str, to: Any, service: str) -> Any:
        """A referral that is sent, with the consent to share with just this place."""
        me = self.town.caseworker
        sent = await self.post("/referrals", payloads.referral(case, to, service), me)
        return await self.post(f"/referrals/{sent['id']}/send", {}, me, sent["version"])

    async def weeks(self, programme: str, enrolment: str) -> int:
        """A training a week for twelve weeks and one, each noted by the coach; how many."""
        season = await self.post(f"{programme}/seasons", payloads.season(), self.town.sports)
        noted = 0
        for week in reversed(range(13)):
            body = payloads.session(season["id"], -7 * week - 1)
            (one,) = (await self.post(f"{programme}/sessions", body, self.town.sports))["items"]
            here = {"people": [{"enrolment_id": enrolment, "status_code": "present"}]}
            await self.put(f"/sessions/{one['id']}/attendance", here, one["version"])
            noted += 1
        return noted

    async def tournament(self, programme: str) -> tuple[str, str, list[Any]]:
        """A division of five, drawn; its path, the own entry, its matches."""
        coach = self.town.sports
        body = payloads.competition(self.town.club.id)
        league = f"/competitions/{(await self.post('/competitions', body, coach))['id']}"
        year = await self.post(f"{league}/editions", payloads.edition(), coach)
        division = await self.post(f"/editions/{year['id']}/divisions", payloads.division(), coach)
        path = f"/divisions/{division['id']}"
        for name in ("Azərbaycan", *OTHERS):
            own = {"programme_id": programme} if name == "Azərbaycan" else {}
            team = await self.post(f"{league}/contenders", payloads.contender(name, **own), coach)
            entered = await self.post(f"{path}/entries", {"contender_id": team["id"]}, coach)
        own = next(each for each in entered["entries"] if each["name"] == "Azərbaycan")
        draw = {"stage_code": "league", "first": f"{day(-3)}T06:00:00Z", "rounds_per_day": 2}
        drawn = await self.post(f"{path}/draw", draw | {"every_minutes": 60}, coach)
        return path, own["id"], drawn["items"]

    async def play(self, own: str, match: Any, enrolment: str, number: int) -> bool:
        """One match with its result; whether it was one of the own, with a sheet."""
        at = f"/fixtures/{match['id']}"
        mine = own in (match["home_id"], match["away_id"])
        if mine:
            players = [{"enrolment_id": enrolment, "position_code": "outfield", "starts": True}]
            sheet = await self.put(f"{at}/sheet", {"entry_id": own, "players": players}, match["version"])
            assert sheet["players"][0]["starts"]
        home, away = RESULTS[number % len(RESULTS)]
        now = await self.get(at, self.town.sports)
        await self.put(f"{at}/result", {"home_goals": home, "away_goals": away}, now["version"])
        return mine


async def _offers(town: Town) -> None:
    async with unit_of_work(town.database, KEEPER) as session:
        session.add(ServiceOffer(facility_id=town.workshop.id, service_code="sports_clearance"))
        session.add(ServiceOffer(facility_id=town.club.id, service_code="amputee_football"))


@pytest.fixture
async def town(real: AsyncEngine) -> Town:
    """What is counted at the end was committed: the counting role has a transaction of its own."""
    return await Town(real).build()


@pytest.fixture
async def client(real: AsyncEngine) -> AsyncIterator[AsyncClient]:
    async with web(real) as client:
        yield client


async def _figures(owner: sa.URL, year: int) -> dict[str, list[Any]]:
    """What the next year of care counts of programmes, before it is protected."""
    engine = connect(owner)
    plan = care.yearly(Cohort(date(year, 1, 1), date(year, 12, 31), 100))
    async with unit_of_work(engine, Limits(rights="stats_producer")) as session:
        groups = await statistics.care_groups(session, plan)
    await engine.dispose()
    return {name: [*map(dict, found)] for name, found in groups.items()}


async def test_from_a_referral_to_a_tournament_of_five(
    client: AsyncClient, town: Town, cluster: sa.URL, real: AsyncEngine
) -> None:
    season, me, coach = Season(client, town), town.caseworker, town.sports
    await _offers(town)
    man = await survivor(town)
    opened = await a_case(town, person=man)
    person, case = f"/survivors/{man.id}", f"/cases/{opened.id}"
    for purpose, place in (
        ("sharing_with_provider", town.club.id),
        ("sharing_with_provider", town.workshop.id),
        ("sport", None),
        ("anonymised_statistics", None),
    ):
        await season.post(f"{person}/consents", payloads.consent(purpose, place), me)
    await season.post(f"{person}/amputations", bodies.amputation("tf"), me)

    asked = await season.refer(str(opened.id), town.club.id, "amputee_football")
    await season.post(f"/referrals/{asked['id']}/accept", {}, coach, asked["version"])
    log.info("the club accepts the referral to amputee football")
    programme = await season.post(
        "/programmes", payloads.programme(town.club.id, level_code="national"), coach
    )
    row = await season.post(f"{case}/enrolments", payloads.enrolment(programme["id"]), me)
    member = f"/enrolments/{row['id']}"
    row = await season.post(f"{member}/admit", {}, coach, row["version"])
    log.info("he is enrolled: %s, %s", row["eligibility_code"], row["eligible_position_codes"])

    looked = await season.refer(str(opened.id), town.workshop.id, "sports_clearance")
    cleared = payloads.clearance(given_on=day(-9))
    await season.post(f"/referrals/{looked['id']}/clearances", cleared, town.provider)
    noted = await season.weeks(f"/programmes/{programme['id']}", row["id"])
    log.info("the workshop clears him; he comes to %s trainings in twelve weeks", noted)

    body = payloads.squad(kind_code="competition", starts_on=day(), ends_on=day(3))
    squad = await season.post(f"/programmes/{programme['id']}/squads", body, coach)
    called = await season.post(f"/squads/{squad['id']}/call-ups", payloads.call_up(row["id"]), coach)
    await season.post(f"/call-ups/{called['id']}/accept", {}, me, called["version"])
    log.info("he is called up, and comes")
    division, own, matches = await season.tournament(programme["id"])
    sheets = [await season.play(own, match, row["id"], number) for number, match in enumerate(matches)]
    table = await season.get(f"{division}/standings", me)
    for line in table["rows"]:
        log.info("%s %s: %s points of %s", *(line[name] for name in ("rank", "name", "points", "played")))

    milestones = (await season.get(f"{case}/milestones?limit=200", me))["items"]
    reached = {one["definition_code"]: one for one in milestones if one["pillar"] == "sport"}
    told = await season.get(f"{case}/participation", me)
    last = date.fromisoformat(day(-1))
    counted = await _figures(cluster.set(database=real.url.database), last.year)
    for code, one in reached.items():
        log.info("milestone %s on %s, shown by: %s", code, one["reached_on"], one["fact_code"])
    log.info("a figure of the year of care: %s", counted["presence"])

    assert row["eligible_position_codes"] == ["outfield"]
    assert (len(matches), sum(sheets)) == (10, 4)
    assert (table["complete"], [line["played"] for line in table["rows"]]) == (True, [4] * 5)
    assert {code: one["fact_code"] for code, one in reached.items()} == {
        "sport_clearance": "clearance",
        "sport_tried": "attendance",
        "sport_join": "enrolment",
        "sport_regular": "attendance",
        "sport_selected": "call_up",
        "sport_compete": "fixture",
    }
    played = {match["id"] for match, mine in zip(matches, sheets, strict=True) if mine}
    assert reached["sport_compete"]["fact_id"] in played
    assert {one["status"] for one in reached.values()} == {"achieved"}
    assert told["programmes"][0]["attended"] == noted == 13
    assert told["programmes"][0]["is_regular"]
    assert counted["presence"] == [{"programme": "sport", "presence": "regular", "files": 1}]
    assert {one["pillar"] for one in counted["services"]} >= {"sport"}
    [held] = [one["files"] for one in counted["sessions"] if one["programme"] == "sport"]
    assert 0 < held <= 13  # those of the year
