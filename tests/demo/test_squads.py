"""The camp of the demo, and who was hurt: each came to where it stands by its table."""

from itertools import pairwise

from sqlmodel import Session, select

from app.core.clock import day_of
from app.participants.models import Enrolment, ReturnStep, SportInjury
from app.participants.states import RETURN_TO_PLAY, Party
from app.squads.models import CallUp, Squad
from app.squads.states import CALL_UP, Status
from tests.demo.test_histories import all_of, by


def test_players_are_called_to_a_camp_where_they_may_play_and_answer_in_time(session: Session) -> None:
    (camp,) = all_of(session, Squad).values()
    members, called = all_of(session, Enrolment), all_of(session, CallUp)

    assert len({one.enrolment_id for one in called.values()}) == len(called)
    for one in called.values():
        assert one.position_code in members[one.enrolment_id].eligible_position_codes
        assert (one.answered_on is None) is (one.status is Status.CALLED)
        assert one.answered_on is None or day_of(one.created_at) <= one.answered_on <= camp.answer_by
        assert (one.decline_reason_code is not None) is (one.status is Status.DECLINED)
        assert one.status in {CALL_UP.start, *(move.target for move in CALL_UP.moves)}


def test_who_was_hurt_came_back_by_the_table_and_a_day_a_step(session: Session) -> None:
    injuries = {one.id: one for one in session.exec(select(SportInjury))}  # on some days nobody is hurt
    ways = by(session.exec(select(ReturnStep)).all(), "sport_injury_id")

    for key, one in injuries.items():
        stage, day = RETURN_TO_PLAY.start, one.occurred_on
        for step in ways[key]:
            assert RETURN_TO_PLAY.find(stage, step.action, [Party.PROVIDER]).target is step.target
            stage = step.target
        days = [day, *(step.happened_on for step in ways[key])]
        assert all(before < after for before, after in pairwise(days))
        assert (one.stage, one.stage_on, one.version) == (stage, days[-1], 1 + len(ways[key]))
