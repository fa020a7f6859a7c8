"""What differs between two versions, as people read it."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from app.careplans.difference import FIELDS, Line, Text, What, differences

WELL, WORK, SCHOOL = UUID(int=1), UUID(int=2), UUID(int=3)
DAY = date(2027, 3, 1)


def goal(goal_id: UUID = WELL, **changes: Any) -> Text:
    known = Text(goal_id, "rehabilitation", "Cannot walk far", "Walks far", None, None, "person", DAY)
    return known._replace(**changes)


def test_the_same_goals_differ_in_nothing_whatever_their_order() -> None:
    assert differences([], [], "en") == []
    assert differences([goal(), goal(WORK)], [goal(WORK), goal()], "en") == []


def test_goals_come_and_go() -> None:
    lines = differences([goal(), goal(WORK, aim="Has work")], [goal(), goal(SCHOOL, aim="Reads")], "en")

    assert lines == [
        Line(
            *(What.ADDED, SCHOOL, "Reads", None, None),
            "Physical rehabilitation: Cannot walk far → Reads (2027-03-01)",
        ),
        Line(
            *(What.REMOVED, WORK, "Has work", None),
            *("Physical rehabilitation: Cannot walk far → Has work (2027-03-01)", None),
        ),
    ]


@pytest.mark.parametrize(
    ("field", "value", "before", "after"),
    [
        ("pillar_code", "reintegration", "Physical rehabilitation", "Social and economic inclusion"),
        ("need", "Falls", "Cannot walk far", "Falls"),
        ("aim", "Does not fall", "Walks far", "Does not fall"),
        ("service_code", "prosthetics", None, "Prosthetics"),
        ("facility", "Workshop", None, "Workshop"),
        ("responsible_code", "family", "The person", "Family"),
        ("target_on", date(2027, 4, 1), "2027-03-01", "2027-04-01"),
    ],
)
def test_each_field_that_changes_is_a_line(field: str, value: Any, before: Any, after: Any) -> None:
    (line,) = differences([goal()], [goal(**{field: value})], "en")

    assert (line.what, line.goal_id, line.field) == (What.CHANGED, WELL, field)
    assert (line.before, line.after) == (before, after)
    (back,) = differences([goal(**{field: value})], [goal()], "en")
    assert (back.before, back.after) == (after, before)


def test_every_field_is_looked_at_and_every_language_has_its_words() -> None:
    other = Text(WELL, "reintegration", "a", "b", "prosthetics", "c", "family", date(2028, 1, 1))

    by_language = {language: differences([goal()], [other], language) for language in ("az", "en", "ru")}

    assert [line.field for line in by_language["az"]] == list(FIELDS)
    assert len({lines[0].after for lines in by_language.values()}) == 3
