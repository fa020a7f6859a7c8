"""Judgements about cases that are assigned in bulk. No database, no clock, no HTTP."""

from collections.abc import Collection
from uuid import UUID

from app.assignments.errors import AlreadyTheirs
from app.cases.errors import CaseNotOpen
from app.cases.models import Case
from app.cases.states import OPEN
from app.core.errors import NotFound, Problem


def refusal(case: Case | None, owner_ids: Collection[UUID]) -> type[Problem] | None:
    """Why this case would not be given to them; None if it would. One out of reach does not exist."""
    if case is None:
        return NotFound
    if case.status not in OPEN:
        return CaseNotOpen
    return AlreadyTheirs if case.owner_id in owner_ids else None
