"""What can be done to a milestone, by whom and when, and what each act leaves behind."""

from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import ValidationError
from sqlmodel import col, select

from app.access.actor import Actor
from app.cases.errors import SomebodyElseNeeded
from app.cases.models import Case
from app.core import clock
from app.core.errors import Clash, Forbidden, IllegalMove, Invalid, NotFound, Stale
from app.core.ids import new_id
from app.incidents.models import Casualty, Incident
from app.milestones import actions, queries
from app.milestones.catalogue import definitions
from app.milestones.errors import AlreadyVerified, MilestoneThere, VerifierUnfit
from app.milestones.models import Milestone
from app.milestones.queries import Place
from app.milestones.schemas import (
    AmendMilestone,
    DropMilestone,
    MilestoneRow,
    MoveMilestone,
    WantMilestone,
)
from app.milestones.states import MILESTONE, Action, Party, Status
from app.survivors.models import Survivor
from tests.cases.factories import a_case, events, told
from tests.factories import Town
from tests.milestones.factories import a_milestone, move, now, verify

S, A = Status, Action
OPEN = {(m.source, m.action) for m in MILESTONE.moves if m.by is Party.RECORDER}
BY_HAND = [action for action in Action if action not in (A.REACH, A.STAY)]


@pytest.mark.parametrize("status", Status)
async def test_each_action_leads_where_the_table_says_or_nowhere(town: Town, status: Status) -> None:
    case = await a_case(town)
    targets = {(m.source, m.action): m.target for m in MILESTONE.moves}
    for action in BY_HAND:
        milestone = await fresh(town, case, status)
        if (status, action) in OPEN:
            moved = await move(town, town.caseworker, milestone, action)
            assert moved.status is targets[status, action]
            continue
        with pytest.raises(IllegalMove) as refused:
            await move(town, town.caseworker, milestone, action)
        assert refused.value.facts["status_now"] == status.value
        assert (await now(town, milestone)).status is status


async def fresh(town: Town, case: Case, status: Status) -> Milestone:
    """A milestone of a step that the case does not have yet."""
    async with town.work(town.caseworker) as session:
        have = set(await session.exec(select(Milestone.definition_code).where(Milestone.case_id == case.id)))
    free = next(code for code in definitions() if code not in have)
    return await a_milestone(town, case, status, free)


async def test_a_set_back_is_kept_and_its_confirmation_ends(town: Town) -> None:
    case, day = await a_case(town), date(2026, 1, 15)
    milestone = await a_milestone(town, case, S.IN_PROGRESS)
    milestone = await move(town, town.caseworker, milestone, A.ACHIEVE, happened_on=day, evidence="Contract")
    milestone = await verify(town, town.supervisor, milestone)
    assert (milestone.reached_on, milestone.verified_by_id) == (day, town.supervisor.user_id)

    lost = await move(
        town,
        town.caseworker,
        milestone,
        A.LOSE,
        happened_on=day + timedelta(60),
        reason_code="no_longer_true",
    )

    assert (lost.status, lost.reached_on, lost.evidence) == (S.LOST, None, None)
    assert (lost.verified_by_id, lost.verified_at) == (None, None)
    history = await changes(town, lost)
    assert [(c.source, c.target, c.happened_on, c.reason_code) for c in history[:2]] == [
        (S.ACHIEVED, S.LOST, day + timedelta(60), "no_longer_true"),
        (S.IN_PROGRESS, S.ACHIEVED, day, None),
    ]
    assert history[-1].action is None
    async with town.work(town.caseworker) as session:
        box = await queries.box(session, lost)
    evidence = history[1].evidence
    assert evidence
    assert box.read("milestone_change", "evidence", history[1].id, evidence) == "Contract"


async def changes(town: Town, milestone: Milestone) -> Any:
    async with town.work(town.caseworker) as session:
        return await queries.changes(session, milestone)


