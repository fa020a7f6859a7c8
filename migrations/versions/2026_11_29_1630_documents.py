"""Documents of a case: what they are, their versions, and which of them go with a referral.

Kind: expand
Safe with the release before this one: yes, because it knows nothing of these tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "documents"
down_revision = "shares"
branch_labels = None
depends_on = None


def setting(name: str, kind: str = "text") -> str:
    """A setting of the transaction, read once per statement; nothing when it is not set."""
    return f"(select nullif(current_setting('app.{name}', true), ''))::{kind}"


ME = setting("user_id", "uuid")
OWNERS, TEAMS = f"any ({setting('owners', 'uuid[]')})", f"any ({setting('teams', 'uuid[]')})"
FACILITIES = f"any ({setting('facilities', 'uuid[]')})"
HELD = f"({setting('everyone')} = 'on' or owner_id = {OWNERS} or team_id = {TEAMS})"
COUNSELS = f"{setting('role')} = 'counsellor'"
LIVE = (
    f"r.to_facility_id = {FACILITIES}"
    " and r.status in ('sent', 'accepted', 'waitlisted', 'scheduled', 'in_progress', 'no_show')"
    " and c.facility_id = r.to_facility_id and c.withdrawn_at is null"
    " and current_date between c.given_on and c.valid_until"
)
# It goes with a live referral to my facility, on a live consent, and I am no organiser of sport.
GOES = (
    f"({setting('role')} in ('provider', 'counsellor') and exists (select from document_share s"
    " join referral r on r.id = s.referral_id join consent c on c.id = r.consent_id"
    f" where s.document_id = document.id and s.ended_at is null and {LIVE}))"
)
APART = (
    f"(apart and {COUNSELS} and facility_id = {FACILITIES} and exists (select from referral r"
    " join consent c on c.id = r.consent_id where r.case_id = document.case_id"
    f" and 'psychosocial' = any (r.share_codes) and {LIVE}))"
)
MINE = f"((not apart and {HELD}) or {APART})"
ITS = "exists (select from document d where d.id = document_id"
WRITES = f"({ITS} and (d.apart or {HELD.replace('owner_id', 'd.owner_id').replace('team_id', 'd.team_id')})))"
POLICIES = {
    "document": (
        f"seen for select using ((not apart and ({HELD} or (not in_error and {GOES}))) or {APART})",
        f"begun for insert with check ({MINE} and by_id = {ME})",
        f"changed for update using {MINE}",
    ),
    "document_file": (
        f"seen for select using ({ITS}))",
        f"begun for insert with check ({WRITES} and by_id = {ME})",
    ),
    "document_share": (
        f"seen for select using ({HELD} or (to_facility_id = {FACILITIES} and ended_at is null))",
        f"begun for insert with check ({HELD} and by_id = {ME})",
        f"changed for update using {HELD}",
    ),
}
GRANTS = (
    f"select, insert on {', '.join(POLICIES)} to app_rw",
    "update (newest, in_error, reason_code, version) on document to app_rw",
    "update (ended_at, version) on document_share to app_rw",
)
HOLDER = ["owner_id", "team_id"]


def holder(table: str, column: str, parent: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column, *HOLDER],
        [f"{parent}.id", f"{parent}.owner_id", f"{parent}.team_id"],
        name=op.f(f"fk_{table}_{column}_owner_id_team_id"),
        onupdate="CASCADE",
    )


def record() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    ]


def held() -> list[sa.Column]:
    return [*record(), sa.Column("owner_id", sa.Uuid(), nullable=False), sa.Column("team_id", sa.Uuid(), nullable=False)]


def upgrade() -> None:
    op.create_table(
        "document",
        *held(),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("apart", sa.Boolean(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=True),
        sa.Column("kind_code", sa.String(length=40), nullable=False),
        sa.Column("title", sa.LargeBinary(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("newest", sa.Integer(), nullable=False),
        sa.Column("in_error", sa.Boolean(), nullable=False),
        sa.Column("reason_code", sa.String(length=40), nullable=True),
        holder("document", "case_id", "case_file"),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_document_facility_id")),
        sa.CheckConstraint("apart = (facility_id is not null)", name=op.f("ck_document_apart_at_a_facility")),
        sa.CheckConstraint("in_error = (reason_code is not null)", name=op.f("ck_document_in_error_for_a_reason")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("id", "owner_id", "team_id", name=op.f("uq_document_id_owner_id_team_id")),
        sa.UniqueConstraint("id", "apart", name=op.f("uq_document_id_apart")),
    )
    op.create_index(op.f("ix_document_case_id"), "document", ["case_id"])
    op.create_table(
        "document_file",
        *record(),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_document_file_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_file")),
        sa.UniqueConstraint("document_id", "number", name=op.f("uq_document_file_document_id_number")),
    )
    op.create_index("ix_document_file_by_id_created_at", "document_file", ["by_id", "created_at"])
    # Sealed bytes do not get smaller: PostgreSQL need not try.
    op.execute("alter table document_file alter column content set storage external")
    op.create_table(
        "document_share",
        *held(),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("to_facility_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("apart", sa.Boolean(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["referral_id", "owner_id", "team_id", "to_facility_id"],
            ["referral.id", "referral.owner_id", "referral.team_id", "referral.to_facility_id"],
            name=op.f("fk_document_share_referral_id_owner_id_team_id_to_facility_id"),
            onupdate="CASCADE",
        ),
        holder("document_share", "document_id", "document"),
        sa.ForeignKeyConstraint(
            ["document_id", "apart"], ["document.id", "document.apart"], name=op.f("fk_document_share_document_id_apart")
        ),
        sa.CheckConstraint("not apart", name=op.f("ck_document_share_never_apart")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_share")),
        sa.UniqueConstraint("referral_id", "document_id", name=op.f("uq_document_share_referral_id_document_id")),
    )
    op.create_index(op.f("ix_document_share_document_id"), "document_share", ["document_id"])
    for table, policies in POLICIES.items():
        op.execute(f"alter table {table} enable row level security, force row level security")
    for table, policies in POLICIES.items():
        for policy in policies:
            name, rule = policy.split(" ", 1)
            op.execute(f"create policy {name} on {table} {rule}")
    for grant in GRANTS:
        op.execute(f"grant {grant}")


def downgrade() -> None:
    op.execute("drop policy seen on document")  # it looks at the shares
    op.drop_table("document_share")
    op.drop_table("document_file")
    op.drop_table("document")
