"""What is counted of programmes: rows that name nobody, for the statistics room and for reports.

No row has an id, a name, a birth date or a place smaller than a district; a day is the first of its month.
That is de-identified and not anonymous: small numbers still tell of people, so nothing of this leaves but
through disclosure control. Row-level security holds: whoever asks counts the rows that they may see.
"""

from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Grant
from app.codelists import lists
from app.core import clock
from app.core.config import settings
from app.participants import rules
from app.participants.models import Attendance, Enrolment
from app.participants.states import Status
from app.programmes.models import Programme, Reached, Session

E, A, P, S = Enrolment, Attendance, Programme, Session
AFTER = (3, 6, 12)  # months


class Participant(NamedTuple):
    """Somebody who joined a programme. Retention: None until so many months have passed since they joined."""

    kind_code: str
    sport_code: str | None
    district_code: str
    joined: date  # the first of the month
    ended_reason_code: str | None
    attended: int
    regular: bool  # twice in each of three months running, up to the last time
    retained_3: bool | None
    retained_6: bool | None
    retained_12: bool | None


class SessionHeld(NamedTuple):
    """Sessions of one month: how many were planned, cancelled, noted; how often people were there."""

    kind_code: str
    sport_code: str | None
    district_code: str
    month: date
    planned: int
    cancelled: int
    noted: int
    attended: int
    guests: int


class People(NamedTuple):
    """People reached by risk education in a month, counted by sex and age band. Not named anywhere."""

    district_code: str
    month: date
    sex_code: str
    age_band_code: str
    people: int


async def participants(session: AsyncSession, grant: Grant) -> list[Participant]:
    """Everybody who ever joined a programme, one row each, in no order that tells who they are."""
    today = clock.today()
    days = (
        sa.select(sa.func.array_agg(_local_day(S.starts_at)))
        .join(A, col(A.session_id) == col(S.id))
        .where(col(A.enrolment_id) == col(E.id), col(A.status_code).in_(_there()))
        .scalar_subquery()
    )
    rows = (
        sa.select(*_programme(), _month(E.joined_on), E.joined_on, E.ended_on, E.end_reason_code, days)  # type: ignore[call-overload]
        .join_from(E, P, col(P.id) == col(E.programme_id))
        .where(grant.held(E), col(E.joined_on).is_not(None), col(E.status) != Status.WAITING)
    )
    found = []
    for *programme, month, joined_on, ended_on, reason, attended in (
        await (await session.connection()).execute(rows)
    ).all():
        there = sorted(attended or ())
        kept = (retained(joined_on, ended_on, months, today) for months in AFTER)
        regular = bool(there) and rules.is_regular(there, there[-1])
        found.append(Participant._make((*programme, month, reason, len(there), regular, *kept)))
    return sorted(found, key=str)


def retained(joined_on: date, ended_on: date | None, months: int, today: date) -> bool | None:
    """Whether somebody was still enrolled so many months after joining; None while that lies ahead."""
    year, month = divmod(joined_on.year * 12 + joined_on.month - 1 + months, 12)
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    last = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month]
    then = date(year, month + 1, min(joined_on.day, last))
    if then > today:
        return None
    return ended_on is None or ended_on >= then


async def sessions(session: AsyncSession, grant: Grant) -> list[SessionHeld]:
    """Sessions by month, kind of programme and district."""
    there = (
        sa.select(sa.func.count())
        .where(col(A.session_id) == col(S.id), grant.held(A), col(A.status_code).in_(_there()))
        .scalar_subquery()
    )
    month = _month(_local_day(S.starts_at))
    one: Any = sa.literal(1)
    rows = (
        sa.select(
            *_programme(),
            month,
            sa.func.count(),
            sa.func.count(one).filter(col(S.cancelled_at).is_not(None)),
            sa.func.count(one).filter(col(S.noted_at).is_not(None)),
            sa.func.coalesce(sa.func.sum(there), 0),
            sa.func.coalesce(sa.func.sum(S.guests), 0),
        )
        .join_from(S, P, col(P.id) == col(S.programme_id))
        .group_by(*_programme(), month)
        .order_by(*_programme(), month)
    )
    return [SessionHeld._make(row) for row in (await (await session.connection()).execute(rows)).all()]


async def reached(session: AsyncSession, grant: Grant) -> list[People]:
    """People reached by risk education, by district, month, sex and age band."""
    assert grant.actor  # counts that name nobody are everybody's who works here
    month = _month(_local_day(S.starts_at))
    by = (col(P.district_code), month, col(Reached.sex_code), col(Reached.age_band_code))
    rows = (
        sa.select(*by, sa.func.sum(Reached.people))
        .join_from(Reached, S, col(S.id) == col(Reached.session_id))
        .join(P, col(P.id) == col(S.programme_id))
        .where(col(S.cancelled_at).is_(None))
        .group_by(*by)
        .order_by(*by)
    )
    return [People._make(row) for row in (await (await session.connection()).execute(rows)).all()]


def _programme() -> tuple[Any, ...]:
    return col(P.kind_code), col(P.sport_code), col(P.district_code)


def _local_day(moment: Any) -> Any:
    return sa.cast(sa.func.timezone(sa.literal_column(f"'{settings().time_zone}'"), moment), sa.Date)


def _month(day: Any) -> Any:
    return sa.cast(sa.func.date_trunc(sa.literal_column("'month'"), day), sa.Date)


def _there() -> list[str]:
    return [code for code in lists.load("attendance_status") if rules.attended(code)]
