"""The life of a question, as a table. Picture: docs/reference/states.md."""

from enum import StrEnum

from app.core.states import Move, StateTable


class Status(StrEnum):
    """Where a question stands. From `paid` on nothing is drawn for it a second time."""

    ASKED = "asked"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    PAID = "paid"
    ANSWERED = "answered"
    BURNT = "burnt"


class Action(StrEnum):
    """What is done to a question. Each but the job's is also the last word of a URL."""

    REVIEW = "review"
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    PAY = "pay"
    DECLINE = "decline"
    ANSWER = "answer"
    BURN = "burn"


class Party(StrEnum):
    """Who acts on a question, or is told."""

    REQUESTER = "requester"
    STATISTICIAN = "statistician"  # is it sound, and worth its cost
    OFFICER = "officer"  # does the purpose need it: data protection
    SYSTEM = "system"  # the nightly job: the only one that pays and draws


S, A = Status, Action
REQUESTER, STATISTICIAN, OFFICER, SYSTEM = Party

# fmt: off
QUESTION = StateTable("question", start=S.ASKED, moves=[
    #    from         action      to           by            tells      stamps
    Move(S.ASKED,     A.REVIEW,   S.REVIEWED,  STATISTICIAN, REQUESTER, "reviewed_at"),
    Move(S.ASKED,     A.REFUSE,   S.REFUSED,   STATISTICIAN, REQUESTER, "ended_at"),
    Move(S.ASKED,     A.REFUSE,   S.REFUSED,   OFFICER,      REQUESTER, "ended_at"),
    Move(S.ASKED,     A.WITHDRAW, S.WITHDRAWN, REQUESTER,    None,      "ended_at"),
    Move(S.REVIEWED,  A.APPROVE,  S.APPROVED,  OFFICER,      REQUESTER, "approved_at"),
    Move(S.REVIEWED,  A.REFUSE,   S.REFUSED,   STATISTICIAN, REQUESTER, "ended_at"),
    Move(S.REVIEWED,  A.REFUSE,   S.REFUSED,   OFFICER,      REQUESTER, "ended_at"),
    Move(S.REVIEWED,  A.WITHDRAW, S.WITHDRAWN, REQUESTER,    None,      "ended_at"),
    Move(S.APPROVED,  A.WITHDRAW, S.WITHDRAWN, REQUESTER,    None,      "ended_at"),
    Move(S.APPROVED,  A.PAY,      S.PAID,      SYSTEM),
    Move(S.APPROVED,  A.DECLINE,  S.REFUSED,   SYSTEM,       REQUESTER, "ended_at"),
    Move(S.PAID,      A.ANSWER,   S.ANSWERED,  SYSTEM,       REQUESTER, "ended_at"),
    Move(S.PAID,      A.BURN,     S.BURNT,     SYSTEM,       REQUESTER, "ended_at"),
])
# fmt: on
