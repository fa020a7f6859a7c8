"""Make screenings for tests: a person who was referred to the counsellor's facility, and is asked there."""

from typing import Any

from sqlmodel import select

from app.access.actor import Actor
from app.assessments.schemas import RecordAssessment
from app.cases.models import Case
from app.core.vault import Box
from app.psychosocial import actions
from app.psychosocial.models import Screening
from app.referrals.states import Status
from tests.factories import Town
from tests.journeys import payloads
from tests.referrals.factories import Post, a_post


async def referred(town: Town, at: Status = Status.SENT, **changes: Any) -> tuple[Post, Case]:
    """A case of the caseworker's, with a referral to the workshop, where the counsellor works too."""
    post = await a_post(town, **changes)
    await post.referral(at)
    async with town.work(town.coordinator) as session:
        return post, (await session.exec(select(Case).where(Case.id == post.case_id))).one()


async def screened(
    town: Town, actor: Actor, case: Case, instrument: str = "phq_9", **changes: Any
) -> tuple[Screening, Box, bool]:
    """What was asked of this case by this actor."""
    sent = payloads.screening() | {"instrument_code": instrument} | changes
    async with town.work(actor) as session:
        return await actions.screen(session, actor, case.id, RecordAssessment.model_validate(sent))
