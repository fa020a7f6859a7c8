import pytest

from app.statistics.counting import Group, counted
from tests.attack.variants import Naive
from tests.statistics.register import SMALL, TINY, people, true_counts


def test_every_cell_is_what_counting_one_by_one_gives() -> None:
    register = people(SMALL, 400, 4)
    naive = Naive(SMALL, register, limit=1)
    at = SMALL.slices()

    counts = true_counts(SMALL, register)

    for table in SMALL.tables:
        expected = naive({}, table.dimensions)
        found = counts[at[table.name]].tolist()
        assert found == [expected.get(codes) or 0 for codes in SMALL.cells(table)]
        assert sum(found) == 400


def test_one_more_person_moves_one_cell_of_each_table_by_one() -> None:
    register = people(TINY, 50, 1)

    gain = true_counts(TINY, register) - true_counts(TINY, register[1:])

    assert sorted(gain[gain != 0].tolist()) == [1] * len(TINY.tables)
    assert [int(gain[part].sum()) for part in TINY.slices().values()] == [1] * len(TINY.tables)


def test_a_fact_that_is_missing_or_in_no_list_is_counted_as_unknown() -> None:
    known: Group = {"sex": "male", "age": "12_17", "victim_type": "direct_survivor", "year": 2025}

    lost: list[Group] = [{**known, "district": None, "files": 2}, {**known, "district": "gone", "files": 1}]

    counts = counted(TINY, lost)

    by_district = counts[TINY.slices()["district"]].tolist()
    assert by_district == [0, 0, 0, 3]
    assert counts[TINY.slices()["region_sex"]].tolist() == [0, 0, 0, 0, 0, 0, 3, 0, 0]


def test_a_year_outside_the_cohort_is_not_counted_at_all() -> None:
    with pytest.raises(KeyError):
        counted(TINY, [{"district": "d0", "year": 2019, "files": 1}])


def test_nobody_is_counted_as_nought_everywhere() -> None:
    assert not counted(TINY, []).any()
