"""The life of a grant for a livelihood, as a table. Picture: docs/reference/states.md."""

from enum import StrEnum

from app.core.states import Move, StateTable


class Status(StrEnum):
    """Where a grant stands."""

    ASKED = "asked"
    ELIGIBLE = "eligible"
    PLANNED = "planned"
    TRAINED = "trained"
    APPROVED = "approved"
    RUNNING = "running"
    FINISHED = "finished"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    STOPPED = "stopped"


class Action(StrEnum):
    """What happens to a grant. Each that a person takes by its name is also the last word of a URL."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    PLAN = "plan"
    TRAIN = "train"
    APPROVE = "approve"
    PAY = "pay"
    FINISH = "finish"
    CANCEL = "cancel"
    STOP = "stop"


class Party(StrEnum):
    """Who moves a grant on."""

    WORKER = "worker"  # whoever works on the case
    APPROVER = "approver"  # somebody else, who may approve
    PAYMENT = "payment"  # the first tranche that is paid


S, A = Status, Action
WORKER, APPROVER, PAYMENT = Party

# fmt: off
GRANT = StateTable("livelihood_grant", start=S.ASKED, moves=[
    #    from          action      to            by
    Move(S.ASKED,      A.ACCEPT,   S.ELIGIBLE,   WORKER),
    Move(S.ASKED,      A.REFUSE,   S.REFUSED,    WORKER),
    Move(S.ASKED,      A.CANCEL,   S.CANCELLED,  WORKER),
    Move(S.ELIGIBLE,   A.PLAN,     S.PLANNED,    WORKER),
    Move(S.ELIGIBLE,   A.CANCEL,   S.CANCELLED,  WORKER),
    Move(S.PLANNED,    A.TRAIN,    S.TRAINED,    WORKER),
    Move(S.PLANNED,    A.REFUSE,   S.REFUSED,    WORKER),
    Move(S.PLANNED,    A.CANCEL,   S.CANCELLED,  WORKER),
    Move(S.TRAINED,    A.APPROVE,  S.APPROVED,   APPROVER),
    Move(S.TRAINED,    A.REFUSE,   S.REFUSED,    APPROVER),
    Move(S.TRAINED,    A.CANCEL,   S.CANCELLED,  WORKER),
    Move(S.APPROVED,   A.PAY,      S.RUNNING,    PAYMENT),
    Move(S.APPROVED,   A.CANCEL,   S.CANCELLED,  WORKER),
    Move(S.RUNNING,    A.FINISH,   S.FINISHED,   WORKER),
    Move(S.RUNNING,    A.STOP,     S.STOPPED,    WORKER),
])
# fmt: on
