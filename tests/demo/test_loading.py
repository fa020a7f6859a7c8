"""The demo is loaded whole or not at all, never twice, and never beside real people."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from app.access.table import Role
from app.accounts import passwords
from app.accounts.models import Credential, Standing, User
from app.core.db import LOGIN
from app.core.disk import Unusable
from app.demo import batches, programme, references, staff
from app.demo.batches import SMALL, TEAM, Batch
from app.demo.dice import dice
from app.demo.places import Country, write_organisations
from app.demo.sheets import Sheets, columns, tables
from app.incidents.models import Incident
from app.organisations.models import Organisation, Team
from app.survivors.models import Survivor
from tests.demo.conftest import PASSWORD, PEOPLE, Loaded

NOW = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)
SECRET = (sa.LargeBinary,)


def test_it_is_as_large_as_asked_and_says_how_fast_that_was(demo: Loaded) -> None:
    (said,) = demo.said

    assert demo.one("select count(*) from survivor") == PEOPLE
    assert said.startswith(f"{PEOPLE} people in {demo.held} rows: ")
    assert said.endswith(" rows a second.")


def test_there_is_an_account_of_every_role_and_its_password_opens_it(demo: Loaded) -> None:
    assert {account.role for account in demo.accounts} == {role.value for role in Role}
    assert {"caseworker", "caseworker2", "supervisor", "provider.baku", "provider.ganja", "counsellor"} <= {
        account.username for account in demo.accounts
    }
    with Session(demo.engine) as session:
        stored_by_id = {one.user_id: one.password_hash for one in session.exec(select(Credential))}
        users = [user for user in session.exec(select(User)) if user.id in stored_by_id]
    by_name = {user.username: (user, stored_by_id[user.id]) for user in users}
    assert set(by_name) == {account.username for account in demo.accounts}
    assert len({stored for _, stored in by_name.values()}) == len(by_name)
    for account in demo.accounts[:2]:
        user, stored = by_name[account.username]
        assert user.standing is Standing.ACTIVE
        assert user.display_name == account.display_name
        assert asyncio.run(passwords.verify(PASSWORD, stored)) == (True, None)


def test_each_owner_has_a_caseload_and_each_further_team_a_supervisor(demo: Loaded) -> None:
    loads = dict(
        demo.rows(
            "select u.username, count(*) from case_file c join user_account u on u.id = owner_id group by 1"
        )
    )

    assert 60 < loads["caseworker"] < 110
    assert sum(loads.values()) == PEOPLE
    assert [name for name in loads if name.startswith("caseworker.0001.")]
    assert demo.one("select count(*) from user_account where username = 'supervisor.0001'") == 1


def test_services_are_offered_in_several_districts(demo: Loaded) -> None:
    assert demo.one("select count(distinct district_code) from facility") >= 5
    assert demo.one("select count(distinct service_code) from service_offer") >= 30


def test_a_second_load_changes_nothing(demo: Loaded) -> None:
    before = demo.anything()

    assert programme.load(demo.url, None, "another password for all") == []
    assert demo.anything() == before


def a_real_person(url: sa.URL) -> None:
    with Session(Loaded(url).engine) as session:
        body = Organisation(name="A real one", kind_code="ngo")
        user = User(username="somebody", display_name="Somebody")
        session.add_all([body, user])
        session.flush()
        team = Team(organisation_id=body.id, name="Team")
        session.add(team)
        session.flush()
        session.add(
            Survivor(
                owner_id=user.id,
                team_id=team.id,
                organisation_id=body.id,
                code="DYQ-2026-000001-1",
                category_code="direct_survivor",
                sex_code="female",
                registered_on=date(2026, 1, 1),
            )
        )
        session.commit()


def test_it_is_never_loaded_beside_real_people(vacant: Loaded) -> None:
    a_real_person(vacant.url)
    before = vacant.anything()

    with pytest.raises(Unusable, match="real people"):
        programme.load(vacant.url, None, PASSWORD)

    assert vacant.anything() == before


def test_it_is_never_loaded_beside_a_real_accident(vacant: Loaded) -> None:
    with Session(vacant.engine) as session:
        body, user = Organisation(name="One", kind_code="ngo"), User(username="one", display_name="One")
        session.add_all([body, user])
        session.flush()
        session.add(
            Incident(
                code="INC-2026-000001-1",
                organisation_id=body.id,
                registered_by_id=user.id,
                occurred_on=date(2026, 1, 1),
                occurred_precision="day",
                district_code="az_agm",
            )
        )
        session.commit()

    with pytest.raises(Unusable, match="real people"):
        programme.load(vacant.url, None, PASSWORD)


def test_it_is_not_loaded_over_somebodys_user_name(vacant: Loaded) -> None:
    with Session(vacant.engine) as session:
        session.add(User(username="administrator", display_name="The first one"))
        session.commit()

    with pytest.raises(Unusable, match="User names"):
        programme.load(vacant.url, None, PASSWORD)

    assert vacant.anything() == 1


def test_a_load_that_breaks_off_leaves_nothing(vacant: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references, "broken", lambda _: ["fk_note_case_id"])
    monkeypatch.setattr(staff, "hashes", lambda _: {})

    with pytest.raises(RuntimeError, match="fk_note_case_id"):
        programme.load(vacant.url, None, PASSWORD)

    assert vacant.anything() == 0


def test_it_does_not_wait_for_ever_for_somebody_who_is_writing(
    vacant: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programme, "BUSY", "20ms")

    with vacant.engine.begin() as writer:
        writer.execute(
            sa.text("insert into user_account select gen_random_uuid(), now(), 1, 'one', '', 'en', 'active'")
        )
        with pytest.raises(Unusable, match=r"nothing was loaded: .*lock timeout"):
            programme.load(vacant.url, None, PASSWORD)


def test_a_row_that_hangs_in_the_air_is_found(demo: Loaded) -> None:
    with demo.cursor() as cursor:
        assert references.broken(cursor) == []
        references.suspend(cursor)
        cursor.execute(
            "update referral_move set team_id = gen_random_uuid()"
            " where id = (select id from referral_move order by id limit 1)"
        )
        assert references.broken(cursor) == ["fk_referral_move_sides"]


def test_every_foreign_key_of_the_programme_is_judged(demo: Loaded) -> None:
    with demo.cursor() as cursor:
        names = [f"public.{table.name}" for table in tables()]
        judged = cursor.execute(references.KEYS, [names]).fetchall()
    declared = sum(len(table.foreign_key_constraints) for table in tables())

    assert len(judged) == declared > 40


def test_nobody_but_a_superuser_loads_it(vacant: Loaded) -> None:
    with pytest.raises(Unusable, match="superuser"):
        programme.load(vacant.url.set(username=LOGIN), None, PASSWORD)


@pytest.mark.parametrize("password", ["short", "passwordpassword", "caseworker caseworker"])
def test_a_password_that_is_easy_to_guess_is_refused(vacant: Loaded, password: str) -> None:
    with pytest.raises(Unusable, match="DAYAQ_DEMO_PASSWORD"):
        programme.load(vacant.url, None, password)

    assert vacant.anything() == 0


@pytest.mark.parametrize("survivors", [-1, 0, SMALL - 1, programme.MOST + 1])
def test_a_size_out_of_bounds_is_refused_before_anything_is_asked(survivors: int) -> None:
    with pytest.raises(Unusable, match="280 to 1000000"):
        programme.load(sa.make_url("postgresql://nobody@nowhere/none"), survivors, PASSWORD)


def written(now: datetime) -> tuple[Sheets, Country]:
    """The small programme in memory."""
    sheets = Sheets(dice("programme"))
    write_organisations(sheets, now)
    country = staff.write_country(sheets, now, 0)
    batches.write_small(sheets, country)
    return sheets, country


def readable(finished: programme.Finished) -> dict[str, list[list[str]]]:
    """The rows without what is sealed, which no two loads have in common."""
    found: dict[str, list[list[str]]] = {}
    for name, _, text in finished:
        kinds = {c.name: isinstance(c.type, SECRET) for t in tables() if t.name == name for c in t.columns}
        shown = [place for place, column in enumerate(columns(name)) if not kinds[column]]
        lines = [line.split("\t") for line in text.decode().splitlines()]
        found[name] = [[line[place] for place in shown] for line in lines]
    return found


def test_two_loads_are_alike_but_for_keys_and_ciphertexts() -> None:
    one, other = (list(written(NOW)[0].finished()) for _ in range(2))

    assert readable(one) == readable(other)
    sealed = {name for name, _, text in one if text not in [again for _, _, again in other]}
    assert {"survivor", "person_key", "note", "referral"} <= sealed


@pytest.mark.parametrize("days", [400, 3000])
def test_it_can_be_loaded_on_any_day_to_come(days: int) -> None:
    sheets, _ = written(NOW + timedelta(days=days))

    assert {name: many for name, many, _ in sheets.finished()}["survivor"] == SMALL


def test_batches_are_whole_teams_and_together_as_large_as_asked() -> None:
    plan = list(batches.plan(SMALL + 2 * TEAM + 7))

    assert plan == [Batch(1, SMALL, TEAM), Batch(2, SMALL + TEAM, TEAM), Batch(3, SMALL + 2 * TEAM, 7)]
    assert list(batches.plan(SMALL)) == []


def test_a_large_programme_has_caseloads_of_a_hundred_and_two_referrals_a_person() -> None:
    country = written(NOW)[1]
    finished = list(batches.write_batch(country, Batch(7, 10_000, 100)).finished())
    many = {name: count for name, count, _ in finished}

    assert many["survivor"] == many["case_file"] == 100
    assert many["user_account"] == 11
    assert 1.5 < many["referral"] / 100 < 2.6
    assert TEAM / staff.WORKERS == 100
