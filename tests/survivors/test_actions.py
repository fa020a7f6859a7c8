"""What can be done to a person's file: who may, what it needs, and what it leaves behind."""

import pytest

from app.access.table import Permission
from app.core.errors import Forbidden, NotFound
from app.survivors import actions, queries
from app.survivors.rules import REGISTRATION
from tests.factories import Town
from tests.survivors import factories


async def test_who_is_made_responsible_sees_the_whole_file_and_who_was_sees_nothing(town: Town) -> None:
    survivor = await factories.survivor(town)
    async with town.work(town.supervisor) as session:
        await actions.entrust(session, town.supervisor, survivor.id, town.colleague.user_id, town.north.id)

    async with town.work(town.colleague) as session:
        read = town.colleague.grant(Permission.SURVIVOR_READ)
        assert (await queries.get(session, read, survivor.id)).owner_id == town.colleague.user_id
        assert await queries.box(session, survivor.id)
        assert await queries.live_consent(session, survivor.id, REGISTRATION)
    async with town.work(town.caseworker) as session:
        with pytest.raises(NotFound):
            await queries.get(session, town.caseworker.grant(Permission.SURVIVOR_READ), survivor.id)
        with pytest.raises(NotFound):
            await queries.box(session, survivor.id)
        assert await queries.live_consent(session, survivor.id, REGISTRATION) is None


async def test_a_caseworker_cannot_hand_a_person_on(town: Town) -> None:
    survivor = await factories.survivor(town)

    with pytest.raises(Forbidden):
        async with town.work(town.caseworker) as session:
            await actions.entrust(
                session, town.caseworker, survivor.id, town.colleague.user_id, town.north.id
            )
