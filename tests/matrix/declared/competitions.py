"""Declared: the club's competition, its editions, divisions, teams, matches, protests and tables."""

from tests.journeys import payloads
from tests.matrix.engine import Row
from tests.matrix.scenes import about, plain
from tests.matrix.words import ORGANISERS, READERS, V1, D, E, F
from tests.matrix.world import World

LEAGUE, YEAR, HIGHEST = (
    {"competition_id": "competition"},
    {"edition_id": "edition"},
    {"division_id": "division"},
)
MATCH, PLAYED = {"fixture_id": "fixture"}, {"fixture_id": "played"}
L = f"{V1}/competitions/{{competition_id}}"
MANAGE, READ = "competition:manage", "programme:read"


def another_match(world: World) -> payloads.Body:
    """The same two teams once more."""
    home, away = (one["id"] for one in world.made["entered"]["entries"])
    return payloads.fixture(home, away)


def third_team(world: World) -> payloads.Body:
    """A team of the club's own."""
    return payloads.contender("Third", programme_id=world.made["programme"]["id"])


def entry_again(world: World) -> payloads.Body:
    """The entry that is there."""
    entry = world.made["entry"]
    return {"id": entry["id"], "contender_id": entry["contender_id"]}


# fmt: off
ROWS: dict[str, Row] = {
    f"GET {V1}/competitions":           Row(READ, READERS, plain()),
    f"POST {V1}/competitions":          Row(f"{MANAGE} directory:read", ORGANISERS, plain(body=lambda w: payloads.competition(w.town.club.id))),
    f"GET {L}":                         Row(READ, READERS, about(**LEAGUE), foreign=2),
    f"POST {L}/contenders":             Row(f"{MANAGE} {READ}", ORGANISERS, about(third_team, **LEAGUE)),
    f"POST {L}/editions":               Row(MANAGE, ORGANISERS, about(lambda _: payloads.edition(name="Next"), **LEAGUE)),
    f"GET {E}":                         Row(READ, READERS, about(**YEAR), foreign=2),
    f"PATCH {E}":                       Row(MANAGE, ORGANISERS, about({"win": 2}, change=True, **YEAR)),
    f"POST {E}/divisions":              Row(MANAGE, ORGANISERS, about(lambda _: payloads.division(name="B", level=2), **YEAR)),
    f"GET {D}":                         Row(READ, READERS, about(**HIGHEST), foreign=2),
    f"POST {D}/entries":                Row(f"{MANAGE} {READ}", ORGANISERS, about(entry_again, **HIGHEST)),
    f"PATCH {V1}/entries/{{entry_id}}": Row(f"{MANAGE} {READ}", ORGANISERS, about({"seed": 1}, change=True, entry_id="entry")),
    f"POST {D}/fixtures":               Row(MANAGE, ORGANISERS, about(another_match, **HIGHEST)),
    f"POST {D}/draw":                   Row(MANAGE, ORGANISERS, about({"stage_code": "knockout"}, **HIGHEST)),
    f"GET {D}/fixtures":                Row(READ, READERS, about(**HIGHEST), foreign=2),
    f"GET {D}/fixtures.ics":            Row(READ, READERS, about(**HIGHEST), foreign=2),
    f"GET {D}/fixtures.html":           Row(READ, READERS, about(**HIGHEST), foreign=2),
    f"GET {D}/standings":               Row(READ, READERS, about(**HIGHEST), foreign=2),
    f"GET {F}":                         Row(READ, READERS, about(**MATCH), foreign=2),
    f"PATCH {F}":                       Row(MANAGE, ORGANISERS, about({"place": "Hall 2"}, change=True, **MATCH)),
    f"POST {F}/cancel":                 Row(MANAGE, ORGANISERS, about({"reason_code": "weather"}, change=True, **MATCH)),
    f"PUT {F}/result":                  Row(f"{MANAGE} {READ}", ORGANISERS, about({"home_goals": 2, "away_goals": 2}, change=True, **MATCH)),
    f"GET {F}/protests":                Row(READ, READERS, about(**PLAYED), foreign=2),
    f"POST {F}/protests":               Row(MANAGE, ORGANISERS, about(lambda w: {"entry_id": w.made["entry"]["id"], "reason_code": "conduct"}, **PLAYED)),
    f"POST {V1}/protests/{{protest_id}}/decide": Row(MANAGE, ORGANISERS, about({"outcome_code": "dismissed"}, change=True, protest_id="protest")),
}
# fmt: on
