"""The life of a transfer, as a table. Picture: docs/reference/states.md."""

from enum import StrEnum

from app.core.states import Move, StateTable


class Status(StrEnum):
    """Where a transfer stands."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Action(StrEnum):
    """What someone does about a transfer. Each is also the last word of a URL."""

    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"


class Party(StrEnum):
    """Which side acts, or is told: who is responsible until it is accepted, and who would be from then on."""

    GIVER = "giver"
    TAKER = "taker"


S, A = Status, Action
GIVER, TAKER = Party

# fmt: off
TRANSFER = StateTable("transfer", start=S.OFFERED, moves=[
    #    from       action      to           by     tells  stamps
    Move(S.OFFERED, A.ACCEPT,   S.ACCEPTED,  TAKER, GIVER, "ended_at"),
    Move(S.OFFERED, A.DECLINE,  S.DECLINED,  TAKER, GIVER, "ended_at"),
    Move(S.OFFERED, A.WITHDRAW, S.WITHDRAWN, GIVER, TAKER, "ended_at"),
])
# fmt: on
