"""Every score of an assessment is kept, not the main one alone.

Kind: expand, backfill
Safe with the release before this one: yes, because it leaves the new column to its default.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "scores"
down_revision = "reminders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("assessment", sa.Column("scores", postgresql.JSONB(), nullable=False, server_default="{}"))
    op.execute(
        "update assessment set scores = jsonb_build_object("
        " case instrument_code when 'wg_ss' then 'dis3' else instrument_code end,"
        " jsonb_build_object('algorithm', algorithm, 'value', score, 'result', result, 'missing', 0))"
    )
    op.alter_column("assessment", "scores", server_default=None)


def downgrade() -> None:
    op.drop_column("assessment", "scores")
