"""Injuries and lost limbs of those who were hurt themselves."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.core.clock import day_of
from app.demo.cases import File
from app.demo.dice import urn
from app.demo.people import DIRECT, DISABLED
from app.demo.places import Country
from app.demo.sheets import Sheets, ready
from app.injuries.body import limb_of, region_of

LEVEL = "tt:9 tf:4 pf:3 ad:1 kd:1 tr:2 ph:2 th:1"
WOUNDS = (
    *(("leg", "fragment_wound"), ("thigh", "soft_tissue"), ("arm", "open_fracture"), ("hand", "nerve")),
    *(("face", "burn"), ("eye", "eye_penetrating"), ("ear", "tympanic_rupture"), ("abdomen", "abdominal")),
)
SIDE = "left right"
PAIRED = ("leg", "thigh", "arm", "hand", "eye", "ear")


class Limb(NamedTuple):
    """A limb that was lost."""

    limb_code: str
    side_code: str
    level_code: str
    amputation_id: UUID


def write_injuries(sheets: Sheets, country: Country, file: File, many: int) -> Limb | None:
    """So many wounds; and the limb that was lost, if one was."""
    draws, person = sheets.dice, file.person
    if person.origin.category_code not in (DIRECT, DISABLED):
        return None
    at = draws.between(person.life.opened_at, person.life.until(country.now))
    for region, nature in draws.sample(WOUNDS, many):
        side = urn(SIDE).draw(draws) if region in PAIRED else "not_applicable"
        _write(sheets, file, at, "injury", region_code=region, side_code=side, nature_code=nature)
    return _write_loss(sheets, file, at) if person.lost_limb else None


def _write_loss(sheets: Sheets, file: File, at: datetime) -> Limb:
    """The limb and, for some, how what is left of it was found."""
    draws = sheets.dice
    level, side = urn(LEVEL).draw(draws), urn(SIDE).draw(draws)
    wound = {"region_code": region_of(level), "side_code": side, "nature_code": "traumatic_amputation"}
    _write(sheets, file, at, "injury", **wound)
    lost = {"limb_code": limb_of(level), "side_code": side, "level_code": level}
    how = {"kind_code": urn("traumatic:3 surgical:2").draw(draws), "cause_code": "explosive_ordnance"}
    amputation_id = draws.new_id(at)
    _write(sheets, file, at, "amputation", id=amputation_id, **lost, **how)
    if draws.chance(0.5):
        _write_stump(sheets, file, at, amputation_id)
    return Limb(limb_of(level), side, level, amputation_id)


def _write_stump(sheets: Sheets, file: File, at: datetime, amputation_id: UUID) -> None:
    draws = sheets.dice
    sheets.record(
        "residual_limb",
        at,
        survivor_id=file.person.id,
        amputation_id=amputation_id,
        examined_on=day_of(at),
        by_id=file.acting(at),
        shape_code=urn("conical:3 cylindrical:2 bulbous").draw(draws),
        skin_intact=urn("yes:4 no:1 unknown:1").draw(draws),
        scar_healed=urn("yes:5 no:1").draw(draws),
        pain=draws.randint(0, 6),
        phantom_pain=draws.randint(0, 8),
        **file.person.held,
    )


def _write(sheets: Sheets, file: File, at: datetime, table: str, **what: object) -> None:
    """A record of the day of the accident, as far as that is known."""
    day = file.person.accident_on
    if table == "injury":
        what["mechanism_code"] = urn("secondary:4 primary:2 tertiary:1 unknown:1").draw(sheets.dice)
    sheets.record(
        table,
        at,
        occurred_on=day,
        occurred_precision="day" if day else None,
        by_id=file.acting(at),
        **ready(survivor_id=file.person.id),
        **file.person.held,
        **what,
    )
