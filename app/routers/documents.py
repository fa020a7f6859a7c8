"""Routes of documents: of a case, of its compartment, and of those that go with a referral."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from pydantic.json_schema import SkipJsonSchema
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.cases.errors import CaseNotOpen, ConsentMissing
from app.core.errors import Busy, Clash, Forbidden, KeyReused, NotFound, Stale, VersionMissing
from app.core.pages import Page
from app.documents import actions, erasing, sharing
from app.documents.actions import Shelf
from app.documents.errors import (
    DocumentErased,
    ErasurePending,
    NotADocumentToShare,
    ScannerAway,
    TooManyDocuments,
    TooSlow,
)
from app.documents.giving import Opened
from app.documents.schemas import (
    AddDocument,
    AddDocumentVersion,
    AskErasure,
    DocumentOut,
    ErasureOut,
    MarkDocument,
    SharedDocumentOut,
    ShareDocument,
)
from app.referrals.errors import NotLive
from app.routers._deps import ActorDep, SessionDep, VersionDep, tagged
from app.routers._once import Once
from app.routers._problems import Described, problems
from app.routers._records import EXISTS
from app.routers._rooms import Room
from app.routers._uploads import LARGEST_UPLOAD, Upload, described, upload_of

router = Room("documents")
SHELVES = ("document", "psychosocial_document")
CASE, LETTER = "/cases/{case_id}", "/referrals/{referral_id}/documents"
GET = problems(Forbidden, NotFound)
FILE = (
    Forbidden,
    NotFound,
    KeyReused,
    Busy,
    CaseNotOpen,
    ConsentMissing,
    ScannerAway,
    TooManyDocuments,
    TooSlow,
)
ADD = problems(*FILE, Clash, DocumentErased) | EXISTS
ADD_VERSION = problems(*FILE, Stale, VersionMissing, DocumentErased)
CHANGE = problems(
    *(Forbidden, NotFound, Stale, VersionMissing, KeyReused, Busy),
    *(CaseNotOpen, ConsentMissing, DocumentErased),
)
ASK_ERASURE = problems(Forbidden, NotFound, Clash, KeyReused, Busy, DocumentErased, ErasurePending) | EXISTS
SHARE = problems(Forbidden, NotFound, KeyReused, Busy, NotLive, ConsentMissing, NotADocumentToShare) | EXISTS
BYTES: Described = {
    200: {
        "description": "The file, to be saved and never shown by the browser itself",
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("image/jpeg", "image/png", "application/pdf")
        },
    }
}
NumberQuery = Annotated[
    int | SkipJsonSchema[None], Query(ge=1, le=1000, description="Which version; by default the newest")
]


def _bytes(opened: Opened) -> Response:
    """A download that no browser runs, whatever is in it."""
    headers = {
        "Content-Disposition": f'attachment; filename="{opened.name}"',
        "Content-Security-Policy": "sandbox",
    }
    return Response(opened.data, media_type=opened.media_type, headers=headers)


async def read_shelf(request: Request, case_id: UUID) -> Shelf:
    """Which of the two shelves of a case the path names."""
    return Shelf(case_id, apart=f"/{SHELVES[1].replace('_', '-')}s" in request.url.path)


async def _may_add(session: AsyncSession, actor: Actor, request: Request, case_id: UUID) -> None:
    await actions.may_add(session, actor, await read_shelf(request, case_id))


ShelfDep = Annotated[Shelf, Depends(read_shelf)]
new, more = upload_of(AddDocument, _may_add), upload_of(AddDocumentVersion, _may_add)
NewDep = Annotated[Upload[AddDocument], Depends(new)]
MoreDep = Annotated[Upload[AddDocumentVersion], Depends(more)]
F = TypeVar("F", bound=Callable[..., Any])


def _both(verb: str, under: str, name: str, **how: Any) -> Callable[[F], F]:
    """The same route for the documents of a case and for those of its compartment."""

    def add(endpoint: F) -> F:
        for one in SHELVES:
            path = f"{CASE}/{one.replace('_', '-')}s{under}"
            said: dict[str, Any] = {"name": name.format(one), "description": endpoint.__doc__}
            router.add_api_route(path, endpoint, methods=[verb], **said, **how)
        return endpoint

    return add


@_both("GET", "", "list_{}s", responses=GET)
async def list_documents(shelf: ShelfDep, session: SessionDep, actor: ActorDep) -> Page[DocumentOut]:
    """The documents here, in the order of entry, without their content."""
    return Page(items=await actions.read_all(session, actor, shelf), next_cursor=None)


@_both(
    *("POST", "", "add_{}"),
    status_code=201,
    responses=ADD,
    dependencies=[Depends(new), Once],
    openapi_extra=described(AddDocument),
    max_body_size=LARGEST_UPLOAD,
)
async def add_document(
    shelf: ShelfDep, upload: NewDep, response: Response, session: SessionDep, actor: ActorDep
) -> DocumentOut:
    """File a document: a form of its fields and the `file`. A picture is drawn anew, without its place."""
    made, is_new = await actions.add(session, actor, shelf, upload.said, upload.content)
    response.status_code = 201 if is_new else 200
    return tagged(response, made)


@_both("GET", "/{document_id}", "get_{}", responses=GET)
async def get_document(
    shelf: ShelfDep, document_id: UUID, response: Response, session: SessionDep, actor: ActorDep
) -> DocumentOut:
    """One document and its versions, without their content."""
    return tagged(response, await actions.read(session, actor, shelf, document_id))


@_both("GET", "/{document_id}/content", "download_{}", responses=GET | BYTES, response_class=Response)
async def download_document(
    shelf: ShelfDep, document_id: UUID, session: SessionDep, actor: ActorDep, number: NumberQuery = None
) -> Response:
    """The file itself, as a download. Who had it is written down."""
    return _bytes(await actions.download(session, actor, shelf, document_id, number))


@_both(
    *("POST", "/{document_id}/versions", "add_{}_version"),
    status_code=201,
    responses=ADD_VERSION,
    dependencies=[Depends(more), Once],
    openapi_extra=described(AddDocumentVersion),
    max_body_size=LARGEST_UPLOAD,
)
async def add_document_version(
    shelf: ShelfDep,
    document_id: UUID,
    upload: MoreDep,
    version: VersionDep,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> DocumentOut:
    """File a document again, as its next version; those before it stay."""
    content = upload.content
    return tagged(response, await actions.add_version(session, actor, shelf, document_id, version, content))


@_both("PATCH", "/{document_id}", "mark_{}", responses=CHANGE, dependencies=[Once])
async def mark_document(
    shelf: ShelfDep,
    document_id: UUID,
    version: VersionDep,
    body: MarkDocument,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> DocumentOut:
    """Say that it should never have been filed here, and why: it stays, and nobody opens it."""
    return tagged(response, await actions.mark(session, actor, shelf, document_id, version, body))


@_both(
    *("POST", "/{document_id}/erasures", "ask_{}_erasure"),
    status_code=201,
    responses=ASK_ERASURE,
    dependencies=[Once],
)
async def ask_document_erasure(
    shelf: ShelfDep,
    document_id: UUID,
    body: AskErasure,
    response: Response,
    session: SessionDep,
    actor: ActorDep,
) -> ErasureOut:
    """Ask for a document to be destroyed: why, and under which written wish. A second person decides."""
    erasure, is_new = await erasing.ask(session, actor, shelf, document_id, body)
    response.status_code = 201 if is_new else 200
    return tagged(response, ErasureOut.of(erasure, actor))


@router.get(LETTER, responses=GET)
async def list_referral_documents(
    referral_id: UUID, session: SessionDep, actor: ActorDep
) -> list[SharedDocumentOut]:
    """What goes with a referral. The facility is told of what it can open today, and of nothing else."""
    return await sharing.read_all(session, actor, referral_id)


@router.post(LETTER, status_code=201, dependencies=[Once], responses=SHARE)
async def share_document(
    referral_id: UUID, body: ShareDocument, response: Response, session: SessionDep, actor: ActorDep
) -> SharedDocumentOut:
    """Choose a document of the same case to go with a referral, a draft or a live one."""
    shared, is_new = await sharing.share(session, actor, referral_id, body)
    response.status_code = 201 if is_new else 200
    return shared


@router.post(
    f"{LETTER}/{{document_id}}/withdraw",
    status_code=204,
    dependencies=[Once],
    responses=problems(Forbidden, NotFound, KeyReused),
)
async def withdraw_document(
    referral_id: UUID, document_id: UUID, session: SessionDep, actor: ActorDep
) -> None:
    """Take a document back from a referral: the facility does not see it from now on."""
    await sharing.withdraw(session, actor, referral_id, document_id)


@router.get(f"{LETTER}/{{document_id}}/content", responses=GET | BYTES, response_class=Response)
async def download_referral_document(
    referral_id: UUID, document_id: UUID, session: SessionDep, actor: ActorDep
) -> Response:
    """The file itself, for the facility while the referral and the person's consent are live."""
    return _bytes(await sharing.download(session, actor, referral_id, document_id))
