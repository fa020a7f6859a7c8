"""A year of care is counted in the database: a row a cell, and no more a row a file.

Kind: expand
Safe with the release before this one: yes, it calls stats.care_fact, which stays for it.
"""

from alembic import op

revision = "care_counted"
down_revision = "invented_people"
branch_labels = None
depends_on = None

BANDS = ((0, 7), (8, 30), (31, 60), (61, 90), (91, 180), (181, 365), (366, 730))
BAND = " ".join(f"when days <= {last} then 'd{first}_{last}'" for first, last in BANDS)
MEMORY = "64MB"  # to sort and join a million files, in the one job that runs at night
BEGUN, OVER = (f"(make_date(of_year + {n}, 1, 1)::timestamp at time zone zone)" for n in (0, 1))

# The cells of stats.care_fact, counted; a test compares the two. The lanes of a file are the bits of a number,
# so that files alike in all of it are counted together; only where a file stands in more than three lanes of a
# table are three of them picked, by the hash that care_fact goes by. `more`: sustained, not only reached; a
# need that is open, not met.
COUNTED = f"""
create function stats.care_counted(of_year int, zone text, pillar_of jsonb)
returns table (counts text, pillar text, state text, files bigint)
language sql stable security definer set search_path = public, pg_temp set work_mem = '{MEMORY}' as $$
with file as (
    select s.id from survivor s
    where s.registered_on <= make_date(of_year, 12, 31) and exists (
        select from consent a
        where a.survivor_id = s.id and a.purpose_code = 'anonymised_statistics' and a.withdrawn_at is null
            and a.given_on <= (select current_date)
            and (a.valid_until is null or a.valid_until >= (select current_date)))
), pillar as (
    select code, place::int - 1 as place from jsonb_array_elements_text(pillar_of -> 'pillars')
        with ordinality as p (code, place)
), bit as materialized (
    select of, jsonb_object_agg(l.key, 1 << p.place) as bits
    from jsonb_each(pillar_of - 'pillars') as o (of, lanes) cross join jsonb_each_text(o.lanes) l
    join pillar p on p.code = l.value group by of
), plan as (
    select distinct on (c.survivor_id) c.survivor_id as file, p.id
    from care_plan p join case_file c on c.id = p.case_id
    where p.status in ('approved', 'superseded') and p.approved_at < {OVER}
        and (c.closed_at is null or c.closed_at >= {BEGUN})
    order by c.survivor_id, p.approved_at desc, p.id
), asked as materialized (
    select r.survivor_id as file, r.id, (r.sent_at at time zone zone)::date as sent,
        (coalesce(r.started_at, case when r.status in ('declined', 'expired', 'discontinued')
            then coalesce(r.ended_at, r.answered_at) end) at time zone zone)::date as settled,
        (r.ended_at at time zone zone)::date as ended, r.started_at is not null as served
    from referral r where r.sent_at is not null
), first_settled as materialized (
    select distinct on (file) file, served, greatest(settled - sent, 0) as days
    from asked where extract(year from settled) = of_year order by file, settled, id
), mark (file, service, need, open, reached, sustained, wait) as (
    select r.survivor_id, ((select bits from bit where of = 'service') ->> g.service)::int, 0, 0, 0, 0, null
    from referral r
    cross join unnest(case when cardinality(r.given_codes) > 0 then r.given_codes else r.service_codes end)
        as g (service)
    where r.started_at >= {BEGUN} and r.started_at < {OVER}
    union all
    select c.survivor_id, 1 << p.place, 0, 0, 0, 0, null
    from facility_stay f join case_file c on c.id = f.case_id join pillar p on p.code = 'emergency'
    where extract(year from f.admitted_on) = of_year and not f.in_error
    union all
    select e.survivor_id, ((select bits from bit where of = 'programme') ->> there.kind_code)::int, 0, 0, 0, 0, null
    from (
        select distinct a.enrolment_id, p.kind_code
        from attendance a join programme_session s on s.id = a.session_id
        join programme p on p.id = s.programme_id
        where a.status_code in ('present', 'late') and s.starts_at >= {BEGUN} and s.starts_at < {OVER}
    ) there join enrolment e on e.id = there.enrolment_id
    union all
    select p.file, 0, 1 << l.place, case when exists (
            select from care_progress x join care_review v on v.id = x.review_id
            where x.goal_id = g.goal_id and x.progress_code = 'reached'
                and extract(year from v.reviewed_on) <= of_year
        ) then 0 else 1 << l.place end, 0, 0, null
    from plan p join care_goal g on g.plan_id = p.id join pillar l on l.code = g.pillar_code
    union all
    select c.survivor_id, 0, 0, 0, l.bit, case x.target when 'sustained' then l.bit else 0 end, null
    from milestone_change x join milestone m on m.id = x.milestone_id join case_file c on c.id = m.case_id
    cross join lateral (
        select ((select bits from bit where of = 'milestone') ->> m.definition_code)::int as bit) l
    where x.target in ('achieved', 'sustained') and x.created_at >= {BEGUN} and x.created_at < {OVER}
    union all
    select file, 0, 0, 0, 0, 0, case when served then (case {BAND} else 'd731_plus' end) else 'not_served' end
    from first_settled
    union all
    select o.file, 0, 0, 0, 0, 0, 'waiting' from asked o
    where extract(year from o.sent) <= of_year and (o.settled is null or extract(year from o.settled) > of_year)
        and (o.ended is null or extract(year from o.ended) > of_year)
        and not exists (select from first_settled a where a.file = o.file)
), marked as (
    select file, bit_or(service) as service, bit_or(need) as need, bit_or(open) as open,
        bit_or(reached) as reached, bit_or(sustained) as sustained, max(wait) as wait
    from mark group by file
), alike as materialized (
    select m.service, m.need, m.open, m.reached, m.sustained, coalesce(m.wait, 'none') as wait, count(*) as files,
        case when greatest(
            bit_count(m.service::bit(32)), bit_count(m.need::bit(32)), bit_count(m.reached::bit(32))) > 3
        then file.id end as picked
    from file left join marked m on m.file = file.id group by 1, 2, 3, 4, 5, 6, 8
), held (counts, picked, lanes, more, files) as (
    select 'services', picked, service, null, files from alike
    union all select 'needs', picked, need, open, files from alike
    union all select 'milestones', picked, reached, sustained, files from alike
)
select h.counts, p.code, case h.counts
        when 'needs' then case when h.more & (1 << p.place) = 0 then 'met' else 'open' end
        when 'milestones' then case when h.more & (1 << p.place) = 0 then 'reached' else 'sustained' end
    end, sum(h.files)::bigint
from held h join pillar p on h.lanes & (1 << p.place) <> 0
where bit_count(h.lanes::bit(32)) <= 3 or p.code in (
    select q.code from pillar q where h.lanes & (1 << q.place) <> 0
    order by md5(h.picked::text || q.code || of_year), q.code limit 3)
group by 1, 2, 3
union all
select 'waits', null, wait, sum(files)::bigint from alike group by wait
$$
"""
SIGNATURE = "stats.care_counted(int, text, jsonb)"


def upgrade() -> None:
    op.execute("grant create on schema stats to facts")
    op.execute(COUNTED)
    op.execute(f"alter function {SIGNATURE} owner to facts")
    op.execute("revoke create on schema stats from facts")
    op.execute(f"revoke all on function {SIGNATURE} from public")
    op.execute(f"grant execute on function {SIGNATURE} to stats_producer")


def downgrade() -> None:
    op.execute(f"drop function {SIGNATURE}")
