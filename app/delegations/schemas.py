"""What a client sends about a delegation, and what it gets back."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from pydantic import Field

from app.core import clock
from app.core.given import Day, Given
from app.core.shown import Shown
from app.delegations import rules
from app.delegations.models import Delegation
from app.delegations.rules import Phase


class Delegate(Given):
    """Who looks after whose cases, from which day to which. Without `from_id`: after yours."""

    id: UUID | None = None
    from_id: UUID | None = None
    to_id: UUID
    starts_on: Day = Field(default_factory=clock.today)
    until_on: Day


class DelegationOut(Shown):
    """Who stands in for whom, until when, and whether that holds today."""

    id: UUID
    version: int
    created_at: datetime
    from_id: UUID
    to_id: UUID
    team_id: UUID
    organisation_id: UUID
    starts_on: date
    until_on: date
    phase: Phase
    by_id: UUID
    revoked_at: datetime | None
    revoked_by_id: UUID | None

    @classmethod
    def of(cls, delegation: Delegation) -> Self:
        """The record, and where it stands today."""
        known = {"phase": rules.phase(delegation, clock.today())}
        return cls.model_validate(delegation.model_dump() | known)
