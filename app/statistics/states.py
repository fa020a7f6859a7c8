"""The life of a release, as a table. Picture: docs/reference/states.md."""

from enum import StrEnum

from app.core.states import Move, StateTable


class Kind(StrEnum):
    """What a release is about."""

    REGISTRATIONS = "registrations"  # who was registered in a cohort: the yearly tables
    BULLETIN = "bulletin"  # who was registered in a quarter
    CARE = "care"  # what was done for people in a year
    REBASE = "rebase"  # everybody anew, in place of all cohorts before
    REQUEST = "request"  # a table that somebody asked for


class Status(StrEnum):
    """Where a release stands. Its figures are the same from `prepared` on, for ever."""

    DRAFT = "draft"
    PREPARED = "prepared"
    CHECKED = "checked"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class Action(StrEnum):
    """What is done to a release. Each but the job's is also the last word of a URL."""

    PREPARE = "prepare"
    CHECK = "check"
    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    SUPERSEDE = "supersede"
    REINSTATE = "reinstate"


class Party(StrEnum):
    """Who acts on a release, or is told."""

    JOB = "job"  # `dayaq release`: the only one that counts
    PUBLISHER = "publisher"  # who may draft and publish
    CHECKER = "checker"  # who may check what somebody else has drafted
    SYSTEM = "system"  # nobody: a rebase that is published, or taken back


S, A = Status, Action
JOB, PUBLISHER, CHECKER, SYSTEM = Party

# fmt: off
RELEASE = StateTable("release", start=S.DRAFT, moves=[
    #    from         action      to           by         tells      stamps
    Move(S.DRAFT,     A.PREPARE,  S.PREPARED,  JOB,       None,      "snapshot_at"),
    Move(S.PREPARED,  A.CHECK,    S.CHECKED,   CHECKER,   PUBLISHER, "checked_at"),
    Move(S.CHECKED,   A.PUBLISH,  S.PUBLISHED, PUBLISHER, None,      "published_at"),
    Move(S.PREPARED,  A.PUBLISH,  S.PUBLISHED, JOB,       None,      "published_at"),
    Move(S.DRAFT,     A.WITHDRAW, S.WITHDRAWN, PUBLISHER, None,      "withdrawn_at"),
    Move(S.PREPARED,  A.WITHDRAW, S.WITHDRAWN, PUBLISHER, None,      "withdrawn_at"),
    Move(S.PREPARED,  A.WITHDRAW, S.WITHDRAWN, CHECKER,   PUBLISHER, "withdrawn_at"),
    Move(S.CHECKED,   A.WITHDRAW, S.WITHDRAWN, PUBLISHER, None,      "withdrawn_at"),
    Move(S.PUBLISHED, A.WITHDRAW, S.WITHDRAWN, PUBLISHER, None,      "withdrawn_at"),
    Move(S.PUBLISHED, A.SUPERSEDE, S.SUPERSEDED, SYSTEM,  None,      "superseded_at"),
    Move(S.SUPERSEDED, A.REINSTATE, S.PUBLISHED, SYSTEM),
])
# fmt: on
