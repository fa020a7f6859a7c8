"""The ledger keeps what the planned releases of a file's ten years cost; questions get what is beside that.

A year of questions begins and ends here, not in Greenwich. What each cohort has spent, keeps and may still be
asked can be read by who reads figures: it follows from the calendar and from what was asked, from no record.

Kind: expand
Safe with the release before this one: yes, it charges as before, and is refused what the plan needs.
"""

from alembic import op

revision = "kept_for_releases"
down_revision = "asked_by_name"
branch_labels = None
depends_on = None

CAP = "1.25"
POOL = "0.03125"
YEARS = 10
OWN, BULLETIN, CARE, REBASE = "0.25", "0.03125", "0.0403125", "0.25"
# A draw that failed is paid for and not made: what was paid a second time is not what the plan still needs.
ACCOUNT = f"""
create view stats.account with (security_barrier = true) as
select cohort, first_day, last_day, spent, kept, {CAP} as cap,
    greatest({POOL} - asked, 0) as left_this_year, greatest({CAP} - spent - kept, 0) as left_beside_the_plan
from (
    select c.name as cohort, lower(c.days) as first_day, upper(c.days) - 1 as last_day,
        coalesce(sum(e.rho), 0) as spent,
        coalesce(sum(e.rho) filter (where e.kind = 'request' and extract(year from public.day_of(e.created_at))
            = extract(year from public.today())), 0) as asked,
        case when count(*) filter (where e.kind = 'registrations') > 0 then 0 else {OWN} end
        + case when count(*) filter (where e.kind = 'bulletin') > 0 then 0 else {BULLETIN} end
        + case when count(*) filter (where e.kind = 'rebase') > 0 then 0 else {REBASE} end
        + {CARE} * greatest({YEARS} - count(distinct split_part(e.request_id, '/', 1))
            filter (where e.kind = 'care'), 0) as kept
    from stats.cohort c left join stats.budget_entry e on e.cohort = c.name group by c.name
) charged
"""
SPEND = """
create or replace function stats.spend(
    asked text, about text, for_what text, cost numeric, of_kind text default 'registrations'
) returns uuid
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    latest stats.budget_entry;
    made uuid;
begin
    perform from stats.cohort where name = about for update;
    select * into latest from stats.budget_entry where cohort = about order by number desc limit 1;
    if of_kind = 'request' and {refused} then
        raise exception '{said}' using errcode = 'check_violation';
    end if;
    insert into stats.budget_entry (id, cohort, number, request_id, kind, what, rho, total, created_at)
    values (gen_random_uuid(), about, coalesce(latest.number, 0) + 1, asked, of_kind, for_what, cost,
        coalesce(latest.total, 0) + cost, clock_timestamp())
    returning id into made;
    return made;
end $$
"""
NOW = {
    "refused": "exists (select from stats.account a where a.cohort = about"
    " and cost > least(a.left_this_year, a.left_beside_the_plan))",
    "said": "what the year or the plan leaves to questions is spent",
}
BEFORE = {
    "refused": "cost + (select coalesce(sum(rho), 0) from stats.budget_entry where cohort = about"
    f" and kind = 'request' and extract(year from created_at) = extract(year from now())) > {POOL}",
    "said": "the pool of the year is spent",
}


def upgrade() -> None:
    op.execute(ACCOUNT)
    op.execute("grant select on stats.account to app_rw, stats_reader, figures_reader, stats_producer")
    op.execute(SPEND.format(**NOW))


def downgrade() -> None:
    op.execute(SPEND.format(**BEFORE))
    op.execute("drop view stats.account")
