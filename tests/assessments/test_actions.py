"""Recording an assessment: who, when, and what it leaves behind."""

from typing import Any

import pytest
from sqlmodel import select

from app.access.actor import Actor
from app.access.table import Permission
from app.assessments import actions, queries
from app.assessments.errors import InstrumentVersion
from app.assessments.models import Assessment
from app.assessments.schemas import RecordAssessment
from app.cases import actions as cases
from app.cases import queries as case_queries
from app.cases.errors import ConsentMissing
from app.cases.models import Case
from app.cases.states import Status
from app.core import clock
from app.core.errors import Clash, Forbidden, Invalid, NotFound
from app.core.ids import new_id
from app.core.pages import Ask
from tests.cases.factories import a_case, events, now, withdraw
from tests.factories import Town

ANSWERS = {"see": 1, "hear": 2, "walk": 4, "cog": "refused", "care": "not_asked"}


async def recorded(
    town: Town, actor: Actor, case: Case, instrument: str = "wg_ss", **changes: Any
) -> tuple[Assessment, bool]:
    given = RecordAssessment.model_validate({"instrument_code": instrument, "answers": ANSWERS} | changes)
    async with town.work(actor) as session:
        return await actions.record(session, actor, case.id, given)


async def test_answers_are_kept_as_given_with_what_was_made_of_them(town: Town) -> None:
    case = await a_case(town)

    kept, is_new = await recorded(town, town.caseworker, case)

    assert is_new
    assert kept.answers == ANSWERS
    assert (kept.result, kept.score, kept.algorithm) == ("yes", None, "wg_ss_dis3@1")
    assert (kept.instrument_version, kept.assessed_on) == ("1", clock.today())
    (event,) = await events(town, "assessment.record")
    assert (event.object_ids, event.field_class) == ([kept.id, case.id, case.survivor_id], "health")


async def test_nobody_is_assessed_who_took_the_consent_back(town: Town) -> None:
    case = await a_case(town)
    await withdraw(town, case)

    with pytest.raises(ConsentMissing):
        await recorded(town, town.caseworker, case)


async def test_a_needs_assessment_opens_the_way_to_a_plan_and_another_does_not(town: Town) -> None:
    case = await a_case(town, Status.ASSESSMENT)
    await recorded(town, town.caseworker, case)
    silent = {"sport": "refused", "emergency": "not_asked"}
    await recorded(town, town.caseworker, case, "needs", answers=silent)
    assert (await now(town, case)).needs_assessed_on is None

    kept, _ = await recorded(town, town.caseworker, case, "needs", answers={"sport": "yes"})

    assert kept.result == "yes"
    after = await now(town, case)
    assert after.needs_assessed_on == clock.today()
    async with town.work(town.caseworker) as session:
        planned = await cases.plan(session, town.caseworker, case.id, after.version)
    assert planned.status is Status.PLANNING


async def test_the_same_again_is_what_exists_and_other_answers_clash(town: Town) -> None:
    case, key = await a_case(town), str(new_id())

    first, _ = await recorded(town, town.caseworker, case, id=key)
    again, is_new = await recorded(town, town.caseworker, case, id=key)

    assert (again.id, is_new) == (first.id, False)
    with pytest.raises(Clash):
        await recorded(town, town.caseworker, case, id=key, answers={"see": 1})


async def test_an_id_of_another_case_is_taken_and_tells_nothing(town: Town) -> None:
    mine, theirs = await a_case(town), await a_case(town, given_name="Leyla")
    first, _ = await recorded(town, town.caseworker, theirs)

    with pytest.raises(Clash):
        await recorded(town, town.caseworker, mine, id=str(first.id))


async def test_answers_to_another_version_are_not_scored_by_this_one(town: Town) -> None:
    case = await a_case(town)

    with pytest.raises(InstrumentVersion) as refused:
        await recorded(town, town.caseworker, case, instrument_version="0")
    with pytest.raises(Invalid):
        await recorded(town, town.caseworker, case, "phq_9")

    assert refused.value.facts == {"version": "1"}


async def test_assessing_stays_within_reach(town: Town) -> None:
    case = await a_case(town)
    await recorded(town, town.supervisor, case)
    await recorded(town, town.coordinator, case)

    for outsider in (town.colleague, town.outsider, town.other_supervisor):
        with pytest.raises(NotFound):
            await recorded(town, outsider, case)
    for role in (town.provider, town.counsellor, town.analyst):
        with pytest.raises(Forbidden):
            await recorded(town, role, case)
    async with town.work(town.colleague) as session:
        assert (await session.exec(select(Assessment))).all() == []


async def test_the_newest_assessment_comes_first_page_by_page(town: Town) -> None:
    case = await a_case(town)
    made = [(await recorded(town, town.caseworker, case))[0].id for _ in range(3)]

    async with town.work(town.caseworker) as session:
        grant = town.caseworker.grant(Permission.CASE_READ)
        opened = await case_queries.get(session, grant, case.id)
        first = await queries.of_case(session, opened, Ask(town.caseworker.user_id, 2))
        rest = await queries.of_case(session, opened, Ask(town.caseworker.user_id, 2, first[2].id))

    assert [a.id for a in first] == sorted(made, reverse=True)
    assert [a.id for a in rest] == [min(made)]
