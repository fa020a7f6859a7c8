"""Judgements about risk flags already in hand. No database, no clock."""

from datetime import date

from app.core import clock
from app.core.errors import Invalid
from app.risks.models import RiskFlag

BEFORE_RAISED = "Before the flag was raised"


def need_later(flag: RiskFlag, acted_on: date) -> None:
    """Stop what was done before the flag was raised: it was no answer to it."""
    if acted_on < clock.day_of(flag.created_at):
        raise Invalid(errors=[{"pointer": "/acted_on", "code": "before_raised", "message": BEFORE_RAISED}])
