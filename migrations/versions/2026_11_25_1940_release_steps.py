"""A release is drafted, prepared, checked by another person, published: its status moves, its figures never change.

Kind: contract
Safe with the release before this one: no, because its releases had one status only; nothing is in service yet.
"""

import sqlalchemy as sa
from alembic import op

revision = "release_steps"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
MOMENTS = ("checked_at", "withdrawn_at")
PEOPLE = ("checked_by_id", "published_by_id", "withdrawn_by_id")
PUBLIC = "status = 'published'"
STAFF = "(select nullif(current_setting('app.role', true), ''))::text in ('coordinator', 'auditor')"
SAID = ("cohort", "first_day", "last_day", "expected_files", "publication_on", "created_by_id")
DRAWN = ("budget_entry_id", "snapshot_at", "config_sha256", "sha256")


def differ(columns: tuple[str, ...]) -> str:
    """Whether one of these columns is about to change."""
    new, old = (", ".join(f"{side}.{name}" for name in columns) for side in ("new", "old"))
    return f"row({new}) is distinct from row({old})"


KEEP = f"""
create function stats.keep_what_was_drawn() returns trigger language plpgsql as $$
begin
    if {differ(SAID)} or (old.sha256 is not null and {differ(DRAWN)}) then
        raise exception 'what was drawn never changes' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$
"""

POLICIES = {
    "release": (
        f"published for select to stats_reader using ({PUBLIC})",
        f"seen for select to app_rw using ({STAFF})",
        f"begun for insert to app_rw with check ({STAFF} and status = 'draft')",
        f"moved for update to app_rw using ({STAFF}) with check ({STAFF})",
        "prepared to stats_producer using (true) with check (true)",
    ),
    "artefact": (
        f"published for select to stats_reader using (exists (select from stats.release r where r.id = release_id))",
        f"seen for select to app_rw using ({STAFF})",
        "prepared to stats_producer using (true) with check (true)",
    ),
}
GRANTS = (
    "usage on schema stats to app_rw",
    "select, insert on stats.release to app_rw",
    "select on stats.artefact to app_rw",
    "update (status, checked_by_id, checked_at, published_by_id, published_at, withdrawn_by_id, withdrawn_at,"
    " withdrawal_reason_code, version) on stats.release to app_rw",
    "update (status, budget_entry_id, snapshot_at, config_sha256, sha256, version) on stats.release to stats_producer",
)


def upgrade() -> None:
    op.execute("drop trigger only_grows on stats.release")
    with op.batch_alter_table("release", schema="stats") as release:
        release.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        release.add_column(sa.Column("created_at", MOMENT, nullable=True))
        release.add_column(sa.Column("first_day", sa.Date(), nullable=True))
        release.add_column(sa.Column("last_day", sa.Date(), nullable=True))
        release.add_column(sa.Column("expected_files", sa.Integer(), nullable=True))
        release.add_column(sa.Column("publication_on", sa.Date(), nullable=True))
        release.add_column(sa.Column("withdrawal_reason_code", sa.String(length=40), nullable=True))
        for name in MOMENTS:
            release.add_column(sa.Column(name, MOMENT, nullable=True))
        for name in PEOPLE:
            release.add_column(sa.Column(name, sa.Uuid(), nullable=True))
        for name in ("budget_entry_id", "snapshot_at", "published_at", "config_sha256", "sha256"):
            release.alter_column(name, nullable=True)
    op.execute(
        "update stats.release r set created_at = r.snapshot_at, publication_on = r.published_at::date,"
        " first_day = lower(c.days), last_day = upper(c.days) - 1, expected_files = c.expected_files"
        " from stats.cohort c where c.name = r.cohort"
    )
    for name in ("created_at", "last_day", "expected_files", "publication_on"):
        op.alter_column("release", name, nullable=False, schema="stats")
    op.alter_column("release", "version", server_default=None, schema="stats")
    op.drop_constraint("fk_release_cohort", "release", schema="stats")
    op.create_check_constraint(op.f("ck_release_large_enough"), "release", "expected_files >= 50", schema="stats")
    op.create_check_constraint(
        op.f("ck_release_somebody_else"), "release", "checked_by_id <> created_by_id", schema="stats"
    )
    op.create_index(
        "uq_release_one_draft", "release", ["status"], unique=True, schema="stats",
        postgresql_where=sa.text("status = 'draft'"),
    )
    op.execute(KEEP)
    op.execute(
        "create trigger keeps_what_was_drawn before update on stats.release"
        " for each row execute function stats.keep_what_was_drawn()"
    )
    op.execute(
        "create trigger only_grows before delete or truncate on stats.release"
        " for each statement execute function refuse_change()"
    )
    for grant in GRANTS:
        op.execute(f"grant {grant}")
    for table, policies in POLICIES.items():
        op.execute(f"alter table stats.{table} enable row level security, force row level security")
        for policy in policies:
            name, rule = policy.split(" ", 1)
            op.execute(f"create policy {name} on stats.{table} {rule}")


def downgrade() -> None:
    for table, policies in POLICIES.items():
        for policy in policies:
            name = policy.split(" ", 1)[0]
            op.execute(f"drop policy {name} on stats.{table}")
        op.execute(f"alter table stats.{table} disable row level security, no force row level security")
    op.execute("revoke all on stats.release, stats.artefact from app_rw")
    op.execute("revoke usage on schema stats from app_rw")
    op.execute("revoke update on stats.release from stats_producer")
    op.execute("drop trigger keeps_what_was_drawn on stats.release")
    op.execute("drop trigger only_grows on stats.release")
    op.execute("drop function stats.keep_what_was_drawn()")
    op.drop_index("uq_release_one_draft", table_name="release", schema="stats")
    # The schema before this one knows published releases alone.
    op.execute("alter table stats.artefact disable trigger only_grows")
    op.execute(
        "delete from stats.artefact using stats.release r where r.id = release_id and r.status <> 'published'"
    )
    op.execute("alter table stats.artefact enable trigger only_grows")
    op.execute("delete from stats.release where status <> 'published'")
    with op.batch_alter_table("release", schema="stats") as release:
        release.drop_constraint("ck_release_large_enough")
        release.drop_constraint("ck_release_somebody_else")
        for name in ("budget_entry_id", "snapshot_at", "published_at", "config_sha256", "sha256"):
            release.alter_column(name, nullable=False)
        for name in (
            *("version", "created_at", "first_day", "last_day", "expected_files", "publication_on"),
            *("withdrawal_reason_code", *MOMENTS, *PEOPLE),
        ):
            release.drop_column(name)
        release.create_foreign_key("fk_release_cohort", "cohort", ["cohort"], ["name"], referent_schema="stats")
    op.execute(
        "create trigger only_grows before update or delete or truncate on stats.release"
        " for each statement execute function refuse_change()"
    )
