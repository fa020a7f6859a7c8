"""The life of a milestone, as a table. Picture: docs/reference/states.md."""

from enum import StrEnum

from app.core.states import Move, StateTable


class Status(StrEnum):
    """Where a milestone stands."""

    WANTED = "wanted"
    NOT_NEEDED = "not_needed"
    PLANNED = "planned"
    REFERRED = "referred"
    IN_PROGRESS = "in_progress"
    ACHIEVED = "achieved"
    SUSTAINED = "sustained"
    DROPPED = "dropped"
    LOST = "lost"


class Action(StrEnum):
    """What happens to a milestone. Each that a person takes is also the last word of a URL."""

    PLAN = "plan"
    REFER = "refer"
    START = "start"
    ACHIEVE = "achieve"
    SUSTAIN = "sustain"
    DROP = "drop"
    LOSE = "lose"
    WAIVE = "waive"
    WANT = "want"
    REACH = "reach"
    STAY = "stay"


class Party(StrEnum):
    """Who moves a milestone on."""

    RECORDER = "recorder"
    FACT = "fact"  # a record that was just made: a device delivered, a session attended, a plan approved


S, A = Status, Action
RECORDER, FACT = Party

# fmt: off
MILESTONE = StateTable("milestone", start=S.WANTED, moves=[
    #    from            action      to              by        tells stamps
    Move(S.WANTED,       A.PLAN,     S.PLANNED,      RECORDER),
    Move(S.WANTED,       A.REFER,    S.REFERRED,     RECORDER),
    Move(S.WANTED,       A.START,    S.IN_PROGRESS,  RECORDER),
    Move(S.WANTED,       A.ACHIEVE,  S.ACHIEVED,     RECORDER),
    Move(S.WANTED,       A.WAIVE,    S.NOT_NEEDED,   RECORDER),
    Move(S.WANTED,       A.DROP,     S.DROPPED,      RECORDER),
    Move(S.NOT_NEEDED,   A.WANT,     S.WANTED,       RECORDER),
    Move(S.PLANNED,      A.REFER,    S.REFERRED,     RECORDER),
    Move(S.PLANNED,      A.START,    S.IN_PROGRESS,  RECORDER),
    Move(S.PLANNED,      A.ACHIEVE,  S.ACHIEVED,     RECORDER),
    Move(S.PLANNED,      A.WAIVE,    S.NOT_NEEDED,   RECORDER),
    Move(S.PLANNED,      A.DROP,     S.DROPPED,      RECORDER),
    Move(S.REFERRED,     A.START,    S.IN_PROGRESS,  RECORDER),
    Move(S.REFERRED,     A.ACHIEVE,  S.ACHIEVED,     RECORDER),
    Move(S.REFERRED,     A.PLAN,     S.PLANNED,      RECORDER),
    Move(S.REFERRED,     A.DROP,     S.DROPPED,      RECORDER),
    Move(S.IN_PROGRESS,  A.ACHIEVE,  S.ACHIEVED,     RECORDER),
    Move(S.IN_PROGRESS,  A.PLAN,     S.PLANNED,      RECORDER),
    Move(S.IN_PROGRESS,  A.DROP,     S.DROPPED,      RECORDER),
    Move(S.ACHIEVED,     A.SUSTAIN,  S.SUSTAINED,    RECORDER),
    Move(S.ACHIEVED,     A.LOSE,     S.LOST,         RECORDER),
    Move(S.SUSTAINED,    A.LOSE,     S.LOST,         RECORDER),
    Move(S.LOST,         A.PLAN,     S.PLANNED,      RECORDER),
    Move(S.LOST,         A.START,    S.IN_PROGRESS,  RECORDER),
    Move(S.DROPPED,      A.WANT,     S.WANTED,       RECORDER),
    Move(S.WANTED,       A.REACH,    S.ACHIEVED,     FACT),
    Move(S.PLANNED,      A.REACH,    S.ACHIEVED,     FACT),
    Move(S.REFERRED,     A.REACH,    S.ACHIEVED,     FACT),
    Move(S.IN_PROGRESS,  A.REACH,    S.ACHIEVED,     FACT),
    Move(S.NOT_NEEDED,   A.REACH,    S.ACHIEVED,     FACT),
    Move(S.DROPPED,      A.REACH,    S.ACHIEVED,     FACT),
    Move(S.LOST,         A.REACH,    S.ACHIEVED,     FACT),
    Move(S.ACHIEVED,     A.STAY,     S.SUSTAINED,    FACT),  # a follow-up found it still so
])
# fmt: on
