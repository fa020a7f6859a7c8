"""The way of a device from the referral to its replacement, as a table. Picture: docs/reference/states.md."""

from enum import StrEnum

from app.core.states import Move, StateTable


class Status(StrEnum):
    """Where the making of a device stands (WHO standards for prosthetics and orthotics, 2017)."""

    REFERRED = "referred"
    ASSESSED = "assessed"
    PRESCRIBED = "prescribed"
    MEASURED = "measured"
    FABRICATED = "fabricated"
    FITTED = "fitted"
    TRAINED = "trained"
    DELIVERED = "delivered"
    FOLLOW_UP = "follow_up"
    REPAIR = "repair"
    REPLACED = "replaced"
    CLOSED_NOT_DELIVERED = "closed_not_delivered"


class Action(StrEnum):
    """What is done for a device. Each is also the last word of a URL."""

    ASSESS = "assess"
    PRESCRIBE = "prescribe"
    MEASURE = "measure"
    FABRICATE = "fabricate"
    FIT = "fit"
    TRAIN = "train"
    DELIVER = "deliver"
    FOLLOW_UP = "follow-up"
    REPAIR = "repair"
    HAND_BACK = "hand-back"
    REPLACE = "replace"
    STOP = "stop"


class Party(StrEnum):
    """Who makes the device, and who is told."""

    WORKSHOP = "workshop"
    OWNER = "owner"


S, A = Status, Action
WORKSHOP, OWNER = Party
IN_USE = frozenset({S.DELIVERED, S.FOLLOW_UP, S.REPAIR})
OVER = frozenset({S.REPLACED, S.CLOSED_NOT_DELIVERED})

# fmt: off
DEVICE_ORDER = StateTable("device_order", start=S.REFERRED, moves=[
    #    from          action        to                      by        tells  stamps
    Move(S.REFERRED,   A.ASSESS,     S.ASSESSED,             WORKSHOP),
    Move(S.ASSESSED,   A.PRESCRIBE,  S.PRESCRIBED,           WORKSHOP, OWNER),
    Move(S.PRESCRIBED, A.MEASURE,    S.MEASURED,             WORKSHOP),
    Move(S.PRESCRIBED, A.FIT,        S.FITTED,               WORKSHOP),  # from stock: nothing is made
    Move(S.MEASURED,   A.FABRICATE,  S.FABRICATED,           WORKSHOP),
    Move(S.MEASURED,   A.MEASURE,    S.MEASURED,             WORKSHOP),  # the cast failed
    Move(S.FABRICATED, A.FIT,        S.FITTED,               WORKSHOP),
    Move(S.FITTED,     A.MEASURE,    S.MEASURED,             WORKSHOP),  # it does not fit: cast anew
    Move(S.FITTED,     A.FABRICATE,  S.FABRICATED,           WORKSHOP),  # or change what is made
    Move(S.FITTED,     A.TRAIN,      S.TRAINED,              WORKSHOP),
    Move(S.TRAINED,    A.FIT,        S.FITTED,               WORKSHOP),  # aligned anew
    Move(S.TRAINED,    A.DELIVER,    S.DELIVERED,            WORKSHOP, OWNER, "delivered_on"),
    Move(S.DELIVERED,  A.FOLLOW_UP,  S.FOLLOW_UP,            WORKSHOP),
    Move(S.FOLLOW_UP,  A.FOLLOW_UP,  S.FOLLOW_UP,            WORKSHOP),
    Move(S.DELIVERED,  A.REPAIR,     S.REPAIR,               WORKSHOP, OWNER),
    Move(S.FOLLOW_UP,  A.REPAIR,     S.REPAIR,               WORKSHOP, OWNER),
    Move(S.REPAIR,     A.HAND_BACK,  S.FOLLOW_UP,            WORKSHOP, OWNER),
    Move(S.DELIVERED,  A.REPLACE,    S.REPLACED,             WORKSHOP, OWNER, "ended_on"),
    Move(S.FOLLOW_UP,  A.REPLACE,    S.REPLACED,             WORKSHOP, OWNER, "ended_on"),
    Move(S.REPAIR,     A.REPLACE,    S.REPLACED,             WORKSHOP, OWNER, "ended_on"),
    Move(S.REFERRED,   A.STOP,       S.CLOSED_NOT_DELIVERED, WORKSHOP, OWNER, "ended_on"),
    Move(S.ASSESSED,   A.STOP,       S.CLOSED_NOT_DELIVERED, WORKSHOP, OWNER, "ended_on"),
    Move(S.PRESCRIBED, A.STOP,       S.CLOSED_NOT_DELIVERED, WORKSHOP, OWNER, "ended_on"),
    Move(S.MEASURED,   A.STOP,       S.CLOSED_NOT_DELIVERED, WORKSHOP, OWNER, "ended_on"),
    Move(S.FABRICATED, A.STOP,       S.CLOSED_NOT_DELIVERED, WORKSHOP, OWNER, "ended_on"),
    Move(S.FITTED,     A.STOP,       S.CLOSED_NOT_DELIVERED, WORKSHOP, OWNER, "ended_on"),
    Move(S.TRAINED,    A.STOP,       S.CLOSED_NOT_DELIVERED, WORKSHOP, OWNER, "ended_on"),
])
# fmt: on
