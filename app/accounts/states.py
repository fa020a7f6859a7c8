"""Whether a person may sign in."""

from enum import StrEnum


class Standing(StrEnum):
    """How an account stands: invited until a password is set, active, or disabled by an administrator."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"
