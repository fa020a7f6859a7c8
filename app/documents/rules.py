"""Judgements about documents. No database, no clock, no HTTP."""

from datetime import date, timedelta
from uuid import UUID, uuid5

from app.access.actor import Actor
from app.access.table import Permission, Reach, reach_of
from app.cases.errors import SomebodyElseNeeded
from app.codelists import lists
from app.core.errors import Forbidden, Invalid
from app.documents.errors import DocumentErased, NotADocumentToShare, TooManyDocuments
from app.documents.models import Document, DocumentErasure
from app.documents.states import Action, Party
from app.referrals.models import Referral
from app.referrals.states import LIVE
from app.survivors.models import Consent

MOST_OF_CASE = 300
MOST_VERSIONS = 20
MOST_A_DAY = 400  # of one person: a registrar who scans a shelf, and no program that fills a disk
DAY = timedelta(days=1)
APART = "mental_health"
"""What only the compartment holds (code list: consent_data)."""


def data_of(kind_code: str) -> str:
    """Which data a person must have agreed to share for a document of this kind to be shared."""
    return lists.load("document_kind")[kind_code].extra["data"]


def place_of(document_id: UUID, number: int) -> UUID:
    """What the bytes of a version are bound to: this number of this document, and no other."""
    return uuid5(document_id, str(number))


def need_place(kind_code: str, *, apart: bool) -> None:
    """Stop a report on mental health that is filed where a caseworker reads."""
    if data_of(kind_code) == APART and not apart:
        raise Invalid(errors=[{"pointer": "/kind_code", "code": "only_in_the_compartment", "message": ""}])


def need_issued(issued_on: date | None, today: date) -> None:
    """Stop a paper that would be issued only later."""
    if issued_on is not None and issued_on > today:
        raise Invalid(errors=[{"pointer": "/issued_on", "code": "in_the_future", "message": ""}])


def need_room(count: int, most: int) -> None:
    """Stop one more than may be."""
    if count >= most:
        raise TooManyDocuments(limit=most)


def need_there(document: Document) -> None:
    """Stop whatever is done with a document of which nothing is left."""
    if document.erased_at is not None:
        raise DocumentErased(erased_at=document.erased_at.isoformat())


def erasure_parties(erasure: DocumentErasure, actor: Actor) -> list[Party]:
    """On which side of the wish the actor stands; nobody answers their own."""
    mine = erasure.by_id == actor.user_id
    answers = reach_of(actor.role, Permission.ERASURE_APPROVE) is not Reach.NO
    return [Party.ASKER] * mine + [Party.APPROVER] * (answers and not mine)


def need_second(erasure: DocumentErasure, actor: Actor, action: Action) -> None:
    """Stop who would answer what they asked themselves, and who would take back what somebody else did."""
    mine = erasure.by_id == actor.user_id
    if mine and action is not Action.WITHDRAW:
        raise SomebodyElseNeeded
    if not mine and action is Action.WITHDRAW:
        raise Forbidden(permission=Permission.ERASURE_READ.value)


def erasure_trail(erasure: DocumentErasure) -> list[UUID]:
    """What an audit event about the wish names: itself, the document, the case, the person."""
    return [erasure.id, erasure.document_id, erasure.case_id, erasure.survivor_id]


def need_sharable(document: Document) -> None:
    """Stop the sharing of what should not be there."""
    if document.in_error or document.apart or document.erased_at:
        raise NotADocumentToShare(kind_code=document.kind_code)


def agreed(document: Document, consent: Consent | None) -> bool:
    """Whether the person agreed to share this kind of data with the facility that the consent names."""
    return consent is not None and data_of(document.kind_code) in consent.data_codes


def visible(document: Document, referral: Referral, consent: Consent | None) -> bool:
    """Whether the facility can open it today: `consent` is the referral's, if it is live."""
    return referral.status in LIVE and agreed(document, consent)
