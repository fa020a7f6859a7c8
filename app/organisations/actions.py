"""What can be done to the directory. The only code that changes an entry."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.core import clock
from app.core.errors import Clash, Invalid, NotFound, Stale
from app.core.given import Given
from app.notifications import actions as notifications
from app.organisations import queries, rules, schemas
from app.organisations.models import ClosedDay, Facility, Organisation, ServiceOffer, Team

D = TypeVar("D", Organisation, Facility, ServiceOffer, Team, ClosedDay)
VERIFY = "service_offer.verify"
OUT: dict[type, type[BaseModel]] = {
    Organisation: schemas.OrganisationOut,
    Facility: schemas.FacilityOut,
    ServiceOffer: schemas.ServiceOfferOut,
    Team: schemas.TeamOut,
    ClosedDay: schemas.ClosedDayOut,
}


async def add_organisation(
    session: AsyncSession, actor: Actor, given: schemas.NewOrganisation
) -> tuple[Organisation, bool]:
    """Enter a body; False beside it when this very entry was there already."""
    actor.grant(Permission.DIRECTORY_WRITE)
    return await _add(session, actor, Organisation, given)


async def amend_organisation(
    session: AsyncSession, actor: Actor, organisation_id: UUID, version: int, given: schemas.AmendOrganisation
) -> Organisation:
    """Change a body's entry, or close it."""
    actor.grant(Permission.DIRECTORY_WRITE)
    record = await _read(session, actor, Organisation, organisation_id, version)
    return await _amend(session, actor, record, given)


async def add_team(session: AsyncSession, actor: Actor, given: schemas.NewTeam) -> tuple[Team, bool]:
    """Enter a team; False beside it when this very entry was there already."""
    actor.grant(Permission.DIRECTORY_WRITE)
    await _need(session, actor, Organisation, given.organisation_id, "/organisation_id")
    return await _add(session, actor, Team, given)


async def amend_team(
    session: AsyncSession, actor: Actor, team_id: UUID, version: int, given: schemas.AmendTeam
) -> Team:
    """Change a team's name."""
    actor.grant(Permission.DIRECTORY_WRITE)
    return await _amend(session, actor, await _read(session, actor, Team, team_id, version), given)


async def add_facility(
    session: AsyncSession, actor: Actor, given: schemas.NewFacility
) -> tuple[Facility, bool]:
    """Enter a place of service; False beside it when this very entry was there already."""
    actor.grant(Permission.DIRECTORY_WRITE)
    await _need(session, actor, Organisation, given.organisation_id, "/organisation_id")
    rules.need_whole_place(given.latitude, given.longitude)
    return await _add(session, actor, Facility, given)


async def amend_facility(
    session: AsyncSession, actor: Actor, facility_id: UUID, version: int, given: schemas.AmendFacility
) -> Facility:
    """Change a place's entry, or close it; referrals under way stay with it."""
    actor.grant(Permission.DIRECTORY_WRITE)
    record = await _read(session, actor, Facility, facility_id, version)
    place = {"latitude": record.latitude, "longitude": record.longitude}
    place |= given.model_dump(include=set(place), exclude_unset=True)
    rules.need_whole_place(**place)
    return await _amend(session, actor, record, given)


async def add_offer(
    session: AsyncSession, actor: Actor, given: schemas.NewServiceOffer
) -> tuple[ServiceOffer, bool]:
    """Offer a service at a facility; a facility's own people may do so for it, keepers for every one."""
    grant = actor.grant(Permission.OFFER_WRITE)
    await _need(session, actor, Facility, given.facility_id, "/facility_id")
    rules.may_offer(grant, given.facility_id)
    return await _add(session, actor, ServiceOffer, given)


async def amend_offer(
    session: AsyncSession, actor: Actor, offer_id: UUID, version: int, given: schemas.AmendServiceOffer
) -> ServiceOffer:
    """Change what is said about a service on offer, or withdraw it."""
    grant = actor.grant(Permission.OFFER_WRITE)
    directory = actor.grant(Permission.DIRECTORY_READ)
    rules.may_offer(grant, (await queries.get(session, directory, ServiceOffer, offer_id)).facility_id)
    return await _amend(session, actor, await _read(session, actor, ServiceOffer, offer_id, version), given)


