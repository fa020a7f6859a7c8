"""Programmes may be counted for the year of care: who took part, who stayed, sessions, people reached.

Kind: expand
Safe with the release before this one: yes, it calls the function of care alone.
"""

from alembic import op

revision = "programme_statistics"
down_revision = "questions"
branch_labels = None
depends_on = None

# What the function reads besides what the year of care does: days, statuses, and counts that name nobody.
COUNTED = {
    "enrolment": "programme_id, status, joined_on, ended_on",
    "programme_session": "noted_at, cancelled_at",
    "session_reach": "session_id, sex_code, age_band_code, people",
}
SIGNATURE = "stats.programme_fact(int, text)"

# `presence`: one row a file, of the programme it was at most often in the year; ties by a hash, so that no
# kind is favoured. Regular: on one of its days of the year, twice in each of the three months before it.
# `retention`: one row a file, of the first programme it joined in the year before, so that twelve months are
# over for everybody whatever the day of the snapshot. `sessions` and `reached` read no file at all.
PROGRAMMES = """
create function stats.programme_fact(of_year int, zone text)
returns table (counts text, programme text, state text, people bigint)
language sql stable security definer set search_path = public, pg_temp as $$
with file as (
    select s.id from survivor s
    where s.registered_on <= make_date(of_year, 12, 31) and exists (
        select from consent a
        where a.survivor_id = s.id and a.purpose_code = 'anonymised_statistics' and a.withdrawn_at is null
            and a.given_on <= current_date and (a.valid_until is null or a.valid_until >= current_date))
), held as (
    select s.id, p.kind_code as kind, (s.starts_at at time zone zone)::date as day, s.noted_at
    from programme_session s join programme p on p.id = s.programme_id where s.cancelled_at is null
), there as (
    select e.survivor_id as file, h.kind, h.day, h.day >= make_date(of_year, 1, 1) as in_year
    from attendance a join enrolment e on e.id = a.enrolment_id join held h on h.id = a.session_id
    where a.status_code in ('present', 'late')
        and h.day between make_date(of_year, 1, 1) - 89 and make_date(of_year, 12, 31)
), months as (
    select t.*, least(count(*) over third, count(*) over second, count(*) over first) as least_often
    from there t
    window third as (partition by file, kind order by day range between '29 days' preceding and current row),
        second as (
            partition by file, kind order by day range between '59 days' preceding and '30 days' preceding),
        first as (
            partition by file, kind order by day range between '89 days' preceding and '60 days' preceding)
), took_part as (
    select file, kind, count(*) filter (where in_year) as times,
        coalesce(bool_or(least_often >= 2) filter (where in_year), false) as regular
    from months group by file, kind
), presence as (
    select distinct on (file) file, kind,
        case when regular then 'regular' when times > 3 then 'often' else 'tried' end as state
    from took_part where times > 0 order by file, times desc, md5(file::text || kind || of_year)
), joined as (
    select distinct on (e.survivor_id) e.survivor_id as file, p.kind_code as kind, e.joined_on, e.ended_on
    from enrolment e join programme p on p.id = e.programme_id
    where e.status <> 'waiting' and extract(year from e.joined_on) = of_year - 1
    order by e.survivor_id, e.joined_on, e.id
), retention as (
    select file, kind, case
        when ended_on is null or ended_on >= (joined_on + interval '12 months')::date then 'm12_plus'
        when ended_on >= (joined_on + interval '6 months')::date then 'm6_11'
        when ended_on >= (joined_on + interval '3 months')::date then 'm3_5'
        else 'm0_2' end as state
    from joined
), in_year as (
    select id, kind from held
    where noted_at is not null and day between make_date(of_year, 1, 1) and make_date(of_year, 12, 31)
), reached as (
    select h.kind, case
        when r.sex_code not in ('female', 'male') or r.age_band_code = 'unknown' then 'unknown'
        when r.age_band_code in ('0_5', '6_11', '12_17') then
            case r.sex_code when 'female' then 'girl' else 'boy' end
        else case r.sex_code when 'female' then 'woman' else 'man' end end as state, r.people
    from session_reach r join in_year h on h.id = r.session_id
)
select 'presence', kind, state, count(*) from presence join file on file.id = presence.file group by kind, state
union all
select 'retention', kind, state, count(*) from retention join file on file.id = retention.file group by kind, state
union all
select 'sessions', kind, null, count(*) from in_year group by kind
union all
select 'reached', null, state, sum(people) from reached group by state
$$
"""


def upgrade() -> None:
    for table, columns in COUNTED.items():
        op.execute(f"grant select ({columns}) on {table} to facts")
    op.execute("create policy counted on session_reach for select to facts using (true)")
    op.execute("grant create on schema stats to facts")
    op.execute(PROGRAMMES)
    op.execute(f"alter function {SIGNATURE} owner to facts")
    op.execute("revoke create on schema stats from facts")
    op.execute(f"revoke all on function {SIGNATURE} from public")
    op.execute(f"grant execute on function {SIGNATURE} to stats_producer")


def downgrade() -> None:
    op.execute(f"drop function {SIGNATURE}")
    op.execute("drop policy counted on session_reach")
    for table, columns in COUNTED.items():
        op.execute(f"revoke select ({columns}) on {table} from facts")
