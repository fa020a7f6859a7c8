"""How far one case of a bulk assignment is."""

from enum import StrEnum


class State(StrEnum):
    """Each waits until it is given away or refused; nothing else happens to it."""

    WAITING = "waiting"
    ASSIGNED = "assigned"
    REFUSED = "refused"
