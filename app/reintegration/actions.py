"""What can be done to a grant for a livelihood. The only code that changes one."""

from typing import NamedTuple
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.cases import filing
from app.cases.filing import CaseAt
from app.core.errors import Clash, Stale
from app.core.ids import new_id
from app.core.states import Move
from app.records import keeping
from app.records import queries as records
from app.records.queries import File
from app.reintegration import queries, returning, rules
from app.reintegration.models import GrantMove, GrantVisit, LivelihoodGrant, Tranche
from app.reintegration.schemas import (
    AddVisit,
    AskGrant,
    EndGrant,
    FinishGrant,
    GrantOut,
    GrantRow,
    MoveGrant,
    PayTranche,
    PlanGrant,
)
from app.reintegration.states import GRANT, Action, Party, Status

READ, WRITE = Permission.REINTEGRATION_READ, Permission.REINTEGRATION_WRITE


class GrantAt(NamedTuple):
    """Where a grant is: its case, and itself."""

    at: CaseAt
    grant_id: UUID


async def ask(session: AsyncSession, actor: Actor, at: CaseAt, given: AskGrant) -> tuple[GrantOut, bool]:
    """Ask for a grant; False beside it when this very one was there already."""
    file = await filing.open_to_write(session, actor.grant(WRITE), at)
    if given.id and (known := await records.find(session, file, LivelihoodGrant, given.id)):
        return await _shown(session, actor, file, _same(known, given)), False
    row_id = given.id or new_id()
    purpose = given.purpose and file.box.seal("livelihood_grant", "purpose", row_id, given.purpose)
    columns = given.model_dump(exclude={"id", "purpose"}) | {"id": row_id, "by_id": actor.user_id}
    grant = LivelihoodGrant.model_validate({**file.held, **columns, "purpose": purpose})
    session.add(grant)
    await session.flush()
    session.add(_step(actor, grant, None, MoveGrant(happened_on=given.asked_on)))
    return await _save(session, actor, file, grant, "ask"), True


async def accept(
    session: AsyncSession, actor: Actor, where: GrantAt, version: int, given: MoveGrant
) -> GrantOut:
    """The person meets the conditions."""
    return await _make(session, actor, where, version, Action.ACCEPT, given)


async def plan(
    session: AsyncSession, actor: Actor, where: GrantAt, version: int, given: PlanGrant
) -> GrantOut:
    """The business plan is there; it may ask for another amount."""
    return await _make(session, actor, where, version, Action.PLAN, given)


async def train(
    session: AsyncSession, actor: Actor, where: GrantAt, version: int, given: MoveGrant
) -> GrantOut:
    """The person was trained for it."""
    return await _make(session, actor, where, version, Action.TRAIN, given)


async def approve(
    session: AsyncSession, actor: Actor, where: GrantAt, version: int, given: MoveGrant
) -> GrantOut:
    """Somebody else who may approve, and does not work on the case, agrees to the amount."""
    actor.grant(Permission.CASE_APPROVE)
    return await _make(session, actor, where, version, Action.APPROVE, given)


async def refuse(
    session: AsyncSession, actor: Actor, where: GrantAt, version: int, given: EndGrant
) -> GrantOut:
    """It is not granted, for a reason."""
    return await _make(session, actor, where, version, Action.REFUSE, given)


async def cancel(
    session: AsyncSession, actor: Actor, where: GrantAt, version: int, given: EndGrant
) -> GrantOut:
    """It is not wanted any more, before anything was paid."""
    return await _make(session, actor, where, version, Action.CANCEL, given)


async def finish(
    session: AsyncSession, actor: Actor, where: GrantAt, version: int, given: FinishGrant
) -> GrantOut:
    """Its evaluation, after about a year: what came of it."""
    return await _make(session, actor, where, version, Action.FINISH, given)


async def stop(
    session: AsyncSession, actor: Actor, where: GrantAt, version: int, given: EndGrant
) -> GrantOut:
    """Nothing more is paid, for a reason."""
    return await _make(session, actor, where, version, Action.STOP, given)


async def pay(
    session: AsyncSession, actor: Actor, where: GrantAt, version: int, given: PayTranche
) -> GrantOut:
    """Note a tranche that was paid or handed over; never more in all than was granted.

    The first one shows that a grant was received, and begins the follow-ups.
    """
    file, grant = await _take(session, actor, where, version)
    rules.need_payable(grant, given.amount)
    moves = await queries.moves(session, grant)
    rules.need_after(moves, Action.APPROVE, given.paid_on, "paid_on")
    tranche = Tranche.model_validate({**_held(grant), **given.model_dump(), "by_id": actor.user_id})
    session.add(tranche)
    grant.paid += given.amount
    if grant.status is Status.APPROVED:
        move = GRANT.find(grant.status, Action.PAY, [Party.PAYMENT])
        session.add(_step(actor, grant, move, MoveGrant(happened_on=given.paid_on)))
        grant.status = move.target
        await session.flush()
        await returning.follow(session, actor, file, grant.id, given.paid_on)
        shown = [(rules.received(grant.kind_code), given.paid_on)]
        await returning.show(session, actor, file, shown, tranche.id)
    return await _save(session, actor, file, grant, "pay", tranche.id)


