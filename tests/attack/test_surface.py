"""The whole surface: what a ministry's account gets of any route, and what its role reads in the database."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from app.access.table import Role
from app.core.db import Limits, unit_of_work
from app.core.errors import NotFound
from tests.attack.country import Country
from tests.attack.findings import Findings
from tests.attack.test_answers import REGISTER, SOMEBODY, seen
from tests.conftest import on
from tests.matrix.declared import DECLARED
from tests.matrix.engine import LETTERS, operation
from tests.matrix.served import FOR_ANYBODY, documented
from tests.statistics.register import LARGE

V1 = "/api/v1"
ARTEFACTS = {
    f"POST {V1}/statistics/query",
    f"GET {V1}/statistics/dimensions",
    f"GET {V1}/statistics/care",
    f"GET {V1}/statistics/bulletin.pdf",
    f"GET {V1}/statistics/budget",
    f"POST {V1}/statistics/care/query",
    f"GET {V1}/statistics/releases",
    f"GET {V1}/statistics/releases/{{release_id}}/tables/{{name}}",
    *(f"GET {V1}/statistics/{what}" for what in ("indicators", "reports", "reports/{name}")),
}
QUESTIONS = {  # what the ministry itself wishes to ask, and where that stands
    *(f"{verb} {V1}/statistics/questions" for verb in ("GET", "POST")),
    *(f"POST {V1}/statistics/questions/{what}" for what in ("preview", "{question_id}/withdraw")),
    f"GET {V1}/statistics/questions/{{question_id}}",
}
OWN_ACCOUNT = {
    *(f"{verb} {V1}/auth/me" for verb in ("GET", "PATCH")),
    *(f"{verb} {V1}/auth/sessions" for verb in ("GET", "DELETE")),
    f"DELETE {V1}/auth/sessions/{{session_id}}",
    *(f"POST {V1}/auth/{what}" for what in ("password", "step-up", "mfa/totp", "mfa/totp/confirm")),
    *(f"POST {V1}/auth/mfa/{what}" for what in ("totp/remove", "recovery-codes")),
    *(f"{verb} {V1}/notifications/preference" for verb in ("GET", "PUT")),
    f"GET {V1}/notifications",
    f"POST {V1}/notifications/{{notification_id}}/read",
}
DIRECTORY = {  # who offers what, and the public lists: nothing about people who are helped
    *(
        f"GET {V1}/{what}"
        for what in ("instruments", "code-lists", "code-lists/{name}", "milestone-definitions")
    ),
    *(f"GET {V1}/organisations{one}" for one in ("", "/{organisation_id}")),
    *(f"GET {V1}/teams{one}" for one in ("", "/{team_id}")),
    *(f"GET {V1}/facilities{one}" for one in ("", "/{facility_id}", "/{facility_id}/closed-days")),
    *(f"GET {V1}/service-offers{one}" for one in ("", "/{offer_id}")),
}
NEVER = UUID("01900000-0000-7000-8000-000000000000")
FRESH = {"if-match": '"1"', "idempotency-key": "one-more-file"}
REFUSED = {403, 404, 409, 415, 422, 428}
CHANGES_THE_ACCOUNT = "/auth/"  # asked apart: one of these ends the session that asks
READABLE = """
    select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'v', 'm', 'p', 'f', 'S') and n.nspname in ('public', 'stats')
        and has_schema_privilege(:role, n.oid, 'usage') and has_any_column_privilege(:role, c.oid, 'select')
"""
RUNS_AS_OWNER = """
    select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('public', 'stats') and p.prosecdef and has_function_privilege(:role, p.oid, 'execute')
