"""The parts of the way whose length is measured, as a table: among whom, from when, until when.

The moments of emergency care are those of the chain of care (domain facts, 4.3: t0 to t8); the rest are the
steps of case management and of the catalogue of milestones. No stage looks into the compartment.

Every stage gives one row for each wait: its case, when it began, when it was over (`ended`), and when it
ended without what was waited for (`gone`). What is not known is null, and is never guessed: a wait without a
beginning, or an emergency without a moment, is counted as unknown and in no length.
"""

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """In what a length is told."""

    MINUTES = "minutes"
    DAYS = "days"


class By(StrEnum):
    """What the waits are told apart by, beside their stage."""

    DISTRICT = "district"
    YEAR = "year"
    QUARTER = "quarter"


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of the way. `rows`: SQL that gives case_id, began, ended, gone; moments or days."""

    code: str  # code list: wait_stage
    unit: Unit
    among: str
    until: str
    gone: str
    rows: str


def _minute(name: str) -> str:
    """A moment of an emergency, where it is known to the minute: an hour is no minute."""
    return f"case when e.{name}_precision = 'minute' then e.{name}_at end"


def _day(moment: str) -> str:
    """The day of a moment, where the programme works."""
    return f"({moment} at time zone :zone)::date"


def _milestone(*codes: str) -> str:
    """From the opening of the case to the first time that one of these was reached, set-backs or not."""
    named = ", ".join(f"'{code}'" for code in codes)
    return f"""
    select m.case_id, min(c.opened_on), min(h.happened_on) filter (where h.target = 'achieved'),
        case when bool_and(m.status in ('dropped', 'not_needed'))
            then max(h.happened_on) filter (where h.target = 'dropped') end
    from milestone m join milestone_change h on h.milestone_id = m.id join case_file c on c.id = m.case_id
    where m.definition_code in ({named}) group by m.case_id
    having bool_or(h.target = 'achieved') or bool_or(m.status <> 'not_needed')"""


NEEDS = "select case_id, min(assessed_on) as day from assessment where instrument_code = 'needs' group by 1"
DISCHARGED = f"""
    select case_id, min(day) as day from (
        select case_id, case when discharged_precision = 'day' then discharged_on end as day
        from facility_stay where not in_error and discharged_on is not null and end_code in ('home', 'left')
        union all
        select case_id, {_day("ended_at")} from emergency_episode
        where not in_error and ended_at is not null and end_code in ('discharged', 'left')
    ) discharge group by case_id"""

STAGES = (
    Stage(
        "first_aid",
        Unit.MINUTES,
        "everybody with a record of the emergency",
        "first aid begins (t0 to t2)",
        "arrival at a facility, where nobody gave first aid on the way",
        f"""
    select e.case_id, {_minute("injured")}, {_minute("aid_began")},
        case when e.first_aid = 'no' then {_minute("arrived")} end
    from emergency_episode e where not e.in_error""",
    ),
    Stage(
        "first_facility",
        Unit.MINUTES,
        "everybody with a record of the emergency",
        "arrival at the first facility (t0 to t4)",
        "death on the way",
        f"""
    select e.case_id, {_minute("injured")}, {_minute("arrived")},
        case when e.end_code = 'died' and e.arrived_at is null then {_minute("ended")} end
    from emergency_episode e where not e.in_error""",
    ),
    Stage(
        "first_surgery",
        Unit.MINUTES,
        "those who were operated on: whether anybody else needed it is not recorded",
        "the first operation begins (t0 to t6)",
        "never",
        f"""
    select e.case_id, {_minute("injured")}, {_minute("surgery_began")}, null::timestamptz
    from emergency_episode e where not e.in_error and (e.surgery_began_at is not null or exists
        (select from operation o where o.case_id = e.case_id and not o.in_error))""",
    ),
    Stage(
        "needs_assessed",
        Unit.DAYS,
        "every case",
        "the first needs assessment, from the opening of the case",
        "closing, transfer or death",
        f"""
    select c.id, c.opened_on, n.day, null::date
    from case_file c left join ({NEEDS}) n on n.case_id = c.id""",
    ),
    Stage(
        "plan_agreed",
        Unit.DAYS,
        "every case whose needs were assessed",
        "the first approval of a care plan, from the first needs assessment",
        "closing, transfer or death",
        f"""
    select n.case_id, n.day, p.day, null::date from ({NEEDS}) n left join (
        select case_id, min({_day("approved_at")}) as day from care_plan group by case_id
    ) p on p.case_id = n.case_id""",
    ),
    Stage(
        "referral_accepted",
        Unit.DAYS,
        "every referral that was sent; one sent on is another",
        "acceptance, from the sending",
        "declined, cancelled, revoked, expired; closing, transfer or death",
        f"""
    select case_id, {_day("sent_at")},
        case when status <> 'declined' then {_day("answered_at")} end,
        {_day("case when status = 'declined' then answered_at else ended_at end")}
    from referral where sent_at is not null""",
    ),
    Stage(
        "service_begun",
        Unit.DAYS,
        "every referral that was accepted",
        "the first service, from the acceptance",
        "cancelled, revoked, discontinued; closing, transfer or death",
        f"""
    select case_id, {_day("answered_at")}, {_day("started_at")}, {_day("ended_at")}
    from referral where answered_at is not null and status <> 'declined'""",
    ),
    Stage(
        "rehabilitation_begun",
        Unit.DAYS,
        "those with an amputation on file who left hospital: all of them need it",
        "the first course of therapy, from the first discharge; begun in hospital: 0",
        "closing, transfer or death",
        f"""
    select d.case_id, d.day, case when r.day is not null then greatest(r.day, d.day) end, null::date
    from ({DISCHARGED}) d join case_file c on c.id = d.case_id left join (
        select case_id, min(started_on) as day from rehabilitation_episode where not in_error group by 1
    ) r on r.case_id = d.case_id
    where exists (select from amputation a where a.survivor_id = c.survivor_id and not a.in_error)""",
    ),
    Stage(
        "prosthesis_delivered",
        Unit.DAYS,
        "every prosthesis for which somebody was assessed, the first and those after it",
        "delivery, from the assessment",
        "closed without delivery; closing of the case, transfer or death",
        """
    select o.case_id, min(s.happened_on) filter (where s.target = 'assessed'),
        min(s.happened_on) filter (where s.target = 'delivered'), min(o.ended_on)
    from device_order o join device_stage s on s.device_order_id = o.id
    where o.product_code in ('ll_prosthesis', 'ul_prosthesis') group by o.id, o.case_id
    having bool_or(s.target = 'assessed')""",
    ),
    Stage(
        "school_again",
        Unit.DAYS,
        "those on whose way it is: the milestone is set, and not as not needed",
        "back at school or study, from the opening of the case",
        "given up; closing, transfer or death",
        _milestone("edu_return"),
    ),
    Stage(
        "work_again",
        Unit.DAYS,
        "those on whose way it is: the milestone is set, and not as not needed",
        "paid work or work of one's own, from the opening of the case",
        "given up; closing, transfer or death",
        _milestone("job_wage", "self_emp"),
    ),
    Stage(
        "sport_joined",
        Unit.DAYS,
        "those on whose way it is: the milestone is set, and not as not needed",
        "joining a sport, from the opening of the case",
        "given up; closing, transfer or death",
        _milestone("sport_join"),
    ),
)
