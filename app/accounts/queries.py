"""Every read of an account. What others may see takes a Grant; what is one's own takes who signed in."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from app.access.actor import Grant
from app.access.caller import Signed
from app.access.table import Reach, Role
from app.accounts.models import (
    Credential,
    Factor,
    Invitation,
    LoginSession,
    Membership,
    RefreshToken,
    Standing,
    User,
)
from app.core import clock, pages
from app.core.errors import NotFound
from app.organisations.models import Organisation

TAKE_GATE = sa.text("select set_config('role', 'app_auth', true)")
ONE_AT_A_TIME = sa.text("select pg_advisory_xact_lock(hashtext('dayaq first administrator'))")


async def at_gate(session: AsyncSession) -> AsyncSession:
    """The same transaction with the rights to accounts, which the rights to care records do not include."""
    await (await session.connection()).execute(TAKE_GATE)
    return session


async def signed(session: AsyncSession) -> Signed:
    """The person behind the session that this transaction was opened for."""
    await session.connection()
    found: Signed = session.info["signed"]
    return found


async def get(session: AsyncSession, grant: Grant, user_id: UUID) -> User:
    """One person, or NotFound."""
    found = (await session.exec(_visible(grant).where(User.id == user_id))).one_or_none()
    if found is None:
        raise NotFound
    return found


async def page_json(
    session: AsyncSession, grant: Grant, ask: pages.Ask, standing: Standing | None = None
) -> bytes:
    """People who work with the service, in order of entry: a Page[UserRow] as JSON."""
    rows = _visible(grant).where(sa.true() if standing is None else User.standing == standing)
    shown = rows.with_only_columns(
        *(col(User.id), col(User.version), col(User.username), col(User.display_name), col(User.standing))
    )
    return await pages.fetch(session, shown, ask)


async def acting_as(session: AsyncSession, *roles: Role, facility_id: UUID | None = None) -> Sequence[UUID]:
    """Who acts in one of these roles now, at this facility if one is named."""
    active = sa.select(col(User.id)).where(col(User.standing) == Standing.ACTIVE)
    rows = select(Membership.user_id).where(
        col(Membership.ended_at).is_(None),
        col(Membership.role).in_(roles),
        col(Membership.user_id).in_(active),
        sa.true() if facility_id is None else Membership.facility_id == facility_id,
    )
    return (await session.exec(rows.distinct())).all()


async def staffed(session: AsyncSession) -> set[UUID]:
    """The facilities at which somebody works now."""
    active = sa.select(col(User.id)).where(col(User.standing) == Standing.ACTIVE)
    works = (col(Membership.ended_at).is_(None), col(Membership.user_id).in_(active))
    rows = select(Membership.facility_id).where(col(Membership.facility_id).is_not(None), *works)
    return {place for place in await session.exec(rows.distinct()) if place}


async def languages(session: AsyncSession, people: Sequence[UUID]) -> dict[UUID, str]:
    """The language that each of these people reads."""
    rows = select(User.id, User.language).where(col(User.id).in_(people))
    return dict((await session.exec(rows)).all())


async def own(session: AsyncSession, who: Signed) -> User:
    """The account of whoever signed in, locked, so that what is decided on it still holds at the end."""
    wanted = select(User).where(User.id == who.user_id).with_for_update()
    return (await session.exec(wanted, execution_options=FRESH)).one()


async def by_name(session: AsyncSession, username: str) -> tuple[User, str | None] | None:
    """The person of this name and their password hash, if there is one."""
    wanted = (
        select(User, Credential.password_hash)
        .join(Credential, col(Credential.user_id) == col(User.id), isouter=True)
        .where(User.username == username)
    )
    return (await session.exec(wanted)).one_or_none()


async def locked(session: AsyncSession, user_id: UUID) -> User | None:
    """The account as it is now; nobody else changes it before this transaction ends."""
    wanted = select(User).where(User.id == user_id).with_for_update()
    return (await session.exec(wanted, execution_options=FRESH)).one_or_none()


async def password_hash(session: AsyncSession, user_id: UUID) -> str | None:
    """The stored hash of a person's password, if one was ever set."""
    wanted = select(Credential.password_hash).where(Credential.user_id == user_id)
    return (await session.exec(wanted)).one_or_none()


