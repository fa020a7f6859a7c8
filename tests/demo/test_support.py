"""What the demo tells of support would be taken by the service, record by record."""

from collections import Counter, defaultdict
from typing import Any

import pytest
from sqlmodel import Session, select

from app.core import vault
from app.psychosocial.models import CompartmentKey
from app.records.kinds import Around, Kind
from app.referrals.models import Referral
from app.support import rules
from app.support.kinds import EPISODE, NOTE, SESSION
from app.support.models import Peer, PeerPair, PsychosocialEpisode, PsychosocialMove, SupportSession
from app.support.schemas import PeerOut
from app.support.states import SUPPORT
from tests.demo.test_histories import all_of


@pytest.mark.parametrize("kind", [EPISODE, SESSION, NOTE], ids=lambda kind: kind.word)
def test_every_record_could_have_been_entered(session: Session, kind: Kind[Any]) -> None:
    boxes = {key.id: vault.open_key(key.wrapped) for key in session.exec(select(CompartmentKey))}
    people = {one.case_id: one.survivor_id for one in session.exec(select(Referral))}

    for record in all_of(session, kind.table).values():
        said = kind.said(boxes[people[record.case_id]], record)
        kind.given.model_validate({name: value for name, value in said.items() if value is not None})
        kind.judge(said, Around())


def test_every_session_lies_in_its_episode_and_every_end_after_them(session: Session) -> None:
    episodes, pairs = all_of(session, PsychosocialEpisode), all_of(session, PeerPair)
    held = defaultdict(list)
    for one in all_of(session, SupportSession).values():
        held[one.episode_id].append(one)
        rules.need_within(one, episodes[one.episode_id], pairs.get(one.pair_id))
    for move in all_of(session, PsychosocialMove).values():
        episode = episodes[move.episode_id]
        assert SUPPORT.find(move.source, move.action, SUPPORT.moves[0].by.__class__).target is episode.status
        rules.need_order(episode, [], held[episode.id], move.happened_on)
    assert len(episodes) >= 20


def test_no_peer_accompanies_more_people_than_they_can(session: Session) -> None:
    peers = all_of(session, Peer)
    now = [pair for pair in all_of(session, PeerPair).values() if pair.ended_on is None]
    load = Counter(pair.peer_id for pair in now)

    assert now
    assert all(many <= peers[peer].most for peer, many in load.items())
    assert len({pair.case_id for pair in now}) == len(now)
    assert all(PeerOut.of(peer, 0).name for peer in peers.values())
