"""What the calendar raises, when, for whom, and that it does so once."""

from collections.abc import Callable, Coroutine
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from app.access.actor import CALENDAR
from app.appointments.models import Appointment
from app.cases import actions, raising
from app.cases.models import Case, CaseMove, Task
from app.cases.raising import Due
from app.cases.schemas import AmendCase, FinishTask
from app.cases.states import Action, Status
from app.codelists import lists
from app.core import clock
from app.core.errors import Forbidden, NotFound
from app.core.ids import new_id
from app.milestones.models import Milestone
from app.milestones.states import Action as MilestoneAction
from app.organisations.models import Facility, Organisation
from app.referrals.models import Referral
from app.referrals.states import Action as ReferralAction
from app.referrals.states import Party
from app.referrals.states import Status as ReferralStatus
from app.rehabilitation.models import DeviceOrder
from app.rehabilitation.states import Status as DeviceStatus
from app.reintegration.models import FollowUp
from app.reminders import jobs, queries
from app.reminders.table import RULES
from app.survivors.models import Consent
from app.transfers import rules as transfers
from tests.appointments.factories import an_appointment
from tests.cases.factories import a_case, events, now, told
from tests.factories import Town
from tests.milestones.factories import a_milestone, move
from tests.referrals.factories import Post, a_post
from tests.rehabilitation.factories import asked, walked
from tests.transfers.factories import offered, to

Made = Callable[[Town, int], Coroutine[Any, Any, Case]]
KINDS = [rule.kind_code for rule in RULES]


def day(after: int) -> date:
    return clock.today() + timedelta(days=after)


async def changed(town: Town, table: Any, which: sa.ColumnElement[bool], **values: Any) -> None:
    """Time that has gone by: what no action would set."""
    async with town.work(CALENDAR) as session:
        await session.exec(sa.update(table).where(which).values(**values))


async def reviewed(town: Town, after: int) -> Case:
    case = await a_case(town)
    given = AmendCase.model_validate({"next_review_on": day(after).isoformat()})
    async with town.work(town.caseworker) as session:
        return await actions.amend(session, town.caseworker, case.id, case.version, given)


async def referred(town: Town, after: int) -> Case:
    post = await a_post(town)
    sent = await post.referral()
    answer_by = clock.now() + timedelta(days=after, minutes=-1)
    await changed(town, Referral, col(Referral.id) == sent.id, answer_by=answer_by)
    return await case_of(post)


async def missed(town: Town, after: int) -> Case:
    post = await a_post(town)
    absent = await post.referral(at=ReferralStatus.NO_SHOW)
    visit = clock.beginning(day(after))
    await changed(town, Referral, col(Referral.id) == absent.id, scheduled_for=visit)
    return await case_of(post)


async def visited(town: Town, after: int) -> Case:
    post = await a_post(town)
    expected = await post.referral(at=ReferralStatus.SCHEDULED)
    visit = clock.beginning(day(after))
    await changed(town, Referral, col(Referral.id) == expected.id, scheduled_for=visit)
    return await case_of(post)


async def awaited(town: Town, after: int) -> Case:
    post = await a_post(town)
    waits = await post.referral(at=ReferralStatus.WAITLISTED)
    await changed(town, Referral, col(Referral.id) == waits.id, expected_on=day(after))
    return await case_of(post)


async def closing(town: Town, after: int) -> Case:
    post = await a_post(town)
    under_way = await post.outside()
    clinic = col(Facility.id) == under_way.to_facility_id
    await changed(town, Facility, clinic, closed_on=day(after))
    return await case_of(post)


async def hoped(town: Town, after: int) -> Case:
    case = await a_case(town)
    await a_milestone(town, case, due_on=day(after).isoformat())
    return case


async def agreed(town: Town, after: int) -> Case:
    case = await a_case(town)
    until, since = day(after), min(day(after), day(-1))
    mine = col(Consent.survivor_id) == case.survivor_id
    await renewed(town, mine, since, until)
    return case


async def worn(town: Town, after: int) -> Case:
    case = await a_case(town)
    await asked(town, case)
    await walked(town, case, DeviceStatus.DELIVERED)
    await changed(town, DeviceOrder, col(DeviceOrder.case_id) == case.id, due_on=day(after))
    return case


async def followed(town: Town, after: int) -> Case:
    case = await a_case(town)
    held = {"case_id": case.id, "owner_id": case.owner_id, "team_id": case.team_id, "by_id": case.owner_id}
    look = {"about_id": new_id(), "months": 3, "due_on": day(after)}
    async with town.work(town.caseworker) as session:
        session.add(FollowUp.model_validate({**held, **look}))
    return case


async def met(town: Town, after: int) -> Case:
    case = await a_case(town)
    await an_appointment(town, case)
    start = clock.beginning(day(after))
    await changed(town, Appointment, col(Appointment.case_id) == case.id, starts_at=start)
    return case


