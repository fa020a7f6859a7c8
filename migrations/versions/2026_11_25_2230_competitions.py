"""Competitions: editions, divisions, teams, fixtures, results, protests. They name no player.

Kind: expand
Safe with the release before this one: yes, because nothing that it knows changes.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "competitions"
down_revision = "emergency"
branch_labels = None
depends_on = None


def setting(name: str, kind: str = "text") -> str:
    """A setting of the transaction, read once per statement; nothing when it is not set."""
    return f"(select nullif(current_setting('app.{name}', true), ''))::{kind}"


ROLE, FACILITIES = setting("role"), f"any ({setting('facilities', 'uuid[]')})"
ORGANISES = f"({ROLE} = 'coordinator' or ({ROLE} = 'sports_coordinator' and facility_id = {FACILITIES}))"
TABLES = ("competition", "contender", "edition", "division", "division_entry", "fixture", "protest")
SIDES = ("home_id", "away_id", "home_from_id", "away_from_id")
GRANTS = [
    f"select, insert on {', '.join(TABLES)} to app_rw",
    "update (version) on competition, contender, division to app_rw",  # held while a draw is made
    "update (name, win, draw, loss, tie_break_codes, again, promoted, relegated, version) on edition to app_rw",
    "update (seed, lot, stated_rank, stated_points, version) on division_entry to app_rw",
    "update (home_id, away_id, starts_at, place, home_goals, away_goals, home_penalties, away_penalties,"
    " home_fair_play, away_fair_play, result_code, cancelled_at, cancel_reason_code, version)"
    " on fixture to app_rw",
    "update (outcome_code, decided_at, version) on protest to app_rw",
    "select on competition, contender, division, division_entry, fixture to app_auth",  # for a calendar
]


def upgrade() -> None:
    op.create_table('competition',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('sport_code', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['facility_id'], ['facility.id'], name=op.f('fk_competition_facility_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_competition')),
    sa.UniqueConstraint('id', 'facility_id', name=op.f('uq_competition_id_facility_id'))
    )
    op.create_index(op.f('ix_competition_facility_id'), 'competition', ['facility_id'], unique=False)
    op.create_table('contender',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('competition_id', sa.Uuid(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('programme_id', sa.Uuid(), nullable=True),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.ForeignKeyConstraint(['competition_id', 'facility_id'], ['competition.id', 'competition.facility_id'], name=op.f('fk_contender_competition_id_facility_id')),
    sa.ForeignKeyConstraint(['programme_id', 'facility_id'], ['programme.id', 'programme.facility_id'], name=op.f('fk_contender_programme_id_facility_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contender')),
    sa.UniqueConstraint('competition_id', 'name', name=op.f('uq_contender_competition_id_name')),
    sa.UniqueConstraint('id', 'competition_id', name=op.f('uq_contender_id_competition_id'))
    )
    op.create_index(op.f('ix_contender_programme_id'), 'contender', ['programme_id'], unique=False)
    op.create_table('edition',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('competition_id', sa.Uuid(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('win', sa.Integer(), nullable=False),
    sa.Column('draw', sa.Integer(), nullable=False),
    sa.Column('loss', sa.Integer(), nullable=False),
    sa.Column('tie_break_codes', postgresql.ARRAY(sa.String(length=40)), nullable=False),
    sa.Column('again', sa.Boolean(), nullable=False),
    sa.Column('promoted', sa.Integer(), nullable=False),
    sa.Column('relegated', sa.Integer(), nullable=False),
    sa.Column('award_goals', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.CheckConstraint('starts_on <= ends_on', name=op.f('ck_edition_in_order')),
    sa.ForeignKeyConstraint(['competition_id', 'facility_id'], ['competition.id', 'competition.facility_id'], name=op.f('fk_edition_competition_id_facility_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_edition')),
    sa.UniqueConstraint('competition_id', 'name', name=op.f('uq_edition_competition_id_name')),
    sa.UniqueConstraint('id', 'competition_id', 'facility_id', name=op.f('uq_edition_id_competition_id_facility_id'))
    )
    op.create_table('division',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('edition_id', sa.Uuid(), nullable=False),
    sa.Column('competition_id', sa.Uuid(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.Column('place', sa.String(length=200), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.CheckConstraint('starts_on <= ends_on', name=op.f('ck_division_in_order')),
    sa.ForeignKeyConstraint(['edition_id', 'competition_id', 'facility_id'], ['edition.id', 'edition.competition_id', 'edition.facility_id'], name=op.f('fk_division_edition_id_competition_id_facility_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_division')),
    sa.UniqueConstraint('edition_id', 'name', name=op.f('uq_division_edition_id_name')),
    sa.UniqueConstraint('id', 'competition_id', 'facility_id', name=op.f('uq_division_id_competition_id_facility_id')),
    sa.UniqueConstraint('id', 'facility_id', name=op.f('uq_division_id_facility_id'))
    )
    op.create_table('division_entry',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('division_id', sa.Uuid(), nullable=False),
    sa.Column('contender_id', sa.Uuid(), nullable=False),
    sa.Column('competition_id', sa.Uuid(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('seed', sa.Integer(), nullable=True),
    sa.Column('lot', sa.Integer(), nullable=True),
    sa.Column('stated_rank', sa.Integer(), nullable=True),
    sa.Column('stated_points', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['contender_id', 'competition_id'], ['contender.id', 'contender.competition_id'], name=op.f('fk_division_entry_contender_id_competition_id')),
    sa.ForeignKeyConstraint(['division_id', 'competition_id', 'facility_id'], ['division.id', 'division.competition_id', 'division.facility_id'], name=op.f('fk_division_entry_division_id_competition_id_facility_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_division_entry')),
    sa.UniqueConstraint('division_id', 'contender_id', name=op.f('uq_division_entry_division_id_contender_id')),
    sa.UniqueConstraint('division_id', 'lot', name=op.f('uq_division_entry_division_id_lot')),
    sa.UniqueConstraint('id', 'division_id', 'facility_id', name=op.f('uq_division_entry_id_division_id_facility_id'))
    )
    op.create_index(op.f('ix_division_entry_contender_id'), 'division_entry', ['contender_id'], unique=False)
    op.create_table('fixture',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('division_id', sa.Uuid(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('stage_code', sa.String(length=40), nullable=False),
    sa.Column('round', sa.Integer(), nullable=True),
    sa.Column('home_id', sa.Uuid(), nullable=True),
    sa.Column('away_id', sa.Uuid(), nullable=True),
    sa.Column('home_from_id', sa.Uuid(), nullable=True),
    sa.Column('away_from_id', sa.Uuid(), nullable=True),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('place', sa.String(length=200), nullable=False),
    sa.Column('home_goals', sa.Integer(), nullable=True),
    sa.Column('away_goals', sa.Integer(), nullable=True),
    sa.Column('home_penalties', sa.Integer(), nullable=True),
    sa.Column('away_penalties', sa.Integer(), nullable=True),
    sa.Column('home_fair_play', sa.Integer(), nullable=True),
    sa.Column('away_fair_play', sa.Integer(), nullable=True),
    sa.Column('result_code', sa.String(length=40), nullable=True),
    sa.Column('cancelled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cancel_reason_code', sa.String(length=40), nullable=True),
    sa.CheckConstraint('(home_goals is null) = (away_goals is null) and (home_goals is null) = (result_code is null)', name=op.f('ck_fixture_whole_result')),
    sa.CheckConstraint('home_id <> away_id', name=op.f('ck_fixture_two_teams')),
    sa.ForeignKeyConstraint(['away_from_id', 'division_id'], ['fixture.id', 'fixture.division_id'], name=op.f('fk_fixture_away_from_id_division_id')),
    sa.ForeignKeyConstraint(['away_id', 'division_id', 'facility_id'], ['division_entry.id', 'division_entry.division_id', 'division_entry.facility_id'], name=op.f('fk_fixture_away_id_division_id_facility_id')),
    sa.ForeignKeyConstraint(['division_id', 'facility_id'], ['division.id', 'division.facility_id'], name=op.f('fk_fixture_division_id_facility_id')),
    sa.ForeignKeyConstraint(['home_from_id', 'division_id'], ['fixture.id', 'fixture.division_id'], name=op.f('fk_fixture_home_from_id_division_id')),
    sa.ForeignKeyConstraint(['home_id', 'division_id', 'facility_id'], ['division_entry.id', 'division_entry.division_id', 'division_entry.facility_id'], name=op.f('fk_fixture_home_id_division_id_facility_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_fixture')),
    sa.UniqueConstraint('id', 'division_id', 'facility_id', name=op.f('uq_fixture_id_division_id_facility_id')),
    sa.UniqueConstraint('id', 'division_id', name=op.f('uq_fixture_id_division_id'))
    )
    for column in SIDES:
        op.create_index(op.f(f'ix_fixture_{column}'), 'fixture', [column], unique=False)
    op.create_index('ix_fixture_division_id_round', 'fixture', ['division_id', 'round', 'id'], unique=False)
    op.create_table('protest',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('fixture_id', sa.Uuid(), nullable=False),
    sa.Column('entry_id', sa.Uuid(), nullable=False),
    sa.Column('division_id', sa.Uuid(), nullable=False),
    sa.Column('facility_id', sa.Uuid(), nullable=False),
    sa.Column('reason_code', sa.String(length=40), nullable=False),
    sa.Column('outcome_code', sa.String(length=40), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['entry_id', 'division_id', 'facility_id'], ['division_entry.id', 'division_entry.division_id', 'division_entry.facility_id'], name=op.f('fk_protest_entry_id_division_id_facility_id')),
    sa.ForeignKeyConstraint(['fixture_id', 'division_id', 'facility_id'], ['fixture.id', 'fixture.division_id', 'fixture.facility_id'], name=op.f('fk_protest_fixture_id_division_id_facility_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_protest'))
    )
    op.create_index(op.f('ix_protest_fixture_id'), 'protest', ['fixture_id'], unique=False)
    for table in TABLES:
        op.execute(f"alter table {table} enable row level security, force row level security")
        op.execute(f"create policy seen on {table} for select using (true)")
        op.execute(f"create policy begun on {table} for insert with check {ORGANISES}")
        op.execute(f"create policy changed on {table} for update using {ORGANISES}")
    for grant in GRANTS:
        op.execute(f"grant {grant}")


def downgrade() -> None:
    op.execute(f"revoke all on {', '.join(TABLES)} from app_rw, app_auth")
    op.drop_index(op.f('ix_protest_fixture_id'), table_name='protest')
    op.drop_table('protest')
    op.drop_index('ix_fixture_division_id_round', table_name='fixture')
    for column in SIDES:
        op.drop_index(op.f(f'ix_fixture_{column}'), table_name='fixture')
    op.drop_table('fixture')
    op.drop_index(op.f('ix_division_entry_contender_id'), table_name='division_entry')
    op.drop_table('division_entry')
    op.drop_table('division')
    op.drop_table('edition')
    op.drop_index(op.f('ix_contender_programme_id'), table_name='contender')
    op.drop_table('contender')
    op.drop_index(op.f('ix_competition_facility_id'), table_name='competition')
    op.drop_table('competition')
