"""Who takes part: enrolments by consent, clearances, attendance. Rows of a person's file.

Kind: expand
Safe with the release before this one: yes, because nothing that it knows changes.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "participants"
down_revision = "reintegration"
branch_labels = None
depends_on = None


def setting(name: str, kind: str = "text") -> str:
    """A setting of the transaction, read once per statement; nothing when it is not set."""
    return f"(select nullif(current_setting('app.{name}', true), ''))::{kind}"


OWNERS, TEAMS = f"any ({setting('owners', 'uuid[]')})", f"any ({setting('teams', 'uuid[]')})"
ROLE, FACILITIES = setting("role"), f"any ({setting('facilities', 'uuid[]')})"
HELD = f"({setting('everyone')} = 'on' or owner_id = {OWNERS} or team_id = {TEAMS})"
LIVE = "('sent', 'accepted', 'waitlisted', 'scheduled', 'in_progress', 'no_show')"
MINE = f"({ROLE} = 'sports_coordinator' and facility_id = {FACILITIES})"
AGREED = f"({MINE} and agreed_until >= current_date)"  # the organiser sees nobody beyond the consent
ASKED = (
    "exists (select from referral r join consent c on c.id = r.consent_id where r.case_id = clearance.case_id"
    f" and r.id = clearance.referral_id and r.to_facility_id = {FACILITIES} and r.status in {LIVE}"
    " and c.facility_id = r.to_facility_id and c.withdrawn_at is null"
    " and current_date between c.given_on and c.valid_until)"
)
TAKES_PART = (
    "exists (select from enrolment e where e.case_id = clearance.case_id and e.status <> 'ended'"
    f" and e.facility_id = {FACILITIES} and {ROLE} = 'sports_coordinator' and e.agreed_until >= current_date)"
)
POLICIES = {
    "enrolment": [
        f"seen for select using ({HELD} or {AGREED})",
        f"begun for insert with check ({HELD} and status = 'waiting')",
        f"changed for update using ({HELD} or {AGREED})",
    ],
    "clearance": [
        f"seen for select using ({HELD} or {ASKED} or {TAKES_PART})",
        f"begun for insert with check ({ROLE} = 'provider' and {ASKED})",
    ],
    "attendance": [
        f"seen for select using ({HELD} or {MINE})",
        f"begun for insert with check ({HELD} or {MINE})",
        f"changed for update using ({HELD} or {MINE})",
    ],
}
GRANTS = [
    f"select, insert on {', '.join(POLICIES)} to app_rw",
    "update (group_id, status, name, phone, need_codes, joined_on, ended_on, end_reason_code, version)"
    " on enrolment to app_rw",
    "update (status_code, reason_code, by_id, version) on attendance to app_rw",
]


def upgrade() -> None:
    op.create_table('enrolment',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('survivor_id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('group_id', sa.Uuid(), nullable=True),
    sa.Column('consent_id', sa.Uuid(), nullable=False),
    sa.Column('agreed_until', sa.Date(), nullable=False),
    sa.Column('status', sa.Enum('waiting', 'enrolled', 'ended', name='status', native_enum=False, length=40), nullable=False),
    sa.Column('role_code', sa.String(length=40), nullable=False),
    sa.Column('position_code', sa.String(length=40), nullable=True),
    sa.Column('need_codes', postgresql.ARRAY(sa.String(length=40)), nullable=False),
    sa.Column('name', sa.LargeBinary(), nullable=True),
    sa.Column('phone', sa.LargeBinary(), nullable=True),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('joined_on', sa.Date(), nullable=True),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('end_reason_code', sa.String(length=40), nullable=True),
    sa.ForeignKeyConstraint(['case_id', 'owner_id', 'team_id'], ['case_file.id', 'case_file.owner_id', 'case_file.team_id'], name=op.f('fk_enrolment_case_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.ForeignKeyConstraint(['consent_id'], ['consent.id'], name=op.f('fk_enrolment_consent_id')),
    sa.ForeignKeyConstraint(['group_id', 'programme_id'], ['programme_group.id', 'programme_group.programme_id'], name=op.f('fk_enrolment_group_id_programme_id')),
    sa.ForeignKeyConstraint(['programme_id', 'facility_id'], ['programme.id', 'programme.facility_id'], name=op.f('fk_enrolment_programme_id_facility_id')),
    sa.ForeignKeyConstraint(['survivor_id'], ['survivor.id'], name=op.f('fk_enrolment_survivor_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_enrolment')),
    sa.UniqueConstraint('id', 'owner_id', 'team_id', name=op.f('uq_enrolment_id_owner_id_team_id')),
    sa.UniqueConstraint('id', 'programme_id', 'facility_id', name=op.f('uq_enrolment_id_programme_id_facility_id'))
    )
    op.create_index(op.f('ix_enrolment_case_id'), 'enrolment', ['case_id'], unique=False)
    op.create_index(op.f('ix_enrolment_consent_id'), 'enrolment', ['consent_id'], unique=False)
    op.create_index(op.f('ix_enrolment_facility_id'), 'enrolment', ['facility_id'], unique=False)
    op.create_index('ix_enrolment_programme_id_id', 'enrolment', ['programme_id', 'id'], unique=False)
    op.create_index('uq_enrolment_one', 'enrolment', ['case_id', 'programme_id'], unique=True, postgresql_where=sa.text("status <> 'ended'"))
    op.create_table('attendance',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('session_id', sa.Uuid(), nullable=False),
    sa.Column('enrolment_id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('status_code', sa.String(length=40), nullable=False),
    sa.Column('reason_code', sa.String(length=40), nullable=True),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['enrolment_id', 'owner_id', 'team_id'], ['enrolment.id', 'enrolment.owner_id', 'enrolment.team_id'], name=op.f('fk_attendance_enrolment_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.ForeignKeyConstraint(['enrolment_id', 'programme_id', 'facility_id'], ['enrolment.id', 'enrolment.programme_id', 'enrolment.facility_id'], name=op.f('fk_attendance_enrolment_id_programme_id_facility_id')),
    sa.ForeignKeyConstraint(['session_id', 'programme_id', 'facility_id'], ['programme_session.id', 'programme_session.programme_id', 'programme_session.facility_id'], name=op.f('fk_attendance_session_id_programme_id_facility_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attendance')),
    sa.UniqueConstraint('enrolment_id', 'session_id', name=op.f('uq_attendance_enrolment_id_session_id'))
    )
    op.create_index('ix_attendance_session_id', 'attendance', ['session_id'], unique=False)
    op.create_table('clearance',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('survivor_id', sa.Uuid(), nullable=False),
    sa.Column('referral_id', sa.Uuid(), nullable=False),
    sa.Column('sport_code', sa.String(length=40), nullable=False),
    sa.Column('outcome_code', sa.String(length=40), nullable=False),
    sa.Column('condition_codes', postgresql.ARRAY(sa.String(length=40)), nullable=False),
    sa.Column('given_on', sa.Date(), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('given_on <= valid_until', name=op.f('ck_clearance_in_order')),
    sa.ForeignKeyConstraint(['case_id', 'owner_id', 'team_id'], ['case_file.id', 'case_file.owner_id', 'case_file.team_id'], name=op.f('fk_clearance_case_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.ForeignKeyConstraint(['referral_id'], ['referral.id'], name=op.f('fk_clearance_referral_id')),
    sa.ForeignKeyConstraint(['survivor_id'], ['survivor.id'], name=op.f('fk_clearance_survivor_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clearance'))
    )
    op.create_index('ix_clearance_case_id_sport_code', 'clearance', ['case_id', 'sport_code', 'id'], unique=False)
    op.create_index(op.f('ix_clearance_referral_id'), 'clearance', ['referral_id'], unique=False)
    for table, policies in POLICIES.items():
        op.execute(f"alter table {table} enable row level security, force row level security")
        for policy in policies:
            name, rule = policy.split(" ", 1)
            op.execute(f"create policy {name} on {table} {rule}")
    for grant in GRANTS:
        op.execute(f"grant {grant}")


def downgrade() -> None:
    op.execute(f"revoke all on {', '.join(POLICIES)} from app_rw")
    op.drop_index(op.f('ix_clearance_referral_id'), table_name='clearance')
    op.drop_index('ix_clearance_case_id_sport_code', table_name='clearance')
    op.drop_table('clearance')
    op.drop_index('ix_attendance_session_id', table_name='attendance')
    op.drop_table('attendance')
    op.drop_index('uq_enrolment_one', table_name='enrolment', postgresql_where=sa.text("status <> 'ended'"))
    op.drop_index('ix_enrolment_programme_id_id', table_name='enrolment')
    op.drop_index(op.f('ix_enrolment_facility_id'), table_name='enrolment')
    op.drop_index(op.f('ix_enrolment_consent_id'), table_name='enrolment')
    op.drop_index(op.f('ix_enrolment_case_id'), table_name='enrolment')
    op.drop_table('enrolment')
