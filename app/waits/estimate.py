"""How long people wait, from those who have waited and those who wait still: Kaplan and Meier, in SQL.

A median of those who were served is too short: it leaves out who has waited longest. The estimate of Kaplan
and Meier (1958) lets each person count for as long as they were seen to wait. Who still waits, left, moved
away or died is *censored* on that day: it was longer than that, and by how much nobody knows. The estimate
answers how long it takes those who stay; it supposes that who left would have waited like the others.

A quartile is the first length at which so many are through that the share still waiting is at most 75, 50 or
25 %. Where the curve never falls so low it is unknown, and not 0. The limits of the median are those of
Brookmeyer and Crowley (1982) on the log(-log) scale with Greenwood's variance: 95 of 100 such intervals hold
the true median. Where everybody is through, the upper limit of the curve is unknown.
"""

from app.waits.stages import Unit

WIDTH = 1.959963984540054  # so many deviations to each side hold 95 % of a normal distribution
HAIR = 1e-9  # what a product of shares may be off by, counted in floating point
CLOSED = "case when c.status in ('closed', 'transferred') then (c.closed_at at time zone :zone)::date end"
GONE = f"least(w.gone, s.died_on, {CLOSED})"
LENGTHS = {
    Unit.DAYS: ("w.began", GONE, f"coalesce(w.ended, {GONE}, :today) - w.began"),
    # An emergency of which nothing more is known is over, and nobody waits in it.
    Unit.MINUTES: (
        "(w.began at time zone :zone)::date",
        "w.gone",
        "floor(extract(epoch from coalesce(w.ended, w.gone) - w.began) / 60)::int",
    ),
}
"""For each unit: the day on which a wait began, when somebody left, how long the wait was."""
WAITS = """
wait (case_id, began, ended, gone) as ({rows}),
known as (
    select c.team_id, s.district_code, {began_on} as began_on, {length} as length,
        w.ended is not null as is_over, w.ended is null and {gone} is null as goes_on
    from wait w join case_file c on c.id = w.case_id join survivor s on s.id = c.survivor_id
),
one as (
    select team_id, coalesce(district_code, 'unknown') as district_code,
        coalesce(to_char(began_on, 'YYYY'), 'unknown') as year,
        coalesce(to_char(began_on, 'YYYY-"Q"Q'), 'unknown') as quarter,
        case when length >= 0 then length end as length, is_over, goes_on
    from known
)"""
"""One row for each wait: its groups, how long it was, whether it is over or goes on.

A length below 0 is a contradiction, or what was reached before the case began: unknown, as without a day.
"""
GROUP = "team_id, district_code, period"
CURVES = f"""
cell as (
    select {GROUP.replace("period", "coalesce(year, quarter) as period")}, length,
        count(length) as people, count(length) filter (where is_over) as events,
        count(length) filter (where goes_on) as going_on, count(*) - count(length) as unknown
    from one
    group by length, grouping sets (
        (), (district_code), (year), (quarter), (district_code, year),
        (team_id), (team_id, district_code), (team_id, year), (team_id, quarter))
),
exposed as (
    select *, sum(people) over (partition by {GROUP} order by length desc nulls last) as at_risk from cell
),
curve as (
    select *, exp(sum(case when events = 0 then 0 when events < at_risk
            then ln(1 - events / at_risk::float8) else '-infinity' end) over until_then) as share,
        sum(case when events < at_risk
            then events / (at_risk::float8 * (at_risk - events)) end) over until_then as greenwood
    from exposed window until_then as (partition by {GROUP} order by length)
),
banded as (
    select *, case when share in (0, 1) then share
            else exp(ln(share) * exp({WIDTH} * sqrt(greenwood) / -ln(share))) end as low,
        case when share = 1 then 1 when share > 0
            then exp(ln(share) * exp({WIDTH} * sqrt(greenwood) / ln(share))) end as high
    from curve
)
select {GROUP}, sum(people)::int as counted, sum(events)::int as reached,
    sum(going_on)::int as still_waiting, sum(people - events - going_on)::int as left_early,
    sum(unknown)::int as unknown,
    min(length) filter (where share <= {0.75 + HAIR}) as lower_quartile,
    min(length) filter (where share <= {0.5 + HAIR}) as median,
    min(length) filter (where share <= {0.25 + HAIR}) as upper_quartile,
    min(length) filter (where low <= {0.5 + HAIR}) as median_least,
    min(length) filter (where high <= {0.5 + HAIR}) as median_most
from banded group by {GROUP}"""
"""From `one`: a line for each group, where null stands for all. The whole estimate, and nothing leaves it."""


def statement(rows: str, unit: Unit) -> str:
    """What estimates every group of the stage that has these rows."""
    began_on, gone, length = LENGTHS[unit]
    return f"with {WAITS.format(rows=rows, began_on=began_on, gone=gone, length=length)},{CURVES}"
