"""What the demo shows adds up to what was published, however large it is."""

from datetime import date

import pytest

from app.codelists import lists
from app.demo.incidents import FIRST, LAST
from app.demo.walks import rows
from tests.demo.conftest import Loaded

PUBLISHED = {row["figure"]: int(row["value"]) for row in rows("published")}
PERIOD = {"first": FIRST, "last": LAST}
OF_PERIOD = "incident i where i.occurred_on between :first and :last"
WITH_ROWS = (
    f"casualty c join incident i on i.id = c.incident_id and c.incident_id in (select i.id from {OF_PERIOD})"
)


def test_the_period_has_the_published_number_of_accidents(demo: Loaded) -> None:
    assert PUBLISHED["incidents"] == 203
    assert demo.one(f"select count(*) from {OF_PERIOD}", **PERIOD) == 203


def test_killed_and_victims_of_the_period_are_as_published(demo: Loaded) -> None:
    outcomes = dict(demo.rows(f"select c.outcome_code, count(*) from {WITH_ROWS} group by 1", **PERIOD))

    assert outcomes["killed"] == PUBLISHED["killed"] == 70
    assert outcomes["killed"] + outcomes["injured"] > PUBLISHED["victims_more_than"] == 350


def test_thirty_years_add_up_with_counts_that_have_no_rows(demo: Loaded) -> None:
    counted = demo.one(
        "select sum(killed_without_rows + injured_without_rows) from incident where occurred_on <= :last",
        last=LAST,
    )
    with_rows = demo.one(f"select count(*) from {WITH_ROWS} where c.outcome_code <> 'none'", **PERIOD)
    without = "select count(*) from incident i where killed_without_rows + injured_without_rows > 0"

    assert counted + with_rows == PUBLISHED["victims_30_years"] == 3427
    assert demo.one(f"{without} and exists (select from casualty where incident_id = i.id)") == 0
    assert demo.one(f"{without} and i.occurred_precision <> 'year'") == 0


def test_each_district_and_year_has_what_the_register_says(demo: Loaded) -> None:
    found = demo.rows(
        "select extract(year from i.occurred_on)::int, i.district_code, count(distinct i.id),"
        " count(*) filter (where c.outcome_code = 'killed'),"
        " count(*) filter (where c.outcome_code = 'injured')"
        f" from {WITH_ROWS} group by 1, 2",
        **PERIOD,
    )
    expected = [
        (int(row["year"]), row["district_code"], *(int(row[n]) for n in ("incidents", "killed", "injured")))
        for row in rows("register")
    ]

    assert sorted(map(tuple, found)) == sorted(expected)


@pytest.mark.parametrize("year", [2021, 2022, 2023])
def test_the_years_follow_what_was_published_of_them(year: int) -> None:
    until = [row for row in rows("register") if int(row["year"]) <= year]
    killed = sum(int(row["killed"]) for row in until)
    victims = killed + sum(int(row["injured"]) for row in until)

    assert killed == PUBLISHED[f"killed_by_{year}"]
    assert (
        abs(victims - PUBLISHED[f"victims_by_{year}"]) <= 3
    )  # the statement was some days off the year's end


def test_every_published_figure_says_where_it_is_from() -> None:
    for row in rows("published"):
        assert row["source"]
        assert row["used"]
        assert date.fromisoformat(row["from"]) < date.fromisoformat(row["to"]) <= date(2024, 5, 31)


def test_accidents_happen_only_in_districts_that_existed(demo: Loaded) -> None:
    districts = lists.load("district")
    for code, first in demo.rows("select district_code, min(occurred_on) from incident group by 1"):
        assert districts[code].in_force(first)
