"""Routes of competitions: what is answered, and to whom."""

from typing import Any

import pytest
from httpx import AsyncClient
from icalendar import Calendar

from app.competitions.schemas import CompetitionRow, FixtureOut
from app.core.pages import Page
from tests.factories import Town, signed
from tests.journeys import payloads

Json = dict[str, Any]


class Desk:
    """The club's coordinator at work."""

    def __init__(self, client: AsyncClient, town: Town) -> None:
        self.client, self.town = client, town

    async def post(self, path: str, body: Json, version: int | None = None, status: int = 201) -> Json:
        answer = await self.client.post(path, json=body, headers=signed(self.town.sports, version))
        assert answer.status_code == status, answer.text
        return dict(answer.json())

    async def league(self, teams: int) -> tuple[Json, Json]:
        """A competition and a division with so many teams."""
        one = await self.post("/competitions", payloads.competition(self.town.club.id))
        path = f"/competitions/{one['id']}"
        year = await self.post(f"{path}/editions", payloads.edition())
        division = await self.post(f"/editions/{year['id']}/divisions", payloads.division())
        for number in range(teams):
            team = await self.post(f"{path}/contenders", payloads.contender(f"Team {number}"))
            at = f"/divisions/{division['id']}/entries"
            division = await self.post(at, {"contender_id": team["id"], "seed": teams - number})
        return one, division


@pytest.fixture
def desk(client: AsyncClient, town: Town) -> Desk:
    return Desk(client, town)


async def test_a_tournament_of_five_from_the_draw_to_the_table(desk: Desk) -> None:
    one, division = await desk.league(5)
    path = f"/divisions/{division['id']}"
    days = {
        "stage_code": "league",
        "first": f"{payloads.day(-3)}T06:00:00Z",
        "every_minutes": 60,
        "pitches": 2,
    }
    drawn = (await desk.post(f"{path}/draw", days | {"rounds_per_day": 2}))["items"]
    for number, match in enumerate(drawn):
        headers = signed(desk.town.sports, match["version"])
        told = {"home_goals": number % 3, "away_goals": 1}
        ended = await desk.client.put(f"/fixtures/{match['id']}/result", json=told, headers=headers)
        assert ended.status_code == 200, ended.text

    me = signed(desk.town.caseworker)
    table = (await desk.client.get(f"{path}/standings", headers=me)).json()
    listed = await desk.client.get(f"{path}/fixtures?limit=200", headers=me)
    calendar = await desk.client.get(f"{path}/fixtures.ics", headers=me)
    printed = await desk.client.get(f"{path}/fixtures.html", headers=me)
    competitions = await desk.client.get("/competitions?sport=amputee_football", headers=me)
    whole = (await desk.client.get(f"/competitions/{one['id']}", headers=me)).json()

    assert len(drawn) == 10
    assert len(Page[FixtureOut].model_validate_json(listed.content).items) == 10
    assert [row.name for row in Page[CompetitionRow].model_validate_json(competitions.content).items] == [
        "League"
    ]
    assert (table["complete"], table["without_result"]) == (True, 0)
    assert [row["played"] for row in table["rows"]] == [4] * 5
    assert sum(row["points"] for row in table["rows"]) == 3 * 7 + 2 * 3  # every third match is level
    assert [row["rank"] for row in table["rows"]] == [1, 2, 3, 4, 5]
    assert len(Calendar.from_ical(calendar.content).walk("VEVENT")) == 10
    assert printed.text.count("<tr>") == 11
    assert "Team 0" in printed.text
    assert len(whole["contenders"]) == 5
    assert whole["editions"][0]["tie_break_codes"][0] == "h2h_points"


async def test_a_name_is_printed_as_text_and_not_as_a_page(desk: Desk) -> None:
    one = await desk.post("/competitions", payloads.competition(desk.town.club.id))
    year = await desk.post(f"/competitions/{one['id']}/editions", payloads.edition())
    division = await desk.post(f"/editions/{year['id']}/divisions", payloads.division(name="<script>A"))
    ids = []
    for name in ("<b>Ev", "Qonaq & Co"):
        team = await desk.post(f"/competitions/{one['id']}/contenders", payloads.contender(name))
        seen = await desk.post(f"/divisions/{division['id']}/entries", {"contender_id": team["id"]})
        ids = [entry["id"] for entry in seen["entries"]]
    await desk.post(f"/divisions/{division['id']}/fixtures", payloads.fixture(*ids))

    printed = await desk.client.get(
        f"/divisions/{division['id']}/fixtures.html", headers=signed(desk.town.caseworker)
    )

    assert printed.headers["content-type"].startswith("text/html")
    assert "<script>" not in printed.text
    assert "&lt;b&gt;Ev – Qonaq &amp; Co" in printed.text


RESULT = "/fixtures/{fixture}/result"
WRONG: dict[str, tuple[str, Json, str]] = {
    "repeated tie-break": ("/editions/{edition}", {"tie_break_codes": ["wins", "wins"]}, "/tie_break_codes"),
    "unknown tie-break": ("/editions/{edition}", {"tie_break_codes": ["luck"]}, "/tie_break_codes/0"),
    "points below nothing": ("/editions/{edition}", {"win": -1}, "/win"),
    "null points": ("/editions/{edition}", {"win": None}, "/win"),
    "goals that are text": (RESULT, {"home_goals": "2", "away_goals": 0}, "/home_goals"),
    "half a result": (RESULT, {"home_goals": 2}, "/away_goals"),
    "a player's name": (RESULT, {"home_goals": 2, "away_goals": 0, "scorer": "Rüstəm"}, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
async def test_what_is_wrong_is_named_and_changes_nothing(desk: Desk, name: str) -> None:
    _, division = await desk.league(2)
    home, away = (entry["id"] for entry in division["entries"])
    match = await desk.post(f"/divisions/{division['id']}/fixtures", payloads.fixture(home, away))
    path, body, pointer = WRONG[name]
    at = path.format(edition=division["edition_id"], fixture=match["id"])
    send = desk.client.put if at.endswith("/result") else desk.client.patch

    answer = await send(at, json=body, headers=signed(desk.town.sports, 1))
    after = await desk.client.get(at.removesuffix("/result"), headers=signed(desk.town.sports))

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert "Rüstəm" not in answer.text
    assert after.json()["version"] == 1


async def test_a_teams_matches_stand_in_its_programmes_calendar(desk: Desk) -> None:
    programme = await desk.post("/programmes", payloads.programme(desk.town.club.id))
    feed = await desk.post(f"/programmes/{programme['id']}/calendar", {}, programme["version"], status=200)
    one, division = await desk.league(2)
    team = payloads.contender("Ours", programme_id=programme["id"])
    ours = await desk.post(f"/competitions/{one['id']}/contenders", team)
    entries = (await desk.post(f"/divisions/{division['id']}/entries", {"contender_id": ours["id"]}))[
        "entries"
    ]
    by_name = {entry["name"]: entry["id"] for entry in entries}
    path = f"/divisions/{division['id']}/fixtures"
    mine = await desk.post(path, payloads.fixture(by_name["Team 0"], by_name["Ours"], 2))
    await desk.post(path, payloads.fixture(by_name["Team 0"], by_name["Team 1"], 2))

    read = await desk.client.get(f"http://test{feed['path']}")

    (event,) = Calendar.from_ical(read.content).walk("VEVENT")
    assert event["uid"] == f"{mine['id']}@dayaq"
    assert event["summary"] == "League, A: Team 0 – Ours"
