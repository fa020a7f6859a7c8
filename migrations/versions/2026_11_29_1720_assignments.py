"""Bulk assignments: what is to be given to whom, and what became of each case.

Kind: expand
Safe with the release before this one: yes, because it knows nothing of these tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "assignments"
down_revision = "delegations"
branch_labels = None
depends_on = None


def setting(name: str, kind: str = "text") -> str:
    """A setting of the transaction, read once per statement; nothing when it is not set."""
    return f"(select nullif(current_setting('app.{name}', true), ''))::{kind}"


ME, TEAMS, EVERYONE = (
    setting("user_id", "uuid"),
    f"any ({setting('teams', 'uuid[]')})",
    f"({setting('everyone')} = 'on')",
)
ASSIGNS = f"{setting('role')} in ('supervisor', 'coordinator')"
MINE = f"({EVERYONE} or by_id = {ME} or team_id = {TEAMS})"
OF_MINE = (
    "exists (select from bulk_assignment b where b.id = bulk_assignment_id"
    f" and ({EVERYONE} or b.by_id = {ME} or b.team_id = {TEAMS}))"
)
POLICIES = [
    f"seen on bulk_assignment for select using ({MINE})",
    f"begun on bulk_assignment for insert with check ({ASSIGNS} and by_id = {ME})",
    f"changed on bulk_assignment for update using ({EVERYONE})",
    f"seen on bulk_item for select using ({OF_MINE})",
    f"begun on bulk_item for insert with check ({ASSIGNS} and by_id = {ME} and {OF_MINE})",
    f"changed on bulk_item for update using ({EVERYONE} or by_id = {ME})",
]
GRANTS = [
    "select, insert on bulk_assignment, bulk_item to app_rw",
    "update (finished_at, version) on bulk_assignment to app_rw",
    "update (state, refused_code, ended_at, version) on bulk_item to app_rw",
]


def common() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
    ]


def key(table: str, column: str, parent: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{parent}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "bulk_assignment",
        *common(),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("owner_ids", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        key("bulk_assignment", "by_id", "user_account"),
        key("bulk_assignment", "membership_id", "membership"),
        key("bulk_assignment", "team_id", "team"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_assignment")),
    )
    op.create_index(op.f("ix_bulk_assignment_by_id"), "bulk_assignment", ["by_id"])
    unfinished = sa.text("finished_at is null")
    op.create_index("ix_bulk_assignment_open", "bulk_assignment", ["id"], postgresql_where=unfinished)
    op.create_table(
        "bulk_item",
        *common(),
        sa.Column("bulk_assignment_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("from_owner_id", sa.Uuid(), nullable=True),
        sa.Column("to_owner_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("refused_code", sa.String(length=40), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'refused') = (refused_code is not null)",
            name=op.f("ck_bulk_item_refused_for_a_reason"),
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (ended_at is null)", name=op.f("ck_bulk_item_ended_whole")
        ),
        key("bulk_item", "bulk_assignment_id", "bulk_assignment"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_item")),
        sa.UniqueConstraint(
            "bulk_assignment_id", "case_id", name=op.f("uq_bulk_item_bulk_assignment_id_case_id")
        ),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "ix_bulk_item_waiting", "bulk_item", ["bulk_assignment_id", "id"], postgresql_where=waiting
    )
    for table in ("bulk_assignment", "bulk_item"):
        op.execute(f"alter table {table} enable row level security, force row level security")
    for policy in POLICIES:
        op.execute(f"create policy {policy}")
    for grant in GRANTS:
        op.execute(f"grant {grant}")


def downgrade() -> None:
    op.drop_table("bulk_item")
    op.drop_table("bulk_assignment")