async def test_recording_anew_ends_a_confirmation(town: Town) -> None:
    milestone = await a_milestone(town, await a_case(town), S.ACHIEVED)
    milestone = await verify(town, town.supervisor, milestone)

    again = await move(town, town.coordinator, milestone, A.SUSTAIN)

    assert (again.status, again.verified_by_id, again.recorded_by_id) == (
        S.SUSTAINED,
        None,
        town.coordinator.user_id,
    )
    assert again.reached_on == milestone.reached_on
    with pytest.raises(SomebodyElseNeeded):
        await verify(town, town.coordinator, again)
    assert (await verify(town, town.supervisor, again)).verified_by_id


async def test_another_day_to_reach_it_leaves_the_confirmation_alone(town: Town) -> None:
    milestone = await verify(town, town.supervisor, await a_milestone(town, await a_case(town), S.ACHIEVED))
    place = Place(milestone.case_id, milestone.id)

    async with town.work(town.caseworker) as session:
        given = AmendMilestone(due_on=date(2030, 1, 1))
        await actions.amend(session, town.caseworker, place, milestone.version, given)

    after = await now(town, milestone)
    assert (after.due_on, after.verified_by_id) == (date(2030, 1, 1), town.supervisor.user_id)


async def test_nobody_confirms_what_they_recorded(town: Town) -> None:
    case = await a_case(town)
    milestone = await a_milestone(town, case, S.IN_PROGRESS)
    milestone = await move(town, town.supervisor, milestone, A.ACHIEVE)

    with pytest.raises(SomebodyElseNeeded):
        await verify(town, town.supervisor, milestone)
    assert (await verify(town, town.coordinator, milestone)).verified_by_id == town.coordinator.user_id
    assert ("milestone.verify", case.id) in await told(town, town.supervisor)
    assert ("milestone.verify", case.id) in await told(town, town.caseworker)


async def test_the_database_itself_refuses_a_confirmation_by_who_recorded_it(town: Town) -> None:
    milestone = await a_milestone(town, await a_case(town), S.ACHIEVED)
    mine = sa.update(Milestone).where(col(Milestone.id) == milestone.id)

    with pytest.raises(Clash):
        async with town.work(town.caseworker) as session:
            await session.exec(mine.values(verified_by_id=town.caseworker.user_id))


async def test_only_a_role_that_the_catalogue_names_confirms(town: Town) -> None:
    case = await a_case(town)
    milestone = await a_milestone(town, case, S.ACHIEVED, "counselling_started")

    with pytest.raises(VerifierUnfit) as refused:
        await verify(town, town.supervisor, milestone)
    for nobody in (town.caseworker, town.analyst, town.administrator, town.auditor):
        with pytest.raises(Forbidden):
            await verify(town, nobody, milestone)
    with pytest.raises(NotFound):
        await verify(town, town.other_supervisor, milestone)

    assert refused.value.facts == {"who_may_verify": ["counsellor"]}


@pytest.mark.parametrize("status", [s for s in Status if s not in (S.ACHIEVED, S.SUSTAINED)])
async def test_only_what_is_reached_is_confirmed(town: Town, status: Status) -> None:
    milestone = await a_milestone(town, await a_case(town), status)

    with pytest.raises(IllegalMove) as refused:
        await verify(town, town.supervisor, milestone)

    assert refused.value.facts["action"] == "verify"


async def test_it_is_confirmed_once(town: Town) -> None:
    milestone = await verify(town, town.supervisor, await a_milestone(town, await a_case(town), S.ACHIEVED))

    with pytest.raises(AlreadyVerified):
        await verify(town, town.coordinator, milestone)


async def test_a_facility_without_a_referral_that_shares_it_confirms_nothing(town: Town) -> None:
    """Neither by the query's filter nor, when the filter is talked into it, by the database."""
    case = await a_case(town)
    milestone = await a_milestone(town, case, S.ACHIEVED, "device_delivered")

    with pytest.raises(NotFound):
        await verify(town, town.provider, milestone)
    with pytest.raises(NotFound):
        await verify(town, town.provider, milestone, case.id)


