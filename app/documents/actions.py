"""What can be done with the documents of a case. The only code that keeps or changes one."""

from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit.actions import FieldClass
from app.cases import filing
from app.cases.filing import CaseAt
from app.core import clock
from app.core.errors import Clash, NotFound, Stale
from app.core.ids import new_id
from app.documents import queries, rules
from app.documents.giving import Opened, opened
from app.documents.judging import Content
from app.documents.models import Document, DocumentFile
from app.documents.schemas import AddDocument, DocumentOut, MarkDocument, title_of
from app.psychosocial import keys
from app.records import keeping
from app.records.queries import File

READ = {False: Permission.DOCUMENT_READ, True: Permission.PSYCHOSOCIAL_READ}
WRITE = {False: Permission.DOCUMENT_WRITE, True: Permission.PSYCHOSOCIAL_WRITE}
"""By whether it is about the compartment."""


class Shelf(NamedTuple):
    """Where documents of a case stand: with the case, or `apart` in its compartment."""

    case_id: UUID
    apart: bool = False


async def may_add(session: AsyncSession, actor: Actor, shelf: Shelf) -> None:
    """Stop whoever may not file here, before a file of theirs is even received."""
    await open_shelf(session, actor, WRITE[shelf.apart], shelf)


async def add(
    session: AsyncSession, actor: Actor, shelf: Shelf, given: AddDocument, content: Content
) -> tuple[DocumentOut, bool]:
    """Keep a new document; False beside it when this very one was there already."""
    file = await open_shelf(session, actor, WRITE[shelf.apart], shelf)
    here = file.only.get("facility_id")
    if given.id and (known := await queries.find(session, shelf.case_id, here, given.id)):
        return await _same(session, file, known, given, content), False
    rules.need_place(given.kind_code, apart=shelf.apart)
    rules.need_issued(given.issued_on, clock.today())
    most = rules.MOST_OF_CASE
    rules.need_room(len(await queries.of_case(session, shelf.case_id, here, most)), most)
    row_id = given.id or new_id()
    title = given.title and file.box.seal("document", "title", row_id, given.title)
    columns = {**file.held, **file.only, "id": row_id, "title": title, "by_id": actor.user_id}
    document = Document.model_validate(given.model_dump(include={"kind_code", "issued_on"}) | columns)
    session.add(document)
    await session.flush()
    await _keep(session, actor, file, document, content)
    keeping.log(session, actor, file, "document.add", document.id)
    return await _shown(session, file, document), True


async def add_version(
    session: AsyncSession, actor: Actor, shelf: Shelf, document_id: UUID, version: int, content: Content
) -> DocumentOut:
    """Keep another version of a document; those before it stay."""
    file, document = await _take(session, actor, shelf, document_id, version)
    if document.in_error:
        raise NotFound
    rules.need_there(document)
    rules.need_room(document.newest, rules.MOST_VERSIONS)
    document.newest += 1
    await _keep(session, actor, file, document, content)
    keeping.log(session, actor, file, "document.add_version", document.id)
    return await _shown(session, file, document)


async def mark(
    session: AsyncSession, actor: Actor, shelf: Shelf, document_id: UUID, version: int, given: MarkDocument
) -> DocumentOut:
    """Say that a document should never have been filed here, or that it should: marked, nobody opens it."""
    file, document = await _take(session, actor, shelf, document_id, version)
    rules.need_there(document)
    document.in_error = given.in_error
    document.reason_code = given.reason_code if given.in_error else None
    keeping.log(session, actor, file, "document.mark", document.id)
    return await _shown(session, file, document)


async def read_all(session: AsyncSession, actor: Actor, shelf: Shelf) -> list[DocumentOut]:
    """Every document here, in the order of entry."""
    file = await open_shelf(session, actor, READ[shelf.apart], shelf)
    here = file.only.get("facility_id")
    found = await queries.of_case(session, shelf.case_id, here, rules.MOST_OF_CASE)
    versions = await queries.versions(session, (one.id for one in found))
    keeping.log(session, actor, file, "document.list", *(one.id for one in found))
    return [DocumentOut.of(one, versions.get(one.id, []), file.box) for one in found]


