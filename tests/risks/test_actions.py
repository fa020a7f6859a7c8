"""A flag of risk: who raises it, what it leaves behind, and that nothing but what was done closes it."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import ValidationError
from sqlmodel import col, select

from app.access.actor import Actor
from app.assessments.instrument import Compartment, instruments
from app.cases import actions as cases
from app.cases.errors import RiskOpen, TaskOfFlag
from app.cases.models import Case
from app.cases.schemas import AddTask, AmendTask, CloseCase, FinishTask, RestCase
from app.cases.states import Action as CaseAction
from app.cases.states import Status as CaseStatus
from app.core import clock
from app.core.errors import Clash, Forbidden, IllegalMove, Invalid, NotFound, Stale
from app.core.ids import new_id
from app.risks import actions
from app.risks.models import RiskFlag
from app.risks.schemas import CloseRiskFlag, RaiseRiskFlag
from app.risks.states import RISK_FLAG, Action, Status
from tests.assessments.test_actions import recorded
from tests.cases.factories import REASON, a_case, events, ready, told
from tests.factories import Town
from tests.risks.factories import DONE, SEEN, a_flag, acknowledged, closed, flags, task_of


async def test_a_flag_is_a_task_of_today_and_both_are_told(town: Town) -> None:
    case = await a_case(town)

    flag = await a_flag(town, case)

    task = await task_of(town, flag)
    assert (flag.status, flag.due_on, task.due_on) == (Status.RAISED, clock.today(), clock.today())
    assert (task.owner_id, task.done_at, task.text) == (town.caseworker.user_id, None, None)
    assert ("risk_flag.raise", case.id) in await told(town, town.supervisor)
    assert ("task.raise", case.id) in await told(town, town.caseworker)
    (event,) = await events(town, "risk_flag.raise")
    assert (event.object_ids, event.field_class) == ([flag.id, case.id, case.survivor_id], "mental_health")
    assert SEEN.encode() not in (flag.seen or b"")


async def test_the_owner_is_told_of_what_the_supervisor_saw(town: Town) -> None:
    case = await a_case(town)
    given = RaiseRiskFlag(kind_code="neglect", seen=SEEN)

    async with town.work(town.supervisor) as session:
        await actions.raise_flag(session, town.supervisor, case.id, given)

    assert ("risk_flag.raise", case.id) in await told(town, town.caseworker)
    assert await told(town, town.supervisor) == []


async def test_closing_says_what_was_done_ends_the_task_and_tells_the_other_side(town: Town) -> None:
    case = await a_case(town)
    flag = await acknowledged(town, town.supervisor, await a_flag(town, case))
    assert (flag.status, flag.acknowledged_by_id) == (Status.ACKNOWLEDGED, town.supervisor.user_id)
    assert ("risk_flag.acknowledge", case.id) in await told(town, town.caseworker)

    flag = await closed(town, town.caseworker, flag)

    task = await task_of(town, flag)
    assert (flag.status, flag.action_code, flag.acted_on) == (Status.CLOSED, "trusted_person", clock.today())
    assert (flag.closed_by_id, flag.closed_at is not None) == (town.caseworker.user_id, True)
    assert (task.outcome_code, task.done_by_id) == ("done", town.caseworker.user_id)
    assert DONE.encode() not in (flag.done or b"")
    assert ("risk_flag.close", case.id) in await told(town, town.supervisor)
    assert len(await events(town, "risk_flag.close")) == len(await events(town, "task.finish")) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"action_code": None},
        {"action_code": "nothing"},
        {"done": None},
        {"done": " "},
        {"acted_on": "2099-01-01"},
    ],
)
def test_nothing_is_closed_without_what_was_done(change: dict[str, Any]) -> None:
    whole = {"action_code": "safety_plan", "done": DONE}
    CloseRiskFlag.model_validate(whole)

    with pytest.raises(ValidationError):
        CloseRiskFlag.model_validate(whole | change)
    with pytest.raises(ValidationError):
        CloseRiskFlag.model_validate({})


async def test_what_was_done_before_is_no_answer(town: Town) -> None:
    flag = await a_flag(town, await a_case(town))

    with pytest.raises(Invalid) as refused:
        await closed(town, town.caseworker, flag, acted_on=clock.today() - timedelta(days=1))

    (fault,) = refused.value.facts["errors"]
    assert (fault["pointer"], fault["code"]) == ("/acted_on", "before_raised")
    assert (await task_of(town, flag)).done_at is None


@pytest.mark.parametrize("status", Status)
async def test_only_written_rows_are_legal(town: Town, status: Status) -> None:
    flag = await a_flag(town, await a_case(town), status)
    rows = {m.action for m in RISK_FLAG.moves if m.source is status}
    act = {Action.ACKNOWLEDGE: acknowledged, Action.CLOSE: closed}

    for action in set(Action) - rows:
        with pytest.raises(IllegalMove):
            await act[action](town, town.caseworker, flag)
    for action in rows - {Action.CLOSE}:
        assert (await act[action](town, town.supervisor, flag)).status is not status


async def test_a_flag_that_has_changed_since_is_not_closed(town: Town) -> None:
    flag = await a_flag(town, await a_case(town))
    await acknowledged(town, town.supervisor, flag)

    flag.version = 1
    with pytest.raises(Stale):
        await closed(town, town.caseworker, flag)


async def test_its_task_is_not_finished_or_put_off_by_hand(town: Town) -> None:
    case = await a_case(town)
    task = await task_of(town, await a_flag(town, case))
    later = AmendTask(due_on=clock.today() + timedelta(days=30))

    attempts: list[tuple[Any, Any]] = [(cases.finish_task, FinishTask()), (cases.amend_task, later)]
    for act, given in attempts:
        with pytest.raises(TaskOfFlag):
            async with town.work(town.supervisor) as session:
                await act(session, town.supervisor, case.id, task.id, task.version, given)

    by_hand = AddTask(kind_code="risk_flag", due_on=clock.today())  # stands for no flag
    async with town.work(town.caseworker) as session:
        mine, _ = await cases.add_task(session, town.caseworker, case.id, by_hand)
        await cases.finish_task(session, town.caseworker, case.id, mine.task.id, 1, FinishTask())


@pytest.mark.parametrize("action", [CaseAction.REST, CaseAction.CLOSE, CaseAction.TRANSFER])
async def test_no_case_rests_or_ends_while_a_flag_is_open(town: Town, action: CaseAction) -> None:
    case = await ready(town, await a_case(town, CaseStatus.FOLLOW_UP), action)
    flag = await a_flag(town, case)
    more: dict[CaseAction, list[Any]] = {
        CaseAction.REST: [RestCase(wakes_on=clock.today() + timedelta(days=30))],
        CaseAction.CLOSE: [CloseCase(closure_reason_code=REASON)],
    }

    async def attempt() -> Case:
        async with town.work(town.caseworker) as session:
            act: Any = getattr(cases, action.value)
            ended: Case = await act(session, town.caseworker, case.id, case.version, *more.get(action, []))
            return ended

    with pytest.raises(RiskOpen):
        await attempt()

    await closed(town, town.caseworker, flag)
    assert (await attempt()).status is not CaseStatus.FOLLOW_UP


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"status": "closed"}, Clash),
        ({"status": "closed", "closed_at": sa.func.now(), "action_code": "safety_plan"}, Clash),
        ({"action_code": "safety_plan"}, Clash),
        ({"kind_code": "neglect"}, NotFound),
        ({"due_on": sa.func.today() + 9}, NotFound),
    ],
)
async def test_the_database_itself_closes_nothing_without_what_was_done(
    town: Town, values: dict[str, Any], refusal: type[Exception]
) -> None:
    flag = await a_flag(town, await a_case(town))

    with pytest.raises(refusal):
        async with town.work(town.caseworker) as session:
            await session.exec(sa.update(RiskFlag).where(col(RiskFlag.id) == flag.id).values(**values))
    with pytest.raises(NotFound):
        async with town.work(town.coordinator) as session:
            await session.exec(sa.delete(RiskFlag))


async def test_the_same_again_is_what_exists_and_another_clashes(town: Town) -> None:
    case, key = await a_case(town), str(new_id())

    first = await a_flag(town, case, id=key)
    again = await a_flag(town, case, id=key)

    assert again.id == first.id
    assert len(await flags(town, case)) == 1
    with pytest.raises(Clash):
        await a_flag(town, case, id=key, seen="Something else")


async def test_flags_stay_within_reach(town: Town) -> None:
    case = await a_case(town)
    flag = await a_flag(town, case)
    given = RaiseRiskFlag(kind_code="neglect", seen=SEEN)

    async def attempt(actor: Actor) -> None:
        async with town.work(actor) as session:
            await actions.raise_flag(session, actor, case.id, given)

    for outsider in (town.colleague, town.outsider, town.other_supervisor):
        with pytest.raises(NotFound):
            await attempt(outsider)
        with pytest.raises(NotFound):
            await closed(town, outsider, flag)
        async with town.work(outsider) as session:
            assert (await session.exec(select(RiskFlag))).all() == []
    for role in (town.provider, town.counsellor, town.sports, town.analyst, town.administrator, town.auditor):
        with pytest.raises(Forbidden):
            await attempt(role)
        with pytest.raises(Forbidden):
            await closed(town, role, flag)


async def test_an_answer_of_any_instrument_may_raise_one(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    case: Case = await a_case(town)
    asked = instruments()["phq_9"].model_copy(update={"compartment": Compartment.GENERAL})
    monkeypatch.setitem(instruments(), "phq_9", asked)
    answers = dict.fromkeys((f"q{n}" for n in range(1, 10)), 0)

    await recorded(town, town.caseworker, case, "phq_9", answers=answers)
    assert await flags(town, case) == []
    kept, _ = await recorded(town, town.caseworker, case, "phq_9", answers=answers | {"q9": 1})

    (flag,) = await flags(town, case)
    assert (flag.kind_code, flag.source_id, flag.seen) == ("self_harm_thoughts", kept.id, None)
    assert kept.result == "minimal"
