"""The nightly batch: paid before it is drawn, drawn once, never above the pool, and readable by everybody."""

import asyncio
import json
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from httpx import AsyncClient

from app.core import clock
from app.core.db import unit_of_work
from app.core.errors import Clash
from app.questions import jobs
from app.questions.states import Status
from app.statistics import care, disclosure
from app.statistics.drawing import PRODUCER
from app.statistics.tables import Cohort, national, quarterly
from tests.factories import signed
from tests.questions.asking import act, approved, ask, seen
from tests.statistics.files import Files

COHORT = "until_2025-12-31"
LATER = "2026-01-01_2026-12-31"
QUESTION = 0.0078125
YEAR = Cohort(date(2025, 1, 1), date(2025, 12, 31), 90)
OWN, BULLETIN, CARE = (disclosure.cost(of(YEAR)).rho for of in (national, quarterly, care.yearly))
REBASE = OWN


class Unlucky(Exception):
    """The machine stops in the middle."""


def stop(*_: object) -> None:
    raise Unlucky


async def spent(files: Files) -> list[float]:
    """What questions have cost the cohort, a line each."""
    async with unit_of_work(files.owner, PRODUCER) as session:
        found = await (await session.connection()).execute(
            sa.text("select rho from stats.budget_entry where kind = 'request' order by number")
        )
        return [float(rho) for (rho,) in found]


async def statuses(service: AsyncClient, files: Files, every: list[dict[str, Any]]) -> list[str]:
    return [(await seen(service, files.town.analyst, one))["status"] for one in every]


async def test_an_approved_question_is_paid_drawn_and_readable_by_everybody(
    service: AsyncClient, released: Files
) -> None:
    one = await approved(service, released.town)
    waiting = (await ask(service, released.town.analyst)).json()

    [done] = await jobs.answer_approved(released.owner)

    assert (str(done.question_id), done.status) == (one["id"], Status.ANSWERED)
    assert await spent(released) == [0.0078125]
    mine = await seen(service, released.town.analyst, one)
    path = f"/statistics/releases/{mine['release_id']}/tables/answer"
    table = await service.get(path, headers=signed(released.town.coordinator))
    document = json.loads(table.content)
    sexes, kinds = (one["codes"] for one in document["dimensions"])
    women = document["cells"][sexes.index("female") * len(kinds) + kinds.index("indirect_family")]
    assert table.status_code == 200
    assert document["metadata"]["cohorts"] == [COHORT]
    assert document["metadata"]["sigma"] == 8.0
    assert document["metadata"]["corrections_until"].startswith("none")
    assert [d["name"] for d in document["dimensions"]] == ["sex", "victim_type"]
    assert abs(women - 400) <= 4 * 16.2
    assert await statuses(service, released, [waiting]) == ["asked"]
    listed = (await service.get("/statistics/releases", headers=signed(released.town.analyst))).json()
    [answer] = [each for each in listed if each["id"] == mine["release_id"]]
    told = (await service.get("/notifications", headers=signed(released.town.analyst))).json()["items"]
    [heard] = [each["created_at"] for each in told if each["kind"] == "question.answer"][:1]
    assert answer["published_at"] == answer["snapshot_at"]  # nothing says how long counting took
    assert max(mine["ended_at"], heard) <= answer["snapshot_at"]
    assert await jobs.answer_approved(released.owner) == []  # answered once
    csv = await service.get(f"{path}.csv", headers=signed(released.town.analyst))
    assert csv.status_code == 200
    everything = (
        await service.post("/statistics/query", json={}, headers=signed(released.town.analyst))
    ).json()
    assert mine["release_id"] not in {ref["id"] for ref in everything["releases"]}  # an answer of its own


async def test_a_question_spelled_twelve_ways_is_charged_each_time_and_never_above_the_pool(
    service: AsyncClient, released: Files
) -> None:
    """D10: four are granted, whoever asks, however it is put."""
    every = []
    for number in range(12):
        names = ["sex", "victim_type"] if number % 2 else ["victim_type", "sex", "sex"]
        every.append(await approved(service, released.town, dimensions=names))

    done = await jobs.answer_approved(released.owner)

    assert [one.status.value for one in done] == ["answered"] * 4 + ["refused"] * 8
    assert await spent(released) == [0.0078125] * 4
    last = await seen(service, released.town.analyst, every[-1])
    assert last["refusal_code"] == "pool_spent"