async def factor(session: AsyncSession, user_id: UUID) -> Factor | None:
    """The second factor of a person, confirmed or not."""
    wanted = select(Factor).where(Factor.user_id == user_id)
    return (await session.exec(wanted, execution_options=FRESH)).one_or_none()


async def has_factor(session: AsyncSession, user_id: UUID) -> bool:
    """Whether this person has confirmed a second factor."""
    known = await factor(session, user_id)
    return known is not None and known.confirmed_at is not None


async def memberships(session: AsyncSession, user_id: UUID, *, ended: bool = False) -> list[Membership]:
    """The memberships of a person, oldest first; ended ones only when asked for."""
    wanted = select(Membership).where(Membership.user_id == user_id).order_by(col(Membership.id))
    rows = wanted if ended else wanted.where(col(Membership.ended_at).is_(None))
    return list(await session.exec(rows))


async def membership(session: AsyncSession, grant: Grant, user_id: UUID, membership_id: UUID) -> Membership:
    """One membership of this person, or NotFound: also when it is somebody else's."""
    await get(session, grant, user_id)
    wanted = select(Membership).where(Membership.id == membership_id, Membership.user_id == user_id)
    found = (await session.exec(wanted)).one_or_none()
    if found is None:
        raise NotFound
    return found


async def another_administrator(session: AsyncSession, but_for: UUID | None) -> bool:
    """Whether somebody else may let people in; holds those accounts until this transaction ends."""
    held = select(Membership.user_id).where(
        Membership.role == Role.ADMINISTRATOR, col(Membership.ended_at).is_(None)
    )
    wanted = select(User).where(col(User.id).in_(held), User.standing == Standing.ACTIVE, User.id != but_for)
    locked = wanted.order_by(col(User.id)).with_for_update()
    return bool((await session.exec(locked, execution_options=FRESH)).all())


async def live_sessions(session: AsyncSession, user_id: UUID) -> list[LoginSession]:
    """The devices a person is signed in on, the latest first."""
    rows = select(LoginSession).where(LoginSession.user_id == user_id, *_live())
    return list(await session.exec(rows.order_by(col(LoginSession.id).desc())))


async def live_session(session: AsyncSession, session_id: UUID) -> LoginSession | None:
    """A session that has not ended, of a person who may sign in."""
    rows = select(LoginSession).join(User, col(User.id) == col(LoginSession.user_id))
    wanted = rows.where(LoginSession.id == session_id, User.standing == Standing.ACTIVE, *_live())
    return (await session.exec(wanted, execution_options=FRESH)).one_or_none()


async def refresh_token(session: AsyncSession, token_hash: bytes) -> RefreshToken | None:
    """A link of a chain, locked: two who present the same token come one after the other."""
    wanted = select(RefreshToken).where(RefreshToken.token_hash == token_hash).with_for_update()
    return (await session.exec(wanted, execution_options=FRESH)).one_or_none()


async def invitation(session: AsyncSession, token_hash: bytes) -> Invitation | None:
    """An invitation that may still be accepted, locked."""
    wanted = select(Invitation).where(
        Invitation.token_hash == token_hash,
        col(Invitation.used_at).is_(None),
        Invitation.expires_at > clock.now(),
    )
    return (await session.exec(wanted.with_for_update(), execution_options=FRESH)).one_or_none()


async def organisation_named(session: AsyncSession, name: str) -> Organisation | None:
    """The oldest body of this name."""
    wanted = select(Organisation).where(Organisation.name == name).order_by(col(Organisation.id)).limit(1)
    return (await session.exec(wanted)).one_or_none()


async def one_at_a_time(session: AsyncSession) -> None:
    """Wait until nobody else is making a first administrator."""
    await (await session.connection()).execute(ONE_AT_A_TIME)


FRESH: dict[str, Any] = {"populate_existing": True}
"""What was read before the lock may be out of date."""


def _live() -> tuple[sa.ColumnElement[bool], ...]:
    return col(LoginSession.ended_at).is_(None), col(LoginSession.expires_at) > clock.now()


def _visible(grant: Grant) -> SelectOfScalar[User]:
    """Every person, for a reach that covers them."""
    return select(User).where(sa.true() if grant.reach is Reach.ALL else sa.false())
