"""Who waits at a facility, in fair order, and how well referrals are answered there."""

from datetime import date, datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Grant
from app.access.table import Reach
from app.audit import reading
from app.audit.actions import FieldClass
from app.codelists import lists
from app.codelists.lists import recorded
from app.core import clock
from app.core.db import day_of
from app.core.errors import NotFound
from app.core.hot import Hot, prepare
from app.core.shown import Shown
from app.organisations.load import OVER
from app.organisations.models import Facility, ServiceLoad
from app.referrals.models import Referral
from app.referrals.states import WAITING, Status

R = Referral
ROW = (
    *(col(R.id), col(R.version), col(R.code), col(R.organisation_id), col(R.priority_code)),
    *(col(R.service_codes), col(R.status), col(R.sent_at), col(R.expected_on)),
)


class QueueRow(Shown):
    """A referral as a line of a facility's queue; `place`: 1 is next."""

    id: UUID
    version: int
    code: str
    organisation_id: UUID
    priority_code: Annotated[str, recorded("referral_priority")]
    service_codes: list[Annotated[str, recorded("service")]]
    status: Status
    sent_at: datetime
    expected_on: date | None
    place: int
    waited_days: int


class QueueOut(Shown):
    """The beginning of a facility's queue, and how many wait in all."""

    items: list[QueueRow]
    waiting: int


class MeasuresOut(Shown):
    """What became of the referrals that were sent to a facility in a period: counts, and the middle wait."""

    facility_id: UUID
    since: date
    until: date
    sent: int
    answered: int
    answered_in_time: int
    not_answered_in_time: int
    declined: int
    begun: int
    missed: int
    loops_closed: int
    by_hand: int
    median_days_to_service: int | None


async def queue_json(hot: Hot, grant: Grant, facility_id: UUID, service: str | None, most: int) -> bytes:
    """The queue of a facility: the most urgent first, then who waits longest; a QueueOut as JSON."""
    _need_own(grant, facility_id)
    kept = prepare(("queue", grant.shape, service is not None), partial(_queue, grant, service is not None))
    event = reading.event_of(grant.actor, "referral.list", FieldClass.OPERATIONAL)
    given = {"facility": facility_id, "most": most, "service": service, "now": clock.now()}
    row = await hot.row(kept, **grant.values, **event, **given)
    if row is None:
        raise NotFound
    return str(row[0]).encode()


def _need_own(grant: Grant, facility_id: UUID) -> None:
    """Another facility's work is nobody's business: it does not exist."""
    if grant.reach is not Reach.ALL and grant.actor.facility_id != facility_id:
        raise NotFound


def _queue(grant: Grant, only: bool) -> sa.Select[Any]:
    """A part for each priority, so that each is read in order from the index and stops when it is enough."""
    most = sa.bindparam("most", type_=sa.Integer())
    parts = [
        _of_priority(grant, code, rank, only).limit(most)
        for rank, code in enumerate(lists.load("referral_priority"))
    ]
    every = sa.union_all(*(sa.select(part.subquery()) for part in parts)).subquery("every")
    order = (every.c.rank, every.c.sent_at, every.c.id)
    place = sa.func.row_number().over(order_by=order).label("place")
    now = sa.bindparam("now", type_=sa.DateTime(timezone=True))
    days = sa.func.floor(sa.extract("epoch", now - every.c.sent_at) / 86400)
    shown = [column for column in every.c if column.name != "rank"]
    queue = sa.select(*shown, place, sa.cast(days, sa.Integer).label("waited_days"))
    cut = queue.order_by(*order).limit(most).cte("queue")
    lines = sa.func.json_agg(cut.table_valued()).aggregate_order_by(cut.c.place)
    items = sa.func.coalesce(sa.cast(sa.select(lines).scalar_subquery(), sa.Text), "[]")
    ids = sa.select(sa.func.coalesce(sa.func.array_agg(cut.c.id), sa.text("'{}'::uuid[]")))
    whole = sa.func.concat(
        '{"items":', items, ',"waiting":', sa.select(_many(grant, only)).scalar_subquery(), "}"
    )
    event = reading.logged(ids.scalar_subquery())
    return sa.select(whole).where(_is_there(sa.bindparam("facility", type_=sa.Uuid()))).add_cte(event)


def _is_there(facility_id: Any) -> sa.ColumnElement[bool]:
    return sa.exists().where(col(Facility.id) == facility_id)


def _of_priority(grant: Grant, code: str, rank: int, only: bool) -> reading.Rows:
    rows: reading.Rows = sa.select(*ROW, sa.literal(rank, sa.Integer).label("rank"))
    return rows.where(*_waits(grant, only), col(R.priority_code) == code).order_by(col(R.sent_at), col(R.id))


