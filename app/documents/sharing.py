"""Which documents go with a referral: chosen one by one, and read by the facility while it is live."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.cases.errors import ConsentMissing
from app.core import clock
from app.core.errors import NotFound
from app.documents import queries, rules
from app.documents.giving import Opened, opened
from app.documents.models import Document, DocumentShare
from app.documents.schemas import SharedDocumentOut, ShareDocument
from app.notifications import actions as notifications
from app.records import queries as records
from app.records.queries import File
from app.referrals import queries as referrals
from app.referrals import rules as letters
from app.referrals.models import Referral
from app.referrals.states import REFERRAL, Party
from app.survivors.models import Consent
from app.survivors.rules import SHARING

SEND, READ = Permission.REFERRAL_SEND, Permission.REFERRAL_READ


async def share(
    session: AsyncSession, actor: Actor, referral_id: UUID, given: ShareDocument
) -> tuple[SharedDocumentOut, bool]:
    """Choose a document to go with a referral; False beside it when it went already."""
    referral = await referrals.get(session, actor.grant(SEND), referral_id)
    actor.grant(Permission.DOCUMENT_READ)
    document = await queries.find(session, referral.case_id, None, given.document_id)
    if document is None:
        raise NotFound
    rules.need_sharable(document)
    consent = await _consent(session, referral)
    if referral.status is not REFERRAL.start:
        letters.need_live(referral)
        if not rules.agreed(document, consent):
            raise ConsentMissing(purpose=SHARING, data_code=rules.data_of(document.kind_code))
    found, is_new = await _begun(session, actor, referral, document)
    if is_new:
        audit.record(
            session, actor, "document.share", letters.trail(referral, document.id), FieldClass.HEALTH
        )
        if referral.status is not REFERRAL.start and not referral.by_hand:
            notifications.tell_facility(session, referral.to_facility_id, "referral.document", referral.id)
        await session.flush()
    file = await _file(session, referral)
    return await _shown(session, file, referral, consent, found, document), is_new


async def withdraw(session: AsyncSession, actor: Actor, referral_id: UUID, document_id: UUID) -> None:
    """Take a document back: from now on the facility does not see it. Twice changes nothing."""
    referral = await referrals.get(session, actor.grant(SEND), referral_id)
    actor.grant(Permission.DOCUMENT_READ)
    found = await queries.share(session, referral, document_id)
    if found is None:
        raise NotFound
    if found.ended_at is None:
        found.ended_at = clock.now()
        audit.record(
            session, actor, "document.withdraw", letters.trail(referral, document_id), FieldClass.HEALTH
        )
    await session.flush()


async def read_all(session: AsyncSession, actor: Actor, referral_id: UUID) -> list[SharedDocumentOut]:
    """What goes with a referral; the facility is told of what it can open today, and of nothing else."""
    referral, consent, is_sender = await _opened(session, actor, referral_id)
    file = await _file(session, referral)
    found = [
        await _shown(session, file, referral, consent, each, document)
        for each, document in await queries.shares(session, referral)
        if is_sender or rules.visible(document, referral, consent)
    ]
    trail = letters.trail(referral, *(one.id for one in found))
    audit.record(session, actor, "document.list_shared", trail, FieldClass.HEALTH)
    return found


async def download(session: AsyncSession, actor: Actor, referral_id: UUID, document_id: UUID) -> Opened:
    """The newest version of a document that goes with a live referral, while the person agrees to that."""
    referral, consent, is_sender = await _opened(session, actor, referral_id)
    goes = {document.id: document for _, document in await queries.shares(session, referral)}
    document = goes.get(document_id)
    if document is None or not (is_sender or rules.visible(document, referral, consent)):
        raise NotFound
    trail = letters.trail(referral, document.id)
    audit.record(session, actor, "document.download", trail, FieldClass.HEALTH)
    await session.flush()
    return await opened(session, await _file(session, referral), document, None)


async def _opened(
    session: AsyncSession, actor: Actor, referral_id: UUID
) -> tuple[Referral, Consent | None, bool]:
    """A referral within reach with its live consent, and whether the actor is its sender."""
    actor.grant(Permission.DOCUMENT_READ)
    referral = await referrals.get(session, actor.grant(READ), referral_id)
    by = letters.parties(referral, actor)
    consent = await _consent(session, referral)
    if Party.SENDER not in by:
        letters.need_shared(referral, consent, by, clock.today())
    return referral, consent, Party.SENDER in by


async def _consent(session: AsyncSession, referral: Referral) -> Consent | None:
    """The consent that the referral stands on, if it is live today."""
    found = await referrals.consent_of(session, referral)
    return found if letters.is_live(found, referral, clock.today()) else None


async def _file(session: AsyncSession, referral: Referral) -> File:
    held = {"case_id": referral.case_id, "owner_id": referral.owner_id, "team_id": referral.team_id}
    return await records.open_file(session, referral.survivor_id, held)


async def _begun(
    session: AsyncSession, actor: Actor, referral: Referral, document: Document
) -> tuple[DocumentShare, bool]:
    """The share, begun or begun again; False beside it when it was there."""
    found = await queries.share(session, referral, document.id)
    if found is None:
        sides = referral.model_dump(include={"owner_id", "team_id", "to_facility_id"})
        named = {"referral_id": referral.id, "document_id": document.id, "by_id": actor.user_id}
        found = DocumentShare.model_validate(sides | named)
        session.add(found)
        return found, True
    was, found.ended_at = found.ended_at, None
    return found, was is not None


async def _shown(
    session: AsyncSession,
    file: File,
    referral: Referral,
    consent: Consent | None,
    share: DocumentShare,
    document: Document,
) -> SharedDocumentOut:
    versions = (await queries.versions(session, [document.id]))[document.id]
    seen = rules.visible(document, referral, consent)
    return SharedDocumentOut.of(share, document, versions[-1], file.box, visible=seen)