async def visit(
    session: AsyncSession, actor: Actor, where: GrantAt, version: int, given: AddVisit
) -> GrantOut:
    """Note a monitoring visit; a business that is active half a year on, or a year, has survived."""
    file, grant = await _take(session, actor, where, version)
    rules.need_running(grant, rules.parties(actor))
    tranches = await queries.tranches(session, grant)
    rules.need_after(await queries.moves(session, grant), Action.PAY, given.visited_on, "visited_on")
    row_id = new_id()
    note = given.note and file.box.seal("grant_visit", "note", row_id, given.note)
    columns = given.model_dump(exclude={"note"}) | {"id": row_id, "note": note, "by_id": actor.user_id}
    session.add(GrantVisit.model_validate({**_held(grant), **columns}))
    shown = rules.survival(tranches, given.visited_on, given.active)
    await returning.show(session, actor, file, [(code, given.visited_on) for code in shown], row_id)
    return await _save(session, actor, file, grant, "visit", row_id)


async def read_all(session: AsyncSession, actor: Actor, at: CaseAt) -> list[GrantRow]:
    """Every grant of a case, in the order of entry."""
    file = await filing.open_file(session, actor.grant(READ), at)
    found = await queries.grants(session, file)
    keeping.log(session, actor, file, "livelihood_grant.list", *(one.id for one in found))
    return [GrantRow.of(one, rules.parties(actor)) for one in found]


async def read(session: AsyncSession, actor: Actor, where: GrantAt) -> GrantOut:
    """One grant, with everything that happened to it."""
    file = await filing.open_file(session, actor.grant(READ), where.at)
    grant = await records.get(session, file, LivelihoodGrant, where.grant_id)
    keeping.log(session, actor, file, "livelihood_grant.read", grant.id)
    return await _shown(session, actor, file, grant)


async def _take(
    session: AsyncSession, actor: Actor, where: GrantAt, version: int
) -> tuple[File, LivelihoodGrant]:
    """The grant as it was when the caller decided, and nobody else's to change until this is done."""
    file = await filing.open_to_write(session, actor.grant(WRITE), where.at)
    grant = await records.take(session, file, LivelihoodGrant, where.grant_id)
    if version != grant.version:
        raise Stale(current=GrantRow.of(grant, rules.parties(actor)).model_dump(mode="json"))
    return file, grant


async def _make(
    session: AsyncSession, actor: Actor, where: GrantAt, version: int, action: Action, given: MoveGrant
) -> GrantOut:
    """Follow one row of the state table and write it down."""
    file, grant = await _take(session, actor, where, version)
    move = GRANT.find(grant.status, action, rules.parties(actor))
    if move.by is Party.APPROVER:
        rules.need_somebody_else(grant, actor)
    rules.need_order(grant, await queries.moves(session, grant), given.happened_on)
    session.add(_step(actor, grant, move, given))
    _follow(actor, grant, move, given)
    if move.target is Status.STOPPED:
        await returning.follow(session, actor, file, grant.id, None)
    return await _save(session, actor, file, grant, action.value)


def _follow(
    actor: Actor, grant: LivelihoodGrant, move: Move[Status, Action, Party], given: MoveGrant
) -> None:
    """What a step makes of the grant itself."""
    grant.status = move.target
    if move.action is Action.APPROVE:
        grant.approved_by_id = actor.user_id
    if isinstance(given, PlanGrant) and given.granted is not None:
        grant.granted = given.granted
    if isinstance(given, EndGrant):
        grant.reason_code = given.reason_code
    if isinstance(given, FinishGrant):
        grant.outcome_code = given.outcome_code


def _step(
    actor: Actor, grant: LivelihoodGrant, move: Move[Status, Action, Party] | None, given: MoveGrant
) -> GrantMove:
    step = {"action": move.action, "source": move.source, "target": move.target} if move else {}
    columns = {"target": grant.status, **step, "happened_on": given.happened_on, "by_id": actor.user_id}
    return GrantMove.model_validate({**_held(grant), **columns})


def _held(grant: LivelihoodGrant) -> dict[str, UUID]:
    return {"grant_id": grant.id, "owner_id": grant.owner_id, "team_id": grant.team_id}


async def _save(
    session: AsyncSession, actor: Actor, file: File, grant: LivelihoodGrant, verb: str, *others: UUID
) -> GrantOut:
    keeping.log(session, actor, file, f"livelihood_grant.{verb}", grant.id, *others)
    await session.flush()
    return await _shown(session, actor, file, grant)


async def _shown(session: AsyncSession, actor: Actor, file: File, grant: LivelihoodGrant) -> GrantOut:
    around = await queries.around(session, grant)
    return GrantOut.opened(grant, rules.parties(actor), file.box, around)


def _same(known: LivelihoodGrant, given: AskGrant) -> LivelihoodGrant:
    """What exists under the client's id, if it is what was sent; one that moved on may say something else."""
    sent = given.model_dump(exclude_unset=True, exclude={"id", "purpose"})
    if known.version == 1 and any(getattr(known, name) != value for name, value in sent.items()):
        raise Clash
    return known
