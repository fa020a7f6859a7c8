"""A sports coordinator obtains nothing of anybody's health: by no route that answers, nor by a refusal.

What must not be told is taken from the answers to those who may read it: every word of every health record of
the world that stands in none of what the coordinator works with.
"""

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest

from app.access.classes import Class, of_answer
from app.access.table import Role
from app.codelists import lists
from tests.factories import signed
from tests.house.test_field_classes import COLUMNS
from tests.journeys import payloads
from tests.matrix import trial
from tests.matrix.declared import DECLARED
from tests.matrix.engine import Ask, operation
from tests.matrix.world import World
from tests.participants.test_no_health import API, answered
from tests.reading import as_read

HEALTH = {Class.HEALTH, Class.MENTAL_HEALTH}
FILE = (  # how those who may read somebody's health read it: the path of the API, and its parameter
    *("/survivors/{survivor_id}/" + part for part in ("injuries", "amputations", "impairments")),
    *("/survivors/{survivor_id}/" + part for part in ("residual-limbs", "disability-determinations")),
    *("/cases/{case_id}/" + part for part in ("assessments", "sport-injuries", "risk-flags")),
    *("/cases/{case_id}/" + part for part in ("appointments", "tourniquets", "operations", "facility-stays")),
    *("/cases/{case_id}/" + part for part in ("complications", "trauma-observations")),
    *(
        "/cases/{case_id}/" + part
        for part in ("rehabilitation-episodes", "therapy-sessions", "device-orders")
    ),
)
NUMBERS = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}$|\d{4}-\d\d-\d\d|[\d.]+$"
)  # ids, days, scores: words tell more
PLACES = ("/code-lists", "/instruments", "/milestone-definitions")  # of nobody: every code stands there
OPEN = (
    "service",
    "referral_priority",
    "pillar",
)  # code lists of what a place offers and how urgent a letter is
KEYS = [
    key
    for key, row in sorted(DECLARED.items())
    if "f" in row.may + row.barred + row.hidden or key.startswith("GET")
]


@pytest.fixture(scope="module")
async def untold(world: World) -> set[str]:
    """Every word of a health field in this person's file, as who may read it is told."""
    town, member = world.town, world.made["member"]["id"]
    hurt = await world.make(
        "hurt", f"/enrolments/{member}/sport-injuries", payloads.sport_injury(), town.sports
    )
    await world.post.referral(service_codes=["sports_clearance"])
    found = payloads.finding(area_code="thoracic_spine", kind_code="skin_breakdown")
    await world.make("found", f"/sport-injuries/{hurt['id']}/findings", found, town.provider)
    for number, step in enumerate(("advance",) * 4 + ("clear",), -8):  # back in time to be called up
        on = {"happened_on": payloads.day(number)}
        hurt = await world.step(f"/sport-injuries/{hurt['id']}/{step}", hurt, on, town.provider)
    decided = payloads.classification(class_code="tf_lower")
    await world.make("decided", f"/enrolments/{member}/classifications", decided)
    words: set[str] = set()
    paths = [*FILE, "/enrolments/{enrolment_id}/eligibility"]
    params = {"survivor_id": world.survivor.id, "case_id": world.case.id, "enrolment_id": member}
    for path in paths:
        answer = await world.client.get(path.format(**params), headers=signed(town.caseworker))
        assert answer.status_code == 200, (path, answer.text)
        words |= set(_healthy(f"/api/v1{path}", answer.json()))
    return words - await _known_to_the_club(world)


def _healthy(path: str, body: Any) -> Iterator[str]:
    """The texts that stand in fields of class health of an answer."""
    fields = {field for schema, field in answered(path, "get") if of_answer(schema, field, COLUMNS) in HEALTH}
    assert fields, path
    yield from _texts(body, fields, inside=False)


def _texts(part: Any, fields: set[str], inside: bool) -> Iterator[str]:
    if isinstance(part, dict):
        for name, value in part.items():
            yield from _texts(value, fields, inside or name in fields - {"items"})
    elif isinstance(part, list):
        for each in part:
            yield from _texts(each, fields, inside)
    elif inside and isinstance(part, str) and len(part) > 3 and not NUMBERS.match(part):
        yield part


