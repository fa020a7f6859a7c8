"""The route of the privacy ledger: what is spent, what is kept, what may still be asked."""

from datetime import date

from app.access.table import Permission
from app.audit import actions as audit
from app.core.errors import Forbidden
from app.core.hot import within
from app.core.shown import Shown
from app.routers._deps import ActorDep
from app.routers._problems import problems
from app.routers._rooms import Room
from app.routers.statistics import ReaderDep
from app.statistics import guarantee, queries

router = Room("statistics", prefix="/statistics")


class AccountOut(Shown):
    """The account of everybody who was registered in a cohort; all figures but the last are rho.

    `kept` is what the releases cost that ten years of a file still have to come, `left_for_questions` what
    questions of this year may cost beside them. `belief_at_most`: how sure what was spent can have made
    somebody that a person is counted who was at 50:50 before, and knows everybody else.
    """

    cohort: str
    first_day: date | None
    last_day: date
    spent: float
    kept: float
    cap: float
    left_for_questions: float
    belief_at_most: float


@router.get("/budget", responses=problems(Forbidden))
async def get_budget(session: ReaderDep, actor: ActorDep) -> list[AccountOut]:
    """The ledger by cohort, oldest first: one account for all who ask, whoever they are."""
    grant = actor.grant(Permission.STATISTICS_QUERY)
    found = await queries.accounts(await within(session), grant)
    audit.record(session, actor, "release.budget", [])
    return [
        AccountOut(
            cohort=one.cohort,
            first_day=one.first_day,
            last_day=one.last_day,
            spent=one.spent,
            kept=one.kept,
            cap=one.cap,
            left_for_questions=one.left_for_questions,
            belief_at_most=round(guarantee.belief(one.spent), 4),
        )
        for one in found
    ]
