"""The life of an episode of support, as a table. Picture: docs/reference/states.md."""

from enum import StrEnum

from app.core.states import Move, StateTable


class Status(StrEnum):
    """Where an episode of support stands."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


class Action(StrEnum):
    """What happens to an episode. Each is also the last word of a URL."""

    PAUSE = "pause"
    RESUME = "resume"
    CLOSE = "close"
    REOPEN = "reopen"


class Party(StrEnum):
    """Who moves an episode on."""

    COUNSELLOR = "counsellor"


S, A = Status, Action
(COUNSELLOR,) = Party

# fmt: off
SUPPORT = StateTable("psychosocial_episode", start=S.OPEN, moves=[
    #    from       action     to         by
    Move(S.OPEN,    A.PAUSE,   S.PAUSED,  COUNSELLOR),
    Move(S.PAUSED,  A.RESUME,  S.OPEN,    COUNSELLOR),
    Move(S.OPEN,    A.CLOSE,   S.CLOSED,  COUNSELLOR),
    Move(S.PAUSED,  A.CLOSE,   S.CLOSED,  COUNSELLOR),
    Move(S.CLOSED,  A.REOPEN,  S.OPEN,    COUNSELLOR),
])
# fmt: on