@pytest.mark.parametrize("kind", [MoveMilestone, DropMilestone])
def test_nothing_happened_tomorrow(kind: type[MoveMilestone]) -> None:
    given = {"happened_on": (clock.today() + timedelta(days=2)).isoformat()}
    reason = {"reason_code": "moved"} if kind is DropMilestone else {}

    with pytest.raises(ValidationError, match="has not come yet"):
        kind.model_validate(given | reason)


def test_giving_up_needs_a_reason_of_the_list() -> None:
    reasons: list[dict[str, str | None]] = [{}, {"reason_code": None}, {"reason_code": "because"}]
    for reason in reasons:
        with pytest.raises(ValidationError):
            DropMilestone.model_validate(reason)


@pytest.mark.parametrize("action", [A.SUSTAIN, A.LOSE])
async def test_nothing_happens_to_what_was_reached_before_it_was_reached(town: Town, action: Action) -> None:
    milestone = await a_milestone(town, await a_case(town), S.IN_PROGRESS)
    milestone = await move(town, town.caseworker, milestone, A.ACHIEVE, happened_on=date(2026, 2, 1))

    with pytest.raises(Invalid):
        await move(town, town.caseworker, milestone, action, happened_on=date(2026, 1, 31))
    soon = date(2026, 2, 1) + timedelta(days=182 if action is A.SUSTAIN else 0)
    assert (await move(town, town.caseworker, milestone, action, happened_on=soon)).settled_on == soon


async def test_it_is_sustained_half_a_year_after_it_was_reached_and_not_before(town: Town) -> None:
    milestone = await a_milestone(town, await a_case(town), S.IN_PROGRESS)
    milestone = await move(town, town.caseworker, milestone, A.ACHIEVE, happened_on=date(2026, 2, 1))
    check_on = date(2026, 2, 1) + timedelta(days=182)

    with pytest.raises(Invalid) as refused:
        await move(town, town.caseworker, milestone, A.SUSTAIN, happened_on=check_on - timedelta(days=1))
    before = MilestoneRow.of(milestone).check_on
    sustained = await move(town, town.caseworker, milestone, A.SUSTAIN, happened_on=check_on)

    assert refused.value.facts["errors"][0]["code"] == "before_check"
    assert (before, MilestoneRow.of(sustained).check_on) == (check_on, None)
    assert (sustained.reached_on, sustained.settled_on) == (date(2026, 2, 1), check_on)


async def test_what_was_lost_is_not_reached_again_before_it_was_lost(town: Town) -> None:
    milestone = await a_milestone(town, await a_case(town), S.IN_PROGRESS)
    milestone = await move(town, town.caseworker, milestone, A.ACHIEVE, happened_on=date(2026, 2, 1))
    milestone = await move(town, town.caseworker, milestone, A.LOSE, happened_on=date(2026, 5, 1))
    milestone = await move(town, town.caseworker, milestone, A.START, happened_on=date(2026, 5, 2))

    with pytest.raises(Invalid) as refused:
        await move(town, town.caseworker, milestone, A.ACHIEVE, happened_on=date(2026, 4, 30))

    assert refused.value.facts["errors"][0]["code"] == "before_set_back"
    assert (await now(town, milestone)).status is S.IN_PROGRESS


async def test_what_was_reached_long_ago_may_be_recorded_now(town: Town) -> None:
    milestone = await a_milestone(town, await a_case(town))

    reached = await move(town, town.caseworker, milestone, A.ACHIEVE, happened_on=date(2019, 5, 1))

    assert reached.reached_on == date(2019, 5, 1)


async def test_a_case_has_each_step_once(town: Town) -> None:
    case, key = await a_case(town), new_id()
    first = await a_milestone(town, case, id=key)

    again = await a_milestone(town, case, id=key)
    with pytest.raises(MilestoneThere) as refused:
        await a_milestone(town, case)
    with pytest.raises(Clash):
        await a_milestone(town, case, id=key, due_on="2031-01-01")
    with pytest.raises(Clash):
        await a_milestone(town, case, id=key, code="pension")

    assert again.id == first.id == key
    assert refused.value.facts == {"milestone_id": str(first.id)}


