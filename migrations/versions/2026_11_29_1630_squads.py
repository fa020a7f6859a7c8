"""Squads with their call-ups; injuries in sport, what providers found, the way back to play; roster limits.

Kind: expand
Safe with the release before this one: yes, new columns have a value or may be empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "squads"
down_revision = "statement"
branch_labels = None
depends_on = None


def setting(name: str, kind: str = "text") -> str:
    """A setting of the transaction, read once per statement; nothing when it is not set."""
    return f"(select nullif(current_setting('app.{name}', true), ''))::{kind}"


OWNERS, TEAMS = f"any ({setting('owners', 'uuid[]')})", f"any ({setting('teams', 'uuid[]')})"
ROLE, FACILITIES = setting("role"), f"any ({setting('facilities', 'uuid[]')})"
HELD = f"({setting('everyone')} = 'on' or owner_id = {OWNERS} or team_id = {TEAMS})"
MINE = f"({ROLE} = 'sports_coordinator' and facility_id = {FACILITIES})"
ORGANISES = f"({ROLE} = 'coordinator' or {MINE})"
LIVE = "('sent', 'accepted', 'waitlisted', 'scheduled', 'in_progress', 'no_show')"
# Made ready when it is first called, not in every statement that touches these tables.
FUNCTION = f"""
create function clears_case(mine uuid) returns boolean
language plpgsql stable parallel safe as $$
declare facilities uuid[] := nullif(current_setting('app.facilities', true), '');
begin
    return cardinality(facilities) > 0 and exists (
        select from public.referral r join public.consent c on c.id = r.consent_id
        where r.case_id = mine and r.to_facility_id = any (facilities) and r.status in {LIVE}
        and 'sports_clearance' = any (r.service_codes)
        and c.facility_id = r.to_facility_id and c.withdrawn_at is null
        and current_date between c.given_on and c.valid_until
    );
