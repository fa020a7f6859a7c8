"""What a client sends about an assessment, and what it gets back."""

import re
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from app.assessments.instrument import Instrument
from app.assessments.models import Assessment
from app.codelists.lists import recorded
from app.core import clock
from app.core.dates import PastDay
from app.core.given import Count, Given

CODE = "[a-z0-9_]{1,40}"
Code = Annotated[str, StringConstraints(max_length=40, pattern=f"^{CODE}$")]
Version = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern="^[a-z0-9_.]+$")]


def _named(answers: Any) -> Any:
    """Refuse a key that cannot be an item's code here, where the refusal does not repeat it."""
    if isinstance(answers, dict) and not all(re.fullmatch(CODE, str(key)) for key in answers):
        raise PydanticCustomError("not_an_item", "Asks nothing by that name")
    return answers


class RecordAssessment(Given):
    """An instrument answered once. An item that is missing was not asked; that is not a no.

    `instrument_version`: the version that was answered, for a device that may hold an old one.
    """

    id: UUID | None = None
    instrument_code: Code
    instrument_version: Version | None = None
    assessed_on: PastDay = Field(default_factory=clock.today)
    answers: Annotated[dict[Code, Count | Code], Field(min_length=1, max_length=200), BeforeValidator(_named)]


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True, extra="forbid")


class AssessmentOut(_Out):
    """An instrument answered once: the answers as given, and what the algorithm made of them."""

    id: UUID
    version: int
    created_at: datetime
    case_id: UUID
    instrument_code: str
    instrument_version: str
    assessed_on: date
    by_id: UUID
    answers: dict[str, int | str]
    algorithm: str
    score: float | None
    result: Annotated[str, recorded("tri")]

    @classmethod
    def of(cls, assessment: Assessment) -> Self:
        """The record as it is."""
        return cls.model_validate(assessment.model_dump(include=set(cls.model_fields)))


class InstrumentsOut(_Out):
    """Every instrument, whole, so that a device can ask it offline."""

    items: list[Instrument]