async def _known_to_the_club(world: World) -> set[str]:
    """Words that also stand in what the coordinator works with: days, ids, the codes of a programme."""
    mine = [
        *(f"/enrolments/{world.made[name]['id']}" for name in ("member", "waiting")),
        f"/enrolments/{world.made['member']['id']}/sport-injuries",
        f"/sessions/{world.made['training']['id']}",
        f"/programmes/{world.id_of('programme')}",
        "/auth/me",
    ]
    known = {"unknown", "other", "left", "right", "not_applicable", "none", "eligible", "unclear", "rest"}
    known |= {code for name in OPEN for code in lists.load(name)}
    for path in mine:
        answer = await world.client.get(path, headers=signed(world.town.sports))
        assert answer.status_code == 200, path
        known |= set(_texts(answer.json(), set(), inside=True))
    return known


def told(text: str, words: set[str]) -> list[str]:
    """Which of these words stand in an answer, as JSON writes them."""
    return sorted(word for word in words if json.dumps(word, ensure_ascii=False) in text)


def test_there_is_much_that_must_not_be_told(untold: set[str]) -> None:
    assert {"thoracic_spine", "skin_breakdown", "tf_lower", "fragment_wound"} <= untold
    assert len(untold) >= 40, sorted(untold)


async def test_the_caseworker_is_told(world: World, untold: set[str]) -> None:
    path = f"/cases/{world.case.id}/sport-injuries"
    answer = await world.client.get(path, headers=signed(world.town.caseworker))

    assert {"thoracic_spine", "skin_breakdown"} <= set(told(as_read(answer), untold))


@pytest.mark.parametrize("key", [key for key in KEYS if not any(place in key for place in PLACES)])
async def test_the_coordinator_is_not(
    world: World, untold: set[str], key: str, caplog: pytest.LogCaptureFixture
) -> None:
    """By no record, list, search, calendar, page or change; nor by a refusal of it, nor by a log."""
    caplog.set_level(logging.DEBUG)
    me = world.town.everybody[Role.SPORTS_COORDINATOR]
    async with world.undone():
        ask = await DECLARED[key].build(world)
        wrong = Ask(ask.params, "?limit=nothing", {"nobody": "knows this"}, ask.version)
        async with world.undone() as again:
            more = [wrong.of(me), *([ask.nowhere()] if ask.params or ask.key else [])]
            for request in (ask.of(me), *(more if "f" in DECLARED[key].may else [])):
                answer = await trial.send(world, key, request, me, {})
                assert told(as_read(answer), untold) == [], operation(key)
                await again()
    assert told(caplog.text, untold) == []


async def test_the_calendar_feed_tells_nothing_either(world: World, untold: set[str]) -> None:
    async with world.undone():
        one = world.made["programme"]
        headers = signed(world.town.sports, one["version"])
        opened = await world.client.post(f"/programmes/{one['id']}/calendar", json={}, headers=headers)
        feed = await world.client.get(f"http://house{opened.json()['path']}")

    assert feed.status_code == 200
    assert "BEGIN:VEVENT" in feed.text
    assert [word for word in untold if word in feed.text] == []


async def test_nor_does_the_coordinators_own_calendar(world: World, untold: set[str]) -> None:
    async with world.undone():
        opened = await world.client.post("/calendar-feed", json={}, headers=signed(world.town.sports))
        feed = await world.client.get(f"http://house{opened.json()['path']}")

    assert "BEGIN:VCALENDAR" in feed.text
    assert [word for word in untold if word in feed.text] == []


def test_every_operation_that_answers_the_role_is_asked() -> None:
    answers = {key for key, row in DECLARED.items() if "f" in row.may}

    assert {key for key in answers - set(KEYS) if not any(place in key for place in PLACES)} == set()
    assert len(KEYS) > 150
    assert API
