"""What can be done to an assessment: it is recorded, and then never changed."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.assessments import facts, queries, rules, scoring
from app.assessments.instrument import Compartment
from app.assessments.models import Assessment
from app.assessments.schemas import RecordAssessment
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.cases import actions as cases
from app.cases import queries as case_queries
from app.cases.rules import CASE_MANAGEMENT, need_consent, trail
from app.core.errors import Clash
from app.milestones import actions as milestones
from app.risks import actions as risks
from app.survivors import queries as survivors

MEASURED = "outcome_measure"  # code list: milestone_fact


async def record(
    session: AsyncSession, actor: Actor, case_id: UUID, given: RecordAssessment
) -> tuple[Assessment, bool]:
    """Keep the answers as given with what the algorithm makes of them; False when it was there already."""
    case = await case_queries.get(session, actor.grant(Permission.CASE_WRITE), case_id)
    if given.id and (known := await queries.find(session, case, given.id)):
        return _same(known, given), False
    need_consent(await survivors.live_consent(session, case.survivor_id, CASE_MANAGEMENT) is not None)
    asked = rules.instrument(given.instrument_code, given.instrument_version, Compartment.GENERAL)
    born = await survivors.birth(session, case.survivor_id)
    found = rules.judged(asked, given.answers, given.incomplete, born, given.assessed_on)
    assessment = Assessment.model_validate(
        given.model_dump(exclude_none=True, exclude={"incomplete"})
        | {"case_id": case.id, "owner_id": case.owner_id, "team_id": case.team_id, "by_id": actor.user_id}
        | {"instrument_version": asked.version, "scores": scoring.kept(found)}
        | {"algorithm": found[0].algorithm, "score": found[0].value, "result": found[0].result}
    )
    session.add(assessment)
    ids = trail(case, assessment.id)
    audit.record(session, actor, "assessment.record", ids, FieldClass.HEALTH)
    if rules.speaks_of_needs(asked, given.answers):
        await cases.needs_assessed(session, actor, case.id, given.assessed_on)
    await session.flush()
    kinds = [alert.code for alert in rules.alerts(asked, given.answers)]
    await risks.raise_by_rule(session, actor, case, kinds, assessment.id)
    before = await queries.before(session, assessment)
    for code in facts.shown(assessment, before):
        await milestones.reach(session, actor, case, code, assessment.assessed_on, MEASURED, assessment.id)
    return assessment, True


def _same(known: Assessment, given: RecordAssessment) -> Assessment:
    """What exists under the client's id, if it is what was sent."""
    sent = given.model_dump(exclude_unset=True, exclude_none=True, exclude={"id", "incomplete"})
    if any(getattr(known, name) != value for name, value in sent.items()):
        raise Clash
    return known
