"""What a client sends about injuries in sport, and what it gets back: days for some, findings for others."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import ConfigDict
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.codelists.lists import coded, recorded
from app.core import clock
from app.core.dates import PastDay
from app.core.given import Given
from app.core.shown import Shown
from app.participants import rules
from app.participants.models import SportInjury
from app.participants.queries import Hurt
from app.participants.states import Stage, Step


class LogInjury(Given):
    """Since when somebody cannot take part, and where it happened. Not what it is: a provider says that."""

    id: UUID | None = None
    occurred_on: PastDay
    context_code: Annotated[str, coded("sport_injury_context")]


class TakeStep(Given):
    """A step on the way back, on the day on which it was taken."""

    happened_on: PastDay


class NewFinding(Given):
    """What a provider found: where, of what kind, how it began."""

    id: UUID | None = None
    area_code: Annotated[str, coded("sport_injury_area")]
    side_code: Annotated[str, coded("body_side")]
    kind_code: Annotated[str, coded("sport_injury_kind")]
    onset_code: Annotated[str, coded("sport_injury_onset")]
    found_on: PastDay


class _Out(Shown):
    model_config = ConfigDict(extra="ignore")


class AvailabilityOut(_Out):
    """Since when somebody cannot take part, what they may do since when, and the days that it cost."""

    id: UUID
    version: int
    occurred_on: date
    context_code: Annotated[str, recorded("sport_injury_context")]
    stage: Stage
    stage_on: date
    returned_on: date | None
    days_lost: int

    @classmethod
    def of(cls, injury: SportInjury) -> Self:
        """The record, as its days say it."""
        said = {
            "returned_on": injury.stage_on if injury.stage is Stage.RETURNED else None,
            "days_lost": rules.days_lost(injury, clock.today()),
        }
        return cls.model_validate(injury.model_dump() | said)


class AvailabilitiesOut(_Out):
    """The injuries of somebody who takes part, in days alone, the latest first."""

    items: list[AvailabilityOut]


class ReturnStepOut(_Out):
    """One step on the way back to play."""

    action: Step
    source: Stage
    target: Stage
    happened_on: date
    by_id: UUID


class SportFindingOut(_Out):
    """What a provider found."""

    id: UUID
    version: int
    sport_injury_id: UUID
    area_code: Annotated[str, recorded("sport_injury_area")]
    side_code: Annotated[str, recorded("body_side")]
    kind_code: Annotated[str, recorded("sport_injury_kind")]
    onset_code: Annotated[str, recorded("sport_injury_onset")]
    found_on: date


class SportInjuryOut(AvailabilityOut):
    """The same with its severity by days lost, the steps and the findings: for caseworker and provider."""

    severity_code: Annotated[str, recorded("sport_injury_severity")]
    steps: list[ReturnStepOut]
    findings: list[SportFindingOut]

    @classmethod
    def whole(cls, hurt: Hurt) -> Self:
        """The record with all that belongs to it."""
        days = AvailabilityOut.of(hurt.injury).model_dump()
        return cls.model_validate(
            days
            | {
                "severity_code": rules.severity(days["days_lost"]),
                "steps": [each.model_dump() for each in hurt.steps],
                "findings": [each.model_dump() for each in hurt.findings],
            }
        )


class SportInjuriesOut(_Out):
    """The sport injuries of a case, the latest first."""

    items: list[SportInjuryOut]


async def show(_: AsyncSession, __: Actor, injury: SportInjury) -> AvailabilityOut:
    """An injury as its organiser, provider and caseworker all see it after a step: days alone."""
    return AvailabilityOut.of(injury)
