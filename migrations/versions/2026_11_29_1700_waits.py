"""The continuum-of-care clock: how long each stage takes, for every team, district, year and quarter.

Kind: expand
Safe with the release before this one: yes, it never sees the new table.
"""

import sqlalchemy as sa
from alembic import op

revision = "waits"
down_revision = "eligibility"
branch_labels = None
depends_on = None


def setting(name: str, kind: str = "text") -> str:
    """A setting of the transaction, read once per statement; nothing when it is not set."""
    return f"(select nullif(current_setting('app.{name}', true), ''))::{kind}"


COUNTS = ("counted", "reached", "still_waiting", "left_early", "unknown")
LENGTHS = ("lower_quartile", "median", "upper_quartile", "median_least", "median_most")
EVERYONE, TEAMS = f"{setting('everyone')} = 'on'", f"any ({setting('teams', 'uuid[]')})"
SEEN = (
    f"create policy seen on wait_measure for select using ({EVERYONE} or team_id = {TEAMS})",
    f"create policy begun on wait_measure for insert with check ({EVERYONE})",
    f"create policy ended on wait_measure for delete using ({EVERYONE})",
    "grant select, insert, delete on wait_measure to app_rw",
)


def upgrade() -> None:
    op.create_table(
        "wait_measure",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stage_code", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("team_id", sa.Uuid(), sa.ForeignKey("team.id", name="fk_wait_measure_team_id")),
        sa.Column("district_code", sa.String(length=40)),
        sa.Column("period", sa.String(length=10)),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        *(sa.Column(name, sa.Integer()) for name in LENGTHS),
    )
    op.create_index(
        "uq_wait_measure_group",
        "wait_measure",
        ["team_id", "district_code", "period", "stage_code"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_index("ix_wait_measure_period", "wait_measure", ["team_id", "period", "stage_code"])
    op.execute("alter table wait_measure enable row level security, force row level security")
    for statement in SEEN:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("wait_measure")
