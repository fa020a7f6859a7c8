"""Where records of care hang: a case, and what a live referral shares of it with the caller's facility."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from fastapi import Request

from app.access.table import Permission
from app.cases.filing import CaseAt
from app.overview import queries as overview
from app.referrals.rules import ShareItem
from app.routers._deps import ActorDep, SessionDep


def case_at(read: Permission, write: Permission, item: ShareItem) -> Callable[..., Awaitable[Any]]:
    """A dependency: the case in the path, for who may read it or, in a change, write. Else Forbidden."""

    async def where(case_id: UUID, request: Request, session: SessionDep, actor: ActorDep) -> CaseAt:
        grant = actor.grant(read if request.method == "GET" else write)
        return CaseAt(case_id, await overview.shared_cases(session, grant, case_id, item))

    return where


def facility_at(
    read: Permission, write: Permission, pillar: str, rest: ShareItem
) -> Callable[..., Awaitable[Any]]:
    """The same for a facility that was asked for a service of this pillar.

    It finds what it wrote itself and, to read it, what others did where a referral shares that (`rest`).
    """

    async def where(case_id: UUID, request: Request, session: SessionDep, actor: ActorDep) -> CaseAt:
        reads = request.method == "GET"
        grant = actor.grant(read if reads else write)
        asked = await overview.asked_cases(session, grant, case_id, pillar)
        whole = reads and asked <= await overview.shared_cases(session, grant, case_id, rest)
        return CaseAt(case_id, asked, {} if whole else {"facility_id": actor.facility_id})

    return where
