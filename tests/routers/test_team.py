"""A team at a glance: what each person carries and what is late, for who answers for them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient

from app.access.actor import Actor
from app.access.table import Permission
from app.accounts.models import Membership
from app.cases import actions as cases
from app.cases.models import Case
from app.cases.schemas import AddTask, AmendCase, AssignCase, FinishTask, WriteNote
from app.cases.states import Action, Status
from app.core import clock
from app.core.config import settings
from app.core.db import GATE, unit_of_work
from app.core.errors import NotFound
from app.core.hot import within
from app.core.ids import new_id
from app.milestones.states import Status as Step
from app.overview import team
from app.overview.team import TeamMember, TeamOverview
from app.referrals.states import Status as Letter
from tests.cases.factories import a_case, events, move
from tests.factories import Town, signed
from tests.milestones.factories import a_milestone
from tests.referrals.factories import Post

LONG = settings().contact_days + 1


async def seen(town: Town, actor: Actor | None = None, days: int = 0) -> dict[UUID, TeamMember]:
    """The northern team as it is seen so many days from now."""
    me, then = actor or town.supervisor, clock.now() + timedelta(days=days)
    grant = me.grant(Permission.OVERSIGHT_READ)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: then)
        async with town.work(me) as session:
            found = await team.team_json(await within(session), grant, town.north.id)
    out = TeamOverview.model_validate_json(found)
    assert (out.team_id, out.contact_days, out.as_of) == (town.north.id, settings().contact_days, then)
    return {member.user_id: member for member in out.items}


def late(member: TeamMember) -> dict[str, int]:
    """What of a person's load is not nothing."""
    counts = member.model_dump(exclude={"user_id", "display_name", "is_member"})
    return {name: many for name, many in counts.items() if many}


async def act(town: Town, action: Any, case: Case, *given: Any) -> Any:
    async with town.work(town.caseworker) as session:
        return await action(session, town.caseworker, case.id, *given)


async def test_everybody_of_the_team_stands_there_also_who_has_nothing(town: Town) -> None:
    await a_case(town)

    found = await seen(town)

    assert set(found) == {town.caseworker.user_id, town.colleague.user_id, town.supervisor.user_id}
    assert late(found[town.caseworker.user_id]) == {"open_cases": 1}
    assert late(found[town.colleague.user_id]) == {}
    assert [member.display_name for member in found.values()] == sorted(
        m.display_name for m in found.values()
    )


async def test_what_is_due_today_is_not_late_and_tomorrow_it_is(town: Town) -> None:
    case, today = await a_case(town), clock.today()
    task = (await act(town, cases.add_task, case, AddTask(kind_code="call", due_on=today)))[0].task
    await act(town, cases.add_task, case, AddTask(kind_code="call", due_on=today))
    await a_milestone(town, case, due_on=today.isoformat())
    await a_milestone(town, case, Step.ACHIEVED, "community", due_on=today.isoformat())
    await act(town, cases.amend, case, case.version, AmendCase(next_review_on=today, risk_level_code="high"))
    letter = await Post(town, case.id, case.survivor_id).referral(Letter.SENT)
    mine = town.caseworker.user_id

    assert late((await seen(town))[mine]) == {"open_cases": 1, "high_risk": 1}
    await act(town, cases.finish_task, case, task.id, task.version, FinishTask())
    one_day = late((await seen(town, days=1))[mine])
    assert one_day == {
        "open_cases": 1,
        "high_risk": 1,
        "tasks_overdue": 1,
        "milestones_overdue": 1,
        "reviews_overdue": 1,
    }
    assert letter.answer_by
    days = (letter.answer_by - clock.now()).days + 1
    assert late((await seen(town, days=days))[mine])["referrals_unanswered"] == 1


async def test_to_have_tried_is_no_contact_and_who_sleeps_expects_none(town: Town) -> None:
    fresh, tried, spoken = [await a_case(town) for _ in range(3)]
    asleep = await a_case(town, Status.DORMANT)
    await act(town, cases.write_note, tried, WriteNote(kind_code="contact_attempt", text="No answer."))
    await act(town, cases.write_note, spoken, WriteNote(kind_code="home_visit", text="At home."))
    mine = town.caseworker.user_id

    assert "without_contact" not in late((await seen(town))[mine])
    assert late((await seen(town, days=LONG - 2))[mine])["open_cases"] == 4
    assert "without_contact" not in late((await seen(town, days=LONG - 2))[mine])
    assert late((await seen(town, days=LONG))[mine])["without_contact"] == 3  # spoken with too long ago
    await move(town, fresh, Action.CLOSE)
    assert late((await seen(town, days=LONG))[mine])["without_contact"] == 2
    assert asleep.status is Status.DORMANT


async def test_a_note_just_before_the_limit_still_counts(town: Town) -> None:
    case = await a_case(town)
    await act(town, cases.write_note, case, WriteNote(kind_code="call", text="Well."))

    found = await seen(town, days=settings().contact_days - 1)

    assert "without_contact" not in late(found[town.caseworker.user_id])


async def test_cases_of_who_has_left_are_seen_and_not_lost(town: Town) -> None:
    await a_case(town)
    given = AssignCase(owner_id=town.colleague.user_id, team_id=town.north.id)
    moved = await a_case(town)
    async with town.work(town.supervisor) as session:
        await cases.assign(session, town.supervisor, moved.id, moved.version, given)
    async with unit_of_work(town.database, GATE) as session:
        left = next(m for m in town.memberships if m.user_id == town.colleague.user_id)
        (await session.get_one(Membership, left.id)).ended_at = clock.now()

    gone = (await seen(town))[town.colleague.user_id]

    assert (gone.is_member, gone.open_cases) == (False, 1)


async def test_another_team_does_not_exist_and_a_coordinator_sees_any(
    client: AsyncClient, town: Town
) -> None:
    path = f"/teams/{town.north.id}/overview"
    await a_case(town)
    for actor, status in (
        *((town.supervisor, 200), (town.coordinator, 200), (town.other_supervisor, 404)),
        *((town.caseworker, 403), (town.provider, 403), (town.analyst, 403)),
    ):
        assert (await client.get(path, headers=signed(actor))).status_code == status
    theirs = await client.get(path, headers=signed(town.other_supervisor))
    nobodys = await client.get(f"/teams/{new_id()}/overview", headers=signed(town.coordinator))
    assert theirs.json() | {"request_id": ""} == nobodys.json() | {"request_id": ""}

    read_by = await events(town, "team.read")
    assert [(line.user_id, line.object_ids) for line in read_by] == [
        (town.supervisor.user_id, [town.north.id]),
        (town.coordinator.user_id, [town.north.id]),
    ]
    assert (await seen(town, town.coordinator)) == (await seen(town))
    with pytest.raises(NotFound):
        await seen(town, town.other_supervisor)
