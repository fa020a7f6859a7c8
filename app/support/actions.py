"""What counsellors do in the compartment, and the little that others may know of it."""

from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit.actions import FieldClass
from app.cases import filing
from app.cases.filing import CaseAt
from app.core.db import Held
from app.core.errors import Stale
from app.core.states import Move
from app.milestones import actions as milestones
from app.psychosocial import keys
from app.records import keeping
from app.records import queries as records
from app.records.kinds import Kind
from app.records.queries import File
from app.records.schemas import Correct, CorrectionOut
from app.support import queries, rules
from app.support.kinds import EPISODE, SESSION
from app.support.models import PeerPair, PsychosocialEpisode, PsychosocialMove, SupportSession
from app.support.schemas import (
    CloseEpisode,
    EpisodeMoveOut,
    EpisodeStatus,
    MoveEpisode,
    PsychosocialEpisodeOut,
    SessionStatus,
    SupportStatusOut,
)
from app.support.states import SUPPORT, Action, Party, Status

H = TypeVar("H", bound=Held)
READ, WRITE = Permission.PSYCHOSOCIAL_READ, Permission.PSYCHOSOCIAL_WRITE
SESSION_HELD = "support_session"  # code list: milestone_fact


class EpisodeAt(NamedTuple):
    """Where an episode is: its case, and itself."""

    at: CaseAt
    episode_id: UUID


class Supported(NamedTuple):
    """The case as its milestones need it."""

    id: UUID
    survivor_id: UUID
    owner_id: UUID
    team_id: UUID


async def add(session: AsyncSession, actor: Actor, kind: Kind[H], at: CaseAt, given: Any) -> tuple[Any, bool]:
    """Enter an episode, a session or a note; a session to which the person came shows its milestone."""
    file = await _open(session, actor, WRITE, at)
    more = {"facility_id": actor.facility_id}
    made, is_new = await keeping.enter(session, actor, file, kind, given, **more)
    if is_new:
        await _settle(session, actor, file, made)
    return kind.shown(file.box, made), is_new


async def correct(
    session: AsyncSession,
    actor: Actor,
    kind: Kind[H],
    at: CaseAt,
    record_id: UUID,
    version: int,
    given: Correct,
) -> Any:
    """Correct what a record says; what it said before is kept, in the compartment."""
    file = await _open(session, actor, WRITE, at)
    record = await keeping.correct(session, actor, file, kind, record_id, version, given)
    await _settle(session, actor, file, record)
    return kind.shown(file.box, record)


async def read_all(session: AsyncSession, actor: Actor, kind: Kind[H], at: CaseAt) -> list[Any]:
    """Every record of one kind, in the order of entry."""
    return await keeping.read_all(session, actor, await _open(session, actor, READ, at), kind)


async def read_corrections(
    session: AsyncSession, actor: Actor, kind: Kind[H], at: CaseAt, record_id: UUID
) -> list[CorrectionOut]:
    """What a record said before it was corrected, newest first."""
    file = await _open(session, actor, READ, at)
    return await keeping.read_corrections(session, actor, file, kind, record_id)


async def read_history(
    session: AsyncSession, actor: Actor, at: CaseAt, episode_id: UUID
) -> list[EpisodeMoveOut]:
    """Every step of an episode, newest first."""
    file = await _open(session, actor, READ, at)
    episode = await records.get(session, file, PsychosocialEpisode, episode_id)
    keeping.log(session, actor, file, "psychosocial_episode.read_history", episode.id)
    return [EpisodeMoveOut.of(move) for move in await queries.moves(session, episode.id)]


async def read_status(session: AsyncSession, actor: Actor, at: CaseAt) -> SupportStatusOut:
    """Whether the person is in support, and to which sessions they came: for who works on the case."""
    grant = actor.grant(Permission.PSYCHOSOCIAL_STATUS)
    file = replace(await filing.open_file(session, grant, at), field_class=FieldClass.MENTAL_HEALTH)
    episodes = [one for one in await records.all_of(session, file, PsychosocialEpisode) if not one.in_error]
    held = [one for one in await records.all_of(session, file, SupportSession) if not one.in_error]
    keeping.log(session, actor, file, "support.read_status", *(one.id for one in (*episodes, *held)))
    return SupportStatusOut(
        in_support=any(one.status is not Status.CLOSED for one in episodes),
        episodes=[EpisodeStatus.of(one) for one in episodes],
        sessions=[SessionStatus.of(one) for one in held],
    )


