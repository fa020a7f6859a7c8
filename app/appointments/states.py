"""The life of an appointment, as a table. Picture: docs/reference/states.md."""

from enum import StrEnum

from app.cases.states import OWNER, SUPERVISOR, Party
from app.core.states import Move, StateTable


class Status(StrEnum):
    """Where an appointment stands."""

    BOOKED = "booked"
    KEPT = "kept"
    MISSED = "missed"
    CANCELLED = "cancelled"


class Action(StrEnum):
    """What someone does about an appointment. Each is also the last word of a URL."""

    KEEP = "keep"
    MISS = "miss"
    CANCEL = "cancel"
    RESCHEDULE = "reschedule"


S, A = Status, Action


def _tells(party: Party) -> Party | None:
    """Who is responsible hears of what somebody else did about it."""
    return OWNER if party is SUPERVISOR else None


# fmt: off
APPOINTMENT = StateTable("appointment", start=S.BOOKED, moves=[
    move
    for party in (OWNER, SUPERVISOR)
    for move in (
        #    from         action        to           by     tells
        Move(S.BOOKED,    A.KEEP,       S.KEPT,      party, _tells(party)),
        Move(S.BOOKED,    A.MISS,       S.MISSED,    party, _tells(party)),
        Move(S.BOOKED,    A.CANCEL,     S.CANCELLED, party, _tells(party)),
        Move(S.BOOKED,    A.RESCHEDULE, S.BOOKED,    party, _tells(party)),
        Move(S.MISSED,    A.KEEP,       S.KEPT,      party, _tells(party)),  # they did come, as it turned out
        Move(S.MISSED,    A.RESCHEDULE, S.BOOKED,    party, _tells(party)),  # the next try
        Move(S.CANCELLED, A.RESCHEDULE, S.BOOKED,    party, _tells(party)),
    )
])
# fmt: on
