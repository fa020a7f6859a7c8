"""What administrators do to accounts. Nobody changes their own rights; giving rights needs a fresh proof."""

from uuid import UUID

from sqlalchemy.orm.attributes import flag_modified
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission, Role
from app.accounts import gate, passwords, queries, rules, schemas
from app.accounts.errors import AdministratorPresent, FactorAbsent, LastAdministrator, MembershipUnfit
from app.accounts.models import Membership, Standing, User
from app.audit import actions as audit
from app.core import clock
from app.core.config import settings
from app.core.db import GATE, Bind, unit_of_work
from app.core.errors import Clash, NotFound, Stale
from app.core.ids import new_id
from app.notifications import actions as notifications
from app.organisations import actions as organisations
from app.organisations import queries as directory
from app.organisations.models import Facility, Organisation, Team
from app.organisations.schemas import NewOrganisation

FIRST_KIND = "mine_action_agency"  # of the body that runs the programme; its entry can be amended


async def invite(session: AsyncSession, actor: Actor, given: schemas.InviteUser) -> schemas.InvitationOut:
    """Enter a new person with their roles, and make the token that lets them set a password."""
    await _may_let_in(session, actor)
    places = [await _fitting(session, actor, place) for place in given.memberships]
    await queries.at_gate(session)
    name = rules.folded(given.username)
    if await queries.by_name(session, name):
        raise Clash(errors=[{"pointer": "/username", "code": "taken", "message": "Somebody has this name"}])
    user = User(username=name, display_name=given.display_name, language=given.language)
    session.add(user)
    await session.flush()
    session.add_all(_membership(user.id, place) for place in places)
    audit.record(session, actor, "user.invite", user.id)
    return await _invitation(session, user)


async def invite_again(
    session: AsyncSession, actor: Actor, user_id: UUID, version: int
) -> schemas.InvitationOut:
    """Let a person set a new password: after it was forgotten, or when the first invitation ran out."""
    user = await _other(session, actor, user_id, version)
    if user.standing is Standing.DISABLED:
        raise Clash(user_standing=user.standing.value)
    await gate.spend_invitations(session, user.id)
    audit.record(session, actor, "user.invite_again", user.id)
    notifications.tell_person(session, user.id, "user.invite_again", user.id)
    return await _invitation(session, user)


async def change(
    session: AsyncSession, actor: Actor, user_id: UUID, version: int, given: schemas.ChangeUser
) -> schemas.UserOut:
    """Correct a person's name or language; what was not sent stays."""
    user = await _read(session, actor, user_id, version)
    for name, value in given.model_dump(exclude_unset=True).items():
        setattr(user, name, value)
    audit.record(session, actor, "user.change", user.id)
    await session.flush()
    return await out(session, user)


async def disable(session: AsyncSession, actor: Actor, user_id: UUID, version: int) -> schemas.UserOut:
    """Shut a person out, on every device, from the next request on."""
    user = await _read(session, actor, user_id, version)
    rules.require_other(actor, user_id)
    await _keep_an_administrator(session, user_id)
    user.standing = Standing.DISABLED
    await gate.end_sessions(session, user_id)
    await gate.spend_invitations(session, user_id)
    audit.record(session, actor, "user.disable", user_id)
    await session.flush()
    return await out(session, user)


async def enable(session: AsyncSession, actor: Actor, user_id: UUID, version: int) -> schemas.UserOut:
    """Let a person in again, with the password they had."""
    user = await _other(session, actor, user_id, version)
    if user.standing is Standing.DISABLED:
        known = await queries.password_hash(session, user_id)
        user.standing = Standing.ACTIVE if known else Standing.INVITED
    audit.record(session, actor, "user.enable", user_id)
    await session.flush()
    return await out(session, user)


async def remove_factor(session: AsyncSession, actor: Actor, user_id: UUID, version: int) -> schemas.UserOut:
    """Take away a second factor that was lost with its recovery codes; the person is told, and signed out."""
    user = await _other(session, actor, user_id, version)
    factor = await queries.factor(session, user_id)
    if factor is None:
        raise FactorAbsent
    await session.delete(factor)
    await gate.end_sessions(session, user_id)
    audit.record(session, actor, "user.remove_factor", user_id)
    notifications.tell_person(session, user_id, "user.remove_factor", user_id)
    return await _touched(session, user)


async def add_membership(
    session: AsyncSession, actor: Actor, user_id: UUID, version: int, given: schemas.NewMembership
) -> schemas.UserOut:
    """Give a person one more role; it holds from the next request on."""
    place = await _fitting(session, actor, given)
    user = await _other(session, actor, user_id, version)
    membership = _membership(user_id, place)
    session.add(membership)
    audit.record(session, actor, "membership.add", [user_id, membership.id])
    notifications.tell_person(session, user_id, "membership.add", membership.id)
    return await _touched(session, user)


