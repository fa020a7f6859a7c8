"""A man without a hand, who keeps the goal of the amputee football team; over HTTP, by role."""

from typing import Any

from httpx import AsyncClient

from app.core.db import unit_of_work
from app.organisations.models import ServiceOffer
from tests.cases.factories import a_case
from tests.competitions.factories import League
from tests.factories import KEEPER, Town
from tests.injuries import factories as bodies
from tests.journeys import payloads
from tests.journeys.payloads import day
from tests.journeys.telling import Telling, reached
from tests.referrals.factories import Post
from tests.survivors.factories import consent

HAND = {"limb_code": "upper", "side_code": "right", "kind_code": "traumatic"}


async def a_match(telling: Telling, programme: Any) -> tuple[Any, Any]:
    """The team's place in a league, and its match of yesterday."""
    town, coach = telling.town, telling.town.sports
    league = await League(town).build(teams=1)
    team = payloads.contender("Ours", programme_id=programme["id"])
    team = await telling.post(f"/competitions/{league.competition.id}/contenders", team, coach)
    entry = {"contender_id": team["id"]}
    division = await telling.post(f"/divisions/{league.division.id}/entries", entry, coach)
    (own,) = [one for one in division["entries"] if one["contender_id"] == team["id"]]
    sides = payloads.fixture(own["id"], league.entries[0].id)
    return own, await telling.post(f"/divisions/{league.division.id}/fixtures", sides, coach)


async def test_a_goalkeeper_without_a_hand_joins_the_team(client: AsyncClient, town: Town) -> None:
    telling = Telling(client, town)
    opened = await a_case(town, given_name="Elçin")
    person, case = f"/survivors/{opened.survivor_id}", f"/cases/{opened.id}"
    me, coach, doctor = town.caseworker, town.sports, town.provider
    async with unit_of_work(town.database, KEEPER) as session:
        session.add(ServiceOffer(facility_id=town.workshop.id, service_code="sports_clearance"))

    await telling.post(f"{person}/amputations", bodies.amputation("wd", "2023-05-09", **HAND), me)
    team = await telling.post("/programmes", payloads.programme(town.club.id), coach)
    season = await telling.post(f"/programmes/{team['id']}/seasons", payloads.season(), coach)
    asks = payloads.enrolment(team["id"])
    assert (await telling.refused(f"{case}/enrolments", asks, me))[1] == "consent-missing"
    agrees = consent("sport", data_codes=["identity", "contact"])
    await telling.post(f"{person}/consents", agrees, me)
    row = await telling.post(f"{case}/enrolments", asks, me)
    row = await telling.post(f"/enrolments/{row['id']}/admit", {}, coach, row["version"])

    letters = Post(town, opened.id, opened.survivor_id)
    asked = await letters.referral(service_codes=["sports_clearance"], share_codes=["identity"])
    seen = f"/enrolments/{row['id']}"
    fit = {item["position_code"]: item["outcome_code"] for item in (await judged(telling, seen))["proposals"]}
    assert fit == {"goalkeeper": "eligible", "outfield": "not_eligible"}  # one hand, two feet

    own, match = await a_match(telling, team)
    players = [{"enrolment_id": row["id"], "position_code": "goalkeeper"}]
    sheet = {"entry_id": own["id"], "players": players}
    path = f"/fixtures/{match['id']}/sheet"
    version = match["version"]
    assert await telling.refused(path, sheet, coach, version, "put") == (422, "invalid")  # not cleared yet
    await telling.post(f"/referrals/{asked.id}/clearances", payloads.clearance(), doctor)
    outside = {"entry_id": own["id"], "players": [players[0] | {"position_code": "outfield"}]}
    assert await telling.refused(path, outside, coach, version, "put") == (422, "invalid")
    sheet = await telling.replace(path, sheet, coach, version)
    score = {"home_goals": 2, "away_goals": 0}
    await telling.replace(f"/fixtures/{match['id']}/result", score, coach, sheet["version"])

    for days_ago in (9, 2):
        held = payloads.session(season["id"], -days_ago)
        (training,) = (await telling.post(f"/programmes/{team['id']}/sessions", held, coach))["items"]
        came = {"people": [{"enrolment_id": row["id"], "status_code": "present"}]}
        await telling.replace(f"/sessions/{training['id']}/attendance", came, coach, training["version"])

    shown = await telling.timeline(case)

    assert reached(shown) == {"sport_clearance", "sport_join", "sport_tried", "sport_compete"}
    for path in (case, person, f"{person}/amputations"):
        assert await telling.refused(path, None, coach, verb="get") == (403, "forbidden")
    mine = await telling.get(seen, coach)
    assert (mine["eligibility_code"], mine["status"]) == ("eligible", "enrolled")
    assert not [word for word in ("amputation", "upper", "right") if word in str(mine)]
    assert day() >= mine["joined_on"]


async def judged(telling: Telling, enrolment: str) -> Any:
    """What the rules propose for the person, as the caseworker sees it."""
    return await telling.get(f"{enrolment}/eligibility", telling.town.caseworker)
