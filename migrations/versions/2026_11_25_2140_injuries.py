"""Injuries, amputations, residual limbs, impairments, determinations; and what a record said before.

Kind: expand
Safe with the release before this one: yes, because it knows nothing of these tables.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "injuries"
down_revision = "release_steps"
branch_labels = None
depends_on = None


def setting(name: str, kind: str = "text") -> str:
    """A setting of the transaction, read once per statement; nothing when it is not set."""
    return f"(select nullif(current_setting('app.{name}', true), ''))::{kind}"


ME = setting("user_id", "uuid")
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


INJURED = shared("{table}.survivor_id", "survivor_id", "injury")
SHARED = ("injury", "amputation", "residual_limb")
OWN = ("impairment", "disability_determination")
POLICIES = {
    table: (
        f"seen for select using ({HELD} or {INJURED.format(table=table)})",
        f"begun for insert with check ({HELD})",
        f"changed for update using ({HELD})",
    )
    for table in SHARED
} | {
    table: (
        f"seen for select using ({HELD})",
        f"begun for insert with check ({HELD})",
        f"changed for update using ({HELD})",
    )
    for table in OWN
}
MINE = f"{HELD} or (by_id = {ME} and {shared('correction.survivor_id', 'survivor_id')})"
POLICIES["correction"] = (
    f"seen for select using ({MINE})",
    f"begun for insert with check ({MINE})",
)
DATED = "occurred_on, occurred_precision, occurred_estimated"
GRANTS = (
    f"select, insert on {', '.join(POLICIES)} to app_rw",
    f"update ({DATED}, region_code, side_code, nature_code, mechanism_code, severity, in_error, version)"
    " on injury to app_rw",
    f"update ({DATED}, limb_code, side_code, level_code, part_code, kind_code, cause_code, in_error, version)"
    " on amputation to app_rw",
    "update (amputation_id, examined_on, shape_code, tissue_amount_code, tissue_consistency_code, heel_pad_code,"
    " muscle_code, scar_mobility_code, colour_code, temperature_code, end_bearing, skin_intact, sensation_normal,"
    " scar_healed, oedema, pain, phantom_pain, note, in_error, version) on residual_limb to app_rw",
    f"update ({DATED}, icf_code, qualifier_code, side_code, permanent, in_error, version) on impairment to app_rw",
    "update (decided_on, decision_code, percent, cause_code, valid_until, document_number, in_error, version)"
    " on disability_determination to app_rw",
)


def upgrade() -> None:
    op.create_table('amputation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('survivor_id', sa.Uuid(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('in_error', sa.Boolean(), nullable=False),
    sa.Column('occurred_on', sa.Date(), nullable=True),
    sa.Column('occurred_precision', sa.String(length=10), nullable=True),
    sa.Column('occurred_estimated', sa.Boolean(), nullable=False),
    sa.Column('limb_code', sa.String(length=40), nullable=False),
    sa.Column('side_code', sa.String(length=40), nullable=False),
    sa.Column('level_code', sa.String(length=40), nullable=False),
    sa.Column('part_code', sa.String(length=40), nullable=True),
    sa.Column('kind_code', sa.String(length=40), nullable=False),
    sa.Column('cause_code', sa.String(length=40), nullable=False),
    sa.ForeignKeyConstraint(['survivor_id', 'owner_id', 'team_id'], ['survivor.id', 'survivor.owner_id', 'survivor.team_id'], name=op.f('fk_amputation_survivor_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_amputation')),
    sa.UniqueConstraint('id', 'survivor_id', name=op.f('uq_amputation_id_survivor_id'))
    )
    op.create_index(op.f('ix_amputation_survivor_id'), 'amputation', ['survivor_id'], unique=False)
    op.create_table('correction',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('survivor_id', sa.Uuid(), nullable=False),
    sa.Column('record_kind', sa.String(length=40), nullable=False),
    sa.Column('record_id', sa.Uuid(), nullable=False),
    sa.Column('record_version', sa.Integer(), nullable=False),
    sa.Column('before', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('reason_code', sa.String(length=40), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['survivor_id', 'owner_id', 'team_id'], ['survivor.id', 'survivor.owner_id', 'survivor.team_id'], name=op.f('fk_correction_survivor_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_correction'))
    )
    op.create_index('ix_correction_record_id', 'correction', ['record_id', 'id'], unique=False)
    op.create_index(op.f('ix_correction_survivor_id'), 'correction', ['survivor_id'], unique=False)
    op.create_table('disability_determination',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('survivor_id', sa.Uuid(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('in_error', sa.Boolean(), nullable=False),
    sa.Column('decided_on', sa.Date(), nullable=False),
    sa.Column('decision_code', sa.String(length=40), nullable=False),
    sa.Column('percent', sa.Integer(), nullable=True),
    sa.Column('cause_code', sa.String(length=40), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('document_number', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['survivor_id', 'owner_id', 'team_id'], ['survivor.id', 'survivor.owner_id', 'survivor.team_id'], name=op.f('fk_disability_determination_survivor_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_disability_determination'))
    )
    op.create_index(op.f('ix_disability_determination_survivor_id'), 'disability_determination', ['survivor_id'], unique=False)
    op.create_table('impairment',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('survivor_id', sa.Uuid(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('in_error', sa.Boolean(), nullable=False),
    sa.Column('occurred_on', sa.Date(), nullable=True),
    sa.Column('occurred_precision', sa.String(length=10), nullable=True),
    sa.Column('occurred_estimated', sa.Boolean(), nullable=False),
    sa.Column('icf_code', sa.String(length=40), nullable=False),
    sa.Column('qualifier_code', sa.String(length=40), nullable=False),
    sa.Column('side_code', sa.String(length=40), nullable=False),
    sa.Column('permanent', sa.String(length=20), nullable=False),
    sa.ForeignKeyConstraint(['survivor_id', 'owner_id', 'team_id'], ['survivor.id', 'survivor.owner_id', 'survivor.team_id'], name=op.f('fk_impairment_survivor_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_impairment'))
    )
    op.create_index(op.f('ix_impairment_survivor_id'), 'impairment', ['survivor_id'], unique=False)
    op.create_table('injury',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('survivor_id', sa.Uuid(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('in_error', sa.Boolean(), nullable=False),
    sa.Column('occurred_on', sa.Date(), nullable=True),
    sa.Column('occurred_precision', sa.String(length=10), nullable=True),
    sa.Column('occurred_estimated', sa.Boolean(), nullable=False),
    sa.Column('region_code', sa.String(length=40), nullable=False),
    sa.Column('side_code', sa.String(length=40), nullable=False),
    sa.Column('nature_code', sa.String(length=40), nullable=False),
    sa.Column('mechanism_code', sa.String(length=40), nullable=False),
    sa.Column('severity', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['survivor_id', 'owner_id', 'team_id'], ['survivor.id', 'survivor.owner_id', 'survivor.team_id'], name=op.f('fk_injury_survivor_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_injury'))
    )
    op.create_index(op.f('ix_injury_survivor_id'), 'injury', ['survivor_id'], unique=False)
    op.create_table('residual_limb',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Uuid(), nullable=False),
    sa.Column('survivor_id', sa.Uuid(), nullable=False),
    sa.Column('by_id', sa.Uuid(), nullable=False),
    sa.Column('in_error', sa.Boolean(), nullable=False),
    sa.Column('amputation_id', sa.Uuid(), nullable=False),
    sa.Column('examined_on', sa.Date(), nullable=False),
    sa.Column('shape_code', sa.String(length=40), nullable=True),
    sa.Column('tissue_amount_code', sa.String(length=40), nullable=True),
    sa.Column('tissue_consistency_code', sa.String(length=40), nullable=True),
    sa.Column('heel_pad_code', sa.String(length=40), nullable=True),
    sa.Column('muscle_code', sa.String(length=40), nullable=True),
    sa.Column('scar_mobility_code', sa.String(length=40), nullable=True),
    sa.Column('colour_code', sa.String(length=40), nullable=True),
    sa.Column('temperature_code', sa.String(length=40), nullable=True),
    sa.Column('end_bearing', sa.String(length=20), nullable=False),
    sa.Column('skin_intact', sa.String(length=20), nullable=False),
    sa.Column('sensation_normal', sa.String(length=20), nullable=False),
    sa.Column('scar_healed', sa.String(length=20), nullable=False),
    sa.Column('oedema', sa.String(length=20), nullable=False),
    sa.Column('pain', sa.Integer(), nullable=True),
    sa.Column('phantom_pain', sa.Integer(), nullable=True),
    sa.Column('note', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['amputation_id', 'survivor_id'], ['amputation.id', 'amputation.survivor_id'], name=op.f('fk_residual_limb_amputation_id_survivor_id')),
    sa.ForeignKeyConstraint(['survivor_id', 'owner_id', 'team_id'], ['survivor.id', 'survivor.owner_id', 'survivor.team_id'], name=op.f('fk_residual_limb_survivor_id_owner_id_team_id'), onupdate='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_residual_limb'))
    )
    op.create_index(op.f('ix_residual_limb_amputation_id'), 'residual_limb', ['amputation_id'], unique=False)
    op.create_index(op.f('ix_residual_limb_survivor_id'), 'residual_limb', ['survivor_id'], unique=False)
    for table, policies in POLICIES.items():
        op.execute(f"alter table {table} enable row level security, force row level security")
        for policy in policies:
            name, rule = policy.split(" ", 1)
            op.execute(f"create policy {name} on {table} {rule}")
    for grant in GRANTS:
        op.execute(f"grant {grant}")


def downgrade() -> None:
    op.drop_index(op.f('ix_residual_limb_survivor_id'), table_name='residual_limb')
    op.drop_index(op.f('ix_residual_limb_amputation_id'), table_name='residual_limb')
    op.drop_table('residual_limb')
    op.drop_index(op.f('ix_injury_survivor_id'), table_name='injury')
    op.drop_table('injury')
    op.drop_index(op.f('ix_impairment_survivor_id'), table_name='impairment')
    op.drop_table('impairment')
    op.drop_index(op.f('ix_disability_determination_survivor_id'), table_name='disability_determination')
    op.drop_table('disability_determination')
    op.drop_index(op.f('ix_correction_survivor_id'), table_name='correction')
    op.drop_index('ix_correction_record_id', table_name='correction')
    op.drop_table('correction')
    op.drop_index(op.f('ix_amputation_survivor_id'), table_name='amputation')
    op.drop_table('amputation')
