"""One notion of today: the day where the programme works, in the code and on every connection."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.codelists import lists
from app.core import clock
from app.core.config import Settings, settings
from app.core.dates import PastDate, PastDay
from app.core.db import connect, day_of, for_command
from app.core.hot import open_pool
from app.statistics import rules as statistics
from tests.zones import FAR, be_in

BAKU, BOGOTA = "Asia/Baku", "America/Bogota"
NIGHT, EVENING = datetime(2026, 11, 23, 21, 30, tzinfo=UTC), datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
ASKED = sa.text("select today()")
APP = Path(__file__).parents[2] / "app"
EACH = re.compile(r"SELECT today\(\)")
GREENWICH = re.compile(r"\b(current_date|localtimestamp|current_timestamp)\b|now\(\)::date", re.IGNORECASE)
RULES = sa.text(
    "select policyname || ' on ' || tablename, concat_ws(' ', qual, with_check) from pg_policies"
    " union all select p.oid::regprocedure::text, pg_get_functiondef(p.oid) from pg_proc p"
    " where p.pronamespace::regnamespace::text in ('public', 'stats') and p.prokind = 'f'"
    " union all select c.oid::regclass::text, pg_get_viewdef(c.oid) from pg_class c"
    " where c.relkind = 'v' and c.relnamespace::regnamespace::text in ('public', 'stats')"
)


@pytest.mark.parametrize(
    ("zone", "moment", "today"),
    [
        (BAKU, NIGHT, date(2026, 11, 24)),  # half past one
        (BAKU, datetime(2026, 11, 23, 20, 0, tzinfo=UTC), date(2026, 11, 24)),
        (BAKU, datetime(2026, 11, 23, 19, 59, 59, tzinfo=UTC), date(2026, 11, 23)),
        (BOGOTA, EVENING, date(2026, 11, 23)),  # nine in the evening
        (BOGOTA, datetime(2026, 11, 24, 5, 0, tzinfo=UTC), date(2026, 11, 24)),
        ("Europe/Kyiv", datetime(2026, 7, 1, 21, 0, tzinfo=UTC), date(2026, 7, 2)),  # in summer time
    ],
)
def test_today_is_the_day_here_and_what_has_begun_here_is_past(
    monkeypatch: pytest.MonkeyPatch, zone: str, moment: datetime, today: date
) -> None:
    monkeypatch.setattr(settings(), "time_zone", zone)
    monkeypatch.setattr(clock, "now", lambda: moment)
    day, partial = TypeAdapter(PastDay), TypeAdapter(PastDate)
    tomorrow = (today + timedelta(days=1)).isoformat()

    assert (clock.today(), clock.day_of(moment)) == (today, today)
    assert clock.beginning(today) <= moment < clock.beginning(today + timedelta(days=1))
    assert day.validate_python(today.isoformat()) == today
    assert partial.validate_python({"date": today.isoformat(), "precision": "day"}).date == today
    with pytest.raises(ValidationError):
        day.validate_python(tomorrow)
    with pytest.raises(ValidationError):
        partial.validate_python({"date": tomorrow, "precision": "day"})


def test_a_code_begins_and_a_cohort_ends_at_midnight_here(monkeypatch: pytest.MonkeyPatch) -> None:
    day = date(2026, 4, 1)
    labels = dict.fromkeys(lists.LANGUAGES, "Fig")
    rows = {
        "old": lists.Row("old", labels, True, "market", None, day - timedelta(days=1), {}),
        "new": lists.Row("new", labels, True, "market", day, None, {}),
    }
    monkeypatch.setattr(lists, "load", lambda _: rows)
    midnight = datetime(2026, 3, 31, 20, 0, tzinfo=UTC)

    found = []
    for moment in (midnight - timedelta(seconds=1), midnight):
        monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
        due = statistics.quarters_due(None, clock.today() - timedelta(days=1) + statistics.LATE)
        found.append((lists.in_force("fruit"), due))

    assert found == [(["old"], [date(2025, 12, 31)]), (["new"], [date(2026, 3, 31)])]


def test_a_day_begins_where_it_begins_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "time_zone", "Africa/Cairo")  # on that day there was no midnight

    first = clock.beginning(date(2026, 4, 24))

    assert [clock.day_of(first + timedelta(seconds=n)) for n in (-1, 0)] == [
        date(2026, 4, 23),
        date(2026, 4, 24),
    ]


@pytest.mark.parametrize("zone", [*FAR, BAKU, BOGOTA])
async def test_the_database_has_the_same_day(
    connection: AsyncConnection, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    await be_in(zone, monkeypatch, connection)
    began = await connection.scalar(sa.select(sa.func.now()))  # its today is that of the transaction
    assert began

    assert await connection.scalar(ASKED) == clock.day_of(began)
    for moment in (NIGHT, EVENING, clock.beginning(date(2026, 11, 24))):
        assert await connection.scalar(sa.select(day_of(moment))) == clock.day_of(moment)


def test_of_the_zones_far_away_one_has_another_date_than_greenwich_at_any_hour() -> None:
    for hour in range(24):
        moment = datetime(2026, 11, 23, hour, 30, tzinfo=UTC)
        assert any(moment.astimezone(ZoneInfo(zone)).date() != moment.date() for zone in FAR)


@pytest.mark.parametrize("say", ["select 1", "set app.time_zone = ''"])  # never said; said for a transaction
def test_a_connection_that_says_no_zone_is_where_the_setting_is_by_default(cluster: sa.URL, say: str) -> None:
    here = ZoneInfo(Settings.model_fields["time_zone"].default)
    engine = sa.create_engine(cluster, poolclass=sa.NullPool)

    with engine.connect() as silent:
        silent.execute(sa.text(say))
        assert not silent.scalar(sa.text("select current_setting('app.time_zone', true)"))
        began = silent.scalar(sa.select(sa.func.now()))
        assert began
        assert silent.scalar(ASKED) == began.astimezone(here).date()
        assert silent.scalar(sa.select(day_of(NIGHT))) == NIGHT.astimezone(here).date() != NIGHT.date()


async def _by_engine(owner: sa.URL) -> Any:
    engine = connect(owner)
    async with engine.connect() as connection:
        found = (await connection.execute(SAID)).one()
    await engine.dispose()
    return tuple(found)


async def _by_pool(owner: sa.URL) -> Any:
    pool = await open_pool(owner)
    (found,) = await pool.fetch(SAID.text)
    await pool.close()
    return tuple(found)


async def _by_command(owner: sa.URL) -> Any:
    with for_command(owner.update_query_dict({"options": "-c app.kept=yes"})).connect() as connection:
        assert connection.scalar(sa.text("select current_setting('app.kept')")) == "yes"
        return tuple(connection.execute(SAID).one())


SAID = sa.text("select current_setting('app.time_zone'), today() = (now() at time zone 'Etc/GMT+12')::date")


@pytest.mark.parametrize("way", [_by_engine, _by_pool, _by_command])
async def test_every_connection_of_ours_says_where_it_is(
    cluster: sa.URL, monkeypatch: pytest.MonkeyPatch, way: Callable[[sa.URL], Any]
) -> None:
    monkeypatch.setattr(settings(), "time_zone", "Etc/GMT+12")

    assert await way(cluster) == ("Etc/GMT+12", True)


def test_nobody_else_connects() -> None:
    opens = re.compile(r"\bcreate_(async_)?engine\(|\bcreate_pool\(|\b(asyncpg|psycopg)\.connect\(")
    found = {
        path.relative_to(APP).as_posix(): len(opens.findall(path.read_text(encoding="utf-8")))
        for path in APP.rglob("*.py")
    }

    assert {name: many for name, many in found.items() if many} == {"core/db.py": 2, "core/hot.py": 1}


def test_nobody_in_the_code_asks_for_the_day_in_greenwich() -> None:
    asks = re.compile(
        rf"{GREENWICH.pattern}|now(\(\))?\.date\(\)|_at\.date\(\)|as date\)|date\.today\(", re.IGNORECASE
    )

    assert [path.name for path in APP.rglob("*.py") if asks.search(path.read_text(encoding="utf-8"))] == []


async def test_no_rule_of_the_database_asks_for_the_day_in_greenwich(connection: AsyncConnection) -> None:
    rules = {name: str(text) for name, text in (await connection.execute(RULES)).all()}
    here = {name: text for name, text in rules.items() if "today()" in text}
    policies = {name: text for name, text in here.items() if " on " in name}

    assert [name for name, text in rules.items() if GREENWICH.search(text)] == []
    assert len(policies) >= 10
    assert len(here) >= len(policies) + 8
    # A policy asks once for a statement, not for each row.
    assert [name for name, text in policies.items() if EACH.sub("", text).count("today()")] == []


@pytest.mark.parametrize("name", ["Nowhere/Land", "Europe", "../etc/passwd", "", "UTC'"])
def test_a_zone_that_nobody_knows_is_no_setting(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("DAYAQ_TIME_ZONE", name)

    with pytest.raises(ValidationError):
        Settings()
