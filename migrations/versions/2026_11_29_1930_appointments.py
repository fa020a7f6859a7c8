"""Appointments of a case, and every step of them.

Kind: expand
Safe with the release before this one: yes, because it knows nothing of these tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "appointments"
down_revision = "programme_statistics"
branch_labels = None
depends_on = None


def setting(name: str, kind: str = "text") -> str:
    """A setting of the transaction, read once per statement; nothing when it is not set."""
    return f"(select nullif(current_setting('app.{name}', true), ''))::{kind}"


ME = setting("user_id", "uuid")
OWNERS, TEAMS = f"any ({setting('owners', 'uuid[]')})", f"any ({setting('teams', 'uuid[]')})"
HELD = f"({setting('everyone')} = 'on' or owner_id = {OWNERS} or team_id = {TEAMS})"
POLICIES = {
    "appointment": (
        f"seen for select using {HELD}",
        f"begun for insert with check ({HELD} and by_id = {ME} and status = 'booked')",
        f"changed for update using {HELD}",
    ),
    "appointment_move": (
        f"seen for select using {HELD}",
        f"begun for insert with check ({HELD} and by_id = {ME})",
    ),
}
GRANTS = (
    "select, insert on appointment, appointment_move to app_rw",
    "update (status, starts_at, minutes, place, version) on appointment to app_rw",
)
HOLDER = ["owner_id", "team_id"]


def holder(table: str, column: str, parent: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column, *HOLDER],
        [f"{parent}.id", f"{parent}.owner_id", f"{parent}.team_id"],
        name=op.f(f"fk_{table}_{column}_owner_id_team_id"),
        onupdate="CASCADE",
    )


def held() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
    ]


def upgrade() -> None:
    op.create_table(
        "appointment",
        *held(),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind_code", sa.String(length=40), nullable=False),
        sa.Column("purpose_code", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("facility_id", sa.Uuid(), nullable=True),
        sa.Column("with_whom", sa.LargeBinary(), nullable=True),
        sa.Column("place", sa.LargeBinary(), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("minutes between 5 and 720", name=op.f("ck_appointment_within_a_day")),
        holder("appointment", "case_id", "case_file"),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_appointment_facility_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment")),
        sa.UniqueConstraint("id", "owner_id", "team_id", name=op.f("uq_appointment_id_owner_id_team_id")),
    )
    op.create_index("ix_appointment_case_id", "appointment", ["case_id", "id"])
    op.create_index(
        "ix_appointment_agenda",
        "appointment",
        ["owner_id", "starts_at"],
        postgresql_where=sa.text("status = 'booked'"),
    )
    op.create_table(
        "appointment_move",
        *held(),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=True),
        sa.Column("source", sa.String(length=40), nullable=True),
        sa.Column("target", sa.String(length=40), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason_code", sa.String(length=40), nullable=True),
        sa.Column("next_step_code", sa.String(length=40), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        holder("appointment_move", "appointment_id", "appointment"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment_move")),
    )
    op.create_index(op.f("ix_appointment_move_appointment_id"), "appointment_move", ["appointment_id"])
    for table, policies in POLICIES.items():
        op.execute(f"alter table {table} enable row level security, force row level security")
        for policy in policies:
            name, rule = policy.split(" ", 1)
            op.execute(f"create policy {name} on {table} {rule}")
    for grant in GRANTS:
        op.execute(f"grant {grant}")


def downgrade() -> None:
    op.drop_table("appointment_move")
    op.drop_table("appointment")
