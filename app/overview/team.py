"""A team at a glance: how much each of its people carries, and what is late. One statement."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.access.actor import Grant
from app.access.table import Reach
from app.audit import reading
from app.audit.actions import FieldClass
from app.cases.models import SPOKEN
from app.core import clock
from app.core.config import settings
from app.core.errors import NotFound
from app.core.hot import Hot, prepare
from app.core.shown import Shown
from app.milestones.rules import AHEAD

MEMBERS = """
file as materialized (
    select c.id, c.owner_id, c.next_review_on, c.risk_level_code,
        c.status <> 'dormant' and c.opened_on < day_of(:lately) and not exists (
            select from note n
            where n.case_id = c.id and n.created_at >= :lately and n.kind_code in ({spoken})
        ) as unheard
    from case_file c where c.team_id = :team and c.status not in ('closed', 'transferred')
),
load as (
    select owner_id, count(*) as open_cases, count(*) filter (where risk_level_code = 'high') as high_risk,
        count(*) filter (where next_review_on < :today) as reviews_overdue,
        count(*) filter (where unheard) as without_contact
    from file group by owner_id
),
person as (
    select distinct on (id) id, is_member from (
        select m.user_id, true from membership m join user_account u on u.id = m.user_id
        where m.team_id = :team and m.ended_at is null and u.standing = 'active'
            and m.role in ('caseworker', 'supervisor')
        union all select owner_id, false from load
    ) everybody (id, is_member) order by id, is_member desc
),
member as (
    select p.id as user_id, u.display_name, p.is_member, coalesce(l.open_cases, 0) as open_cases,
        coalesce(l.high_risk, 0) as high_risk, coalesce(l.reviews_overdue, 0) as reviews_overdue,
        coalesce(l.without_contact, 0) as without_contact,
        (select count(*) from task t where t.owner_id = p.id and t.team_id = :team
            and t.done_at is null and t.due_on < :today) as tasks_overdue,
        (select count(*) from milestone m join file f on f.id = m.case_id where m.owner_id = p.id
            and m.due_on < :today and m.status in ({ahead})) as milestones_overdue,
        (select count(*) from referral r where r.owner_id = p.id and r.team_id = :team
            and r.status = 'sent' and r.answer_by < :now) as referrals_unanswered
    from person p join user_account u on u.id = p.id left join load l on l.owner_id = p.id
)
select t.id as team_id, json_build_object(
    'team_id', t.id, 'as_of', cast(:now as timestamptz), 'contact_days', cast(:days as int),
    'items', (select coalesce(json_agg(m order by m.display_name, m.user_id), '[]') from member m)
)::text as answer
from team t where t.id = :team"""
GIVEN: dict[str, sa.types.TypeEngine[Any]] = {
    "team": sa.Uuid(),
    "today": sa.Date(),
    "now": sa.DateTime(timezone=True),
    "lately": sa.DateTime(timezone=True),
    "days": sa.Integer(),
}


class TeamMember(Shown):
    """What one person of a team carries: counts of open cases, and of what is late.

    `is_member`: false for who has left, while cases are still theirs: those are to be given to somebody.
    `without_contact`: cases that do not sleep, without a call or a visit in the last `contact_days`.
    """

    user_id: UUID
    display_name: str
    is_member: bool
    open_cases: int
    high_risk: int
    reviews_overdue: int
    without_contact: int
    tasks_overdue: int
    milestones_overdue: int
    referrals_unanswered: int


class TeamOverview(Shown):
    """A team at a glance, by name of its people."""

    team_id: UUID
    as_of: datetime
    contact_days: int
    items: list[TeamMember]


async def team_json(hot: Hot, grant: Grant, team_id: UUID) -> bytes:
    """A team within reach: a TeamOverview as JSON, or NotFound."""
    if grant.reach is not Reach.ALL and team_id != grant.actor.team_id:
        raise NotFound
    now, days = clock.now(), settings().contact_days
    values = {"now": now, "today": clock.today(), "lately": now - timedelta(days=days), "days": days}
    event = reading.event_of(grant.actor, "team.read", FieldClass.OPERATIONAL)
    row = await hot.row(prepare("team", _statement), **event, **values, team=team_id)
    if row is None:
        raise NotFound
    return str(row[0]).encode()


def _statement() -> sa.Select[Any]:
    text = "with" + MEMBERS.format(spoken=_listed(SPOKEN), ahead=_listed(sorted(AHEAD)))
    given = [sa.bindparam(name, type_=kind) for name, kind in GIVEN.items()]
    found = sa.text(text).bindparams(*given).columns(sa.column("team_id"), sa.column("answer")).cte("found")
    ids = sa.select(sa.func.coalesce(sa.func.array_agg(found.c.team_id), sa.text("'{}'::uuid[]")))
    is_there = sa.exists().select_from(found)
    return sa.select(found.c.answer).add_cte(reading.logged(ids.scalar_subquery(), is_there))


def _listed(codes: Any) -> str:
    return ", ".join(f"'{code}'" for code in codes)
