"""Make delegations for tests, through real actions."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlmodel import select

from app.access.actor import Actor
from app.access.caller import Caller
from app.core import clock
from app.core.db import unit_of_work
from app.delegations import actions
from app.delegations.models import Delegation
from app.delegations.schemas import Delegate
from tests.factories import Town


def day(after: int) -> date:
    """So many days from today."""
    return clock.today() + timedelta(days=after)


def body(to: Actor, until: int = 7, **more: Any) -> dict[str, Any]:
    """A delegation as a client sends it."""
    return {"to_id": str(to.user_id), "until_on": day(until).isoformat()} | more


async def delegated(town: Town, away: Actor, to: Actor, **more: Any) -> Delegation:
    """A delegation that who is away has made."""
    given = Delegate.model_validate(body(to, **more))
    async with town.work(away) as session:
        return (await actions.delegate(session, away, given))[0]


async def in_days(town: Town, away: Actor, to: Actor, starts: int, until: int) -> Delegation:
    """One of days that may be gone by now: no action would set them."""
    days = {"starts_on": day(starts), "until_on": day(until)}
    known = {"from_id": away.user_id, "to_id": to.user_id, "by_id": away.user_id}
    where = {"team_id": away.team_id, "organisation_id": away.organisation_id}
    one = Delegation.model_validate({**known, **where, **days})
    async with town.work(away) as session:
        session.add(one)
    return one


async def acting(town: Town, actor: Actor) -> Actor:
    """Who this person is at the next request."""
    assert actor.session_id
    async with unit_of_work(town.database, Caller(actor.session_id)) as session:
        await session.connection()
        found: Actor = session.info["signed"].actor
    return replace(found, request_id=actor.request_id)


async def now(town: Town, one: Delegation) -> Delegation:
    """The delegation as it stands in the database."""
    async with town.work(town.coordinator) as session:
        return (await session.exec(select(Delegation).where(Delegation.id == one.id))).one()
