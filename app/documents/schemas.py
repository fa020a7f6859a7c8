"""What comes in and goes out about documents."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.codelists.lists import coded, recorded
from app.core.given import Day, Flag, Given, Reference, ShortText
from app.core.shown import Shown
from app.core.vault import Box
from app.documents import rules
from app.documents.models import Document, DocumentErasure, DocumentShare
from app.documents.queries import Version
from app.documents.states import ERASURE, Action, Status


class AddDocument(Given):
    """A document: of which kind, what it is called, when it was issued, as far as that is known."""

    id: UUID | None = None
    kind_code: Annotated[str, coded("document_kind")]
    title: ShortText | None = None
    issued_on: Day | None = None


class AddDocumentVersion(Given):
    """The document again: a better scan, the page that was missing."""


class MarkDocument(Given):
    """Whether it should never have been filed here, and why; nobody can open it while it is marked so."""

    in_error: Flag
    reason_code: Annotated[str, coded("correction_reason")]


class ShareDocument(Given):
    """A document of the same case that is to go with the referral."""

    document_id: UUID


class AskErasure(Given):
    """Why a document is to be destroyed, and under which number the written wish or order is kept."""

    id: UUID | None = None
    reason_code: Annotated[str, coded("erasure_reason")]
    reference: Reference


class RefuseErasure(Given):
    """Why it is not destroyed."""

    refusal_code: Annotated[str, coded("erasure_refusal")]


class DocumentVersionOut(Shown):
    """One version of a document: how large, of what type, by whom."""

    number: int
    created_at: datetime
    by_id: UUID
    media_type: str
    size: int


class DocumentOut(Shown):
    """A document of a case, its versions with the oldest first."""

    id: UUID
    version: int
    created_at: datetime
    case_id: UUID
    kind_code: Annotated[str, recorded("document_kind")]
    title: str | None
    issued_on: date | None
    by_id: UUID
    in_error: bool
    reason_code: Annotated[str, recorded("correction_reason")] | None
    erased_at: datetime | None
    versions: list[DocumentVersionOut]

    @classmethod
    def of(cls, document: Document, versions: list[Version], box: Box) -> Self:
        """The document, its title opened."""
        own = document.model_dump(include=set(cls.model_fields) - {"title"})
        shown = [DocumentVersionOut.model_validate(one) for one in versions]
        return cls.model_validate(own | {"title": title_of(document, box), "versions": shown})


class SharedDocumentOut(Shown):
    """A document that goes with a referral. `visible`: whether the facility can open it today."""

    id: UUID
    kind_code: Annotated[str, recorded("document_kind")]
    title: str | None
    issued_on: date | None
    media_type: str
    size: int
    shared_at: datetime
    visible: bool

    @classmethod
    def of(
        cls, share: DocumentShare, document: Document, newest: Version, box: Box, *, visible: bool
    ) -> Self:
        """The newest version, as the facility is told of it."""
        return cls(
            id=document.id,
            kind_code=document.kind_code,
            title=title_of(document, box),
            issued_on=document.issued_on,
            media_type=newest.media_type,
            size=newest.size,
            shared_at=share.created_at,
            visible=visible,
        )


class ErasureOut(Shown):
    """A wish to destroy a document, and what a second person decided; nothing of what stands in it."""

    id: UUID
    version: int
    created_at: datetime
    document_id: UUID
    case_id: UUID
    reason_code: Annotated[str, recorded("erasure_reason")]
    reference: str
    by_id: UUID
    status: Status
    refusal_code: Annotated[str, recorded("erasure_refusal")] | None
    ended_at: datetime | None
    ended_by_id: UUID | None
    versions: int | None
    open_actions: list[Action]

    @classmethod
    def of(cls, erasure: DocumentErasure, actor: Actor) -> Self:
        """The wish, and what this actor may do about it."""
        may = ERASURE.open(erasure.status, rules.erasure_parties(erasure, actor))
        own = erasure.model_dump(include=set(cls.model_fields))
        return cls.model_validate(own | {"open_actions": may})


async def show_erasure(_: AsyncSession, actor: Actor, erasure: DocumentErasure) -> ErasureOut:
    """A wish as this actor sees it."""
    return ErasureOut.of(erasure, actor)


def title_of(document: Document, box: Box) -> str | None:
    """What a document is called, opened."""
    title = document.title
    return None if title is None else box.read("document", "title", document.id, title)
