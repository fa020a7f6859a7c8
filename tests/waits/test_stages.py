"""Whose wait counts, from when, until when; and what is not known is in no length."""

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from httpx import AsyncClient

from app.access.actor import CALENDAR
from app.cases.models import Case
from app.codelists import lists
from app.core import clock
from app.core.config import settings
from app.milestones.catalogue import definitions
from app.milestones.states import Action, Status
from app.referrals.states import Status as Letter
from app.rehabilitation.states import Action as Making
from app.rehabilitation.states import Status as Device
from app.waits.estimate import LENGTHS, statement
from app.waits.stages import STAGES
from tests.cases.factories import a_case
from tests.emergency import factories as care
from tests.emergency.factories import stamp
from tests.factories import Town, signed
from tests.injuries import factories as bodies
from tests.milestones import factories as milestones
from tests.referrals.factories import Post
from tests.rehabilitation import factories as rehabilitation
from tests.rehabilitation.factories import asked, step, walked

BY_CODE = {stage.code: stage for stage in STAGES}
TODAY = clock.today()


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


async def waits(town: Town, code: str) -> list[tuple[Any, ...]]:
    """Each wait of a stage: when it began, was over, and ended otherwise."""
    text = f"select began, ended, gone from ({BY_CODE[code].rows}) wait (case_id, began, ended, gone)"
    values = {"zone": settings().time_zone} if ":zone" in text else {}
    async with town.work(CALENDAR) as session:
        found = await (await session.connection()).execute(sa.text(text), values)
        return [tuple(line) for line in found]


async def counts(town: Town, code: str) -> dict[str, Any]:
    """How many waits of a stage are over, go on, and so on, and their quartiles."""
    stage = BY_CODE[code]
    zone = settings().time_zone
    values = {"zone": zone, "today": clock.today()}
    text = statement(stage.rows, stage.unit)
    async with town.work(CALENDAR) as session:
        given = {name: value for name, value in values.items() if f":{name}" in text}
        found = await (await session.connection()).execute(sa.text(text), given)
        (line,) = [each for each in found if not (each.team_id or each.district_code or each.period)]
        return dict(line._mapping)


async def change(town: Town, statement: str, **values: Any) -> None:
    """As if it had happened on another day."""
    async with town.work(CALENDAR) as session:
        await (await session.connection()).execute(sa.text(statement), values)


async def open_since(town: Town, days: int, **more: Any) -> Case:
    with pytest.MonkeyPatch.context() as patch:
        then = clock.now() - timedelta(days=days)
        patch.setattr(clock, "now", lambda: then)
        return await a_case(town, **more)


async def post(client: AsyncClient, town: Town, path: str, body: Any, who: Any = None) -> Any:
    answer = await client.post(path, json=body, headers=signed(who or town.caseworker))
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_every_stage_has_its_labels_and_its_unit() -> None:
    assert [stage.code for stage in STAGES] == list(lists.load("wait_stage"))
    assert {stage.unit for stage in STAGES} == set(LENGTHS)
    assert {"edu_return", "job_wage", "self_emp", "sport_join"} <= set(definitions())


async def test_an_emergency_is_measured_by_the_minute_or_not_at_all(client: AsyncClient, town: Town) -> None:
    known = {"injured": stamp("07:00"), "first_aid": "unknown"}
    for told in (
        {"aid_began": stamp("07:20"), "first_aid": "yes"},
        {"aid_began": stamp("07:00", "hour"), "first_aid": "yes"},  # of which minute nobody knows
        {"aid_began": None, "first_aid": "no"},  # none until the hospital, at 08:25
        {"aid_began": None},
    ):
        path = f"/cases/{(await a_case(town)).id}/emergency-episodes"
        await post(client, town, path, care.episode(**(known | told)))

    found = await counts(town, "first_aid")

    assert (found["counted"], found["reached"], found["left_early"]) == (2, 1, 1)
    assert (found["still_waiting"], found["unknown"], found["lower_quartile"]) == (0, 2, 20)
    assert (await counts(town, "first_facility"))["median"] == 85


async def test_who_was_operated_on_and_nobody_else_waited_for_surgery(
    client: AsyncClient, town: Town
) -> None:
    hurt = care.episode(injured=stamp("07:00"))
    cases = [f"/cases/{(await a_case(town)).id}" for _ in range(3)]
    await post(client, town, f"{cases[0]}/emergency-episodes", hurt)
    for case in cases[1:]:
        await post(client, town, f"{case}/emergency-episodes", hurt | {"surgery_began": None})
    await post(client, town, f"{cases[1]}/operations", care.operation())

    found = await counts(town, "first_surgery")

    assert (found["counted"], found["unknown"], found["median"]) == (1, 1, 250)


async def test_a_case_waits_for_its_assessment_until_it_closes_or_the_person_dies(town: Town) -> None:
    still, closed, died = [await open_since(town, 30) for _ in range(3)]
    await change(
        town,
        "update case_file set status = 'closed', closed_at = :at where id = :id",
        at=clock.now() - timedelta(days=20),
        id=closed.id,
    )
    await change(town, "update survivor set died_on = :on where id = :id", on=ago(25), id=died.survivor_id)

    found = await counts(town, "needs_assessed")

    assert (found["counted"], found["still_waiting"], found["left_early"]) == (3, 1, 2)
    assert found["reached"] == 0
    assert found["median"] is None
    assert {wait[0] for wait in await waits(town, "needs_assessed")} == {still.opened_on} == {ago(30)}


