"""Judgements about support already in hand. No database, no clock, no HTTP."""

from collections.abc import Iterable, Iterator
from datetime import date

from app.codelists import lists
from app.core.errors import Invalid
from app.records.kinds import Around, Said
from app.records.rules import Fault, invalid, refuse
from app.support.errors import PairOver, PairThere, PeerFull, PeerUnfit
from app.support.models import Peer, PeerPair, PsychosocialEpisode, PsychosocialMove, SupportSession

PEER_VISIT = "peer_individual"
GROWN_UP = 18  # a peer's least age: who accompanies others is no child


def judge_episode(_: Said, __: Around) -> None:
    """Any layer may be given to anybody: nothing to stop but what dates and sessions forbid."""


def judge_session(said: Said, _: Around) -> None:
    """Stop minutes of a session to which nobody came, and a peer in one that is no peer's visit."""
    refuse(_session_faults(said))


def judge_note(_: Said, __: Around) -> None:
    """What a counsellor writes is theirs to judge."""


def judge_pair(_: Said, __: Around) -> None:
    """A person decides who suits whom: nothing to stop but what the peer's own limits forbid."""


def _session_faults(said: Said) -> Iterator[Fault]:
    if said["minutes"] is not None and not attended(said["attendance_code"]):
        yield "minutes", "only_when_attended"
    if said["pair_id"] is not None and said["intervention_code"] != PEER_VISIT:
        yield "pair_id", "only_for_a_peer_visit"


def attended(attendance_code: str) -> bool:
    """Whether the person was there."""
    return lists.load("attendance_status")[attendance_code].extra["attended"] == "yes"


def shown_by(intervention_code: str) -> str | None:
    """The milestone that a session of this kind shows, once the person came to one."""
    return lists.load("mhpss_intervention")[intervention_code].extra["milestone"] or None


def shown_by_end(outcome_code: str) -> str | None:
    """The milestone that an end like this shows."""
    return lists.load("support_outcome")[outcome_code].extra["milestone"] or None


def need_within(held: SupportSession, episode: PsychosocialEpisode, pair: PeerPair | None) -> None:
    """Stop a session on a day on which its episode, or its peer, was not there yet or no more."""
    faults = [("held_on", "outside_the_episode")] if _outside(held.held_on, episode) else []
    if pair and not _lies(pair.started_on, held.held_on, pair.ended_on):
        faults.append(("held_on", "outside_the_pair"))
    refuse(faults)


def need_around(episode: PsychosocialEpisode, held: Iterable[SupportSession]) -> None:
    """Stop an episode that begins after it ends, or after one of its sessions."""
    late = episode.closed_on is not None and episode.closed_on < episode.opened_on
    if late or any(_outside(one.held_on, episode) for one in held if not one.in_error):
        raise invalid(("opened_on", "outside_the_episode"))


def need_order(
    episode: PsychosocialEpisode,
    moves: Iterable[PsychosocialMove],
    held: Iterable[SupportSession],
    happened_on: date,
) -> None:
    """Stop a step before the one before it, or before a session that was held."""
    if any(happened_on < day for day in (episode.opened_on, *(move.happened_on for move in moves))):
        raise invalid(("happened_on", "before_the_last_step"))
    if any(happened_on < one.held_on for one in held if not one.in_error):
        raise invalid(("happened_on", "before_a_session"))


def need_fit(peer: Peer, load: int, others: Iterable[PeerPair], started_on: date) -> None:
    """Stop a peer who is not trained by that day, or supports nobody any more, or enough people already."""
    if there := next(iter(others), None):
        raise PairThere(pair_id=str(there.id))
    if peer.ended_on is not None or peer.trained_on is None:
        raise PeerUnfit
    if started_on < peer.trained_on:
        raise invalid(("started_on", "before_the_training"))
    if load >= peer.most:
        raise PeerFull(most=peer.most)


def need_grown_up(birth_year: int, today: date) -> None:
    """Stop a peer who may still be a child."""
    if today.year - birth_year <= GROWN_UP:
        raise Invalid(errors=[{"pointer": "/birth_year", "code": "not_grown_up", "message": ""}])


def need_end(pair: PeerPair, ended_on: date) -> None:
    """Stop an end of what is over, and one before its beginning."""
    if pair.ended_on is not None:
        raise PairOver
    if ended_on < pair.started_on:
        raise invalid(("ended_on", "ends_before_it_begins"))


def _outside(day: date, episode: PsychosocialEpisode) -> bool:
    return not _lies(episode.opened_on, day, episode.closed_on)


def _lies(first: date, day: date, last: date | None) -> bool:
    return first <= day and (last is None or day <= last)
