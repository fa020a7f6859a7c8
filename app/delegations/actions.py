"""What can be done about a delegation. The only code that makes or revokes one."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor, Grant
from app.access.table import Permission, Reach
from app.accounts.models import Membership
from app.audit import actions as audit
from app.cases import queries as cases
from app.core import clock
from app.core.errors import Clash, Forbidden, Stale
from app.delegations import queries, rules
from app.delegations.errors import DelegateUnfit
from app.delegations.models import Delegation
from app.delegations.schemas import Delegate, DelegationOut
from app.notifications import actions as notifications


async def delegate(session: AsyncSession, actor: Actor, given: Delegate) -> tuple[Delegation, bool]:
    """Let a colleague look after somebody's cases until a day; False beside it when it was there already."""
    grant = actor.grant(Permission.DELEGATION_WRITE)
    away = given.from_id or actor.user_id
    if given.id and (known := await queries.find(session, grant, given.id)):
        return _same(known, given, away), False
    place = await _place(session, grant, away)
    rules.need_days(given.starts_on, given.until_on, clock.today())
    if away == given.to_id or not await queries.works_for(session, given.to_id, place.organisation_id):
        raise DelegateUnfit
    await (await session.connection()).execute(queries.ONE_AFTER_THE_OTHER)
    others = await queries.around(session, [away, given.to_id], given.starts_on, given.until_on)
    rules.need_alone(away, given.to_id, others)
    delegation = Delegation.model_validate(
        given.model_dump(exclude_none=True)
        | {"from_id": away, "by_id": actor.user_id}
        | place.model_dump(include={"team_id", "organisation_id"})
    )
    session.add(delegation)
    await session.flush()
    return await _made(session, actor, delegation, "delegation.delegate"), True


async def revoke(session: AsyncSession, actor: Actor, delegation_id: UUID, version: int) -> Delegation:
    """End a delegation before its day, from the next request on."""
    grant = actor.grant(Permission.DELEGATION_WRITE)
    delegation = await queries.get(session, grant, delegation_id)
    rules.may_act_for(grant, delegation.from_id, delegation.team_id)
    if version != delegation.version:
        raise Stale(current=DelegationOut.of(delegation).model_dump(mode="json"))
    rules.need_not_over(delegation, clock.today())
    delegation.revoked_at, delegation.revoked_by_id = clock.now(), actor.user_id
    return await _made(session, actor, delegation, "delegation.revoke")


async def _place(session: AsyncSession, grant: Grant, away: UUID) -> Membership:
    """The team whose cases these are: of one organisation, or it is not clear what is delegated."""
    if grant.reach is Reach.OWN and away != grant.actor.user_id:
        raise Forbidden(permission=grant.permission.value)
    found = await queries.places(session, away)
    mine = [one for one in found if grant.reach is not Reach.TEAM or one.team_id == grant.actor.team_id]
    if not mine or len({one.organisation_id for one in found}) > 1:
        raise DelegateUnfit
    return mine[0]


async def _made(session: AsyncSession, actor: Actor, delegation: Delegation, kind: str) -> Delegation:
    """Write down what was done, and tell who is away, who stands in, and who leads the team."""
    audit.record(session, actor, kind, [delegation.id, delegation.from_id, delegation.to_id])
    people = {delegation.from_id, delegation.to_id, *await cases.supervisors(session, delegation.team_id)}
    for person in people - {actor.user_id}:
        notifications.tell_person(session, person, kind, delegation.id)
    await session.flush()
    return delegation


def _same(known: Delegation, given: Delegate, away: UUID) -> Delegation:
    names = given.model_fields_set - {"id", "from_id"}
    if known.from_id != away or any(getattr(known, name) != getattr(given, name) for name in names):
        raise Clash
    return known