"""
COUNTS = (  # what PostgreSQL itself knows of how many there are, and of each one more
    "select reltuples from pg_class where relname = 'survivor'",
    "select relpages from pg_class where relname = 'survivor'",
    "select n_live_tup from pg_stat_user_tables where relname = 'survivor'",
    "select n_tup_ins from pg_stat_all_tables where relname = 'survivor'",
    "select idx_tup_read from pg_stat_user_indexes where relname = 'survivor'",
    "select heap_blks_read from pg_statio_user_tables where relname = 'survivor'",
    "select tup_inserted from pg_stat_database where datname = current_database()",
    "select pg_stat_get_live_tuples('survivor'::regclass)",
    "select pg_relation_size('survivor'::regclass)",
    "select pg_relation_size('survivor'::regclass, 'main')",
    "select pg_total_relation_size('survivor'::regclass)",
    "select pg_database_size(current_database())",
)

NOT_RECORDS = {
    *("stats.release", "stats.artefact"),
    "stats.account",  # the ledger: it follows from the calendar and from what was asked
    *("organisation", "team", "facility", "service_offer", "closed_day"),  # the directory
    *(
        "notification",
        "notification_preference",
        "first_answer",
        "stats.question",
    ),  # one's own, by row-level security
}


def test_a_ministry_may_ask_for_artefacts_the_directory_and_its_own_account() -> None:
    """D13: every operation that is not one of these refuses it; the role matrix tries each cell."""
    [letter] = [letter for letter, role in LETTERS.items() if role is Role.ANALYST]
    granted = {operation(key) for key, row in DECLARED.items() if letter in row.may}

    assert granted == ARTEFACTS | QUESTIONS | OWN_ACCOUNT | DIRECTORY


VERBS = {"short": {"GET"}, "long": {"GET", "POST", "PUT", "PATCH", "DELETE"}}


@pytest.mark.parametrize(
    "how", [pytest.param("short", marks=pytest.mark.short), pytest.param("long", marks=pytest.mark.attack)]
)
def test_no_route_header_log_or_error_tells_of_one_more_file(
    country: Country, found: Findings, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    """D13, and D1 for all that is served: every operation as a ministry's account, before and after."""
    country.publish(LARGE, REGISTER)
    asked = [one for one in everything(country) if one[1] in VERBS[how]]
    with caplog.at_level("INFO", logger="dayaq.requests"):
        caplog.clear()  # of what was asked to publish, if another test has made our log speak
        before, told_before = answers(country, asked), lines(caplog)
        country.register(SOMEBODY)
        caplog.clear()
        after, told_after = answers(country, asked), lines(caplog)

    open_to_it = ARTEFACTS | QUESTIONS | OWN_ACCOUNT | DIRECTORY | FOR_ANYBODY
    let_in = {name for name, answer in before.items() if answer[0] not in REFUSED}
    found.note(
        "D13",
        f"of {len(before)} operations, open beyond artefacts and directory",
        len(let_in - open_to_it),
        "= 0",
    )
    found.note(
        "D1",
        f"of {len(before)} operations, answers that differ",
        sum(before[n] != after[n] for n in before),
        "= 0",
    )
    assert let_in - open_to_it == set()
    assert before == after
    assert told_before == told_after
    assert len(before) > {"short": 80, "long": 200}[how]
    assert len(told_before) == len(before)


def everything(country: Country) -> Iterator[tuple[str, str, str]]:
    """Every operation, on records that are there; its own account is left as it is."""
    ids = country.portal.call(records, country)
    for name in sorted(documented(on(country.files.owner))):
        verb, path = name.split()
        if CHANGES_THE_ACCOUNT not in path or verb == "GET":
            found = {one: str(ids.get(one, NEVER)) for one in re.findall(r"{(\w+)}", path)}
            yield name, verb, path.format(**found)


def answers(country: Country, asked: list[tuple[str, str, str]]) -> dict[str, Any]:
    """What each operation answers a ministry's account."""
    answers = {}
    for name, verb, path in asked:
        body: dict[str, str] | None = None if verb == "GET" else {}
        answers[name] = seen(country.send(verb, f"http://house{path}", headers=FRESH, json=body))
    return answers


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The log, but for who asked when and how long that took."""
    told = [record.getMessage() for record in caplog.records if record.name == "dayaq.requests"]
    return [re.sub(r"^\S+ |[\d.]+ms$", "", line) for line in told]


async def records(country: Country) -> dict[str, Any]:
    """A record of each kind that the database holds, by the name that paths give its id."""
    async with unit_of_work(country.files.owner, None) as session:
        connection = await session.connection()
        kinds = (
            "survivor",
            "incident",
            "casualty",
            "consent",
            "organisation",
            "team",
            "facility",
            "user_account",
        )
        found = {
            kind: (await connection.execute(sa.text(f"select min(id::text) from {kind}"))).scalar()
            for kind in kinds
        }
        found["release"] = (await connection.execute(sa.text("select id from stats.release"))).scalar_one()
    return {f"{kind}_id": one for kind, one in found.items()} | {
        "user_id": found["user_account"],
        "name": "total",
    }


def test_the_role_of_a_ministry_reads_no_record_and_runs_nothing_in_anothers_name(
    country: Country, found: Findings
) -> None:
    """D2, over everything that the database holds."""
    may, runs, every = country.portal.call(rights, country)

    found.note(
        "D2",
        f"of {every} tables and views, readable and not a release or directory",
        len(may - NOT_RECORDS),
        "= 0",
    )
    assert may == NOT_RECORDS
    assert runs == set()
    assert every > 60


@pytest.mark.parametrize("right", ["stats_reader", "figures_reader"])
def test_a_ministrys_right_counts_nothing_by_what_the_database_knows_of_its_tables(
    country: Country, right: str
) -> None:
    """D2: PostgreSQL tells every login how many rows each table has, and of each one more, if it is let."""
    granted = country.portal.call(counted, country, right)
    kept = country.portal.call(counted, country, "app_rw")

    assert granted == []
    assert kept == list(COUNTS)  # and each of them is a way to count


async def counted(country: Country, right: str) -> list[str]:
    through = []
    for statement in COUNTS:
        with suppress(NotFound):
            async with unit_of_work(country.files.owner, Limits(rights=right)) as session:
                await (await session.connection()).execute(sa.text(statement))
            through.append(statement)
    return through


async def rights(country: Country) -> tuple[set[str], set[str], int]:
    async with unit_of_work(country.files.owner, None) as session:
        connection = await session.connection()

        async def names(statement: str, role: str) -> set[str]:
            return set((await connection.execute(sa.text(statement), {"role": role})).scalars())

        every = len(await names(READABLE, "owner"))
        return await names(READABLE, "stats_reader"), await names(RUNS_AS_OWNER, "stats_reader"), every
