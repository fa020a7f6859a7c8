"""Questions to statistics: asked by one, approved by two, paid and drawn by the job alone.

Kind: expand
Safe with the release before this one: yes, it never sees the new table.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "questions"
down_revision = "milestones_last"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
CODE = sa.String(length=40)
ME = "(select nullif(current_setting('app.user_id', true), ''))::uuid"
STAFF = "(select nullif(current_setting('app.role', true), ''))::text in ('coordinator', 'auditor')"
REACHED = f"(asked_by_id = {ME} or {STAFF})"
BY_PEOPLE = "status not in ('paid', 'answered', 'burnt') and release_id is null"
SAID = (
    *("asked_by_id", "organisation_id", "purpose_code", "legal_basis_code", "purpose", "dimensions", "first_day"),
    *("last_day", "half_width", "needed_half_width", "sigma", "rho", "cells"),
)
POLICIES = (
    f"seen for select to app_rw, stats_reader using {REACHED}",
    f"begun for insert to app_rw, stats_reader with check (asked_by_id = {ME} and status = 'asked')",
    f"moved for update to app_rw using {REACHED} with check ({REACHED} and {BY_PEOPLE})",
    f"taken_back for update to stats_reader using (asked_by_id = {ME})"
    f" with check (asked_by_id = {ME} and status = 'withdrawn')",
    "drawn to stats_producer using (true) with check (true)",
)
GRANTS = (
    "select, insert on stats.question to app_rw, stats_reader",
    "update (status, version, ended_by_id, ended_at) on stats.question to app_rw, stats_reader",
    "update (reviewed_by_id, reviewed_at, approved_by_id, approved_at, refusal_code) on stats.question to app_rw",
    "select on stats.question to stats_producer",
    "update (status, version, ended_at, refusal_code, release_id) on stats.question to stats_producer",
    "insert on notification to stats_producer",
)
KEEP = f"""
create function stats.keep_what_was_asked() returns trigger language plpgsql as $$
begin
    if row({", ".join(f"new.{name}" for name in SAID)}) is distinct from row({", ".join(f"old.{name}" for name in SAID)})
    then
        raise exception 'what was asked never changes' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$
"""


def upgrade() -> None:
    op.create_table(
        "question",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("purpose_code", CODE, nullable=False),
        sa.Column("legal_basis_code", CODE, nullable=False),
        sa.Column("purpose", sa.String(length=500), nullable=False),
        sa.Column("dimensions", postgresql.ARRAY(CODE), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("half_width", sa.Float(), nullable=False),
        sa.Column("needed_half_width", sa.Float(), nullable=True),
        sa.Column("sigma", sa.Float(), nullable=False),
        sa.Column("rho", sa.Numeric(precision=12, scale=8), nullable=False),
        sa.Column("cells", sa.Integer(), nullable=False),
        sa.Column("status", CODE, nullable=False),
        *(
            column
            for step in ("reviewed", "approved", "ended")
            for column in (
                sa.Column(f"{step}_by_id", sa.Uuid(), nullable=True),
                sa.Column(f"{step}_at", MOMENT, nullable=True),
            )
        ),
        sa.Column("refusal_code", CODE, nullable=True),
        sa.Column("release_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "reviewed_by_id <> asked_by_id and approved_by_id <> asked_by_id", name=op.f("ck_question_not_own")
        ),
        sa.CheckConstraint("approved_by_id <> reviewed_by_id", name=op.f("ck_question_two_people")),
        sa.CheckConstraint("cells between 1 and 2000", name=op.f("ck_question_few_cells")),
        sa.ForeignKeyConstraint(["release_id"], ["stats.release.id"], name="fk_question_release_id"),
        sa.PrimaryKeyConstraint("id", name="pk_question"),
        schema="stats",
    )
    op.create_index("ix_question_asked_by_id_id", "question", ["asked_by_id", "id"], schema="stats")
    op.execute(KEEP)
    op.execute(
        "create trigger keeps_what_was_asked before update on stats.question"
        " for each row execute function stats.keep_what_was_asked()"
    )
    op.execute(
        "create trigger only_grows before delete or truncate on stats.question"
        " for each statement execute function refuse_change()"
    )
    op.execute("alter table stats.question enable row level security, force row level security")
    for policy in POLICIES:
        name, rule = policy.split(" ", 1)
        op.execute(f"create policy {name} on stats.question {rule}")
    for grant in GRANTS:
        op.execute(f"grant {grant}")


def downgrade() -> None:
    op.execute("revoke insert on notification from stats_producer")
    op.drop_table("question", schema="stats")
    op.execute("drop function stats.keep_what_was_asked()")
