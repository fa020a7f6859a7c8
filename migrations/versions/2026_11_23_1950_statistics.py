"""Statistics: the schema `stats`, the de-identified view that alone may be counted, and who may do what there.

Kind: expand
Safe with the release before this one: yes, nothing there is used yet.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = ("cohort", "budget_entry", "release", "artefact")
MOMENT = sa.DateTime(timezone=True)

# What the view reads, column by column: no name, no contact, no key, no free text.
COUNTED = {
    "survivor": "id, sex_code, birth_year, category_code, district_code, casualty_id, registered_on",
    "casualty": "id, incident_id, age",
    "incident": "id, occurred_on",
    "consent": "survivor_id, purpose_code, given_on, valid_until, withdrawn_at",
}



def band(age: str) -> str:
    """The code of the band of an age in years; the bands are the code list age_band."""
    return (
        f"case when {age} between -1 and 5 then '0_5' when {age} between 6 and 11 then '6_11'"
        f" when {age} between 12 and 17 then '12_17' when {age} between 18 and 59 then '18_59'"
        f" when {age} between 60 and 130 then '60_plus' else 'unknown' end"
    )


# One row per person's file, without anything to tell which: a file counts once, and only while the consent to
# anonymous statistics is in force. Age: at the accident for who survived one, else at registration; from years
# alone it may be one less, and is unknown where that makes a difference.
VIEW = f"""
create view stats.statistics_fact with (security_barrier = true) as
select sex, case when {band("age")} = {band("age - may_be_less")} then {band("age")} else 'unknown' end as age,
    district, victim_type, registered_on
from (
    select s.sex_code as sex, s.district_code as district, s.category_code as victim_type, s.registered_on,
        coalesce(c.age, extract(year from case when s.category_code = 'direct_survivor' then i.occurred_on
            else s.registered_on end)::int - s.birth_year) as age,
        (c.age is null)::int as may_be_less
    from survivor s
    left join casualty c on c.id = s.casualty_id
    left join incident i on i.id = c.incident_id
    where exists (
        select from consent a
        where a.survivor_id = s.id and a.purpose_code = 'anonymised_statistics' and a.withdrawn_at is null
            and a.given_on <= current_date and (a.valid_until is null or a.valid_until >= current_date)
    )
) file
"""

# The ledger's only way in: one charge at a time per cohort, each total the one before plus the cost.
SPEND = """
create function stats.spend(asked text, about text, for_what text, cost numeric) returns uuid
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    latest stats.budget_entry;
    made uuid;
begin
    perform from stats.cohort where name = about for update;
    select * into latest from stats.budget_entry where cohort = about order by number desc limit 1;
    insert into stats.budget_entry (id, cohort, number, request_id, what, rho, total, created_at)
    values (gen_random_uuid(), about, coalesce(latest.number, 0) + 1, asked, for_what, cost,
        coalesce(latest.total, 0) + cost, clock_timestamp())
    returning id into made;
    return made;
end $$
"""

GRANTS = (
    "usage on schema stats to stats_producer, stats_reader",
    "select on stats.cohort, stats.budget_entry, stats.release, stats.artefact to stats_producer",
    "insert on stats.cohort, stats.release, stats.artefact to stats_producer",
    "execute on function stats.spend(text, text, text, numeric) to stats_producer",
    "select on stats.statistics_fact to stats_producer",
    "select on stats.release, stats.artefact to stats_reader",
)


def upgrade() -> None:
    _tables()
    op.execute(SPEND)
    op.execute("revoke all on function stats.spend(text, text, text, numeric) from public")
    for table in TABLES:
        op.execute(
            f"create trigger only_grows before update or delete or truncate on stats.{table}"
            " for each statement execute function refuse_change()"
        )
    for table, columns in COUNTED.items():
        op.execute(f"grant select ({columns}) on {table} to facts")
        op.execute(f"create policy counted on {table} for select to facts using (true)")
    # This policy looks at referrals, which the counting role has no business with.
    op.execute("alter policy seen on survivor to app_rw")
    op.execute(VIEW)
    op.execute("grant create on schema stats to facts")
    op.execute("alter view stats.statistics_fact owner to facts")
    op.execute("revoke create on schema stats from facts")
    for grant in GRANTS:
        op.execute(f"grant {grant}")
    # Whoever changes the schema also runs `dayaq release`; the service's login never may.
    op.execute("reset role")
    op.execute("grant stats_producer to current_user")
    op.execute("set local role owner")


def downgrade() -> None:
    op.execute("drop view stats.statistics_fact")
    op.execute("alter policy seen on survivor to public")
    for table, columns in COUNTED.items():
        op.execute(f"drop policy counted on {table}")
        op.execute(f"revoke select ({columns}) on {table} from facts")
    op.execute("drop function stats.spend(text, text, text, numeric)")
    for table in reversed(TABLES):
        op.drop_table(table, schema="stats")
    op.execute("revoke usage on schema stats from stats_producer, stats_reader")


def _tables() -> None:
    op.create_table(
        "cohort",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("days", postgresql.DATERANGE(), nullable=False),
        sa.Column("expected_files", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("expected_files >= 50", name=op.f("ck_cohort_large_enough")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cohort")),
        postgresql.ExcludeConstraint((sa.column("days"), "&&"), name="ex_cohort_days"),
        schema="stats",
    )
    op.create_table(
        "budget_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cohort", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.String(length=80), nullable=False),
        sa.Column("what", sa.String(length=200), nullable=False),
        sa.Column("rho", sa.Numeric(precision=12, scale=8), nullable=False),
        sa.Column("total", sa.Numeric(precision=12, scale=8), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("rho > 0", name=op.f("ck_budget_entry_costs_something")),
        sa.CheckConstraint("total <= 1.25", name=op.f("ck_budget_entry_hard_cap")),
        sa.ForeignKeyConstraint(["cohort"], ["stats.cohort.name"], name=op.f("fk_budget_entry_cohort")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_entry")),
        sa.UniqueConstraint("cohort", "number", name=op.f("uq_budget_entry_cohort_number")),
        sa.UniqueConstraint("request_id", name=op.f("uq_budget_entry_request_id")),
        schema="stats",
    )
    op.create_table(
        "release",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cohort", sa.String(length=40), nullable=False),
        sa.Column("budget_entry_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("snapshot_at", MOMENT, nullable=False),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.Column("config_sha256", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["cohort"], ["stats.cohort.name"], name=op.f("fk_release_cohort")),
        sa.ForeignKeyConstraint(
            ["budget_entry_id"], ["stats.budget_entry.id"], name=op.f("fk_release_budget_entry_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
        sa.UniqueConstraint("budget_entry_id", name=op.f("uq_release_budget_entry_id")),
        schema="stats",
    )
    op.create_index(op.f("ix_release_cohort"), "release", ["cohort"], schema="stats")
    op.create_table(
        "artefact",
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["stats.release.id"], name=op.f("fk_artefact_release_id")),
        sa.PrimaryKeyConstraint("release_id", "name", name=op.f("pk_artefact")),
        schema="stats",
    )
