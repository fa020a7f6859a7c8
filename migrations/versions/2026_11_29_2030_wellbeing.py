"""A person lets the score of WHO-5 be seen beside attendance and mobility, and takes that back.

Kind: expand
Safe with the release before this one: yes, because it knows nothing of these tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "wellbeing"
down_revision = "erasures"
branch_labels = None
depends_on = None


def setting(name: str, kind: str = "text") -> str:
    """A setting of the transaction, read once per statement; nothing when it is not set."""
    return f"(select nullif(current_setting('app.{name}', true), ''))::{kind}"


ME = setting("user_id", "uuid")
OWNERS, TEAMS = f"any ({setting('owners', 'uuid[]')})", f"any ({setting('teams', 'uuid[]')})"
HELD = f"({setting('everyone')} = 'on' or owner_id = {OWNERS} or team_id = {TEAMS})"
COUNSELS = f"({setting('role')} = 'counsellor' and shares_case(case_id))"
MINE = f"facility_id = any ({setting('facilities', 'uuid[]')})"
LIVE = (
    "exists (select from wellbeing_consent c where c.id = consent_id and c.withdrawn_at is null"
    " and current_date between c.given_on and c.valid_until)"
)
POLICIES = {
    "wellbeing_consent": (
        f"seen for select using ({HELD} or {COUNSELS})",
        f"begun for insert with check ({COUNSELS} and {MINE} and by_id = {ME} and withdrawn_at is null)",
        f"ended for update using ({HELD} or ({COUNSELS} and {MINE}))"
        f" with check (withdrawn_at is not null and withdrawn_by_id = {ME})",
        "known to owner using (true)",
    ),
    "wellbeing_score": (
        f"seen for select using (({HELD} or {COUNSELS}) and {LIVE})",
        f"begun for insert with check ({COUNSELS} and {LIVE})",
        "forgotten to owner using (exists (select from wellbeing_consent c where c.id = consent_id"
        " and c.withdrawn_at is not null))",
    ),
}
GRANTS = (
    "select, insert on wellbeing_consent, wellbeing_score to app_rw",
    "update (withdrawn_at, withdrawn_by_id, version) on wellbeing_consent to app_rw",
)
# Whoever takes it back, by whatever way: no copy is left, and nobody else can delete one.
FORGET = """
create function forget_wellbeing() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    delete from public.wellbeing_score where consent_id = new.id;
    return null;
end $$
"""
TRIGGER = """
create trigger forget after update of withdrawn_at on wellbeing_consent
for each row when (new.withdrawn_at is not null) execute function forget_wellbeing()
"""
HOLDER = ["owner_id", "team_id"]


def holder(table: str, column: str, parent: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column, *HOLDER],
        [f"{parent}.id", f"{parent}.owner_id", f"{parent}.team_id"],
        name=op.f(f"fk_{table}_{column}_owner_id_team_id"),
        onupdate="CASCADE",
    )


def held() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
    ]


def upgrade() -> None:
    op.create_table(
        "wellbeing_consent",
        *held(),
        sa.Column("survivor_id", sa.Uuid(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=False),
        sa.Column("text_version", sa.String(length=40), nullable=False),
        sa.Column("language_code", sa.String(length=40), nullable=False),
        sa.Column("mode_code", sa.String(length=40), nullable=False),
        sa.Column("given_by_code", sa.String(length=40), nullable=False),
        sa.Column("child_assent", sa.String(length=20), nullable=False),
        sa.Column("assent_mode_code", sa.String(length=40), nullable=True),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("valid_until >= given_on", name=op.f("ck_wellbeing_consent_ends_after_it_begins")),
        sa.CheckConstraint(
            "(withdrawn_at is null) = (withdrawn_by_id is null)",
            name=op.f("ck_wellbeing_consent_withdrawn_by_somebody"),
        ),
        holder("wellbeing_consent", "case_id", "case_file"),
        sa.ForeignKeyConstraint(["survivor_id"], ["survivor.id"], name=op.f("fk_wellbeing_consent_survivor_id")),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_wellbeing_consent_facility_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wellbeing_consent")),
        sa.UniqueConstraint("id", *HOLDER, name=op.f("uq_wellbeing_consent_id_owner_id_team_id")),
    )
    op.create_index("ix_wellbeing_consent_case_id", "wellbeing_consent", ["case_id"])
    op.create_index(
        "uq_wellbeing_consent_one_open",
        "wellbeing_consent",
        ["case_id", "facility_id"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at is null"),
    )
    op.create_table(
        "wellbeing_score",
        *held(),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("screening_id", sa.Uuid(), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("score", sa.LargeBinary(), nullable=False),
        holder("wellbeing_score", "consent_id", "wellbeing_consent"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wellbeing_score")),
        sa.UniqueConstraint(
            "consent_id", "screening_id", name=op.f("uq_wellbeing_score_consent_id_screening_id")
        ),
    )
    op.create_index(op.f("ix_wellbeing_score_case_id"), "wellbeing_score", ["case_id"])
    for table, policies in POLICIES.items():
        op.execute(f"alter table {table} enable row level security, force row level security")
        for policy in policies:
            name, rule = policy.split(" ", 1)
            op.execute(f"create policy {name} on {table} {rule}")
    for grant in GRANTS:
        op.execute(f"grant {grant}")
    op.execute(FORGET)
    op.execute("revoke all on function forget_wellbeing() from public")
    op.execute(TRIGGER)


def downgrade() -> None:
    op.drop_table("wellbeing_score")
    op.drop_table("wellbeing_consent")
    op.execute("drop function forget_wellbeing()")