end
$$
"""
ASKED = f"({ROLE} = 'provider' and clears_case(case_id))"  # by a live referral, while the consent stands
TAKES_PART = (
    f"({ROLE} = 'sports_coordinator' and exists (select from enrolment e where e.case_id = sport_injury.case_id"
    f" and e.status <> 'ended' and e.facility_id = {FACILITIES} and e.agreed_until >= current_date))"
)
INJURED = f"({HELD} or {TAKES_PART} or {ASKED})"
ITS = "exists (select from sport_injury i where i.id = sport_injury_id)"  # whoever sees the injury
POLICIES = {
    "squad": [
        "seen for select using (true)",
        f"begun for insert with check {ORGANISES}",
        f"changed for update using {ORGANISES}",
    ],
    "call_up": [
        f"seen for select using ({HELD} or {MINE})",
        f"begun for insert with check {ORGANISES}",
        f"changed for update using ({HELD} or {MINE})",
    ],
    "sport_injury": [
        f"seen for select using {INJURED}",
        f"begun for insert with check (({HELD} or {TAKES_PART}) and stage = 'rest')",
        f"changed for update using {INJURED} with check ({INJURED}"
        f" and ({ROLE} = 'provider' or stage in ('rest', 'retracted')))",  # nobody else lets somebody go on
    ],
    "return_step": [
        f"seen for select using ({ITS})",
        f"begun for insert with check ({ITS} and ({ROLE} = 'provider' or action in ('stop', 'retract')))",
    ],
    "sport_finding": [
        f"seen for select using ({HELD} or {ASKED})",
        f"begun for insert with check {ASKED}",
    ],
}
GRANTS = [
    f"select, insert on {', '.join(POLICIES)} to app_rw",
    "update (cancelled_on, version) on squad to app_rw",
    "update (status, answered_on, decline_reason_code, version) on call_up to app_rw",
    "update (stage, stage_on, version) on sport_injury to app_rw",
    "update (roster_weight) on enrolment to app_rw",
]


def upgrade() -> None:
    op.execute(FUNCTION)
    op.create_table('squad',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('edition_id', sa.Uuid(), nullable=True),
    sa.Column('kind_code', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('place', sa.String(length=200), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('answer_by', sa.Date(), nullable=True),
    sa.Column('size', sa.Integer(), nullable=True),
    sa.Column('cancelled_on', sa.Date(), nullable=True),
    sa.CheckConstraint('starts_on <= ends_on', name=op.f('ck_squad_in_order')),
    sa.ForeignKeyConstraint(['edition_id'], ['edition.id'], name=op.f('fk_squad_edition_id')),
    sa.ForeignKeyConstraint(['programme_id', 'facility_id'], ['programme.id', 'programme.facility_id'], name=op.f('fk_squad_programme_id_facility_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_squad')),
    sa.UniqueConstraint('id', 'programme_id', 'facility_id', name=op.f('uq_squad_id_programme_id_facility_id'))
    )
    op.create_index(op.f('ix_squad_programme_id'), 'squad', ['programme_id'], unique=False)
    op.create_table('sport_injury',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('survivor_id', sa.Uuid(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('occurred_on', sa.Date(), nullable=False),
    sa.Column('context_code', sa.String(length=40), nullable=False),
    sa.Column('stage', sa.Enum('rest', 'light', 'sport_specific', 'no_contact', 'full_training', 'returned', 'retracted', name='stage', native_enum=False, length=40), nullable=False),
    sa.Column('stage_on', sa.Date(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('occurred_on <= stage_on', name=op.f('ck_sport_injury_in_order')),
    sa.ForeignKeyConstraint(['case_id', 'owner_id', 'team_id'], ['case_file.id', 'case_file.owner_id', 'case_file.team_id'], name=op.f('fk_sport_injury_case_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.ForeignKeyConstraint(['facility_id'], ['facility.id'], name=op.f('fk_sport_injury_facility_id')),
    sa.ForeignKeyConstraint(['survivor_id'], ['survivor.id'], name=op.f('fk_sport_injury_survivor_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sport_injury')),
    sa.UniqueConstraint('id', 'case_id', name=op.f('uq_sport_injury_id_case_id'))
    )
    op.create_index(op.f('ix_sport_injury_case_id'), 'sport_injury', ['case_id'], unique=False)
    op.create_table('call_up',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('squad_id', sa.Uuid(), nullable=False),
    sa.Column('enrolment_id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('position_code', sa.String(length=40), nullable=False),
    sa.Column('status', sa.Enum('called', 'accepted', 'declined', 'replaced', name='status', native_enum=False, length=40), nullable=False),
    sa.Column('answered_on', sa.Date(), nullable=True),
    sa.Column('decline_reason_code', sa.String(length=40), nullable=True),
    sa.Column('replaces_id', sa.Uuid(), nullable=True),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['enrolment_id', 'owner_id', 'team_id'], ['enrolment.id', 'enrolment.owner_id', 'enrolment.team_id'], name=op.f('fk_call_up_enrolment_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.ForeignKeyConstraint(['enrolment_id', 'programme_id', 'facility_id'], ['enrolment.id', 'enrolment.programme_id', 'enrolment.facility_id'], name=op.f('fk_call_up_enrolment_id_programme_id_facility_id')),
    sa.ForeignKeyConstraint(['replaces_id', 'squad_id'], ['call_up.id', 'call_up.squad_id'], name=op.f('fk_call_up_replaces_id_squad_id')),
    sa.ForeignKeyConstraint(['squad_id', 'programme_id', 'facility_id'], ['squad.id', 'squad.programme_id', 'squad.facility_id'], name=op.f('fk_call_up_squad_id_programme_id_facility_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call_up')),
    sa.UniqueConstraint('id', 'squad_id', name=op.f('uq_call_up_id_squad_id'))
    )
    op.create_index(op.f('ix_call_up_enrolment_id'), 'call_up', ['enrolment_id'], unique=False)
    op.create_index('uq_call_up_one', 'call_up', ['squad_id', 'enrolment_id'], unique=True, postgresql_where=sa.text("status in ('called', 'accepted')"))
    op.create_index('uq_call_up_replaces_id', 'call_up', ['replaces_id'], unique=True)
    op.create_table('return_step',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('sport_injury_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('action', sa.Enum('advance', 'step-back', 'stop', 'clear', 'retract', name='step', native_enum=False, length=40), nullable=False),
    sa.Column('source', sa.Enum('rest', 'light', 'sport_specific', 'no_contact', 'full_training', 'returned', 'retracted', name='stage', native_enum=False, length=40), nullable=False),
    sa.Column('target', sa.Enum('rest', 'light', 'sport_specific', 'no_contact', 'full_training', 'returned', 'retracted', name='stage', native_enum=False, length=40), nullable=False),
    sa.Column('happened_on', sa.Date(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['case_id', 'owner_id', 'team_id'], ['case_file.id', 'case_file.owner_id', 'case_file.team_id'], name=op.f('fk_return_step_case_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.ForeignKeyConstraint(['sport_injury_id', 'case_id'], ['sport_injury.id', 'sport_injury.case_id'], name=op.f('fk_return_step_sport_injury_id_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_return_step'))
    )
    op.create_index(op.f('ix_return_step_sport_injury_id'), 'return_step', ['sport_injury_id'], unique=False)
    op.create_table('sport_finding',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('sport_injury_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('area_code', sa.String(length=40), nullable=False),
    sa.Column('side_code', sa.String(length=40), nullable=False),
    sa.Column('kind_code', sa.String(length=40), nullable=False),
    sa.Column('onset_code', sa.String(length=40), nullable=False),
    sa.Column('found_on', sa.Date(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['case_id', 'owner_id', 'team_id'], ['case_file.id', 'case_file.owner_id', 'case_file.team_id'], name=op.f('fk_sport_finding_case_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.ForeignKeyConstraint(['sport_injury_id', 'case_id'], ['sport_injury.id', 'sport_injury.case_id'], name=op.f('fk_sport_finding_sport_injury_id_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sport_finding'))
    )
    op.create_index(op.f('ix_sport_finding_sport_injury_id'), 'sport_finding', ['sport_injury_id'], unique=False)
    op.add_column('enrolment', sa.Column('roster_weight', sa.Integer(), nullable=True))
    op.add_column('match_player', sa.Column('starts', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column('match_player', 'starts', server_default=None)
    for table, policies in POLICIES.items():
        op.execute(f"alter table {table} enable row level security, force row level security")
        for policy in policies:
            name, rule = policy.split(" ", 1)
            op.execute(f"create policy {name} on {table} {rule}")
    for grant in GRANTS:
        op.execute(f"grant {grant}")


def downgrade() -> None:
    op.execute(f"revoke all on {', '.join(POLICIES)} from app_rw")
    op.drop_column('match_player', 'starts')
    op.drop_column('enrolment', 'roster_weight')
    op.drop_index(op.f('ix_sport_finding_sport_injury_id'), table_name='sport_finding')
    op.drop_table('sport_finding')
    op.drop_index(op.f('ix_return_step_sport_injury_id'), table_name='return_step')
    op.drop_table('return_step')
    op.drop_index('uq_call_up_replaces_id', table_name='call_up')
    op.drop_index('uq_call_up_one', table_name='call_up', postgresql_where=sa.text("status in ('called', 'accepted')"))
    op.drop_index(op.f('ix_call_up_enrolment_id'), table_name='call_up')
    op.drop_table('call_up')
    op.drop_index(op.f('ix_sport_injury_case_id'), table_name='sport_injury')
    op.drop_table('sport_injury')
    op.drop_index(op.f('ix_squad_programme_id'), table_name='squad')
    op.drop_table('squad')
    op.execute("drop function clears_case(uuid)")
