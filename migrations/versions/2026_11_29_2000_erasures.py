"""A document is destroyed when a second person says so; and the auditor answers who has read a file.

Kind: expand
Safe with the release before this one: yes, because it asks for nothing of this; a document of which nothing
is left is one without versions to it.
"""

import sqlalchemy as sa
from alembic import op

revision = "erasures"
down_revision = "figures_login"
branch_labels = None
depends_on = None


def setting(name: str, kind: str = "text") -> str:
    """A setting of the transaction, read once per statement; nothing when it is not set."""
    return f"(select nullif(current_setting('app.{name}', true), ''))::{kind}"


ME, ROLE = setting("user_id", "uuid"), setting("role")
OWNERS, TEAMS = f"any ({setting('owners', 'uuid[]')})", f"any ({setting('teams', 'uuid[]')})"
FACILITIES = f"any ({setting('facilities', 'uuid[]')})"
HELD = f"({setting('everyone')} = 'on' or owner_id = {OWNERS} or team_id = {TEAMS})"
MINE = f"((facility_id is null and {HELD}) or ({ROLE} = 'counsellor' and facility_id = {FACILITIES}))"
AUDITS = f"({ROLE} = 'auditor')"
POLICIES = (
    f"seen for select using ({MINE} or {AUDITS})",
    f"begun for insert with check ({MINE} and by_id = {ME} and status = 'asked' and exists (select from document d"
    " where d.id = document_id and d.facility_id is not distinct from document_erasure.facility_id))",
    f"ended for update using (status = 'asked' and ({AUDITS} or by_id = {ME}))"
    f" with check (ended_by_id = {ME} and case when {AUDITS} then by_id <> {ME} and status in ('done', 'refused')"
    f" else by_id = {ME} and status = 'withdrawn' end)",
)
GRANTS = (
    "select, insert on document_erasure to app_rw",
    "update (status, refusal_code, ended_at, ended_by_id, versions, version) on document_erasure to app_rw",
)
# What the function below reaches as the owner of the tables: what somebody has asked for, and nothing else.
ASKED = "exists (select from document_erasure e where e.document_id = {} and e.status = 'asked')"
ERASED = {
    "document_erasure": "true",
    "document": ASKED.format("document.id"),
    "document_file": ASKED.format("document_file.document_id"),
    "document_share": ASKED.format("document_share.document_id"),
}

# Who decides opens nothing of the file, so their hand cannot empty it. This does it for them: only what somebody
# else has asked for and nobody has answered, on the version that was read.
ERASE = """
create function erase_document(wanted uuid, read integer) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    e public.document_erasure;
    me uuid := nullif(current_setting('app.user_id', true), '');
    many integer;
begin
    select * into e from public.document_erasure where id = wanted for update;
    if e.id is null or e.status <> 'asked' or e.version <> read then
        return null;
    end if;
    if current_setting('app.role', true) is distinct from 'auditor' or me is null or e.by_id = me then
        raise exception 'this document is not theirs to destroy' using errcode = 'insufficient_privilege';
    end if;
    delete from public.document_file where document_id = e.document_id;
    get diagnostics many = row_count;
    update public.document_share set ended_at = now(), version = version + 1
        where document_id = e.document_id and ended_at is null;
    update public.document set title = null, issued_on = null, erased_at = now(), version = version + 1
        where id = e.document_id;
    return many;
end $$
"""
# The auditor is told of anybody who read what kind of data; whoever works on the case, of that person alone.
WHO_READ = """
create or replace function who_read(person uuid) returns table (
    user_id uuid, role varchar, field_class varchar, times bigint, last_at timestamptz)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    acting text := current_setting('app.role', true);
begin
    if {audits}not exists (
        select from public.survivor s where s.id = person and (
            nullif(current_setting('app.everyone', true), '') = 'on'
            or s.owner_id = any (nullif(current_setting('app.owners', true), '')::uuid[])
            or s.team_id = any (nullif(current_setting('app.teams', true), '')::uuid[])))
    then
        return;
    end if;
    perform set_config('app.role', 'auditor', true);
    return query
    select e.user_id, e.role, e.field_class, count(distinct e.request_id), max(e.at)
    from public.audit_event e
    where e.object_ids @> array[person] and e.allowed
    and e.action ~ '[.](read|list|download|print|preview|compare)'
    group by 1, 2, 3;
    perform set_config('app.role', acting, true);
end $$
"""
AUDITOR = "acting is distinct from 'auditor' and "
HOLDER = ["owner_id", "team_id"]


def upgrade() -> None:
    op.add_column("document", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_document_erased_whole"),
        "document",
        "erased_at is null or num_nonnulls(title, issued_on) = 0",
    )
    op.create_table(
        "document_erasure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("survivor_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=True),
        sa.Column("reason_code", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("refusal_code", sa.String(length=40), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.Column("versions", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id", *HOLDER],
            ["document.id", "document.owner_id", "document.team_id"],
            name=op.f("fk_document_erasure_document_id_owner_id_team_id"),
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(["survivor_id"], ["survivor.id"], name=op.f("fk_document_erasure_survivor_id")),
        sa.ForeignKeyConstraint(["facility_id"], ["facility.id"], name=op.f("fk_document_erasure_facility_id")),
        sa.CheckConstraint(
            "case status when 'asked' then num_nonnulls(ended_at, ended_by_id)"
            " else num_nulls(ended_at, ended_by_id) end = 0",
            name=op.f("ck_document_erasure_ended_whole"),
        ),
        sa.CheckConstraint(
            "status = 'withdrawn' or ended_by_id <> by_id", name=op.f("ck_document_erasure_by_a_second_person")
        ),
        sa.CheckConstraint(
            "(status = 'refused') = (refusal_code is not null)",
            name=op.f("ck_document_erasure_refused_for_a_reason"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_erasure")),
    )
    op.create_index(
        "uq_document_erasure_one_asked",
        "document_erasure",
        ["document_id"],
        unique=True,
        postgresql_where=sa.text("status = 'asked'"),
    )
    op.create_index("ix_document_erasure_document_id", "document_erasure", ["document_id"])
    op.create_index("ix_document_erasure_status", "document_erasure", ["status", "id"])
    op.execute("alter table document_erasure enable row level security, force row level security")
    for policy in POLICIES:
        name, rule = policy.split(" ", 1)
        op.execute(f"create policy {name} on document_erasure {rule}")
    for table, rule in ERASED.items():
        op.execute(f"create policy erased on {table} to owner using ({rule})")
    for grant in GRANTS:
        op.execute(f"grant {grant}")
    op.execute(ERASE)
    op.execute("revoke all on function erase_document(uuid, integer) from public")
    op.execute("grant execute on function erase_document(uuid, integer) to app_rw")
    op.execute(WHO_READ.replace("{audits}", AUDITOR))


def downgrade() -> None:
    op.execute(WHO_READ.replace("{audits}", ""))
    op.execute("drop function erase_document(uuid, integer)")
    for table in ERASED:
        op.execute(f"drop policy erased on {table}")
    op.drop_table("document_erasure")
    op.drop_constraint(op.f("ck_document_erased_whole"), "document")
    op.drop_column("document", "erased_at")
