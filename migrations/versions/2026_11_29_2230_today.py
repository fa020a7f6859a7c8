"""What day it is here is asked of one function, where policies and functions asked for the day in Greenwich.

Here is the zone that a connection says in `app.time_zone`; one that says nothing is where the setting is by
default. Every rule and every function is taken as it stands, and one word of it is changed.

Kind: expand
Safe with the release before this one: yes, its connections have the day of Baku, and refuse what ended there.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "today"
down_revision = "care_counted"
branch_labels = None
depends_on = None

FUNCTIONS = (
    "create function day_of(moment timestamptz) returns date language sql stable parallel safe return"
    " (moment at time zone coalesce(nullif(current_setting('app.time_zone', true), ''), 'Asia/Baku'))::date",
    "create function today() returns date language sql stable parallel safe return public.day_of(now())",
)
GREENWICH = re.compile(r"\bcurrent_date\b", re.IGNORECASE)
HERE = re.compile(r"\(\s*SELECT (?:public\.)?today\(\) AS today\)|(?:public\.)?\btoday\(\)")
POLICIES = sa.text("select schemaname, tablename, policyname, qual, with_check from pg_policies order by 1, 2, 3")
ASKING = sa.text(
    "select pg_get_functiondef(p.oid) from pg_proc p join pg_namespace n on n.oid = p.pronamespace"
    " where n.nspname in ('public', 'stats') and p.prokind = 'f' and p.prosrc ~* 'current_date|public\\.today'"
    " order by p.oid"
)
FACTS = sa.text("select pg_get_viewdef('stats.statistics_fact'::regclass)")


def upgrade() -> None:
    for function in FUNCTIONS:
        op.execute(function)
    _say(GREENWICH, "public.today()", "(select public.today())")  # once for a statement, not for each row


def downgrade() -> None:
    _say(HERE, "current_date", "current_date")
    op.execute("drop function today()")
    op.execute("drop function day_of(timestamptz)")


def _say(word: re.Pattern[str], instead: str, in_policies: str) -> None:
    """Put another word wherever the day is asked for."""
    for schema, table, policy, *rules in op.get_bind().execute(POLICIES).all():
        after = [word.sub(in_policies, rule) if rule else None for rule in rules]
        if after != rules:
            parts = [f"{part} ({rule})" for part, rule in zip(("using", "with check"), after, strict=True) if rule]
            _run(f"alter policy {policy} on {schema}.{table} {' '.join(parts)}")
    for function in op.get_bind().scalars(ASKING).all():
        _run(word.sub(instead, function))
    facts = op.get_bind().scalar(FACTS)
    _run(
        "create or replace view stats.statistics_fact with (security_barrier = true) as "
        + word.sub(instead, facts)
    )


def _run(statement: str) -> None:
    op.execute(sa.text(statement.replace(":", r"\:")))
