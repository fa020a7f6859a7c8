"""What taking part comes to: by month, regular or not, beside mobility; and what of it is counted."""

from datetime import date, timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncConnection

from app.participants import progress
from app.participants.progress import Presence
from tests.assessments.test_actions import recorded
from tests.factories import signed
from tests.journeys import payloads
from tests.participants.factories import Club
from tests.programmes.factories import Sport

DAY = date(2026, 6, 30)


def weekly(weeks: int, status: str = "present") -> list[Presence]:
    return [Presence(DAY - timedelta(weeks=week), status) for week in reversed(range(weeks))]


def test_three_months_become_full_on_a_day_and_nothing_is_nothing() -> None:
    found = progress.of(reversed(weekly(20)))
    away = progress.of([*weekly(4), *(Presence(one.on, "absent") for one in weekly(6)[:2])])
    nothing = progress.of([])

    assert (found.noted, found.attended, found.is_regular) == (20, 20, True)
    assert found.regular_since is not None
    assert found.first_on is not None
    assert 60 < (found.regular_since - found.first_on).days < 91
    assert sum(month.noted for month in found.months) == 20
    assert [month.begins.day for month in found.months] == [1] * len(found.months)
    assert (away.noted, away.attended, away.is_regular, away.regular_since) == (6, 4, False, None)
    assert (nothing.noted, nothing.last_on, nothing.is_regular, nothing.months) == (0, None, False, ())


def test_who_stopped_is_not_regular_and_was() -> None:
    stopped = [*weekly(30)[:15], Presence(DAY, "present")]
    found = progress.of(stopped)

    assert found.regular_since is not None
    assert not found.is_regular


@pytest.fixture
async def club(connection: AsyncConnection) -> Club:
    return await Club(await Sport(connection).build()).build()


async def test_attendance_and_mobility_stand_beside_each_other_while_the_consent_does(
    club: Club, client: AsyncClient
) -> None:
    case, consent = await club.person()
    assert consent
    row = (await club.admit(await club.enrol(case))).enrolment
    for day in (-9, -2):
        await club.note(await club.training(day), row)
    await club.note(await club.training(-1), row, status_code="absent", reason_code="work")
    timed = {f"trial_{number}": 14.2 for number in (1, 2, 3)}
    tug = {"instrument_code": "tug", "answers": timed, "assessed_on": payloads.day()}
    who = club.town.caseworker
    noted = await client.post(f"/cases/{case.id}/assessments", json=tug, headers=signed(who))
    await recorded(club.town, who, case)  # functioning is not mobility

    async def read(what: str = "", actor: Any = who) -> Any:
        return await client.get(f"/cases/{case.id}/participation{what}", headers=signed(actor))

    told, paper = (await read()).json(), await read(".html?language=az")
    refused = [
        (await read(actor=each)).status_code for each in (club.me, club.town.outsider, club.town.analyst)
    ]
    await club.withdraw(consent)
    after = (await read()).json()

    assert noted.status_code == 201, noted.text
    (football,) = told["programmes"]
    assert (football["noted"], football["attended"], football["is_regular"]) == (3, 2, False)
    assert [(one["instrument_code"], one["score"]) for one in told["mobility"]] == [("tug", 14.2)]
    assert {one["definition_code"]: one["fact_code"] for one in told["reached"]} == {
        "sport_tried": "attendance",
        "sport_join": "enrolment",
    }
    assert "İştirak" in paper.text
    assert "14.2" in paper.text
    assert "Surname" not in paper.text
    assert refused == [403, 404, 403]
    assert (after["programmes"], len(after["mobility"])) == ([], 1)
