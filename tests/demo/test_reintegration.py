"""What the demo tells of the way back would be taken by the service, record by record."""

from collections import defaultdict

from sqlmodel import Session, select

from app.core import vault
from app.records.kinds import Around
from app.reintegration import rules
from app.reintegration.kinds import RECORD
from app.reintegration.models import FollowUp, GrantMove, LivelihoodGrant, ReintegrationRecord, Tranche
from app.reintegration.states import GRANT, Party
from app.survivors.models import PersonKey
from tests.demo.test_histories import all_of, by


def test_every_record_could_have_been_entered(session: Session) -> None:
    box = vault.open_key(session.exec(select(PersonKey.wrapped).limit(1)).one())

    for record in all_of(session, ReintegrationRecord).values():
        said = RECORD.said(box, record)  # nothing of these is sealed
        RECORD.given.model_validate({name: value for name, value in said.items() if value is not None})
        RECORD.judge(said, Around())


def test_every_grant_came_to_where_it_stands_by_the_table(session: Session) -> None:
    moves = by(all_of(session, GrantMove).values(), "grant_id")
    for grant in all_of(session, LivelihoodGrant).values():
        now = GRANT.start
        for move in moves[grant.id][1:]:
            assert move.source is now
            now = GRANT.find(now, move.action, Party).target
        assert now is grant.status
        assert grant.approved_by_id not in (grant.by_id, grant.owner_id) or grant.approved_by_id is None


def test_no_grant_is_overdrawn_and_follow_ups_have_their_days(session: Session) -> None:
    paid: dict[object, list[Tranche]] = defaultdict(list)
    for tranche in all_of(session, Tranche).values():
        paid[tranche.grant_id].append(tranche)
    for grant in all_of(session, LivelihoodGrant).values():
        assert grant.paid == sum(one.amount for one in paid[grant.id]) <= grant.granted
    months = by(all_of(session, FollowUp).values(), "about_id")
    assert all(sorted(one.months for one in group) == list(rules.MONTHS) for group in months.values())
