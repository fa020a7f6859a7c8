"""The life of a referral, as a table. Picture: docs/reference/states.md."""

from enum import StrEnum

from app.core.states import Move, StateTable


class Status(StrEnum):
    """Where a referral stands."""

    DRAFT = "draft"
    SENT = "sent"
    ACCEPTED = "accepted"
    WAITLISTED = "waitlisted"
    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    NO_SHOW = "no_show"
    COMPLETED = "completed"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    REVOKED = "revoked"
    DISCONTINUED = "discontinued"
    EXPIRED = "expired"


class Action(StrEnum):
    """What happens to a referral. Each that a person does is also the last word of a URL."""

    SEND = "send"
    ACCEPT = "accept"
    DECLINE = "decline"
    WAITLIST = "waitlist"
    PRIORITISE = "prioritise"
    SCHEDULE = "schedule"
    START = "start"
    NO_SHOW = "no-show"
    COMPLETE = "complete"
    CANCEL = "cancel"
    DISCONTINUE = "discontinue"
    REVOKE = "revoke"
    EXPIRE = "expire"


class Party(StrEnum):
    """Which side acts, or is told. `system`: no person, but a withdrawn consent or the calendar."""

    SENDER = "sender"
    RECEIVER = "receiver"
    SYSTEM = "system"


S, A = Status, Action
SENDER, RECEIVER, SYSTEM = Party
WAITING = frozenset({S.ACCEPTED, S.WAITLISTED})
"""Taken on, and without a date: these stand in a queue."""
UNSERVED = frozenset({S.DECLINED, S.EXPIRED, S.DISCONTINUED})
"""Over without the help that was asked for: these can be sent on."""
LIVE = frozenset({S.SENT, S.ACCEPTED, S.WAITLISTED, S.SCHEDULED, S.IN_PROGRESS, S.NO_SHOW})

# fmt: off
REFERRAL = StateTable("referral", start=S.DRAFT, moves=[
    #    from             action          to               by        tells     stamps
    Move(S.DRAFT,         A.SEND,         S.SENT,          SENDER,   RECEIVER, "sent_at"),
    Move(S.DRAFT,         A.CANCEL,       S.CANCELLED,     SENDER,   None,     "ended_at"),
    Move(S.SENT,          A.ACCEPT,       S.ACCEPTED,      RECEIVER, SENDER,   "answered_at"),
    Move(S.SENT,          A.DECLINE,      S.DECLINED,      RECEIVER, SENDER,   "answered_at"),
    Move(S.SENT,          A.CANCEL,       S.CANCELLED,     SENDER,   RECEIVER, "ended_at"),
    Move(S.SENT,          A.EXPIRE,       S.EXPIRED,       SYSTEM,   SENDER,   "ended_at"),
    Move(S.ACCEPTED,      A.WAITLIST,     S.WAITLISTED,    RECEIVER, SENDER),
    Move(S.WAITLISTED,    A.WAITLIST,     S.WAITLISTED,    RECEIVER, SENDER),
    Move(S.ACCEPTED,      A.PRIORITISE,   S.ACCEPTED,      RECEIVER, SENDER),
    Move(S.WAITLISTED,    A.PRIORITISE,   S.WAITLISTED,    RECEIVER, SENDER),
    Move(S.ACCEPTED,      A.SCHEDULE,     S.SCHEDULED,     RECEIVER, SENDER),
    Move(S.ACCEPTED,      A.START,        S.IN_PROGRESS,   RECEIVER, SENDER,   "started_at"),
    Move(S.WAITLISTED,    A.SCHEDULE,     S.SCHEDULED,     RECEIVER, SENDER),
    Move(S.WAITLISTED,    A.START,        S.IN_PROGRESS,   RECEIVER, SENDER,   "started_at"),
    Move(S.SCHEDULED,     A.SCHEDULE,     S.SCHEDULED,     RECEIVER, SENDER),
    Move(S.SCHEDULED,     A.START,        S.IN_PROGRESS,   RECEIVER, SENDER,   "started_at"),
    Move(S.SCHEDULED,     A.NO_SHOW,      S.NO_SHOW,       RECEIVER, SENDER),
    Move(S.NO_SHOW,       A.SCHEDULE,     S.SCHEDULED,     RECEIVER, SENDER),
    Move(S.NO_SHOW,       A.DISCONTINUE,  S.DISCONTINUED,  RECEIVER, SENDER,   "ended_at"),
    Move(S.IN_PROGRESS,   A.COMPLETE,     S.COMPLETED,     RECEIVER, SENDER,   "ended_at"),
    Move(S.IN_PROGRESS,   A.DISCONTINUE,  S.DISCONTINUED,  RECEIVER, SENDER,   "ended_at"),
    Move(S.ACCEPTED,      A.CANCEL,       S.CANCELLED,     SENDER,   RECEIVER, "ended_at"),
    Move(S.WAITLISTED,    A.CANCEL,       S.CANCELLED,     SENDER,   RECEIVER, "ended_at"),
    Move(S.SCHEDULED,     A.CANCEL,       S.CANCELLED,     SENDER,   RECEIVER, "ended_at"),
    Move(S.NO_SHOW,       A.CANCEL,       S.CANCELLED,     SENDER,   RECEIVER, "ended_at"),
    Move(S.SENT,          A.REVOKE,       S.REVOKED,       SYSTEM,   RECEIVER, "ended_at"),
    Move(S.ACCEPTED,      A.REVOKE,       S.REVOKED,       SYSTEM,   RECEIVER, "ended_at"),
    Move(S.WAITLISTED,    A.REVOKE,       S.REVOKED,       SYSTEM,   RECEIVER, "ended_at"),
    Move(S.SCHEDULED,     A.REVOKE,       S.REVOKED,       SYSTEM,   RECEIVER, "ended_at"),
    Move(S.IN_PROGRESS,   A.REVOKE,       S.REVOKED,       SYSTEM,   RECEIVER, "ended_at"),
    Move(S.NO_SHOW,       A.REVOKE,       S.REVOKED,       SYSTEM,   RECEIVER, "ended_at"),
])
# fmt: on
