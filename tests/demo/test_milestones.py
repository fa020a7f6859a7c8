"""Milestones of the demo: confirmed by whom the catalogue names, and shown by records that are there."""

from itertools import pairwise

from sqlmodel import Session, col, select

from app.accounts.models import Membership
from app.core.db import Record
from app.milestones import rules as milestones
from app.milestones.catalogue import definitions
from app.milestones.models import Milestone, MilestoneChange
from app.participants.models import Enrolment
from app.programmes.models import Session as ProgrammeSession
from app.rehabilitation.models import DeviceOrder
from app.reintegration.models import FollowUp, ReintegrationRecord
from tests.demo.test_histories import all_of, by


def test_milestones_are_confirmed_by_a_second_person_whom_the_catalogue_names(session: Session) -> None:
    roles = {member.user_id: member.role for member in all_of(session, Membership).values()}
    changes = by(session.exec(select(MilestoneChange)), "milestone_id")
    confirmed = 0
    for one in all_of(session, Milestone).values():
        reached = one.status in milestones.REACHED
        achieved = [c.happened_on for c in changes[one.id] if c.action in ("achieve", "reach")]
        assert one.reached_on == (achieved[-1] if reached else None)
        settled = [c.happened_on for c in changes[one.id] if c.target in milestones.SETTLED]
        assert one.settled_on == (settled[-1] if settled else None)
        assert settled == sorted(settled)
        for before, after in pairwise(changes[one.id]):
            if after.action in ("sustain", "stay"):
                assert (after.happened_on - before.happened_on).days >= milestones.HALF_A_YEAR
        assert one.recorded_by_id == changes[one.id][-1].by_id
        assert one.definition_code in definitions()
        if one.verified_by_id:
            assert reached
            assert one.verified_by_id != one.recorded_by_id
            assert roles[one.verified_by_id] in definitions()[one.definition_code].who_may_verify
            assert one.verified_at >= changes[one.id][-1].created_at
            confirmed += 1
    assert confirmed > 100


FACTS: dict[str, type[Record]] = {
    "device_order": DeviceOrder,
    "reintegration_record": ReintegrationRecord,
    "follow_up": FollowUp,
    "enrolment": Enrolment,
    "attendance": ProgrammeSession,
}


def test_what_a_record_shows_is_shown_by_a_record_of_that_case_and_day(session: Session) -> None:
    cases_of = {one.id: one for one in all_of(session, Milestone).values()}
    there = {code: all_of(session, kind) for code, kind in FACTS.items()}
    seen = set()
    for change in session.exec(select(MilestoneChange).where(col(MilestoneChange.fact_code).is_not(None))):
        one, code = cases_of[change.milestone_id], change.fact_code or ""
        record = there[code][change.fact_id]
        assert code in definitions()[one.definition_code].facts
        assert code == "attendance" or record.case_id == one.case_id
        if code == "reintegration_record":
            assert record.begun_on == change.happened_on
        if code == "follow_up":
            assert (record.result_code, record.checked_on) == ("sustained", change.happened_on)
        seen.add(code)
    assert seen == set(FACTS)
