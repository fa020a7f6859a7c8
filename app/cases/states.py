"""The life of a case, as a table. Picture: docs/reference/states.md."""

from enum import StrEnum

from app.core.states import Move, StateTable


class Status(StrEnum):
    """Where a case stands."""

    INTAKE = "intake"
    ASSESSMENT = "assessment"
    PLANNING = "planning"
    IMPLEMENTATION = "implementation"
    FOLLOW_UP = "follow_up"
    DORMANT = "dormant"
    TRANSFERRED = "transferred"
    CLOSED = "closed"
    REOPENED = "reopened"


class Action(StrEnum):
    """What someone does to a case. Each is also the last word of a URL."""

    ASSESS = "assess"
    PLAN = "plan"
    IMPLEMENT = "implement"
    FOLLOW_UP = "follow-up"
    REST = "rest"
    WAKE = "wake"
    TRANSFER = "transfer"
    CLOSE = "close"
    REOPEN = "reopen"


class Party(StrEnum):
    """Who acts on a case, or is told."""

    OWNER = "owner"
    SUPERVISOR = "supervisor"
    SYSTEM = "system"


S, A = Status, Action
OWNER, SUPERVISOR, SYSTEM = Party
OPEN = frozenset(Status) - {S.CLOSED, S.TRANSFERRED}

# fmt: off
CASE = StateTable("case", start=S.INTAKE, moves=[
    move
    for party, other in ((OWNER, SUPERVISOR), (SUPERVISOR, OWNER))
    for move in (
        #    from              action       to                by     tells  stamps
        Move(S.INTAKE,         A.ASSESS,    S.ASSESSMENT,     party, None),
        Move(S.REOPENED,       A.ASSESS,    S.ASSESSMENT,     party, None),
        Move(S.ASSESSMENT,     A.PLAN,      S.PLANNING,       party, None),
        Move(S.FOLLOW_UP,      A.PLAN,      S.PLANNING,       party, None),
        Move(S.IMPLEMENTATION, A.PLAN,      S.PLANNING,       party, None),
        Move(S.PLANNING,       A.IMPLEMENT, S.IMPLEMENTATION, party, other),
        Move(S.IMPLEMENTATION, A.FOLLOW_UP, S.FOLLOW_UP,      party, None),
        Move(S.IMPLEMENTATION, A.REST,      S.DORMANT,        party, None),
        Move(S.FOLLOW_UP,      A.REST,      S.DORMANT,        party, None),
        Move(S.DORMANT,        A.WAKE,      S.FOLLOW_UP,      party, None),
        Move(S.INTAKE,         A.CLOSE,     S.CLOSED,         party, other, "closed_at"),
        Move(S.ASSESSMENT,     A.CLOSE,     S.CLOSED,         party, other, "closed_at"),
        Move(S.PLANNING,       A.CLOSE,     S.CLOSED,         party, other, "closed_at"),
        Move(S.IMPLEMENTATION, A.CLOSE,     S.CLOSED,         party, other, "closed_at"),
        Move(S.FOLLOW_UP,      A.CLOSE,     S.CLOSED,         party, other, "closed_at"),
        Move(S.DORMANT,        A.CLOSE,     S.CLOSED,         party, other, "closed_at"),
        Move(S.REOPENED,       A.CLOSE,     S.CLOSED,         party, other, "closed_at"),
        Move(S.CLOSED,         A.REOPEN,    S.REOPENED,       party, other),
        Move(S.TRANSFERRED,    A.REOPEN,    S.REOPENED,       party, other),
        Move(S.ASSESSMENT,     A.TRANSFER,  S.TRANSFERRED,    party, other, "closed_at"),
        Move(S.PLANNING,       A.TRANSFER,  S.TRANSFERRED,    party, other, "closed_at"),
        Move(S.IMPLEMENTATION, A.TRANSFER,  S.TRANSFERRED,    party, other, "closed_at"),
        Move(S.FOLLOW_UP,      A.TRANSFER,  S.TRANSFERRED,    party, other, "closed_at"),
        Move(S.DORMANT,        A.TRANSFER,  S.TRANSFERRED,    party, other, "closed_at"),
    )
] + [
    Move(S.DORMANT, A.WAKE, S.FOLLOW_UP, SYSTEM, OWNER),  # its day has come
])
# fmt: on
