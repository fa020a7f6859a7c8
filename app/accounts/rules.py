"""Judgements about a session in hand. No database, no clock, no HTTP."""

from app.access.caller import Signed
from app.accounts.errors import SecondFactorNeeded

SECOND = frozenset({"otp", "rec"})


def require_second_factor(signed: Signed, required: bool) -> None:
    """Stop a session that shows only a password where the programme requires more."""
    if required and not SECOND & set(signed.amr):
        raise SecondFactorNeeded
