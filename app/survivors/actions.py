"""What can be done to a person's file. The only code that changes one."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor, Grant
from app.access.table import Permission, Reach
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.core import clock, vault
from app.core.errors import Clash, Forbidden, NotFound
from app.organisations import queries as organisations
from app.survivors import casecode, filing, queries, rules, schemas, sealing, views
from app.survivors.errors import PossibleDuplicate
from app.survivors.matching import LIKELY, Clues, Kept, duplicate_score
from app.survivors.models import Identifier, NameKey, PersonKey, Phone, Survivor

CODE_TRIES = 10  # of a million codes a year
SHOWN = 20  # matches of a search; the best


async def register(
    session: AsyncSession, actor: Actor, given: schemas.Register, *, invented: bool = False
) -> tuple[Survivor, bool]:
    """Begin a person's file; False beside it when this very registration was made already.

    PossibleDuplicate when the person may be known, unless `confirm_new`.
    """
    grant = actor.grant(Permission.SURVIVOR_WRITE)
    if known := await _registered(session, grant, given):
        return known, False
    rules.check_registration(given)
    await _check_providers(session, actor, given.consents, "/consents/{}")
    owner_id, team_id, organisation_id = await _responsible(session, grant, given.owner_id, given.team_id)
    if not given.confirm_new:
        await _refuse_duplicate(session, actor, filing.clues(given))
    survivor = Survivor.model_validate(
        filing.contents(given)[0]
        | {"owner_id": owner_id, "team_id": team_id, "organisation_id": organisation_id, "code": ""}
        | {"registered_on": clock.today(), "invented": invented}
        | ({"id": given.id} if given.id else {})
    )
    await _enter(session, actor, survivor, given)
    audit.record(session, actor, "survivor.register", survivor.id, FieldClass.IDENTITY)
    await session.flush()
    return survivor, True


async def _registered(session: AsyncSession, grant: Grant, given: schemas.Register) -> Survivor | None:
    """The person registered before under this id with the same content; Clash when the content is another."""
    if given.id is None:
        return None
    try:
        survivor, box = await queries.opened(session, grant, given.id)
    except NotFound:
        return None
    clear, plain = filing.contents(given)
    same = all(getattr(survivor, name) == value for name, value in clear.items())
    numbers = {sealing.identifier_lookup(one.kind_code, one.number) for one in given.identifiers}
    numbers |= {sealing.phone_lookup(one.number) for one in given.phones}
    kept = {one.lookup for one in await queries.parts(session, grant, Identifier, survivor.id)}
    kept |= {one.lookup for one in await queries.parts(session, grant, Phone, survivor.id)}
    if not same or views.plain(box, survivor) != plain or not numbers <= kept:
        raise Clash
    return survivor


async def _responsible(
    session: AsyncSession, grant: Grant, owner_id: UUID | None, team_id: UUID | None
) -> tuple[UUID, UUID, UUID]:
    """Who is responsible for a new file, in which team, of which organisation: as a rule the caller."""
    me = grant.actor
    owner, team = owner_id or me.user_id, team_id or me.team_id
    if team is None:
        raise rules.invalid([("team_id", "missing")])
    if (owner, team) == (me.user_id, me.team_id):
        return owner, team, me.organisation_id
    if grant.reach is not Reach.ALL and not (grant.reach is Reach.TEAM and team == me.team_id):
        raise Forbidden(permission=grant.permission.value)
    return owner, team, await _organisation_of(session, owner, team)


async def _organisation_of(session: AsyncSession, owner_id: UUID, team_id: UUID) -> UUID:
    organisation_id = await queries.organisation_where(session, owner_id, team_id)
    if organisation_id is None:
        raise rules.invalid([("owner_id", "not_of_this_team")])
    return organisation_id


async def _enter(session: AsyncSession, actor: Actor, survivor: Survivor, given: schemas.Register) -> None:
    """Save a new person with the key, the index and every part of the file."""
    wrapped = vault.new_data_key()
    box = vault.open_key(wrapped)
    _, plain = filing.contents(given)
    _set(survivor, sealing.seal_survivor(box, survivor.id, plain))
    await _save_under_new_code(session, survivor)
    held = {"owner_id": survivor.owner_id, "team_id": survivor.team_id}
    session.add(PersonKey.model_validate(held | {"id": survivor.id, "wrapped": wrapped}))
    session.add_all(filing.identifier(box, survivor, one) for one in given.identifiers)
    session.add_all(filing.phone(box, survivor, one) for one in given.phones)
    session.add_all(filing.consent(box, survivor, actor.organisation_id, one) for one in given.consents)
    numbers = [(one.kind_code, one.number) for one in given.identifiers]
    phones = [one.number for one in given.phones]
    await _index(
        session, survivor, come=sealing.index_keys(views.names_of(plain), numbers, phones, survivor.code)
    )


async def _save_under_new_code(session: AsyncSession, survivor: Survivor) -> None:
    """Insert the person under a fresh code; who has it already may be out of sight, so only trying tells."""
    for _ in range(CODE_TRIES):
        survivor.code = casecode.new_code(casecode.SURVIVOR, clock.today().year)
        try:
            async with session.begin_nested():
                session.add(survivor)
                await session.flush()
        except IntegrityError as error:
            if "uq_survivor_code" not in str(error.orig):
                raise
        else:
            return
    raise Clash


def _set(record: Any, columns: dict[str, Any]) -> None:
    for name, value in columns.items():
        setattr(record, name, value)


async def _index(
    session: AsyncSession, survivor: Survivor, come: Iterable[int] = (), gone: Iterable[int] = ()
) -> None:
    """Put keys of this person into the blind index, and take others out."""
    if leaving := set(gone) - set(come):
        mine = sa.and_(col(NameKey.survivor_id) == survivor.id, col(NameKey.key).in_(leaving))
        await session.exec(sa.delete(NameKey).where(mine))
    whose = {"survivor_id": survivor.id, "organisation_id": survivor.organisation_id}
    if rows := [whose | {"key": key} for key in sorted(set(come))]:
        await session.exec(insert(NameKey).values(rows).on_conflict_do_nothing())


async def _refuse_duplicate(
    session: AsyncSession, actor: Actor, clues: Clues, but: UUID | None = None
) -> None:
    """PossibleDuplicate if the person may be on file, here or elsewhere; what it tells is audited."""
    grant = actor.grant(Permission.SURVIVOR_SEARCH)
    scored = [
        (duplicate_score(clues, _kept(one)), one.survivor)
        for one in await queries.candidates(session, grant, clues)
        if one.survivor.id != but
    ]
    likely = sorted((s for s in scored if s[0] >= LIKELY), key=lambda s: (-s[0], s[1].id))[:SHOWN]
    elsewhere = await queries.elsewhere(session, grant, clues, but)
    if not likely and not elsewhere:
        return
    _record_search(session, actor, "match", [survivor.id for _, survivor in likely], elsewhere)
    await session.flush()
    raise PossibleDuplicate(
        matches=[{"survivor_id": str(s.id), "code": s.code, "score": round(score, 2)} for score, s in likely],
        elsewhere=[{"organisation_id": str(place), "organisation_name": name} for place, name in elsewhere],
    )


def _kept(one: queries.Candidate) -> Kept:
    survivor = one.survivor
    return Kept(
        names=views.names_of(views.plain(one.box, survivor)),
        sex_code=survivor.sex_code,
        birth_year=survivor.birth_year,
        birth_estimated=survivor.birth_estimated,
        same_number=one.same_number,
        same_phone=one.same_phone,
    )


def _record_search(
    session: AsyncSession, actor: Actor, verb: str, ids: Sequence[UUID], elsewhere: Sequence[tuple[UUID, str]]
) -> None:
    """Audit who was shown, and which organisations were named for people who were not."""
    audit.record(session, actor, f"survivor.{verb}", ids, FieldClass.IDENTITY)
    if elsewhere:
        audit.record(session, actor, "organisation.hint", [place for place, _ in elsewhere])


async def entrust(
    session: AsyncSession, actor: Actor, survivor_id: UUID, owner_id: UUID, team_id: UUID
) -> Survivor:
    """Make somebody else of the same organisation responsible; every row of the file follows by cascade."""
    survivor = await queries.get(session, actor.grant(Permission.CASE_ASSIGN), survivor_id)
    if await _organisation_of(session, owner_id, team_id) != survivor.organisation_id:
        raise rules.invalid([("team_id", "not_of_this_organisation")])
    survivor.owner_id, survivor.team_id = owner_id, team_id
    audit.record(session, actor, "survivor.entrust", survivor.id)
    await session.flush()
    return survivor


async def _check_providers(
    session: AsyncSession, actor: Actor, consents: Sequence[schemas.NewConsent], where: str = ""
) -> None:
    """Stop when a consent to sharing names a provider that is not in the directory."""
    directory = actor.grant(Permission.DIRECTORY_READ)
    for number, consent in enumerate(consents):
        if consent.facility_id is None:
            continue
        try:
            await organisations.facility(session, directory, consent.facility_id)
        except NotFound:
            fault = ("facility_id", "not_in_directory")
            raise rules.invalid([fault], where.format(number)) from None
