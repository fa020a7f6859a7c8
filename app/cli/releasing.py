"""Prepare a release from the keyboard: by whoever may change the schema, and by no login of the service."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import connect
from app.core.disk import Unusable
from app.core.errors import Problem
from app.questions import jobs as questions
from app.statistics import jobs
from app.statistics.states import Kind

T = TypeVar("T")


def release(
    owner: sa.URL,
    kind: Kind = Kind.REGISTRATIONS,
    until: date | None = None,
    expected_files: int | None = None,
    *,
    again: bool = False,
) -> jobs.Made:
    """Draw one release; see `jobs.make`. People check and publish it."""

    async def make(engine: AsyncEngine) -> jobs.Made:
        if kind is Kind.REGISTRATIONS:
            return await jobs.make_release(engine, until, expected_files, again=again)
        if until is None:
            raise Unusable("Say with --until on which day this period ends.")
        return await jobs.make(engine, kind, until, expected_files, again=again)

    return _run(owner, make)


def everything_due(owner: sa.URL) -> list[jobs.Made | Problem | questions.Done]:
    """Draw all that the calendar asks for, and answer what was approved; see `jobs.due`."""

    async def work(engine: AsyncEngine) -> list[jobs.Made | Problem | questions.Done]:
        return [*await jobs.due(engine), *await questions.answer_approved(engine)]

    return _run(owner, work)


def told(done: jobs.Made | Problem | questions.Done) -> str:
    """One line about a release: made, found made, or refused; or about a question."""
    if isinstance(done, questions.Done):
        return f"Question {done.question_id}: {done.status.value}"
    if isinstance(done, Problem):
        return f"dayaq: {done}"
    about = "Prepared, to be checked and published" if done.new else "Prepared before, and never drawn again"
    return f"{about}: {done.cohort}, {done.kind.value}, release {done.release_id}, sha256 {done.sha256}"


def _run(owner: sa.URL, work: Callable[[AsyncEngine], Awaitable[T]]) -> T:
    async def run() -> T:
        engine = connect(owner)
        try:
            return await work(engine)
        finally:
            await engine.dispose()

    return asyncio.run(run())
