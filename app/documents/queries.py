"""Every read of documents. Each takes a grant, or a file or referral that a grant has opened."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Grant
from app.access.table import Reach, Role
from app.core import clock
from app.core.errors import NotFound
from app.core.pages import FIRST, Ask
from app.documents.models import Document, DocumentErasure, DocumentFile, DocumentShare
from app.documents.states import Status
from app.referrals import rules as referrals
from app.referrals.models import Referral
from app.referrals.rules import ShareItem
from app.referrals.states import LIVE
from app.survivors.models import Consent

D, E, F, S = Document, DocumentErasure, DocumentFile, DocumentShare


ERASE = sa.text("select erase_document(:erasure_id, :version)").bindparams(
    sa.bindparam("erasure_id", type_=sa.Uuid()), sa.bindparam("version", type_=sa.Integer())
)
"""Destroys the versions, the title and the day of a document: see the migration."""


class Version(NamedTuple):
    """A version of a document without its bytes."""

    id: UUID
    document_id: UUID
    number: int
    created_at: datetime
    by_id: UUID
    media_type: str
    size: int


async def counselled_cases(session: AsyncSession, grant: Grant, case_id: UUID) -> set[UUID]:
    """This case, if a live referral opens its compartment to the caller's facility, on a live consent."""
    if grant.reach is not Reach.SHARED:
        return set()
    rows = (
        select(Referral, Consent)
        .join(Consent, col(Consent.id) == col(Referral.consent_id))
        .where(Referral.case_id == case_id, Referral.to_facility_id == grant.actor.facility_id)
        .where(col(Referral.status).in_(LIVE))
    )
    today, item = clock.today(), ShareItem.PSYCHOSOCIAL
    return {
        letter.case_id
        for letter, consent in (await session.exec(rows)).all()
        if referrals.is_live(consent, letter, today) and referrals.shows(letter, consent, item)
    }


async def of_case(
    session: AsyncSession, case_id: UUID, facility_id: UUID | None, most: int
) -> Sequence[Document]:
    """The documents of a case in the order of entry; those of the compartment where a facility is named."""
    rows = select(D).where(*_in(case_id, facility_id)).order_by(col(D.id)).limit(most)
    return (await session.exec(rows)).all()


async def find(
    session: AsyncSession, case_id: UUID, facility_id: UUID | None, document_id: UUID, *, lock: bool = False
) -> Document | None:
    """One document of a case, or of its compartment, if there is one."""
    rows = select(D).where(*_in(case_id, facility_id), D.id == document_id)
    if lock:
        rows = rows.with_for_update().execution_options(populate_existing=True)
    return (await session.exec(rows)).one_or_none()


async def get(session: AsyncSession, case_id: UUID, facility_id: UUID | None, document_id: UUID) -> Document:
    """One document of a case, or of its compartment, or NotFound."""
    if found := await find(session, case_id, facility_id, document_id):
        return found
    raise NotFound


async def versions(session: AsyncSession, document_ids: Iterable[UUID]) -> dict[UUID, list[Version]]:
    """The versions of these documents, oldest first, by document."""
    columns = (F.id, F.document_id, F.number, F.created_at, F.by_id, F.media_type, F.size)
    rows = sa.select(*map(col, columns)).where(col(F.document_id).in_(set(document_ids)))
    found: dict[UUID, list[Version]] = {}
    for row in (await (await session.connection()).execute(rows.order_by(col(F.number)))).all():
        found.setdefault(row.document_id, []).append(Version._make(row))
    return found


async def content(session: AsyncSession, document_id: UUID, number: int) -> DocumentFile:
    """One version with its bytes, or NotFound."""
    rows = select(F).where(F.document_id == document_id, F.number == number)
    found = (await session.exec(rows)).one_or_none()
    if found is None:
        raise NotFound
    return found


async def first_digest(session: AsyncSession, document_id: UUID) -> bytes:
    """The digest of a document's first version, sealed."""
    rows = select(F.digest).where(F.document_id == document_id, F.number == 1)
    return (await session.exec(rows)).one()


async def filed_since(session: AsyncSession, user_id: UUID, since: datetime) -> int:
    """How many versions this person has filed since then."""
    rows = select(sa.func.count()).select_from(F).where(F.by_id == user_id, col(F.created_at) > since)
    return (await session.exec(rows)).one()


async def shares(session: AsyncSession, referral: Referral) -> Sequence[tuple[DocumentShare, Document]]:
    """What goes with a referral now, in the order in which it was chosen."""
    rows = select(S, D).join(D, col(D.id) == col(S.document_id))
    goes = rows.where(S.referral_id == referral.id, col(S.ended_at).is_(None))
    live = goes.where(D.case_id == referral.case_id, col(D.in_error).is_(False))
    return (await session.exec(live.order_by(col(S.id)))).all()


async def share(session: AsyncSession, referral: Referral, document_id: UUID) -> DocumentShare | None:
    """That this document goes, or went, with the referral, locked."""
    rows = select(S).where(S.referral_id == referral.id, S.document_id == document_id).with_for_update()
    return (await session.exec(rows.execution_options(populate_existing=True))).one_or_none()


async def erasure_asked(session: AsyncSession, document_id: UUID) -> DocumentErasure | None:
    """The wish to destroy this document that nobody has answered, if there is one."""
    rows = select(E).where(E.document_id == document_id, E.status == Status.ASKED)
    return (await session.exec(rows)).one_or_none()


async def find_erasure(
    session: AsyncSession, grant: Grant, erasure_id: UUID, *, lock: bool = False
) -> DocumentErasure | None:
    """One wish to destroy a document within reach, if there is one."""
    rows = select(E).where(_asked(grant), E.id == erasure_id)
    if lock:
        rows = rows.with_for_update().execution_options(populate_existing=True)
    return (await session.exec(rows)).one_or_none()


async def erasures(
    session: AsyncSession, grant: Grant, ask: Ask, status: Status | None
) -> Sequence[DocumentErasure]:
    """Wishes to destroy a document, newest first; one more than asked for where there is another page."""
    rows = select(E).where(_asked(grant))
    if status is not None:
        rows = rows.where(E.status == status)
    if ask.start != FIRST:
        rows = rows.where(col(E.id) <= ask.start)
    return (await session.exec(rows.order_by(col(E.id).desc()).limit(ask.limit + 1))).all()


async def erase(session: AsyncSession, erasure: DocumentErasure) -> int | None:
    """Destroy what it is about, by the database's own hand; how many versions, None if it is too late."""
    asked = {"erasure_id": erasure.id, "version": erasure.version}
    found: int | None = await (await session.connection()).scalar(ERASE, asked)
    return found


def _asked(grant: Grant) -> sa.ColumnElement[bool]:
    """All of them, or those of the compartment of the actor's facility."""
    if grant.reach is Reach.FACILITY:
        return col(E.facility_id) == grant.actor.facility_id
    audits = grant.actor.role is Role.AUDITOR
    return sa.and_(grant.held(E), sa.true() if audits else col(E.facility_id).is_(None))


def _in(case_id: UUID, facility_id: UUID | None) -> tuple[sa.ColumnElement[bool], ...]:
    apart = facility_id is not None
    return (
        col(D.case_id) == case_id,
        col(D.apart).is_(apart),
        *([col(D.facility_id) == facility_id] if apart else []),
    )
