"""Giving a case, and the whole file, to somebody else."""

from dataclasses import replace
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from app.access.actor import Actor
from app.access.table import Permission
from app.accounts.models import Membership, Standing, User
from app.cases import actions, queries
from app.cases.errors import (
    OwnerUnfit,
)
from app.cases.models import Approval, CaseMove
from app.cases.schemas import (
    AssignCase,
)
from app.cases.states import Action, Status
from app.core import clock
from app.core.db import GATE, unit_of_work
from app.core.errors import Forbidden, NotFound
from app.core.ids import new_id
from app.survivors.models import Survivor
from tests.cases.factories import (
    a_case,
    ask,
    now,
    step,
    told,
)
from tests.factories import Town

S, A = Status, Action


async def assign(town: Town, actor: Actor, case_id: UUID, owner: Actor, team_id: UUID | None = None) -> None:
    async with town.work(actor) as session:
        case = await queries.get(session, actor.grant(Permission.CASE_READ), case_id)
        given = AssignCase(owner_id=owner.user_id, team_id=team_id or owner.team_id)
        await actions.assign(session, actor, case_id, case.version, given)


async def test_a_new_owner_takes_over_the_whole_file_and_both_are_told(town: Town) -> None:
    case = await a_case(town, S.PLANNING)
    await ask(town, case, "plan")

    await assign(town, town.supervisor, case.id, town.colleague)

    after = await now(town, case)
    assert (after.owner_id, after.version) == (town.colleague.user_id, case.version + 1)
    async with town.work(town.colleague) as session:
        rows = [(await session.exec(select(t))).all() for t in (Survivor, CaseMove, Approval)]
        assert all(rows)
        newest = (await queries.assignments(session, after))[0]
    assert (newest.given_to_id, newest.by_id) == (town.colleague.user_id, town.supervisor.user_id)
    for person in (town.caseworker, town.colleague):
        assert ("case.assign", case.id) in await told(town, person)
    with pytest.raises(NotFound):
        await step(town, town.caseworker, case.id, after.version, A.IMPLEMENT)


async def test_a_supervisor_gives_within_the_own_team_and_a_coordinator_anywhere(town: Town) -> None:
    case = await a_case(town)

    with pytest.raises(Forbidden):
        await assign(town, town.supervisor, case.id, town.outsider)
    with pytest.raises(Forbidden):
        await assign(town, town.caseworker, case.id, town.colleague)
    with pytest.raises(NotFound):
        await assign(town, town.other_supervisor, case.id, town.outsider)
    await assign(town, town.coordinator, case.id, town.outsider)

    after = await now(town, case)
    assert (after.owner_id, after.team_id) == (town.outsider.user_id, town.south.id)


@pytest.mark.parametrize("unfit", ["other team", "provider", "nobody", "left", "disabled", "coordinator"])
async def test_a_case_goes_only_to_who_works_in_that_team(town: Town, unfit: str) -> None:
    case, north = await a_case(town), town.north.id
    owner = {"other team": town.outsider, "provider": town.provider, "coordinator": town.coordinator}.get(
        unfit, replace(town.colleague, user_id=new_id()) if unfit == "nobody" else town.colleague
    )
    async with unit_of_work(town.database, GATE) as session:
        if unfit == "left":
            left = sa.update(Membership).where(col(Membership.id) == owner.membership_id)
            await session.exec(left.values(ended_at=clock.now()))
        if unfit == "disabled":
            gone = sa.update(User).where(col(User.id) == owner.user_id)
            await session.exec(gone.values(standing=Standing.DISABLED))

    with pytest.raises(OwnerUnfit):
        await assign(town, town.coordinator, case.id, owner, north)

    assert (await now(town, case)).owner_id == town.caseworker.user_id
