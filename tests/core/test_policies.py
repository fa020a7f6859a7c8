"""What the database's policies look like, on every table: settings read once, no way round by a view."""

import re

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.db import LOGIN

POLICIES = sa.text(
    "select tablename || ': ' || policyname, concat_ws(' ', qual, with_check) from pg_policies"
    " where schemaname in ('public', 'stats')"
)
SEEN = sa.text("select tablename, qual from pg_policies where schemaname = 'public' and cmd = 'SELECT'")
SPELLED = re.compile(r"JOIN (?:public\.)?consent\b|FROM (?:public\.)?(?:consent|enrolment)\b")
READ = re.compile(r"current_setting\(")
READ_ONCE = re.compile(r"SELECT\s+\(?\(?(?:NULLIF\()?current_setting\(")
VIEWS = sa.text(
    "select distinct c.oid::regclass::text from pg_class c, pg_roles r, pg_auth_members m"
    " where c.relkind = 'v' and c.relnamespace::regnamespace::text in ('public', 'stats')"
    " and m.member = cast(:login as regrole) and m.roleid = r.oid"
    " and has_table_privilege(r.oid, c.oid, 'select')"
    " and not coalesce('security_invoker=true' = any (c.reloptions), false)"
)


LEDGER = "stats.account"  # totals of the privacy ledger, in which nobody is (ADR 0063)
READS = sa.text(
    "select distinct d.refobjid::regclass::text from pg_rewrite w join pg_depend d on d.objid = w.oid"
    " join pg_class v on v.oid = w.ev_class where v.oid::regclass::text = :view"
    " and d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass"
    " and d.refobjid <> w.ev_class order by 1"
)


async def test_policies_read_their_settings_once_for_a_statement(connection: AsyncConnection) -> None:
    policies = {row[0]: str(row[1]) for row in await connection.execute(POLICIES)}

    read = sum(len(READ.findall(text)) for text in policies.values())
    each = [
        name for name, text in policies.items() if len(READ.findall(text)) != len(READ_ONCE.findall(text))
    ]
    assert read >= 100
    assert each == []


async def test_a_policy_asks_by_name_what_others_may_see(
    connection: AsyncConnection,
) -> None:
    """A question spelled out is made ready in every statement, also where nobody asks it (ADR 0047)."""
    spelled = {table for table, rule in await connection.execute(SEEN) if SPELLED.search(rule)}

    assert spelled == {"referral_message"}  # about one referral, by its id


async def test_no_view_lends_the_service_its_owners_eyes(connection: AsyncConnection) -> None:
    asked = VIEWS.bindparams(login=LOGIN)

    assert (await connection.scalars(asked)).all() == [LEDGER]
    read = (await connection.scalars(READS, {"view": LEDGER})).all()
    assert read == ["stats.budget_entry", "stats.cohort"]
