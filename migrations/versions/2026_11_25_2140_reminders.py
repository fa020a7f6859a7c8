"""Tasks that a rule raises: about what, once for each; and steps and tasks that are nobody's act.

Kind: expand
Safe with the release before this one: yes, except that it cannot show a task or a step without a person.
"""

import sqlalchemy as sa
from alembic import op

revision = "reminders"
down_revision = "injuries"
branch_labels = None
depends_on = None

RAISED = sa.text("about is not null")
KEYS = ("case_id", "kind_code", "about")


def upgrade() -> None:
    op.add_column("task", sa.Column("about", sa.Uuid(), nullable=True))
    op.create_index("uq_task_raised", "task", KEYS, unique=True, postgresql_where=RAISED)
    for table in ("task", "case_move"):
        op.alter_column(table, "by_id", nullable=True)


def downgrade() -> None:
    # The schema before this one knows people alone: what the calendar did is the owner's there.
    for table in ("task", "case_move"):
        op.execute(f"alter table {table} no force row level security")
        op.execute(f"update {table} set by_id = owner_id where by_id is null")
        op.execute(f"alter table {table} force row level security")
        op.alter_column(table, "by_id", nullable=False)
    op.drop_index("uq_task_raised", table_name="task")
    op.drop_column("task", "about")
