"""Hurt in sport: days for the organiser, findings for the provider, and who lets somebody play again."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import select

from app.access.actor import Actor
from app.core.errors import Clash, Forbidden, IllegalMove, Invalid, NotFound, Stale
from app.core.ids import new_id
from app.participants import actions, injuring
from app.participants.errors import NotEnrolled
from app.participants.injury_schemas import (
    AvailabilityOut,
    LogInjury,
    NewFinding,
    SportInjuryOut,
    TakeStep,
)
from app.participants.models import Enrolment, ReturnStep, SportFinding, SportInjury
from app.participants.states import RETURN_TO_PLAY, Party, Stage, Step
from tests.cases.factories import events
from tests.journeys import payloads
from tests.participants.factories import Club
from tests.participants.test_sheets import THIGH, Match, faults
from tests.programmes.factories import Sport
from tests.referrals.factories import Post, told_facility

STEPS: dict[str, Any] = {
    "stop": injuring.stop,
    "retract": injuring.retract,
    "advance": injuring.advance,
    "step-back": injuring.step_back,
    "clear": injuring.clear,
}


@pytest.fixture
async def match(connection: AsyncConnection) -> Match:
    return await Match(await Club(await Sport(connection).build()).build()).build()


async def log(match: Match, row: Enrolment, who: Actor | None = None, **more: Any) -> SportInjury:
    actor, given = who or match.me, LogInjury.model_validate(payloads.sport_injury(**more))
    async with match.town.work(actor) as session:
        return (await injuring.log(session, actor, row.id, given))[0]


async def step(match: Match, one: SportInjury, verb: str, after_days: int, who: Actor | None = None) -> None:
    """One step, by the provider as a rule; `one` is as it is afterwards."""
    actor = who or match.town.provider
    given = TakeStep.model_validate({"happened_on": payloads.day(after_days)})
    async with match.town.work(actor) as session:
        found = await STEPS[verb](session, actor, one.id, one.version, given)
    one.version, one.stage, one.stage_on = found.version, found.stage, found.stage_on


async def find(match: Match, one: SportInjury, who: Actor | None = None, **more: Any) -> SportFinding:
    actor, given = who or match.town.provider, NewFinding.model_validate(payloads.finding(**more))
    async with match.town.work(actor) as session:
        return (await injuring.find(session, actor, one.id, given))[0]


async def test_whoever_is_hurt_stands_on_no_sheet_until_a_provider_clears_them(match: Match) -> None:
    row = await match.player(THIGH)
    one = await log(match, row)

    with pytest.raises(Invalid) as hurt:
        await match.sheet((row, "outfield"))
    for number, verb in enumerate(("advance",) * 4):
        await step(match, one, verb, number - 8)
        with pytest.raises(Invalid):
            await match.sheet((row, "outfield"))
    await step(match, one, "clear", -1)  # the match is yesterday's
    back = await match.sheet((row, "outfield"))

    assert faults(hurt) == [("/players/0/enrolment_id", "not_available")]
    assert [each.enrolment_id for each in back.players] == [row.id]
    told = await told_facility(match.town, match.town.club.id)
    assert [kind for kind, record in told if record == one.id] == ["sport_injury.advance"] * 4 + [
        "sport_injury.clear"
    ]
    assert len(await events(match.town, "sport_injury.log")) == 1


async def test_the_match_in_which_it_happened_is_not_undone_by_it(match: Match) -> None:
    row = await match.player(THIGH)
    await log(match, row, occurred_on=payloads.day(-1), context_code="match")
    assert (await match.sheet((row, "outfield"))).players

    other = await match.player(THIGH)
    await log(match, other, occurred_on=payloads.day(-1))
    with pytest.raises(Invalid):
        await match.sheet((other, "outfield"), version=1)


async def test_it_hangs_on_the_person_and_warns_at_training(match: Match) -> None:
    row = await match.player(THIGH)
    await log(match, row)
    async with match.town.work(match.me) as session:
        seen = await actions.read_enrolment(session, match.me, row.id)
    noted = await match.club.note(await match.club.training(), row)

    assert seen.injury
    assert seen.injury.stage is Stage.REST
    assert noted.not_available == [row.id]


async def test_a_stage_takes_a_day_and_no_step_lies_before_the_last(match: Match) -> None:
    row = await match.player(THIGH)
    one = await log(match, row)

    with pytest.raises(Invalid) as same_day:
        await step(match, one, "advance", -9)
    with pytest.raises(Invalid) as before:
        await step(match, one, "advance", -12)
    await step(match, one, "advance", -8)
    await step(match, one, "stop", -8, match.me)  # caution is never too soon
    with pytest.raises(IllegalMove):
        await step(match, one, "clear", -2)
    one.version = 1
    with pytest.raises(Stale):
        await step(match, one, "advance", -2)

    assert faults(same_day) == [("/happened_on", "too_soon")]
    assert faults(before) == [("/happened_on", "before_last_step")]


def test_only_a_provider_lets_anybody_go_on() -> None:
    ahead = {Step.ADVANCE, Step.CLEAR}
    order: list[Stage] = [each for each in Stage if each is not Stage.RETRACTED]

    for move in RETURN_TO_PLAY.moves:
        if move.target is not Stage.RETRACTED and order.index(move.target) > order.index(move.source):
            assert (move.by, move.action in ahead) == (Party.PROVIDER, True)
    stopped = {(m.source, m.by) for m in RETURN_TO_PLAY.moves if m.action is Step.STOP}
    assert len(stopped) == 8


async def test_the_database_too_lets_nobody_else_clear(match: Match) -> None:
    row = await match.player(THIGH)
    one = await log(match, row)
    for who in (match.me, match.town.caseworker, match.town.coordinator):
        for verb in ("advance", "clear"):
            with pytest.raises((Forbidden, IllegalMove)):
                await step(match, one, verb, -1, who)
        with pytest.raises(NotFound):
            async with match.town.work(who) as session:
                await session.exec(sa.update(SportInjury).values(stage=Stage.RETURNED))


async def test_the_organiser_sees_days_and_nothing_that_was_found(match: Match) -> None:
    row = await match.player(THIGH)
    one = await log(match, row)
    await find(match, one)
    await step(match, one, "advance", -7)

    async with match.town.work(match.me) as session:
        days = AvailabilityOut.of((await injuring.read_days(session, match.me, row.id))[0])
        assert (await session.exec(select(SportFinding))).all() == []
        assert len((await session.exec(select(ReturnStep))).all()) == 1
    who = match.town.caseworker
    async with match.town.work(who) as session:
        (whole,) = [
            SportInjuryOut.whole(each) for each in await injuring.read_of_case(session, who, row.case_id)
        ]
    for stranger in (match.me, match.town.counsellor):
        with pytest.raises(Forbidden):
            await find(match, one, stranger)
    assert isinstance(match.town, Sport)
    for stranger in (match.town.rival, match.town.outsider, match.town.other_provider, match.town.counsellor):
        async with match.town.work(stranger) as session:
            assert (await session.exec(select(SportInjury))).all() == []
            assert (await session.exec(select(SportFinding))).all() == []
            assert (await session.exec(select(ReturnStep))).all() == []
    with pytest.raises(NotFound):
        await find(match, one, match.town.other_provider)

    assert (days.stage, days.days_lost, days.returned_on) == (Stage.LIGHT, 9, None)
    assert set(AvailabilityOut.model_fields) == {
        *("id", "version", "occurred_on", "context_code", "stage", "stage_on", "returned_on", "days_lost")
    }
    assert (whole.severity_code, [each.kind_code for each in whole.findings]) == ("moderate", ["sprain"])
    assert [(each.source, each.target) for each in whole.steps] == [(Stage.REST, Stage.LIGHT)]


async def test_without_a_live_referral_for_a_clearance_no_provider_is_told(match: Match) -> None:
    row = await match.player(THIGH, cleared=False)
    one = await log(match, row)
    who = match.town.provider
    asked = await Post(match.town, row.case_id, row.survivor_id).referral(service_codes=["prosthetics"])
    async with match.town.work(who) as session:
        assert await injuring.read_of_referral(session, who, asked.id) == []
    with pytest.raises(NotFound):
        await step(match, one, "advance", -1)


async def test_who_has_no_place_is_not_logged_and_the_same_again_is_what_is_there(match: Match) -> None:
    case, _ = await match.club.person()
    waiting = await match.club.enrol(case)
    with pytest.raises(NotEnrolled) as refusal:
        await log(match, waiting)
    row = await match.player(THIGH)
    one = await log(match, row)
    again = await log(match, row, id=str(one.id))
    with pytest.raises(Clash):
        await log(match, row, id=str(one.id), context_code="match")
    with pytest.raises(ValueError, match="future"):
        LogInjury.model_validate(payloads.sport_injury(occurred_on=payloads.day(3)))

    assert refusal.value.facts == {"status_now": "waiting"}
    assert again.id == one.id


async def test_what_was_logged_by_mistake_is_taken_back_by_the_caseworker_alone(match: Match) -> None:
    row = await match.player(THIGH)
    one = await log(match, row)
    with pytest.raises(Forbidden):
        await step(match, one, "retract", 0, match.me)
    await step(match, one, "retract", 0, match.town.caseworker)
    assert (await match.sheet((row, "outfield"))).players

    taken_up = await log(match, row)
    await step(match, taken_up, "advance", -8)
    with pytest.raises(IllegalMove):
        await step(match, taken_up, "retract", 0, match.town.caseworker)


async def test_a_finding_lies_in_the_file_of_its_injury(match: Match) -> None:
    first, second = [await log(match, await match.player(THIGH)) for _ in range(2)]
    made = await find(match, first)
    assert (await find(match, first, id=str(made.id))).id == made.id
    with pytest.raises(Clash):
        await find(match, second, id=str(made.id))
    wrong = SportFinding.model_validate(made.model_dump() | {"id": new_id(), "case_id": second.case_id})
    with pytest.raises(Clash):  # the foreign key knows whose injury it is
        async with match.town.work(match.town.provider) as session:
            session.add(wrong)
