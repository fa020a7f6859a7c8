"""What a counsellor gets back from the compartment. What comes in is an assessment like any other."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from app.assessments import rules
from app.assessments.change import Answered
from app.assessments.instrument import instruments
from app.assessments.schemas import ScoreOut, said_of
from app.core.shown import Shown
from app.core.vault import Box
from app.psychosocial.models import Screening
from app.wellbeing.rules import SCORE, Scored


class ScreeningOut(Shown):
    """An instrument of the compartment answered once. Screening, never a diagnosis.

    `alerts`: the kinds of danger that these answers raised a flag for. `advice`: what the scores suggest.
    """

    id: UUID
    version: int
    created_at: datetime
    case_id: UUID
    instrument_code: str
    instrument_version: str
    assessed_on: date
    by_id: UUID
    answers: dict[str, int | float | str]
    scores: list[ScoreOut]
    alerts: list[str]
    advice: list[str]

    @classmethod
    def of(cls, screening: Screening, box: Box) -> Self:
        """The record, opened."""
        answers = opened(screening, "answers", box)
        alerts = [alert.code for alert in rules.alerts(instruments()[screening.instrument_code], answers)]
        return cls.model_validate(
            screening.model_dump(exclude={"owner_id", "team_id", "facility_id", "answers", "scores"})
            | said_of(screening.instrument_code, opened(screening, "scores", box))
            | {"answers": answers, "alerts": alerts}
        )


def answered(screening: Screening, box: Box) -> Answered:
    """The record as one of several to be compared."""
    scores = opened(screening, "scores", box)
    return Answered(screening.id, screening.instrument_code, screening.assessed_on, scores)


def scored(screening: Screening, box: Box) -> Scored:
    """The one number of a screening that may be let out."""
    value = opened(screening, "scores", box)[SCORE]["value"]
    return Scored(screening.id, screening.assessed_on, value)


def opened(screening: Screening, column: str, box: Box) -> Any:
    """What stands in a sealed column."""
    return json.loads(box.read("screening", column, screening.id, getattr(screening, column)))


def sealed(screening_id: UUID, box: Box, **what: Mapping[str, Any]) -> dict[str, bytes]:
    """The same, to be kept: by column."""
    return {
        column: box.seal("screening", column, screening_id, json.dumps(value, sort_keys=True))
        for column, value in what.items()
    }
