"""What the demo tells of late answers and of talk about referrals could have come about in the service."""

from datetime import timedelta
from itertools import pairwise
from operator import attrgetter

from sqlmodel import Session, col, select

from app.accounts.models import Membership
from app.core import clock, vault
from app.couriers.models import Webhook
from app.notifications.models import Notification
from app.organisations.calendar import ALWAYS_OPEN
from app.organisations.models import Facility
from app.referrals.ladder import Tells, due, ladder
from app.referrals.models import Escalation, Referral, ReferralMessage, ReferralMove
from app.referrals.states import LIVE, Action, Party
from tests.demo.conftest import Loaded
from tests.demo.test_histories import all_of, by

DAILY = timedelta(days=1)
COORDINATOR = "select user_id from membership where role = 'coordinator'"


def test_each_late_answer_climbed_the_ladder_step_by_step_until_it_came(session: Session) -> None:
    climbed = by(session.exec(select(Escalation)), "referral_id")
    moves = by(session.exec(select(ReferralMove)), "referral_id")
    rungs = {(rung.priority_code, rung.step): rung for rung in ladder()}
    for one in all_of(session, Referral).values():
        steps = sorted(climbed.get(one.id, []), key=attrgetter("step"))
        if one.answer_by is None:
            assert not steps
            continue
        over = moves[one.id][2].created_at if len(moves[one.id]) > 2 else clock.now()
        least = due(one.priority_code, one.answer_by, over - DAILY, (), ALWAYS_OPEN)
        assert [step.step for step in steps] == list(range(1, len(steps) + 1))
        assert len(steps) >= len(least)
        for step in steps:
            rung = rungs[one.priority_code, step.step]
            assert (step.tells, step.answer_by) == (rung.tells, one.answer_by)
            assert one.answer_by + rung.after < step.created_at < over
    assert {step.tells for steps in climbed.values() for step in steps} == set(Tells)


def test_whoever_a_step_tells_was_told(session: Session, demo: Loaded) -> None:
    told = by(session.exec(select(Notification).where(Notification.kind == "referral.escalate")), "record_id")
    managers = {one.id: one.manager_id for one in all_of(session, Facility).values()}
    coordinator = demo.one(COORDINATOR)
    for step in all_of(session, Escalation).values():
        if step.created_at > clock.now() - timedelta(days=29):
            other = coordinator if step.tells == Tells.COORDINATOR else managers[step.to_facility_id]
            hears = {one.user_id for one in told[step.referral_id] if one.created_at == step.created_at}
            assert other in hears
            assert len(hears) == 2


def test_each_step_that_sets_a_date_keeps_its_own(session: Session) -> None:
    moves = by(session.exec(select(ReferralMove).order_by(col(ReferralMove.created_at))), "referral_id")
    missed = 0
    for one in all_of(session, Referral).values():
        dates = [move.scheduled_for for move in moves[one.id] if move.action == Action.SCHEDULE]
        assert None not in dates
        assert dates[-1:] == ([one.scheduled_for] if one.scheduled_for else [])
        for before, move in pairwise(moves[one.id]):
            if move.action == Action.NO_SHOW:
                missed += 1
                assert before.scheduled_for
                assert before.scheduled_for <= move.created_at
    assert missed


def test_managers_work_where_they_manage(session: Session) -> None:
    at_work = {one.user_id: one.facility_id for one in all_of(session, Membership).values()}
    managed = [one for one in all_of(session, Facility).values() if one.manager_id]
    assert {at_work[one.manager_id] == one.id for one in managed} == {True}


def test_what_was_written_about_a_referral_opens_and_was_written_while_it_lived(session: Session) -> None:
    referrals, sides = all_of(session, Referral), set()
    at_work = {one.user_id: one for one in all_of(session, Membership).values()}
    for one in all_of(session, ReferralMessage).values():
        about = referrals[one.referral_id]
        assert about.status in LIVE
        assert about.sent_at <= one.created_at <= clock.now()
        assert vault.read_envelope("referral_message", "text", one.id, one.text)
        place = at_work[one.by_id]
        assert (place.facility_id == about.to_facility_id) == (one.side is Party.RECEIVER)
        assert (one.read_at is None) == (one.read_by_id is None)
        sides.add(one.side)
    assert sides == {Party.SENDER, Party.RECEIVER}


def test_the_demo_sends_nothing_out_of_the_house(session: Session) -> None:
    assert len(all_of(session, Webhook)) == 1
    assert session.exec(select(Webhook).where(col(Webhook.stopped_at).is_(None))).all() == []
