"""Milestones know the record that shows them, and the last day on which they were settled.

Kind: expand
Safe with the release before this one: yes, new columns may be empty and new policies only let more in.
"""

import sqlalchemy as sa
from alembic import op

revision = "milestone_facts"
down_revision = "programmes"
branch_labels = None
depends_on = None

# Set for one case while a record that was just made, by whomever, shows one of its milestones.
FACTS_OF = "(select nullif(current_setting('app.facts_of', true), ''))::uuid"
ITS = f"exists (select from milestone m where m.id = milestone_id and m.case_id = {FACTS_OF})"
POLICIES = {
    "milestone": [
        f"fact_seen for select using (case_id = {FACTS_OF})",
        f"fact_begun for insert with check (case_id = {FACTS_OF} and status in ('wanted', 'achieved'))",
        f"fact_changed for update using (case_id = {FACTS_OF})"
        f" with check (case_id = {FACTS_OF} and status = 'achieved' and fact_code is not null)",
    ],
    "milestone_change": [
        f"fact_seen for select using ({ITS})",
        f"fact_begun for insert with check ({ITS} and (action is null or action = 'reach'))",
    ],
}
COLUMNS = {
    "milestone": ("settled_on", "fact_code", "fact_id"),
    "milestone_change": ("fact_code", "fact_id"),
}
SETTLED = """
update milestone m set settled_on = c.last from (
    select milestone_id, max(happened_on) as last from milestone_change
    where target in ('achieved', 'sustained', 'lost') group by milestone_id
) c where c.milestone_id = m.id
"""


def upgrade() -> None:
    op.add_column("milestone", sa.Column("settled_on", sa.Date(), nullable=True))
    for table in POLICIES:
        op.add_column(table, sa.Column("fact_code", sa.String(length=40), nullable=True))
        op.add_column(table, sa.Column("fact_id", sa.Uuid(), nullable=True))
    op.execute(SETTLED)
    op.execute("grant update (settled_on, fact_code, fact_id) on milestone to app_rw")
    for table, policies in POLICIES.items():
        for policy in policies:
            name, rule = policy.split(" ", 1)
            op.execute(f"create policy {name} on {table} {rule}")


def downgrade() -> None:
    for table, policies in POLICIES.items():
        for policy in policies:
            op.execute(f"drop policy {policy.split(' ', 1)[0]} on {table}")
        for column in COLUMNS[table]:
            op.drop_column(table, column)
