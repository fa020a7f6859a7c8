"""A follow-up may say that what was reached is still so: the database takes that as a fact, and no more.

Kind: expand
Safe with the release before this one: yes, new policies only let more in.
"""

from alembic import op

revision = "milestones_last"
down_revision = "calendars"
branch_labels = None
depends_on = None

FACTS_OF = "(select nullif(current_setting('app.facts_of', true), ''))::uuid"
ITS = f"exists (select from milestone m where m.id = milestone_id and m.case_id = {FACTS_OF})"


def policies(statuses: str, actions: str) -> tuple[str, ...]:
    """What the database takes of a record that shows a milestone of its case."""
    return (
        "drop policy fact_changed on milestone",
        f"create policy fact_changed on milestone for update using (case_id = {FACTS_OF})"
        f" with check (case_id = {FACTS_OF} and status in ({statuses}) and fact_code is not null)",
        "drop policy fact_begun on milestone_change",
        "create policy fact_begun on milestone_change for insert"
        f" with check ({ITS} and (action is null or action in ({actions})))",
    )


def upgrade() -> None:
    for statement in policies("'achieved', 'sustained'", "'reach', 'stay'"):
        op.execute(statement)


def downgrade() -> None:
    for statement in policies("'achieved'", "'reach'"):
        op.execute(statement)