def test_a_step_outside_the_catalogue_is_not_wanted() -> None:
    with pytest.raises(ValidationError):
        WantMilestone(definition_code="fly_to_the_moon")


async def accident(town: Town, case: Case, precision: str) -> date:
    """An accident of this person, known to the day or only to the month."""
    day = date(2025, 6, 1)
    incident = Incident(
        code=new_id().hex[:20],
        organisation_id=town.agency.id,
        registered_by_id=town.caseworker.user_id,
        team_id=town.north.id,
        occurred_on=day,
        occurred_precision=precision,
        district_code="az_agm",
    )
    async with town.work(town.caseworker) as session:
        session.add(incident)
        await session.flush()
        casualty = Casualty(incident_id=incident.id, number=1, outcome_code="injured")
        session.add(casualty)
        await session.flush()
        person = sa.update(Survivor).where(col(Survivor.id) == case.survivor_id)
        await session.exec(person.values(casualty_id=casualty.id))
    return day


@pytest.mark.parametrize(("precision", "known"), [("day", True), ("month", False), ("year", False)])
async def test_a_usual_day_counts_from_an_accident_known_to_the_day(
    town: Town, precision: str, known: bool
) -> None:
    case = await a_case(town)
    day = await accident(town, case, precision)

    fitted = await a_milestone(town, case, code="first_device_fitted")
    job = await a_milestone(town, case, code="job_wage")

    assert fitted.due_on == (day + timedelta(days=84) if known else None)
    assert job.due_on == case.opened_on + timedelta(days=365)


@pytest.mark.parametrize(("status", "late"), list(product(Status, [True, False])))
async def test_overdue_is_judged_when_it_is_read(status: Status, late: bool) -> None:
    due = clock.today() - timedelta(days=late)
    milestone = Milestone(
        case_id=new_id(),
        owner_id=new_id(),
        team_id=new_id(),
        definition_code="job_wage",
        status=status,
        due_on=due,
        recorded_by_id=new_id(),
    )

    ahead = status in (S.WANTED, S.PLANNED, S.REFERRED, S.IN_PROGRESS)
    assert MilestoneRow.of(milestone).overdue is (late and ahead)


async def test_a_move_on_an_old_version_shows_the_milestone_as_it_is(town: Town) -> None:
    milestone = await a_milestone(town, await a_case(town), S.PLANNED)

    with pytest.raises(Stale) as refused:
        await move(town, town.caseworker, milestone, A.START, version=1)

    assert refused.value.facts["current"]["status"] == "planned"
    assert refused.value.facts["current"]["version"] == milestone.version


async def test_a_milestone_under_another_case_does_not_exist(town: Town) -> None:
    mine, other = await a_case(town), await a_case(town, given_name="Leyla")
    milestone = await a_milestone(town, mine)
    milestone.case_id = other.id

    with pytest.raises(NotFound):
        await move(town, town.caseworker, milestone, A.PLAN)


async def test_recording_stays_within_reach_and_leaves_an_event(town: Town) -> None:
    milestone = await a_milestone(town, await a_case(town))
    outsiders: list[Actor] = [town.colleague, town.outsider, town.other_supervisor]
    for outsider in outsiders:
        with pytest.raises(NotFound):
            await move(town, outsider, milestone, A.PLAN)
    for role in (town.provider, town.counsellor, town.sports, town.administrator):
        with pytest.raises(Forbidden):
            await move(town, role, milestone, A.PLAN)

    await move(town, town.supervisor, milestone, A.PLAN)

    (event,) = await events(town, "milestone.plan")
    assert event.user_id == town.supervisor.user_id
    assert event.object_ids == [milestone.id, milestone.case_id]
