"""What can be done about a transfer. The only code that changes one, and that gives a file out of hand."""

from collections.abc import Iterable
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.cases import handing
from app.cases import queries as cases
from app.cases.models import Case
from app.core import clock
from app.core.errors import Clash, Invalid, Stale
from app.core.ids import new_id
from app.core.states import Move
from app.notifications import actions as notifications
from app.organisations.models import Team
from app.survivors import queries as survivors
from app.transfers import queries, rules
from app.transfers.errors import TakerUnfit, TransferPending
from app.transfers.models import Transfer
from app.transfers.schemas import AcceptTransfer, DeclineTransfer, OfferTransfer, show
from app.transfers.states import TRANSFER, Action, Party, Status

Step = Move[Status, Action, Party]


async def offer(
    session: AsyncSession, actor: Actor, case_id: UUID, given: OfferTransfer
) -> tuple[Transfer, bool]:
    """Offer the case to another team, or to somebody of it; False beside it when this was there already."""
    grant = actor.grant(Permission.CASE_TRANSFER)
    case = await cases.take(session, grant, case_id)
    if given.id and (known := await queries.find(session, grant, given.id)):
        return await _same(session, known, case, given), False
    rules.need_open(case)
    if pending := await queries.offered(session, case):
        raise TransferPending(transfer_id=str(pending.id))
    team = await _team(session, given.to_team_id)
    rules.may_offer(grant, case, team.organisation_id != case.organisation_id)
    await _need_fit(session, case, given.to_owner_id, team)
    await _need_agreed(session, case, team.organisation_id)
    transfer = await _offered(session, actor, case, team, given)
    session.add(transfer)
    await session.flush()
    audit.record(session, actor, "transfer.offer", rules.trail(transfer), FieldClass.LOCATION)
    _tell(session, actor, await _takers(session, transfer), "transfer.offer", transfer)
    await session.flush()
    return transfer, True


async def accept(
    session: AsyncSession, actor: Actor, transfer_id: UUID, version: int, given: AcceptTransfer
) -> Transfer:
    """Take the case on, with the whole file. From this moment on you, and nobody else, are responsible."""
    transfer, move = await _begin(session, actor, transfer_id, version, Action.ACCEPT)
    rules.need_another(transfer, actor)
    owner_id = rules.new_owner(transfer, actor, given.owner_id)
    same = (transfer.owner_id, transfer.team_id) == (owner_id, transfer.to_team_id)
    if same or not await cases.works_in(session, owner_id, transfer.to_team_id):
        raise TakerUnfit
    await _take_over(session, transfer, owner_id)
    case = await cases.take(session, actor.grant(Permission.CASE_TRANSFER), transfer.case_id)
    rules.need_open(case)
    await _need_agreed(session, case, transfer.from_organisation_id)
    transfer.to_owner_id = owner_id
    handing.handed_over(session, actor, case)
    for referral in await queries.live_referrals(session, case):
        notifications.tell_facility(session, referral.to_facility_id, "referral.hand_over", referral.id)
    return await _make(session, actor, transfer, move)


async def decline(
    session: AsyncSession, actor: Actor, transfer_id: UUID, version: int, given: DeclineTransfer
) -> Transfer:
    """Say no, with a reason. The case stays where it is, and who offered it is told."""
    transfer, move = await _begin(session, actor, transfer_id, version, Action.DECLINE)
    transfer.decline_reason_code = given.decline_reason_code
    transfer.from_owner_id, transfer.from_team_id = transfer.owner_id, transfer.team_id
    return await _make(session, actor, transfer, move)


async def withdraw(session: AsyncSession, actor: Actor, transfer_id: UUID, version: int) -> Transfer:
    """Take the offer back before it is answered. The case stays where it is."""
    transfer, move = await _begin(session, actor, transfer_id, version, Action.WITHDRAW)
    transfer.from_owner_id, transfer.from_team_id = transfer.owner_id, transfer.team_id
    return await _make(session, actor, transfer, move)


async def _begin(
    session: AsyncSession, actor: Actor, transfer_id: UUID, version: int, action: Action
) -> tuple[Transfer, Step]:
    """The transfer as it was when the caller decided, and the row of the table for this action."""
    transfer = await queries.get(session, actor.grant(Permission.CASE_TRANSFER), transfer_id)
    if version != transfer.version:
        raise Stale(current=(await show(session, actor, transfer)).model_dump(mode="json"))
    return transfer, TRANSFER.find(transfer.status, action, rules.parties(transfer, actor))


