"""Releases of several kinds; what was done for people may be counted, at most a few cells a file and year.

Kind: expand
Safe with the release before this one: yes, new columns have a value or may be empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "care_statistics"
down_revision = "visit_reminders"
branch_labels = None
depends_on = None

KIND = sa.String(length=40)
STAFF = "(select nullif(current_setting('app.role', true), ''))::text in ('coordinator', 'auditor')"
SAID = ("kind", "cohort", "first_day", "last_day", "expected_files", "publication_on", "created_by_id")
DRAWN = ("budget_entry_id", "snapshot_at", "config_sha256", "sha256")

# What the function reads, column by column: no name, no contact, no free text, nothing of the compartment.
COUNTED = {
    "referral": "id, survivor_id, status, service_codes, given_codes, sent_at, answered_at, started_at, ended_at",
    "case_file": "id, survivor_id, closed_at",
    "facility_stay": "case_id, admitted_on, in_error",
    "care_plan": "id, case_id, status, approved_at",
    "care_goal": "plan_id, goal_id, pillar_code",
    "care_review": "id, reviewed_on",
    "care_progress": "review_id, goal_id, progress_code",
    "milestone": "id, case_id, definition_code",
    "milestone_change": "milestone_id, target, created_at",
    "enrolment": "id, survivor_id",
    "attendance": "enrolment_id, session_id, status_code",
    "programme_session": "id, programme_id, starts_at",
    "programme": "id, kind_code",
}
# Policies that said nothing of roles would be asked of the counting role too, and look at other tables.
NARROWED = {
    **dict.fromkeys(
        (
            *("referral", "case_file", "facility_stay", "care_plan", "care_goal", "care_review"),
            *("care_progress", "milestone", "milestone_change", "enrolment", "attendance"),
        ),
        ("seen",),
    ),
    "milestone": ("seen", "fact_seen"),
    "milestone_change": ("seen", "fact_seen"),
}
BANDS = ((0, 7), (8, 30), (31, 60), (61, 90), (91, 180), (181, 365), (366, 730))
BAND = " ".join(f"when days <= {last} then 'd{first}_{last}'" for first, last in BANDS)

# A row for each cell that a file stands in, without anything to tell which file. `pillar_of`: what the public
# lists say of services, programmes and milestones. Where more than three lanes speak of a file in a year, three
# of them are counted, picked by a hash, so that no lane is favoured and nothing changes from one run to the next.
CARE = f"""
create function stats.care_fact(of_year int, zone text, pillar_of jsonb)
returns table (counts text, pillar text, state text, registered_on date)
language sql stable security definer set search_path = public, pg_temp as $$
with file as (
    select s.id, s.registered_on from survivor s
    where s.registered_on <= make_date(of_year, 12, 31) and exists (
        select from consent a
        where a.survivor_id = s.id and a.purpose_code = 'anonymised_statistics' and a.withdrawn_at is null
            and a.given_on <= current_date and (a.valid_until is null or a.valid_until >= current_date))
), service as (
    select r.survivor_id as file, pillar_of -> 'service' ->> g.service as pillar
    from referral r
    cross join unnest(case when cardinality(r.given_codes) > 0 then r.given_codes else r.service_codes end)
        as g (service)
    where extract(year from r.started_at at time zone zone) = of_year
    union
    select c.survivor_id, 'emergency' from facility_stay f join case_file c on c.id = f.case_id
    where extract(year from f.admitted_on) = of_year and not f.in_error
    union
    select e.survivor_id, pillar_of -> 'programme' ->> p.kind_code
    from attendance a join enrolment e on e.id = a.enrolment_id
    join programme_session s on s.id = a.session_id join programme p on p.id = s.programme_id
    where a.status_code in ('present', 'late') and extract(year from s.starts_at at time zone zone) = of_year
), plan as (
    select distinct on (c.survivor_id) c.survivor_id as file, p.id
    from care_plan p join case_file c on c.id = p.case_id
    where p.status in ('approved', 'superseded') and extract(year from p.approved_at at time zone zone) <= of_year
        and (c.closed_at is null or extract(year from c.closed_at at time zone zone) >= of_year)
    order by c.survivor_id, p.approved_at desc, p.id
), need as (
    select p.file, g.pillar_code as pillar,
        case when bool_and(exists (
            select from care_progress x join care_review v on v.id = x.review_id
            where x.goal_id = g.goal_id and x.progress_code = 'reached' and extract(year from v.reviewed_on) <= of_year
        )) then 'met' else 'open' end as state
    from plan p join care_goal g on g.plan_id = p.id group by p.file, g.pillar_code
), reached as (
    select c.survivor_id as file, pillar_of -> 'milestone' ->> m.definition_code as pillar,
        case when bool_or(x.target = 'sustained') then 'sustained' else 'reached' end as state
    from milestone_change x join milestone m on m.id = x.milestone_id join case_file c on c.id = m.case_id
    where x.target in ('achieved', 'sustained') and extract(year from x.created_at at time zone zone) = of_year
    group by 1, 2
), asked as (
    select r.survivor_id as file, r.id, (r.sent_at at time zone zone)::date as sent,
        (coalesce(r.started_at, case when r.status in ('declined', 'expired', 'discontinued')
            then coalesce(r.ended_at, r.answered_at) end) at time zone zone)::date as settled,
        (r.ended_at at time zone zone)::date as ended, r.started_at is not null as served
    from referral r where r.sent_at is not null
), first_settled as (
    select distinct on (file) file, served, greatest(settled - sent, 0) as days
    from asked where extract(year from settled) = of_year order by file, settled, id
), wait as (
    select f.id as file, case
        when a.served then (case {BAND} else 'd731_plus' end)
        when a.file is not null then 'not_served'
        when exists (
            select from asked o where o.file = f.id and extract(year from o.sent) <= of_year
                and (o.settled is null or extract(year from o.settled) > of_year)
                and (o.ended is null or extract(year from o.ended) > of_year)
        ) then 'waiting' else 'none' end as state
    from file f left join first_settled a on a.file = f.id
), every as (
    select 'services' as counts, file, pillar, null as state from service
    union all select 'needs', file, pillar, state from need
    union all select 'milestones', file, pillar, state from reached
), numbered as (
    select e.*, row_number() over (
        partition by counts, file order by md5(file::text || pillar || of_year), pillar) as place
    from every e where pillar_of -> 'pillars' ? pillar
)
select n.counts, n.pillar, n.state, f.registered_on from numbered n join file f on f.id = n.file where place <= 3
union all
select 'waits', null, w.state, f.registered_on from wait w join file f on f.id = w.file
$$
"""
# One payment, one draw; the bulletins of a year, each of other files, share theirs.
ONE_DRAW = (
    ("uq_release_budget_entry_id", ["budget_entry_id"], "kind <> 'bulletin'"),
    ("uq_release_bulletin", ["budget_entry_id", "first_day"], "kind = 'bulletin'"),
)
SIGNATURE = "stats.care_fact(int, text, jsonb)"

# What one year may spend on questions that were asked; the rest of a file's life is the cap of the ledger.
POOL = "0.03125"
SPEND = f"""
create function stats.spend(
    asked text, about text, for_what text, cost numeric, of_kind text default 'registrations'
) returns uuid
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    latest stats.budget_entry;
    made uuid;
