"""What can be done about letting one's well-being be seen. The only code that lets a score out."""

from collections.abc import Iterable
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.cases.models import Case
from app.cases.rules import trail
from app.core import clock
from app.core.errors import Clash, Stale
from app.core.ids import new_id
from app.survivors import queries as survivors
from app.wellbeing import queries, rules
from app.wellbeing.errors import WellbeingOpen
from app.wellbeing.models import WellbeingConsent, WellbeingScore
from app.wellbeing.rules import Scored
from app.wellbeing.schemas import OpenWellbeing, WellbeingConsentOut

AGREED = ("text_version", "language_code", "mode_code", "given_by_code", "given_on", "valid_until")


async def open_to_view(
    session: AsyncSession, actor: Actor, case: Case, given: OpenWellbeing
) -> tuple[WellbeingConsent, bool]:
    """Record that the person agrees; False beside it when this very one was there already."""
    actor.grant(Permission.PSYCHOSOCIAL_WRITE)
    if given.id and (known := await queries.find(session, case, given.id)):
        return _same(known, given), False
    if standing := await queries.standing(session, case, actor.facility_id):
        if rules.is_live(standing, clock.today()):
            raise WellbeingOpen(consent_id=str(standing.id))
        await end(session, actor, standing)
    rules.need_fit(given, given.valid_until, await survivors.birth(session, case.survivor_id))
    consent = WellbeingConsent.model_validate(
        given.model_dump(exclude={"id", "best_interest"})
        | {"id": given.id or new_id(), "case_id": case.id, "survivor_id": case.survivor_id}
        | {"owner_id": case.owner_id, "team_id": case.team_id}
        | {"facility_id": actor.facility_id, "by_id": actor.user_id}
    )
    session.add(consent)
    audit.record(session, actor, "wellbeing.open", trail(case, consent.id), FieldClass.MENTAL_HEALTH)
    await session.flush()
    return consent, True


async def let_out(session: AsyncSession, actor: Actor, case: Case, scored: Iterable[Scored]) -> None:
    """Copy these scores for who works on the case, if the person agreed to it and still does."""
    actor.grant(Permission.PSYCHOSOCIAL_WRITE)
    consent = await queries.standing(session, case, actor.facility_id)
    if consent is None or not rules.is_live(consent, clock.today()):
        return
    box = await survivors.box(session, case.survivor_id)
    held = {"owner_id": case.owner_id, "team_id": case.team_id, "case_id": case.id}
    for one in scored:
        row_id = new_id()
        said = "" if one.score is None else f"{one.score:g}"
        copy = {"id": row_id, "screening_id": one.screening_id, "assessed_on": one.on}
        score = box.seal(WellbeingScore.__tablename__, "score", row_id, said)
        session.add(WellbeingScore.model_validate({**held, **copy, "consent_id": consent.id, "score": score}))
    await session.flush()


async def withdraw(
    session: AsyncSession, actor: Actor, case: Case, consent_id: UUID, version: int
) -> WellbeingConsent:
    """Take it back in the person's name: the copies are deleted with this answer."""
    actor.grant(Permission.PSYCHOSOCIAL_STATUS)
    consent = await queries.take(session, case, consent_id)
    if version != consent.version:
        raise Stale(current=WellbeingConsentOut.of(consent).model_dump(mode="json"))
    rules.need_open(consent)
    await end(session, actor, consent)
    audit.record(session, actor, "wellbeing.withdraw", trail(case, consent.id), FieldClass.MENTAL_HEALTH)
    await session.flush()
    return consent


async def end(session: AsyncSession, actor: Actor, consent: WellbeingConsent) -> None:
    """It holds no longer: the database deletes the copies. Called by what has been permitted already."""
    actor.grant(Permission.PSYCHOSOCIAL_STATUS)
    consent.withdrawn_at, consent.withdrawn_by_id = clock.now(), actor.user_id
    await session.flush()


def _same(known: WellbeingConsent, given: OpenWellbeing) -> WellbeingConsent:
    """What exists under the client's id, if it is what was sent."""
    if any(getattr(known, name) != getattr(given, name) for name in AGREED):
        raise Clash
    return known
