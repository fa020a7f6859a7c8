"""Destroy a document: somebody asks, for a reason; a second person decides; nothing of it is left."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.core import clock
from app.core.errors import Clash, NotFound, Stale
from app.core.ids import new_id
from app.core.states import Move
from app.documents import actions as shelves
from app.documents import queries, rules
from app.documents.actions import READ, WRITE, Shelf
from app.documents.errors import ErasurePending
from app.documents.models import DocumentErasure
from app.documents.schemas import AskErasure, ErasureOut, RefuseErasure
from app.documents.states import ERASURE, Action, Party, Status
from app.notifications import actions as notifications
from app.records import keeping

ASK = {False: Permission.ERASURE_ASK, True: WRITE[True]}
"""By whether it is about the compartment: there its counsellor asks, whom alone it is shown to."""
OPEN = {False: Permission.ERASURE_ASK, True: READ[True]}
"""A file is opened to ask also where nothing more may be written: on a closed case, without consent."""
Step = Move[Status, Action, Party]


async def ask(
    session: AsyncSession, actor: Actor, shelf: Shelf, document_id: UUID, given: AskErasure
) -> tuple[DocumentErasure, bool]:
    """Ask for a document to be destroyed; False beside it when this very wish was there already."""
    actor.grant(ASK[shelf.apart])
    file = await shelves.open_shelf(session, actor, OPEN[shelf.apart], shelf)
    document = await queries.get(session, shelf.case_id, file.only.get("facility_id"), document_id)
    grant = actor.grant(Permission.ERASURE_READ)
    if given.id and (known := await queries.find_erasure(session, grant, given.id)):
        return _same(known, document_id, given), False
    rules.need_there(document)
    if pending := await queries.erasure_asked(session, document_id):
        raise ErasurePending(erasure_id=str(pending.id))
    erasure = DocumentErasure.model_validate(
        {**file.held, "facility_id": document.facility_id, "survivor_id": file.survivor_id}
        | given.model_dump(exclude={"id"})
        | {"id": given.id or new_id(), "document_id": document.id, "by_id": actor.user_id}
    )
    session.add(erasure)
    keeping.log(session, actor, file, "document.ask_erasure", erasure.id, document.id)
    await session.flush()
    return erasure, True


async def approve(session: AsyncSession, actor: Actor, erasure_id: UUID, version: int) -> DocumentErasure:
    """Say yes to what somebody else asked. Its versions, title and day are destroyed with this answer."""
    actor.grant(Permission.ERASURE_APPROVE)
    erasure, move = await _take(session, actor, erasure_id, version, Action.APPROVE)
    erasure.versions = await queries.erase(session, erasure)
    if erasure.versions is None:
        raise Stale
    return await _make(session, actor, erasure, move)


async def refuse(
    session: AsyncSession, actor: Actor, erasure_id: UUID, version: int, given: RefuseErasure
) -> DocumentErasure:
    """Say no, with the reason. The document stays as it is."""
    actor.grant(Permission.ERASURE_APPROVE)
    erasure, move = await _take(session, actor, erasure_id, version, Action.REFUSE)
    erasure.refusal_code = given.refusal_code
    return await _make(session, actor, erasure, move)


async def withdraw(session: AsyncSession, actor: Actor, erasure_id: UUID, version: int) -> DocumentErasure:
    """Take the own wish back before it is answered."""
    erasure, move = await _take(session, actor, erasure_id, version, Action.WITHDRAW)
    return await _make(session, actor, erasure, move)


async def _take(
    session: AsyncSession, actor: Actor, erasure_id: UUID, version: int, action: Action
) -> tuple[DocumentErasure, Step]:
    """The wish as it was when the caller decided, nobody else's to answer, and the row for this action."""
    grant = actor.grant(Permission.ERASURE_READ)
    locked = await queries.find_erasure(session, grant, erasure_id, lock=True)
    erasure = locked or await queries.find_erasure(session, grant, erasure_id)  # what ended is not locked
    if erasure is None:
        raise NotFound
    if version != erasure.version:
        raise Stale(current=ErasureOut.of(erasure, actor).model_dump(mode="json"))
    rules.need_second(erasure, actor, action)
    return erasure, ERASURE.find(erasure.status, action, rules.erasure_parties(erasure, actor))


async def _make(session: AsyncSession, actor: Actor, erasure: DocumentErasure, move: Step) -> DocumentErasure:
    """Follow one row of the state table: set, stamp, write down, tell who asked."""
    erasure.status, erasure.ended_at, erasure.ended_by_id = move.target, clock.now(), actor.user_id
    verb = "erase" if move.target is Status.DONE else f"{move.action}_erasure"
    audit.record(session, actor, f"document.{verb}", rules.erasure_trail(erasure))
    if move.tells is Party.ASKER:
        notifications.tell_person(session, erasure.by_id, f"document.{verb}", erasure.id)
    await session.flush()
    return erasure


def _same(known: DocumentErasure, document_id: UUID, given: AskErasure) -> DocumentErasure:
    """What exists under the client's id, if it is what was sent."""
    said = (known.document_id, known.reason_code, known.reference)
    if said != (document_id, given.reason_code, given.reference):
        raise Clash
    return known
