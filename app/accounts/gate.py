"""Becoming known: signing in, renewing, signing out, setting a first password. Nobody acts here yet.

A refusal that must leave a trace is returned out of its transaction, which commits, and raised after it.
"""

import secrets
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.table import Role
from app.accounts import delays, passwords, queries, refresh, rules, schemas, tokens, totp
from app.accounts.errors import CodeNeeded, InvitationVoid, SignInRefused, TooBusy
from app.accounts.models import Credential, Factor, Invitation, LoginSession, RefreshToken, Standing, User
from app.audit import actions as audit
from app.core import clock, vault
from app.core.config import settings
from app.core.errors import Problem, Unknown
from app.core.ids import new_id
from app.notifications import actions as notifications

T = TypeVar("T")
Gate = Callable[[], AbstractAsyncContextManager[AsyncSession]]
"""Opens a transaction with the rights to accounts. Some steps need two: no connection waits for Argon2."""
Proofs = list[tokens.Proof]


@dataclass(frozen=True, slots=True)
class Visitor:
    """What a request shows of who sends it, before anybody is known."""

    address: str | None
    device: str
    request_id: UUID


@dataclass(frozen=True, slots=True)
class Admitted:
    """What somebody who signed in, or renewed, takes away."""

    access_token: str
    refresh_token: str
    seconds: int
    second_factor_needed: bool


def or_raise(outcome: T | Problem) -> T:
    """The outcome of a transaction that has committed, or the refusal that it came to."""
    if isinstance(outcome, Problem):
        raise outcome
    return outcome


async def sign_in(gate: Gate, visitor: Visitor, given: schemas.SignIn) -> Admitted:
    """Open a session for whoever knows the password and, where one is enrolled, has the second factor."""
    name = rules.folded(given.username)
    counted = [delays.of_name(name), delays.of_address(visitor.address)]
    async with gate() as session:
        await delays.count(session, counted)
        known = await queries.by_name(session, name)
    try:
        right, better = await passwords.verify(given.password, known[1] if known else None)
    except TooBusy:
        async with gate() as session:
            await delays.uncount(session, counted)
        raise
    async with gate() as session:
        user = await queries.locked(
            session, known[0].id if known else new_id()
        )  # as long for an unknown name
        outcome = await _decide(session, visitor, given, user if right else None, counted)
        if isinstance(outcome, SignInRefused):
            who = [user.id] if user else []
            audit.record_at_gate(session, visitor.request_id, "session.refuse", who, allowed=False)
        elif better and user:
            await set_password(session, user.id, better)
    return or_raise(outcome)


async def _decide(
    session: AsyncSession,
    visitor: Visitor,
    given: schemas.SignIn,
    user: User | None,
    counted: list[delays.Subject],
) -> Admitted | Problem:
    """Let in a person whose password was right, if the account is open and the code is right too."""
    if user is None or user.standing is not Standing.ACTIVE:
        return SignInRefused()
    factor, proofs = await queries.factor(session, user.id), Proofs(["pwd"])
    if factor and factor.confirmed_at:
        if given.otp is None:
            await delays.uncount(session, counted)
            return CodeNeeded()
        if (proof := await prove(session, factor, given.otp)) is None:
            return SignInRefused()
        proofs.append(proof)
    await delays.forgive(session, counted[0])
    await delays.uncount(session, counted[1:])
    return await _admit(session, visitor, user, proofs)


async def prove(session: AsyncSession, factor: Factor, code: str) -> tokens.Proof | None:
    """Spend this code, or nothing if it is wrong or was spent: one statement decides between two at once."""
    secret = vault.read_envelope("factor", "secret", factor.id, factor.secret)
    step = totp.step_of(secret, code, clock.now(), factor.last_step)
    mine = sa.update(Factor).where(col(Factor.id) == factor.id).returning(col(Factor.id))
    if step is not None:
        spent = mine.where(col(Factor.last_step) < step).values(last_step=step)
        return "otp" if (await session.exec(spent)).first() else None
    used, codes = totp.recovery_hash(code), col(Factor.recovery_hashes)
    gone = mine.where(codes.contains([used])).values(recovery_hashes=sa.func.array_remove(codes, used))
    return "rec" if (await session.exec(gone)).first() else None


async def _admit(session: AsyncSession, visitor: Visitor, user: User, proofs: Proofs) -> Admitted:
    now = clock.now()
    opened = LoginSession(
        user_id=user.id, auth_at=now, amr=list(proofs), device=visitor.device, expires_at=now + rules.SESSION
    )
    token = refresh.new()
    session.add(opened)
    await session.flush()
    audit.record_at_gate(
        session, visitor.request_id, "session.begin", opened.id, user_id=user.id, session_id=opened.id
    )
    return await _hand_out(session, opened, token)


async def _hand_out(session: AsyncSession, opened: LoginSession, token: str) -> Admitted:
    """Write down the next link of the chain, and make the access token that goes with it."""
    now = clock.now()
    ends = min(now + rules.IDLE, opened.expires_at)
    session.add(RefreshToken(token_hash=refresh.fingerprint(token), session_id=opened.id, expires_at=ends))
    await session.flush()
    return await _admitted(session, opened, token)


async def _admitted(session: AsyncSession, opened: LoginSession, token: str) -> Admitted:
    roles: set[Role] = {each.role for each in await queries.memberships(session, opened.user_id)}
    minutes = rules.access_minutes(roles, settings().access_minutes)
    proofs: Proofs = [proof for proof in ("pwd", "otp", "rec") if proof in opened.amr]
    access = tokens.issue(opened.user_id, opened.id, opened.auth_at, proofs, minutes)
    needed = settings().mfa_required and not rules.SECOND & set(proofs)
    return Admitted(access, token, minutes * 60, needed)


