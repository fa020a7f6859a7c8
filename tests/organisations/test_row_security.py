"""The directory's second line: what the database takes when an action forgets to ask."""

import pytest
import sqlalchemy as sa
from sqlmodel import select

from app.access.actor import Actor
from app.access.table import Role
from app.core.errors import NotFound
from app.organisations.models import Facility, Organisation, ServiceOffer, Team
from tests.factories import Town

KEEPERS = {Role.COORDINATOR, Role.ADMINISTRATOR}


async def takes(town: Town, actor: Actor, record: object) -> bool:
    try:
        async with town.work(actor) as session:
            session.add(record)
    except NotFound:
        return False
    return True


@pytest.mark.parametrize("role", Role)
async def test_everybody_reads_the_whole_directory(town: Town, role: Role) -> None:
    async with town.work(town.everybody[role]) as session:
        counts = [len((await session.exec(select(kind))).all()) for kind in (Organisation, Facility, Team)]
        offers = (await session.exec(select(ServiceOffer))).all()

    assert (counts, len(offers)) == ([2, 2, 2], 1)


@pytest.mark.parametrize("role", Role)
async def test_the_database_takes_entries_from_keepers_only(town: Town, role: Role) -> None:
    actor = town.everybody[role]
    entries = [
        Organisation(name="New", kind_code="ngo"),
        Team(name="New", organisation_id=town.agency.id),
        Facility(name="N", organisation_id=town.centre.id, kind_code="hospital", district_code="az_ba"),
    ]

    assert [await takes(town, actor, entry) for entry in entries] == [role in KEEPERS] * 3


@pytest.mark.parametrize("role", Role)
async def test_the_database_takes_offers_for_the_own_facility_only(town: Town, role: Role) -> None:
    actor = town.everybody[role]
    taken = {
        place.id: await takes(town, actor, ServiceOffer(facility_id=place.id, service_code="housing"))
        for place in (town.workshop, town.club)
    }

    assert taken == {
        place.id: role in KEEPERS or actor.facility_id == place.id for place in (town.workshop, town.club)
    }


async def test_an_offer_cannot_be_moved_to_another_facility(town: Town) -> None:
    with pytest.raises(NotFound):
        async with town.work(town.provider) as session:
            await session.exec(sa.update(ServiceOffer).values(facility_id=town.club.id))


async def test_an_offer_of_another_facility_cannot_be_changed(town: Town) -> None:
    async with town.work(town.other_provider) as session:
        changed = await session.exec(sa.update(ServiceOffer).values(service_code="housing"))

    assert changed.rowcount == 0
