"""What measures every wait, and what reads the measures. The only code that knows their table."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Grant
from app.access.table import Reach
from app.audit import reading
from app.audit.actions import FieldClass
from app.core import clock
from app.core.config import settings
from app.core.errors import NotFound
from app.core.hot import Hot, prepare
from app.waits.estimate import statement
from app.waits.models import WaitMeasure
from app.waits.rules import need_a_group
from app.waits.stages import STAGES, By, Stage

W = WaitMeasure
ESTIMATED = (
    *("team_id", "district_code", "period", "counted", "reached", "still_waiting", "left_early", "unknown"),
    *("lower_quartile", "median", "upper_quartile", "median_least", "median_most"),
)
SHOWN = ("stage_code", "unit", *(name for name in ESTIMATED if name != "team_id"))
PATIENCE = sa.text("select set_config('statement_timeout', '10min', true)")


async def measure(session: AsyncSession, grant: Grant, now: datetime) -> int:
    """Estimate every group of every stage anew, in one unit of work; how many groups there are."""
    if grant.reach is not Reach.ALL:
        raise NotFound
    connection = await session.connection()
    await connection.execute(PATIENCE)
    await connection.execute(sa.delete(WaitMeasure))
    measured = 0
    for stage in STAGES:
        measured += (await connection.execute(_insert(stage), _given(stage, now))).rowcount
    return measured


def _insert(stage: Stage) -> sa.TextClause:
    names = ", ".join(ESTIMATED)
    return sa.text(
        f"insert into wait_measure (id, version, created_at, measured_at, stage_code, unit, {names})"
        f" select gen_random_uuid(), 1, :now, :now, :stage, :unit, {names}"
        f" from ({statement(stage.rows, stage.unit)}) estimate"
    )


def _given(stage: Stage, now: datetime) -> dict[str, Any]:
    zone = settings().time_zone
    return {"now": now, "stage": stage.code, "unit": stage.unit.value, "zone": zone, "today": clock.today()}


async def waits_json(
    hot: Hot, grant: Grant, by: By | None, team_id: UUID | None, **only: str | None
) -> bytes:
    """How long each stage takes, as measured last: a WaitsOut as JSON. `only`: district, period, stage.

    Of the actor's team where the reach is a team, else of all teams or of the one that is named.
    """
    if grant.reach is Reach.TEAM and team_id not in (None, grant.actor.team_id):
        raise NotFound
    team = grant.actor.team_id if grant.reach is Reach.TEAM else team_id
    one_team = team is not None or grant.reach is not Reach.ALL
    need_a_group(by, one_team, only)
    named = tuple(sorted(name for name, value in only.items() if value is not None))
    kept = prepare(("waits", by, one_team, named), partial(_statement, by, one_team, named))
    event = reading.event_of(grant.actor, "wait.list", FieldClass.HEALTH)
    row = await hot.row(kept, **event, team=team, **only)
    return str(row[0]).encode() if row else b""


def _statement(by: By | None, one_team: bool, named: tuple[str, ...]) -> sa.Select[Any]:
    """The lines of one team or of all, of what is named, told apart by one thing more."""
    columns = [col(getattr(W, name)) for name in SHOWN]
    found = sa.select(*columns, col(W.measured_at)).where(*_which(by, one_team, named)).cte("found")
    line = sa.select(*(found.c[name] for name in SHOWN)).subquery("line")
    order = (line.c.stage_code, line.c.district_code, line.c.period)
    lines = sa.func.json_agg(line.table_valued()).aggregate_order_by(*order)
    answer = sa.func.json_build_object(
        *("measured_at", sa.select(sa.func.max(found.c.measured_at)).scalar_subquery()),
        *("items", sa.func.coalesce(sa.select(lines).scalar_subquery(), sa.text("'[]'::json"))),
    )
    event = reading.logged(sa.literal_column("'{}'::uuid[]"))
    return sa.select(sa.cast(answer, sa.Text)).add_cte(event)


def _which(by: By | None, one_team: bool, named: tuple[str, ...]) -> Iterator[sa.ColumnElement[bool]]:
    """What is neither named nor told apart is taken all together."""
    yield col(W.team_id) == sa.bindparam("team", type_=sa.Uuid()) if one_team else col(W.team_id).is_(None)
    if "stage" in named:
        yield col(W.stage_code) == sa.bindparam("stage", type_=sa.String())
    if "district" in named:
        yield col(W.district_code) == sa.bindparam("district", type_=sa.String())
    else:
        yield col(W.district_code).is_not(None) if by is By.DISTRICT else col(W.district_code).is_(None)
    if "period" in named:
        yield col(W.period) == sa.bindparam("period", type_=sa.String())
    elif by in (By.YEAR, By.QUARTER):
        yield col(W.period).like("____-Q_" if by is By.QUARTER else "____")
    else:
        yield col(W.period).is_(None)
