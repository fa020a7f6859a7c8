"""Every read of the directory. Everybody who is signed in may read all of it; it names no survivor."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from app.access.actor import Grant
from app.access.table import Reach
from app.core import clock, pages
from app.core.config import settings
from app.core.db import day_of
from app.core.errors import NotFound
from app.core.hot import Hot, prepare
from app.organisations.calendar import Calendar
from app.organisations.models import ClosedDay, Facility, Organisation, ServiceOffer, Team

Column = sa.SQLColumnExpression[Any]
D = TypeVar("D", Organisation, Facility, ServiceOffer, Team, ClosedDay)
ASK_AGAIN = timedelta(days=30)
MOST_ASKED = 500  # in one unit of work


async def get(session: AsyncSession, grant: Grant, kind: type[D], record_id: UUID) -> D:
    """One entry of this kind, or NotFound."""
    found = (await session.exec(_visible(grant, kind).where(col(kind.id) == record_id))).one_or_none()
    if found is None:
        raise NotFound
    return found


async def organisation(session: AsyncSession, grant: Grant, organisation_id: UUID) -> Organisation:
    """One body, or NotFound."""
    return await get(session, grant, Organisation, organisation_id)


async def team(session: AsyncSession, grant: Grant, team_id: UUID) -> Team:
    """One team, or NotFound."""
    return await get(session, grant, Team, team_id)


async def facility(session: AsyncSession, grant: Grant, facility_id: UUID) -> Facility:
    """One place of service, or NotFound."""
    return await get(session, grant, Facility, facility_id)


async def known(hot: Hot, grant: Grant, facility_id: UUID) -> bool:
    """Whether the directory has this place of service, asked on the short way."""
    wanted = _visible(grant, Facility).where(col(Facility.id) == sa.bindparam("facility_id"))
    kept = prepare(("facility", grant.shape), lambda: wanted.with_only_columns(col(Facility.id)))
    return await hot.row(kept, facility_id=facility_id) is not None


async def offer(session: AsyncSession, grant: Grant, offer_id: UUID) -> ServiceOffer:
    """One service of one place, or NotFound."""
    return await get(session, grant, ServiceOffer, offer_id)


async def offered(session: AsyncSession, grant: Grant, facility_id: UUID) -> set[str]:
    """The codes of the services that a facility offers today."""
    rows = _visible(grant, ServiceOffer).where(ServiceOffer.facility_id == facility_id, _still_offered())
    return {offer.service_code for offer in await session.exec(rows)}


async def calendar(session: AsyncSession, grant: Grant, facility: Facility) -> Calendar:
    """When this facility is open."""
    rows = _visible(grant, ClosedDay).where(ClosedDay.facility_id == facility.id)
    closed = {row.day for row in await session.exec(rows)}
    return Calendar(frozenset(facility.rest_days), closed, settings().time_zone)


async def unverified(
    session: AsyncSession, grant: Grant, day: date, after: timedelta
) -> Sequence[ServiceOffer]:
    """Some offers that nobody has verified for so long, and whose people were not asked of late."""
    rows = _visible(grant, ServiceOffer).join(Facility, col(Facility.id) == col(ServiceOffer.facility_id))
    verified = sa.func.coalesce(col(ServiceOffer.verified_on), day_of(col(ServiceOffer.created_at)))
    asked = col(ServiceOffer.verify_asked_on)
    late = rows.where(_still_offered(), _open(col(Facility.closed_on)), verified <= day - after)
    late = late.where(sa.or_(asked.is_(None), asked <= day - ASK_AGAIN)).order_by(col(ServiceOffer.id))
    held = late.limit(MOST_ASKED).with_for_update(of=ServiceOffer, skip_locked=True)
    return (await session.exec(held.execution_options(populate_existing=True))).all()


async def closed_days_json(session: AsyncSession, grant: Grant, ask: pages.Ask, facility_id: UUID) -> bytes:
    """The closed days of a facility, oldest entry first: a Page[ClosedDayOut] as JSON."""
    rows = _listed(grant, ClosedDay).where(col(ClosedDay.facility_id) == facility_id)
    return await pages.fetch(session, rows, ask)


async def organisations_json(
    session: AsyncSession, grant: Grant, ask: pages.Ask, kind: str | None = None, closed: bool = False
) -> bytes:
    """Bodies that help, oldest entry first: a Page[OrganisationOut] as JSON."""
    rows = _listed(grant, Organisation).where(_open(col(Organisation.closed_on), or_all=closed))
    return await pages.fetch(session, _with(rows, col(Organisation.kind_code), kind), ask)


async def facilities_json(
    session: AsyncSession, grant: Grant, ask: pages.Ask, closed: bool = False, **only: Any
) -> bytes:
    """Places of service: a Page[FacilityOut]. `only`: district, service, kind, organisation."""
    rows = _listed(grant, Facility).where(_open(col(Facility.closed_on), or_all=closed))
    rows = _with(rows, col(Facility.district_code), only.get("district"))
    rows = _with(rows, col(Facility.kind_code), only.get("kind"))
    rows = _with(rows, col(Facility.organisation_id), only.get("organisation"))
    if service := only.get("service"):
        offers = select(ServiceOffer.facility_id).where(
            ServiceOffer.service_code == service, _still_offered()
        )
        rows = rows.where(col(Facility.id).in_(offers))
    return await pages.fetch(session, rows, ask)


async def offers_json(
    session: AsyncSession, grant: Grant, ask: pages.Ask, withdrawn: bool = False, **only: Any
) -> bytes:
    """Services on offer: a Page[ServiceOfferOut]. `only`: facility, service."""
    rows = _listed(grant, ServiceOffer).where(_open(col(ServiceOffer.withdrawn_on), or_all=withdrawn))
    rows = _with(rows, col(ServiceOffer.facility_id), only.get("facility"))
    return await pages.fetch(session, _with(rows, col(ServiceOffer.service_code), only.get("service")), ask)


async def teams_json(
    session: AsyncSession, grant: Grant, ask: pages.Ask, organisation: UUID | None = None
) -> bytes:
    """Teams of caseworkers, oldest entry first: a Page[TeamOut] as JSON."""
    return await pages.fetch(
        session, _with(_listed(grant, Team), col(Team.organisation_id), organisation), ask
    )


def _visible(grant: Grant, kind: type[D]) -> SelectOfScalar[D]:
    """The whole directory, for a reach that covers it."""
    return select(kind).where(sa.true() if grant.reach is Reach.ALL else sa.false())


def _listed(grant: Grant, kind: type[D]) -> sa.Select[*tuple[Any, ...]]:
    """All columns but the moment of entry, as the answers show them."""
    shown = [column for column in sa.inspect(kind).columns if column.key != "created_at"]
    return _visible(grant, kind).with_only_columns(*shown)


def _with(rows: sa.Select[*tuple[Any, ...]], column: Column, value: object) -> sa.Select[*tuple[Any, ...]]:
    """Only the rows with this value, when one is asked for."""
    return rows if value is None else rows.where(column == value)


def _open(closed_on: Column, or_all: bool = False) -> sa.ColumnElement[bool]:
    return sa.or_(sa.literal(or_all), closed_on.is_(None), closed_on > clock.today())


def _still_offered() -> sa.ColumnElement[bool]:
    return _open(col(ServiceOffer.withdrawn_on))
