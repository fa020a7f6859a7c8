"""The life of one version of a care plan, as a table. Picture: docs/reference/states.md."""

from enum import StrEnum

from app.core.states import Move, StateTable


class Status(StrEnum):
    """Where a version of a plan stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    SUPERSEDED = "superseded"
    DISCARDED = "discarded"


class Action(StrEnum):
    """What happens to a version. Each that a person does is also the last word of a URL."""

    SUBMIT = "submit"
    DISCARD = "discard"
    APPROVE = "approve"
    SEND_BACK = "send-back"
    SUPERSEDE = "supersede"


class Party(StrEnum):
    """Who acts, or is told. `system`: no person, but the next version's approval."""

    WORKER = "worker"
    APPROVER = "approver"
    SYSTEM = "system"


S, A = Status, Action
WORKER, APPROVER, SYSTEM = Party
UNDECIDED = frozenset({S.DRAFT, S.SUBMITTED})

# fmt: off
CARE_PLAN = StateTable("care_plan", start=S.DRAFT, moves=[
    #    from         action       to             by        tells     stamps
    Move(S.DRAFT,     A.SUBMIT,    S.SUBMITTED,   WORKER,   APPROVER, "submitted_at"),
    Move(S.DRAFT,     A.DISCARD,   S.DISCARDED,   WORKER),
    Move(S.SUBMITTED, A.APPROVE,   S.APPROVED,    APPROVER, WORKER,   "approved_at"),
    Move(S.SUBMITTED, A.SEND_BACK, S.DRAFT,       APPROVER, WORKER),
    Move(S.APPROVED,  A.SUPERSEDE, S.SUPERSEDED,  SYSTEM),
])
# fmt: on
