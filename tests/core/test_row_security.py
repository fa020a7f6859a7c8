"""The database's own second line: what it shows and takes when a query forgets its filter."""

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import select

from app.access.actor import Actor
from app.access.caller import Caller
from app.access.table import Role
from app.cases.models import Case, Note
from app.core import clock
from app.core.db import Identity, Limits, unit_of_work
from app.core.errors import Clash, NotFound, Unknown
from app.core.ids import new_id
from app.survivors.models import Survivor
from tests.factories import Town

WITHOUT_ROWS_OF_PEOPLE = {
    *("user_account", "membership", "credential", "factor", "login_session", "refresh_token"),
    *("login_delay", "invitation", "alembic_version"),
}
NAMES = ["app.user_id", "app.role", "app.everyone", "app.owners", "app.teams", "app.facilities"]
TOLD = sa.text("select current_user::text, " + ", ".join(f"current_setting('{n}', true)" for n in NAMES))


async def a_case(town: Town) -> Case:
    """A case of the caseworker's, without any room's help."""
    me = town.caseworker
    held: dict[str, Any] = {
        "owner_id": me.user_id,
        "team_id": me.team_id,
        "organisation_id": me.organisation_id,
    }
    async with town.work(me) as session:
        survivor = Survivor(
            code=new_id().hex[:20],
            category_code="direct_survivor",
            sex_code="male",
            registered_on=clock.today(),
            **held,
        )
        session.add(survivor)
        await session.flush()
        case = Case(survivor_id=survivor.id, **held)
        session.add(case)
    return case


async def test_a_query_without_a_filter_shows_only_what_is_in_reach(town: Town) -> None:
    await a_case(town)
    seen: dict[str, int] = {}
    people = {role.value: actor for role, actor in town.everybody.items()}
    people |= {"colleague": town.colleague, "other": town.other_supervisor}

    for name, actor in people.items():
        try:
            async with town.work(actor) as session:
                seen[name] = len((await session.exec(select(Case))).all())
        except NotFound:
            seen[name] = -1

    assert seen == {
        **dict.fromkeys(["caseworker", "supervisor", "coordinator"], 1),
        **dict.fromkeys(["provider", "counsellor", "sports_coordinator", "administrator", "auditor"], 0),
        "colleague": 0,
        "other": 0,
        "analyst": -1,
    }


async def test_without_an_identity_there_are_no_rights(town: Town) -> None:
    with pytest.raises(NotFound):
        async with unit_of_work(town.database, None) as session:
            await session.exec(select(Case))


async def test_a_note_cannot_hang_on_a_case_out_of_sight(town: Town) -> None:
    case = await a_case(town)
    stolen: dict[str, Any] = {"case_id": case.id, "text": b"x", "by_id": town.outsider.user_id}
    outsider = town.outsider
    pretending = Note(owner_id=outsider.user_id, team_id=town.south.id, **stolen)
    honest = Note(owner_id=case.owner_id, team_id=case.team_id, **stolen)

    with pytest.raises(Clash):  # the foreign key knows whose case it is
        async with town.work(outsider) as session:
            session.add(pretending)
    with pytest.raises(NotFound):  # and the policy knows who writes
        async with town.work(outsider) as session:
            session.add(honest)


async def test_a_note_cannot_be_moved_to_another_case(town: Town) -> None:
    case = await a_case(town)
    async with town.work(town.caseworker) as session:
        held: dict[str, Any] = {"owner_id": case.owner_id, "team_id": case.team_id}
        session.add(Note(case_id=case.id, text=b"x", by_id=town.caseworker.user_id, **held))

    with pytest.raises(NotFound):
        async with town.work(town.caseworker) as session:
            await session.exec(sa.update(Note).values(case_id=new_id()))


async def test_every_row_follows_a_new_owner(town: Town) -> None:
    case = await a_case(town)
    async with town.work(town.supervisor) as session:
        change = sa.update(Survivor).values(owner_id=town.colleague.user_id)
        await session.exec(change.where(Survivor.id == case.survivor_id))  # type: ignore[arg-type]

    async with town.work(town.colleague) as session:
        assert [c.id for c in (await session.exec(select(Case))).all()] == [case.id]
    async with town.work(town.caseworker) as session:
        assert (await session.exec(select(Case))).all() == []