async def pause(
    session: AsyncSession, actor: Actor, where: EpisodeAt, version: int, given: MoveEpisode
) -> PsychosocialEpisodeOut:
    """Support rests for a while."""
    return await _make(session, actor, where, version, Action.PAUSE, given)


async def resume(
    session: AsyncSession, actor: Actor, where: EpisodeAt, version: int, given: MoveEpisode
) -> PsychosocialEpisodeOut:
    """Support goes on after a rest."""
    return await _make(session, actor, where, version, Action.RESUME, given)


async def close(
    session: AsyncSession, actor: Actor, where: EpisodeAt, version: int, given: CloseEpisode
) -> PsychosocialEpisodeOut:
    """Support ends, with what came of it. An end with the goals met shows that counselling is completed."""
    return await _make(session, actor, where, version, Action.CLOSE, given)


async def reopen(
    session: AsyncSession, actor: Actor, where: EpisodeAt, version: int, given: MoveEpisode
) -> PsychosocialEpisodeOut:
    """The person needs support again."""
    return await _make(session, actor, where, version, Action.REOPEN, given)


async def _make(
    session: AsyncSession, actor: Actor, where: EpisodeAt, version: int, action: Action, given: MoveEpisode
) -> PsychosocialEpisodeOut:
    """Follow one row of the state table and write it down."""
    file = await _open(session, actor, WRITE, where.at)
    episode = await records.take(session, file, PsychosocialEpisode, where.episode_id)
    if version != episode.version:
        raise Stale(current=EPISODE.shown(file.box, episode).model_dump(mode="json"))
    move = SUPPORT.find(episode.status, action, Party)
    before = await queries.moves(session, episode.id)
    rules.need_order(episode, before, await queries.sessions_of(session, episode.id), given.happened_on)
    session.add(_follow(actor, episode, move, given))
    keeping.log(session, actor, file, f"psychosocial_episode.{action.value}", episode.id)
    await session.flush()
    if isinstance(given, CloseEpisode) and (shown := rules.shown_by_end(given.outcome_code)):
        await _show(session, actor, file, shown, given.happened_on, None)
    out: PsychosocialEpisodeOut = EPISODE.shown(file.box, episode)
    return out


def _follow(
    actor: Actor, episode: PsychosocialEpisode, move: Move[Status, Action, Party], given: MoveEpisode
) -> PsychosocialMove:
    """What a step makes of the episode, and the step itself."""
    episode.status = move.target
    episode.closed_on = given.happened_on if move.target is Status.CLOSED else None
    return PsychosocialMove(
        episode_id=episode.id,
        case_id=episode.case_id,
        owner_id=episode.owner_id,
        team_id=episode.team_id,
        action=move.action,
        source=move.source,
        target=move.target,
        happened_on=given.happened_on,
        outcome_code=getattr(given, "outcome_code", None),
        by_id=actor.user_id,
    )


async def _settle(session: AsyncSession, actor: Actor, file: File, made: Held) -> None:
    """What dates forbid once the record is there, and the milestone that it shows."""
    if isinstance(made, PsychosocialEpisode):
        rules.need_around(made, await queries.sessions_of(session, made.id))
    if isinstance(made, SupportSession) and not made.in_error:
        episode = await records.get(session, file, PsychosocialEpisode, made.episode_id)
        pair = await records.find(session, file, PeerPair, made.pair_id)
        rules.need_within(made, episode, pair)
        said = SESSION.said(file.box, made)
        shown = rules.shown_by(said["intervention_code"])
        if shown and rules.attended(made.attendance_code):
            await _show(session, actor, file, shown, made.held_on, made.id)


async def _show(
    session: AsyncSession, actor: Actor, file: File, milestone: str, on: date, record_id: UUID | None
) -> None:
    held = file.held
    case = Supported(held["case_id"], file.survivor_id, held["owner_id"], held["team_id"])
    await milestones.reach(session, actor, case, milestone, on, SESSION_HELD, record_id)


async def _open(session: AsyncSession, actor: Actor, permission: Permission, at: CaseAt) -> File:
    """The compartment of a case that a live referral opens, with its own key; in writing, of an open case."""
    grant, writes = actor.grant(permission), permission is WRITE
    open_it = filing.open_to_write if writes else filing.open_file
    file = await open_it(session, grant, at)
    if writes:
        owner, team = file.held["owner_id"], file.held["team_id"]
        box = await keys.box_to_write(session, file.survivor_id, owner, team)
    else:  # where there is no key, nothing is sealed with it
        box = await keys.find_box(session, file.survivor_id) or file.box
    return replace(file, box=box, field_class=FieldClass.MENTAL_HEALTH)
