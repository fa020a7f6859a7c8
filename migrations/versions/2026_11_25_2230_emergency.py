"""Emergency and continuing medical care: the chain of care, what was measured, stays, operations, complications.

Kind: expand
Safe with the release before this one: yes, because it knows nothing of these tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "emergency"
down_revision = "directory_and_referrals"
branch_labels = None
depends_on = None


def setting(name: str, kind: str = "text") -> str:
    """A setting of the transaction, read once per statement; nothing when it is not set."""
    return f"(select nullif(current_setting('app.{name}', true), ''))::{kind}"


OWNERS, TEAMS = f"any ({setting('owners', 'uuid[]')})", f"any ({setting('teams', 'uuid[]')})"
FACILITIES = f"any ({setting('facilities', 'uuid[]')})"
HELD = f"({setting('everyone')} = 'on' or owner_id = {OWNERS} or team_id = {TEAMS})"
LIVE = "('sent', 'accepted', 'waitlisted', 'scheduled', 'in_progress', 'no_show')"


def shared(mine: str, its: str, item: str = "") -> str:
    """Whether a live referral to my facility opens the row: its column of a referral is this one of mine."""
    only = f" and '{item}' = any (r.share_codes)" if item else ""
    return (
        f"exists (select from referral r join consent c on c.id = r.consent_id where r.{its} = {mine}"
        f" and r.to_facility_id = {FACILITIES} and r.status in {LIVE}{only}"
        " and c.facility_id = r.to_facility_id and c.withdrawn_at is null"
        " and current_date between c.given_on and c.valid_until)"
    )


TABLES = ("emergency_episode", "tourniquet", "trauma_observation", "facility_stay", "operation", "complication")
MINE = {table: f"{HELD} or {shared(f'{table}.case_id', 'case_id', 'injury')}" for table in TABLES}
POLICIES = {
    table: (
        f"seen for select using ({mine})",
        f"begun for insert with check ({mine})",
        f"changed for update using ({mine})",
    )
    for table, mine in MINE.items()
}
GRANTS = (
    f"select, insert on {', '.join(TABLES)} to app_rw",
    "update (in_error, injured_at, injured_precision, injured_source_code, alerted_at, alerted_precision,"
    " alerted_source_code, aid_began_at, aid_began_precision, aid_began_source_code, evacuation_began_at,"
    " evacuation_began_precision, evacuation_began_source_code, arrived_at, arrived_precision,"
    " arrived_source_code, triaged_at, triaged_precision, triaged_source_code, surgery_began_at,"
    " surgery_began_precision, surgery_began_source_code, transferred_at, transferred_precision,"
    " transferred_source_code, ended_at, ended_precision, ended_source_code, first_aid,"
    " first_responder_code, transport_code, care_on_the_way, triage_code, first_facility_id, end_code,"
    " note, version) on emergency_episode to app_rw",
    "update (in_error, episode_id, limb_code, side_code, applied_at, applied_precision,"
    " applied_source_code, released_at, released_precision, released_source_code, applied_by_code,"
    " version) on tourniquet to app_rw",
    "update (in_error, episode_id, observed_at, observed_precision, observed_source_code, gcs_eye,"
    " gcs_verbal, gcs_motor, avpu_code, systolic, respiratory_rate, oxygen_saturation, on_oxygen,"
    " serious_injuries, version) on trauma_observation to app_rw",
    "update (in_error, facility_id, kind_code, admitted_on, admitted_precision, admitted_estimated,"
    " discharged_on, discharged_precision, discharged_estimated, end_code, version) on facility_stay to"
    " app_rw",
    "update (in_error, stay_id, revises_id, performed_on, performed_precision, performed_estimated,"
    " procedure_code, region_code, side_code, note, version) on operation to app_rw",
    "update (in_error, operation_id, noticed_on, noticed_precision, noticed_estimated, resolved_on,"
    " resolved_precision, resolved_estimated, kind_code, note, version) on complication to app_rw",
)


def upgrade() -> None:
    op.create_table('emergency_episode',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('in_error', sa.Boolean(), nullable=False),
    sa.Column('injured_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('injured_precision', sa.String(length=10), nullable=True),
    sa.Column('injured_source_code', sa.String(length=40), nullable=True),
    sa.Column('alerted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('alerted_precision', sa.String(length=10), nullable=True),
    sa.Column('alerted_source_code', sa.String(length=40), nullable=True),
    sa.Column('aid_began_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('aid_began_precision', sa.String(length=10), nullable=True),
    sa.Column('aid_began_source_code', sa.String(length=40), nullable=True),
    sa.Column('evacuation_began_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('evacuation_began_precision', sa.String(length=10), nullable=True),
    sa.Column('evacuation_began_source_code', sa.String(length=40), nullable=True),
    sa.Column('arrived_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('arrived_precision', sa.String(length=10), nullable=True),
    sa.Column('arrived_source_code', sa.String(length=40), nullable=True),
    sa.Column('triaged_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('triaged_precision', sa.String(length=10), nullable=True),
    sa.Column('triaged_source_code', sa.String(length=40), nullable=True),
    sa.Column('surgery_began_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('surgery_began_precision', sa.String(length=10), nullable=True),
    sa.Column('surgery_began_source_code', sa.String(length=40), nullable=True),
    sa.Column('transferred_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('transferred_precision', sa.String(length=10), nullable=True),
    sa.Column('transferred_source_code', sa.String(length=40), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_precision', sa.String(length=10), nullable=True),
    sa.Column('ended_source_code', sa.String(length=40), nullable=True),
    sa.Column('first_aid', sa.String(length=20), nullable=False),
    sa.Column('first_responder_code', sa.String(length=40), nullable=False),
    sa.Column('transport_code', sa.String(length=40), nullable=False),
    sa.Column('care_on_the_way', sa.String(length=20), nullable=False),
    sa.Column('triage_code', sa.String(length=40), nullable=True),
    sa.Column('first_facility_id', sa.Uuid(), nullable=True),
    sa.Column('end_code', sa.String(length=40), nullable=True),
    sa.Column('note', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['case_id', 'owner_id', 'team_id'], ['case_file.id', 'case_file.owner_id', 'case_file.team_id'], name=op.f('fk_emergency_episode_case_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.ForeignKeyConstraint(['first_facility_id'], ['facility.id'], name=op.f('fk_emergency_episode_first_facility_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_emergency_episode')),
    sa.UniqueConstraint('id', 'case_id', name=op.f('uq_emergency_episode_id_case_id'))
    )
    op.create_index(op.f('ix_emergency_episode_case_id'), 'emergency_episode', ['case_id'], unique=False)
    op.create_table('facility_stay',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('in_error', sa.Boolean(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=True),
    sa.Column('kind_code', sa.String(length=40), nullable=False),
    sa.Column('admitted_on', sa.Date(), nullable=False),
    sa.Column('admitted_precision', sa.String(length=10), nullable=False),
    sa.Column('admitted_estimated', sa.Boolean(), nullable=False),
    sa.Column('discharged_on', sa.Date(), nullable=True),
    sa.Column('discharged_precision', sa.String(length=10), nullable=True),
    sa.Column('discharged_estimated', sa.Boolean(), nullable=False),
    sa.Column('end_code', sa.String(length=40), nullable=True),
    sa.ForeignKeyConstraint(['case_id', 'owner_id', 'team_id'], ['case_file.id', 'case_file.owner_id', 'case_file.team_id'], name=op.f('fk_facility_stay_case_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.ForeignKeyConstraint(['facility_id'], ['facility.id'], name=op.f('fk_facility_stay_facility_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_facility_stay')),
    sa.UniqueConstraint('id', 'case_id', name=op.f('uq_facility_stay_id_case_id'))
    )
    op.create_index(op.f('ix_facility_stay_case_id'), 'facility_stay', ['case_id'], unique=False)
    op.create_table('operation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('in_error', sa.Boolean(), nullable=False),
    sa.Column('stay_id', sa.Uuid(), nullable=True),
    sa.Column('revises_id', sa.Uuid(), nullable=True),
    sa.Column('performed_on', sa.Date(), nullable=False),
    sa.Column('performed_precision', sa.String(length=10), nullable=False),
    sa.Column('performed_estimated', sa.Boolean(), nullable=False),
    sa.Column('procedure_code', sa.String(length=40), nullable=False),
    sa.Column('region_code', sa.String(length=40), nullable=True),
    sa.Column('side_code', sa.String(length=40), nullable=False),
    sa.Column('note', sa.LargeBinary(), nullable=True),
    sa.CheckConstraint('revises_id <> id', name=op.f('ck_operation_not_itself')),
    sa.ForeignKeyConstraint(['case_id', 'owner_id', 'team_id'], ['case_file.id', 'case_file.owner_id', 'case_file.team_id'], name=op.f('fk_operation_case_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.ForeignKeyConstraint(['revises_id', 'case_id'], ['operation.id', 'operation.case_id'], name=op.f('fk_operation_revises_id_case_id')),
    sa.ForeignKeyConstraint(['stay_id', 'case_id'], ['facility_stay.id', 'facility_stay.case_id'], name=op.f('fk_operation_stay_id_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_operation')),
    sa.UniqueConstraint('id', 'case_id', name=op.f('uq_operation_id_case_id'))
    )
    op.create_index(op.f('ix_operation_case_id'), 'operation', ['case_id'], unique=False)
    op.create_index(op.f('ix_operation_revises_id'), 'operation', ['revises_id'], unique=False)
    op.create_index(op.f('ix_operation_stay_id'), 'operation', ['stay_id'], unique=False)
    op.create_table('tourniquet',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('in_error', sa.Boolean(), nullable=False),
    sa.Column('episode_id', sa.Uuid(), nullable=False),
    sa.Column('limb_code', sa.String(length=40), nullable=False),
    sa.Column('side_code', sa.String(length=40), nullable=False),
    sa.Column('applied_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('applied_precision', sa.String(length=10), nullable=True),
    sa.Column('applied_source_code', sa.String(length=40), nullable=True),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('released_precision', sa.String(length=10), nullable=True),
    sa.Column('released_source_code', sa.String(length=40), nullable=True),
    sa.Column('applied_by_code', sa.String(length=40), nullable=False),
    sa.ForeignKeyConstraint(['case_id', 'owner_id', 'team_id'], ['case_file.id', 'case_file.owner_id', 'case_file.team_id'], name=op.f('fk_tourniquet_case_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.ForeignKeyConstraint(['episode_id', 'case_id'], ['emergency_episode.id', 'emergency_episode.case_id'], name=op.f('fk_tourniquet_episode_id_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tourniquet'))
    )
    op.create_index(op.f('ix_tourniquet_case_id'), 'tourniquet', ['case_id'], unique=False)
    op.create_index(op.f('ix_tourniquet_episode_id'), 'tourniquet', ['episode_id'], unique=False)
    op.create_table('trauma_observation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('in_error', sa.Boolean(), nullable=False),
    sa.Column('episode_id', sa.Uuid(), nullable=False),
    sa.Column('observed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('observed_precision', sa.String(length=10), nullable=False),
    sa.Column('observed_source_code', sa.String(length=40), nullable=False),
    sa.Column('gcs_eye', sa.Integer(), nullable=True),
    sa.Column('gcs_verbal', sa.Integer(), nullable=True),
    sa.Column('gcs_motor', sa.Integer(), nullable=True),
    sa.Column('avpu_code', sa.String(length=40), nullable=True),
    sa.Column('systolic', sa.Integer(), nullable=True),
    sa.Column('respiratory_rate', sa.Integer(), nullable=True),
    sa.Column('oxygen_saturation', sa.Integer(), nullable=True),
    sa.Column('on_oxygen', sa.String(length=20), nullable=False),
    sa.Column('serious_injuries', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['case_id', 'owner_id', 'team_id'], ['case_file.id', 'case_file.owner_id', 'case_file.team_id'], name=op.f('fk_trauma_observation_case_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.ForeignKeyConstraint(['episode_id', 'case_id'], ['emergency_episode.id', 'emergency_episode.case_id'], name=op.f('fk_trauma_observation_episode_id_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_trauma_observation'))
    )
    op.create_index(op.f('ix_trauma_observation_case_id'), 'trauma_observation', ['case_id'], unique=False)
    op.create_index(op.f('ix_trauma_observation_episode_id'), 'trauma_observation', ['episode_id'], unique=False)
    op.create_table('complication',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('in_error', sa.Boolean(), nullable=False),
    sa.Column('operation_id', sa.Uuid(), nullable=True),
    sa.Column('noticed_on', sa.Date(), nullable=False),
    sa.Column('noticed_precision', sa.String(length=10), nullable=False),
    sa.Column('noticed_estimated', sa.Boolean(), nullable=False),
    sa.Column('resolved_on', sa.Date(), nullable=True),
    sa.Column('resolved_precision', sa.String(length=10), nullable=True),
    sa.Column('resolved_estimated', sa.Boolean(), nullable=False),
    sa.Column('kind_code', sa.String(length=40), nullable=False),
    sa.Column('note', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['case_id', 'owner_id', 'team_id'], ['case_file.id', 'case_file.owner_id', 'case_file.team_id'], name=op.f('fk_complication_case_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.ForeignKeyConstraint(['operation_id', 'case_id'], ['operation.id', 'operation.case_id'], name=op.f('fk_complication_operation_id_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complication'))
    )
    op.create_index(op.f('ix_complication_case_id'), 'complication', ['case_id'], unique=False)
    op.create_index(op.f('ix_complication_operation_id'), 'complication', ['operation_id'], unique=False)
    for table, policies in POLICIES.items():
        op.execute(f"alter table {table} enable row level security, force row level security")
        for policy in policies:
            name, rule = policy.split(" ", 1)
            op.execute(f"create policy {name} on {table} {rule}")
    for grant in GRANTS:
        op.execute(f"grant {grant}")


def downgrade() -> None:
    op.drop_index(op.f('ix_complication_operation_id'), table_name='complication')
    op.drop_index(op.f('ix_complication_case_id'), table_name='complication')
    op.drop_table('complication')
    op.drop_index(op.f('ix_trauma_observation_episode_id'), table_name='trauma_observation')
    op.drop_index(op.f('ix_trauma_observation_case_id'), table_name='trauma_observation')
    op.drop_table('trauma_observation')
    op.drop_index(op.f('ix_tourniquet_episode_id'), table_name='tourniquet')
    op.drop_index(op.f('ix_tourniquet_case_id'), table_name='tourniquet')
    op.drop_table('tourniquet')
    op.drop_index(op.f('ix_operation_stay_id'), table_name='operation')
    op.drop_index(op.f('ix_operation_revises_id'), table_name='operation')
    op.drop_index(op.f('ix_operation_case_id'), table_name='operation')
    op.drop_table('operation')
    op.drop_index(op.f('ix_facility_stay_case_id'), table_name='facility_stay')
    op.drop_table('facility_stay')
    op.drop_index(op.f('ix_emergency_episode_case_id'), table_name='emergency_episode')
    op.drop_table('emergency_episode')
