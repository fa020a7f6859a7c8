"""Whoever has left is told nothing more: what their cases need is told to who leads the team."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from app.access.actor import Actor
from app.accounts.models import Membership, Standing, User
from app.core import clock
from app.core.db import GATE, unit_of_work
from app.core.ids import new_id
from app.notifications import actions as notifications
from app.referrals.states import Action, Party
from tests.cases.factories import told
from tests.factories import Town
from tests.referrals.factories import a_post


async def changed(town: Town, table: Any, which: sa.ColumnElement[bool], **values: Any) -> None:
    async with unit_of_work(town.database, GATE) as session:
        await session.exec(sa.update(table).where(which).values(**values))


async def leaves(town: Town, who: Actor, how: str = "membership") -> None:
    if how == "account":
        await changed(town, User, col(User.id) == who.user_id, standing=Standing.DISABLED)
    else:
        await changed(town, Membership, col(Membership.user_id) == who.user_id, ended_at=clock.now())


@pytest.mark.parametrize("how", ["membership", "account"])
async def test_an_answer_reaches_who_leads_the_team_when_its_sender_has_left(town: Town, how: str) -> None:
    post = await a_post(town)
    before = await post.step(await post.referral(), Action.ACCEPT, Party.RECEIVER)
    sent = await post.referral()
    await leaves(town, town.caseworker, how)

    await post.step(sent, Action.DECLINE, Party.RECEIVER)

    mine, hers = await told(town, town.supervisor), await told(town, town.caseworker)
    assert [line for line in mine if line[1] in (sent.id, before.id)] == [("referral.decline", sent.id)]
    assert ("referral.decline", sent.id) in hers, "who comes back finds it"
    for other in (town.colleague, town.other_supervisor, town.coordinator):
        assert sent.id not in {record for _, record in await told(town, other)}


async def test_where_nobody_leads_the_team_the_coordinator_hears(town: Town) -> None:
    post = await a_post(town)
    sent = await post.referral()
    await leaves(town, town.caseworker)
    await leaves(town, town.supervisor)

    await post.step(sent, Action.ACCEPT, Party.RECEIVER)

    assert ("referral.accept", sent.id) in await told(town, town.coordinator)
    assert sent.id not in {record for _, record in await told(town, town.other_supervisor)}


async def test_nobody_hears_of_what_they_did_nor_of_anothers_account(town: Town) -> None:
    await leaves(town, town.caseworker)
    work, password = new_id(), new_id()
    async with town.work(town.supervisor) as session:
        notifications.tell_person(session, town.caseworker.user_id, "case.assign", work)
    async with town.work(town.colleague) as session:
        notifications.tell_person(session, town.caseworker.user_id, "password.change", password)
        notifications.tell_person(session, town.caseworker.user_id, "case.close", password)

    assert await told(town, town.supervisor) == [("case.close", password)]