async def offered_away(town: Town, after: int) -> Case:
    case = await a_case(town)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transfers, "USUAL_DAYS", after)
        await offered(town, case, to(town.south))
    return case


async def renewed(town: Town, which: sa.ColumnElement[bool], since: date, until: date) -> None:
    """A consent of other days: neither may be changed by the service, so the row is made anew."""
    async with town.work(CALENDAR) as session:
        known = (await session.exec(select(Consent).where(which))).first()
        assert known
        days = {"id": new_id(), "given_on": since, "valid_until": until}
        session.add(Consent.model_validate(known.model_dump() | days))
        known.withdrawn_at = clock.now()


async def case_of(post: Post) -> Case:
    async with post.town.work(post.town.coordinator) as session:
        return (await session.exec(select(Case).where(Case.id == post.case_id))).one()


async def tasks(town: Town, case: Case) -> list[Task]:
    async with town.work(town.caseworker) as session:
        rows = select(Task).where(Task.case_id == case.id).order_by(col(Task.created_at), col(Task.id))
        return list((await session.exec(rows)).all())


async def finished(town: Town, case: Case, task: Task) -> None:
    async with town.work(town.caseworker) as session:
        await actions.finish_task(session, town.caseworker, case.id, task.id, task.version, FinishTask())


# The last day on which a rule is silent, and the day that its task is to be done by on the day after.
EDGES: dict[str, tuple[Made, int, int]] = {
    "review_due": (reviewed, 8, 7),
    "referral_unanswered": (referred, 1, 0),
    "missed_visit": (missed, 1, 0),
    "visit_open": (visited, 0, 0),
    "place_overdue": (awaited, 0, 0),
    "facility_closing": (closing, 15, 14),
    "appointment_open": (met, 0, 0),
    "transfer_unanswered": (offered_away, 0, 0),
    "milestone_overdue": (hoped, 0, 0),
    "consent_expiring": (agreed, 31, 30),
    "replacement_due": (worn, 31, 30),
    "follow_up_due": (followed, 8, 7),
}


def test_every_rule_has_its_edge_here_and_its_word_in_the_code_list() -> None:
    by_rule = {code for code, row in lists.load("task_kind").items() if row.extra["raised_by"] == "rule"}

    assert set(EDGES) == set(KINDS) <= by_rule


@pytest.mark.parametrize("kind", KINDS)
async def test_a_rule_is_silent_until_its_day_and_speaks_once(town: Town, kind: str) -> None:
    made, silent, due_in = EDGES[kind]
    await made(town, silent)
    early = await jobs.remind(town.database)
    case = await made(town, silent - 1)

    counts = [await jobs.remind(town.database) for _ in range(2)]
    (task,) = await tasks(town, case)
    await finished(town, case, task)
    again = await jobs.remind(town.database)

    assert (early, counts, again) == (0, [1, 0], 0)
    assert (task.kind_code, task.due_on, task.owner_id) == (kind, day(due_in), town.caseworker.user_id)
    assert (task.by_id, task.text) == (None, None)


async def test_who_is_told_and_what_is_written_down(town: Town) -> None:
    case = await reviewed(town, 1)

    await jobs.remind(town.database)

    (task,) = await tasks(town, case)
    (line,) = await events(town, "task.raise")
    assert ("task.raise", case.id) in await told(town, town.caseworker)
    assert await told(town, town.colleague) == []
    assert (line.user_id, line.object_ids) == (CALENDAR.user_id, [task.id, case.id, case.survivor_id])


async def test_another_day_is_another_occasion(town: Town) -> None:
    case = await reviewed(town, 1)
    assert await jobs.remind(town.database) == 1
    case = await now(town, case)
    given = AmendCase.model_validate({"next_review_on": day(2).isoformat()})
    async with town.work(town.caseworker) as session:
        await actions.amend(session, town.caseworker, case.id, case.version, given)

    assert [await jobs.remind(town.database), await jobs.remind(town.database)] == [1, 0]


async def test_what_is_done_or_renewed_raises_nothing(town: Town) -> None:
    case = await hoped(town, -1)
    async with town.work(town.caseworker) as session:
        (milestone,) = (await session.exec(select(Milestone).where(Milestone.case_id == case.id))).all()
    await move(town, town.caseworker, milestone, MilestoneAction.ACHIEVE)
    answered = await a_post(town)
    sent = await answered.referral(at=ReferralStatus.ACCEPTED)
    await changed(town, Referral, col(Referral.id) == sent.id, answer_by=clock.now() - timedelta(days=3))
    kept = await agreed(town, 5)
    live = sa.and_(col(Consent.survivor_id) == kept.survivor_id, col(Consent.withdrawn_at).is_(None))
    async with town.work(CALENDAR) as session:
        known = (await session.exec(select(Consent).where(live))).one()
        later = {"id": new_id(), "valid_until": day(300)}
        session.add(Consent.model_validate(known.model_dump() | later))

    assert await jobs.remind(town.database) == 0