async def renew(gate: Gate, visitor: Visitor, token: str) -> Admitted:
    """Exchange a refresh token for the next one; a used one that comes again ends the whole session."""
    if not refresh.well_formed(token):
        raise Unknown
    async with gate() as session:
        outcome = await _renew(session, visitor, token)
    return or_raise(outcome)


async def _renew(session: AsyncSession, visitor: Visitor, token: str) -> Admitted | Problem:
    now = clock.now()
    link = await queries.refresh_token(session, refresh.fingerprint(token))
    opened = await queries.live_session(session, link.session_id) if link else None
    if link is None or opened is None:
        return Unknown()
    following = refresh.successor(token)
    if link.used_at is None:
        if link.expires_at <= now:
            return Unknown()
        link.used_at = now
        return await _hand_out(session, opened, following)
    child = await queries.refresh_token(session, refresh.fingerprint(following))
    lost = child is not None and child.used_at is None and child.expires_at > now
    if lost and now - link.used_at <= refresh.GRACE and opened.device == visitor.device:
        return await _admitted(session, opened, following)
    return await _reused(session, visitor, opened)


async def _reused(session: AsyncSession, visitor: Visitor, opened: LoginSession) -> Problem:
    """Two hold the same chain, and one of them is a thief: end it for both, and say so."""
    await end_session(session, opened.id)
    audit.record_at_gate(
        session,
        visitor.request_id,
        "session.reuse",
        opened.id,
        user_id=opened.user_id,
        session_id=opened.id,
        allowed=False,
    )
    notifications.tell_person(session, opened.user_id, "session.reuse", opened.id)
    await session.flush()
    return Unknown()


async def sign_out(gate: Gate, visitor: Visitor, token: str, session_id: UUID | None) -> None:
    """End the session of this refresh token, or of this access token. Nothing to end is no fault."""
    async with gate() as session:
        link = refresh.well_formed(token) and await queries.refresh_token(session, refresh.fingerprint(token))
        known = link.session_id if link else session_id
        opened = await queries.live_session(session, known) if known else None
        if opened:
            await end_session(session, opened.id)
            audit.record_at_gate(
                session,
                visitor.request_id,
                "session.end",
                opened.id,
                user_id=opened.user_id,
                session_id=opened.id,
            )


async def accept_invitation(gate: Gate, visitor: Visitor, given: schemas.AcceptInvitation) -> None:
    """Set a first password, or a new one after a reset; the token serves once."""
    counted, token_hash = [delays.of_address(visitor.address)], refresh.fingerprint(given.token)
    async with gate() as session:
        await delays.count(session, counted)
    async with gate() as session:
        user = await _invited(session, token_hash)
        if user is None:
            raise InvitationVoid
        await delays.uncount(session, counted)
    names = [user.username, user.display_name]
    hashed = await passwords.accept(given.password, names, alone=not settings().mfa_required)
    async with gate() as session:
        user = await _invited(session, token_hash)
        if user is None:
            raise InvitationVoid
        await spend_invitations(session, user.id)
        await set_password(session, user.id, hashed)
        await end_sessions(session, user.id)
        user.standing = Standing.ACTIVE
        audit.record_at_gate(session, visitor.request_id, "invitation.accept", user.id, user_id=user.id)


async def _invited(session: AsyncSession, token_hash: bytes) -> User | None:
    """The person that a valid invitation is for; not one who was disabled meanwhile."""
    invitation = await queries.invitation(session, token_hash)
    user = invitation and await queries.locked(session, invitation.user_id)
    return user if user and user.standing is not Standing.DISABLED else None


async def spend_invitations(session: AsyncSession, user_id: UUID) -> None:
    """Make every open invitation of a person void."""
    open_ones = sa.update(Invitation).where(
        col(Invitation.user_id) == user_id, col(Invitation.used_at).is_(None)
    )
    await session.exec(open_ones.values(used_at=clock.now()))


def invite(session: AsyncSession, user_id: UUID) -> tuple[Invitation, str]:
    """A way to set a password once, within a week; the token itself is not kept."""
    token = secrets.token_urlsafe(32)
    invitation = Invitation(
        user_id=user_id, token_hash=refresh.fingerprint(token), expires_at=clock.now() + rules.INVITED
    )
    session.add(invitation)
    return invitation, token


async def set_password(session: AsyncSession, user_id: UUID, hashed: str) -> None:
    """Keep this hash as the person's one password."""
    await session.merge(Credential(user_id=user_id, password_hash=hashed, changed_at=clock.now()))


async def end_session(session: AsyncSession, session_id: UUID) -> None:
    """Sign one device out."""
    await session.exec(_ended().where(col(LoginSession.id) == session_id))


async def end_sessions(session: AsyncSession, user_id: UUID, but: UUID | None = None) -> None:
    """Sign a person out everywhere, or everywhere else; each device learns it on its next request."""
    theirs = _ended().where(col(LoginSession.user_id) == user_id)
    await session.exec(theirs if but is None else theirs.where(col(LoginSession.id) != but))


def _ended() -> sa.Update:
    """By statement, not record: two who end a session at once do not disturb each other."""
    live = sa.update(LoginSession).where(col(LoginSession.ended_at).is_(None))
    return live.values(ended_at=clock.now(), version=col(LoginSession.version) + 1)
