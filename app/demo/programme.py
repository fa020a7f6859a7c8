"""Load the demo programme: all of it in one transaction, or nothing. Never beside real people."""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from datetime import datetime
from itertools import islice
from multiprocessing import get_context
from typing import Any, cast

import psycopg
import sqlalchemy as sa
from psycopg import sql

from app.core import clock, embedded
from app.core.db import for_command
from app.core.disk import Unusable
from app.core.ids import new_id
from app.demo import batches, indexes, references, staff
from app.demo.batches import SMALL, Batch
from app.demo.dice import dice
from app.demo.places import Country, write_organisations
from app.demo.sheets import Sheets, columns, tables
from app.demo.staff import Account
from app.demo.vacancy import LOADED

MOST = 1_000_000  # people; case codes have six digits
SEALERS = 2  # processes that make and seal batches while the database takes them in
PEOPLE_OF_A_FACILITY, MOST_FACILITIES = 1_000, 1_000  # in a large programme
BUSY = "10s"  # how long to wait for others who are writing
WORK_MEMORY = "128MB"  # to join what was loaded

Cursor = psycopg.Cursor[Any]
Finished = list[tuple[str, int, bytes]]
"""For each table, parents first: its name, how many rows, and the rows as COPY reads them."""
log = logging.getLogger(__name__)


def load(
    owner_url: sa.URL, survivors: int | None, password: str, tell: Callable[[str], None] = log.info
) -> list[Account]:
    """Load the programme and name its accounts; none if one is loaded already. Unusable where it must not be.

    `survivors` makes it larger than the 280 people it has; `tell` hears at the end how fast it went.
    """
    wanted = SMALL if survivors is None else survivors
    if not SMALL <= wanted <= MOST:
        raise Unusable(f"The demo programme can have {SMALL} to {MOST} people. Nothing was loaded.")
    try:
        return _load(owner_url, wanted, password, tell)
    except psycopg.OperationalError as error:  # others write, the disk is full, the server went away
        reason = str(error).strip().splitlines()[0]
        raise Unusable(f"The database gave up, and nothing was loaded: {reason}") from error


def _load(owner_url: sa.URL, wanted: int, password: str, tell: Callable[[str], None]) -> list[Account]:
    """The one transaction."""
    engine = for_command(owner_url)
    with engine.begin() as connection:
        cursor = cast(Cursor, connection.connection.cursor())
        if not _vacant(cursor):
            return []
        tell(_fill(cursor, wanted, staff.hashes(password)))
    return staff.accounts()


def _vacant(cursor: Cursor) -> bool:
    """Whether the demo may be loaded: False where one is loaded already, Unusable where anything else is."""
    if not _true(cursor, "select rolsuper from pg_roles where rolname = current_user"):
        raise Unusable(
            "Only a database superuser can load the demo: row-level security holds for all others."
        )
    cursor.execute(f"set local lock_timeout = '{BUSY}'; set local work_mem = '{WORK_MEMORY}'")
    cursor.execute("lock table survivor, incident, user_account in share row exclusive mode")
    if _true(cursor, LOADED):
        return False
    if _true(cursor, "select exists (select from survivor) or exists (select from incident)"):
        raise Unusable("This database holds the files of real people: the demo is never loaded beside them.")
    taken = "select exists (select from user_account where username = any (%s))"
    if _true(cursor, taken, [staff.everybody()]):
        raise Unusable("User names of the demo are taken here: load it into an empty database.")
    return True


def _true(cursor: Cursor, question: str, given: list[Any] | None = None) -> bool:
    found = cursor.execute(question, given).fetchone()
    return bool(found and found[0])


def _fill(cursor: Cursor, wanted: int, hashed: dict[str, str]) -> str:
    """Write everything; a sentence about how fast that was."""
    begun, now = time.perf_counter(), clock.now()
    sheets = Sheets(dice("programme"))
    country = _begin(sheets, now, wanted, hashed)
    batches.write_small(sheets, country)
    references.suspend(cursor)
    rows = _copy(cursor, sheets.finished())
    with indexes.suspended(cursor) if wanted > SMALL else nullcontext():
        for finished in _made(country, batches.plan(wanted)):
            rows += _copy(cursor, finished)
    for table in tables():
        cursor.execute(sql.SQL("analyze {}").format(sql.Identifier(table.name)))
    if broken := references.broken(cursor):
        raise RuntimeError(f"the demo does not keep {', '.join(broken)}")
    took = time.perf_counter() - begun
    return f"{wanted} people in {rows} rows: {took:.1f} s, {rows / took:.0f} rows a second."


def _begin(sheets: Sheets, now: datetime, wanted: int, hashed: dict[str, str]) -> Country:
    """The places and the staff, and a line in the audit trail."""
    write_organisations(sheets, now)
    country = staff.write_country(sheets, now, min(wanted // PEOPLE_OF_A_FACILITY, MOST_FACILITIES))
    staff.write_passwords(sheets, now, hashed)
    staff.write_webhook(sheets, now)
    sheets.add(
        "audit_event",
        id=new_id(),
        at=now,
        role="",
        request_id=new_id(),
        action="demo.load",
        object_type="demo",
        object_ids=[country.agency_id],
        field_class="operational",
        allowed=True,
    )
    return country


def _made(country: Country, plan: Iterable[Batch]) -> Iterator[Finished]:
    """The batches in order, made by other processes a little ahead of the database: memory stays flat."""
    to_do = iter(plan)
    if not (first := list(islice(to_do, 1))):
        return
    with ProcessPoolExecutor(SEALERS, get_context("spawn"), embedded.end_with_parent) as pool:
        ahead = deque(pool.submit(_make, country, batch) for batch in (*first, *islice(to_do, SEALERS)))
        while ahead:
            yield ahead.popleft().result()
            ahead.extend(pool.submit(_make, country, batch) for batch in islice(to_do, 1))


def _make(country: Country, batch: Batch) -> Finished:
    return list(batches.write_batch(country, batch).finished())


def _copy(cursor: Cursor, finished: Iterable[tuple[str, int, bytes]]) -> int:
    """Copy the rows into their tables; how many."""
    rows = 0
    for name, many, text in finished:
        statement = sql.SQL("copy {} ({}) from stdin").format(
            sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, columns(name)))
        )
        with cursor.copy(statement) as copy:
            copy.write(text)
        rows += many
    return rows
