"""Judgements about injuries and amputations already in hand. No database, no clock, no HTTP."""

from collections.abc import Iterator

from app.injuries import body
from app.records.kinds import Around, Said, first_and_last
from app.records.rules import Fault, refuse, starts_after_it_ends

NO_SIDE = "not_applicable"
WITH_HEEL_PAD = frozenset({"pf", "ad"})  # ISO 8548-2: where the heel is kept
DETERMINED = "determined"
LIFE_SAVING = frozenset({"injury", "amputation"})
"""What happened to the body may be recorded to save a life; what follows from it needs consent."""


def judge_injury(said: Said, _: Around) -> None:
    """Stop a side where there is none, and a missing one where there are two."""
    refuse(_side_faults(said["side_code"], body.has_sides(said["region_code"])))


def judge_amputation(said: Said, around: Around) -> None:
    """Stop a level that is not of this limb and side, or lower than one that the limb has lost already."""
    refuse(_amputation_faults(said))
    for other in around.others:
        if _same_limb(said, other):
            refuse(_order_faults(said, other))


def judge_residual_limb(said: Said, around: Around) -> None:
    """Stop a heel pad where no heel is left, and a look at what was not yet lost."""
    refuse(_residual_faults(said, around.pointed["amputation_id"]))


def judge_impairment(said: Said, _: Around) -> None:
    """Any function may be lost on a side, on both, or as a whole: nothing to stop."""


def judge_determination(said: Said, _: Around) -> None:
    """Stop a percentage without a determination, and one that ends before it begins."""
    refuse(_determination_faults(said))


def _side_faults(side_code: str, paired: bool) -> Iterator[Fault]:
    if paired and side_code == NO_SIDE:
        yield "side_code", "side_needed"
    if not paired and side_code in body.SIDES:
        yield "side_code", "no_side_here"


def _amputation_faults(said: Said) -> Iterator[Fault]:
    if said["side_code"] not in body.SIDES:
        yield "side_code", "side_needed"
    if body.limb_of(said["level_code"]) != said["limb_code"]:
        yield "level_code", "not_of_this_limb"
    if said["part_code"] and body.level_of_part(said["part_code"]) != said["level_code"]:
        yield "part_code", "not_of_this_level"


def _same_limb(one: Said, other: Said) -> bool:
    return (one["limb_code"], one["side_code"]) == (other["limb_code"], other["side_code"])


def _order_faults(said: Said, other: Said) -> Iterator[Fault]:
    """What was cut off does not grow again: of two days that are certain, the later has no lower level."""
    if said["occurred"] is None or other["occurred"] is None:
        return
    first, last = first_and_last(said["occurred"])
    others_first, others_last = first_and_last(other["occurred"])
    height, others_height = body.height_of(said["level_code"]), body.height_of(other["level_code"])
    if others_last <= first and height < others_height:
        yield "level_code", "lower_than_before"
    if last < others_first and height > others_height:
        yield "level_code", "higher_than_after"


def _residual_faults(said: Said, limb: Said) -> Iterator[Fault]:
    if said["heel_pad_code"] and limb["level_code"] not in WITH_HEEL_PAD:
        yield "heel_pad_code", "no_heel_at_this_level"
    if starts_after_it_ends(limb["occurred"], said["examined_on"]):
        yield "examined_on", "before_the_amputation"


def _determination_faults(said: Said) -> Iterator[Fault]:
    if said["percent"] is not None and said["decision_code"] != DETERMINED:
        yield "percent", "only_when_determined"
    if starts_after_it_ends(said["decided_on"], said["valid_until"]):
        yield "valid_until", "ends_before_it_begins"
