"""The life of an enrolment and the way back after an injury, as tables. See docs/reference/states.md."""

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
    """Who acts: caseworker, organiser of the programme, a provider who was asked, a withdrawn consent."""

    WORKER = "worker"
    ORGANISER = "organiser"
    PROVIDER = "provider"
    SYSTEM = "system"


class Stage(StrEnum):
    """How far somebody is on the way back to play: the graduated strategy of the consensus on concussion.

    The same six steps serve other injuries. Each says what may be done, and never why.
    """

    REST = "rest"
    LIGHT = "light"
    SPORT_SPECIFIC = "sport_specific"
    NO_CONTACT = "no_contact"
    FULL_TRAINING = "full_training"
    RETURNED = "returned"
    RETRACTED = "retracted"


class Step(StrEnum):
    """What happens on the way back. Each is also the last word of a URL."""

    ADVANCE = "advance"
    STEP_BACK = "step-back"
    STOP = "stop"
    CLEAR = "clear"
    RETRACT = "retract"


S, A = Status, Action
WORKER, ORGANISER, PROVIDER, SYSTEM = Party

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

G, T = Stage, Step
ON_THE_WAY = (G.LIGHT, G.SPORT_SPECIFIC, G.NO_CONTACT, G.FULL_TRAINING)

# Whoever sees somebody in trouble stops them; only a provider lets them go on.
# fmt: off
RETURN_TO_PLAY = StateTable("sport_injury", start=G.REST, moves=[
    #    from               step         to                 by         tells
    Move(G.REST,            T.ADVANCE,   G.LIGHT,           PROVIDER,  ORGANISER),
    Move(G.LIGHT,           T.ADVANCE,   G.SPORT_SPECIFIC,  PROVIDER,  ORGANISER),
    Move(G.SPORT_SPECIFIC,  T.ADVANCE,   G.NO_CONTACT,      PROVIDER,  ORGANISER),
    Move(G.NO_CONTACT,      T.ADVANCE,   G.FULL_TRAINING,   PROVIDER,  ORGANISER),
    Move(G.FULL_TRAINING,   T.CLEAR,     G.RETURNED,        PROVIDER,  ORGANISER, "stage_on"),
    Move(G.LIGHT,           T.STEP_BACK, G.REST,            PROVIDER,  ORGANISER),
    Move(G.SPORT_SPECIFIC,  T.STEP_BACK, G.LIGHT,           PROVIDER,  ORGANISER),
    Move(G.NO_CONTACT,      T.STEP_BACK, G.SPORT_SPECIFIC,  PROVIDER,  ORGANISER),
    Move(G.FULL_TRAINING,   T.STEP_BACK, G.NO_CONTACT,      PROVIDER,  ORGANISER),
    *(Move(stage,           T.STOP,      G.REST,            party,     WORKER)
      for stage in ON_THE_WAY for party in (ORGANISER, WORKER)),
    Move(G.REST,            T.RETRACT,   G.RETRACTED,       WORKER,    ORGANISER),
])
# fmt: on