async def test_needs_then_plan_each_from_the_one_before(town: Town) -> None:
    case = await open_since(town, 30)
    await change(
        town,
        "insert into assessment (id, created_at, version, owner_id, team_id, case_id, instrument_code,"
        " instrument_version, assessed_on, by_id, answers, scores, algorithm, result) values"
        " (gen_random_uuid(), now(), 1, :owner, :team, :case, :code, '1', :on, :owner, '{}', '{}', 'x', 'x')",
        owner=case.owner_id,
        team=case.team_id,
        case=case.id,
        code="needs",
        on=ago(20),
    )

    assert (await waits(town, "needs_assessed"))[0] == (ago(30), ago(20), None)
    assert await waits(town, "plan_agreed") == [(ago(20), None, None)]
    assert (await counts(town, "needs_assessed"))["median"] == 10


async def test_a_declined_referral_was_not_accepted_and_a_cancelled_one_waits_no_more(town: Town) -> None:
    case = await open_since(town, 30)
    letters = Post(town, case.id, case.survivor_id)
    for at in (Letter.DRAFT, Letter.SENT, Letter.DECLINED, Letter.CANCELLED, Letter.IN_PROGRESS):
        await letters.referral(at)
    await letters.referral(Letter.WAITLISTED)

    sent, accepted = await counts(town, "referral_accepted"), await counts(town, "service_begun")

    assert (sent["counted"], sent["reached"]) == (5, 2)
    assert (sent["still_waiting"], sent["left_early"]) == (1, 2)
    assert (accepted["counted"], accepted["reached"], accepted["still_waiting"]) == (2, 1, 1)


async def test_a_lost_limb_needs_rehabilitation_from_the_discharge_on(
    client: AsyncClient, town: Town
) -> None:
    cases = [await open_since(town, 30) for _ in range(4)]
    for case in cases[:3]:
        limb = bodies.amputation("tt", care.DAY, kind_code="traumatic")
        await post(client, town, f"/survivors/{case.survivor_id}/amputations", limb)
    month = {"date": "2024-03-01", "precision": "month", "estimated": False}
    for case, day in zip(cases, (care.on("2024-03-23"), care.on("2024-03-23"), month, month), strict=True):
        stay = care.stay(discharged=day, end_code="home")
        await post(client, town, f"/cases/{case.id}/facility-stays", stay)
    await asked(town, cases[0], "injury")
    course = rehabilitation.episode(started_on="2024-03-10")  # begun while still in hospital
    await post(client, town, f"/cases/{cases[0].id}/rehabilitation-episodes", course, town.provider)

    found = await counts(town, "rehabilitation_begun")

    assert (found["counted"], found["reached"], found["still_waiting"], found["unknown"]) == (2, 1, 1, 1)
    assert found["lower_quartile"] == found["median"] == 0  # one of two, on the day
    assert found["upper_quartile"] is None


async def test_a_prosthesis_is_waited_for_from_its_assessment_also_when_it_never_came(town: Town) -> None:
    case = await open_since(town, 30)
    await asked(town, case, "injury")
    await walked(town, case, Device.REFERRED)
    await walked(town, case, Device.ASSESSED, product_code="cane", side_code="not_applicable")
    await walked(town, case, Device.ASSESSED)
    stopped = await walked(town, case, Device.ASSESSED)
    await step(town, case, stopped, Making.STOP, "2024-06-01")
    made = await walked(town, case, Device.TRAINED)
    made = await step(town, case, made, Making.DELIVER, "2024-05-10")
    await step(town, case, made, Making.REPLACE, "2025-05-10")

    found = sorted(await waits(town, "prosthesis_delivered"), key=str)

    on = date.fromisoformat(rehabilitation.DAY)
    assert found == [
        (on, None, None),
        (on, None, date(2024, 6, 1)),
        (on, date(2024, 5, 10), date(2025, 5, 10)),
    ]
    assert (await counts(town, "prosthesis_delivered"))["reached"] == 1


async def test_the_first_time_counts_and_a_set_back_does_not_undo_it(town: Town) -> None:
    cases = [await open_since(town, 60) for _ in range(6)]
    lost = await milestones.a_milestone(town, cases[0], code="job_wage")
    lost = await milestones.move(town, town.caseworker, lost, Action.ACHIEVE, happened_on=ago(40))
    await milestones.move(town, town.caseworker, lost, Action.LOSE, reason_code="no_longer_true")
    early = await milestones.a_milestone(town, cases[1], code="job_wage")
    await milestones.move(town, town.caseworker, early, Action.ACHIEVE, happened_on=ago(90))
    await milestones.a_milestone(town, cases[2], Status.DROPPED, code="job_wage")
    await milestones.a_milestone(town, cases[3], Status.NOT_NEEDED, code="job_wage")
    await milestones.a_milestone(town, cases[4], code="job_wage")
    await milestones.a_milestone(town, cases[4], Status.DROPPED, code="self_emp")
    await milestones.a_milestone(town, cases[5], code="sport_join")

    found = await counts(town, "work_again")

    assert (found["counted"], found["reached"]) == (3, 1)
    assert (found["still_waiting"], found["left_early"]) == (1, 1)  # one way given up, the other not
    assert (found["unknown"], found["lower_quartile"]) == (1, 20)  # worked before the case was opened
