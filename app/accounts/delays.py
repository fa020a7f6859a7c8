"""Wrong attempts, counted before the password is looked at, so that attempts at once are no way round."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts import rules
from app.accounts.errors import SlowDown
from app.accounts.models import LoginDelay
from app.core import clock, vault
from app.core.errors import Busy

FREE_FOR_NAME, FREE_FOR_ADDRESS = 5, 20  # a clinic shares one address
TRIES = 5


@dataclass(frozen=True, slots=True)
class Subject:
    """What attempts are counted on, known by a keyed hash only, and how many of them are free."""

    key: bytes
    free: int


def of_name(username: str) -> Subject:
    """Attempts on this user name, known or not."""
    return Subject(vault.blind_full(username, "login_name"), FREE_FOR_NAME)


def of_address(address: str | None) -> Subject:
    """Attempts from this network address."""
    return Subject(vault.blind_full(rules.network(address), "login_address"), FREE_FOR_ADDRESS)


def of_person(user_id: UUID) -> Subject:
    """Proofs that a signed-in person gives: a code, the present password."""
    return Subject(vault.blind_full(str(user_id), "login_person"), FREE_FOR_NAME)


async def count(session: AsyncSession, subjects: Sequence[Subject]) -> None:
    """Count one attempt as wrong until it proves right, or SlowDown while earlier ones have to wait."""
    now, rows = clock.now(), await _locked(session, subjects)
    if (wait := max((_left(row, now) for row in rows.values()), default=0)) > 0:
        raise SlowDown(wait)
    for subject in subjects:
        row = rows[subject.key]
        row.failures = 1 if now - row.last_at > rules.FORGOTTEN else row.failures + 1
        pause = rules.wait_after(row.failures, subject.free)
        row.last_at, row.until = now, now + pause if pause else None
    await session.flush()


async def uncount(session: AsyncSession, subjects: Sequence[Subject]) -> None:
    """Take back one attempt that was not wrong. What had to wait before it still waits."""
    for subject, row in zip(subjects, (await _locked(session, subjects)).values(), strict=True):
        row.failures = max(row.failures - 1, 0)
        if row.failures < subject.free:
            row.until = None
    await session.flush()


async def forgive(session: AsyncSession, subject: Subject) -> None:
    """Forget the wrong attempts on somebody who has now proved who they are."""
    await session.exec(sa.delete(LoginDelay).where(col(LoginDelay.subject) == subject.key))


def _left(row: LoginDelay, now: datetime) -> int:
    return math.ceil((row.until - now).total_seconds()) if row.until else 0


async def _locked(session: AsyncSession, subjects: Sequence[Subject]) -> dict[bytes, LoginDelay]:
    """The rows of these subjects, made where missing; locked in one order, so that none wait in a circle.

    Somebody else may forgive, and so delete, a row between its making and its locking: then it is made again.
    """
    keys, now = sorted(subject.key for subject in subjects), clock.now()
    fresh = [{"subject": key, "failures": 0, "last_at": now} for key in keys]
    wanted = select(LoginDelay).where(col(LoginDelay.subject).in_(keys)).order_by(col(LoginDelay.subject))
    locked = wanted.with_for_update().execution_options(populate_existing=True)
    for _ in range(TRIES):
        await session.exec(insert(LoginDelay).values(fresh).on_conflict_do_nothing())
        found = {row.subject: row for row in (await session.exec(locked)).all()}
        if len(found) == len(set(keys)):
            return {subject.key: found[subject.key] for subject in subjects}
    raise Busy
