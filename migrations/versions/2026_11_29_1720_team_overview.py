"""When somebody was last spoken with, found by case: for a team at a glance.

Kind: expand
Safe with the release before this one: yes, an index more.
"""

import sqlalchemy as sa
from alembic import op

revision = "team_overview"
down_revision = "care_statistics"
branch_labels = None
depends_on = None

SPOKEN = sa.text("kind_code in ('call', 'home_visit', 'office_visit')")


def upgrade() -> None:
    op.create_index("ix_note_spoken", "note", ["case_id", "created_at"], postgresql_where=SPOKEN)


def downgrade() -> None:
    op.drop_index("ix_note_spoken", table_name="note", postgresql_where=SPOKEN)
