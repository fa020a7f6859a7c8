"""People are reminded of appointments by text message too, as they are of visits.

Kind: expand
Safe with the release before this one: yes, it writes reminders of visits alone and passes over the others.
"""

import sqlalchemy as sa
from alembic import op

revision = "appointment_reminders"
down_revision = "dates_kept"
branch_labels = None
depends_on = None

ONE = "(referral_id is null) <> (appointment_id is null)"
MINE = ["appointment_id", "owner_id", "team_id"]


def upgrade() -> None:
    op.alter_column("visit_reminder", "referral_id", existing_type=sa.Uuid(), nullable=True)
    op.add_column("visit_reminder", sa.Column("appointment_id", sa.Uuid(), nullable=True))
    op.create_check_constraint(op.f("ck_visit_reminder_about_one"), "visit_reminder", ONE)
    op.create_foreign_key(
        "fk_visit_reminder_appointment_id_owner_id_team_id",
        "visit_reminder",
        "appointment",
        MINE,
        ["id", "owner_id", "team_id"],
        onupdate="CASCADE",
    )
    op.create_unique_constraint(
        "uq_visit_reminder_appointment_id_scheduled_for", "visit_reminder", ["appointment_id", "scheduled_for"]
    )
    booked = sa.text("status = 'booked'")
    op.create_index("ix_appointment_near", "appointment", ["starts_at"], postgresql_where=booked)


def downgrade() -> None:
    op.drop_index("ix_appointment_near", "appointment")
    op.drop_constraint("uq_visit_reminder_appointment_id_scheduled_for", "visit_reminder")
    op.drop_constraint("fk_visit_reminder_appointment_id_owner_id_team_id", "visit_reminder", type_="foreignkey")
    op.drop_constraint("ck_visit_reminder_about_one", "visit_reminder")
    op.execute("alter table visit_reminder no force row level security")
    op.execute("delete from visit_reminder where referral_id is null")
    op.execute("alter table visit_reminder force row level security")
    op.drop_column("visit_reminder", "appointment_id")
    op.alter_column("visit_reminder", "referral_id", existing_type=sa.Uuid(), nullable=False)
