"""The demo publishes what is due on the day it is loaded: the register, quarters, a year of care."""

from app.cli import releasing
from app.core import clock
from app.core.errors import Problem
from app.demo import release
from tests.demo.conftest import Loaded


def test_everything_that_is_due_is_published_by_two_people_and_waits_for_its_day(demo: Loaded) -> None:
    made = releasing.everything_due(demo.url)
    release.publish(demo.url)

    rows = demo.rows(
        "select kind, status, publication_on <= :today, checked_by_id <> published_by_id"
        " from stats.release order by kind",
        today=clock.today(),
    )
    assert not [one for one in made if isinstance(one, Problem)]
    assert {"registrations", "care"} <= {kind for kind, *_ in rows}  # and, but for the winter, quarters
    for kind, status, due, by_two in rows:
        assert (status, by_two) == (("published", True) if due else ("checked", None)), kind


def test_risk_education_goes_back_whole_years_and_a_year_of_it_can_be_measured(demo: Loaded) -> None:
    reached = dict(
        demo.rows(
            "select extract(year from s.starts_at)::int, sum(r.people)::int from session_reach r"
            " join programme_session s on s.id = r.session_id group by 1"
        )
    )
    year = clock.today().year

    assert set(reached) == {year - 2, year - 1, year} - ({year} - set(reached))
    assert min(reached[year - 2], reached[year - 1]) > 1000