async def test_two_nights_at_once_answer_each_question_once(service: AsyncClient, released: Files) -> None:
    for _ in range(2):
        await approved(service, released.town)

    nights = await asyncio.gather(*(jobs.answer_approved(released.owner) for _ in range(3)))

    assert sorted(len(night) for night in nights) == [0, 0, 2]
    assert await spent(released) == [0.0078125] * 2


async def test_a_crash_between_ledger_and_artefact_burns_the_budget_and_nothing_is_drawn_again(
    service: AsyncClient, released: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await approved(service, released.town)
    throws: list[int] = []

    def crash(*_: object) -> None:
        throws.append(1)
        raise Unlucky

    with monkeypatch.context() as broken:
        broken.setattr(disclosure, "protect", crash)
        with pytest.raises(Unlucky):
            await jobs.answer_approved(released.owner)
    between = await statuses(service, released, [one])

    [done] = await jobs.answer_approved(released.owner)
    after = await jobs.answer_approved(released.owner)

    assert between == ["paid"]
    assert (done.status, after) == (Status.BURNT, [])
    assert len(throws) == 1
    assert await spent(released) == [0.0078125]
    told = (await service.get("/notifications?limit=200", headers=signed(released.town.analyst))).json()[
        "items"
    ]
    assert "question.burn" in {message["kind"] for message in told}


async def test_a_charge_that_fails_leaves_no_paid_question(
    service: AsyncClient, released: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await approved(service, released.town)
    from app.statistics import ledger

    with monkeypatch.context() as broken:
        broken.setattr(ledger, "pay", stop)
        with pytest.raises(Unlucky):
            await jobs.answer_approved(released.owner)

    assert await statuses(service, released, [one]) == ["approved"]
    assert await spent(released) == []


async def test_the_pool_is_kept_by_the_database_whoever_spends(released: Files) -> None:
    spend = sa.text("select stats.spend(:id, :cohort, 'x', :rho, 'request')")

    async def pay(*charges: float) -> None:
        async with unit_of_work(released.owner, PRODUCER) as session:
            connection = await session.connection()
            for number, rho in enumerate(charges):
                await connection.execute(spend, {"id": str(number), "cohort": COHORT, "rho": rho})

    for charges in ([0.0078125] * 5, [0.0313], [0.03, 0.002]):
        with pytest.raises(Clash):
            await pay(*charges)
    assert await spent(released) == []


async def test_a_sharper_answer_costs_the_whole_pool(service: AsyncClient, released: Files) -> None:
    first = await approved(service, released.town, needed_half_width=9)
    second = await approved(service, released.town)

    done = await jobs.answer_approved(released.owner)

    assert [(str(one.question_id), one.status) for one in done] == [
        (first["id"], Status.ANSWERED),
        (second["id"], Status.REFUSED),
    ]
    assert await spent(released) == [0.03125]


async def test_only_cohorts_whose_people_it_is_about_pay(service: AsyncClient, released: Files) -> None:
    await approved(service, released.town, first_day="2020-01-01")
    await enter(released, LATER)

    [done] = await jobs.answer_approved(released.owner)

    assert done.status is Status.ANSWERED
    assert len(await spent(released)) == 1


async def charge(files: Files, *lines: tuple[str, str, float]) -> None:
    """Lines of the ledger: what they are called, of which kind, and their rho."""
    spend = sa.text("select stats.spend(:id, :cohort, 'x', :rho, :kind)")
    async with unit_of_work(files.owner, PRODUCER) as session:
        connection = await session.connection()
        for name, kind, rho in lines:
            given = {"id": f"{name}@{COHORT}", "cohort": COHORT, "rho": rho, "kind": kind}
            await connection.execute(spend, given)


async def account(service: AsyncClient, files: Files, cohort: str = COHORT) -> dict[str, Any]:
    answer = await service.get("/statistics/budget", headers=signed(files.town.analyst))
    assert answer.status_code == 200
    [found] = [one for one in answer.json() if one["cohort"] == cohort]
    return dict(found)


async def enter(files: Files, name: str) -> None:
    """The year after, of which nothing has been charged."""
    entered = sa.text("insert into stats.cohort values (:name, '[2026-01-01,2026-12-31]', 90, now())")
    async with unit_of_work(files.owner, PRODUCER) as session:
        await (await session.connection()).execute(entered, {"name": name})


PLANNED = (
    ("bulletins/1", "bulletin", BULLETIN),
    *((f"care {year}-01-01_{year}-12-31/1", "care", CARE) for year in range(2025, 2035)),
    ("rebase until_2034-12-31/1", "rebase", REBASE),
)
"""All that ten years of a file still bring when its own tables are released."""


async def test_a_question_never_takes_what_the_planned_releases_of_ten_years_need(
    service: AsyncClient, released: Files
) -> None:
    """Burnt draws have cost so much that two questions are left, whatever the year would allow."""
    waits = (await ask(service, released.town.analyst)).json()
    waits = (await act(service, released.town.coordinator, waits, "review")).json()
    for _ in range(3):
        await approved(service, released.town)
    await charge(released, ("burnt", "registrations", 0.3))

    before = await account(service, released)
    done = await jobs.answer_approved(released.owner)
    after = await account(service, released)
    refused = await act(service, released.town.auditor, waits, "approve")
    asked = await ask(service, released.town.analyst)

    assert before["kept"] == pytest.approx(BULLETIN + 10 * CARE + REBASE)
    assert (before["spent"], before["left_for_questions"]) == (0.55, pytest.approx(2 * QUESTION))
    assert [one.status for one in done] == [Status.ANSWERED] * 2 + [Status.REFUSED]
    [declined] = [one.question_id for one in done if one.status is Status.REFUSED]
    told = await seen(service, released.town.analyst, {"id": declined})
    assert told["refusal_code"] == "kept_for_releases"
    assert after["left_for_questions"] == 0
    for answer in (refused, asked):
        assert (answer.status_code, answer.json()["code"]) == (409, "question-refused")
        assert answer.json()["reasons"] == ["kept_for_releases"]
    assert await statuses(service, released, [waits]) == ["reviewed"]

    await charge(released, *PLANNED)  # which all fit

    last = await account(service, released)
    assert (last["spent"], last["kept"]) == (1.25, 0)


async def test_a_burnt_draw_that_is_paid_again_is_still_needed_once(
    service: AsyncClient, released: Files
) -> None:
    await enter(released, LATER)
    first, later = [await account(service, released, name) for name in (COHORT, LATER)]
    await charge(released, PLANNED[0], PLANNED[1])
    once = await account(service, released)
    again = [(name.replace("/1", "/2"), kind, rho) for name, kind, rho in PLANNED[:2]]
    await charge(released, *again)
    twice = await account(service, released)

    assert later["kept"] - first["kept"] == pytest.approx(OWN)
    assert first["kept"] - once["kept"] == pytest.approx(BULLETIN + CARE)
    assert (once["kept"], once["spent"]) == (twice["kept"], pytest.approx(twice["spent"] - BULLETIN - CARE))
    assert first["belief_at_most"] == 0.6382  # 64 of 100: the eight tables
    assert twice["left_for_questions"] == 0.03125


@pytest.mark.parametrize(("hours", "left"), [(1, 3 * QUESTION), (-1, 4 * QUESTION)])
async def test_a_year_of_questions_begins_with_the_year_here(
    service: AsyncClient, released: Files, hours: int, left: float
) -> None:
    """One was paid an hour after the year began where the programme works, or an hour before."""
    at = clock.beginning(date(clock.today().year, 1, 1)) + timedelta(hours=hours)
    line = sa.text(
        "insert into stats.budget_entry (id, cohort, number, request_id, kind, what, rho, total, created_at)"
        " values (gen_random_uuid(), :cohort, 2, 'a question', 'request', 'x', :rho, 0.25 + :rho, :at)"
    )
    async with unit_of_work(released.owner, None) as session:
        given = {"cohort": COHORT, "rho": QUESTION, "at": at}
        await (await session.connection()).execute(line, given)

    assert (await account(service, released))["left_for_questions"] == left
    await charge(released, *((str(number), "request", QUESTION) for number in range(round(left / QUESTION))))
    with pytest.raises(Clash):
        await charge(released, ("more", "request", QUESTION))
