"""Every record of the demo came to where it stands by moves that the service allows."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
from sqlmodel import Session, col, select

from app.access.table import Role
from app.accounts.models import Membership
from app.appointments.models import Appointment, AppointmentMove
from app.appointments.states import APPOINTMENT
from app.appointments.states import Action as Booking
from app.assessments import rules as assessments
from app.assessments import scoring
from app.assessments.instrument import NEEDS, instruments
from app.assessments.models import Assessment
from app.careplans.models import CarePlan, Goal
from app.careplans.states import Status as PlanStatus
from app.cases import rules as cases
from app.cases.models import Approval, Case, CaseAssignment, CaseMove, Note, Task
from app.cases.states import CASE, OPEN
from app.cases.states import Action as CaseAction
from app.cases.states import Party as CaseParty
from app.cases.states import Status as CaseStatus
from app.core import clock, vault
from app.core.db import Record
from app.core.states import StateTable
from app.milestones.models import Milestone, MilestoneChange
from app.milestones.states import MILESTONE
from app.notifications.models import Notification
from app.organisations.models import ServiceOffer
from app.psychosocial.models import CompartmentKey, Screening
from app.psychosocial.schemas import opened
from app.referrals import rules as referrals
from app.referrals.models import Referral, ReferralMove
from app.referrals.states import LIVE, REFERRAL, Party, Status
from app.rehabilitation.models import DeviceOrder, DeviceStage
from app.rehabilitation.states import DEVICE_ORDER
from app.risks.models import RiskFlag
from app.risks.states import Status as RiskStatus
from app.survivors.models import Consent, PersonKey, Survivor
from app.survivors.rules import REGISTRATION
from tests.demo.conftest import Loaded


def all_of(session: Session, kind: type[Any]) -> dict[Any, Any]:
    found = {record.id: record for record in session.exec(select(kind))}
    assert found, kind
    return found


def by(records: Iterable[Any], name: str) -> dict[Any, list[Any]]:
    """Records of one parent, in the order of their making."""
    found: dict[Any, list[Any]] = defaultdict(list)
    for record in records:
        found[getattr(record, name)].append(record)
    for group in found.values():
        group.sort(key=lambda record: record.created_at)
    return found


HISTORIES = [
    pytest.param(CASE, Case, CaseMove, "case_id", id="case"),
    pytest.param(MILESTONE, Milestone, MilestoneChange, "milestone_id", id="milestone"),
    pytest.param(REFERRAL, Referral, ReferralMove, "referral_id", id="referral"),
    pytest.param(DEVICE_ORDER, DeviceOrder, DeviceStage, "device_order_id", id="device_order"),
]


@pytest.mark.parametrize(("table", "kind", "move", "parent"), HISTORIES)
def test_every_status_was_reached_by_rows_of_the_state_table(
    session: Session, table: StateTable[Any, Any, Any], kind: type[Any], move: type[Any], parent: str
) -> None:
    records, moves = all_of(session, kind), by(session.exec(select(move)), parent)
    rows = {(row.source, row.action, row.target) for row in table.moves}

    assert set(moves) == set(records)
    for record_id, history in moves.items():
        first, *rest = history
        assert (first.action, first.source, first.target) == (None, None, table.start)
        for before, after in zip(history, rest, strict=False):
            assert (before.target, after.action, after.target) in rows
            assert after.source == before.target
            assert after.created_at > before.created_at
        assert history[-1].target == records[record_id].status
        assert first.created_at == records[record_id].created_at


@pytest.mark.parametrize(("table", "kind", "move", "parent"), HISTORIES)
def test_every_status_and_every_action_occurs(
    session: Session, table: StateTable[Any, Any, Any], kind: type[Any], move: type[Any], parent: str
) -> None:
    targets = {row.target for row in table.moves} | {table.start}

    assert {record.status for record in all_of(session, kind).values()} == targets
    assert {row.action for row in session.exec(select(move))} == {row.action for row in table.moves} | {None}


def test_each_move_was_made_by_somebody_of_its_side(session: Session) -> None:
    members = {member.user_id: member for member in all_of(session, Membership).values()}
    sides = {(row.source, row.action): row.by for row in REFERRAL.moves}
    seen = set()
    for move in all_of(session, ReferralMove).values():
        side = sides[move.source, move.action] if move.action else Party.SENDER
        seen.add(side)
        if side is Party.SYSTEM:
            assert move.by_id is None
        elif side is Party.RECEIVER:
            assert members[move.by_id].facility_id == move.to_facility_id
        else:
            assert members[move.by_id].team_id == move.team_id
    assert seen == set(Party)
    for case_move in all_of(session, CaseMove).values():
        assert members[case_move.by_id].team_id == case_move.team_id


def test_owners_are_caseworkers_of_their_team_and_each_case_was_given_to_its_owner(session: Session) -> None:
    members = {member.user_id: member for member in all_of(session, Membership).values()}
    given = by(session.exec(select(CaseAssignment)), "case_id")
    for case in all_of(session, Case).values():
        owner = members[case.owner_id]
        assert (owner.role, owner.team_id, owner.organisation_id) == (
            *(Role.CASEWORKER, case.team_id, case.organisation_id),
        )
        assert given[case.id][-1].given_to_id == case.owner_id
        assert given[case.id][0].created_at == case.created_at
    assert any(len(history) > 1 for history in given.values())


def test_nobody_has_two_open_cases_and_everybody_has_one_case(session: Session) -> None:
    of_person = by(session.exec(select(Case)), "survivor_id")

    assert set(of_person) == set(all_of(session, Survivor))
    assert all(len(found) == 1 for found in of_person.values())


def test_work_goes_on_only_with_consent_and_plans_only_after_a_needs_assessment(session: Session) -> None:
    agreed = {
        consent.survivor_id: consent
        for consent in session.exec(select(Consent).where(Consent.purpose_code == REGISTRATION))
    }
    asked = by(session.exec(select(Assessment).where(Assessment.instrument_code == NEEDS)), "case_id")
    moves = by(session.exec(select(CaseMove)), "case_id")
    people = all_of(session, Survivor)
    planned = 0
    for case in all_of(session, Case).values():
        consent = agreed.get(case.survivor_id)
        assert consent or people[case.survivor_id].life_saving_reason
        needs = [one.assessed_on for one in asked.get(case.id, [])]
        assert case.needs_assessed_on == max(needs, default=None)
        for move in moves[case.id]:
            if move.action in cases.CONSENTED:
                assert consent
                assert consent.created_at <= move.created_at
                assert consent.withdrawn_at is None
            if move.action is CaseAction.PLAN:
                assert min(needs) <= clock.day_of(move.created_at)
                planned += 1
    assert planned > 100


def test_each_plan_and_each_end_used_up_somebody_elses_yes(session: Session) -> None:
    approvals = by(session.exec(select(Approval)), "case_id")
    kinds = {CaseAction.IMPLEMENT: cases.PLAN} | dict.fromkeys(
        (CaseAction.CLOSE, CaseAction.TRANSFER), cases.CLOSURE
    )
    used = 0
    for case_id, moves in by(session.exec(select(CaseMove)), "case_id").items():
        asked = approvals.get(case_id, [])
        for before, move in pairwise(moves):
            if move.action not in kinds:
                continue
            (yes,) = [one for one in asked if one.used_at == move.created_at]
            assert (yes.kind_code, yes.approved, yes.reason_code) == (
                kinds[move.action],
                True,
                move.reason_code,
            )
            assert before.created_at <= yes.created_at <= yes.decided_at <= move.created_at
            assert yes.decided_by_id not in (yes.asked_by_id, move.by_id)
            used += 1
    everything = [one for group in approvals.values() for one in group]
    assert used == sum(one.used_at is not None for one in everything) > 100
    assert any(one.approved is False for one in everything)
    assert any(one.approved is None for one in everything)


def test_ended_cases_say_why_and_have_nothing_left_to_do(session: Session) -> None:
    tasks, sent = (by(session.exec(select(kind)), "case_id") for kind in (Task, Referral))
    for case in all_of(session, Case).values():
        ended = case.status not in OPEN
        assert (case.closed_at is not None) == (case.closure_reason_code is not None) == ended
        assert (case.wakes_on is not None) == (case.status == "dormant")
        if ended:
            assert all(task.done_at for task in tasks.get(case.id, []))
            assert not any(one.status in LIVE | {Status.DRAFT} for one in sent.get(case.id, []))


def test_a_referral_keeps_the_moments_of_its_moves(session: Session) -> None:
    moves = by(session.exec(select(ReferralMove)), "referral_id")
    stamps = {(row.source, row.action): row.stamps for row in REFERRAL.moves if row.stamps}
    for referral in all_of(session, Referral).values():
        expected: dict[str, datetime | None] = dict.fromkeys(set(stamps.values()))
        for move in moves[referral.id]:
            if stamp := stamps.get((move.source, move.action)):
                expected[stamp] = move.created_at
        assert {name: getattr(referral, name) for name in expected} == expected
        assert referral.version == len(moves[referral.id])
        if referral.sent_at:
            assert referral.answer_by == referrals.answer_by(referral.sent_at, referral.priority_code)
        else:
            assert referral.answer_by is None
        if referral.status is Status.EXPIRED:
            assert referral.ended_at > referral.answer_by


def test_each_letter_was_sent_on_consent_to_share_just_that_with_just_them(session: Session) -> None:
    consents = all_of(session, Consent)
    today = clock.today()
    for referral in all_of(session, Referral).values():
        if not referral.sent_at:
            assert referral.consent_id is None
            continue
        consent = consents[referral.consent_id]
        before = consent.model_copy(update={"withdrawn_at": None})
        assert referrals.need_consent(before, referral, clock.day_of(referral.sent_at))
        assert consent.created_at <= referral.sent_at
        assert (consent.withdrawn_at is not None) == (referral.status is Status.REVOKED)
        if referral.status is Status.REVOKED:
            assert consent.withdrawn_at == referral.ended_at
        if referral.status in LIVE:
            assert referrals.is_live(consent, referral, today)


def test_facilities_are_asked_for_what_they_offer(session: Session) -> None:
    offers = {(one.facility_id, one.service_code) for one in all_of(session, ServiceOffer).values()}
    for referral in all_of(session, Referral).values():
        assert {(referral.to_facility_id, service) for service in referral.service_codes} <= offers
        assert len(set(referral.service_codes)) == len(referral.service_codes)


def test_what_a_letter_says_fits_where_it_stands(session: Session) -> None:
    now = clock.now()
    for one in all_of(session, Referral).values():
        assert (one.decline_reason_code is not None) == (one.status is Status.DECLINED)
        assert (one.outcome_code is not None) == (one.status is Status.COMPLETED)
        assert (one.counter_referral is not None) == (one.status is Status.COMPLETED)
        assert (one.end_reason_code is not None) == (one.status in {Status.CANCELLED, Status.DISCONTINUED})
        assert one.suggested_facility_id != one.to_facility_id
        assert vault.read_envelope("referral", "reason", one.id, one.reason)
        if one.scheduled_for:
            referrals.need_later(one, one.scheduled_for)
        if one.status is Status.SCHEDULED:
            assert one.scheduled_for > now
        if one.status is Status.WAITLISTED:
            assert one.expected_on


def test_sealed_words_open_with_the_persons_own_key(session: Session) -> None:
    keys = {key.id: vault.open_key(key.wrapped) for key in session.exec(select(PersonKey))}
    person = {case.id: case.survivor_id for case in all_of(session, Case).values()}
    cases_of = {one.id: one.case_id for one in all_of(session, Milestone).values()}
    for table, column, kind in (
        ("note", "text", Note),
        ("task", "text", Task),
        ("milestone", "evidence", Milestone),
    ):
        sealed = [one for one in all_of(session, kind).values() if getattr(one, column)]
        assert len(sealed) > 50
        for one in sealed:
            assert keys[person[one.case_id]].read(table, column, one.id, getattr(one, column))
    for change in session.exec(select(MilestoneChange).where(col(MilestoneChange.evidence).is_not(None))):
        box = keys[person[cases_of[change.milestone_id]]]
        assert box.read("milestone_change", "evidence", change.id, change.evidence or b"")


def test_results_are_what_the_algorithm_makes_of_the_answers(session: Session) -> None:
    results = set()
    for one in all_of(session, Assessment).values():
        asked = instruments()[one.instrument_code]
        assessments.check_answers(asked, one.answers)
        main, *others = scoring.scores(asked, one.answers)
        assert (one.instrument_version, one.algorithm) == (asked.version, main.algorithm)
        assert (one.result, one.score) == (main.result, main.value)
        assert one.scores == scoring.kept([main, *others])
        results.add((one.instrument_code, one.result))
    assert {("wg_ss", "yes"), ("wg_ss", "no"), ("needs", "yes")} <= results


def test_an_appointment_came_to_where_it_stands_by_its_table_and_each_missed_one_was_tried_again(
    session: Session,
) -> None:
    ones, tasks = all_of(session, Appointment), by(all_of(session, Task).values(), "about")
    ways = by(all_of(session, AppointmentMove).values(), "appointment_id")

    for key, one in ones.items():
        first, *later = ways[key]
        assert (first.action, first.target) == (None, APPOINTMENT.start)
        for before, step in pairwise([first, *later]):
            row = APPOINTMENT.find(before.target, step.action, [CaseParty.OWNER])
            assert (step.source, step.target) == (before.target, row.target)
            assert step.action not in (Booking.KEEP, Booking.MISS) or step.starts_at <= step.created_at
        assert (one.status, one.starts_at) == (ways[key][-1].target, ways[key][-1].starts_at)
        assert one.version == len(ways[key])
        for missed in (step for step in later if step.action is Booking.MISS):
            (task,) = tasks[missed.id]
            assert (task.kind_code, task.outcome_code) == ("missed_visit", "done")
    assert {step.action for way in ways.values() for step in way} == {None, *Booking}
    assert any(one.status is APPOINTMENT.start and one.starts_at > clock.now() for one in ones.values())


def test_there_is_an_amputee_football_group(demo: Loaded) -> None:
    players = (
        "select count(*) from milestone m where definition_code = '{}'"
        " and status in ('achieved', 'sustained') and exists (select from referral r"
        " where r.case_id = m.case_id and 'amputee_football' = any (service_codes)"
        " and r.status in ('in_progress', 'completed'))"
        " and exists (select from case_file f join consent c using (survivor_id)"
        " where f.id = m.case_id and c.purpose_code = 'sport')"
    )

    assert demo.one(players.format("sport_join")) >= 14  # two teams of seven
    assert demo.one(players.format("sport_regular")) > 0
    assert demo.one(players.format("sport_compete")) > 0


def test_nothing_has_happened_yet_that_is_still_to_come(session: Session) -> None:
    now = clock.now()
    kinds: list[type[Record]] = [
        *(Survivor, Consent, Case, CaseMove, CaseAssignment, Approval, Note, Task, Assessment, Milestone),
        *(MilestoneChange, Referral, ReferralMove, Notification),
    ]
    for kind in kinds:
        for one in all_of(session, kind).values():
            assert one.created_at <= now
            assert one.id.version == 7
            assert one.id.int >> 80 == int(one.created_at.timestamp() * 1000)


def test_some_tasks_are_overdue_some_are_due_and_none_was_done_before_it_was_set(demo: Loaded) -> None:
    to_do = "select count(*) from task where done_at is null"

    assert demo.one(f"{to_do} and due_on < today()") > 5
    assert demo.one(f"{to_do} and due_on >= today()") > 20
    assert demo.one("select count(*) from task where done_at < created_at") == 0
    assert demo.one("select count(*) from task where done_at is not null and outcome_code is null") == 0


def test_a_flag_of_risk_has_its_task_and_is_closed_by_what_was_done(session: Session) -> None:
    flags, cases = all_of(session, RiskFlag), all_of(session, Case)
    tasks = {task.about: task for task in all_of(session, Task).values() if task.kind_code == "risk_flag"}
    assert len(flags) >= 5
    assert set(tasks) == set(flags)
    for flag in flags.values():
        task, closed = tasks[flag.id], flag.status is RiskStatus.CLOSED
        assert (task.due_on, task.done_at, task.done_by_id) == (
            *(flag.due_on, flag.closed_at, flag.closed_by_id),
        )
        assert closed is (flag.done is not None) is (flag.action_code is not None)
        assert closed or cases[flag.case_id].status in OPEN - {CaseStatus.DORMANT}


def test_what_a_counsellor_asked_opens_with_the_compartments_key_alone(session: Session) -> None:
    keys = {key.id: vault.open_key(key.wrapped) for key in session.exec(select(CompartmentKey))}
    person = {case.id: case.survivor_id for case in all_of(session, Case).values()}
    flagged = {flag.source_id for flag in all_of(session, RiskFlag).values() if flag.source_id}
    found = all_of(session, Screening)
    assert len(found) >= 5
    for one in found.values():
        box = keys[person[one.case_id]]
        answers = opened(one, "answers", box)
        asked = instruments()[one.instrument_code]
        assessments.check_answers(asked, answers)
        assert opened(one, "scores", box) == scoring.kept(scoring.scores(asked, answers))
        assert bool(assessments.alerts(asked, answers)) is (one.id in flagged)


def test_a_case_that_is_carried_out_has_a_plan_that_somebody_else_approved(session: Session) -> None:
    plans = by(all_of(session, CarePlan).values(), "case_id")
    keys = {key.id: vault.open_key(key.wrapped) for key in session.exec(select(PersonKey))}
    cases, versions = all_of(session, Case), all_of(session, CarePlan)
    assert {plan.status for plan in versions.values()} >= {PlanStatus.DRAFT, PlanStatus.APPROVED}
    for case in cases.values():
        if case.status is CaseStatus.IMPLEMENTATION:
            (plan,) = plans[case.id]
            assert plan.status is PlanStatus.APPROVED
            assert plan.approved_by_id not in (plan.submitted_by_id, case.owner_id)
    for goal in all_of(session, Goal).values():
        box = keys[cases[versions[goal.plan_id].case_id].survivor_id]
        assert box.read("care_goal", "need", goal.id, goal.need)
        assert box.read("care_goal", "aim", goal.id, goal.aim)
