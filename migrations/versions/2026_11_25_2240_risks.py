"""Risk flags; and the compartment that only a counsellor reads, with a key of its own for each person.

Kind: expand
Safe with the release before this one: yes, because it knows nothing of these tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "risks"
down_revision = "competitions"
branch_labels = None
depends_on = None


def setting(name: str, kind: str = "text") -> str:
    """A setting of the transaction, read once per statement; nothing when it is not set."""
    return f"(select nullif(current_setting('app.{name}', true), ''))::{kind}"


ME = setting("user_id", "uuid")
OWNERS, TEAMS = f"any ({setting('owners', 'uuid[]')})", f"any ({setting('teams', 'uuid[]')})"
FACILITIES = f"any ({setting('facilities', 'uuid[]')})"
ROLE, EVERYONE = setting("role"), f"({setting('everyone')} = 'on')"
HELD = f"({EVERYONE} or owner_id = {OWNERS} or team_id = {TEAMS})"
LIVE = "('sent', 'accepted', 'waitlisted', 'scheduled', 'in_progress', 'no_show')"


def shared(mine: str, its: str) -> str:
    """Whether a live referral to my facility opens the row: its column of a referral is this one of mine."""
    return (
        f"exists (select from referral r join consent c on c.id = r.consent_id where r.{its} = {mine}"
        f" and r.to_facility_id = {FACILITIES} and r.status in {LIVE}"
        " and c.facility_id = r.to_facility_id and c.withdrawn_at is null"
        " and current_date between c.given_on and c.valid_until)"
    )


def counselled(mine: str, its: str) -> str:
    """The same, for a counsellor and nobody else."""
    return f"({ROLE} = 'counsellor' and {shared(mine, its)})"


ASKED_HERE = f"{counselled('screening.case_id', 'case_id')} and facility_id = {FACILITIES}"
POLICIES = {
    "risk_flag": [
        f"seen for select using ({HELD} or {counselled('risk_flag.case_id', 'case_id')})",
        f"begun for insert with check ({HELD} or (source_id is not null and by_id = {ME}"
        f" and {counselled('risk_flag.case_id', 'case_id')}))",
        f"changed for update using ({HELD})",
    ],
    "compartment_key": [
        f"seen for select using {counselled('compartment_key.id', 'survivor_id')}",
        f"begun for insert with check {counselled('compartment_key.id', 'survivor_id')}",
    ],
    "screening": [
        f"seen for select using ({ASKED_HERE})",
        f"begun for insert with check ({ASKED_HERE} and by_id = {ME})",
    ],
}
# The task of a flag that a counsellor's question raised: no other task is theirs to see or to add.
FLAGGED = f"(kind_code = 'risk_flag' and about is not null and {counselled('task.case_id', 'case_id')})"
OF_A_TASK = [
    f"flag_seen on task for select using {FLAGGED}",
    f"flag_begun on task for insert with check {FLAGGED}",
]
GRANTS = [
    f"select, insert on {', '.join(POLICIES)} to app_rw",
    "update (status, acknowledged_at, acknowledged_by_id, action_code, acted_on, done, closed_at, closed_by_id,"
    " version) on risk_flag to app_rw",
]
HOLDER = ["owner_id", "team_id"]


def holder(table: str, column: str, parent: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column, *HOLDER],
        [f"{parent}.id", f"{parent}.owner_id", f"{parent}.team_id"],
        name=op.f(f"fk_{table}_{column}_owner_id_team_id"),
        onupdate="CASCADE",
    )


def upgrade() -> None:
    op.create_table(
        "risk_flag",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind_code", sa.String(length=40), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("seen", sa.LargeBinary(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by_id", sa.Uuid(), nullable=True),
        sa.Column("action_code", sa.String(length=40), nullable=True),
        sa.Column("acted_on", sa.Date(), nullable=True),
        sa.Column("done", sa.LargeBinary(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "case status when 'closed' then num_nulls(action_code, acted_on, done, closed_at, closed_by_id)"
            " else num_nonnulls(action_code, acted_on, done, closed_at, closed_by_id) end = 0",
            name=op.f("ck_risk_flag_closed_by_what_was_done"),
        ),
        holder("risk_flag", "case_id", "case_file"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_flag")),
        sa.UniqueConstraint("source_id", "kind_code", name=op.f("uq_risk_flag_source_id_kind_code")),
    )
    op.create_index("ix_risk_flag_case_id", "risk_flag", ["case_id", "id"])
    op.create_table(
        "compartment_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        holder("compartment_key", "id", "survivor"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compartment_key")),
    )
    op.create_table(
        "screening",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("instrument_code", sa.String(length=40), nullable=False),
        sa.Column("instrument_version", sa.String(length=40), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.Column("scores", sa.LargeBinary(), nullable=False),
        holder("screening", "case_id", "case_file"),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_screening_facility_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening")),
    )
    op.create_index(op.f("ix_screening_case_id"), "screening", ["case_id"])
    op.create_index(op.f("ix_screening_facility_id"), "screening", ["facility_id"])
    for table, policies in POLICIES.items():
        op.execute(f"alter table {table} enable row level security, force row level security")
        for policy in policies:
            name, rule = policy.split(" ", 1)
            op.execute(f"create policy {name} on {table} {rule}")
    for policy in OF_A_TASK:
        op.execute(f"create policy {policy}")
    for grant in GRANTS:
        op.execute(f"grant {grant}")


def downgrade() -> None:
    for policy in OF_A_TASK:
        op.execute(f"drop policy {policy.split(' ', 1)[0]} on task")
    for table in ("screening", "compartment_key", "risk_flag"):
        op.drop_table(table)
