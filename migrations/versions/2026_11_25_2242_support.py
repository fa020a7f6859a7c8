"""Psychosocial support in its own compartment: episodes, sessions, notes, peers.

Kind: expand
Safe with the release before this one: yes, because it knows nothing of these tables, nor writes such corrections.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "support"
down_revision = "careplans"
branch_labels = None
depends_on = None


def setting(name: str, kind: str = "text") -> str:
    """A setting of the transaction, read once per statement; nothing when it is not set."""
    return f"(select nullif(current_setting('app.{name}', true), ''))::{kind}"


OWNERS, TEAMS = f"any ({setting('owners', 'uuid[]')})", f"any ({setting('teams', 'uuid[]')})"
FACILITIES = f"any ({setting('facilities', 'uuid[]')})"
HELD = f"({setting('everyone')} = 'on' or owner_id = {OWNERS} or team_id = {TEAMS})"
COUNSELS = f"{setting('role')} = 'counsellor'"
LIVE = "('sent', 'accepted', 'waitlisted', 'scheduled', 'in_progress', 'no_show')"


def shared(mine: str, its: str) -> str:
    """Whether a live referral to my facility shares psychosocial support, and I am a counsellor there."""
    return (
        f"({COUNSELS} and exists (select from referral r join consent c on c.id = r.consent_id where r.{its} = {mine}"
        f" and r.to_facility_id = {FACILITIES} and r.status in {LIVE} and 'psychosocial' = any (r.share_codes)"
        " and c.facility_id = r.to_facility_id and c.withdrawn_at is null"
        " and current_date between c.given_on and c.valid_until))"
    )


def of(table: str) -> str:
    return shared(f"{table}.case_id", "case_id")


OURS = f"({COUNSELS} and facility_id = {FACILITIES})"
APART = "('psychosocial_episode', 'support_session', 'support_note')"
POLICIES = {
    # That there is support, and whether the person came, is known to who works on the case.
    **{
        table: (
            f"seen for select using ({HELD} or {of(table)})",
            f"begun for insert with check {of(table)}",
            f"changed for update using {of(table)}",
        )
        for table in ("psychosocial_episode", "support_session")
    },
    "psychosocial_move": (
        f"seen for select using {of('psychosocial_move')}",
        f"begun for insert with check {of('psychosocial_move')}",
    ),
    "support_note": (
        f"seen for select using {of('support_note')}",
        f"begun for insert with check {of('support_note')}",
        f"changed for update using {of('support_note')}",
    ),
    "peer": (
        f"seen for select using {OURS}",
        f"begun for insert with check {OURS}",
        f"changed for update using {OURS}",
    ),
    "peer_pair": (
        f"seen for select using ({OURS} or {of('peer_pair')})",
        f"begun for insert with check ({OURS} and {of('peer_pair')})",
        f"changed for update using {OURS}",
    ),
}
ON_CORRECTIONS = (
    f"apart as restrictive for select using (record_kind not in {APART} or {COUNSELS})",
    f"in_support for select using (record_kind in {APART} and {shared('correction.survivor_id', 'survivor_id')})",
)
GRANTS = (
    f"select, insert on {', '.join(POLICIES)} to app_rw",
    "update (layer_code, opened_on, status, closed_on, in_error, version) on psychosocial_episode to app_rw",
    "update (episode_id, pair_id, held_on, attendance_code, minutes, intervention_code, in_error, version)"
    " on support_session to app_rw",
    "update (session_id, text, in_error, version) on support_note to app_rw",
    "update (language_codes, experience_codes, most, trained_on, ended_on, version) on peer to app_rw",
    "update (ended_on, end_reason_code, version) on peer_pair to app_rw",
)


def upgrade() -> None:
    op.create_table('peer',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.LargeBinary(), nullable=False),
    sa.Column('sex_code', sa.String(length=40), nullable=False),
    sa.Column('birth_year', sa.Integer(), nullable=False),
    sa.Column('language_codes', postgresql.ARRAY(sa.String(length=40)), nullable=False),
    sa.Column('experience_codes', postgresql.ARRAY(sa.String(length=40)), nullable=False),
    sa.Column('most', sa.Integer(), nullable=False),
    sa.Column('trained_on', sa.Date(), nullable=True),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['facility_id'], ['facility.id'], name=op.f('fk_peer_facility_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_peer')),
    sa.UniqueConstraint('id', 'facility_id', name=op.f('uq_peer_id_facility_id'))
    )
    op.create_index(op.f('ix_peer_facility_id'), 'peer', ['facility_id'], unique=False)
    op.create_table('peer_pair',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('peer_id', sa.Uuid(), nullable=False),
    sa.Column('started_on', sa.Date(), nullable=False),
    sa.Column('agreed_by_code', sa.String(length=40), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('reason_codes', postgresql.ARRAY(sa.String(length=40)), nullable=False),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('end_reason_code', sa.String(length=40), nullable=True),
    sa.ForeignKeyConstraint(['case_id', 'owner_id', 'team_id'], ['case_file.id', 'case_file.owner_id', 'case_file.team_id'], name=op.f('fk_peer_pair_case_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.ForeignKeyConstraint(['peer_id', 'facility_id'], ['peer.id', 'peer.facility_id'], name=op.f('fk_peer_pair_peer_id_facility_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_peer_pair')),
    sa.UniqueConstraint('id', 'case_id', name=op.f('uq_peer_pair_id_case_id'))
    )
    op.create_index(op.f('ix_peer_pair_peer_id'), 'peer_pair', ['peer_id'], unique=False)
    op.create_index('uq_peer_pair_now', 'peer_pair', ['case_id'], unique=True, postgresql_where=sa.text('ended_on is null'))
    op.create_table('psychosocial_episode',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('in_error', sa.Boolean(), nullable=False),
    sa.Column('layer_code', sa.LargeBinary(), nullable=False),
    sa.Column('opened_on', sa.Date(), nullable=False),
    sa.Column('status', sa.Enum('open', 'paused', 'closed', name='status', native_enum=False, length=40), nullable=False),
    sa.Column('closed_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['case_id', 'owner_id', 'team_id'], ['case_file.id', 'case_file.owner_id', 'case_file.team_id'], name=op.f('fk_psychosocial_episode_case_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.ForeignKeyConstraint(['facility_id'], ['facility.id'], name=op.f('fk_psychosocial_episode_facility_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_psychosocial_episode')),
    sa.UniqueConstraint('id', 'case_id', name=op.f('uq_psychosocial_episode_id_case_id')),
    sa.UniqueConstraint('id', 'owner_id', 'team_id', name=op.f('uq_psychosocial_episode_id_owner_id_team_id'))
    )
    op.create_index(op.f('ix_psychosocial_episode_case_id'), 'psychosocial_episode', ['case_id'], unique=False)
    op.create_table('psychosocial_move',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('episode_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('action', sa.Enum('pause', 'resume', 'close', 'reopen', name='action', native_enum=False, length=40), nullable=False),
    sa.Column('source', sa.Enum('open', 'paused', 'closed', name='status', native_enum=False, length=40), nullable=False),
    sa.Column('target', sa.Enum('open', 'paused', 'closed', name='status', native_enum=False, length=40), nullable=False),
    sa.Column('happened_on', sa.Date(), nullable=False),
    sa.Column('outcome_code', sa.String(length=40), nullable=True),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['episode_id', 'case_id'], ['psychosocial_episode.id', 'psychosocial_episode.case_id'], name=op.f('fk_psychosocial_move_episode_id_case_id')),
    sa.ForeignKeyConstraint(['episode_id', 'owner_id', 'team_id'], ['psychosocial_episode.id', 'psychosocial_episode.owner_id', 'psychosocial_episode.team_id'], name=op.f('fk_psychosocial_move_episode_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_psychosocial_move'))
    )
    op.create_index(op.f('ix_psychosocial_move_episode_id'), 'psychosocial_move', ['episode_id'], unique=False)
    op.create_table('support_session',
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
    sa.Column('pair_id', sa.Uuid(), nullable=True),
    sa.Column('held_on', sa.Date(), nullable=False),
    sa.Column('attendance_code', sa.String(length=40), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=True),
    sa.Column('intervention_code', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['case_id', 'owner_id', 'team_id'], ['case_file.id', 'case_file.owner_id', 'case_file.team_id'], name=op.f('fk_support_session_case_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.ForeignKeyConstraint(['episode_id', 'case_id'], ['psychosocial_episode.id', 'psychosocial_episode.case_id'], name=op.f('fk_support_session_episode_id_case_id')),
    sa.ForeignKeyConstraint(['facility_id'], ['facility.id'], name=op.f('fk_support_session_facility_id')),
    sa.ForeignKeyConstraint(['pair_id', 'case_id'], ['peer_pair.id', 'peer_pair.case_id'], name=op.f('fk_support_session_pair_id_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_support_session')),
    sa.UniqueConstraint('id', 'case_id', name=op.f('uq_support_session_id_case_id'))
    )
    op.create_index(op.f('ix_support_session_case_id'), 'support_session', ['case_id'], unique=False)
    op.create_index(op.f('ix_support_session_episode_id'), 'support_session', ['episode_id'], unique=False)
    op.create_table('support_note',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('in_error', sa.Boolean(), nullable=False),
    sa.Column('session_id', sa.Uuid(), nullable=False),
    sa.Column('text', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['case_id', 'owner_id', 'team_id'], ['case_file.id', 'case_file.owner_id', 'case_file.team_id'], name=op.f('fk_support_note_case_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.ForeignKeyConstraint(['facility_id'], ['facility.id'], name=op.f('fk_support_note_facility_id')),
    sa.ForeignKeyConstraint(['session_id', 'case_id'], ['support_session.id', 'support_session.case_id'], name=op.f('fk_support_note_session_id_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_support_note'))
    )
    op.create_index(op.f('ix_support_note_case_id'), 'support_note', ['case_id'], unique=False)
    op.create_index(op.f('ix_support_note_session_id'), 'support_note', ['session_id'], unique=False)
    # ### end Alembic commands ###
    for table, policies in POLICIES.items():
        op.execute(f"alter table {table} enable row level security, force row level security")
        for policy in policies:
            name, rule = policy.split(" ", 1)
            op.execute(f"create policy {name} on {table} {rule}")
    for policy in ON_CORRECTIONS:
        name, rule = policy.split(" ", 1)
        op.execute(f"create policy {name} on correction {rule}")
    for grant in GRANTS:
        op.execute(f"grant {grant}")


def downgrade() -> None:
    for policy in ON_CORRECTIONS:
        op.execute(f"drop policy {policy.split(' ', 1)[0]} on correction")
    op.drop_index(op.f('ix_support_note_session_id'), table_name='support_note')
    op.drop_index(op.f('ix_support_note_case_id'), table_name='support_note')
    op.drop_table('support_note')
    op.drop_index(op.f('ix_support_session_episode_id'), table_name='support_session')
    op.drop_index(op.f('ix_support_session_case_id'), table_name='support_session')
    op.drop_table('support_session')
    op.drop_index(op.f('ix_psychosocial_move_episode_id'), table_name='psychosocial_move')
    op.drop_table('psychosocial_move')
    op.drop_index(op.f('ix_psychosocial_episode_case_id'), table_name='psychosocial_episode')
    op.drop_table('psychosocial_episode')
    op.drop_index('uq_peer_pair_now', table_name='peer_pair', postgresql_where=sa.text('ended_on is null'))
    op.drop_index(op.f('ix_peer_pair_peer_id'), table_name='peer_pair')
    op.drop_table('peer_pair')
    op.drop_index(op.f('ix_peer_facility_id'), table_name='peer')
    op.drop_table('peer')