async def close_day(
    session: AsyncSession, actor: Actor, facility_id: UUID, given: schemas.CloseDay
) -> tuple[ClosedDay, bool]:
    """Say that a facility is closed on a day: its own people, or a keeper of the directory."""
    await _may_close(session, actor, facility_id)
    sent = {"facility_id": facility_id} | given.model_dump(exclude_none=True)
    return await _save(session, actor, ClosedDay.model_validate(sent), {*sent} - {"id"})


async def open_day(
    session: AsyncSession, actor: Actor, facility_id: UUID, closed_day_id: UUID, version: int
) -> None:
    """Take a closed day back: the facility is open then after all."""
    grant = actor.grant(Permission.OFFER_WRITE)
    one = await queries.get(session, actor.grant(Permission.DIRECTORY_READ), ClosedDay, closed_day_id)
    if one.facility_id != facility_id:
        raise NotFound
    rules.may_offer(grant, facility_id)
    await session.delete(_as_decided(one, version))
    audit.record(session, actor, "closed_day.remove", [closed_day_id, facility_id])
    await session.flush()


async def ask_to_verify(
    session: AsyncSession, actor: Actor, after: timedelta, staffed: Collection[UUID], keepers: Sequence[UUID]
) -> int:
    """Ask whether what was long not verified still holds; how many offers.

    Where somebody works, its own people are asked; of a place without accounts, who keeps the directory.
    """
    grant, today = actor.grant(Permission.DIRECTORY_READ), clock.today()
    offers = await queries.unverified(session, grant, today, after)
    for offer in offers:
        offer.verify_asked_on = today
        if offer.facility_id in staffed:
            notifications.tell_facility(session, offer.facility_id, VERIFY, offer.id)
            continue
        for person in keepers:
            notifications.tell_person(session, person, VERIFY, offer.id)
    await session.flush()
    return len(offers)


async def _may_close(session: AsyncSession, actor: Actor, facility_id: UUID) -> None:
    """Stop who does not keep this facility's calendar; NotFound where there is no such facility."""
    grant = actor.grant(Permission.OFFER_WRITE)
    await queries.facility(session, actor.grant(Permission.DIRECTORY_READ), facility_id)
    rules.may_offer(grant, facility_id)


async def _read(session: AsyncSession, actor: Actor, kind: type[D], record_id: UUID, version: int) -> D:
    """The entry as it was when the caller decided to change it, or Stale."""
    found = await queries.get(session, actor.grant(Permission.DIRECTORY_READ), kind, record_id)
    return _as_decided(found, version)


def _as_decided(record: D, version: int) -> D:
    if version != record.version:
        raise Stale(current=OUT[type(record)].model_validate(record).model_dump(mode="json"))
    return record


async def _need(session: AsyncSession, actor: Actor, kind: type[D], record_id: UUID, pointer: str) -> None:
    """Stop when what a new entry belongs to is not in the directory."""
    try:
        await queries.get(session, actor.grant(Permission.DIRECTORY_READ), kind, record_id)
    except NotFound:
        raise Invalid(errors=[rules.fault(pointer, "not_in_directory")]) from None


async def _add(session: AsyncSession, actor: Actor, kind: type[D], given: Given) -> tuple[D, bool]:
    """Save a new entry. The id may be the client's: the same content again is the entry that exists."""
    record = kind.model_validate(given.model_dump(exclude_none=True))
    return await _save(session, actor, record, set(type(given).model_fields))


async def _save(session: AsyncSession, actor: Actor, record: D, said: set[str]) -> tuple[D, bool]:
    """Save a new entry, or give the one that is there already under this id with the same content."""
    if known := await session.get(type(record), record.id):
        if any(getattr(known, name) != getattr(record, name) for name in said):
            raise Clash
        return known, False
    session.add(record)
    audit.record(session, actor, f"{record.__tablename__}.add", record.id)
    await session.flush()
    return record, True


async def _amend(session: AsyncSession, actor: Actor, record: D, given: Given) -> D:
    """Save what was sent; what was not stays."""
    for name, value in given.model_dump(exclude_unset=True).items():
        setattr(record, name, value)
    audit.record(session, actor, f"{record.__tablename__}.amend", record.id)
    await session.flush()
    return record
