"""What a counsellor asks: kept sealed, told to nobody, and a danger in it never passed over."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from app.assessments.errors import InstrumentVersion
from app.core import clock
from app.core.errors import Clash, Invalid, NotFound
from app.core.ids import new_id
from app.core.vault import Tampered
from app.psychosocial.models import CompartmentKey, Screening
from app.psychosocial.schemas import ScreeningOut, opened
from app.survivors import queries as survivors
from tests.cases.factories import a_case, events, told
from tests.factories import Town
from tests.journeys import payloads
from tests.psychosocial.factories import referred, screened
from tests.risks.factories import flags, task_of

NINE = payloads.screening()["answers"]


async def test_answers_and_scores_are_sealed_with_a_key_of_the_compartment(town: Town) -> None:
    _, case = await referred(town)

    kept, box, is_new = await screened(town, town.counsellor, case, answers=NINE | {"q1": 3, "q2": 3})

    assert is_new
    shown = ScreeningOut.of(kept, box)
    assert [(score.code, score.value, score.result) for score in shown.scores] == [
        ("total", 6, "mild"),
        ("syndrome", None, "other"),
    ]
    assert (shown.answers["q1"], shown.alerts, shown.advice) == (3, [], [])
    assert b"q1" not in kept.answers
    assert b"mild" not in kept.scores
    async with town.work(town.counsellor) as session:
        own = await survivors.box(session, case.survivor_id)
    with pytest.raises(Tampered):
        opened(kept, "answers", own)
    (event,) = await events(town, "screening.record")
    assert (event.object_ids, event.field_class) == ([kept.id, case.id, case.survivor_id], "mental_health")


@pytest.mark.parametrize(
    ("instrument", "answers", "raises"),
    [
        ("phq_9", NINE | {"q9": 1}, True),
        ("phq_9", NINE | {"q9": 3}, True),
        ("phq_9", {"q9": 2}, True),  # whatever the total, which there is none of
        ("phq_9", NINE, False),
        ("phq_9", NINE | {"q9": "refused"}, False),  # unknown is not a yes either; nor a no
        ("phq_9", dict.fromkeys(NINE, 3) | {"q9": 0}, False),
        ("srq_20", {"q17": 1}, True),
        ("srq_20", {"q17": 0}, False),
    ],
)
async def test_an_answer_that_tells_of_danger_raises_a_flag_whatever_the_score(
    town: Town, instrument: str, answers: dict[str, Any], raises: bool
) -> None:
    _, case = await referred(town)

    kept, box, _ = await screened(town, town.counsellor, case, instrument, answers=answers, incomplete=True)

    found = await flags(town, case)
    assert len(found) == raises
    assert ScreeningOut.of(kept, box).alerts == ["self_harm_thoughts"] * raises
    for flag in found:
        task = await task_of(town, flag)
        assert (flag.kind_code, flag.source_id) == ("self_harm_thoughts", kept.id)
        assert (flag.by_id, flag.owner_id) == (town.counsellor.user_id, town.caseworker.user_id)
        assert flag.due_on == task.due_on == clock.today()
        assert task.owner_id == town.caseworker.user_id
        for person in (town.caseworker, town.supervisor):
            assert ("risk_flag.raise", case.id) in await told(town, person)


async def test_what_does_not_fit_leaves_nothing_behind(town: Town) -> None:
    _, case = await referred(town)
    of_a_child = {"informant": "parent"} | dict.fromkeys(("emotional", "conduct", "hyperactivity", "peer"), 1)

    refused: list[tuple[dict[str, Any], type[Exception]]] = [
        ({"instrument": "wg_ss", "answers": {"see": 1}}, Invalid),  # not of the compartment
        ({"answers": NINE | {"q9": 4}}, Invalid),
        ({"answers": {"q9": 3}}, Invalid),  # too much is missing, and nobody said so
        ({"instrument": "sdq", "answers": of_a_child}, Invalid),  # not for a grown-up
        ({"instrument_version": "0"}, InstrumentVersion),
    ]
    for change, refusal in refused:
        with pytest.raises(refusal):
            await screened(town, town.counsellor, case, **change)

    assert await flags(town, case) == []
    async with town.work(town.counsellor) as session:
        assert (await session.exec(select(Screening))).all() == []


async def test_the_same_again_is_what_exists_and_raises_no_second_flag(town: Town) -> None:
    _, case = await referred(town)
    sent = {"id": str(new_id()), "answers": NINE | {"q9": 1}}

    first, _, _ = await screened(town, town.counsellor, case, **sent)
    again, _, is_new = await screened(town, town.counsellor, case, **sent)

    assert (again.id, is_new) == (first.id, False)
    assert len(await flags(town, case)) == 1
    for change in ({"answers": NINE | {"q9": 0}}, {"assessed_on": "2020-01-01"}):
        with pytest.raises(Clash):
            await screened(town, town.counsellor, case, **sent | change)


async def test_nothing_of_it_is_ever_changed(town: Town) -> None:
    _, case = await referred(town)
    await screened(town, town.counsellor, case)

    for change in (
        sa.update(Screening).values(scores=b""),
        sa.delete(Screening),
        sa.update(CompartmentKey).values(wrapped=b""),
        sa.delete(CompartmentKey),
    ):
        with pytest.raises(NotFound):
            async with town.work(town.counsellor) as session:
                await session.exec(change)


async def test_a_case_that_nobody_referred_does_not_exist(town: Town) -> None:
    case = await a_case(town)

    with pytest.raises(NotFound):
        await screened(town, town.counsellor, case)
