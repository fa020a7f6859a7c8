"""A care plan: who writes, who approves, what is then fixed, and when it is looked at again."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from app.access.actor import Actor
from app.careplans import actions, queries
from app.careplans.actions import Place
from app.careplans.errors import PlanFixed, PlanNotInForce, PlanOpen
from app.careplans.models import CarePlan, Goal
from app.careplans.schemas import AmendPlan, BeginPlan, CarePlanOut, SubmitPlan, show
from app.careplans.states import Action, Status
from app.cases import actions as cases
from app.cases.errors import ApprovalMissing, AssessmentMissing, ConsentMissing, SomebodyElseNeeded
from app.cases.models import Case
from app.cases.schemas import AssignCase
from app.cases.states import Action as CaseAction
from app.cases.states import Status as CaseStatus
from app.core import clock
from app.core.config import settings
from app.core.errors import Clash, Forbidden, IllegalMove, Invalid, NotFound, Stale
from app.core.ids import new_id
from app.milestones.models import Milestone
from tests.careplans.factories import AIM, NEED, WHY, a_plan, goal, now, reviewed, step
from tests.cases.factories import a_case, events, told, withdraw
from tests.cases.factories import now as case_now
from tests.cases.factories import step as case_step
from tests.factories import Town


def day(ahead: int) -> str:
    return (clock.today() + timedelta(days=ahead)).isoformat()


async def shown(town: Town, plan: CarePlan, actor: Actor | None = None) -> CarePlanOut:
    async with town.work(actor or town.caseworker) as session:
        return await show(session, actor or town.caseworker, plan)


async def amended(town: Town, plan: CarePlan, **changes: Any) -> CarePlan:
    given = AmendPlan.model_validate(changes)
    async with town.work(town.caseworker) as session:
        return await actions.amend(
            session, town.caseworker, Place(plan.case_id, plan.id), plan.version, given
        )


async def test_a_plan_goes_from_draft_to_force_and_lets_the_case_be_carried_out(town: Town) -> None:
    case = await a_case(town, CaseStatus.PLANNING)
    with pytest.raises(ApprovalMissing):
        await case_step(town, town.caseworker, case.id, case.version, CaseAction.IMPLEMENT)

    plan = await a_plan(town, case, Status.SUBMITTED)
    assert ("care_plan.submit", case.id) in await told(town, town.supervisor)
    plan = await step(town, town.supervisor, plan, Action.APPROVE)

    assert (plan.status, plan.number, plan.agreed_on) == (Status.APPROVED, 1, clock.today())
    assert (plan.submitted_by_id, plan.approved_by_id) == (town.caseworker.user_id, town.supervisor.user_id)
    assert ("care_plan.approve", case.id) in await told(town, town.caseworker)
    after = await case_now(town, case)
    assert (
        after.next_review_on == plan.review_on == clock.today() + timedelta(days=settings().plan_review_days)
    )
    async with town.work(town.caseworker) as session:
        carried = await cases.implement(session, town.caseworker, case.id, after.version)
        milestone = (await session.exec(select(Milestone).where(Milestone.case_id == case.id))).one()
    assert carried.status is CaseStatus.IMPLEMENTATION
    assert (milestone.definition_code, milestone.fact_id) == ("care_plan_agreed", plan.id)
    assert [event.object_ids for event in await events(town, "care_plan.approve")] == [
        [plan.id, case.id, case.survivor_id]
    ]


async def test_goals_are_sealed_and_shown_with_what_may_be_done(town: Town) -> None:
    plan = await a_plan(town, await a_case(town))

    found = await shown(town, plan)

    assert [(g.need, g.aim, g.responsible_code, g.overdue) for g in found.goals] == [
        (NEED, AIM, "caseworker", False)
    ]
    assert found.open_actions == [Action.SUBMIT, Action.DISCARD]
    async with town.work(town.caseworker) as session:
        (kept,) = await queries.goals(session, plan)
    assert NEED.encode() not in kept.need + kept.aim


async def test_nobody_approves_the_own_plan_or_that_of_the_own_case(town: Town) -> None:
    theirs = await a_plan(town, await a_case(town, CaseStatus.PLANNING), Status.SUBMITTED)
    mine = await a_plan(town, await a_case(town, CaseStatus.PLANNING, given_name="Leyla"))
    mine = await step(town, town.supervisor, mine, Action.SUBMIT)
    led: Case = await a_case(town, CaseStatus.PLANNING, given_name="Zöhrə")
    async with town.work(town.coordinator) as session:
        given = AssignCase(owner_id=town.supervisor.user_id, team_id=town.north.id)
        await cases.assign(session, town.coordinator, led.id, led.version, given)
    async with town.work(town.coordinator) as session:
        begun = BeginPlan.model_validate({"goals": [goal()]})
        own, _ = await actions.begin(session, town.coordinator, led.id, begun)
    own = await step(town, town.coordinator, own, Action.SUBMIT)

    for action in (Action.APPROVE, Action.SEND_BACK):
        with pytest.raises(Forbidden):
            await step(town, town.caseworker, theirs, action)
        for plan in (mine, own):  # submitted by the supervisor; of the supervisor's own case
            with pytest.raises(SomebodyElseNeeded):
                await step(town, town.supervisor, plan, action)
    assert (await step(town, town.coordinator, mine, Action.APPROVE)).status is Status.APPROVED
    same = sa.update(CarePlan).where(col(CarePlan.id) == theirs.id)
    with pytest.raises(Clash):  # and the table says so too
        async with town.work(town.caseworker) as session:
            await session.exec(same.values(approved_by_id=CarePlan.submitted_by_id))


async def test_what_is_sent_back_says_why_and_is_a_draft_again(town: Town) -> None:
    plan = await a_plan(town, await a_case(town, CaseStatus.PLANNING), Status.SUBMITTED)

    plan = await step(town, town.supervisor, plan, Action.SEND_BACK)

    assert (plan.status, plan.agreed_on) == (Status.DRAFT, None)
    moves = (await shown(town, plan)).moves
    assert [(move.action, move.reason) for move in moves] == [
        *((None, None), (Action.SUBMIT, None), (Action.SEND_BACK, WHY)),
    ]
    assert ("care_plan.send-back", plan.case_id) in await told(town, town.caseworker)
    plan = await amended(town, plan, goals=[goal(aim="Walks 200 metres in six minutes")])
    assert (await step(town, town.caseworker, plan, Action.SUBMIT)).status is Status.SUBMITTED


async def test_the_next_version_begins_with_what_is_in_force_and_replaces_it(town: Town) -> None:
    case = await a_case(town, CaseStatus.PLANNING)
    first = await a_plan(town, case, Status.APPROVED)

    second = await a_plan(town, case, goals=None)
    kept = await shown(town, second)
    assert (second.number, [g.aim for g in kept.goals]) == (2, [AIM])
    assert [g.id for g in kept.goals] == [g.id for g in (await shown(town, first)).goals]
    assert (await now(town, first)).status is Status.APPROVED
    second = await step(town, town.caseworker, second, Action.SUBMIT)
    second = await step(town, town.supervisor, second, Action.APPROVE)

    assert ((await now(town, first)).status, second.status) == (Status.SUPERSEDED, Status.APPROVED)
    async with town.work(town.caseworker) as session:
        assert await queries.before(session, second) is not None
        assert [plan.number for plan in await queries.of_case(session, case)] == [2, 1]


async def test_one_version_is_open_at_a_time_until_it_is_discarded(town: Town) -> None:
    case = await a_case(town)
    plan = await a_plan(town, case)

    with pytest.raises(PlanOpen) as refused:
        await a_plan(town, case)

    assert refused.value.facts == {"plan_id": str(plan.id)}
    await step(town, town.caseworker, plan, Action.DISCARD)
    assert (await a_plan(town, case)).number == 2
    async with town.work(town.caseworker) as session:  # out of reach of any change
        await session.exec(sa.update(CarePlan).where(col(CarePlan.id) == plan.id).values(status="draft"))
    assert (await now(town, plan)).status is Status.DISCARDED


@pytest.mark.parametrize("status", [Status.SUBMITTED, Status.APPROVED, Status.SUPERSEDED, Status.DISCARDED])
async def test_only_a_draft_is_changed_also_for_the_database(town: Town, status: Status) -> None:
    plan = await a_plan(town, await a_case(town, CaseStatus.PLANNING), status)
    held = {"owner_id": plan.owner_id, "team_id": plan.team_id, "plan_id": plan.id}

    for change in ({"goals": [goal()]}, {"review_on": day(20)}):
        with pytest.raises(PlanFixed):
            await amended(town, plan, **change)
    async with town.work(town.caseworker) as session:
        await session.exec(sa.delete(Goal).where(col(Goal.plan_id) == plan.id))
    assert len((await shown(town, plan)).goals) == 1
    for forbidden in (
        sa.insert(Goal).values(
            **held,
            id=new_id(),
            created_at=clock.now(),
            version=1,
            goal_id=new_id(),
            place=9,
            pillar_code="sport",
            need=b"",
            aim=b"",
            responsible_code="person",
            target_on=clock.today(),
        ),
        sa.update(Goal).values(aim=b""),
    ):
        with pytest.raises(NotFound):
            async with town.work(town.caseworker) as session:
                await session.exec(forbidden)


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"goals": []}, "/goals", "goal_needed"),
        (
            {"goals": [goal(), goal(target_on=clock.today().isoformat())]},
            "/goals/1/target_on",
            "not_after_today",
        ),
    ],
)
async def test_what_is_not_ready_is_not_submitted(
    town: Town, change: dict[str, Any], pointer: str, code: str
) -> None:
    plan = await amended(town, await a_plan(town, await a_case(town, CaseStatus.PLANNING)), **change)

    with pytest.raises(Invalid) as refused:
        await step(town, town.caseworker, plan, Action.SUBMIT)

    (fault,) = refused.value.facts["errors"]
    assert (fault["pointer"], fault["code"]) == (pointer, code)
    assert (await now(town, plan)).status is Status.DRAFT


async def test_a_plan_waits_for_needs_consent_and_the_persons_word(town: Town) -> None:
    early = await a_plan(town, await a_case(town, CaseStatus.ASSESSMENT))
    with pytest.raises(AssessmentMissing):
        await step(town, town.caseworker, early, Action.SUBMIT)
    case = await a_case(town, CaseStatus.PLANNING, given_name="Leyla")
    plan = await a_plan(town, case)
    before = SubmitPlan(agreed_on=clock.today() - timedelta(days=1))
    with pytest.raises(Invalid):
        await step(town, town.caseworker, plan, Action.SUBMIT, before)
    await withdraw(town, case)

    with pytest.raises(ConsentMissing):
        await step(town, town.caseworker, plan, Action.SUBMIT)
    await step(town, town.caseworker, plan, Action.DISCARD)
    with pytest.raises(ConsentMissing):
        await a_plan(town, case)


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"review_on": day(0)}, "/review_on", "not_after_today"),
        ({"review_on": day(93)}, "/review_on", "review_too_late"),
        ({"goals": [goal(facility_id=str(new_id()))]}, "/goals/0/facility_id", "not_in_directory"),
        ({"goals": [goal(id=str(new_id()))] * 2}, "/goals/1/id", "goal_twice"),
    ],
)
async def test_what_cannot_be_is_named_and_changes_nothing(
    town: Town, change: dict[str, Any], pointer: str, code: str
) -> None:
    case = await a_case(town)
    with pytest.raises(Invalid) as refused:
        await a_plan(town, case, **change)
    (fault,) = refused.value.facts["errors"]
    assert (fault["pointer"], fault["code"]) == (pointer, code)

    plan = await a_plan(town, case)
    with pytest.raises(Invalid):
        await amended(town, plan, **change)
    assert [g.aim for g in (await shown(town, plan)).goals] == [AIM]


async def test_a_review_says_how_goals_stand_and_when_it_is_looked_at_again(town: Town) -> None:
    case = await a_case(town, CaseStatus.PLANNING)
    plan = await a_plan(town, case, Status.APPROVED, goals=[goal(), goal(pillar_code="sport")])
    first, second = (each.id for each in (await shown(town, plan)).goals)
    stands = [{"goal_id": str(first), "progress_code": "under_way"}]

    plan = await reviewed(town, plan, progress=stands, finding="Walks in the yard", next_on=day(30))
    stands = [{"goal_id": str(first), "progress_code": "reached"}]
    plan = await reviewed(town, plan, progress=stands)

    found = await shown(town, plan)
    assert [(g.id, g.progress_code) for g in found.goals] == [(first, "reached"), (second, None)]
    newest, oldest = found.reviews
    assert (oldest.finding, oldest.progress) == ("Walks in the yard", {first: "under_way"})
    assert str(oldest.next_on) == day(30)
    assert (await case_now(town, case)).next_review_on == newest.next_on
    assert newest.next_on == clock.today() + timedelta(days=settings().plan_review_days)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"next_on": day(93)}, "/next_on"),
        ({"next_on": day(0)}, "/next_on"),
        ({"reviewed_on": day(-1)}, "/reviewed_on"),
        ({"progress": [{"goal_id": str(new_id()), "progress_code": "reached"}]}, "/progress/0/goal_id"),
    ],
)
async def test_a_review_that_cannot_be_is_named(town: Town, change: dict[str, Any], pointer: str) -> None:
    plan = await a_plan(town, await a_case(town, CaseStatus.PLANNING), Status.APPROVED)

    with pytest.raises(Invalid) as refused:
        await reviewed(town, plan, **change)

    assert [fault["pointer"] for fault in refused.value.facts["errors"]] == [pointer]
    assert (await shown(town, plan)).reviews == []


async def test_only_the_plan_in_force_is_reviewed(town: Town) -> None:
    for status in set(Status) - {Status.APPROVED}:
        name = new_id().hex[:12]
        case = await a_case(town, CaseStatus.PLANNING, given_name=name, surname=name)
        with pytest.raises(PlanNotInForce):
            await reviewed(town, await a_plan(town, case, status))


async def test_a_version_that_has_changed_since_is_shown_and_not_overwritten(town: Town) -> None:
    plan = await a_plan(town, await a_case(town))
    await amended(town, plan, goals=[goal(aim="Another")])

    plan.version = 1
    with pytest.raises(Stale) as refused:
        await amended(town, plan, goals=[])

    assert refused.value.facts["current"]["goals"][0]["aim"] == "Another"


async def test_the_same_again_is_what_exists_and_another_clashes(town: Town) -> None:
    case, key = await a_case(town), str(new_id())

    first = await a_plan(town, case, id=key)
    again = await a_plan(town, case, id=key)

    assert again.id == first.id
    changes: list[dict[str, Any]] = [{"goals": [goal(aim="Another")]}, {"goals": []}, {"review_on": day(9)}]
    for change in changes:
        with pytest.raises(Clash):
            await a_plan(town, case, id=key, **change)


async def test_plans_stay_within_reach(town: Town) -> None:
    case = await a_case(town, CaseStatus.PLANNING)
    plan = await a_plan(town, case, Status.SUBMITTED)

    for outsider in (town.colleague, town.outsider):
        with pytest.raises(NotFound):
            await step(town, outsider, plan, Action.DISCARD)
    with pytest.raises(NotFound):
        await step(town, town.other_supervisor, plan, Action.APPROVE)
    for role in (town.provider, town.counsellor, town.analyst, town.administrator):
        with pytest.raises(Forbidden):
            await step(town, role, plan, Action.APPROVE)
    for actor in (town.colleague, town.other_supervisor, town.provider, town.counsellor, town.auditor):
        async with town.work(actor) as session:
            for table in (CarePlan, Goal):
                assert (await session.exec(select(table))).all() == []
    with pytest.raises(IllegalMove):
        await step(town, town.caseworker, plan, Action.DISCARD)
