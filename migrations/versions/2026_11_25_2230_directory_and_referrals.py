"""A directory with calendars and outside providers; referrals sent on, prioritised, escalated, written about.

Kind: expand
Safe with the release before this one: yes, new columns have defaults and it never writes the new tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "directory_and_referrals"
down_revision = "milestone_facts"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
CODES = postgresql.ARRAY(sa.String(length=40))
CODE = sa.String(length=40)
PARTIES = sa.Enum("sender", "receiver", "system", name="party", native_enum=False, length=40)


def setting(name: str, kind: str = "text") -> str:
    """A setting of the transaction, read once per statement; nothing when it is not set."""
    return f"(select nullif(current_setting('app.{name}', true), ''))::{kind}"


OWNERS, TEAMS = f"any ({setting('owners', 'uuid[]')})", f"any ({setting('teams', 'uuid[]')})"
FACILITIES = f"any ({setting('facilities', 'uuid[]')})"
ROLE, EVERYONE = setting("role"), f"({setting('everyone')} = 'on')"
HELD = f"({EVERYONE} or owner_id = {OWNERS} or team_id = {TEAMS})"
LIVE = "('sent', 'accepted', 'waitlisted', 'scheduled', 'in_progress', 'no_show')"
KEEPERS = "('coordinator', 'administrator')"
KEEPS = f"(facility_id = {FACILITIES} or {ROLE} in {KEEPERS})"
OPEN_TO_US = (  # the referral is live, and so is the consent that it was sent on
    "exists (select from referral r join consent c on c.id = r.consent_id where r.id = referral_id"
    f" and r.to_facility_id = {FACILITIES} and r.status in {LIVE}"
    " and c.facility_id = r.to_facility_id and c.withdrawn_at is null"
    " and current_date between c.given_on and c.valid_until)"
)
POLICIES = {
    "closed_day": [
        "seen for select using (true)",
        f"begun for insert with check ({KEEPS})",
        f"ended for delete using ({KEEPS})",
    ],
    "referral_message": [
        f"seen for select using ({HELD} or {OPEN_TO_US})",
        f"begun for insert with check ({HELD} or {OPEN_TO_US})",
        f"changed for update using ({HELD} or {OPEN_TO_US})",
    ],
    "escalation": [
        f"seen for select using ({HELD} or to_facility_id = {FACILITIES})",
        f"begun for insert with check ({EVERYONE})",
    ],
}
GRANTS = [
    "select, insert, delete on closed_day to app_rw",
    "select on closed_day to stats_reader, app_auth",
    "select, insert on referral_message, escalation to app_rw",
    "update (read_at, read_by_id, version) on referral_message to app_rw",
    "update (by_hand, priority_reason_code, no_show_reason_code, next_step_code, given_codes, device_codes)"
    " on referral to app_rw",
]


def record() -> list[sa.Column]:
    """What every table carries."""
    return [
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    ]


def of_referral(table: str) -> list[sa.schema.SchemaItem]:
    """What hangs on both sides of a referral."""
    mine = ["referral_id", "owner_id", "team_id", "to_facility_id"]
    return [
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in mine),
        sa.ForeignKeyConstraint(
            mine,
            [f"referral.{name}" for name in ("id", *mine[1:])],
            name=f"fk_{table}_{'_'.join(mine)}",
            onupdate="CASCADE",
        ),
    ]


def codes(name: str) -> sa.Column:
    """A list of codes, empty so far."""
    return sa.Column(name, CODES, nullable=False, server_default="{}")


def text(name: str, length: int, default: str = "") -> sa.Column:
    """A text that is there, and empty or unknown so far."""
    return sa.Column(name, sa.String(length=length), nullable=False, server_default=default)


def new_columns() -> dict[str, list[sa.Column]]:
    """What is new in tables that are there."""
    return {
        "facility": [
            sa.Column("outside", sa.Boolean(), nullable=False, server_default=sa.false()),
            sa.Column("manager_id", sa.Uuid(), nullable=True),
            sa.Column("rest_days", postgresql.ARRAY(sa.SmallInteger()), nullable=False, server_default="{}"),
        ],
        "service_offer": [
            text("cost", 200),
            text("sign_language", 20, "unknown"),
            text("transport", 20, "unknown"),
            text("hours", 200),
            codes("district_codes"),
            sa.Column("verify_asked_on", sa.Date(), nullable=True),
        ],
        "referral": [
            sa.Column("previous_id", sa.Uuid(), nullable=True),
            sa.Column("by_hand", sa.Boolean(), nullable=False, server_default=sa.false()),
            sa.Column("priority_reason_code", CODE, nullable=True),
            sa.Column("no_show_reason_code", CODE, nullable=True),
            sa.Column("next_step_code", CODE, nullable=True),
            codes("given_codes"),
            codes("device_codes"),
        ],
        "referral_move": [
            sa.Column("reason_code", CODE, nullable=True),
            sa.Column("priority_code", CODE, nullable=True),
        ],
    }


def upgrade() -> None:
    for table, columns in new_columns().items():
        for column in columns:
            op.add_column(table, column)
            op.alter_column(table, column.name, server_default=None)
    op.create_foreign_key("fk_facility_manager_id", "facility", "user_account", ["manager_id"], ["id"])
    op.create_unique_constraint("uq_referral_holder", "referral", ["id", "owner_id", "team_id"])
    op.create_foreign_key(
        "fk_referral_previous_id_owner_id_team_id",
        "referral",
        "referral",
        ["previous_id", "owner_id", "team_id"],
        ["id", "owner_id", "team_id"],
        onupdate="CASCADE",
    )
    op.create_index("uq_referral_previous_id", "referral", ["previous_id"], unique=True)
    op.create_index(
        "ix_referral_waiting",
        "referral",
        ["to_facility_id", "priority_code", "sent_at", "id"],
        postgresql_where=sa.text("status in ('accepted', 'waitlisted')"),
    )
    op.create_table(
        "closed_day",
        *record(),
        sa.Column("facility_id", sa.Uuid(), sa.ForeignKey("facility.id", name="fk_closed_day_facility_id"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.UniqueConstraint("facility_id", "day", name="uq_closed_day_facility_id_day"),
    )
    op.create_table(
        "referral_message",
        *record(),
        *of_referral("referral_message"),
        sa.Column("side", PARTIES, nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.Column("read_by_id", sa.Uuid(), nullable=True),
    )
    op.create_index("ix_referral_message_referral_id", "referral_message", ["referral_id"])
    op.create_table(
        "escalation",
        *record(),
        *of_referral("escalation"),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("tells", CODE, nullable=False),
        sa.Column("answer_by", MOMENT, nullable=False),
        sa.UniqueConstraint("referral_id", "step", name="uq_escalation_referral_id_step"),
    )
    for table, policies in POLICIES.items():
        op.execute(f"alter table {table} enable row level security, force row level security")
        for policy in policies:
            name, rule = policy.split(" ", 1)
            op.execute(f"create policy {name} on {table} {rule}")
    for grant in GRANTS:
        op.execute(f"grant {grant}")


def downgrade() -> None:
    for table in POLICIES:
        op.drop_table(table)
    op.drop_index("ix_referral_waiting", "referral")
    op.drop_index("uq_referral_previous_id", "referral")
    op.drop_constraint("fk_referral_previous_id_owner_id_team_id", "referral")
    op.drop_constraint("uq_referral_holder", "referral")
    op.drop_constraint("fk_facility_manager_id", "facility")
    for table, columns in new_columns().items():
        for column in columns:
            op.drop_column(table, column.name)
