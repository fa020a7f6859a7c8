"""Judgements about emergency care already in hand. No database, no clock, no HTTP."""

from collections.abc import Iterator

from app.emergency.chain import contradictions
from app.injuries import body
from app.records.kinds import Around, Said
from app.records.rules import Fault, refuse, refuse_pairs, starts_after_it_ends
from app.records.stamps import surely_before

NOBODY = "none"
MEASURED = (
    *("gcs_eye", "gcs_verbal", "gcs_motor", "avpu_code", "systolic", "respiratory_rate"),
    *("oxygen_saturation", "serious_injuries"),
)


def judge_episode(said: Said, _: Around) -> None:
    """Stop moments that cannot both be true, and help at a moment when nobody is said to have helped."""
    refuse_pairs(contradictions(said))
    refuse(_help_faults(said))


def judge_tourniquet(said: Said, around: Around) -> None:
    """Stop one on no side, one before the injury, and one that was off before it was on."""
    refuse(_tourniquet_faults(said, around.pointed["episode_id"]))


def judge_observation(said: Said, around: Around) -> None:
    """Stop an observation of nothing, and one before the injury."""
    refuse(_observation_faults(said, around.pointed["episode_id"]))


def judge_stay(said: Said, _: Around) -> None:
    """Stop a stay that ends before it begins."""
    if starts_after_it_ends(said["admitted"], said["discharged"]):
        refuse([("discharged", "ends_before_it_begins")])


def judge_operation(said: Said, around: Around) -> None:
    """Stop one outside its stay, one before what it revises, and a side where there is none."""
    refuse(_operation_faults(said, around))


def judge_complication(said: Said, around: Around) -> None:
    """Stop one before its operation, and one that was over before it was there."""
    refuse(_complication_faults(said, around.pointed.get("operation_id")))


def _help_faults(said: Said) -> Iterator[Fault]:
    if said["first_aid"] == "no" and said["aid_began"]:
        yield "aid_began", "no_help_was_given"
        yield "first_aid", "help_has_a_moment"
    if said["first_responder_code"] == NOBODY and said["first_aid"] == "yes":
        yield "first_responder_code", "somebody_helped"


def _tourniquet_faults(said: Said, episode: Said) -> Iterator[Fault]:
    if said["side_code"] not in body.SIDES:
        yield "side_code", "side_needed"
    for name in ("applied", "released"):
        if said[name] and episode["injured"] and surely_before(said[name], episode["injured"]):
            yield name, "before_the_injury"
    if said["applied"] and said["released"] and surely_before(said["released"], said["applied"]):
        yield "released", "ends_before_it_begins"


def _observation_faults(said: Said, episode: Said) -> Iterator[Fault]:
    if all(said[name] is None for name in MEASURED):
        yield "systolic", "nothing_observed"
    if episode["injured"] and surely_before(said["observed"], episode["injured"]):
        yield "observed", "before_the_injury"


def _operation_faults(said: Said, around: Around) -> Iterator[Fault]:
    stay, revised = around.pointed.get("stay_id"), around.pointed.get("revises_id")
    day = said["performed"]
    if stay and (
        starts_after_it_ends(stay["admitted"], day) or starts_after_it_ends(day, stay["discharged"])
    ):
        yield "performed", "outside_the_stay"
    if revised and starts_after_it_ends(revised["performed"], day):
        yield "performed", "before_what_it_revises"
    if said["region_code"] and said["side_code"] in body.SIDES and not body.has_sides(said["region_code"]):
        yield "side_code", "no_side_here"


def _complication_faults(said: Said, operation: Said | None) -> Iterator[Fault]:
    if operation and starts_after_it_ends(operation["performed"], said["noticed"]):
        yield "noticed", "before_the_operation"
    if starts_after_it_ends(said["noticed"], said["resolved"]):
        yield "resolved", "ends_before_it_begins"
