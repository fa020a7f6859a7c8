"""What people change about their own account, with proof of who they are. Transactions as in `gate`."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.caller import Signed
from app.accounts import delays, gate, passwords, queries, rules, schemas, totp
from app.accounts.errors import FactorAbsent, FactorPresent, ProofRefused
from app.accounts.gate import Gate, or_raise
from app.accounts.models import Factor, LoginSession, User
from app.audit import actions as audit
from app.core import clock, vault
from app.core.config import settings
from app.core.errors import NotFound, Problem, Stale
from app.notifications import actions as notifications


async def me(door: Gate) -> schemas.MeOut:
    """Who is signed in; also for a session that still has to show its second factor."""
    async with door() as session:
        who = await queries.signed(session)
        return await _me(session, who, await queries.own(session, who))


async def speak(door: Gate, version: int, given: schemas.ChangeMe) -> schemas.MeOut:
    """Change the language that this person reads."""
    async with door() as session:
        who = await _proven(session)
        user = await queries.own(session, who)
        if version != user.version:
            raise Stale(current=(await _me(session, who, user)).model_dump(mode="json"))
        user.language = given.language
        _record(session, who, "user.speak", user.id)
        await session.flush()
        return await _me(session, who, user)


async def sessions(door: Gate) -> list[schemas.SessionOut]:
    """The devices this person is signed in on."""
    async with door() as session:
        who = await _proven(session)
        return [
            schemas.SessionOut.of(each, who) for each in await queries.live_sessions(session, who.user_id)
        ]


async def end_session(door: Gate, session_id: UUID) -> None:
    """Sign out one of this person's devices."""
    async with door() as session:
        who = await _proven(session)
        theirs = {each.id for each in await queries.live_sessions(session, who.user_id)}
        if session_id not in theirs:
            raise NotFound
        await gate.end_session(session, session_id)
        _record(session, who, "session.end", session_id)


async def end_other_sessions(door: Gate) -> None:
    """Sign out every device but this one."""
    async with door() as session:
        who = await _proven(session)
        await gate.end_sessions(session, who.user_id, but=who.session_id)
        _record(session, who, "session.end_others", who.user_id)


async def change_password(door: Gate, given: schemas.ChangePassword) -> None:
    """Set another password, for who knows the present one; every other device is signed out."""
    who, user = await _prove_password(door, given.present)
    names = [user.username, user.display_name]
    hashed = await passwords.accept(given.password, names, alone=not settings().mfa_required)
    async with door() as session:
        await queries.own(session, who)
        await gate.set_password(session, who.user_id, hashed)
        await gate.end_sessions(session, who.user_id, but=who.session_id)
        _record(session, who, "password.change", who.user_id)
        notifications.tell_person(session, who.user_id, "password.change", who.user_id)


async def step_up(door: Gate, given: schemas.StepUp) -> None:
    """Prove again who one is, for what needs a fresh proof; it counts for five minutes."""
    who, _ = await _prove_password(door, given.password)
    async with door() as session:
        await queries.own(session, who)
        outcome = await _fresh(session, who, given.otp)
    or_raise(outcome)


async def _fresh(session: AsyncSession, who: Signed, otp: str | None) -> Problem | None:
    """Move the session's moment of proof to now, once the second factor was shown where there is one."""
    proofs = ["pwd"]
    if await queries.has_factor(session, who.user_id):
        proof = await _code(session, who, otp or "")
        if isinstance(proof, Problem):
            return proof
        proofs.append(proof)
    opened = await session.get_one(LoginSession, who.session_id)
    opened.auth_at, opened.amr = clock.now(), proofs
    _record(session, who, "session.step_up", opened.id)
    await session.flush()
    return None


async def begin_totp(door: Gate) -> schemas.TotpOut:
    """Make a secret for an authenticator app. It counts once a first code was given."""
    async with door() as session:
        who = await queries.signed(session)
        user, known = await queries.own(session, who), await queries.factor(session, who.user_id)
        if known and known.confirmed_at:
            raise FactorPresent
        secret, factor = totp.new_secret(), known or Factor(user_id=who.user_id, secret=b"")
        factor.secret = vault.seal_envelope("factor", "secret", factor.id, secret)
        session.add(factor)
        _record(session, who, "factor.begin", factor.id)
        await session.flush()
        return schemas.TotpOut(secret=secret, uri=totp.uri(secret, user.username))


async def confirm_totp(door: Gate, given: schemas.GiveCode) -> schemas.RecoveryCodesOut:
    """Put the second factor in force with a first code. Devices that never showed one are signed out."""
    async with door() as session:
        outcome = await _confirm(session, await queries.signed(session), given.code)
    return or_raise(outcome)


