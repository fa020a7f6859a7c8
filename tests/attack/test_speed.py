"""D15: what a release of a million files takes, and what a question takes however many there are."""

import time
from datetime import date

import numpy as np
import pytest
import sqlalchemy as sa

from app.core.db import unit_of_work
from app.statistics import artefact, jobs
from app.statistics.cube import Cube, Question
from tests.attack.country import Country
from tests.attack.findings import Findings
from tests.attack.test_answers import LISTS, NAMES
from tests.statistics.register import LARGE, people

MILLION, SECONDS, MILLISECONDS = 1_000_000, 10.0, 20.0
LAST_DAY = date(2025, 12, 31)
VARIED = {  # how the made-up files differ from the one they are copied from; the rest is its
    "survivor": {
        "id": "md5(n::text)::uuid",
        "code": "'MANY-' || n",
        "sex_code": "(array['male', 'male', 'male', 'female'])[1 + n % 4]",
        "birth_year": "1930 + n % 90",
        "category_code": "(array['direct_survivor', 'indirect_family', 'indirect_community'])[1 + n % 3]",
        "district_code": "places[1 + n % array_length(places, 1)]",
        "registered_on": "date '2008-01-01' + n % 6500",
    },
    "consent": {"id": "md5('c' || n)::uuid", "survivor_id": "md5(n::text)::uuid"},
}


async def fill(country: Country, number: int) -> None:
    """So many files, each with its consent, copied from one by the database itself."""
    [first] = await country.files.add()
    async with unit_of_work(country.files.owner, None) as session:
        connection = await session.connection()
        await connection.execute(sa.text("set local session_replication_role = replica"))
        await connection.execute(sa.text("set local statement_timeout = 0"))
        for table, varied in VARIED.items():
            named = "select column_name from information_schema.columns where table_name = :table"
            rows = await connection.execute(sa.text(named + " and table_schema = 'public'"), {"table": table})
            columns = list(rows.scalars())
            values = ", ".join(varied.get(name, f"t.{name}") for name in columns)
            key = "id" if table == "survivor" else "survivor_id"
            await connection.execute(
                sa.text(
                    f"insert into {table} ({', '.join(columns)}) select {values}"
                    f" from {table} t, generate_series(1, :number) n, cast(:places as text[]) places"
                    f" where t.{key} = :first"
                ),
                {"number": number, "places": list(PLACES), "first": first.id},
            )
        await connection.execute(sa.text("analyze survivor, consent"))


PLACES = ("az_fuz", "az_agm", "az_ba", "az_ga", "az_tar")


@pytest.mark.attack
def test_a_release_of_a_million_files_is_made_in_ten_seconds(country: Country, found: Findings) -> None:
    country.portal.call(fill, country, MILLION)

    begun = time.perf_counter()
    country.portal.call(jobs.make_release, country.files.owner, LAST_DAY)
    spent = time.perf_counter() - begun

    found.note("D15", f"seconds for a release of {MILLION:,} files, end to end", spent, f"<= {SECONDS:.0f}")
    assert spent <= SECONDS


@pytest.mark.attack
def test_a_question_takes_the_same_however_many_there_are(country: Country, found: Findings) -> None:
    tails = []
    for files in (100, 3427):
        country.publish(LARGE, people(LARGE, files, 2))
        cube = Cube([artefact.released(country.documents())])
        spent = []
        for name in 20 * NAMES[:-2]:
            begun = time.perf_counter()
            cube.answer(Question(name, {"region": LISTS["region"][:5]} if "region" in name else {}))
            spent.append(1000 * (time.perf_counter() - begun))
        tails.append(float(np.quantile(spent, 0.95)))

    found.note("D15", "milliseconds, p95 of a cube question in process", tails[1], f"<= {MILLISECONDS:.0f}")
    found.note("D15", "the same of 100 files, as a share of it", tails[0] / tails[1], "")
    assert tails[1] <= MILLISECONDS
