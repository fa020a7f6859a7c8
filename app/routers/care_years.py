"""Routes of /statistics/care: what was done for people in a year, from a release alone."""

from typing import Annotated

from fastapi import Query, Response

from app.access.table import Permission
from app.audit import actions as audit
from app.core.errors import Forbidden
from app.routers._deps import ActorDep
from app.routers._problems import problems
from app.routers._rooms import Room
from app.routers.statistics import KEEP, ReaderDep
from app.statistics import care_answers, queries, yearbook
from app.statistics.errors import NothingReleased, NotInRelease

router = Room("statistics", prefix="/statistics")
Year = Annotated[int, Query(ge=1900, le=2999, description="The year of care")]


@router.get("/care", responses=problems(Forbidden, NothingReleased))
async def get_care_year(
    year: Year, response: Response, session: ReaderDep, actor: ActorDep
) -> yearbook.CareYear:
    """Needs, services, waits and milestones of one year: each figure with its margin, and the median wait.

    One person stands in at most three lanes of a table and in one wait. Figures of two years are of many of
    the same people: do not add them up.
    """
    grant = actor.grant(Permission.STATISTICS_QUERY)
    release, released = await queries.care_year(session, grant, year)
    audit.record(session, actor, "release.read", release.id)
    response.headers.update(KEEP)
    return yearbook.answered(released, release.sha256 or "", actor.language)


@router.post("/care/query", responses=problems(Forbidden, NothingReleased, NotInRelease))
async def query_care_year(
    body: care_answers.AskCare, response: Response, session: ReaderDep, actor: ActorDep
) -> care_answers.CareAnswer:
    """Figures of a year of care by any dimensions and filters that one of its tables holds.

    `counts` says what is counted; `available` of a refusal says what can be asked together. Each figure has
    its margin, a sum of cells a smaller one than its parts together. One question has one answer; ask as
    many as you like.
    """
    grant = actor.grant(Permission.STATISTICS_QUERY)
    release, released = await queries.care_year(session, grant, body.year)
    audit.record(session, actor, "release.query", release.id)
    response.headers.update(KEEP)
    return care_answers.answered(released, release.sha256 or "", body, actor.language)
