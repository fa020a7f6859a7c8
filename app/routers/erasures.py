"""Routes under /document-erasures: a document is destroyed when a second person says so."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from app.access.table import Permission
from app.audit import actions as audit
from app.cases.errors import SomebodyElseNeeded
from app.core import pages
from app.core.errors import Forbidden
from app.core.pages import Page
from app.documents import erasing, queries, rules
from app.documents.schemas import ErasureOut, RefuseErasure, show_erasure
from app.documents.states import ERASURE, Action, Party, Status
from app.routers._deps import ActorDep, PageDep, SessionDep
from app.routers._moves import Moves, register
from app.routers._problems import problems
from app.routers._rooms import Room

router = Room("documents", "/document-erasures")


@router.get("", responses=problems(Forbidden))
async def list_document_erasures(
    page: PageDep,
    session: SessionDep,
    actor: ActorDep,
    status: Annotated[Status | None, Query(description="Only those that stand here")] = None,
) -> Page[ErasureOut]:
    """Wishes to destroy a document, newest first: why, by whom, what was decided; never what stands in it."""
    found = await queries.erasures(session, actor.grant(Permission.ERASURE_READ), page, status)
    shown = found[: page.limit]
    ids = [each for one in shown for each in rules.erasure_trail(one)]
    audit.record(session, actor, "document.list_erasures", dict.fromkeys(ids))
    following = pages.seal(page, found[page.limit].id) if len(found) > page.limit else None
    return Page(items=[ErasureOut.of(one, actor) for one in shown], next_cursor=following)


async def _erasure_id(erasure_id: UUID) -> UUID:
    return erasure_id


register(
    router,
    "/{erasure_id}",
    Moves(
        table=ERASURE,
        act=erasing,
        where=_erasure_id,
        out=ErasureOut,
        answer=show_erasure,
        by=tuple(Party),
        bodies={Action.REFUSE: RefuseErasure},
        refusals=dict.fromkeys((Action.APPROVE, Action.REFUSE), (SomebodyElseNeeded,)),
    ),
)
