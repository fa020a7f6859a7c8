"""The life of an enrolment, as a table. Picture: docs/reference/states.md."""

from enum import StrEnum

from app.core.states import Move, StateTable


class Status(StrEnum):
    """Where an enrolment stands."""

    WAITING = "waiting"
    ENROLLED = "enrolled"
    ENDED = "ended"


class Action(StrEnum):
    """What happens to an enrolment. Each that a person does is also the last word of a URL."""

    ADMIT = "admit"
    LEAVE = "leave"
    REVOKE = "revoke"


class Party(StrEnum):
    """Who acts: the person's caseworker, who organises the programme, or a withdrawn consent."""

    WORKER = "worker"
    ORGANISER = "organiser"
    SYSTEM = "system"


S, A = Status, Action
WORKER, ORGANISER, SYSTEM = Party

# fmt: off
ENROLMENT = StateTable("enrolment", start=S.WAITING, moves=[
    #    from         action     to          by         tells      stamps
    Move(S.WAITING,   A.ADMIT,   S.ENROLLED, ORGANISER, WORKER,    "joined_on"),
    Move(S.WAITING,   A.LEAVE,   S.ENDED,    WORKER,    ORGANISER, "ended_on"),
    Move(S.WAITING,   A.LEAVE,   S.ENDED,    ORGANISER, WORKER,    "ended_on"),
    Move(S.WAITING,   A.REVOKE,  S.ENDED,    SYSTEM,    ORGANISER, "ended_on"),
    Move(S.ENROLLED,  A.LEAVE,   S.ENDED,    WORKER,    ORGANISER, "ended_on"),
    Move(S.ENROLLED,  A.LEAVE,   S.ENDED,    ORGANISER, WORKER,    "ended_on"),
    Move(S.ENROLLED,  A.REVOKE,  S.ENDED,    SYSTEM,    ORGANISER, "ended_on"),
])
# fmt: on
