"""What the rules of a sport propose for somebody's limbs, position by position. A person decides. Pure.

The rules are a table, `eligibility.csv`: the first row that fits says the outcome, the class, the reason and
the source. A foot is lost from the ankle up, a hand from the wrist up (ISO 8549-4); lower down it is a part.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.injuries import body
from app.injuries.body import CONGENITAL
from app.injuries.models import Amputation

RULES = Path(__file__).parent / "eligibility.csv"
LOWER, UPPER = "lower", "upper"
WHOLE, ABOVE = 2, 4  # ranks of code list amputation_level: from the ankle or wrist; from the knee or elbow
ELIGIBLE, UNCLEAR, NOT_ELIGIBLE = "eligible", "unclear", "not_eligible"


@dataclass(frozen=True, slots=True)
class Situation:
    """Somebody's limbs as far as they are recorded, in the words of the rules."""

    recorded: bool = False
    feet: int = 0  # lost
    hands: int = 0  # lost
    partial: bool = False  # a part of another hand or foot is lost
    above: bool = False  # a loss lies at the knee or elbow, or above
    congenital: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table."""

    sport: str
    position: str
    recorded: str
    feet: str
    hands: str
    partial: str
    height: str
    origin: str
    outcome: str
    class_code: str
    reason: str
    source: str

    def fits(self, situation: Situation) -> bool:
        """Whether every column of the row allows this."""
        words = {
            self.recorded: "yes" if situation.recorded else "no",
            f"partial {self.partial}": "partial yes" if situation.partial else "partial no",
            f"height {self.height}": "height above" if situation.above else "height below",
            f"origin {self.origin}": "origin congenital" if situation.congenital else "origin acquired",
        }
        counts = (self.feet, situation.feet), (self.hands, situation.hands)
        return all(asked.endswith("any") or asked == is_so for asked, is_so in words.items()) and all(
            _counts(asked, lost) for asked, lost in counts
        )


def situation_of(losses: Iterable[Amputation]) -> Situation:
    """What the recorded losses come to: of each limb the highest counts, an error does not."""
    highest: dict[tuple[str, str], Amputation] = {}
    for loss in losses:
        limb = (loss.limb_code, loss.side_code)
        if not loss.in_error and (limb not in highest or _rank(loss) > _rank(highest[limb])):
            highest[limb] = loss
    whole = [loss for loss in highest.values() if _rank(loss) >= WHOLE]
    return Situation(
        recorded=bool(highest),
        feet=sum(loss.limb_code == LOWER for loss in whole),
        hands=sum(loss.limb_code == UPPER for loss in whole),
        partial=len(whole) < len(highest),
        above=any(_rank(loss) >= ABOVE for loss in whole),
        congenital=any(loss.kind_code.startswith(CONGENITAL) for loss in whole),
    )


def propose(sport_code: str, situation: Situation) -> list[Rule]:
    """For each position of a sport the rule that fits."""
    found: dict[str, Rule] = {}
    for rule in _rules():
        if rule.sport == sport_code and rule.position not in found and rule.fits(situation):
            found[rule.position] = rule
    return list(found.values())


def positions(sport_code: str) -> list[str]:
    """The positions that the rules of a sport tell apart (code list: sport_position)."""
    return list(dict.fromkeys(rule.position for rule in _rules() if rule.sport == sport_code))


def overall(proposals: Iterable[Rule]) -> str:
    """The best that the rules propose: eligible somewhere, else unclear somewhere, else not at all."""
    outcomes = {rule.outcome for rule in proposals}
    return next((each for each in (ELIGIBLE, UNCLEAR) if each in outcomes), NOT_ELIGIBLE)


@cache
def _rules() -> tuple[Rule, ...]:
    with RULES.open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file, strict=True)
    return tuple(Rule(*row) for row in rows)


def _counts(asked: str, lost: int) -> bool:
    return asked == "any" or (lost >= 1 if asked == "1+" else lost == int(asked))


def _rank(loss: Amputation) -> int:
    return body.height_of(loss.level_code)