async def read(session: AsyncSession, actor: Actor, shelf: Shelf, document_id: UUID) -> DocumentOut:
    """One document: what it is called, and its versions."""
    file = await open_shelf(session, actor, READ[shelf.apart], shelf)
    document = await queries.get(session, shelf.case_id, file.only.get("facility_id"), document_id)
    keeping.log(session, actor, file, "document.read", document.id)
    return await _shown(session, file, document)


async def download(
    session: AsyncSession, actor: Actor, shelf: Shelf, document_id: UUID, number: int | None
) -> Opened:
    """The bytes of one version, by default of the newest; each time it is written down who had them."""
    file = await open_shelf(session, actor, READ[shelf.apart], shelf)
    document = await queries.get(session, shelf.case_id, file.only.get("facility_id"), document_id)
    if document.in_error or document.erased_at:
        raise NotFound
    keeping.log(session, actor, file, "document.download", document.id)
    await session.flush()
    return await opened(session, file, document, number)


async def open_shelf(session: AsyncSession, actor: Actor, permission: Permission, shelf: Shelf) -> File:
    """The file of a case within reach; its compartment by a live referral, with a key of its own."""
    grant, writes = actor.grant(permission), permission is WRITE[shelf.apart]
    shared = await queries.counselled_cases(session, grant, shelf.case_id) if shelf.apart else set()
    open_it = filing.open_to_write if writes else filing.open_file
    file = await open_it(session, grant, CaseAt(shelf.case_id, shared))
    if not shelf.apart:
        return file
    if writes:
        owner, team = file.held["owner_id"], file.held["team_id"]
        box = await keys.box_to_write(session, file.survivor_id, owner, team)
    else:  # where there is no key, nothing is sealed with it
        box = await keys.find_box(session, file.survivor_id) or file.box
    only = {"apart": True, "facility_id": actor.facility_id}
    return replace(file, box=box, only=only, field_class=FieldClass.MENTAL_HEALTH)


async def _take(
    session: AsyncSession, actor: Actor, shelf: Shelf, document_id: UUID, version: int
) -> tuple[File, Document]:
    """A document to change, locked, on the version that was read."""
    file = await open_shelf(session, actor, WRITE[shelf.apart], shelf)
    here = file.only.get("facility_id")
    document = await queries.find(session, shelf.case_id, here, document_id, lock=True)
    if document is None:
        raise NotFound
    if version != document.version:
        raise Stale(current=(await _shown(session, file, document)).model_dump(mode="json"))
    return file, document


async def _keep(
    session: AsyncSession, actor: Actor, file: File, document: Document, content: Content
) -> None:
    """The newest version, sealed and bound to its row."""
    day = clock.now() - rules.DAY
    rules.need_room(await queries.filed_since(session, actor.user_id, day), rules.MOST_A_DAY)
    place = rules.place_of(document.id, document.newest)
    one = DocumentFile(
        document_id=document.id,
        number=document.newest,
        by_id=actor.user_id,
        media_type=content.media_type,
        size=len(content.data),
        digest=file.box.seal("document_file", "digest", place, content.digest),
        content=file.box.seal_bytes("document_file", "content", place, content.data),
    )
    session.add(one)
    await session.flush()


async def _same(
    session: AsyncSession, file: File, known: Document, given: AddDocument, content: Content
) -> DocumentOut:
    """What exists under the client's id, if it is what was sent."""
    rules.need_there(known)
    sealed = await queries.first_digest(session, known.id)
    was = (known.kind_code, known.issued_on, title_of(known, file.box))
    digest = file.box.read("document_file", "digest", rules.place_of(known.id, 1), sealed)
    if was != (given.kind_code, given.issued_on, given.title) or digest != content.digest:
        raise Clash
    return await _shown(session, file, known)


async def _shown(session: AsyncSession, file: File, document: Document) -> DocumentOut:
    await session.flush()
    versions = await queries.versions(session, [document.id])
    return DocumentOut.of(document, versions.get(document.id, []), file.box)
