"""Calendars: the address of a person's own calendar, of which a hash is kept.

Kind: expand
Safe with the release before this one: yes, because it knows nothing of this table.
"""

import sqlalchemy as sa
from alembic import op

revision = "calendars"
down_revision = "assignments"
branch_labels = None
depends_on = None

MINE = "user_id = (select nullif(current_setting('app.user_id', true), ''))::uuid"
RULES = [
    f"create policy own on calendar_feed to app_rw using ({MINE})",
    "create policy at_the_gate on calendar_feed to app_auth using (true)",  # whoever has the address
    "grant select, insert, delete on calendar_feed to app_rw",
    "grant update (secret_hash, opened_at, version) on calendar_feed to app_rw",
    "grant select, update (hour_at, reads) on calendar_feed to app_auth",
]


def upgrade() -> None:
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hour_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reads", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_calendar_feed_user_id")),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_calendar_feed_membership_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_calendar_feed_secret_hash")),
        sa.UniqueConstraint(
            "user_id", "membership_id", name=op.f("uq_calendar_feed_user_id_membership_id")
        ),
    )
    op.execute("alter table calendar_feed enable row level security, force row level security")
    for rule in RULES:
        op.execute(rule)


def downgrade() -> None:
    op.drop_table("calendar_feed")
