"""What a person lets out of the compartment, with the counsellor: the score of WHO-5, and nothing else."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.cases.rules import trail
from app.psychosocial import queries
from app.psychosocial.schemas import scored
from app.wellbeing import actions as wellbeing
from app.wellbeing import queries as shown
from app.wellbeing.models import WellbeingConsent
from app.wellbeing.rules import INSTRUMENT
from app.wellbeing.schemas import OpenWellbeing, WellbeingConsentOut, WellbeingConsentsOut


async def open_wellbeing(
    session: AsyncSession, actor: Actor, case_id: UUID, given: OpenWellbeing
) -> tuple[WellbeingConsent, bool]:
    """Record that the person agrees, and let out what was asked here so far."""
    grant = actor.grant(Permission.PSYCHOSOCIAL_WRITE)
    case = await queries.case(session, grant, case_id)
    consent, is_new = await wellbeing.open_to_view(session, actor, case, given)
    box = await queries.box(session, case)
    if is_new and box is not None:
        asked = await queries.in_order(session, grant, case)
        told = [scored(one, box) for one in asked if one.instrument_code == INSTRUMENT]
        await wellbeing.let_out(session, actor, case, told)
    return consent, is_new


async def withdraw_wellbeing(
    session: AsyncSession, actor: Actor, case_id: UUID, consent_id: UUID, version: int
) -> WellbeingConsent:
    """Take it back in the person's name: whoever the person tells, also who works on the case."""
    case = await queries.case(session, actor.grant(Permission.PSYCHOSOCIAL_STATUS), case_id)
    return await wellbeing.withdraw(session, actor, case, consent_id, version)


async def read_wellbeing(session: AsyncSession, actor: Actor, case_id: UUID) -> WellbeingConsentsOut:
    """What the person agreed to about this, newest first."""
    case = await queries.case(session, actor.grant(Permission.PSYCHOSOCIAL_STATUS), case_id)
    found = await shown.of_case(session, case)
    ids = trail(case, *(one.id for one in found))
    audit.record(session, actor, "wellbeing.list", ids, FieldClass.MENTAL_HEALTH)
    return WellbeingConsentsOut(items=[WellbeingConsentOut.of(one) for one in found])
