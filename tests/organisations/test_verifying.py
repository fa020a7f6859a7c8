"""An offer that nobody verified for long is asked about: its people, else who keeps the directory."""

from datetime import timedelta
from typing import Any

from sqlmodel import select

from app.core import clock
from app.core.config import settings
from app.core.db import unit_of_work
from app.core.ids import new_id
from app.organisations.models import Facility, ServiceOffer
from app.organisations.queries import ASK_AGAIN
from app.reminders import jobs
from tests.cases.factories import told
from tests.factories import KEEPER, Town
from tests.referrals.factories import told_facility

KIND = "service_offer.verify"


async def verified(town: Town, facility: Facility, days_ago: int, **more: Any) -> ServiceOffer:
    """Another service of this place, last verified so long ago."""
    seen = clock.today() - timedelta(days=days_ago)
    said: dict[str, Any] = {"facility_id": facility.id, "service_code": "eye_care", "verified_on": seen}
    async with unit_of_work(town.database, KEEPER) as session:
        session.add(offer := ServiceOffer(**said | more))
        await session.flush()
        return offer


async def without_people(town: Town) -> Facility:
    place: dict[str, Any] = {"district_code": "az_ba", "kind_code": "hospital", "outside": True}
    async with unit_of_work(town.database, KEEPER) as session:
        session.add(one := Facility(id=new_id(), name="Clinic", organisation_id=town.centre.id, **place))
        await session.flush()
        return one


async def asked(town: Town, offer: ServiceOffer) -> tuple[int, int]:
    """How often the people of the place were asked, and how often the coordinator."""
    message = (KIND, offer.id)
    there, above = await told_facility(town, offer.facility_id), await told(town, town.coordinator)
    return there.count(message), above.count(message)


async def test_who_knows_is_asked_on_the_day_and_again_a_month_later(town: Town) -> None:
    limit = settings().verify_offer_days
    recent = await verified(town, town.club, limit - 1)
    gone = await verified(town, town.workshop, limit, withdrawn_on=clock.today())
    due = await verified(town, town.workshop, limit, service_code="physiotherapy")
    outside = await verified(town, await without_people(town), limit)

    assert [await jobs.ask_to_verify(town.database) for _ in range(2)] == [2, 0]
    assert [await asked(town, one) for one in (due, outside, recent, gone)] == [
        (1, 0),
        (0, 1),
        (0, 0),
        (0, 0),
    ]

    async with unit_of_work(town.database, KEEPER) as session:
        one = (await session.exec(select(ServiceOffer).where(ServiceOffer.id == outside.id))).one()
        one.verify_asked_on = clock.today() - ASK_AGAIN
    assert await jobs.ask_to_verify(town.database) == 1
    assert await asked(town, outside) == (0, 2)