async def _confirm(session: AsyncSession, who: Signed, code: str) -> schemas.RecoveryCodesOut | Problem:
    await queries.own(session, who)
    factor = await queries.factor(session, who.user_id)
    if factor is None or factor.confirmed_at:
        return FactorPresent() if factor else FactorAbsent()
    proof = await _code(session, who, code)
    if isinstance(proof, Problem):
        return proof
    opened = await session.get_one(LoginSession, who.session_id)
    opened.amr, opened.auth_at = ["pwd", "otp"], clock.now()
    await session.refresh(factor)
    factor.confirmed_at = clock.now()
    await gate.end_sessions(session, who.user_id, but=who.session_id)
    _record(session, who, "factor.confirm", factor.id)
    notifications.tell_person(session, who.user_id, "factor.confirm", factor.id)
    return await _new_codes(session, factor)


async def remove_totp(door: Gate, given: schemas.GiveCode) -> None:
    """Take the second factor away, for who still has it. Where one is required, the next must be enrolled."""
    async with door() as session:
        who = await _proven(session)
        outcome = await _with_factor(session, who, given.code)
        if isinstance(outcome, Factor):
            await session.delete(outcome)
            opened = await session.get_one(LoginSession, who.session_id)
            opened.amr = ["pwd"]
            await gate.end_sessions(session, who.user_id, but=who.session_id)
            _record(session, who, "factor.remove", outcome.id)
            notifications.tell_person(session, who.user_id, "factor.remove", outcome.id)
    or_raise(outcome)


async def renew_recovery_codes(door: Gate, given: schemas.GiveCode) -> schemas.RecoveryCodesOut:
    """Ten new recovery codes; the old ones open nothing any more."""
    async with door() as session:
        who = await _proven(session)
        found = await _with_factor(session, who, given.code)
        outcome: schemas.RecoveryCodesOut | Problem = (
            found if isinstance(found, Problem) else await _new_codes(session, found)
        )
        if isinstance(found, Factor):
            _record(session, who, "factor.renew_codes", found.id)
    return or_raise(outcome)


async def _with_factor(session: AsyncSession, who: Signed, code: str) -> Factor | Problem:
    """The second factor in force, once a code of it was spent."""
    await queries.own(session, who)
    factor = await queries.factor(session, who.user_id)
    if factor is None or factor.confirmed_at is None:
        return FactorAbsent()
    proof = await _code(session, who, code)
    if isinstance(proof, Problem):
        return proof
    await session.refresh(factor)
    return factor


async def _new_codes(session: AsyncSession, factor: Factor) -> schemas.RecoveryCodesOut:
    codes = totp.new_recovery_codes()
    factor.recovery_hashes = [totp.recovery_hash(code) for code in codes]
    await session.flush()
    return schemas.RecoveryCodesOut(recovery_codes=codes)


async def _code(session: AsyncSession, who: Signed, code: str) -> str | Problem:
    """Spend one code of this person's second factor; wrong ones are counted, as wrong passwords are."""
    counted = [delays.of_person(who.user_id)]
    await delays.count(session, counted)
    factor = await queries.factor(session, who.user_id)
    proof = await gate.prove(session, factor, code) if factor else None
    if proof is None:
        _record(session, who, "factor.refuse", who.user_id, allowed=False)
        return ProofRefused()
    await delays.forgive(session, counted[0])
    return proof


async def _prove_password(door: Gate, present: str) -> tuple[Signed, User]:
    """The person, once they gave their present password. No connection waits while it is checked."""
    async with door() as session:
        who = await _proven(session)
        user = await queries.own(session, who)
        counted = [delays.of_person(who.user_id)]
        await delays.count(session, counted)
        stored = await queries.password_hash(session, who.user_id)
    right, _ = await passwords.verify(present, stored)
    async with door() as session:
        if right:
            await delays.forgive(session, counted[0])
        else:
            _record(session, who, "password.refuse", who.user_id, allowed=False)
    if not right:
        raise ProofRefused
    return who, user


async def _proven(session: AsyncSession) -> Signed:
    """The person signed in, with every factor that is required."""
    who = await queries.signed(session)
    rules.require_second_factor(who, settings().mfa_required)
    return who


async def _me(session: AsyncSession, who: Signed, user: User) -> schemas.MeOut:
    factor = await queries.factor(session, user.id)
    enrolled = factor is not None and factor.confirmed_at is not None
    standing = schemas.SecondFactorOut(
        required=settings().mfa_required,
        enrolled=enrolled,
        shown=bool(rules.SECOND & set(who.amr)),
        recovery_codes_left=len(factor.recovery_hashes) if factor and enrolled else 0,
    )
    return schemas.MeOut.of(who, user, await queries.memberships(session, user.id), standing)


def _record(
    session: AsyncSession, who: Signed, action: str, record_id: UUID, *, allowed: bool = True
) -> None:
    request_id = session.info["identity"].request_id
    audit.record_at_gate(
        session,
        request_id,
        action,
        record_id,
        user_id=who.user_id,
        session_id=who.session_id,
        allowed=allowed,
    )
