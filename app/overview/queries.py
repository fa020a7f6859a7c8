"""Reads across the rooms of a case, each one statement that builds its answer and says who read it."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Grant
from app.access.table import Reach
from app.audit import reading
from app.audit.actions import FieldClass
from app.core import clock
from app.core.errors import NotFound
from app.core.hot import Hot, prepare
from app.core.pages import Ask, as_page
from app.overview import timeline
from app.referrals import rules as referrals
from app.referrals.models import Referral
from app.referrals.rules import ShareItem
from app.referrals.states import LIVE
from app.survivors.models import Consent

LATELY = timedelta(days=7)
UUIDS, NONE = sa.ARRAY(sa.Uuid()), sa.text("'{}'::uuid[]")

TASKS = """
select t.id, t.version, t.case_id, s.code survivor_code, t.kind_code, t.due_on
from task t join case_file c on c.id = t.case_id join survivor s on s.id = c.survivor_id
where t.owner_id = :acting_user and t.done_at is null and t.due_on <= :today
order by t.due_on, t.id limit 20
"""
APPOINTMENTS = """
select a.id, a.version, a.case_id, s.code survivor_code, a.kind_code, a.starts_at, a.minutes
from appointment a join case_file c on c.id = a.case_id join survivor s on s.id = c.survivor_id
where a.owner_id = :acting_user and a.status = 'booked' and a.starts_at < :midnight
order by a.starts_at, a.id limit 20
"""
ANSWERS = """
select id, code, case_id, status, to_facility_id, answered_at
from referral where owner_id = :acting_user and answered_at > :lately
order by answered_at desc, id limit 20
"""
COUNTS = {  # a hundred is as much as anybody needs to know
    "unread": "select 1 from notification where read_at is null"
    " and (user_id = :acting_user or facility_id = :acting_facility) limit 100",
    "referrals_to_answer": "select 1 from referral"
    " where to_facility_id = :acting_facility and status = 'sent' limit 100",
    "reviews_overdue": "select 1 from case_file where owner_id = :acting_user and next_review_on < :today"
    " and status not in ('closed', 'transferred') limit 100",
}
ONE, MANY = "owner_id = :acting_user", "owner_id = any (:acting_owners)"
GIVEN: dict[str, sa.types.TypeEngine[Any]] = {
    "acting_user": sa.Uuid(),
    "acting_owners": sa.ARRAY(sa.Uuid()),
    "acting_facility": sa.Uuid(),
    "today": sa.Date(),
    "midnight": sa.DateTime(timezone=True),
    "lately": sa.DateTime(timezone=True),
}


async def shared_cases(session: AsyncSession, grant: Grant, case_id: UUID, item: ShareItem) -> set[UUID]:
    """This case, if a live referral shares this of it with the actor's facility, and consent still stands."""
    found = await _live_letters(session, grant, case_id)
    return {letter.case_id for letter, consent in found if referrals.shows(letter, consent, item)}


async def asked_cases(session: AsyncSession, grant: Grant, case_id: UUID, pillar: str) -> set[UUID]:
    """This case, if a live referral asks the actor's facility for a service of this pillar."""
    found = await _live_letters(session, grant, case_id)
    return {letter.case_id for letter, _ in found if referrals.asks_for(letter, pillar)}


async def _live_letters(session: AsyncSession, grant: Grant, case_id: UUID) -> list[tuple[Referral, Consent]]:
    """What the actor's facility was sent about a case and is live, with the consents, that are too."""
    if grant.reach not in (Reach.SHARED, Reach.FACILITY):
        return []
    rows = (
        select(Referral, Consent)
        .join(Consent, col(Consent.id) == col(Referral.consent_id))
        .where(Referral.case_id == case_id, Referral.to_facility_id == grant.actor.facility_id)
        .where(col(Referral.status).in_(LIVE))
    )
    today = clock.today()
    return [row for row in (await session.exec(rows)).all() if referrals.is_live(row[1], row[0], today)]


async def timeline_json(hot: Hot, grant: Grant, ask: Ask, case_id: UUID) -> bytes:
    """Entries of a case within reach, newest first, or NotFound: a Page[Entry] as JSON."""
    later = ask.at is not None
    kept = prepare(("case.read_timeline", grant.shape, later), lambda: timeline.statement(grant, later))
    page = {"start_at": ask.at, "start": ask.start, "more": ask.limit + 1, "most": ask.limit}
    event = reading.event_of(grant.actor, "case.read_timeline", FieldClass.HEALTH)
    row = await hot.row(kept, **grant.values, **event, **page, case_id=case_id)
    if row is None:
        raise NotFound
    return as_page(ask, *row)


async def today_json(hot: Hot, grant: Grant) -> bytes:
    """What waits for the actor: a TodayOut as JSON."""
    now = clock.now()
    values = {"today": clock.today(), "midnight": _midnight(), "lately": now - LATELY}
    event = reading.event_of(grant.actor, "today.read", FieldClass.OPERATIONAL)
    row = await hot.row(
        prepare(("today.read", grant.shape), partial(_today, grant.shape)), **grant.values, **event, **values
    )
    return str(row[0]).encode() if row else b""


def _midnight() -> datetime:
    """The end of this day where the programme works."""
    return clock.beginning(clock.today() + timedelta(days=1))


def _today(shape: tuple[Reach, bool]) -> Any:
    mine = MANY if shape == (Reach.OWN, True) else ONE
    tasks = _rows(TASKS.replace(ONE, mine), "id", "case_id", "due_on").cte("tasks")
    agenda = _rows(APPOINTMENTS.replace(ONE, mine), "id", "case_id", "starts_at").cte("agenda")
    answers = _rows(ANSWERS.replace(ONE, mine), "id", "case_id", "answered_at").cte("answers")
    ids = sa.union(
        *(sa.select(rows.c[name]) for rows in (tasks, agenda, answers) for name in ("id", "case_id"))
    )
    parts = {
        "tasks": _listed(tasks, tasks.c.due_on),
        "appointments": _listed(agenda, agenda.c.starts_at),
        "answers": _listed(answers, answers.c.answered_at.desc()),
    } | {name: _counted(rows.replace(ONE, mine), name) for name, rows in COUNTS.items()}
    answer = sa.func.json_build_object(*(each for part in parts.items() for each in part))
    return sa.select(sa.cast(answer, sa.Text)).add_cte(reading.logged(_all(ids)))


def _rows(text: str, *names: str) -> Any:
    """These rows, their named columns within reach of the statement around them."""
    given = [sa.bindparam(name, type_=kind) for name, kind in GIVEN.items() if f":{name}" in text]
    return sa.text(text).bindparams(*given).columns(*(sa.column(name) for name in names))


def _listed(rows: sa.CTE, *order: Any) -> Any:
    """All of these rows as a JSON list, in this order."""
    lines = sa.func.json_agg(rows.table_valued()).aggregate_order_by(*order, rows.c.id)
    return sa.select(sa.func.coalesce(lines, sa.text("'[]'::json"))).select_from(rows).scalar_subquery()


def _counted(text: str, name: str) -> Any:
    rows = _rows(text, "one").cte(name)
    return sa.select(sa.func.count()).select_from(rows).scalar_subquery()


def _all(ids: Any) -> sa.ScalarSelect[Any]:
    every = ids.subquery("every_id")
    return sa.select(sa.func.coalesce(sa.func.array_agg(every.c[0]), NONE)).scalar_subquery()
