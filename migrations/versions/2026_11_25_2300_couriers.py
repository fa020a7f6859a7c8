"""What leaves the house: how people want to be told, webhooks, and each delivery of a message.

Kind: expand
Safe with the release before this one: yes, it leaves `handed_at` empty and never sees the new tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "couriers"
down_revision = "rehabilitation"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
KINDS = postgresql.ARRAY(sa.String(length=40))
WAITING = sa.text("sent_at is null and dead_at is null")


def setting(name: str, kind: str = "text") -> str:
    """A setting of the transaction, read once per statement; nothing when it is not set."""
    return f"(select nullif(current_setting('app.{name}', true), ''))::{kind}"


MINE = f"user_id = {setting('user_id', 'uuid')}"
CARRIES, KEEPS = f"{setting('role')} = 'courier'", f"{setting('role')} = 'administrator'"
POLICIES = {
    "notification_preference": [
        f"seen for select using ({MINE} or {CARRIES})",
        f"begun for insert with check ({MINE})",
        f"changed for update using ({MINE})",
    ],
    "webhook": [
        f"seen for select using ({KEEPS} or {CARRIES})",
        f"begun for insert with check ({KEEPS})",
        f"changed for update using ({KEEPS})",
    ],
    "delivery": [
        f"seen for select using ({KEEPS} or {CARRIES})",
        f"begun for insert with check ({CARRIES})",
        f"changed for update using ({KEEPS} or {CARRIES})",
        f"ended for delete using ({CARRIES})",
    ],
}
GRANTS = [
    "select, insert, update on notification_preference to app_rw, stats_reader",
    "select, insert on webhook to app_rw",
    "update (url, kinds, key_id, key, stopped_at, version) on webhook to app_rw",
    "select, insert, delete on delivery to app_rw",
    "update (due_at, held_until, tries, sent_at, dead_at, fault, version) on delivery to app_rw",
]


def record() -> list[sa.Column]:
    """What every table carries."""
    return [
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    ]


def foreign(table: str, column: str, parent: str, nullable: bool = False) -> sa.Column:
    """A column that names a row of another table."""
    key = sa.ForeignKey(f"{parent}.id", name=f"fk_{table}_{column}")
    return sa.Column(column, sa.Uuid(), key, nullable=nullable)


def upgrade() -> None:
    op.add_column("notification", sa.Column("handed_at", MOMENT, nullable=True))
    op.execute("update notification set handed_at = created_at")  # told in the app, before there was more
    op.create_index(
        "ix_notification_new", "notification", ["id"], postgresql_where=sa.text("handed_at is null")
    )
    op.execute(f"create policy carried on notification for select using ({CARRIES})")
    op.execute(f"create policy handed on notification for update using ({CARRIES})")
    op.create_table(
        "notification_preference",
        *record(),
        foreign("notification_preference", "user_id", "user_account"),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        *(sa.Column(name, KINDS, nullable=False) for name in ("email_kinds", "daily_kinds", "text_kinds")),
        sa.Column("daily_at", sa.Time(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_until", sa.Time(), nullable=True),
        sa.Column("wakes_for_urgent", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("user_id", name="uq_notification_preference_user_id"),
    )
    op.create_table(
        "webhook",
        *record(),
        foreign("webhook", "facility_id", "facility"),
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.Column("kinds", KINDS, nullable=False),
        sa.Column("key_id", sa.String(length=20), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("stopped_at", MOMENT, nullable=True),
    )
    op.create_table(
        "delivery",
        *record(),
        foreign("delivery", "notification_id", "notification"),
        sa.Column(
            "channel",
            sa.Enum("email", "text", "webhook", name="channel", native_enum=False, length=40),
            nullable=False,
        ),
        foreign("delivery", "user_id", "user_account", nullable=True),
        foreign("delivery", "webhook_id", "webhook", nullable=True),
        sa.Column("daily", sa.Boolean(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("held_until", MOMENT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("dead_at", MOMENT, nullable=True),
        sa.Column("fault", sa.String(length=40), nullable=True),
        sa.CheckConstraint("(user_id is null) <> (webhook_id is null)", name="ck_delivery_one_receiver"),
        sa.CheckConstraint("sent_at is null or dead_at is null", name="ck_delivery_one_end"),
        sa.UniqueConstraint(
            "notification_id", "channel", "user_id", name="uq_delivery_notification_id_channel_user_id"
        ),
        sa.UniqueConstraint("notification_id", "webhook_id", name="uq_delivery_notification_id_webhook_id"),
    )
    op.create_index("ix_delivery_waiting", "delivery", ["due_at"], postgresql_where=WAITING)
    op.create_index(
        "ix_delivery_dead", "delivery", ["id"], postgresql_where=sa.text("dead_at is not null")
    )
    for table, policies in POLICIES.items():
        op.execute(f"alter table {table} enable row level security, force row level security")
        for policy in policies:
            name, rule = policy.split(" ", 1)
            op.execute(f"create policy {name} on {table} {rule}")
    for grant in GRANTS:
        op.execute(f"grant {grant}")


def downgrade() -> None:
    for table in ("delivery", "webhook", "notification_preference"):
        op.drop_table(table)
    op.execute("drop policy handed on notification")
    op.execute("drop policy carried on notification")
    op.drop_index("ix_notification_new", "notification")
    op.drop_column("notification", "handed_at")
