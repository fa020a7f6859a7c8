"""People are reminded of visits by text message: each date of a referral once; how it went.

Kind: expand
Safe with the release before this one: yes, it never sees the new table.
"""

import sqlalchemy as sa
from alembic import op

revision = "visit_reminders"
down_revision = "documents"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
MINE = ["referral_id", "owner_id", "team_id"]


def setting(name: str, kind: str = "text") -> str:
    """A setting of the transaction, read once per statement; nothing when it is not set."""
    return f"(select nullif(current_setting('app.{name}', true), ''))::{kind}"


EVERYONE = f"{setting('everyone')} = 'on'"
OWNERS, TEAMS = f"any ({setting('owners', 'uuid[]')})", f"any ({setting('teams', 'uuid[]')})"
POLICIES = [
    f"seen on visit_reminder for select using ({EVERYONE} or owner_id = {OWNERS} or team_id = {TEAMS})",
    f"begun on visit_reminder for insert with check ({EVERYONE})",
    f"changed on visit_reminder for update using ({EVERYONE})",
]
GRANTS = [
    "select, insert on visit_reminder to app_rw",
    "update (due_at, held_until, tries, sent_at, dead_at, fault, version) on visit_reminder to app_rw",
]


def upgrade() -> None:
    op.create_table(
        "visit_reminder",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in MINE),
        sa.Column("scheduled_for", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("held_until", MOMENT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("dead_at", MOMENT, nullable=True),
        sa.Column("fault", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            MINE,
            ["referral.id", "referral.owner_id", "referral.team_id"],
            name="fk_visit_reminder_referral_id_owner_id_team_id",
            onupdate="CASCADE",
        ),
        sa.CheckConstraint("sent_at is null or dead_at is null", name="ck_visit_reminder_one_end"),
        sa.UniqueConstraint("referral_id", "scheduled_for", name="uq_visit_reminder_referral_id_scheduled_for"),
    )
    waiting = sa.text("sent_at is null and dead_at is null")
    op.create_index("ix_visit_reminder_waiting", "visit_reminder", ["due_at"], postgresql_where=waiting)
    scheduled = sa.text("status = 'scheduled'")
    op.create_index("ix_referral_visits", "referral", ["scheduled_for"], postgresql_where=scheduled)
    op.execute("alter table visit_reminder enable row level security, force row level security")
    for policy in POLICIES:
        op.execute(f"create policy {policy}")
    for grant in GRANTS:
        op.execute(f"grant {grant}")


def downgrade() -> None:
    op.drop_index("ix_referral_visits", "referral")
    op.drop_table("visit_reminder")