begin
    perform from stats.cohort where name = about for update;
    select * into latest from stats.budget_entry where cohort = about order by number desc limit 1;
    if of_kind = 'request' and cost + (
        select coalesce(sum(rho), 0) from stats.budget_entry
        where cohort = about and kind = 'request' and extract(year from created_at) = extract(year from now())
    ) > {POOL} then
        raise exception 'the pool of the year is spent' using errcode = 'check_violation';
    end if;
    insert into stats.budget_entry (id, cohort, number, request_id, kind, what, rho, total, created_at)
    values (gen_random_uuid(), about, coalesce(latest.number, 0) + 1, asked, of_kind, for_what, cost,
        coalesce(latest.total, 0) + cost, clock_timestamp())
    returning id into made;
    return made;
end $$
"""
OLD_SPEND = """
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
OLD_SPEND_SIGNATURE = "stats.spend(text, text, text, numeric)"
SPEND_SIGNATURE = "stats.spend(text, text, text, numeric, text)"


def differ(columns: tuple[str, ...]) -> str:
    """Whether one of these columns is about to change."""
    new, old = (", ".join(f"{side}.{name}" for name in columns) for side in ("new", "old"))
    return f"row({new}) is distinct from row({old})"


def keep(said: tuple[str, ...]) -> str:
    """The trigger function: what was said, and what was drawn, stays."""
    return f"""
create or replace function stats.keep_what_was_drawn() returns trigger language plpgsql as $$
begin
    if {differ(said)} or (old.sha256 is not null and {differ(DRAWN)}) then
        raise exception 'what was drawn never changes' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$
"""


