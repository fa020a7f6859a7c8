"""The club of the demo: its programmes, and the leagues exactly as far as they are known."""

from app.demo.walks import rows
from tests.demo.conftest import Loaded


def test_the_club_has_programmes_of_three_kinds_with_sessions_behind_and_ahead(demo: Loaded) -> None:
    kinds = demo.rows("select kind_code, count(*) from programme group by 1 order by 1")

    assert kinds == [("mine_risk_education", 1), ("peer_support", 1), ("sport", 3)]
    assert demo.one("select count(*) from programme_session where starts_at > now()") > 5
    assert demo.one("select count(*) from programme_session where starts_at < now()") > 50
    assert demo.one("select sum(people) from session_reach") > 100
    assert demo.one(
        "select count(*) from session_reach r join programme_session s on s.id = r.session_id"
        " where s.kind_code <> 'community' or s.noted_at is null"
    ) == 0  # fmt: skip


def test_the_nations_league_says_what_is_known_with_its_sources_and_nothing_more(demo: Loaded) -> None:
    ended = demo.rows(
        "select e.name, d.name, c.name, n.stated_rank, n.stated_points from division_entry n"
        " join contender c on c.id = n.contender_id join division d on d.id = n.division_id"
        " join edition e on e.id = d.edition_id where n.stated_rank is not null order by 1, 2, 4"
    )

    assert ended == [
        ("2023", "D", "Niderland", 1, None),
        ("2023", "D", "Azərbaycan", 2, None),
        ("2025", "C", "Ukrayna", 1, None),
        ("2025", "C", "İsrail", 2, 8),
        ("2025", "C", "Azərbaycan", 3, 7),
    ]
    assert demo.one("select count(*) from division where source = ''") == 0
    assert demo.one("select count(*) from division_entry") == len(rows("league_teams")) == 10
    results = demo.rows("select home_goals, away_goals, starts_at, round from fixture order by 1")
    assert results == [(1, 3, None, None), (3, 0, None, None)]


def test_players_are_enrolled_by_a_consent_to_sport_and_came_to_training(demo: Loaded) -> None:
    of_the_team = "select count(*) from enrolment e join programme p on p.id = e.programme_id"
    enrolled = demo.one(f"{of_the_team} where e.status = 'enrolled' and p.level_code = 'national'")
    astray = (
        "select count(*) from enrolment e join consent c on c.id = e.consent_id"
        " where c.purpose_code <> 'sport' or c.survivor_id <> e.survivor_id"
        " or c.withdrawn_at is not null or c.valid_until <> e.agreed_until"
    )
    too_early = (
        "select count(*) from attendance a join programme_session s on s.id = a.session_id"
        " join enrolment e on e.id = a.enrolment_id where s.starts_at > now() or s.starts_at < e.created_at"
    )

    assert 5 <= enrolled <= demo.one("select capacity from programme where level_code = 'national'")
    assert demo.one(astray) == demo.one(too_early) == 0
    assert demo.one("select count(*) from attendance") > 50
    assert demo.one("select count(distinct eligibility_code) from enrolment") >= 1
    assert demo.one("select count(*) from enrolment where name is null") == 0
