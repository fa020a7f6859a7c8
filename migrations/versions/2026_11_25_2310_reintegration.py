"""Reintegration: records of the way back, grants with their steps, tranches and visits, follow-ups.

Kind: expand
Safe with the release before this one: yes, because it knows nothing of these tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "reintegration"
down_revision = "support"
branch_labels = None
depends_on = None


def setting(name: str, kind: str = "text") -> str:
    """A setting of the transaction, read once per statement; nothing when it is not set."""
    return f"(select nullif(current_setting('app.{name}', true), ''))::{kind}"


OWNERS, TEAMS = f"any ({setting('owners', 'uuid[]')})", f"any ({setting('teams', 'uuid[]')})"
FACILITIES = f"any ({setting('facilities', 'uuid[]')})"
HELD = f"({setting('everyone')} = 'on' or owner_id = {OWNERS} or team_id = {TEAMS})"
LIVE = "('sent', 'accepted', 'waitlisted', 'scheduled', 'in_progress', 'no_show')"


def shared(case_id: str) -> str:
    """Whether a live referral to my facility shares the reintegration of this case."""
    return (
        f"exists (select from referral r join consent c on c.id = r.consent_id where r.case_id = {case_id}"
        f" and r.to_facility_id = {FACILITIES} and r.status in {LIVE} and 'reintegration' = any (r.share_codes)"
        " and c.facility_id = r.to_facility_id and c.withdrawn_at is null"
        " and current_date between c.given_on and c.valid_until)"
    )


MINE = {
    **{
        table: f"({HELD} or {shared(f'{table}.case_id')})"
        for table in ("reintegration_record", "livelihood_grant", "follow_up")
    },
    # What hangs on a grant is seen by whom the grant is.
    **{
        table: f"({HELD} or exists (select from livelihood_grant g where g.id = {table}.grant_id))"
        for table in ("grant_move", "tranche", "grant_visit")
    },
}
POLICIES = {
    table: (
        f"seen for select using {mine}",
        f"begun for insert with check {mine}",
        *([f"changed for update using {mine}"] if "case_id" in mine else []),
    )
    for table, mine in MINE.items()
}
GRANTS = (
    f"select, insert on {', '.join(POLICIES)} to app_rw",
    "update (item_code, begun_on, begun_precision, begun_estimated, ended_on, ended_precision, ended_estimated,"
    " outcome_code, occupation_code, industry_code, amount, currency_code, place, note, in_error, version)"
    " on reintegration_record to app_rw",
    "update (status, granted, paid, approved_by_id, reason_code, outcome_code, version) on livelihood_grant to app_rw",
    "update (due_on, result_code, checked_on, checked_by_id, version) on follow_up to app_rw",
)


def upgrade() -> None:
    op.create_table('follow_up',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('about_id', sa.Uuid(), nullable=False),
    sa.Column('months', sa.Integer(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('result_code', sa.String(length=40), nullable=True),
    sa.Column('checked_on', sa.Date(), nullable=True),
    sa.Column('checked_by_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['case_id', 'owner_id', 'team_id'], ['case_file.id', 'case_file.owner_id', 'case_file.team_id'], name=op.f('fk_follow_up_case_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_follow_up')),
    sa.UniqueConstraint('about_id', 'months', name=op.f('uq_follow_up_about_id_months'))
    )
    op.create_index(op.f('ix_follow_up_case_id'), 'follow_up', ['case_id'], unique=False)
    op.create_index('ix_follow_up_due', 'follow_up', ['due_on'], unique=False, postgresql_where=sa.text('result_code is null'))
    op.create_table('livelihood_grant',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('kind_code', sa.String(length=40), nullable=False),
    sa.Column('status', sa.Enum('asked', 'eligible', 'planned', 'trained', 'approved', 'running', 'finished', 'refused', 'cancelled', 'stopped', name='status', native_enum=False, length=40), nullable=False),
    sa.Column('asked_on', sa.Date(), nullable=False),
    sa.Column('granted', sa.Numeric(precision=12, scale=2), nullable=False),
    sa.Column('paid', sa.Numeric(precision=12, scale=2), nullable=False),
    sa.Column('currency_code', sa.String(length=40), nullable=False),
    sa.Column('purpose', sa.LargeBinary(), nullable=True),
    sa.Column('approved_by_id', sa.Uuid(), nullable=True),
    sa.Column('reason_code', sa.String(length=40), nullable=True),
    sa.Column('outcome_code', sa.String(length=40), nullable=True),
    sa.CheckConstraint('0 < granted and 0 <= paid and paid <= granted', name=op.f('ck_livelihood_grant_never_more_than_granted')),
    sa.CheckConstraint('approved_by_id is null or approved_by_id <> by_id', name=op.f('ck_livelihood_grant_somebody_else')),
    sa.ForeignKeyConstraint(['case_id', 'owner_id', 'team_id'], ['case_file.id', 'case_file.owner_id', 'case_file.team_id'], name=op.f('fk_livelihood_grant_case_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_livelihood_grant')),
    sa.UniqueConstraint('id', 'case_id', name=op.f('uq_livelihood_grant_id_case_id')),
    sa.UniqueConstraint('id', 'owner_id', 'team_id', name=op.f('uq_livelihood_grant_id_owner_id_team_id'))
    )
    op.create_index(op.f('ix_livelihood_grant_case_id'), 'livelihood_grant', ['case_id'], unique=False)
    op.create_table('reintegration_record',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('in_error', sa.Boolean(), nullable=False),
    sa.Column('item_code', sa.String(length=40), nullable=False),
    sa.Column('begun_on', sa.Date(), nullable=True),
    sa.Column('begun_precision', sa.String(length=10), nullable=True),
    sa.Column('begun_estimated', sa.Boolean(), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('ended_precision', sa.String(length=10), nullable=True),
    sa.Column('ended_estimated', sa.Boolean(), nullable=False),
    sa.Column('outcome_code', sa.String(length=40), nullable=True),
    sa.Column('occupation_code', sa.String(length=40), nullable=True),
    sa.Column('industry_code', sa.String(length=40), nullable=True),
    sa.Column('amount', sa.Numeric(precision=12, scale=2), nullable=True),
    sa.Column('currency_code', sa.String(length=40), nullable=True),
    sa.Column('place', sa.LargeBinary(), nullable=True),
    sa.Column('note', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['case_id', 'owner_id', 'team_id'], ['case_file.id', 'case_file.owner_id', 'case_file.team_id'], name=op.f('fk_reintegration_record_case_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reintegration_record')),
    sa.UniqueConstraint('id', 'case_id', name=op.f('uq_reintegration_record_id_case_id'))
    )
    op.create_index(op.f('ix_reintegration_record_case_id'), 'reintegration_record', ['case_id'], unique=False)
    op.create_table('grant_move',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('grant_id', sa.Uuid(), nullable=False),
    sa.Column('action', sa.Enum('accept', 'refuse', 'plan', 'train', 'approve', 'pay', 'finish', 'cancel', 'stop', name='action', native_enum=False, length=40), nullable=True),
    sa.Column('source', sa.Enum('asked', 'eligible', 'planned', 'trained', 'approved', 'running', 'finished', 'refused', 'cancelled', 'stopped', name='status', native_enum=False, length=40), nullable=True),
    sa.Column('target', sa.Enum('asked', 'eligible', 'planned', 'trained', 'approved', 'running', 'finished', 'refused', 'cancelled', 'stopped', name='status', native_enum=False, length=40), nullable=False),
    sa.Column('happened_on', sa.Date(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['grant_id', 'owner_id', 'team_id'], ['livelihood_grant.id', 'livelihood_grant.owner_id', 'livelihood_grant.team_id'], name=op.f('fk_grant_move_grant_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_grant_move'))
    )
    op.create_index(op.f('ix_grant_move_grant_id'), 'grant_move', ['grant_id'], unique=False)
    op.create_table('grant_visit',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('grant_id', sa.Uuid(), nullable=False),
    sa.Column('visited_on', sa.Date(), nullable=False),
    sa.Column('active', sa.String(length=20), nullable=False),
    sa.Column('income', sa.Numeric(precision=12, scale=2), nullable=True),
    sa.Column('note', sa.LargeBinary(), nullable=True),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['grant_id', 'owner_id', 'team_id'], ['livelihood_grant.id', 'livelihood_grant.owner_id', 'livelihood_grant.team_id'], name=op.f('fk_grant_visit_grant_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_grant_visit'))
    )
    op.create_index(op.f('ix_grant_visit_grant_id'), 'grant_visit', ['grant_id'], unique=False)
    op.create_table('tranche',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('grant_id', sa.Uuid(), nullable=False),
    sa.Column('kind_code', sa.String(length=40), nullable=False),
    sa.Column('amount', sa.Numeric(precision=12, scale=2), nullable=False),
    sa.Column('paid_on', sa.Date(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('0 < amount', name=op.f('ck_tranche_something')),
    sa.ForeignKeyConstraint(['grant_id', 'owner_id', 'team_id'], ['livelihood_grant.id', 'livelihood_grant.owner_id', 'livelihood_grant.team_id'], name=op.f('fk_tranche_grant_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tranche'))
    )
    op.create_index(op.f('ix_tranche_grant_id'), 'tranche', ['grant_id'], unique=False)
    # ### end Alembic commands ###
    for table, policies in POLICIES.items():
        op.execute(f"alter table {table} enable row level security, force row level security")
        for policy in policies:
            name, rule = policy.split(" ", 1)
            op.execute(f"create policy {name} on {table} {rule}")
    for grant in GRANTS:
        op.execute(f"grant {grant}")


def downgrade() -> None:
    op.drop_index(op.f('ix_tranche_grant_id'), table_name='tranche')
    op.drop_table('tranche')
    op.drop_index(op.f('ix_grant_visit_grant_id'), table_name='grant_visit')
    op.drop_table('grant_visit')
    op.drop_index(op.f('ix_grant_move_grant_id'), table_name='grant_move')
    op.drop_table('grant_move')
    op.drop_index(op.f('ix_reintegration_record_case_id'), table_name='reintegration_record')
    op.drop_table('reintegration_record')
    op.drop_index(op.f('ix_livelihood_grant_case_id'), table_name='livelihood_grant')
    op.drop_table('livelihood_grant')
    op.drop_index('ix_follow_up_due', table_name='follow_up', postgresql_where=sa.text('result_code is null'))
    op.drop_index(op.f('ix_follow_up_case_id'), table_name='follow_up')
    op.drop_table('follow_up')
