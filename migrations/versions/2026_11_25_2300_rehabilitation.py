"""Physical rehabilitation: courses of therapy with sessions and goals; devices with every step of their way.

Kind: expand
Safe with the release before this one: yes, because it knows nothing of these tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "rehabilitation"
down_revision = "risks"
branch_labels = None
depends_on = None


def setting(name: str, kind: str = "text") -> str:
    """A setting of the transaction, read once per statement; nothing when it is not set."""
    return f"(select nullif(current_setting('app.{name}', true), ''))::{kind}"


OWNERS, TEAMS = f"any ({setting('owners', 'uuid[]')})", f"any ({setting('teams', 'uuid[]')})"
FACILITIES = f"any ({setting('facilities', 'uuid[]')})"
EVERYONE = f"{setting('everyone')} = 'on'"
HELD = f"({EVERYONE} or owner_id = {OWNERS} or team_id = {TEAMS})"
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


def policies(table: str) -> tuple[str, ...]:
    """A facility writes what is its own, and sees what others wrote where a referral shares that with it.

    The calendar, who reaches all of it, reckons anew when a device is due.
    """
    own = f"(facility_id = {FACILITIES} and {shared(f'{table}.case_id', 'case_id')})"
    others = shared(f"{table}.case_id", "case_id", "device_history")
    return (
        f"seen for select using ({HELD} or {own} or {others})",
        f"begun for insert with check ({EVERYONE} or {own})",
        f"changed for update using ({EVERYONE} or {own})",
    )


ITS_ORDER = "exists (select from device_order o where o.id = device_order_id)"
POLICIES = {
    table: policies(table)
    for table in ("rehabilitation_episode", "therapy_session", "therapy_goal", "device_order")
} | {
    "device_stage": (
        f"seen for select using ({HELD} or {ITS_ORDER})",
        f"begun for insert with check ({EVERYONE} or (facility_id = {FACILITIES} and {ITS_ORDER}))",
    )
}
GRANTS = (
    f"select, insert on {', '.join(POLICIES)} to app_rw",
    "update (in_error, discipline_code, setting_code, started_on, ended_on, end_code, note, version) on"
    " rehabilitation_episode to app_rw",
    "update (in_error, episode_id, held_on, kind_code, attendance_code, minutes, pain_before, pain_after,"
    " note, version) on therapy_session to app_rw",
    "update (in_error, episode_id, text, set_on, target_on, reached, reached_on, version) on therapy_goal"
    " to app_rw",
    "update (status, status_on, technology_code, serial_number, cost_minor, currency_code, funder_code,"
    " delivered_on, ended_on, end_reason_code, due_on, version) on device_order to app_rw",
)


def upgrade() -> None:
    op.create_table('device_order',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('status', sa.Enum('referred', 'assessed', 'prescribed', 'measured', 'fabricated', 'fitted', 'trained', 'delivered', 'follow_up', 'repair', 'replaced', 'closed_not_delivered', name='status', native_enum=False, length=40), nullable=False),
    sa.Column('status_on', sa.Date(), nullable=False),
    sa.Column('product_code', sa.String(length=40), nullable=False),
    sa.Column('technology_code', sa.String(length=40), nullable=True),
    sa.Column('side_code', sa.String(length=40), nullable=False),
    sa.Column('amputation_id', sa.Uuid(), nullable=True),
    sa.Column('serial_number', sa.String(length=60), nullable=True),
    sa.Column('cost_minor', sa.Integer(), nullable=True),
    sa.Column('currency_code', sa.String(length=40), nullable=True),
    sa.Column('funder_code', sa.String(length=40), nullable=False),
    sa.Column('replaces_id', sa.Uuid(), nullable=True),
    sa.Column('delivered_on', sa.Date(), nullable=True),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('end_reason_code', sa.String(length=40), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.CheckConstraint('(cost_minor is null) = (currency_code is null)', name=op.f('ck_device_order_cost_in_a_currency')),
    sa.CheckConstraint('replaces_id <> id', name=op.f('ck_device_order_not_itself')),
    sa.ForeignKeyConstraint(['amputation_id'], ['amputation.id'], name=op.f('fk_device_order_amputation_id')),
    sa.ForeignKeyConstraint(['case_id', 'owner_id', 'team_id'], ['case_file.id', 'case_file.owner_id', 'case_file.team_id'], name=op.f('fk_device_order_case_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.ForeignKeyConstraint(['facility_id'], ['facility.id'], name=op.f('fk_device_order_facility_id')),
    sa.ForeignKeyConstraint(['replaces_id', 'case_id'], ['device_order.id', 'device_order.case_id'], name=op.f('fk_device_order_replaces_id_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_device_order')),
    sa.UniqueConstraint('id', 'case_id', name='uq_device_order_case'),
    sa.UniqueConstraint('id', 'owner_id', 'team_id', 'facility_id', name='uq_device_order_holder'),
    sa.UniqueConstraint('replaces_id', name=op.f('uq_device_order_replaces_id'))
    )
    op.create_index(op.f('ix_device_order_case_id'), 'device_order', ['case_id'], unique=False)
    op.create_index('ix_device_order_due', 'device_order', ['due_on'], unique=False, postgresql_where=sa.text('due_on is not null'))
    op.create_index(op.f('ix_device_order_facility_id'), 'device_order', ['facility_id'], unique=False)
    op.create_table('rehabilitation_episode',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('in_error', sa.Boolean(), nullable=False),
    sa.Column('discipline_code', sa.String(length=40), nullable=False),
    sa.Column('setting_code', sa.String(length=40), nullable=False),
    sa.Column('started_on', sa.Date(), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('end_code', sa.String(length=40), nullable=True),
    sa.Column('note', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['case_id', 'owner_id', 'team_id'], ['case_file.id', 'case_file.owner_id', 'case_file.team_id'], name=op.f('fk_rehabilitation_episode_case_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.ForeignKeyConstraint(['facility_id'], ['facility.id'], name=op.f('fk_rehabilitation_episode_facility_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rehabilitation_episode')),
    sa.UniqueConstraint('id', 'case_id', 'facility_id', name=op.f('uq_rehabilitation_episode_id_case_id_facility_id'))
    )
    op.create_index(op.f('ix_rehabilitation_episode_case_id'), 'rehabilitation_episode', ['case_id'], unique=False)
    op.create_table('device_stage',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('device_order_id', sa.Uuid(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('action', sa.Enum('assess', 'prescribe', 'measure', 'fabricate', 'fit', 'train', 'deliver', 'follow-up', 'repair', 'hand-back', 'replace', 'stop', name='action', native_enum=False, length=40), nullable=True),
    sa.Column('source', sa.Enum('referred', 'assessed', 'prescribed', 'measured', 'fabricated', 'fitted', 'trained', 'delivered', 'follow_up', 'repair', 'replaced', 'closed_not_delivered', name='status', native_enum=False, length=40), nullable=True),
    sa.Column('target', sa.Enum('referred', 'assessed', 'prescribed', 'measured', 'fabricated', 'fitted', 'trained', 'delivered', 'follow_up', 'repair', 'replaced', 'closed_not_delivered', name='status', native_enum=False, length=40), nullable=False),
    sa.Column('happened_on', sa.Date(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('reason_code', sa.String(length=40), nullable=True),
    sa.Column('note', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['device_order_id', 'owner_id', 'team_id', 'facility_id'], ['device_order.id', 'device_order.owner_id', 'device_order.team_id', 'device_order.facility_id'], name='fk_device_stage_holder', onupdate='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_device_stage'))
    )
    op.create_index(op.f('ix_device_stage_device_order_id'), 'device_stage', ['device_order_id'], unique=False)
    op.create_table('therapy_goal',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('in_error', sa.Boolean(), nullable=False),
    sa.Column('episode_id', sa.Uuid(), nullable=False),
    sa.Column('text', sa.LargeBinary(), nullable=False),
    sa.Column('set_on', sa.Date(), nullable=False),
    sa.Column('target_on', sa.Date(), nullable=True),
    sa.Column('reached', sa.String(length=20), nullable=False),
    sa.Column('reached_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['case_id', 'owner_id', 'team_id'], ['case_file.id', 'case_file.owner_id', 'case_file.team_id'], name=op.f('fk_therapy_goal_case_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.ForeignKeyConstraint(['episode_id', 'case_id', 'facility_id'], ['rehabilitation_episode.id', 'rehabilitation_episode.case_id', 'rehabilitation_episode.facility_id'], name=op.f('fk_therapy_goal_episode_id_case_id_facility_id')),
    sa.ForeignKeyConstraint(['facility_id'], ['facility.id'], name=op.f('fk_therapy_goal_facility_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_therapy_goal'))
    )
    op.create_index(op.f('ix_therapy_goal_case_id'), 'therapy_goal', ['case_id'], unique=False)
    op.create_index(op.f('ix_therapy_goal_episode_id'), 'therapy_goal', ['episode_id'], unique=False)
    op.create_table('therapy_session',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('in_error', sa.Boolean(), nullable=False),
    sa.Column('episode_id', sa.Uuid(), nullable=False),
    sa.Column('held_on', sa.Date(), nullable=False),
    sa.Column('kind_code', sa.String(length=40), nullable=False),
    sa.Column('attendance_code', sa.String(length=40), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=True),
    sa.Column('pain_before', sa.Integer(), nullable=True),
    sa.Column('pain_after', sa.Integer(), nullable=True),
    sa.Column('note', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['case_id', 'owner_id', 'team_id'], ['case_file.id', 'case_file.owner_id', 'case_file.team_id'], name=op.f('fk_therapy_session_case_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.ForeignKeyConstraint(['episode_id', 'case_id', 'facility_id'], ['rehabilitation_episode.id', 'rehabilitation_episode.case_id', 'rehabilitation_episode.facility_id'], name=op.f('fk_therapy_session_episode_id_case_id_facility_id')),
    sa.ForeignKeyConstraint(['facility_id'], ['facility.id'], name=op.f('fk_therapy_session_facility_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_therapy_session'))
    )
    op.create_index(op.f('ix_therapy_session_case_id'), 'therapy_session', ['case_id'], unique=False)
    op.create_index(op.f('ix_therapy_session_episode_id'), 'therapy_session', ['episode_id'], unique=False)
    for table, rules in POLICIES.items():
        op.execute(f"alter table {table} enable row level security, force row level security")
        for policy in rules:
            name, rule = policy.split(" ", 1)
            op.execute(f"create policy {name} on {table} {rule}")
    for grant in GRANTS:
        op.execute(f"grant {grant}")


def downgrade() -> None:
    op.execute("drop policy seen on device_stage")
    op.execute("drop policy begun on device_stage")
    op.drop_index(op.f('ix_therapy_session_episode_id'), table_name='therapy_session')
    op.drop_index(op.f('ix_therapy_session_case_id'), table_name='therapy_session')
    op.drop_table('therapy_session')
    op.drop_index(op.f('ix_therapy_goal_episode_id'), table_name='therapy_goal')
    op.drop_index(op.f('ix_therapy_goal_case_id'), table_name='therapy_goal')
    op.drop_table('therapy_goal')
    op.drop_index(op.f('ix_device_stage_device_order_id'), table_name='device_stage')
    op.drop_table('device_stage')
    op.drop_index(op.f('ix_rehabilitation_episode_case_id'), table_name='rehabilitation_episode')
    op.drop_table('rehabilitation_episode')
    op.drop_index(op.f('ix_device_order_facility_id'), table_name='device_order')
    op.drop_index('ix_device_order_due', table_name='device_order', postgresql_where=sa.text('due_on is not null'))
    op.drop_index(op.f('ix_device_order_case_id'), table_name='device_order')
    op.drop_table('device_order')
