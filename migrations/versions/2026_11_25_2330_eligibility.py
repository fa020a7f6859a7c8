"""Eligibility: what the rules propose, what classifiers decide; the sheets of matches and how long they may be.

Kind: expand
Safe with the release before this one: yes, new columns have a value or may be empty.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "eligibility"
down_revision = "participants"
branch_labels = None
depends_on = None


def setting(name: str, kind: str = "text") -> str:
    """A setting of the transaction, read once per statement; nothing when it is not set."""
    return f"(select nullif(current_setting('app.{name}', true), ''))::{kind}"


OWNERS, TEAMS = f"any ({setting('owners', 'uuid[]')})", f"any ({setting('teams', 'uuid[]')})"
ROLE, FACILITIES = setting("role"), f"any ({setting('facilities', 'uuid[]')})"
HELD = f"({setting('everyone')} = 'on' or owner_id = {OWNERS} or team_id = {TEAMS})"
MINE = f"({ROLE} = 'sports_coordinator' and facility_id = {FACILITIES})"
POLICIES = {
    "classification": [
        f"seen for select using ({HELD})",
        f"begun for insert with check ({HELD})",
    ],
    "match_player": [
        f"seen for select using ({HELD} or {MINE})",
        f"begun for insert with check ({HELD} or {MINE})",
        f"ended for delete using ({HELD} or {MINE})",
    ],
}
GRANTS = [
    f"select, insert on {', '.join(POLICIES)} to app_rw",
    "delete on match_player to app_rw",
    "update (eligibility_code, eligible_position_codes) on enrolment to app_rw",
]


def upgrade() -> None:
    op.create_table('classification',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('enrolment_id', sa.Uuid(), nullable=False),
    sa.Column('status_code', sa.String(length=40), nullable=False),
    sa.Column('class_code', sa.String(length=40), nullable=True),
    sa.Column('position_codes', postgresql.ARRAY(sa.String(length=40)), nullable=False),
    sa.Column('decided_on', sa.Date(), nullable=False),
    sa.Column('review_on', sa.Date(), nullable=True),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['enrolment_id', 'owner_id', 'team_id'], ['enrolment.id', 'enrolment.owner_id', 'enrolment.team_id'], name=op.f('fk_classification_enrolment_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_classification'))
    )
    op.create_index(op.f('ix_classification_enrolment_id'), 'classification', ['enrolment_id'], unique=False)
    op.create_table('match_player',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('fixture_id', sa.Uuid(), nullable=False),
    sa.Column('entry_id', sa.Uuid(), nullable=False),
    sa.Column('division_id', sa.Uuid(), nullable=False),
    sa.Column('enrolment_id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('position_code', sa.String(length=40), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['enrolment_id', 'owner_id', 'team_id'], ['enrolment.id', 'enrolment.owner_id', 'enrolment.team_id'], name=op.f('fk_match_player_enrolment_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.ForeignKeyConstraint(['enrolment_id', 'programme_id', 'facility_id'], ['enrolment.id', 'enrolment.programme_id', 'enrolment.facility_id'], name=op.f('fk_match_player_enrolment_id_programme_id_facility_id')),
    sa.ForeignKeyConstraint(['entry_id', 'division_id', 'facility_id'], ['division_entry.id', 'division_entry.division_id', 'division_entry.facility_id'], name=op.f('fk_match_player_entry_id_division_id_facility_id')),
    sa.ForeignKeyConstraint(['fixture_id', 'division_id', 'facility_id'], ['fixture.id', 'fixture.division_id', 'fixture.facility_id'], name=op.f('fk_match_player_fixture_id_division_id_facility_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_match_player')),
    sa.UniqueConstraint('fixture_id', 'enrolment_id', name=op.f('uq_match_player_fixture_id_enrolment_id'))
    )
    op.create_index(op.f('ix_match_player_enrolment_id'), 'match_player', ['enrolment_id'], unique=False)
    op.add_column('edition', sa.Column('roster_limit', sa.Integer(), nullable=True))
    op.add_column('enrolment', sa.Column('eligibility_code', sa.String(length=40), nullable=True))
    op.add_column('enrolment', sa.Column('eligible_position_codes', postgresql.ARRAY(sa.String(length=40)), nullable=False, server_default='{}'))
    op.alter_column('enrolment', 'eligible_position_codes', server_default=None)
    for table, policies in POLICIES.items():
        op.execute(f"alter table {table} enable row level security, force row level security")
        for policy in policies:
            name, rule = policy.split(" ", 1)
            op.execute(f"create policy {name} on {table} {rule}")
    for grant in GRANTS:
        op.execute(f"grant {grant}")


def downgrade() -> None:
    op.execute(f"revoke all on {', '.join(POLICIES)} from app_rw")
    op.drop_column('enrolment', 'eligible_position_codes')
    op.drop_column('enrolment', 'eligibility_code')
    op.drop_column('edition', 'roster_limit')
    op.drop_index(op.f('ix_match_player_enrolment_id'), table_name='match_player')
    op.drop_table('match_player')
    op.drop_index(op.f('ix_classification_enrolment_id'), table_name='classification')
    op.drop_table('classification')
