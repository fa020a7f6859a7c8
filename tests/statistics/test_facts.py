"""The one view that may be counted: who is in it, what it tells, who may look."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from app.codelists import ages
from app.core import clock
from app.core.config import settings
from app.core.db import Limits, connect, unit_of_work
from app.core.errors import NotFound
from app.incidents.models import Casualty
from app.statistics import jobs, metadata
from tests.statistics.files import Files
from tests.zones import FAR


async def rows(engine: AsyncEngine, rights: str, statement: str) -> list[dict[str, Any]]:
    async with unit_of_work(engine, Limits(rights=rights)) as session:
        found = await (await session.connection()).execute(sa.text(statement))
        return [dict(row) for row in found.mappings()]


async def facts(files: Files) -> list[dict[str, Any]]:
    return await rows(files.owner, "stats_producer", "select * from stats.statistics_fact")


async def test_a_file_is_one_row_of_codes_and_nothing_tells_whose(files: Files) -> None:
    [survivor] = await files.add()
    await files.keep(files.consent(survivor), files.consent(survivor, "research"))

    assert await facts(files) == [
        {
            "sex": "female",
            "age": "18_59",
            "district": "az_fuz",
            "victim_type": "indirect_family",
            "registered_on": date(2024, 5, 1),
        }
    ]


@pytest.mark.parametrize("zone", FAR)
async def test_only_who_agreed_to_statistics_is_counted_and_only_while_that_holds(
    files: Files, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setattr(settings(), "time_zone", zone)
    files = replace(files, owner=connect(files.owner.url, pool_size=1))
    today = clock.today()
    never, elsewhere, withdrawn, over, not_yet = await files.add(5, consent=False)
    await files.keep(
        files.consent(elsewhere, "research"),
        files.consent(withdrawn, withdrawn_at=clock.now()),
        files.consent(over, valid_until=today - timedelta(days=1)),
        files.consent(not_yet, given_on=today + timedelta(days=1)),
    )
    assert never.id

    assert await facts(files) == []

    await files.keep(files.consent(withdrawn), files.consent(over, valid_until=today))
    assert len(await facts(files)) == 2
    await files.owner.dispose()


async def test_the_bands_of_the_view_are_those_of_the_code_list(files: Files) -> None:
    incident, first = files.accident(age=0)
    edges = [5, 6, 11, 12, 17, 18, 59, 60, 120]
    others = [Casualty(incident_id=incident.id, number=n, outcome_code="injured", age=n) for n in edges]
    await files.keep(incident, first, *others)
    for casualty in (first, *others):
        await files.add(
            category_code="direct_survivor", casualty_id=casualty.id, sex_code=f"age {casualty.age}"
        )

    found = {row["sex"]: row["age"] for row in await facts(files)}

    assert found == {f"age {age}": ages.band_of(age) for age in (0, *edges)}


@pytest.mark.parametrize(
    ("category", "accident", "birth_year", "age"),
    [
        ("direct_survivor", None, 1980, "unknown"),  # when it happened is not known
        ("direct_survivor", date(2020, 6, 1), 1980, "18_59"),
        ("direct_survivor", date(2020, 6, 1), 2002, "unknown"),  # 17 or 18
        ("direct_survivor", date(2020, 6, 1), 2003, "12_17"),
        ("direct_survivor", date(2020, 6, 1), 2020, "0_5"),
        ("direct_survivor", date(2020, 6, 1), 2031, "unknown"),  # born after it: a slip
        ("direct_survivor", date(2020, 6, 1), None, "unknown"),
        ("indirect_family", None, 2012, "unknown"),  # 11 or 12 at registration in 2024
        ("indirect_family", None, 2013, "6_11"),
        ("person_with_disability", None, None, "unknown"),
    ],
)
async def test_age_is_that_at_the_accident_else_at_registration_and_is_never_guessed(
    files: Files, category: str, accident: date | None, birth_year: int | None, age: str
) -> None:
    casualty_id = None
    if accident:
        incident, casualty = files.accident(age=None, occurred_on=accident)
        await files.keep(incident, casualty)
        casualty_id = casualty.id
    await files.add(category_code=category, birth_year=birth_year, casualty_id=casualty_id)

    assert [row["age"] for row in await facts(files)] == [age]


READS = [
    "survivor",
    "consent",
    "casualty",
    "incident",
    "case_file",
    "name_key",
    "person_key",
    "user_account",
    "audit_event",
    "stats.statistics_fact",
    "stats.budget_entry",
    "stats.cohort",
]


@pytest.mark.parametrize("table", READS)
async def test_the_role_of_the_api_reads_artefacts_and_nothing_that_is_counted(
    login: AsyncEngine, files: Files, table: str
) -> None:
    """D2."""
    await files.add()

    with pytest.raises(NotFound):
        await rows(login, "stats_reader", f"select 1 from {table}")


@pytest.mark.parametrize("table", READS[:-3])
async def test_the_role_of_the_release_job_counts_the_view_and_reads_no_record(
    files: Files, table: str
) -> None:
    await files.add()

    with pytest.raises(NotFound):
        await rows(files.owner, "stats_producer", f"select 1 from {table}")


async def test_a_release_of_invented_people_says_so_in_each_table_and_one_of_real_people_never(
    files: Files,
) -> None:
    asked = "select body from stats.artefact"
    for invented in (False, True):
        await files.add(2, invented=invented)
        await jobs.make_release(files.owner, date(2024, 12, 31))
        bodies = [json.loads(row["body"]) for row in await rows(files.owner, "stats_producer", asked)]
        said = [body["metadata"].get("invented") for body in bodies]
        assert said == 8 * [metadata.INVENTED if invented else None]
        await files.clear()


@pytest.mark.parametrize("rights", ["app_rw", "stats_reader", "figures_reader"])
async def test_only_the_release_job_may_ask_whether_people_are_invented(
    login: AsyncEngine, files: Files, rights: str
) -> None:
    with pytest.raises(NotFound):
        await rows(login, rights, "select stats.people_invented()")


@pytest.mark.parametrize("rights", ["app_rw", "app_auth", "stats_reader"])
async def test_nobody_who_signs_in_can_count(login: AsyncEngine, files: Files, rights: str) -> None:
    await files.add()

    with pytest.raises(NotFound):
        await rows(login, rights, "select count(*) from stats.statistics_fact")


async def test_the_login_of_the_service_cannot_become_the_counting_role(login: AsyncEngine) -> None:
    for rights in ("stats_producer", "facts", "owner"):
        with pytest.raises(NotFound):
            await rows(login, rights, "select 1")


CARE = {  # what the year of care counts: codes, the service's own days, and how rows hang together
    *(f"case_file.{name}" for name in ("id", "survivor_id", "closed_at")),
    *(f"referral.{name}" for name in ("id", "survivor_id", "status", "service_codes", "given_codes")),
    *(f"referral.{name}_at" for name in ("sent", "answered", "started", "ended")),
    *(f"facility_stay.{name}" for name in ("case_id", "admitted_on", "in_error")),
    *(f"care_plan.{name}" for name in ("id", "case_id", "status", "approved_at")),
    *(f"care_goal.{name}" for name in ("goal_id", "plan_id", "pillar_code")),
    *(f"care_review.{name}" for name in ("id", "reviewed_on")),
    *(f"care_progress.{name}" for name in ("goal_id", "review_id", "progress_code")),
    *(f"milestone.{name}" for name in ("id", "case_id", "definition_code")),
    *(f"milestone_change.{name}" for name in ("milestone_id", "target", "created_at")),
    *(f"enrolment.{name}" for name in ("id", "survivor_id", "programme_id", "status")),
    *(f"enrolment.{name}_on" for name in ("joined", "ended")),
    *(f"attendance.{name}" for name in ("enrolment_id", "session_id", "status_code")),
    *(f"programme.{name}" for name in ("id", "kind_code")),
    *(f"programme_session.{name}" for name in ("id", "programme_id")),
    *(f"programme_session.{name}_at" for name in ("starts", "noted", "cancelled")),
    *(f"session_reach.{name}" for name in ("session_id", "sex_code", "age_band_code", "people")),
}


async def test_the_counting_role_sees_codes_and_days_and_no_other_column(files: Files) -> None:
    granted = await rows(
        files.owner,
        "none",
        "select table_name || '.' || column_name as name, privilege_type as may"
        " from information_schema.column_privileges where grantee = 'facts' and table_schema = 'public'",
    )

    assert {row["may"] for row in granted} == {"SELECT"}
    assert {row["name"] for row in granted} == {
        *(f"survivor.{name}" for name in ("id", "sex_code", "birth_year", "category_code", "district_code")),
        *("survivor.casualty_id", "survivor.registered_on", "survivor.invented"),
        *("casualty.id", "casualty.incident_id", "casualty.age", "incident.id", "incident.occurred_on"),
        *(f"consent.{name}" for name in ("survivor_id", "purpose_code", "given_on", "valid_until")),
        "consent.withdrawn_at",
        *CARE,
    }


def test_the_service_does_not_even_load_the_dice() -> None:
    """What answers questions needs neither noise nor integer programming, nor 60 MB for them."""
    look = "import app.main, sys; print({'opendp', 'scipy', 'app.statistics.disclosure'} & set(sys.modules))"

    seen = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)

    assert seen.stdout.strip() == "set()"
