"""The body map: every region with what is recorded there. Pure."""

from collections.abc import Iterable
from uuid import UUID

from app.codelists import lists
from app.injuries import body
from app.injuries.models import Amputation, Injury
from app.injuries.rules import NO_SIDE
from app.injuries.schemas import BodyMapOut, RegionOut


def draw(injuries: Iterable[Injury], amputations: Iterable[Amputation]) -> BodyMapOut:
    """Put what counts in its place; an injury whose side is not known has none."""
    places = {place: RegionOut.model_validate(_empty(*place)) for place in _places()}
    unplaced: list[UUID] = []
    for injury in (one for one in injuries if not one.in_error):
        at = places.get((injury.region_code, injury.side_code))
        (at.injury_ids if at else unplaced).append(injury.id)
    for limb in (one for one in amputations if not one.in_error):
        for region in body.absent_below(limb.level_code):
            places[region, limb.side_code].absent = True
        region = body.region_of(limb.level_code)
        side = limb.side_code if body.has_sides(region) else NO_SIDE
        places[region, side].amputation_ids.append(limb.id)
    return BodyMapOut(regions=list(places.values()), unplaced=unplaced)


def _places() -> list[tuple[str, str]]:
    return [
        (region, side)
        for region in lists.load("body_region")
        for side in (body.SIDES if body.has_sides(region) else (NO_SIDE,))
    ]


def _empty(region: str, side: str) -> dict[str, object]:
    return {
        "region_code": region,
        "side_code": side,
        "absent": False,
        "injury_ids": [],
        "amputation_ids": [],
    }
