"""Who could accompany whom: peers in the order in which they fit, each with the reasons. Pure.

Suggested by injury, sex, age band, language and load (peer support in mine action: Oslo Action Plan, action
38). What is not known of the person speaks neither for nor against anybody; a person decides.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from app.codelists import lists
from app.codelists.ages import UNKNOWN, band_of
from app.support.models import Peer

WEIGHTS = {"same_experience": 8, "same_language": 4, "same_sex": 2, "same_age_band": 1}
HAS_ROOM = "has_room"


class Wanted(NamedTuple):
    """What is known of the person who is to be accompanied; empty or `unknown` where nothing is."""

    experiences: Collection[str]
    sex_code: str
    age_band: str
    language_code: str


@dataclass(frozen=True, slots=True)
class Suggested:
    """One peer who has room: how many they accompany now, what speaks for them, what cannot be compared."""

    peer: Peer
    load: int
    reasons: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def rank(self) -> tuple[int, int, str]:
        """First whom most speaks for, then who accompanies fewest."""
        return -sum(WEIGHTS.get(reason, 0) for reason in self.reasons), self.load, str(self.peer.id)


def suggest(wanted: Wanted, peers: Iterable[tuple[Peer, int]], today: date) -> list[Suggested]:
    """Peers who are trained and have room and a language in common, best first."""
    found = [
        compare(wanted, peer, load, today)
        for peer, load in peers
        if load < peer.most and peer.ended_on is None and peer.trained_on and _can_talk(wanted, peer)
    ]
    return sorted(found, key=lambda one: one.rank)


def compare(wanted: Wanted, peer: Peer, load: int, today: date) -> Suggested:
    """What speaks for this peer, and what is not known."""
    band = band_of(today.year - peer.birth_year)
    same = {
        "same_experience": _any(set(wanted.experiences) & set(peer.experience_codes), wanted.experiences),
        "same_language": _same(wanted.language_code, peer.language_codes),
        "same_sex": _same(wanted.sex_code, [peer.sex_code]),
        "same_age_band": _same(wanted.age_band, [band]),
    }
    reasons = [reason for reason, is_same in same.items() if is_same]
    room = [HAS_ROOM] if load < peer.most else []
    return Suggested(peer, load, (*reasons, *room), tuple(name for name, one in same.items() if one is None))


def experiences(category_code: str, limbs: Iterable[str], natures: Iterable[str]) -> set[str]:
    """What a person has lived through, as the list of peers' experiences names it."""
    of: Mapping[str, set[str]] = {"category": {category_code}, "limb": set(limbs), "nature": set(natures)}
    return {
        code
        for code, row in lists.load("peer_experience").items()
        if of[row.extra["of"]] & set(row.extra["matches"].split())
    }


def _can_talk(wanted: Wanted, peer: Peer) -> bool:
    return _same(wanted.language_code, peer.language_codes) is not False


def _same(known: str, those: Collection[str]) -> bool | None:
    """Whether it is one of those; None where it is not known."""
    return None if known == UNKNOWN else known in those


def _any(common: Collection[str], known: Collection[str]) -> bool | None:
    return bool(common) if known else None
