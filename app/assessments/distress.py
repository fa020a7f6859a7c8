"""What answers about distress amount to beyond their sum: screening, never a diagnosis. Pure.

Sources: PHQ-9 algorithm for depressive syndromes; PCL-5 cluster rule of the National Center for PTSD.
"""

from app.assessments.measures import UNKNOWN, Form, Outcome

MOST_DAYS = 2
CORE = ("q1", "q2")
SELF_HARM = "q9"  # counts at several days
MAJOR, OTHER = 5, 2
CLUSTERS = {"b": (1, 5, 1), "c": (6, 7, 1), "d": (8, 14, 2), "e": (15, 20, 2)}
"""From item, to item, how many of them at 2 or more."""


def depressive_syndrome(form: Form) -> Outcome:
    """PHQ-9: major with five symptoms on most days, other with two to four; one of them a core one."""
    if form.gaps:
        return UNKNOWN
    symptoms = {item for item, days in form.known.items() if days >= (1 if item == SELF_HARM else MOST_DAYS)}
    if not symptoms.intersection(CORE) or len(symptoms) < OTHER:
        return Outcome(None, "none")
    return Outcome(None, "major" if len(symptoms) >= MAJOR else "other")


def stress_clusters(form: Form) -> Outcome:
    """PCL-5: yes when every cluster has enough items at 2; no as soon as one cannot; else unknown."""
    present = [
        _present(form._replace(items=_items(first, last)), least) for first, last, least in CLUSTERS.values()
    ]
    if False in present:
        return Outcome(None, "no")
    return Outcome(None, "yes") if all(present) else UNKNOWN


def _items(first: int, last: int) -> list[str]:
    return [f"q{number}" for number in range(first, last + 1)]


def _present(form: Form, least: int) -> bool | None:
    """Whether so many items of a cluster count; None where what is unanswered could decide it."""
    counting = sum(level >= MOST_DAYS for level in form.known.values())
    if counting >= least:
        return True
    return False if counting + form.gaps < least else None
