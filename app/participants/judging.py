"""Eligibility: rules propose from recorded limbs, a classifier decides. The organiser learns no reason."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.core.errors import Clash, Invalid
from app.core.ids import new_id
from app.milestones import actions as milestones
from app.participants import eligibility, queries, rosters, rules
from app.participants.models import Classification, Enrolment
from app.participants.queries import Taking
from app.participants.schemas import ClassificationOut, EligibilityOut, NewClassification, ProposalOut
from app.programmes.models import Programme

COMPLETED = frozenset({"n", "r", "frd", "c"})  # IPC: new, review, review at a fixed date, confirmed
CREATED = {"created_at", "version", "by_id"}


async def propose(session: AsyncSession, actor: Actor, row: Enrolment, programme: Programme) -> None:
    """Keep with an enrolment what the rules of its sport propose today; the limbs stay in the file."""
    actor.grant(Permission.CASE_WRITE)
    if programme.sport_code is None:
        return
    proposals = await _proposals(session, row, programme.sport_code)
    row.eligibility_code = eligibility.overall(proposals)
    eligible = [each for each in proposals if each.outcome == eligibility.ELIGIBLE]
    row.eligible_position_codes = [each.position for each in eligible]
    classes = [each.class_code for each in eligible if each.class_code]
    row.roster_weight = rosters.weight(programme.sport_code, classes[0] if classes else None)
    ids = [row.survivor_id, row.case_id]
    audit.record(session, actor, "eligibility.propose", ids, FieldClass.HEALTH)


async def read(session: AsyncSession, actor: Actor, enrolment_id: UUID) -> EligibilityOut:
    """What the rules propose and why, and what was decided: for who works on the case, and nobody else."""
    taking = await _opened(session, actor, Permission.CASE_READ, enrolment_id)
    row, sport = taking.enrolment, taking.programme.sport_code
    proposals = await _proposals(session, row, sport) if sport else []
    decided = await queries.classifications(session, row)
    audit.record(session, actor, "eligibility.read", rules.trail(row), FieldClass.HEALTH)
    return EligibilityOut(
        proposals=[ProposalOut.of(each) for each in proposals],
        classifications=[ClassificationOut.model_validate(each) for each in decided],
    )


async def classify(
    session: AsyncSession, actor: Actor, enrolment_id: UUID, given: NewClassification
) -> tuple[Classification, bool]:
    """Keep what a classifier decided; it goes before the rule, whatever that proposes."""
    taking = await _opened(session, actor, Permission.CASE_WRITE, enrolment_id)
    row = taking.enrolment
    for known in await queries.classifications(session, row):
        if known.id == given.id:
            return _same(known, given), False
    theirs = eligibility.positions(taking.programme.sport_code) if taking.programme.sport_code else []
    if wrong := [at for at, code in enumerate(given.position_codes) if code not in theirs]:
        pointer = f"/position_codes/{wrong[0]}"
        raise Invalid(errors=[{"pointer": pointer, "code": "not_of_this_sport", "message": ""}])
    whose = {"enrolment_id": row.id, "owner_id": row.owner_id, "team_id": row.team_id}
    ids = {"id": given.id or new_id(), "by_id": actor.user_id}
    made = Classification.model_validate(given.model_dump(exclude_none=True) | whose | ids)
    session.add(made)
    row.eligibility_code, row.eligible_position_codes = rules.allowed(made.status_code, made.position_codes)
    sport = taking.programme.sport_code
    row.roster_weight = rosters.weight(sport, made.class_code) if sport else None
    audit.record(session, actor, "classification.decide", rules.trail(row, made.id), FieldClass.HEALTH)
    await session.flush()
    if made.status_code in COMPLETED:
        shown = ("sport_classified", made.decided_on, "classification", made.id)
        await milestones.reach(session, actor, rules.file_of(row), *shown)
    return made, True


async def _opened(session: AsyncSession, actor: Actor, permission: Permission, enrolment_id: UUID) -> Taking:
    return await queries.get(session, actor.grant(permission), enrolment_id)


async def _proposals(session: AsyncSession, row: Enrolment, sport_code: str) -> list[eligibility.Rule]:
    losses = await queries.losses(session, row.survivor_id)
    return eligibility.propose(sport_code, eligibility.situation_of(losses))


def _same(known: Classification, given: NewClassification) -> Classification:
    sent = given.model_dump(exclude_unset=True, exclude_none=True)
    if any(getattr(known, name) != value for name, value in sent.items()):
        raise Clash
    return known
