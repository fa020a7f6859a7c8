"""What counts everybody asks once what day it is, not for each row; programmes look only at who was there.

Kind: expand
Safe with the release before this one: yes, the same rows are counted.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "day_once"
down_revision = "today"
branch_labels = None
depends_on = None

EACH = re.compile(r"(?:public\.)?\btoday\(\)")
ONCE = re.compile(r"\(\s*select (?:public\.)?today\(\)(?: as today)?\)", re.IGNORECASE)
FACTS = sa.text("select pg_get_viewdef('stats.statistics_fact'::regclass)")
PROGRAMMES = sa.text("select pg_get_functiondef('stats.programme_fact(int, text)'::regprocedure)")
WHOLE, AS_NEEDED = "with file as (", "with file as not materialized ("


def upgrade() -> None:
    _say(EACH, "(select public.today())", WHOLE, AS_NEEDED)


def downgrade() -> None:
    _say(ONCE, "public.today()", AS_NEEDED, WHOLE)


def _say(word: re.Pattern[str], instead: str, file: str, other: str) -> None:
    facts, programmes = (str(op.get_bind().scalar(asked)) for asked in (FACTS, PROGRAMMES))
    assert word.search(facts)
    assert word.search(programmes)
    assert file in programmes
    _run(
        "create or replace view stats.statistics_fact with (security_barrier = true) as "
        + word.sub(instead, facts)
    )
    _run(word.sub(instead, programmes).replace(file, other))


def _run(statement: str) -> None:
    op.execute(sa.text(statement.replace(":", r"\:")))
