"""An appointment: what is said of it and sealed, what becomes of it, and what a missed one sets going."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from app.appointments import actions, rules
from app.appointments.errors import BeforeItsTime, TooManyAppointments
from app.appointments.models import Appointment, AppointmentMove
from app.appointments.schemas import BookAppointment
from app.appointments.states import APPOINTMENT, Action, Status
from app.cases import actions as cases
from app.cases.errors import CaseNotOpen, ConsentMissing
from app.cases.models import Case, Task
from app.cases.schemas import AssignCase, FinishTask
from app.cases.states import Party
from app.cases.states import Status as CaseStatus
from app.core import clock
from app.core.errors import Clash, IllegalMove, Invalid, NotFound, Stale
from app.core.ids import new_id
from app.survivors import queries as survivors
from tests.appointments.factories import ABOUT, WHERE, WITH, an_appointment, booking, stepped, when
from tests.cases.factories import a_case, events, now, told, withdraw
from tests.factories import Town

ROWS = {(m.source, m.action): m for m in APPOINTMENT.moves}
WAYS = {Status.BOOKED: [], Status.KEPT: [Action.KEEP], Status.MISSED: [Action.MISS]}
WAYS[Status.CANCELLED] = [Action.CANCEL]


async def tasks(town: Town, case: Case) -> list[Task]:
    async with town.work(town.coordinator) as session:
        rows = select(Task).where(Task.case_id == case.id).order_by(col(Task.id))
        return list((await session.exec(rows)).all())


async def steps(town: Town, one: Appointment) -> list[AppointmentMove]:
    async with town.work(town.coordinator) as session:
        rows = select(AppointmentMove).where(AppointmentMove.appointment_id == one.id)
        return list((await session.exec(rows.order_by(col(AppointmentMove.id)))).all())


def fault(refused: pytest.ExceptionInfo[Invalid]) -> tuple[str, str]:
    (one,) = refused.value.facts["errors"]
    return one["pointer"], one["code"]


async def test_what_is_said_of_it_stands_sealed_and_opens_with_the_persons_key(town: Town) -> None:
    case = await a_case(town)

    one = await an_appointment(town, case, facility_id=str(town.workshop.id))

    kept = {name: getattr(one, name) for name in ("with_whom", "place", "note")}
    assert not any(said.encode() in kept[name] for name, said in zip(kept, (WITH, WHERE, ABOUT), strict=True))
    async with town.work(town.caseworker) as session:
        box = await survivors.box(session, case.survivor_id)
    opened = [box.read("appointment", name, one.id, kept[name]) for name in kept]
    assert (opened, one.facility_id, one.status) == ([WITH, WHERE, ABOUT], town.workshop.id, Status.BOOKED)
    (event,) = await events(town, "appointment.book")
    assert (event.object_ids, event.field_class) == ([one.id, case.id, case.survivor_id], "health")
    assert await told(town, town.caseworker) == []  # who booked it knows


@pytest.mark.parametrize(("now_at", "action"), list(itertools.product(Status, Action)))
async def test_only_written_rows_are_legal_and_every_step_is_kept(
    town: Town, now_at: Status, action: Action
) -> None:
    one = await an_appointment(town, await a_case(town))
    for before in WAYS[now_at]:
        one = await stepped(town, one, before)
    assert one.status is now_at

    if row := ROWS.get((now_at, action)):
        one = await stepped(town, one, action, town.supervisor)
        assert one.status is row.target
        last = (await steps(town, one))[-1]
        assert (last.action, last.source, last.target) == (action, now_at, row.target)
        assert (last.by_id, last.starts_at) == (town.supervisor.user_id, one.starts_at)
        assert (f"appointment.{action}", one.case_id) in await told(town, town.caseworker)
    else:
        with pytest.raises(IllegalMove):
            await stepped(town, one, action)
    assert len(await steps(town, one)) == 1 + len(WAYS[now_at]) + bool(row)


@pytest.mark.parametrize("action", [Action.KEEP, Action.MISS])
async def test_what_becomes_of_it_is_not_known_before_its_time(town: Town, action: Action) -> None:
    one = await an_appointment(town, await a_case(town), hours=1)

    with pytest.raises(BeforeItsTime):
        await stepped(town, one, action)

    assert len(await steps(town, one)) == 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"hours": -24 * 32}, ("/starts_at", "too_far_back")),
        ({"hours": 24 * 731}, ("/starts_at", "too_far_ahead")),
        ({"facility_id": str(new_id())}, ("/facility_id", "not_in_directory")),
    ],
)
async def test_what_cannot_have_been_agreed_is_not_booked(
    town: Town, changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    case = await a_case(town)

    with pytest.raises(Invalid) as refused:
        await an_appointment(town, case, **changes)

    assert fault(refused) == expected
    async with town.work(town.coordinator) as session:
        assert (await session.exec(select(Appointment))).all() == []


async def test_another_time_is_judged_like_the_first_and_the_first_is_kept(town: Town) -> None:
    one = await an_appointment(town, await a_case(town), hours=3)
    first = one.starts_at
    with pytest.raises(Invalid) as refused:
        await stepped(town, one, Action.RESCHEDULE, starts_at=when(24 * 731).isoformat())
    assert fault(refused) == ("/starts_at", "too_far_ahead")

    moved = await stepped(town, one, Action.RESCHEDULE, place="At the mill")

    assert [step.starts_at for step in await steps(town, moved)] == [first, moved.starts_at]
    async with town.work(town.caseworker) as session:
        case = (await session.exec(select(Case).where(Case.id == moved.case_id))).one()
        box = await survivors.box(session, case.survivor_id)
    said = {"place": moved.place or b"", "note": moved.note or b""}
    opened = [box.read("appointment", name, moved.id, text) for name, text in said.items()]
    assert opened == ["At the mill", ABOUT]
    assert moved.minutes == 45


async def test_a_missed_one_is_a_task_of_today_that_ends_with_the_next_try(town: Town) -> None:
    case = await a_case(town)
    one = await stepped(town, await an_appointment(town, case), Action.MISS, town.supervisor)
    (task,) = await tasks(town, case)
    assert (task.kind_code, task.due_on, task.owner_id) == ("missed_visit", clock.today(), case.owner_id)
    assert ("task.raise", case.id) in await told(town, town.caseworker)
    assert (await steps(town, one))[-1].reason_code == "transport"

    one = await stepped(town, one, Action.RESCHEDULE, starts_at=when(-1).isoformat())
    again = await stepped(town, one, Action.MISS)

    first, second = await tasks(town, case)
    assert (first.outcome_code, first.done_by_id) == ("done", town.caseworker.user_id)
    assert (second.kind_code, second.done_at, second.about) == (
        "missed_visit",
        None,
        (await steps(town, again))[-1].id,
    )
    await stepped(town, again, Action.KEEP)
    assert [each.outcome_code for each in await tasks(town, case)] == ["done", "done"]


async def test_where_no_further_date_is_given_there_is_nothing_to_do(town: Town) -> None:
    case = await a_case(town)

    one = await stepped(town, await an_appointment(town, case), Action.MISS, next_step_code="end")

    assert await tasks(town, case) == []
    await stepped(town, one, Action.RESCHEDULE)  # and yet they may come back


async def test_a_try_in_vain_is_tried_again_and_stays_as_it_ended(town: Town) -> None:
    case = await a_case(town)
    one = await stepped(town, await an_appointment(town, case), Action.MISS)
    (task,) = await tasks(town, case)
    async with town.work(town.caseworker) as session:
        given = FinishTask(outcome_code="not_reached")
        await cases.finish_task(session, town.caseworker, case.id, task.id, task.version, given)

    first, again = await tasks(town, case)
    assert (first.outcome_code, again.kind_code, again.done_at) == ("not_reached", "missed_visit", None)
    assert again.due_on > clock.today()

    await stepped(town, one, Action.RESCHEDULE)
    assert (await tasks(town, case))[0].outcome_code == "not_reached"


async def test_nothing_is_booked_on_a_closed_case_or_without_consent(town: Town) -> None:
    closed, silent = await a_case(town, CaseStatus.CLOSED), await a_case(town, given_name="Leyla")
    one = await an_appointment(town, silent, hours=5)
    await withdraw(town, silent)

    with pytest.raises(CaseNotOpen):
        await an_appointment(town, closed)
    with pytest.raises(ConsentMissing):
        await an_appointment(town, silent)
    with pytest.raises(ConsentMissing):
        await stepped(town, one, Action.RESCHEDULE)
    await stepped(town, one, Action.CANCEL)  # what is booked can always be cancelled


async def test_the_same_one_again_is_the_one_that_exists(town: Town) -> None:
    case, me = await a_case(town), town.caseworker
    body = booking(id=str(new_id()))

    async def sent(**changes: Any) -> tuple[Appointment, bool]:
        async with town.work(me) as session:
            return await actions.book(session, me, case.id, BookAppointment.model_validate(body | changes))

    first, is_new = await sent()
    again, is_new_again = await sent()
    assert (first.id, is_new, is_new_again) == (again.id, True, False)
    for change in ({"note": "Another"}, {"note": None}, {"purpose_code": "work"}, {"minutes": 50}):
        with pytest.raises(Clash):
            await sent(**change)
    await stepped(town, first, Action.RESCHEDULE)
    assert (await sent())[1] is False  # it was put off since: still the same
    with pytest.raises(Clash):
        await sent(note="Another")


async def test_a_case_holds_so_many_and_no_more(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    case = await a_case(town)
    monkeypatch.setattr(rules, "MOST", 2)
    for _ in range(2):
        await an_appointment(town, case)

    with pytest.raises(TooManyAppointments):
        await an_appointment(town, case)


async def test_it_is_found_in_its_own_case_on_its_own_version_by_who_works_on_it(town: Town) -> None:
    case, other = await a_case(town), await a_case(town, given_name="Leyla")
    one = await an_appointment(town, case)

    async with town.work(town.caseworker) as session:
        with pytest.raises(NotFound):
            await actions.keep(session, town.caseworker, actions.Place(other.id, one.id), one.version)
    for who in (town.colleague, town.outsider, town.other_supervisor):
        with pytest.raises(NotFound):
            await stepped(town, one, Action.KEEP, who)
    await stepped(town, one, Action.KEEP, town.supervisor)
    one.version = 1
    with pytest.raises(Stale) as refused:
        await stepped(town, one, Action.CANCEL)
    assert refused.value.facts["current"]["status"] == "kept"


async def test_who_takes_the_case_on_takes_its_appointments_on(town: Town) -> None:
    case = await a_case(town)
    one = await an_appointment(town, case)
    async with town.work(town.supervisor) as session:
        to = AssignCase(owner_id=town.colleague.user_id, team_id=case.team_id)
        await cases.assign(session, town.supervisor, case.id, (await now(town, case)).version, to)

    async with town.work(town.colleague) as session:
        mine = (await session.exec(select(Appointment).where(Appointment.id == one.id))).one()
    kept = await stepped(town, mine, Action.KEEP, town.colleague)
    assert {step.owner_id for step in await steps(town, kept)} == {town.colleague.user_id}


@pytest.mark.parametrize(("status", "party"), list(itertools.product(Status, Party)))
def test_the_system_moves_nothing_and_nothing_leaves_a_kept_one(status: Status, party: Party) -> None:
    found = APPOINTMENT.open(status, [party])

    assert bool(found) is (party is not Party.SYSTEM and status is not Status.KEPT)


def test_within_a_month_what_was_agreed_may_be_written_down() -> None:
    at = clock.now()

    rules.need_bookable(at - timedelta(days=31), at)
    rules.need_bookable(at + timedelta(days=730), at)
