"""The chain of care from the injury (t0) to the discharge or the death (t8): its order, its lengths. Pure."""

from collections.abc import Iterator
from datetime import timedelta

from app.records.kinds import Said
from app.records.stamps import Span, Stamp, span, surely_before

CHAIN = (
    "injured",  # t0
    "alerted",  # t1: the call for help
    "aid_began",  # t2
    "evacuation_began",  # t3
    "arrived",  # t4: at the first facility
    "triaged",  # t5: seen there for the first time
    "surgery_began",  # t6: the first operation
    "transferred",  # t7: from one facility to another
    "ended",  # t8: discharge or death
)
AFTER = {
    "alerted": ("injured",),
    "aid_began": ("injured",),
    "evacuation_began": ("injured",),
    "arrived": ("injured", "evacuation_began"),
    "triaged": ("injured", "arrived"),
    "surgery_began": ("injured", "arrived", "triaged"),
    "transferred": ("injured", "arrived"),
    "ended": CHAIN[:-1],
}
"""What each moment cannot lie before. Nothing else is in order: help may come before the call for it."""
INTERVALS = {
    "time_to_first_aid": ("injured", "aid_began"),
    "evacuation_time": ("evacuation_began", "arrived"),
    "pre_hospital_time": ("injured", "arrived"),
    "time_to_surgery": ("injured", "surgery_began"),
}
LIMB_AT_RISK = timedelta(hours=2)  # under a tourniquet: the usual teaching of tactical casualty care


def contradictions(said: Said) -> Iterator[tuple[str, str]]:
    """Pairs of moments, the later first, that cannot both be true."""
    for late, earlier in AFTER.items():
        for early in earlier:
            if said[late] and said[early] and surely_before(said[late], said[early]):
                yield late, early


def intervals(said: Said) -> dict[str, Span | None]:
    """How long each part of the way took; unknown where a moment of it is unknown."""
    return {name: span(said[first], said[last]) for name, (first, last) in INTERVALS.items()}


def limb_at_risk(applied: Stamp | None, released: Stamp | None) -> str:
    """Whether a tourniquet was on for longer than a limb bears (code list: tri)."""
    length = span(applied, released)
    limit = LIMB_AT_RISK // timedelta(minutes=1)
    if length is None or length.least_minutes <= limit < length.most_minutes:
        return "unknown"
    return "yes" if length.least_minutes > limit else "no"
