"""Care plans: versions with goals, their steps, reviews, and how each goal stood.

Kind: expand
Safe with the release before this one: yes, because it knows nothing of these tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "careplans"
down_revision = "service_load"
branch_labels = None
depends_on = None


def setting(name: str, kind: str = "text") -> str:
    """A setting of the transaction, read once per statement; nothing when it is not set."""
    return f"(select nullif(current_setting('app.{name}', true), ''))::{kind}"


OWNERS, TEAMS = f"any ({setting('owners', 'uuid[]')})", f"any ({setting('teams', 'uuid[]')})"
HELD = f"({setting('everyone')} = 'on' or owner_id = {OWNERS} or team_id = {TEAMS})"
A_DRAFT = "exists (select from care_plan p where p.id = plan_id and p.status = 'draft')"
IN_FORCE = "exists (select from care_plan p where p.id = plan_id and p.status = 'approved')"

POLICIES = {
    "care_plan": [
        f"seen for select using ({HELD})",
        f"begun for insert with check ({HELD} and status = 'draft')",
        f"changed for update using ({HELD} and status in ('draft', 'submitted', 'approved')) with check ({HELD})",
    ],
    # Only a draft's goals come and go: what was submitted or approved stays as it was read.
    "care_goal": [
        f"seen for select using ({HELD})",
        f"begun for insert with check ({HELD} and {A_DRAFT})",
        f"ended for delete using ({HELD} and {A_DRAFT})",
    ],
    "care_plan_move": [
        f"seen for select using ({HELD})",
        f"begun for insert with check ({HELD})",
    ],
    "care_review": [
        f"seen for select using ({HELD})",
        f"begun for insert with check ({HELD} and {IN_FORCE})",
    ],
    "care_progress": [
        f"seen for select using ({HELD})",
        f"begun for insert with check ({HELD} and {IN_FORCE})",
    ],
}
GRANTS = [
    f"select, insert on {', '.join(POLICIES)} to app_rw",
    "delete on care_goal to app_rw",
    "update (status, review_on, agreed_on, submitted_by_id, submitted_at, approved_by_id, approved_at, version)"
    " on care_plan to app_rw",
]
HOLDER = ["owner_id", "team_id"]


def common() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
    ]


def holder(table: str, column: str, parent: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column, *HOLDER],
        [f"{parent}.id", f"{parent}.owner_id", f"{parent}.team_id"],
        name=op.f(f"fk_{table}_{column}_owner_id_team_id"),
        onupdate="CASCADE",
    )


def upgrade() -> None:
    op.create_table(
        "care_plan",
        *common(),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("submitted_by_id", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_id", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("approved_by_id <> submitted_by_id", name=op.f("ck_care_plan_somebody_else")),
        sa.CheckConstraint(
            "status not in ('approved', 'superseded') or num_nulls(agreed_on, review_on, submitted_by_id,"
            " approved_by_id, approved_at) = 0",
            name=op.f("ck_care_plan_approved_whole"),
        ),
        holder("care_plan", "case_id", "case_file"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_plan")),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_care_plan_case_id_number")),
        sa.UniqueConstraint("id", "owner_id", "team_id", name=op.f("uq_care_plan_id_owner_id_team_id")),
    )
    open_one = sa.text("status in ('draft', 'submitted')")
    op.create_index("uq_care_plan_one_open", "care_plan", ["case_id"], unique=True, postgresql_where=open_one)
    in_force = sa.text("status = 'approved'")
    op.create_index(
        "uq_care_plan_one_in_force", "care_plan", ["case_id"], unique=True, postgresql_where=in_force
    )
    op.create_table(
        "care_goal",
        *common(),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("pillar_code", sa.String(length=40), nullable=False),
        sa.Column("need", sa.LargeBinary(), nullable=False),
        sa.Column("aim", sa.LargeBinary(), nullable=False),
        sa.Column("service_code", sa.String(length=40), nullable=True),
        sa.Column("facility_id", sa.Uuid(), nullable=True),
        sa.Column("responsible_code", sa.String(length=40), nullable=False),
        sa.Column("target_on", sa.Date(), nullable=False),
        holder("care_goal", "plan_id", "care_plan"),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_care_goal_facility_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_goal")),
        sa.UniqueConstraint("plan_id", "goal_id", name=op.f("uq_care_goal_plan_id_goal_id")),
        sa.UniqueConstraint("plan_id", "place", name=op.f("uq_care_goal_plan_id_place")),
    )
    op.create_table(
        "care_plan_move",
        *common(),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=True),
        sa.Column("source", sa.String(length=40), nullable=True),
        sa.Column("target", sa.String(length=40), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        holder("care_plan_move", "plan_id", "care_plan"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_plan_move")),
    )
    op.create_index(op.f("ix_care_plan_move_plan_id"), "care_plan_move", ["plan_id"])
    op.create_table(
        "care_review",
        *common(),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=False),
        sa.Column("finding", sa.LargeBinary(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        holder("care_review", "plan_id", "care_plan"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_review")),
    )
    op.create_index(op.f("ix_care_review_plan_id"), "care_review", ["plan_id"])
    op.create_table(
        "care_progress",
        *common(),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("progress_code", sa.String(length=40), nullable=False),
        holder("care_progress", "plan_id", "care_plan"),
        sa.ForeignKeyConstraint(["review_id"], ["care_review.id"], name=op.f("fk_care_progress_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_progress")),
        sa.UniqueConstraint("review_id", "goal_id", name=op.f("uq_care_progress_review_id_goal_id")),
    )
    op.create_index(op.f("ix_care_progress_plan_id"), "care_progress", ["plan_id"])
    for table, policies in POLICIES.items():
        op.execute(f"alter table {table} enable row level security, force row level security")
        for policy in policies:
            name, rule = policy.split(" ", 1)
            op.execute(f"create policy {name} on {table} {rule}")
    for grant in GRANTS:
        op.execute(f"grant {grant}")


def downgrade() -> None:
    for table in ("care_progress", "care_review", "care_plan_move", "care_goal", "care_plan"):
        op.drop_table(table)
