"""How severe an injury is: the scores of emergency care. Pure; None where a value that it needs is unknown.

Sources: RTS Champion 1989; ISS Baker; KTS Kobusingye and Lett 2000; KTS II, GAP and MGAP as published;
Red Cross wound score: ICRC. Bands stand with the instruments, as data.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

Steps: TypeAlias = Sequence[tuple[float, int]]
Avpu: TypeAlias = Literal["a", "v", "p", "u"]

# From this value on, so many points; falling, the first that is reached counts.
RTS_GCS: Steps = ((13, 4), (9, 3), (6, 2), (4, 1), (3, 0))
RTS_SBP: Steps = ((90, 4), (76, 3), (50, 2), (1, 1), (0, 0))
RTS_RR: Steps = ((30, 3), (10, 4), (6, 2), (1, 1), (0, 0))  # above 29 is 3: two published tables swap them
KTS_SBP: Steps = ((90, 4), (50, 3), (1, 2), (0, 1))
KTS_RR: Steps = ((30, 2), (10, 3), (0, 1))
KTS_2_SBP: Steps = ((90, 2), (50, 1), (0, 0))
KTS_2_RR: Steps = ((30, 1), (10, 2), (0, 0))
MGAP_SBP: Steps = ((121, 5), (60, 3), (0, 0))
GAP_SBP: Steps = ((121, 6), (60, 4), (0, 0))
KTS_AVPU = {"a": 4, "v": 3, "p": 2, "u": 1}
DEADLY = 6  # AIS of an injury that nobody survives
WORST = 75
WIDE = 10  # centimetres of entry and exit together


def points(value: float, steps: Steps) -> int:
    """The points of a measured value."""
    return next(score for least, score in steps if value >= least)


def rts(gcs: int | None, sbp: int | None, rr: int | None) -> float | None:
    """Revised Trauma Score, 0 to 7.8408, from the Glasgow total, systolic pressure and breaths a minute."""
    if gcs is None or sbp is None or rr is None:
        return None
    coded = 0.9368 * points(gcs, RTS_GCS) + 0.7326 * points(sbp, RTS_SBP) + 0.2908 * points(rr, RTS_RR)
    return round(coded, 4)


def triage_rts(gcs: int | None, sbp: int | None, rr: int | None) -> int | None:
    """The triage form of it, 0 to 12: the coded values added up."""
    if gcs is None or sbp is None or rr is None:
        return None
    return points(gcs, RTS_GCS) + points(sbp, RTS_SBP) + points(rr, RTS_RR)


def severity(ais: Iterable[int | None]) -> int | None:
    """ISS from the highest AIS of each region, NISS from those of all injuries: three squares, 1 to 75.

    Any 6 is 75, also beside what is unknown. None for somebody without an injury: the scale begins at 1.
    """
    numbers = list(ais)
    if DEADLY in numbers:
        return WORST
    known = [number for number in numbers if number is not None]
    if len(known) < len(numbers):
        return None
    return sum(number**2 for number in sorted(known)[-3:]) or None


def kts(
    age: int | None, sbp: int | None, rr: int | None, avpu: Avpu | None, serious: int | None
) -> int | None:
    """Kampala Trauma Score, 5 to 16. `serious`: how many serious injuries. Pressure 0: undetectable."""
    if age is None or sbp is None or rr is None or avpu is None or serious is None:
        return None
    young_or_old = 2 if 5 <= age <= 55 else 1
    return young_or_old + points(sbp, KTS_SBP) + points(rr, KTS_RR) + KTS_AVPU[avpu] + max(1, 3 - serious)


def kts_2(
    age: int | None, sbp: int | None, rr: int | None, avpu: Avpu | None, serious: int | None
) -> int | None:
    """Kampala Trauma Score II, 0 to 10: another scale, not another version."""
    if age is None or sbp is None or rr is None or avpu is None or serious is None:
        return None
    young_or_old = 1 if 5 <= age <= 55 else 0
    state = KTS_AVPU[avpu] - 1
    return young_or_old + points(sbp, KTS_2_SBP) + points(rr, KTS_2_RR) + state + max(0, 2 - serious)


def gap(gcs: int | None, age: int | None, sbp: int | None) -> int | None:
    """GAP, 3 to 24: Glasgow total, age and arterial pressure."""
    if gcs is None or age is None or sbp is None:
        return None
    return gcs + (3 if age < 60 else 0) + points(sbp, GAP_SBP)


def mgap(gcs: int | None, age: int | None, sbp: int | None, blunt: bool | None) -> int | None:
    """MGAP, 3 to 29: the same with the mechanism, on other points."""
    if gcs is None or age is None or sbp is None or blunt is None:
        return None
    return gcs + (5 if age < 60 else 0) + points(sbp, MGAP_SBP) + (4 if blunt else 0)


def red_cross_grade(
    entry: float | None, exit_: float | None, cavity: int | None, fracture: int | None
) -> int | None:
    """Grade 1 to 3 of one wound; None for the wide and shallow wound that the table does not name."""
    if entry is None or exit_ is None or cavity is None or fracture is None:
        return None
    deep = cavity == 1 or fracture == 2
    if entry + exit_ < WIDE:
        return 2 if deep else 1
    return 3 if deep else None


def red_cross_type(fracture: int | None, vital: str | None) -> str | None:
    """Type of one wound: soft tissue, fracture, vital structure, or both. `vital`: `none`, or which."""
    if fracture is None or vital is None:
        return None
    kind = ("v" if vital != "none" else "") + ("f" if fracture > 0 else "")
    return kind or "st"
