"""Whether functioning is difficult: Washington Group, Child Functioning Module. Never a no out of silence.

Sources: Washington Group analytic guidelines (2019); MICS and UNESCO code of the Child Functioning Module.
"""

from collections.abc import Iterable, Mapping, Sequence

from app.assessments.instrument import Value
from app.assessments.measures import UNKNOWN, Form, Outcome

YES, NO = Outcome(None, "yes"), Outcome(None, "no")
SOME, A_LOT = 2, (3, 4)
DAILY, INTENSE = 1, 2
LEVELS = (1, 2, 3)
NOT_APPLICABLE = "not_applicable"


def any_item(form: Form) -> Outcome:
    """Yes when any item says so; no only when every item was answered with a no; else unknown.

    For the Washington Group Short Set at 3 and 4 this is DIS3, the international cut-off.
    """
    given = form.given()
    if any(answer in form.rule.says_yes for answer in given):
        return YES
    return NO if all(answer in form.rule.says_no for answer in given) else UNKNOWN


def two_or_one(form: Form) -> Outcome:
    """DIS2: two domains at 'some', or one at 'a lot' or 'cannot'."""
    given = form.given()
    if any(answer in A_LOT for answer in given) or given.count(SOME) >= 2:
        return YES
    return NO if all(answer in (1, SOME) for answer in given) else UNKNOWN


def enhanced(form: Form) -> Outcome:
    """WG-ES3: difficulty in a domain, or anxiety or depression at its highest level: daily, and a lot."""
    domains = [item for item in form.items if not item.endswith(("_often", "_level"))]
    found = [
        any_item(form._replace(items=domains)),
        _feeling(*form.given("anxiety_often", "anxiety_level")),
        _feeling(*form.given("depression_often", "depression_level")),
    ]
    return _any_of(found)


def _feeling(often: Value | None, level: Value | None) -> Outcome:
    """Yes for daily and a lot; no as soon as either is answered otherwise."""
    if often in (2, 3, 4, 5) or level in (1, 3):
        return NO
    return YES if (often, level) == (DAILY, INTENSE) else UNKNOWN


def _any_of(found: Iterable[Outcome]) -> Outcome:
    """One yes is a yes; a no needs all of them."""
    results = set(found)
    return YES if YES in results else NO if results == {NO} else UNKNOWN


# Domain to items, and the answers that speak for a difficulty and against it.
SCALE = ((3, 4), (1, 2))
FEELING = ((1,), (2, 3, 4, 5))
COMPARED = ((5,), (1, 2, 3, 4))
Domains = Mapping[str, tuple[tuple[str, ...], tuple[tuple[int, ...], tuple[int, ...]]]]
CHILD: Domains = {
    "seeing": (("see",), SCALE),
    "hearing": (("hear",), SCALE),
    "walking": (("walk_100", "walk_500", "walk_100_equipment", "walk_500_equipment"), SCALE),
    "self_care": (("self_care",), SCALE),
    "communication": (("understood_inside", "understood_outside"), SCALE),
    "learning": (("learn",), SCALE),
    "remembering": (("remember",), SCALE),
    "concentrating": (("concentrate",), SCALE),
    "change": (("change",), SCALE),
    "behaviour": (("behaviour",), SCALE),
    "friends": (("friends",), SCALE),
    "anxiety": (("anxiety",), FEELING),
    "depression": (("depression",), FEELING),
}
SMALL_CHILD: Domains = {
    "seeing": (("see",), SCALE),
    "hearing": (("hear",), SCALE),
    "walking": (("walk", "walk_equipment"), SCALE),
    "fine_motor": (("pick_up",), SCALE),
    "communication": (("understands", "understood"), SCALE),
    "learning": (("learn",), SCALE),
    "playing": (("play",), SCALE),
    "behaviour": (("behaviour",), COMPARED),
}


def child(form: Form) -> Outcome:
    """Child Functioning Module, 5 to 17: difficulty in any of thirteen domains; a no needs all of them."""
    return _any_of(_domains(CHILD, form))


def small_child(form: Form) -> Outcome:
    """Child Functioning Module, 2 to 4: difficulty in any of eight domains; a no needs all of them."""
    return _any_of(_domains(SMALL_CHILD, form))


def child_as_in_surveys(form: Form) -> Outcome:
    """As MICS counts, to compare with surveys: unknown only when every domain is."""
    return _as_in_surveys(_domains(CHILD, form))


def small_child_as_in_surveys(form: Form) -> Outcome:
    """The same from 2 to 4."""
    return _as_in_surveys(_domains(SMALL_CHILD, form))


def _as_in_surveys(found: Iterable[Outcome]) -> Outcome:
    known = set(found) - {UNKNOWN}
    return YES if YES in known else NO if known else UNKNOWN


def _domains(domains: Domains, form: Form) -> list[Outcome]:
    """Each domain: a difficulty in any of its items; none only where each is answered or does not apply."""
    return [_domain(form.given(*items), yes, no) for items, (yes, no) in domains.values()]


def _domain(given: Sequence[Value | None], yes: Sequence[int], no: Sequence[int]) -> Outcome:
    if any(answer in yes for answer in given):
        return YES
    applying = [answer for answer in given if answer != NOT_APPLICABLE]
    return NO if applying and all(answer in no for answer in applying) else UNKNOWN
