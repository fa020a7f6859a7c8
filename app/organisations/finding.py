"""Find who helps: by need, district, distance, waiting time and free places. It names no survivor."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Grant
from app.access.table import Permission
from app.core import clock
from app.organisations import load
from app.organisations.load import Point
from app.organisations.models import Facility, Organisation, ServiceLoad, ServiceOffer
from app.organisations.schemas import FacilityOut, FoundOffer, ServiceOfferOut

Row = tuple[ServiceOffer, Facility, ServiceLoad | None]
MOST = 200


@dataclass(frozen=True, slots=True)
class Need:
    """What is looked for; `district`: where the person lives; `place`: from where distances are counted."""

    service: str
    district: str | None = None
    place: Point | None = None
    within_km: float | None = None
    free: bool = False
    by_wait: bool = False


async def found(session: AsyncSession, grant: Grant, need: Need) -> list[FoundOffer]:
    """Who offers this now and takes referrals, the nearest first, or the shortest wait.

    For those who refer: how many wait somewhere is a count of people, and no ministry's figure.
    """
    assert grant.permission is Permission.REFERRAL_SEND
    shown = [_shown(row, need) for row in await _offers(session, need, clock.today())]
    kept = [one for one in shown if _suits(one, need)]
    return sorted(kept, key=_by_wait if need.by_wait else _by_distance)[:MOST]


async def _offers(session: AsyncSession, need: Need, day: date) -> Sequence[Row]:
    """The offers of this service that are open to somebody of this district."""
    same = sa.and_(
        col(ServiceLoad.facility_id) == col(ServiceOffer.facility_id),
        col(ServiceLoad.service_code) == col(ServiceOffer.service_code),
    )
    rows = (
        select(ServiceOffer, Facility, ServiceLoad)
        .join(Facility, col(Facility.id) == col(ServiceOffer.facility_id))
        .join(Organisation, col(Organisation.id) == col(Facility.organisation_id))
        .outerjoin(ServiceLoad, same)
        .where(ServiceOffer.service_code == need.service, col(Facility.takes_referrals))
        .where(*(_open(ends, day) for ends in (Organisation.closed_on, Facility.closed_on)))
        .where(_open(ServiceOffer.withdrawn_on, day))
    )
    if need.district:
        covers = col(ServiceOffer.district_codes)
        rows = rows.where(sa.or_(covers == [], covers.contains([need.district])))
    return (await session.exec(rows.order_by(col(ServiceOffer.id)))).all()


def _open(ends: object, day: date) -> sa.ColumnElement[bool]:
    return sa.or_(col(ends).is_(None), col(ends) > day)


def _shown(row: Row, need: Need) -> FoundOffer:
    offer, facility, seen = row
    there = None
    if facility.latitude is not None and facility.longitude is not None:
        there = Point(facility.latitude, facility.longitude)
    this_month = seen.begun_this_month if seen and _is_this_month(seen.measured_on) else 0
    return FoundOffer(
        offer=ServiceOfferOut.model_validate(offer),
        facility=FacilityOut.model_validate(facility),
        distance_km=load.distance_km(need.place, there) if need.place and there else None,
        waiting=seen.waiting if seen else None,
        median_wait_days=seen.median_wait_days if seen else None,
        forecast_days=load.forecast_days(seen.waiting, seen.begun) if seen else None,
        free_places=load.free_places(offer.monthly_capacity, this_month),
        measured_on=seen.measured_on if seen else None,
    )


def _is_this_month(day: date) -> bool:
    today = clock.today()
    return (day.year, day.month) == (today.year, today.month)


def _suits(one: FoundOffer, need: Need) -> bool:
    """Unknown is not 'no': only what is known to be too far, or known to be full, is left out."""
    too_far = need.within_km is not None and one.distance_km is not None and one.distance_km > need.within_km
    full = need.free and one.free_places == 0
    return not too_far and not full


def _by_distance(one: FoundOffer) -> tuple[bool, float, bool, int]:
    """What is not known comes last."""
    return (one.distance_km is None, one.distance_km or 0, *_by_wait(one))


def _by_wait(one: FoundOffer) -> tuple[bool, int]:
    return one.forecast_days is None, one.forecast_days or 0
