"""The release job may ask whether the people here are invented, so that every figure of theirs says so.

Kind: expand
Safe with the release before this one: yes, it asks nobody.
"""

import sqlalchemy as sa
from alembic import op

revision = "invented_people"
down_revision = "facts_of_many"
branch_labels = None
depends_on = None

# Of the whole database: the demo is never loaded beside real people, so nobody real changes the answer.
INVENTED = """
create function stats.people_invented() returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
    select exists (select from survivor where invented)
$$
"""
SIGNATURE = "stats.people_invented()"


def upgrade() -> None:
    op.create_index("ix_survivor_invented", "survivor", ["id"], postgresql_where=sa.text("invented"))
    op.execute("grant select (invented) on survivor to facts")
    op.execute("grant create on schema stats to facts")
    op.execute(INVENTED)
    op.execute(f"alter function {SIGNATURE} owner to facts")
    op.execute("revoke create on schema stats from facts")
    op.execute(f"revoke all on function {SIGNATURE} from public")
    op.execute(f"grant execute on function {SIGNATURE} to stats_producer")


def downgrade() -> None:
    op.execute(f"drop function {SIGNATURE}")
    op.execute("revoke select (invented) on survivor from facts")
    op.drop_index("ix_survivor_invented", "survivor")
