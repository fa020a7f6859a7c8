"""The body as data: which side a region has, how high a level lies, what it takes away, its ICD-10. Pure."""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from app.codelists import lists

CROSSWALK = Path(__file__).parent / "icd10.csv"
SIDES = ("left", "right")
CONGENITAL = "congenital"


def has_sides(region_code: str) -> bool:
    """Whether there are two of this region."""
    return lists.load("body_region")[region_code].extra["paired"] == "yes"


def limb_of(level_code: str) -> str:
    """The limb that an amputation at this level is of."""
    return lists.load("amputation_level")[level_code].extra["limb"]


def height_of(level_code: str) -> int:
    """How far from the fingers or toes: a higher number is a higher level of the same limb."""
    return int(lists.load("amputation_level")[level_code].extra["rank"])


def region_of(level_code: str) -> str:
    """The region of the body map through which this level goes."""
    return lists.load("amputation_level")[level_code].extra["region"]


def absent_below(level_code: str) -> list[str]:
    """The regions of the same side that are gone with it."""
    return lists.load("amputation_level")[level_code].extra["absent"].split()


def level_of_part(part_code: str) -> str:
    """The level (partial hand or foot) that this part belongs to."""
    return lists.load("partial_level")[part_code].extra["level"]


def band_of(percent: int | None) -> str | None:
    """The band of the national list (code list: disability_band) that holds this percentage, if one does."""
    for code, row in lists.load("disability_band").items():
        if percent is not None and int(row.extra["min_percent"]) <= percent <= int(row.extra["max_percent"]):
            return code
    return None


@cache
def _crosswalk() -> Mapping[tuple[str, str, str], tuple[str, ...]]:
    with CROSSWALK.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, strict=True)
        return {(row["what"], row["code"], row["region"]): tuple(row["icd10"].split()) for row in rows}


def icd10_of_injury(nature_code: str, region_code: str) -> tuple[str, ...]:
    """Codes of ICD-10 that a coder would begin with; none where the crosswalk has none."""
    codes = _crosswalk()
    return codes.get(("nature", nature_code, region_code)) or codes.get(("nature", nature_code, ""), ())


def icd10_of_amputation(level_code: str, kind_code: str) -> tuple[str, ...]:
    """The same for a limb: how it was lost and that it is missing, or that it was never there."""
    if kind_code.startswith(CONGENITAL):
        return _crosswalk()[CONGENITAL, limb_of(level_code), ""]
    lost, missing = _crosswalk()["level", level_code, ""]
    return (lost, missing) if kind_code == "traumatic" else (missing,)
