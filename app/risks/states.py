"""The life of a risk flag, as a table. Picture: docs/reference/states.md."""

from enum import StrEnum

from app.cases.states import OWNER, SUPERVISOR
from app.core.states import Move, StateTable


class Status(StrEnum):
    """Where a risk flag stands."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


class Action(StrEnum):
    """What someone does about a risk flag. Each is also the last word of a URL."""

    ACKNOWLEDGE = "acknowledge"
    CLOSE = "close"


S, A = Status, Action

# fmt: off
RISK_FLAG = StateTable("risk_flag", start=S.RAISED, moves=[
    move
    for party, other in ((OWNER, SUPERVISOR), (SUPERVISOR, OWNER))
    for move in (
        #    from            action         to              by     tells  stamps
        Move(S.RAISED,       A.ACKNOWLEDGE, S.ACKNOWLEDGED, party, other, "acknowledged_at"),
        Move(S.RAISED,       A.CLOSE,       S.CLOSED,       party, other, "closed_at"),
        Move(S.ACKNOWLEDGED, A.CLOSE,       S.CLOSED,       party, other, "closed_at"),
    )
])
# fmt: on
