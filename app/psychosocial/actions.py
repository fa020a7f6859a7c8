"""What can be done in the compartment: something is asked, and then never changed."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.assessments import rules, scoring
from app.assessments.instrument import Compartment
from app.assessments.schemas import RecordAssessment
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.cases.rules import trail
from app.core.errors import Clash
from app.core.ids import new_id
from app.core.vault import Box
from app.milestones import actions as milestones
from app.psychosocial import keys, queries
from app.psychosocial.models import Screening
from app.psychosocial.schemas import opened, scored, sealed
from app.risks import actions as risks
from app.survivors import queries as survivors
from app.wellbeing import actions as wellbeing
from app.wellbeing.rules import INSTRUMENT

SCREENED = "wellbeing_screened"
SCREENS = frozenset({"who_5", "phq_9", "sdq"})
"""Of these the catalogue says that they screen wellbeing: that one was asked is told, and never its score."""


async def screen(
    session: AsyncSession, actor: Actor, case_id: UUID, given: RecordAssessment
) -> tuple[Screening, Box, bool]:
    """Keep what was answered, with what opens it; False when it was there already. An alert raises a flag."""
    grant = actor.grant(Permission.PSYCHOSOCIAL_WRITE)
    case = await queries.case(session, grant, case_id)
    box = await keys.box_to_write(session, case.survivor_id, case.owner_id, case.team_id)
    if given.id and (known := await queries.find(session, grant, case, given.id)):
        return _same(known, box, given), box, False
    asked = rules.instrument(given.instrument_code, given.instrument_version, Compartment.PSYCHOSOCIAL)
    born = await survivors.birth(session, case.survivor_id)
    found = rules.judged(asked, given.answers, given.incomplete, born, given.assessed_on)
    row_id = given.id or new_id()
    screening = Screening.model_validate(
        given.model_dump(include={"instrument_code", "assessed_on"})
        | {"id": row_id, "case_id": case.id, "owner_id": case.owner_id, "team_id": case.team_id}
        | {"facility_id": actor.facility_id, "by_id": actor.user_id, "instrument_version": asked.version}
        | sealed(row_id, box, answers=given.answers, scores=scoring.kept(found))
    )
    session.add(screening)
    audit.record(session, actor, "screening.record", trail(case, row_id), FieldClass.MENTAL_HEALTH)
    await session.flush()
    kinds = [alert.code for alert in rules.alerts(asked, given.answers)]
    await risks.raise_by_rule(session, actor, case, kinds, row_id, Permission.PSYCHOSOCIAL_WRITE)
    if asked.code == INSTRUMENT:
        await wellbeing.let_out(session, actor, case, [scored(screening, box)])
    if asked.code in SCREENS:
        await milestones.reach(session, actor, case, SCREENED, given.assessed_on, "assessment", None)
    return screening, box, True


def _same(known: Screening, box: Box, given: RecordAssessment) -> Screening:
    """What exists under the client's id, if it is what was sent."""
    sent = given.model_dump(exclude_unset=True, exclude_none=True, exclude={"id", "incomplete", "answers"})
    if any(getattr(known, name) != value for name, value in sent.items()):
        raise Clash
    if opened(known, "answers", box) != given.answers:
        raise Clash
    return known
