"""Programmes: what facilities organise for many, their seasons, groups, staff and sessions.

Kind: expand
Safe with the release before this one: yes, because nothing that it knows changes.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "programmes"
down_revision = "scores"
branch_labels = None
depends_on = None


def setting(name: str, kind: str = "text") -> str:
    """A setting of the transaction, read once per statement; nothing when it is not set."""
    return f"(select nullif(current_setting('app.{name}', true), ''))::{kind}"


ROLE, FACILITIES = setting("role"), f"any ({setting('facilities', 'uuid[]')})"
ORGANISES = f"({ROLE} = 'coordinator' or ({ROLE} = 'sports_coordinator' and facility_id = {FACILITIES}))"
TABLES = ("programme", "season", "programme_group", "programme_staff", "programme_session", "session_reach")
GRANTS = [
    f"select, insert on {', '.join(TABLES)} to app_rw",
    "update (name, level_code, place, district_code, capacity, minimum_age, closed_on, feed_hash, version)"
    " on programme to app_rw",
    "update (closed_at, version) on season to app_rw",
    "update (closed_on, version) on programme_group to app_rw",
    "update (ended_on, version) on programme_staff to app_rw",
    "update (guests, noted_at, cancelled_at, cancel_reason_code, topic_codes, material_codes, partner_id, village,"
    " version) on programme_session to app_rw",
    "delete on session_reach to app_rw",
    "select on programme, programme_session to app_auth",  # whoever has the address of a calendar
]



def upgrade() -> None:
    op.create_table('programme',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('kind_code', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('sport_code', sa.String(length=40), nullable=True),
    sa.Column('level_code', sa.String(length=40), nullable=True),
    sa.Column('place', sa.String(length=200), nullable=False),
    sa.Column('district_code', sa.String(length=40), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=True),
    sa.Column('minimum_age', sa.Integer(), nullable=True),
    sa.Column('closed_on', sa.Date(), nullable=True),
    sa.Column('feed_hash', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['facility_id'], ['facility.id'], name=op.f('fk_programme_facility_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_programme')),
    sa.UniqueConstraint('feed_hash', name=op.f('uq_programme_feed_hash')),
    sa.UniqueConstraint('id', 'facility_id', name=op.f('uq_programme_id_facility_id'))
    )
    op.create_index('ix_programme_facility_id_id', 'programme', ['facility_id', 'id'], unique=False)
    op.create_table('programme_group',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=True),
    sa.Column('closed_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['programme_id', 'facility_id'], ['programme.id', 'programme.facility_id'], name=op.f('fk_programme_group_programme_id_facility_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_programme_group')),
    sa.UniqueConstraint('id', 'programme_id', name=op.f('uq_programme_group_id_programme_id')),
    sa.UniqueConstraint('programme_id', 'name', name=op.f('uq_programme_group_programme_id_name'))
    )
    op.create_table('programme_staff',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('role_code', sa.String(length=40), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['programme_id', 'facility_id'], ['programme.id', 'programme.facility_id'], name=op.f('fk_programme_staff_programme_id_facility_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_programme_staff_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_programme_staff')),
    sa.UniqueConstraint('programme_id', 'user_id', 'role_code', name=op.f('uq_programme_staff_programme_id_user_id_role_code'))
    )
    op.create_table('season',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('starts_on <= ends_on', name=op.f('ck_season_in_order')),
    sa.ForeignKeyConstraint(['programme_id', 'facility_id'], ['programme.id', 'programme.facility_id'], name=op.f('fk_season_programme_id_facility_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_season')),
    sa.UniqueConstraint('id', 'programme_id', 'facility_id', name=op.f('uq_season_id_programme_id_facility_id'))
    )
    op.create_index(op.f('ix_season_programme_id'), 'season', ['programme_id'], unique=False)
    op.create_table('programme_session',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('season_id', sa.Uuid(), nullable=False),
    sa.Column('group_id', sa.Uuid(), nullable=True),
    sa.Column('kind_code', sa.String(length=40), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('place', sa.String(length=200), nullable=False),
    sa.Column('repeats', sa.String(length=100), nullable=True),
    sa.Column('guests', sa.Integer(), nullable=False),
    sa.Column('noted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cancelled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cancel_reason_code', sa.String(length=40), nullable=True),
    sa.Column('topic_codes', postgresql.ARRAY(sa.String(length=40)), nullable=False),
    sa.Column('material_codes', postgresql.ARRAY(sa.String(length=40)), nullable=False),
    sa.Column('partner_id', sa.Uuid(), nullable=True),
    sa.Column('village', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['group_id', 'programme_id'], ['programme_group.id', 'programme_group.programme_id'], name=op.f('fk_programme_session_group_id_programme_id')),
    sa.ForeignKeyConstraint(['partner_id'], ['organisation.id'], name=op.f('fk_programme_session_partner_id')),
    sa.ForeignKeyConstraint(['programme_id', 'facility_id'], ['programme.id', 'programme.facility_id'], name=op.f('fk_programme_session_programme_id_facility_id')),
    sa.ForeignKeyConstraint(['season_id', 'programme_id', 'facility_id'], ['season.id', 'season.programme_id', 'season.facility_id'], name=op.f('fk_programme_session_season_id_programme_id_facility_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_programme_session')),
    sa.UniqueConstraint('id', 'programme_id', 'facility_id', name=op.f('uq_programme_session_id_programme_id_facility_id'))
    )
    op.create_index('ix_programme_session_calendar', 'programme_session', ['programme_id', 'starts_at', 'id'], unique=False)
    op.create_table('session_reach',
    sa.Column('session_id', sa.Uuid(), nullable=False),
    sa.Column('sex_code', sa.String(length=40), nullable=False),
    sa.Column('age_band_code', sa.String(length=40), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('people', sa.Integer(), nullable=False),
    sa.CheckConstraint('people > 0', name=op.f('ck_session_reach_somebody')),
    sa.ForeignKeyConstraint(['session_id', 'programme_id', 'facility_id'], ['programme_session.id', 'programme_session.programme_id', 'programme_session.facility_id'], name=op.f('fk_session_reach_session_id_programme_id_facility_id')),
    sa.PrimaryKeyConstraint('session_id', 'sex_code', 'age_band_code', name=op.f('pk_session_reach'))
    )
    for table in TABLES:
        op.execute(f"alter table {table} enable row level security, force row level security")
        op.execute(f"create policy seen on {table} for select using (true)")
        op.execute(f"create policy begun on {table} for insert with check {ORGANISES}")
        op.execute(f"create policy changed on {table} for update using {ORGANISES}")
    op.execute(f"create policy ended on session_reach for delete using {ORGANISES}")
    for grant in GRANTS:
        op.execute(f"grant {grant}")


def downgrade() -> None:
    op.execute(f"revoke all on {', '.join(TABLES)} from app_rw, app_auth")
    op.drop_table('session_reach')
    op.drop_index('ix_programme_session_calendar', table_name='programme_session')
    op.drop_table('programme_session')
    op.drop_index(op.f('ix_season_programme_id'), table_name='season')
    op.drop_table('season')
    op.drop_table('programme_staff')
    op.drop_table('programme_group')
    op.drop_index('ix_programme_facility_id_id', table_name='programme')
    op.drop_table('programme')
