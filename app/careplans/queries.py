"""Every read of a care plan, through a case that a grant has opened."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.careplans.models import CarePlan, CarePlanMove, Goal, Progress, Review
from app.careplans.states import Status
from app.cases.models import Case
from app.core.errors import NotFound
from app.organisations.models import Facility

MOST = 200


async def of_case(session: AsyncSession, case: Case) -> Sequence[CarePlan]:
    """Every version of this case's plan, newest first."""
    rows = select(CarePlan).where(CarePlan.case_id == case.id)
    return (await session.exec(rows.order_by(col(CarePlan.number).desc()).limit(MOST))).all()


async def find(session: AsyncSession, case: Case, plan_id: UUID | None) -> CarePlan | None:
    """The version of this case's plan that has this id, if there is one."""
    rows = select(CarePlan).where(CarePlan.case_id == case.id, CarePlan.id == plan_id)
    return (await session.exec(rows)).one_or_none() if plan_id else None


async def get(session: AsyncSession, case: Case, plan_id: UUID) -> CarePlan:
    """One version of this case's plan, or NotFound."""
    if found := await find(session, case, plan_id):
        return found
    raise NotFound


async def in_force(session: AsyncSession, case: Case) -> CarePlan | None:
    """The approved version, if there is one."""
    rows = select(CarePlan).where(CarePlan.case_id == case.id, CarePlan.status == Status.APPROVED)
    return (await session.exec(rows)).one_or_none()


async def before(session: AsyncSession, plan: CarePlan) -> CarePlan | None:
    """The version that was in force before this one, if there was one."""
    rows = select(CarePlan).where(CarePlan.case_id == plan.case_id, CarePlan.number < plan.number)
    decided = rows.where(col(CarePlan.status).in_([Status.APPROVED, Status.SUPERSEDED]))
    return (await session.exec(decided.order_by(col(CarePlan.number).desc()).limit(1))).first()


async def goals(session: AsyncSession, plan: CarePlan) -> Sequence[Goal]:
    """The goals of a version, in its order, still sealed."""
    rows = select(Goal).where(Goal.plan_id == plan.id)
    return (await session.exec(rows.order_by(col(Goal.place)))).all()


async def moves(session: AsyncSession, plan: CarePlan) -> Sequence[CarePlanMove]:
    """The steps of a version, oldest first."""
    rows = select(CarePlanMove).where(CarePlanMove.plan_id == plan.id)
    return (await session.exec(rows.order_by(col(CarePlanMove.created_at), col(CarePlanMove.id)))).all()


async def reviews(session: AsyncSession, plan: CarePlan) -> Sequence[Review]:
    """The reviews of a version, newest first."""
    rows = select(Review).where(Review.plan_id == plan.id)
    return (await session.exec(rows.order_by(col(Review.id).desc()).limit(MOST))).all()


async def progress(session: AsyncSession, plan: CarePlan) -> Sequence[Progress]:
    """How the goals of a version stood, review by review, newest first."""
    rows = select(Progress).where(Progress.plan_id == plan.id)
    return (await session.exec(rows.order_by(col(Progress.review_id).desc(), col(Progress.id)))).all()


async def facilities(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of these places of service."""
    rows = select(Facility.id, Facility.name).where(col(Facility.id).in_(set(ids)))
    return dict((await session.exec(rows)).all())