async def _take_over(session: AsyncSession, transfer: Transfer, owner_id: UUID) -> None:
    """The database gives the file away, and only to the side that was asked: the caller has no hand in it."""
    asked = {"transfer_id": transfer.id, "version": transfer.version, "owner_id": owner_id}
    if not await (await session.connection()).scalar(queries.TAKE_OVER, asked):
        raise Stale
    await session.refresh(transfer)


async def _make(session: AsyncSession, actor: Actor, transfer: Transfer, move: Step) -> Transfer:
    """Follow one row of the state table: set, stamp, write down, tell the other side."""
    transfer.status, transfer.answered_by_id = move.target, actor.user_id
    if move.stamps:
        setattr(transfer, move.stamps, clock.now())
    kind = f"transfer.{move.action}"
    audit.record(session, actor, kind, rules.trail(transfer))
    people = await (_givers if move.tells is Party.GIVER else _takers)(session, transfer)
    _tell(session, actor, people, kind, transfer)
    await session.flush()
    return transfer


async def _team(session: AsyncSession, team_id: UUID) -> Team:
    team = await queries.team(session, team_id)
    if team is None:
        raise Invalid(errors=[{"pointer": "/to_team_id", "code": "not_in_directory", "message": ""}])
    return team


async def _need_fit(session: AsyncSession, case: Case, owner_id: UUID | None, team: Team) -> None:
    """Stop an offer to nobody, to who cannot own a case there, and to who is responsible already."""
    if owner_id is not None and not await cases.works_in(session, owner_id, team.id):
        raise TakerUnfit
    named = owner_id is not None
    if (owner_id, team.id) == (case.owner_id, case.team_id) or (not named and team.id == case.team_id):
        raise TakerUnfit
    if not named and not await cases.supervisors(session, team.id):
        raise TakerUnfit


async def _need_agreed(session: AsyncSession, case: Case, other_id: UUID) -> None:
    """Stop a file from leaving its organisation unless the person agrees, today."""
    if other_id != case.organisation_id:
        rules.need_agreed(await survivors.live_consent(session, case.survivor_id, rules.CONSENT) is not None)


async def _offered(
    session: AsyncSession, actor: Actor, case: Case, team: Team, given: OfferTransfer
) -> Transfer:
    transfer_id = given.id or new_id()
    box = await survivors.box(session, case.survivor_id)
    sealed = given.handover and box.seal("case_transfer", "handover", transfer_id, given.handover)
    return Transfer.model_validate(
        await queries.minimum(session, case)
        | case.model_dump(include={"owner_id", "team_id", "survivor_id"})
        | {f"from_{name}": getattr(case, name) for name in ("organisation_id", "team_id", "owner_id")}
        | given.model_dump(include={"to_team_id", "to_owner_id", "reason_code"})
        | {"id": transfer_id, "case_id": case.id, "to_organisation_id": team.organisation_id}
        | {"handover": sealed, "offered_by_id": actor.user_id}
        | {"answer_by": rules.answer_by(clock.today(), case.priority_code)}
    )


async def _same(session: AsyncSession, known: Transfer, case: Case, given: OfferTransfer) -> Transfer:
    """What exists under the client's id, if it is what was sent."""
    box = await survivors.box(session, case.survivor_id)
    text = known.handover and box.read("case_transfer", "handover", known.id, known.handover)
    names = given.model_fields_set - {"id", "handover"} - ({"to_owner_id"} if known.ended_at else set())
    same = all(getattr(known, name) == getattr(given, name) for name in names)
    if known.case_id != case.id or text != given.handover or not same:
        raise Clash
    return known


async def _takers(session: AsyncSession, transfer: Transfer) -> set[UUID]:
    """Who answers for the side that was asked: the person who is named, and who supervises the team."""
    named = {transfer.to_owner_id} if transfer.to_owner_id else set()
    return named | set(await cases.supervisors(session, transfer.to_team_id))


async def _givers(session: AsyncSession, transfer: Transfer) -> set[UUID]:
    """Who answers for the side that offered: who offered, who was responsible, who supervises them."""
    own = {transfer.offered_by_id, transfer.from_owner_id}
    return own | set(await cases.supervisors(session, transfer.from_team_id))


def _tell(session: AsyncSession, actor: Actor, people: Iterable[UUID], kind: str, transfer: Transfer) -> None:
    """Tell these people, except who did it."""
    for person in set(people) - {actor.user_id}:
        notifications.tell_person(session, person, kind, transfer.id)
