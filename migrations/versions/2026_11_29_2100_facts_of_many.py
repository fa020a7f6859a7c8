"""A record that shows a milestone of many people at once: the database takes all of them together.

Kind: expand
Safe with the release before this one: yes, one id is a list of one.
"""

from alembic import op

revision = "facts_of_many"
down_revision = "wellbeing"
branch_labels = None
depends_on = None

ONE = "= (select nullif(current_setting('app.facts_of', true), ''))::uuid"
MANY = "= any (string_to_array((select nullif(current_setting('app.facts_of', true), '')), ',')::uuid[])"


def policies(these: str) -> tuple[str, ...]:
    """What the database shows and takes while a record shows milestones of these cases."""
    its = f"exists (select from milestone m where m.id = milestone_id and m.case_id {these})"
    return (
        f"alter policy fact_seen on milestone using (case_id {these})",
        f"alter policy fact_begun on milestone with check (case_id {these} and status in ('wanted', 'achieved'))",
        f"alter policy fact_changed on milestone using (case_id {these}) with check (case_id {these}"
        " and status in ('achieved', 'sustained') and fact_code is not null)",
        f"alter policy fact_seen on milestone_change using ({its})",
        f"alter policy fact_begun on milestone_change with check ({its}"
        " and (action is null or action in ('reach', 'stay')))",
    )


def upgrade() -> None:
    for statement in policies(MANY):
        op.execute(statement)


def downgrade() -> None:
    for statement in policies(ONE):
        op.execute(statement)
