"""Judgements about letting one's well-being be seen. No database, no clock, no HTTP."""

from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from app.core.dates import PartialDate
from app.records.rules import Fault, refuse
from app.survivors import rules as survivors
from app.wellbeing.errors import WellbeingOver
from app.wellbeing.models import WellbeingConsent

INSTRUMENT, SCORE = "who_5", "index"
"""What may be let out of the compartment, and nothing else of it: 0 to 100, without a band or an answer."""
LONGEST = timedelta(days=366)
"""After a year the person is asked again."""


class Scored(NamedTuple):
    """A score that a counsellor has before them: of which screening, of which day."""

    screening_id: UUID
    on: date
    score: float | None


def is_live(consent: WellbeingConsent, today: date) -> bool:
    """Whether the scores may be seen today."""
    return consent.withdrawn_at is None and consent.given_on <= today <= consent.valid_until


def need_fit(given: survivors.Asked, valid_until: date, birth: PartialDate | None) -> None:
    """Stop who may not agree at that age, and what would be for longer than a year."""
    faults: list[Fault] = list(survivors.consent_faults(given, birth))
    if valid_until > given.given_on + LONGEST:
        faults.append(("valid_until", "too_far_ahead"))
    refuse(faults)


def need_open(consent: WellbeingConsent) -> None:
    """Stop a second withdrawal."""
    if consent.withdrawn_at is not None:
        raise WellbeingOver