def upgrade() -> None:
    op.add_column("budget_entry", sa.Column("kind", KIND, nullable=False, server_default="registrations"), schema="stats")
    op.alter_column("budget_entry", "kind", server_default=None, schema="stats")
    with op.batch_alter_table("release", schema="stats") as release:
        release.add_column(sa.Column("kind", KIND, nullable=False, server_default="registrations"))
        release.add_column(sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True))
        release.add_column(sa.Column("superseded_by_id", sa.Uuid(), nullable=True))
        release.drop_constraint("ck_release_large_enough")
        release.create_check_constraint(op.f("ck_release_large_enough"), "expected_files >= 50 or kind = 'bulletin'")
        release.create_foreign_key(
            "fk_release_superseded_by_id", "release", ["superseded_by_id"], ["id"], referent_schema="stats"
        )
    op.alter_column("release", "kind", server_default=None, schema="stats")
    _one_draft("kind")
    op.drop_constraint("uq_release_budget_entry_id", "release", schema="stats")
    for name, columns, kinds in ONE_DRAW:
        op.create_index(name, "release", columns, unique=True, schema="stats", postgresql_where=sa.text(kinds))
    op.create_table(
        "quarter",
        sa.Column("budget_entry_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "extract(day from first_day) = 1 and extract(month from first_day) in (1, 4, 7, 10)",
            name=op.f("ck_quarter_begins"),
        ),
        sa.ForeignKeyConstraint(
            ["budget_entry_id"], ["stats.budget_entry.id"], name="fk_quarter_budget_entry_id"
        ),
        sa.PrimaryKeyConstraint("budget_entry_id", "first_day", name="pk_quarter"),
        schema="stats",
    )
    op.execute(
        "create trigger only_grows before update or delete or truncate on stats.quarter"
        " for each statement execute function refuse_change()"
    )
    op.execute("grant select, insert on stats.quarter to stats_producer")
    op.execute("grant update (published_at) on stats.release to stats_producer")
    op.execute("grant update (superseded_at, superseded_by_id) on stats.release to app_rw")
    op.execute(keep(SAID))
    op.execute("alter policy published on stats.release using (status in ('published', 'superseded'))")
    _spending(OLD_SPEND_SIGNATURE, SPEND, SPEND_SIGNATURE)
    _counting()


def _counting() -> None:
    for table, columns in COUNTED.items():
        op.execute(f"grant select ({columns}) on {table} to facts")
        op.execute(f"create policy counted on {table} for select to facts using (true)")
        for policy in NARROWED.get(table, ()):
            op.execute(f"alter policy {policy} on {table} to app_rw")
    op.execute("grant usage, create on schema stats to facts")
    op.execute(CARE)
    op.execute(f"alter function {SIGNATURE} owner to facts")
    op.execute("revoke create on schema stats from facts")
    op.execute(f"revoke all on function {SIGNATURE} from public")
    op.execute(f"grant execute on function {SIGNATURE} to stats_producer")


def _spending(old: str, function: str, signature: str) -> None:
    op.execute(f"drop function {old}")
    op.execute(function)
    op.execute(f"revoke all on function {signature} from public")
    op.execute(f"grant execute on function {signature} to stats_producer")


def _one_draft(column: str) -> None:
    op.drop_index("uq_release_one_draft", table_name="release", schema="stats")
    op.create_index(
        "uq_release_one_draft",
        "release",
        [column],
        unique=True,
        schema="stats",
        postgresql_where=sa.text("status = 'draft'"),
    )


def downgrade() -> None:
    op.execute(f"drop function {SIGNATURE}")
    for table, columns in COUNTED.items():
        for policy in NARROWED.get(table, ()):
            op.execute(f"alter policy {policy} on {table} to public")
        op.execute(f"drop policy counted on {table}")
        op.execute(f"revoke select ({columns}) on {table} from facts")
    op.execute("revoke usage on schema stats from facts")
    _spending(SPEND_SIGNATURE, OLD_SPEND, OLD_SPEND_SIGNATURE)
    op.execute("alter policy published on stats.release using (status = 'published')")
    op.execute(keep(SAID[1:]))
    op.execute("revoke update (published_at) on stats.release from stats_producer")
    op.drop_table("quarter", schema="stats")
    # The schema before this one knows yearly releases of registrations alone.
    op.execute("alter table stats.artefact disable trigger only_grows")
    op.execute("alter table stats.release disable trigger only_grows")
    op.execute("update stats.release set status = 'published' where status = 'superseded'")
    op.execute("update stats.release set superseded_by_id = null")
    op.execute(
        "delete from stats.artefact using stats.release r where r.id = release_id and r.kind <> 'registrations'"
    )
    op.execute("delete from stats.release where kind <> 'registrations'")
    op.execute("alter table stats.release enable trigger only_grows")
    op.execute("alter table stats.artefact enable trigger only_grows")
    _one_draft("status")
    for name, _, _ in ONE_DRAW:
        op.drop_index(name, table_name="release", schema="stats")
    op.create_unique_constraint("uq_release_budget_entry_id", "release", ["budget_entry_id"], schema="stats")
    with op.batch_alter_table("release", schema="stats") as release:
        release.drop_constraint("fk_release_superseded_by_id", type_="foreignkey")
        release.drop_constraint("ck_release_large_enough")
        release.create_check_constraint(op.f("ck_release_large_enough"), "expected_files >= 50")
        for name in ("superseded_by_id", "superseded_at", "kind"):
            release.drop_column(name)
    op.drop_column("budget_entry", "kind", schema="stats")
