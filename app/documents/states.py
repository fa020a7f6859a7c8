"""The life of a wish to destroy a document, as a table. Picture: docs/reference/states.md."""

from enum import StrEnum

from app.core.states import Move, StateTable


class Status(StrEnum):
    """Where the wish stands."""

    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Action(StrEnum):
    """What someone does about it. Each is also the last word of a URL."""

    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


class Party(StrEnum):
    """Who acts, or is told: who asked, and the second person."""

    ASKER = "asker"
    APPROVER = "approver"


S, A = Status, Action
ASKER, APPROVER = Party

# fmt: off
ERASURE = StateTable("document_erasure", start=S.ASKED, moves=[
    #    from     action      to           by        tells
    Move(S.ASKED, A.APPROVE,  S.DONE,      APPROVER, ASKER, "ended_at"),
    Move(S.ASKED, A.REFUSE,   S.REFUSED,   APPROVER, ASKER, "ended_at"),
    Move(S.ASKED, A.WITHDRAW, S.WITHDRAWN, ASKER,    None,  "ended_at"),
])
# fmt: on
