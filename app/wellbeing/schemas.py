"""What comes in and goes out about letting one's well-being be seen."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from app.codelists.lists import coded, recorded
from app.core import clock
from app.core.dates import PastDay
from app.core.given import Day, Given, Text
from app.core.shown import Shown
from app.survivors.schemas import TextVersion
from app.wellbeing import rules
from app.wellbeing.models import WellbeingConsent


class OpenWellbeing(Given):
    """What the person agreed to, with the counsellor: that the WHO-5 score is seen by who works on the case.

    `best_interest`: why it was not given as the rule for the age asks; it is judged, and not kept here.
    """

    id: UUID | None = None
    text_version: TextVersion
    language_code: Annotated[str, coded("language")]
    mode_code: Annotated[str, coded("consent_mode")]
    given_by_code: Annotated[str, coded("consent_given_by")]
    child_assent: Annotated[str, coded("tri")] = "not_applicable"
    assent_mode_code: Annotated[str, coded("consent_mode")] | None = None
    best_interest: Text | None = None
    given_on: PastDay
    valid_until: Day

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.valid_until < self.given_on:
            raise PydanticCustomError("ends_before_it_begins", "Valid until a day before it was given")
        return self


class WellbeingConsentOut(Shown):
    """Since when the scores may be seen, until when, and whether that was taken back."""

    id: UUID
    version: int
    created_at: datetime
    case_id: UUID
    facility_id: UUID
    text_version: str
    language_code: Annotated[str, recorded("language")]
    mode_code: Annotated[str, recorded("consent_mode")]
    given_by_code: Annotated[str, recorded("consent_given_by")]
    given_on: date
    valid_until: date
    is_live: bool
    by_id: UUID
    withdrawn_at: datetime | None
    withdrawn_by_id: UUID | None

    @classmethod
    def of(cls, consent: WellbeingConsent) -> Self:
        """The record, and whether it holds today."""
        own = consent.model_dump(include=set(cls.model_fields))
        return cls.model_validate(own | {"is_live": rules.is_live(consent, clock.today())})


class WellbeingConsentsOut(Shown):
    """What the person agreed to about their well-being, newest first."""

    items: list[WellbeingConsentOut]