@pytest.mark.parametrize("role", Role)
async def test_a_session_lends_exactly_the_limits_of_its_actor(
    town: Town, connection: AsyncConnection, role: Role
) -> None:
    actor = town.everybody[role]
    assert actor.session_id
    told = {}

    identities: dict[str, Identity] = {"session": Caller(actor.session_id), "actor": actor.limits}
    for name, identity in identities.items():
        async with unit_of_work(connection, identity) as session:
            told[name] = tuple((await (await session.connection()).execute(TOLD)).one())
            if name == "session":
                found: Actor = session.info["signed"].actor

    assert told["session"] == told["actor"]
    assert found == replace(actor, request_id=found.request_id)


async def test_a_session_that_ended_or_never_was_is_nobody(town: Town) -> None:
    with pytest.raises(Unknown):
        async with unit_of_work(town.database, Caller(new_id())) as session:
            await session.connection()


async def test_an_identity_ends_with_its_transaction(real: AsyncEngine) -> None:
    town = await Town(real).build()

    async with town.work(town.caseworker) as session:
        during = (await (await session.connection()).execute(TOLD)).one()
        await session.commit()
        again = (await (await session.connection()).execute(TOLD)).one()
    async with real.connect() as connection:
        after = (await connection.execute(TOLD)).one()

    assert during == again
    assert during[0] == "app_rw"
    assert after[0] == "app_login"
    assert not any(after[1:])


async def test_the_login_itself_may_do_nothing_but_look_up_a_session(engine: AsyncEngine) -> None:
    rights = sa.text(
        "select relname from pg_class, aclexplode(relacl) where grantee = 'app_login'::regrole"
        " union all select proname from pg_proc, aclexplode(proacl) where grantee = 'app_login'::regrole"
    )
    shape = sa.text(
        "select rolsuper, rolinherit, rolbypassrls, rolcreaterole from pg_roles where rolname = 'app_login'"
    )
    async with engine.connect() as connection:
        assert (await connection.scalars(rights)).all() == ["who_acts"]
        assert tuple((await connection.execute(shape)).one()) == (False, False, False, False)


async def test_every_table_with_rows_of_people_forces_its_policies(engine: AsyncEngine) -> None:
    tables = sa.text(
        "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
        " and not (relrowsecurity and relforcerowsecurity)"
    )
    async with engine.connect() as connection:
        assert set(await connection.scalars(tables)) == WITHOUT_ROWS_OF_PEOPLE


async def test_no_policy_spells_out_what_a_referral_opens(engine: AsyncEngine) -> None:
    """It asks `shares_case(case_id, 'item')` or `shares_person`: a subquery burdens every statement."""
    spelled = "select tablename || '.' || policyname from pg_policies where concat(qual, with_check) ~ :its"
    async with engine.connect() as connection:
        found = await connection.scalars(
            sa.text(spelled), {"its": r"r\.(case_id|survivor_id) = \w+\.\w+\) AND \(r\.to_f"}
        )
        asked = await connection.scalar(
            sa.text("select count(*) from pg_policies where qual ~ 'shares_case'")
        )

    assert list(found) == []
    assert asked
    assert asked > 30


async def test_no_role_can_take_on_more_than_it_was_lent(engine: AsyncEngine) -> None:
    for role in ("postgres", "owner", "stats_producer", "facts"):
        async with engine.connect() as connection:
            with pytest.raises(DBAPIError, match="permission denied to set role"):
                await connection.execute(sa.text(f"select set_config('role', '{role}', true)"))


async def test_the_audit_trail_only_grows(real: AsyncEngine, cluster: sa.URL) -> None:
    owner = sa.create_engine(cluster.set(database=real.url.database))
    for statement in (
        "delete from audit_event",
        "update audit_event set action = 'x'",
        "truncate audit_event",
    ):
        with owner.connect() as connection, pytest.raises(sa.exc.ProgrammingError, match="only grows"):
            connection.execute(sa.text(statement))
    owner.dispose()


async def test_an_analyst_has_no_rights_on_any_table_of_care(town: Town, engine: AsyncEngine) -> None:
    reads = sa.text(
        "select relname from pg_class, aclexplode(relacl) where grantee = 'stats_reader'::regrole"
        " and privilege_type = 'SELECT' and relnamespace = 'public'::regnamespace"
    )
    async with engine.connect() as connection:
        assert set(await connection.scalars(reads)) == {
            *("organisation", "facility", "team", "service_offer", "closed_day"),  # the directory
            *("first_answer", "notification", "notification_preference"),  # the person's own
        }
    assert town.analyst.limits == Limits(
        rights="stats_reader",
        user_id=town.analyst.user_id,
        role="analyst",
        organisations=(town.agency.id,),
    )
