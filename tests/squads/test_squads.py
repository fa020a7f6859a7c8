"""Who is called up, what bars it, what is answered, and who goes instead."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import select

from app.access.actor import Actor
from app.core.errors import Clash, Forbidden, IllegalMove, Invalid, NotFound, Stale
from app.core.ids import new_id
from app.participants.errors import ClassLimit
from app.participants.models import Enrolment
from app.squads import actions
from app.squads.errors import AlreadyCalled, SquadFull, SquadOver
from app.squads.models import CallUp, Squad
from app.squads.schemas import DeclineCallUp, NewCallUp, NewSquad, SquadOut
from app.squads.states import Status
from tests.cases.factories import events
from tests.journeys import payloads
from tests.participants.factories import Club
from tests.participants.test_injuries import log
from tests.participants.test_rosters import SHIN, TOES
from tests.participants.test_sheets import FOREARM, THIGH, Match, faults
from tests.programmes.factories import Sport
from tests.referrals.factories import told_facility


class Camp:
    """A squad of the national team, and who is called up into it."""

    def __init__(self, match: Match) -> None:
        self.match, self.town, self.me = match, match.town, match.me
        self.squad: Squad

    async def form(self, **more: Any) -> "Camp":
        """Begin it."""
        given = NewSquad.model_validate(payloads.squad(**more))
        async with self.town.work(self.me) as session:
            self.squad, _ = await actions.form(session, self.me, self.match.club.programme.id, given)
        return self

    async def call(
        self, row: Enrolment, position: str = "outfield", who: Actor | None = None, **more: Any
    ) -> CallUp:
        """Call somebody up."""
        actor = who or self.me
        given = NewCallUp.model_validate(payloads.call_up(row.id, position_code=position, **more))
        async with self.town.work(actor) as session:
            return (await actions.call(session, actor, self.squad.id, given))[0].call_up

    async def accept(self, one: CallUp, who: Actor | None = None) -> CallUp:
        """The person comes."""
        actor = who or self.me
        async with self.town.work(actor) as session:
            return (await actions.accept(session, actor, one.id, one.version)).call_up

    async def decline(self, one: CallUp, who: Actor | None = None) -> CallUp:
        """The person does not."""
        actor = who or self.me
        async with self.town.work(actor) as session:
            told = DeclineCallUp(reason_code="work")
            return (await actions.decline(session, actor, one.id, one.version, told)).call_up

    async def replace(self, one: CallUp, row: Enrolment, who: Actor | None = None, **more: Any) -> CallUp:
        """Somebody else goes."""
        actor = who or self.me
        given = NewCallUp.model_validate(payloads.call_up(row.id, **more))
        async with self.town.work(actor) as session:
            return (await actions.replace(session, actor, one.id, one.version, given))[0].call_up

    async def seen(self, who: Actor | None = None) -> SquadOut:
        """The squad as somebody sees it."""
        actor = who or self.me
        async with self.town.work(actor) as session:
            return await actions.read(session, actor, self.squad.id)

    async def standing(self) -> dict[UUID, Status]:
        """Who stands where."""
        return {each.enrolment_id: each.status for each in (await self.seen()).call_ups}


@pytest.fixture
async def camp(connection: AsyncConnection) -> Camp:
    club = await Club(await Sport(connection).build()).build(level_code="national")
    return await Camp(await Match(club).build()).form(size=2)


async def test_only_who_is_enrolled_eligible_cleared_and_not_hurt_is_called(camp: Camp) -> None:
    match = camp.match
    fit, keeper = await match.player(THIGH), await match.player(FOREARM)
    expired = await match.player(THIGH, valid_until=payloads.day(20))  # before the camp begins
    never, hurt = await match.player(THIGH, cleared=False), await match.player(THIGH)
    gone = await match.player(THIGH)
    await log(match, hurt)
    await match.club.leave(gone, 2)

    for row, expected in (
        (keeper, ("/position_code", "not_eligible")),
        (expired, ("/enrolment_id", "not_cleared")),
        (never, ("/enrolment_id", "not_cleared")),
        (hurt, ("/enrolment_id", "not_available")),
        (gone, ("/enrolment_id", "not_enrolled")),
    ):
        with pytest.raises(Invalid) as refusal:
            await camp.call(row)
        assert faults(refusal) == [expected]
    assert (await camp.seen()).call_ups == []

    one = await camp.call(fit)
    assert (one.status, one.owner_id) == (Status.CALLED, fit.owner_id)
    assert len(await events(camp.town, "call_up.call")) == 1


async def test_places_are_counted_and_nobody_is_called_twice(camp: Camp) -> None:
    first, second, third = [await camp.match.player(THIGH) for _ in range(3)]
    one = await camp.call(first)
    assert (await camp.call(first, id=str(one.id))).id == one.id
    with pytest.raises(Clash):
        await camp.call(second, id=str(one.id))
    with pytest.raises(AlreadyCalled) as twice:
        await camp.call(first)
    other = await camp.call(second)
    with pytest.raises(SquadFull) as full:
        await camp.call(third)
    await camp.decline(other)
    await camp.call(third)

    assert twice.value.facts == {"call_up_id": str(one.id)}
    assert full.value.facts == {"size": 2}


async def test_both_sides_write_the_answer_down_and_a_yes_shows_the_milestone(camp: Camp) -> None:
    first, second = [await camp.match.player(THIGH) for _ in range(2)]
    one, other = await camp.call(first), await camp.call(second)
    before = await camp.match.club.reached(first.case_id)
    accepted = await camp.accept(one, camp.town.caseworker)
    declined = await camp.decline(await camp.accept(other))
    with pytest.raises(IllegalMove):
        await camp.accept(declined)
    one.version = 1
    with pytest.raises(Stale):
        await camp.decline(one)

    assert (accepted.status, declined.status) == (Status.ACCEPTED, Status.DECLINED)
    assert "sport_selected" not in before
    assert (await camp.match.club.reached(first.case_id))["sport_selected"] == "achieved"
    assert ("call_up.accept", one.id) in await told_facility(camp.town, camp.town.club.id)


async def test_a_club_team_is_no_representative_team(connection: AsyncConnection) -> None:
    club = await Club(await Sport(connection).build()).build(level_code="club")
    camp = await Camp(await Match(club).build()).form()
    row = await camp.match.player(THIGH)
    await camp.accept(await camp.call(row))

    assert "sport_selected" not in await club.reached(row.case_id)


async def test_to_replace_is_both_or_neither(camp: Camp) -> None:
    first, second, third = [await camp.match.player(THIGH) for _ in range(3)]
    hurt = await camp.match.player(THIGH)
    await log(camp.match, hurt)
    one = await camp.call(first)
    await camp.call(second)
    with pytest.raises(Invalid):
        await camp.replace(one, hurt)
    assert await camp.standing() == {first.id: Status.CALLED, second.id: Status.CALLED}

    same = str(new_id())
    instead = await camp.replace(one, third, id=same)
    again = await camp.replace(one, third, id=same)
    with pytest.raises(Clash):
        await camp.replace(one, second, id=same)
    with pytest.raises(Forbidden):
        await camp.replace(instead, first, camp.town.caseworker)

    assert (instead.replaces_id, again.id) == (one.id, instead.id)
    assert await camp.standing() == {
        first.id: Status.REPLACED,
        second.id: Status.CALLED,
        third.id: Status.CALLED,
    }


async def test_what_comes_in_between_stands_beside_the_name(camp: Camp) -> None:
    row, gone = [await camp.match.player(THIGH) for _ in range(2)]
    await camp.call(row)
    await camp.call(gone)
    before = {
        each.enrolment_id: (each.name is not None, each.fault_codes) for each in (await camp.seen()).call_ups
    }
    await log(camp.match, row)
    await camp.match.club.leave(gone, 2)
    after = {
        each.enrolment_id: (each.name is not None, each.fault_codes) for each in (await camp.seen()).call_ups
    }

    assert before == {row.id: (True, []), gone.id: (True, [])}
    assert after == {row.id: (True, ["not_available"]), gone.id: (False, ["not_enrolled"])}


async def test_whose_squad_it_is_and_who_sees_the_names(camp: Camp) -> None:
    town = camp.town
    row = await camp.match.player(THIGH)
    one = await camp.call(row)
    assert isinstance(town, Sport)
    with pytest.raises(Forbidden):
        await camp.call(row, who=town.rival)
    for stranger in (town.rival, town.outsider):
        with pytest.raises(NotFound):
            await camp.accept(one, stranger)
        assert (await camp.seen(stranger)).call_ups == []
        async with town.work(stranger) as session:
            assert (await session.exec(select(CallUp))).all() == []
    assert [each.enrolment_id for each in (await camp.seen(town.caseworker)).call_ups] == [row.id]
    async with town.work(town.caseworker) as session:
        ((call_up, squad),) = await actions.read_of_case(session, town.caseworker, row.case_id)
    assert (call_up.id, squad.id) == (one.id, camp.squad.id)


async def test_a_squad_that_is_over_calls_nobody(camp: Camp) -> None:
    row = await camp.match.player(THIGH)
    async with camp.town.work(camp.me) as session:
        with pytest.raises(Stale):
            await actions.cancel(session, camp.me, camp.squad.id, 7)
    async with camp.town.work(camp.me) as session:
        await actions.cancel(session, camp.me, camp.squad.id, 1)
    with pytest.raises(SquadOver):
        await camp.call(row)
    await camp.form(starts_on=payloads.day(-9), ends_on=payloads.day(-2))
    with pytest.raises(SquadOver):
        await camp.call(row)


async def test_a_squad_is_of_a_sport_and_of_its_edition(camp: Camp) -> None:
    edition = camp.match.league.edition.id
    assert (await camp.form(kind_code="competition", edition_id=str(edition))).squad.edition_id == edition
    with pytest.raises(Invalid) as unknown:
        await camp.form(kind_code="competition", edition_id=str(new_id()))
    with pytest.raises(ValueError, match="An edition is of a competition"):
        NewSquad.model_validate(payloads.squad(edition_id=str(edition)))
    with pytest.raises(ValueError, match="Ends before it begins"):
        NewSquad.model_validate(payloads.squad(ends_on=payloads.day(1)))
    await camp.match.club.build(kind_code="peer_support", sport_code=None)
    with pytest.raises(Invalid) as talk:
        await camp.form()

    assert faults(unknown) == [("/edition_id", "no_such_edition")]
    assert faults(talk) == [("/kind_code", "not_a_sport")]


async def test_a_squad_keeps_the_limit_of_a_class(connection: AsyncConnection) -> None:
    sport: dict[str, Any] = {"sport_code": "sitting_volleyball"}
    club = await Club(await Sport(connection).build()).build(**sport)
    match = await Match(club).build()
    camp = await Camp(match).form()
    for _ in range(2):
        await camp.call(await match.player(TOES, **sport), "player")
    third, one = await match.player(TOES, **sport), await match.player(SHIN, **sport)
    with pytest.raises(ClassLimit):
        await camp.call(third, "player")
    assert (await camp.call(one, "player")).status is Status.CALLED
