"""Each step of a referral keeps the date that it set: a visit that moved, a place that is expected later.

Kind: expand
Safe with the release before this one: yes, new columns may be empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "dates_kept"
down_revision = "kept_for_releases"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("referral_move", sa.Column("scheduled_for", sa.DateTime(timezone=True), nullable=True))
    op.add_column("referral_move", sa.Column("expected_on", sa.Date(), nullable=True))


def downgrade() -> None:
    for name in ("expected_on", "scheduled_for"):
        op.drop_column("referral_move", name)