async def test_a_missed_visit_that_has_another_date_is_nobodys_task(town: Town) -> None:
    post = await a_post(town)
    absent = await post.referral(at=ReferralStatus.NO_SHOW)
    await post.step(absent, ReferralAction.SCHEDULE, Party.RECEIVER)
    await changed(town, Referral, col(Referral.id) == absent.id, scheduled_for=clock.now())

    assert await jobs.remind(town.database) == 0


async def test_who_was_taken_on_and_hears_nothing_more_is_not_forgotten(town: Town) -> None:
    """Neither a date nor a day when a place is expected: after thirty days somebody asks."""
    for many, since, status in ((0, 30, "ACCEPTED"), (1, 31, "ACCEPTED"), (1, 31, "WAITLISTED")):
        post = await a_post(town)
        waits = await post.referral(at=ReferralStatus[status])
        answered = clock.beginning(day(-since))
        which = col(Referral.id) == waits.id
        await changed(town, Referral, which, answered_at=answered, expected_on=None)

        assert await jobs.remind(town.database) == many
        assert [one.kind_code for one in await tasks(town, await case_of(post))] == ["place_overdue"][:many]


async def test_an_organisation_that_closes_takes_its_facilities_along_and_nothing_that_is_over(
    town: Town,
) -> None:
    post = await a_post(town)
    await post.referral()
    over = await a_post(town)
    await over.referral(at=ReferralStatus.DECLINED)
    await changed(town, Organisation, col(Organisation.id) == town.workshop.organisation_id, closed_on=day(3))

    assert [await jobs.remind(town.database), await jobs.remind(town.database)] == [1, 0]
    (task,) = await tasks(town, await case_of(post))
    assert (task.kind_code, task.due_on) == ("facility_closing", day(3))


@pytest.mark.parametrize("status", [Status.DORMANT, Status.CLOSED, Status.TRANSFERRED])
async def test_a_case_on_which_nobody_works_is_not_reminded_of(town: Town, status: Status) -> None:
    case = await a_case(town, status)
    await changed(town, Case, col(Case.id) == case.id, next_review_on=day(-1))

    assert await jobs.remind(town.database) == 0


async def test_more_than_one_batch_is_raised_whole(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST", 2)
    for _ in range(5):
        await reviewed(town, 0)

    assert [await jobs.remind(town.database), await jobs.remind(town.database)] == [5, 0]


async def test_a_case_wakes_on_its_day_and_not_before(town: Town) -> None:
    asleep, due = await a_case(town, Status.DORMANT), await a_case(town, Status.DORMANT)
    await changed(town, Case, col(Case.id) == asleep.id, wakes_on=day(1))
    await changed(town, Case, col(Case.id) == due.id, wakes_on=day(0))

    counts = [await jobs.wake(town.database), await jobs.wake(town.database)]

    async with town.work(town.coordinator) as session:
        last = select(CaseMove).where(CaseMove.case_id == due.id, CaseMove.action == Action.WAKE)
        (step,) = (await session.exec(last)).all()
    woken = await now(town, due)
    assert counts == [1, 0]
    assert (woken.status, woken.wakes_on, step.by_id) == (Status.FOLLOW_UP, None, None)
    assert (await now(town, asleep)).status is Status.DORMANT
    assert ("case.wake", due.id) in await told(town, town.caseworker)


async def test_a_task_about_something_is_raised_once_whoever_raises_it(town: Town) -> None:
    case, about = await a_case(town), new_id()
    raised = []
    for actor in (town.caseworker, CALENDAR, town.supervisor):
        async with town.work(actor) as session:
            raised.append(await raising.raise_task(session, actor, case, "risk_flag", day(0), about))
    async with town.work(town.caseworker) as session:
        other = await raising.raise_task(session, town.caseworker, case, "risk_flag", day(0), new_id())

    assert len({task.id for task in raised}) == 1
    assert [task.id for task in await tasks(town, case)] == [raised[0].id, other.id]
    assert len(await events(town, "task.raise")) == 2


@pytest.mark.parametrize("who", ["provider", "counsellor", "analyst", "administrator", "auditor"])
async def test_who_may_not_work_on_cases_raises_nothing(town: Town, who: str) -> None:
    case, actor = await a_case(town), getattr(town, who)

    with pytest.raises(Forbidden):
        async with town.work(actor) as session:
            await raising.raise_tasks(session, actor, "risk_flag", [Due(case, new_id(), day(0))])

    assert await tasks(town, case) == []


async def test_the_database_refuses_a_task_on_somebody_elses_case(town: Town) -> None:
    case, outsider = await a_case(town), town.outsider

    with pytest.raises(NotFound):
        async with town.work(outsider) as session:
            await raising.raise_task(session, outsider, case, "risk_flag", day(0), new_id())

    assert await tasks(town, case) == []
