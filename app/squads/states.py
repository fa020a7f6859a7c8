"""The life of a call-up, as a table. Picture: docs/reference/states.md."""

from enum import StrEnum

from app.core.states import Move, StateTable


class Status(StrEnum):
    """Where a call-up stands."""

    CALLED = "called"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REPLACED = "replaced"


class Action(StrEnum):
    """What happens to a call-up. Each is also the last word of a URL."""

    ACCEPT = "accept"
    DECLINE = "decline"
    REPLACE = "replace"


class Party(StrEnum):
    """Who says so: the caseworker for the person, or who organises the squad."""

    WORKER = "worker"
    ORGANISER = "organiser"


S, A = Status, Action
WORKER, ORGANISER = Party
STANDING = (S.CALLED, S.ACCEPTED)

# Both hear the person's answer, and write it down.
# fmt: off
CALL_UP = StateTable("call_up", start=S.CALLED, moves=[
    #    from          action      to            by          tells       stamps
    Move(S.CALLED,     A.ACCEPT,   S.ACCEPTED,   WORKER,     ORGANISER,  "answered_on"),
    Move(S.CALLED,     A.ACCEPT,   S.ACCEPTED,   ORGANISER,  WORKER,     "answered_on"),
    Move(S.CALLED,     A.DECLINE,  S.DECLINED,   WORKER,     ORGANISER,  "answered_on"),
    Move(S.CALLED,     A.DECLINE,  S.DECLINED,   ORGANISER,  WORKER,     "answered_on"),
    Move(S.ACCEPTED,   A.DECLINE,  S.DECLINED,   WORKER,     ORGANISER,  "answered_on"),
    Move(S.ACCEPTED,   A.DECLINE,  S.DECLINED,   ORGANISER,  WORKER,     "answered_on"),
    Move(S.CALLED,     A.REPLACE,  S.REPLACED,   ORGANISER,  WORKER),
    Move(S.ACCEPTED,   A.REPLACE,  S.REPLACED,   ORGANISER,  WORKER),
    Move(S.DECLINED,   A.REPLACE,  S.REPLACED,   ORGANISER,  WORKER),
])
# fmt: on
