"""How many wait for a service and how many began of late, counted for the directory.

Kind: expand
Safe with the release before this one: yes, it never sees the new table.
"""

import sqlalchemy as sa
from alembic import op

revision = "service_load"
down_revision = "couriers"
branch_labels = None
depends_on = None

EVERYONE = "(select nullif(current_setting('app.everyone', true), ''))::text = 'on'"
COUNTS = ("waiting", "begun", "begun_this_month")
SEEN = (
    "create policy seen on service_load for select using (true)",
    f"create policy begun on service_load for insert with check ({EVERYONE})",
    f"create policy changed on service_load for update using ({EVERYONE})",
    "grant select, insert on service_load to app_rw",
    "grant update (waiting, begun, begun_this_month, median_wait_days, measured_on) on service_load to app_rw",
)


def upgrade() -> None:
    op.create_table(
        "service_load",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "facility_id",
            sa.Uuid(),
            sa.ForeignKey("facility.id", name="fk_service_load_facility_id"),
            nullable=False,
        ),
        sa.Column("service_code", sa.String(length=40), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.Column("median_wait_days", sa.Integer(), nullable=True),
        sa.Column("measured_on", sa.Date(), nullable=False),
        sa.UniqueConstraint(
            "facility_id", "service_code", name="uq_service_load_facility_id_service_code"
        ),
    )
    op.execute("alter table service_load enable row level security, force row level security")
    for statement in SEEN:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("service_load")