async def end_membership(
    session: AsyncSession, actor: Actor, user_id: UUID, membership_id: UUID, version: int
) -> schemas.UserOut:
    """Take a role from a person; the next request under it is refused."""
    user = await _read(session, actor, user_id, version)
    rules.require_other(actor, user_id)
    membership = await queries.membership(
        session, actor.grant(Permission.USER_MANAGE), user_id, membership_id
    )
    if membership.ended_at is None:
        if membership.role is Role.ADMINISTRATOR:
            await _keep_an_administrator(session, user_id)
        membership.ended_at = clock.now()
    audit.record(session, actor, "membership.end", [user_id, membership_id])
    notifications.tell_person(session, user_id, "membership.end", membership_id)
    return await _touched(session, user)


async def out(session: AsyncSession, user: User) -> schemas.UserOut:
    """A person as an administrator sees them; needs the rights to accounts."""
    known = await queries.memberships(session, user.id, ended=True)
    return schemas.UserOut.of(user, known, await queries.has_factor(session, user.id))


async def show(session: AsyncSession, actor: Actor, user_id: UUID) -> schemas.UserOut:
    """One person, for an administrator."""
    grant = actor.grant(Permission.USER_MANAGE)
    return await out(session, await queries.get(await queries.at_gate(session), grant, user_id))


async def create_first_admin(
    bind: Bind, username: str, display_name: str, organisation: str, password: str
) -> UUID:
    """Make the person who lets in all others, and their organisation; refused once there is such a person."""
    given = schemas.FirstAdministrator(
        username=username, display_name=display_name, organisation=organisation, password=password
    )
    name = rules.folded(given.username)
    async with unit_of_work(bind, GATE) as session:
        await _need_no_administrator(session)
    names = [name, given.display_name]
    hashed = await passwords.accept(password, names, alone=not settings().mfa_required)
    user = User(username=name, display_name=given.display_name, standing=Standing.ACTIVE)
    actor = Actor(user_id=user.id, role=Role.ADMINISTRATOR, organisation_id=new_id())
    async with unit_of_work(bind, actor.limits) as session:
        body = await queries.organisation_named(session, given.organisation)
        if body is None:
            entry = NewOrganisation(name=given.organisation, kind_code=FIRST_KIND)
            body, _ = await organisations.add_organisation(session, actor, entry)
    async with unit_of_work(bind, GATE) as session:
        await queries.one_at_a_time(session)
        await _need_no_administrator(session)
        session.add(user)
        await session.flush()
        session.add(Membership(user_id=user.id, role=Role.ADMINISTRATOR, organisation_id=body.id))
        await gate.set_password(session, user.id, hashed)
        audit.record(session, actor, "user.create_first", user.id)
    return user.id


async def _need_no_administrator(session: AsyncSession) -> None:
    if await queries.another_administrator(session, but_for=None):
        raise AdministratorPresent


async def _may_let_in(session: AsyncSession, actor: Actor) -> None:
    """Stop whoever may not, or has not proved in the last minutes who they are."""
    actor.grant(Permission.USER_MANAGE)
    rules.require_recent(await queries.signed(session), clock.now())


async def _read(session: AsyncSession, actor: Actor, user_id: UUID, version: int) -> User:
    """The person as they were when the caller decided, or Stale. Takes the rights to accounts."""
    grant = actor.grant(Permission.USER_MANAGE)
    user = await queries.get(await queries.at_gate(session), grant, user_id)
    if version != user.version:
        raise Stale(current=(await out(session, user)).model_dump(mode="json"))
    return user


async def _other(session: AsyncSession, actor: Actor, user_id: UUID, version: int) -> User:
    """Somebody else, whom a freshly proven administrator may give more rights."""
    await _may_let_in(session, actor)
    user = await _read(session, actor, user_id, version)
    rules.require_other(actor, user_id)
    return user


async def _keep_an_administrator(session: AsyncSession, user_id: UUID) -> None:
    if not await queries.another_administrator(session, but_for=user_id):
        raise LastAdministrator


async def _fitting(
    session: AsyncSession, actor: Actor, given: schemas.NewMembership
) -> schemas.NewMembership:
    """The membership, if its places are in the directory, belong together, and suit the role."""
    rules.need_place(given.role, given.team_id, given.facility_id)
    grant = actor.grant(Permission.DIRECTORY_READ)
    try:
        await directory.get(session, grant, Organisation, given.organisation_id)
        team = given.team_id and await directory.get(session, grant, Team, given.team_id)
        facility = given.facility_id and await directory.get(session, grant, Facility, given.facility_id)
    except NotFound:
        raise MembershipUnfit(reason="not_in_directory") from None
    if any(place and place.organisation_id != given.organisation_id for place in (team, facility)):
        raise MembershipUnfit(reason="elsewhere")
    return given


def _membership(user_id: UUID, given: schemas.NewMembership) -> Membership:
    return Membership.model_validate(given.model_dump() | {"user_id": user_id})


async def _invitation(session: AsyncSession, user: User) -> schemas.InvitationOut:
    invitation, token = gate.invite(session, user.id)
    return schemas.InvitationOut.of(await _touched(session, user), invitation, token)


async def _touched(session: AsyncSession, user: User) -> schemas.UserOut:
    """The person, one version later: whoever read them before this change decides again."""
    flag_modified(user, "display_name")
    await session.flush()
    return await out(session, user)
