"""Milestones that a record shows by itself: by whom, once, and nothing beside the one case."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import select

from app.access.actor import Actor
from app.cases.models import Case
from app.codelists import lists
from app.core.errors import NotFound
from app.core.ids import new_id
from app.milestones import actions, queries
from app.milestones.catalogue import definitions
from app.milestones.models import Milestone, MilestoneChange
from app.milestones.states import Action, Status
from tests.cases.factories import a_case, events, told
from tests.factories import Town
from tests.milestones.factories import a_milestone, move, now, verify

S, A = Status, Action
DAY = date(2026, 3, 1)


async def reach(
    town: Town, actor: Actor, case: Case, code: str = "device_delivered", on: date = DAY, **fact: Any
) -> None:
    kind, record = fact.get("kind", "device_order"), fact.get("record", new_id())
    async with town.work(actor) as session:
        await actions.reach(session, actor, case, code, on, kind, record)


async def found(town: Town, case: Case, code: str = "device_delivered") -> Milestone:
    async with town.work(town.coordinator) as session:
        rows = select(Milestone).where(Milestone.case_id == case.id, Milestone.definition_code == code)
        return (await session.exec(rows)).one()


async def history(town: Town, milestone: Milestone) -> list[tuple[Status | None, Status, UUID | None]]:
    async with town.work(town.coordinator) as session:
        rows = await queries.changes(session, milestone)
    return [(each.source, each.target, each.fact_id) for each in reversed(rows)]


@pytest.mark.parametrize("who", ["caseworker", "provider", "sports", "counsellor"])
async def test_a_record_shows_it_whoever_made_the_record(town: Town, who: str) -> None:
    case, record, actor = await a_case(town), new_id(), getattr(town, who)

    await reach(town, actor, case, record=record)

    one = await found(town, case)
    assert (one.status, one.reached_on, one.settled_on) == (S.ACHIEVED, DAY, DAY)
    assert (one.fact_code, one.fact_id, one.recorded_by_id) == ("device_order", record, actor.user_id)
    assert await history(town, one) == [(None, S.WANTED, None), (S.WANTED, S.ACHIEVED, record)]
    (event,) = await events(town, "milestone.reach")
    assert (event.user_id, event.object_ids) == (actor.user_id, [one.id, case.id, case.survivor_id])
    heard = ("milestone.reach", case.id) in await told(town, town.caseworker)
    assert heard is (actor is not town.caseworker)


@pytest.mark.parametrize("status", [S.WANTED, S.PLANNED, S.REFERRED, S.IN_PROGRESS, S.NOT_NEEDED, S.DROPPED])
async def test_a_record_is_stronger_than_what_was_expected(town: Town, status: Status) -> None:
    case = await a_case(town)
    one = await a_milestone(town, case, status, "device_delivered")

    await reach(town, town.provider, case)

    assert (await now(town, one)).status is S.ACHIEVED


async def test_one_record_shows_it_once_however_often_it_is_told(town: Town) -> None:
    case, record = await a_case(town), new_id()
    for _ in range(3):
        await reach(town, town.provider, case, record=record)
    await reach(town, town.provider, case, on=DAY + timedelta(days=9))
    for _ in range(2):
        await reach(town, town.sports, case, "sport_tried", kind="attendance", record=None)

    one = await found(town, case)
    assert (one.reached_on, one.fact_id) == (DAY, record)
    assert len(await history(town, one)) == 2
    assert len(await history(town, await found(town, case, "sport_tried"))) == 2


async def test_what_was_lost_comes_back_by_a_later_record_only(town: Town) -> None:
    case, old = await a_case(town), new_id()
    await reach(town, town.provider, case, record=old)
    lost = await move(
        town, town.caseworker, await found(town, case), A.LOSE, happened_on=DAY + timedelta(days=30)
    )
    assert (lost.fact_code, lost.fact_id, lost.reached_on) == (None, None, None)

    await reach(town, town.provider, case, record=old, on=DAY + timedelta(days=40))
    await reach(town, town.provider, case, on=DAY + timedelta(days=29))
    assert (await now(town, lost)).status is S.LOST
    await reach(town, town.provider, case, on=DAY + timedelta(days=31))

    assert (await now(town, lost)).status is S.ACHIEVED
    assert [target for _, target, _ in await history(town, lost)] == [
        S.WANTED,
        S.ACHIEVED,
        S.LOST,
        S.ACHIEVED,
    ]


async def test_it_is_confirmed_by_a_second_person_all_the_same_and_stays_shown(town: Town) -> None:
    case = await a_case(town)
    await reach(town, town.supervisor, case)
    one = await found(town, case)

    confirmed = await verify(town, town.coordinator, one)
    kept = await move(town, town.caseworker, confirmed, A.SUSTAIN, happened_on=DAY + timedelta(days=182))

    assert confirmed.verified_by_id == town.coordinator.user_id
    assert (kept.status, kept.fact_code, kept.reached_on) == (S.SUSTAINED, "device_order", DAY)


async def stays(town: Town, actor: Actor, case: Case, days: int, code: str = "job_wage") -> UUID:
    """A follow-up that found it still so, so many days after it was reached."""
    look = new_id()
    async with town.work(actor) as session:
        await actions.stay(session, actor, case, code, DAY + timedelta(days=days), "follow_up", look)
    return look


@pytest.mark.parametrize("who", ["caseworker", "provider"])
async def test_a_follow_up_late_enough_sustains_it_and_is_kept_beside_what_showed_it(
    town: Town, who: str
) -> None:
    case, record = await a_case(town), new_id()
    actor = getattr(town, who)
    await stays(town, actor, case, 400)  # nothing was reached: nothing is sustained, and nothing begun
    await reach(town, town.supervisor, case, "job_wage", kind="reintegration_record", record=record)
    confirmed = await verify(town, town.coordinator, await found(town, case, "job_wage"))

    await stays(town, actor, case, 181)
    assert (await now(town, confirmed)).status is S.ACHIEVED
    look = await stays(town, actor, case, 182)
    await stays(town, actor, case, 365)

    one = await now(town, confirmed)
    assert (one.status, one.reached_on, one.settled_on) == (S.SUSTAINED, DAY, DAY + timedelta(days=182))
    assert (one.fact_code, one.fact_id) == ("reintegration_record", record)
    assert one.verified_by_id is None  # that it lasts is another thing to confirm
    assert await history(town, one) == [
        *((None, S.WANTED, None), (S.WANTED, S.ACHIEVED, record), (S.ACHIEVED, S.SUSTAINED, look))
    ]
    heard = ("milestone.stay", case.id) in await told(town, town.caseworker)
    assert heard is (actor is not town.caseworker)


async def test_what_was_entered_by_hand_is_shown_by_the_follow_up_that_sustains_it(town: Town) -> None:
    case = await a_case(town)
    byhand = await a_milestone(town, case, S.ACHIEVED)
    assert byhand.reached_on

    look = await stays(town, town.provider, case, (byhand.reached_on - DAY).days + 182)

    one = await now(town, byhand)
    assert (one.status, one.fact_code, one.fact_id) == (S.SUSTAINED, "follow_up", look)


async def test_what_cannot_become_untrue_is_not_sustained(town: Town) -> None:
    case = await a_case(town)
    await reach(town, town.provider, case)
    with pytest.raises(ValueError, match="not shown by"):
        await stays(town, town.provider, case, 400, "device_delivered")


@pytest.mark.parametrize(("code", "kind"), [("housing", "fixture"), ("device_delivered", "made_up")])
async def test_a_record_of_another_kind_shows_nothing(town: Town, code: str, kind: str) -> None:
    case = await a_case(town)

    with pytest.raises(ValueError, match="not shown by"):
        await reach(town, town.caseworker, case, code, kind=kind)


async def test_the_database_takes_a_fact_of_the_one_case_and_lets_go_of_it_afterwards(town: Town) -> None:
    """Who works at the club sees and changes no milestone of anybody before, after or beside it."""
    mine, other = await a_case(town), await a_case(town, given_name="Leyla")
    beside = await a_milestone(town, other, S.PLANNED, "device_delivered")
    everything = sa.select(sa.func.count()).select_from(Milestone)
    async with town.work(town.sports) as session:
        await actions.reach(session, town.sports, mine, "sport_join", DAY, "enrolment", new_id())
        connection = await session.connection()
        assert await connection.scalar(everything) == 0
        await queries.open_for_facts(session, mine.id)
        assert await connection.scalar(everything) == 1
        await queries.open_for_facts(session)
        assert await connection.scalar(everything) == 0
    assert (await now(town, beside)).status is S.PLANNED


async def attacked(town: Town, case: Case, attack: sa.Executable) -> None:
    async with town.work(town.sports) as session:
        await queries.open_for_facts(session, case.id)
        await (await session.connection()).execute(attack)


LOSE = "update milestone set status = 'lost'"
BY_HAND = "update milestone set status = 'achieved', fact_code = null"
DELETE_HISTORY = "delete from milestone_change"


@pytest.mark.parametrize("attack", [LOSE, BY_HAND, DELETE_HISTORY])
async def test_a_fact_is_all_that_the_database_takes(town: Town, attack: str) -> None:
    case = await a_case(town)
    await reach(town, town.sports, case, "sport_join", kind="enrolment")

    with pytest.raises(NotFound):
        await attacked(town, case, sa.text(attack))

    assert (await found(town, case, "sport_join")).status is S.ACHIEVED


async def test_a_change_by_hand_is_not_entered_as_a_facts(town: Town) -> None:
    case = await a_case(town)
    await reach(town, town.sports, case, "sport_join", kind="enrolment")
    one = await found(town, case, "sport_join")
    forged = {"milestone_id": one.id, "owner_id": one.owner_id, "team_id": one.team_id, "source": S.ACHIEVED}
    forged |= {"action": A.LOSE, "target": S.LOST, "happened_on": DAY, "by_id": town.sports.user_id}
    whole = MilestoneChange.model_validate(forged).model_dump()

    with pytest.raises(NotFound):
        await attacked(town, case, sa.insert(MilestoneChange).values(whole))


def test_every_kind_of_fact_of_the_catalogue_is_a_code() -> None:
    named = {kind for each in definitions().values() for kind in each.facts}

    assert named == set(lists.load("milestone_fact"))