def _many(grant: Grant, only: bool) -> sa.ColumnElement[int]:
    counted = sa.select(sa.func.count()).select_from(R).where(*_waits(grant, only))
    return counted.scalar_subquery()


def _waits(grant: Grant, only: bool) -> list[sa.ColumnElement[bool]]:
    """Taken on by this facility, and without a date; who asks is of this facility, or reaches all."""
    waiting = sa.or_(*(col(R.status) == status for status in sorted(WAITING)))
    rows = [col(R.to_facility_id) == sa.bindparam("facility", type_=sa.Uuid()), waiting]
    if grant.reach is not Reach.ALL:
        rows.append(col(R.to_facility_id) == sa.bindparam("acting_facility", type_=sa.Uuid()))
    wanted = sa.bindparam("service", type_=sa.String(40))
    return [*rows, wanted == sa.any_(col(R.service_codes))] if only else rows


async def measures(
    session: AsyncSession, grant: Grant, facility_id: UUID, since: date, until: date
) -> dict[str, Any]:
    """How what was sent to a facility in a period was answered, served and reported: a MeasuresOut."""
    _need_own(grant, facility_id)
    day = day_of(col(R.sent_at))
    rows = sa.select(*(figure.label(name) for name, figure in _figures().items())).where(
        col(R.to_facility_id) == facility_id, day.between(since, until)
    )
    whole = rows.having(_is_there(facility_id))
    found = (await (await session.connection()).execute(whole)).one_or_none()
    if found is None:
        raise NotFound
    return {"facility_id": facility_id, "since": since, "until": until, **found._asdict()}


def _figures() -> dict[str, sa.ColumnElement[Any]]:
    """Counts of referrals by what became of them; the middle of the days to the first service."""
    answered, ended = col(R.answered_at), col(R.counter_referral).is_not(None)
    silent_until = sa.func.coalesce(col(R.ended_at), clock.now())  # nobody answers what was taken back
    late = sa.and_(answered.is_(None), col(R.answer_by) < silent_until)
    counts = {
        "sent": sa.true(),
        "answered": answered.is_not(None),
        "answered_in_time": answered <= col(R.answer_by),
        "not_answered_in_time": sa.or_(answered > col(R.answer_by), late),
        "declined": col(R.status) == Status.DECLINED,
        "begun": col(R.started_at).is_not(None),
        "missed": col(R.no_show_reason_code).is_not(None),
        "loops_closed": sa.and_(col(R.status) == Status.COMPLETED, ended),
        "by_hand": col(R.by_hand),
    }
    counted = {name: sa.func.count().filter(which) for name, which in counts.items()}
    return counted | {"median_days_to_service": _median(col(R.started_at).is_not(None))}


def _median(which: sa.ColumnElement[bool]) -> sa.ColumnElement[Any]:
    days = sa.extract("epoch", col(R.started_at) - col(R.sent_at)) / 86400
    middle = sa.func.percentile_cont(0.5).within_group(days).filter(which)
    return sa.cast(sa.func.round(sa.cast(middle, sa.Numeric)), sa.Integer)


async def measure_load(session: AsyncSession, grant: Grant) -> int:
    """Count for each facility and service who waits and who began of late; how many rows."""
    now = clock.now()
    asked = sa.func.unnest(col(R.service_codes)).table_valued("service_code").render_derived(name="asked")
    begun = col(R.started_at) > now - OVER
    month = clock.beginning(clock.today().replace(day=1))
    figures = {
        "waiting": sa.func.count().filter(col(R.status).in_(WAITING)),
        "begun": sa.func.count().filter(begun),
        "begun_this_month": sa.func.count().filter(col(R.started_at) >= month),
        "median_wait_days": _median(begun),
    }
    rows = (
        sa.select(sa.func.gen_random_uuid(), sa.literal(now), sa.literal(1), sa.literal(clock.today()))
        .add_columns(col(R.to_facility_id), asked.c.service_code, *figures.values())
        .select_from(R)
        .join(asked, sa.true())
        .where(sa.true() if grant.reach is Reach.ALL else sa.false(), col(R.sent_at).is_not(None))
        .group_by(col(R.to_facility_id), asked.c.service_code)
    )
    names = ["id", "created_at", "version", "measured_on", "facility_id", "service_code", *figures]
    new = insert(ServiceLoad).from_select(names, rows)
    fresh = {name: new.excluded[name] for name in ("measured_on", *figures)}
    written = new.on_conflict_do_update(index_elements=["facility_id", "service_code"], set_=fresh)
    return int((await (await session.connection()).execute(written)).rowcount)
