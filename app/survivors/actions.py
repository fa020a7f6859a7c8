"""What can be done to a person's file. The only code that changes one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor, Grant
from app.access.table import Permission, Reach
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.core import clock, pages, vault
from app.core.errors import Clash, Forbidden, NotFound, Stale
from app.core.hot import Hot
from app.core.vault import Box
from app.organisations import queries as organisations
from app.survivors import entering, filing, finding, queries, rules, schemas, sealing, views
from app.survivors.matching import Clues
from app.survivors.models import Consent, Identifier, Phone, Survivor
from app.survivors.rules import REGISTRATION

Shown = TypeVar("Shown", schemas.IdentifierOut, schemas.PhoneOut)
H = TypeVar("H", Identifier, Phone)
R = TypeVar("R", Identifier, Phone, Consent)


@dataclass(frozen=True, slots=True)
class Part(Generic[H, Shown]):
    """One kind of number in a person's file: how it is made, shown, and hinted at in the index."""

    table: type[H]
    make: Callable[[Box, Survivor, Any], H]
    show: Callable[[Box, H], Shown]
    hint: Callable[[Box, H], int]
    field_class: FieldClass

    @property
    def word(self) -> str:
        """What one is called."""
        return str(self.table.__tablename__)


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
        await finding.refuse_duplicate(session, actor.grant(Permission.SURVIVOR_SEARCH), filing.clues(given))
    survivor = Survivor.model_validate(
        filing.contents(given)[0]
        | {"owner_id": owner_id, "team_id": team_id, "organisation_id": organisation_id, "code": ""}
        | {"registered_on": clock.today(), "invented": invented}
        | ({"id": given.id} if given.id else {})
    )
    await entering.enter(session, survivor, given, actor.organisation_id)
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


async def search(hot: Hot, actor: Actor, asked: schemas.Search) -> schemas.Found:
    """People within reach who answer, best first; organisations to ask about others, each once. Audited."""
    return await finding.search(hot, actor.grant(Permission.SURVIVOR_SEARCH), asked)


async def read(session: AsyncSession, actor: Actor, survivor_id: UUID) -> schemas.SurvivorOut:
    """One person's record, opened. That it was read is audited."""
    survivor, box = await queries.opened(session, actor.grant(Permission.SURVIVOR_READ), survivor_id)
    audit.record(session, actor, "survivor.read", survivor.id, FieldClass.IDENTITY)
    return views.survivor_out(box, survivor)


async def read_page(
    session: AsyncSession, actor: Actor, ask: pages.Ask, only: Mapping[str, str | None]
) -> pages.Page[schemas.SurvivorRow]:
    """People within reach with their names, oldest first. That they were shown is audited."""
    people = await queries.people(session, actor.grant(Permission.SURVIVOR_READ), ask, only)
    rows = [views.row(vault.open_key(wrapped), one) for one, wrapped in people[: ask.limit]]
    audit.record(session, actor, "survivor.list", [row.id for row in rows], FieldClass.IDENTITY)
    following = people[ask.limit][0].id if len(people) > ask.limit else None
    cursor = pages.seal(ask, following) if following else None
    return pages.Page(items=rows, next_cursor=cursor)


async def amend(
    session: AsyncSession, actor: Actor, survivor_id: UUID, version: int, given: schemas.Amend
) -> Survivor:
    """Change what is known of a person; what was not sent stays, and what is the same is not written anew."""
    survivor, box = await _open(session, actor, survivor_id)
    if version != survivor.version:
        raise Stale
    sent = given.changes()
    rules.require_consent(await _registration(session, survivor_id), (n for n, v in sent.items() if v))
    before = views.plain(box, survivor)
    plain = {name: text for name, text in filing.plain_columns(sent).items() if text != before[name]}
    after = before | plain
    rules.require_name(before, after)
    entering.write(survivor, filing.clear_columns(sent) | sealing.seal_survivor(box, survivor.id, plain))
    await entering.flush(session)
    old, new = (sealing.name_keys_of(sealing.names_of(known)) for known in (before, after))
    await entering.index(session, survivor, come=new - old, gone=old - new)
    audit.record(session, actor, "survivor.amend", survivor.id, FieldClass.IDENTITY)
    return survivor


async def _open(
    session: AsyncSession, actor: Actor, survivor_id: UUID, permission: Permission = Permission.SURVIVOR_WRITE
) -> tuple[Survivor, Box]:
    return await queries.opened(session, actor.grant(permission), survivor_id)


async def _registration(session: AsyncSession, survivor_id: UUID) -> Consent | None:
    return await queries.live_consent(session, survivor_id, REGISTRATION)


IDENTIFIERS = Part(
    Identifier, filing.identifier, views.identifier_out, filing.identifier_hint, FieldClass.IDENTITY
)
PHONES = Part(Phone, filing.phone, views.phone_out, filing.phone_hint, FieldClass.CONTACT)


async def read_all(
    session: AsyncSession, actor: Actor, part: Part[H, Shown], survivor_id: UUID
) -> list[Shown]:
    """A person's document or telephone numbers. That they were read is audited."""
    grant = actor.grant(Permission.SURVIVOR_READ)
    _, box = await queries.opened(session, grant, survivor_id)
    kept: Sequence[H] = await queries.parts(session, grant, part.table, survivor_id)
    ids = [survivor_id, *(one.id for one in kept)]
    audit.record(session, actor, f"{part.word}.list", ids, part.field_class)
    return [part.show(box, one) for one in kept]


async def add_identifier(
    session: AsyncSession, actor: Actor, survivor_id: UUID, given: schemas.AddIdentifier
) -> tuple[schemas.IdentifierOut, bool]:
    """Add a document number; PossibleDuplicate when somebody else has the same, unless `confirm_new`."""
    clues = None if given.confirm_new else filing.number_clues(given)
    return await _add(session, actor, IDENTIFIERS, survivor_id, given, clues)


async def add_phone(
    session: AsyncSession, actor: Actor, survivor_id: UUID, given: schemas.NewPhone
) -> tuple[schemas.PhoneOut, bool]:
    """Add a telephone number; a family may share one."""
    return await _add(session, actor, PHONES, survivor_id, given)


async def _add(
    session: AsyncSession,
    actor: Actor,
    part: Part[H, Shown],
    survivor_id: UUID,
    given: Any,
    clues: Clues | None = None,
) -> tuple[Shown, bool]:
    survivor, box = await _open(session, actor, survivor_id)
    made = part.make(box, survivor, given)
    if known := await _known(session, part.table, given.id, made):
        return part.show(box, known), False
    rules.require_consent(await _registration(session, survivor_id), [f"{part.word}s"])
    if clues:
        await finding.refuse_duplicate(
            session, actor.grant(Permission.SURVIVOR_SEARCH), clues, but=survivor_id
        )
    session.add(made)
    await entering.index(session, survivor, come=[part.hint(box, made)])
    audit.record(session, actor, f"{part.word}.add", [survivor_id, made.id], part.field_class)
    await session.flush()
    return part.show(box, made), True


async def _known(session: AsyncSession, table: type[R], record_id: UUID | None, made: R) -> R | None:
    """The record entered before under this id for the same person with the same content, or Clash."""
    known = await session.get(table, record_id) if record_id else None
    if known and filing.content(known) != filing.content(made):
        raise Clash
    return known


async def remove(
    session: AsyncSession,
    actor: Actor,
    part: Part[H, Shown],
    survivor_id: UUID,
    record_id: UUID,
    version: int,
) -> None:
    """Take a document or telephone number off the file, and out of the index."""
    survivor, box = await _open(session, actor, survivor_id)
    one = await queries.part(
        session, actor.grant(Permission.SURVIVOR_WRITE), part.table, survivor_id, record_id
    )
    if version != one.version:
        raise Stale
    await entering.index(session, survivor, gone=[part.hint(box, one)])
    await session.delete(one)
    audit.record(session, actor, f"{part.word}.remove", [survivor_id, record_id], part.field_class)
    await session.flush()


async def amend_phone(
    session: AsyncSession,
    actor: Actor,
    survivor_id: UUID,
    phone_id: UUID,
    version: int,
    given: schemas.AmendPhone,
) -> schemas.PhoneOut:
    """Change whose number it is, or whether it is safe to call. Another number is another record."""
    _, box = await _open(session, actor, survivor_id)
    one = await queries.part(session, actor.grant(Permission.SURVIVOR_WRITE), Phone, survivor_id, phone_id)
    if version != one.version:
        raise Stale
    entering.write(one, given.model_dump(exclude_unset=True))
    audit.record(session, actor, "phone.amend", [survivor_id, phone_id], FieldClass.CONTACT)
    await session.flush()
    return views.phone_out(box, one)


async def read_phone(
    session: AsyncSession, actor: Actor, survivor_id: UUID, phone_id: UUID
) -> schemas.PhoneOut:
    """One telephone number. That it was read is audited."""
    grant = actor.grant(Permission.SURVIVOR_READ)
    _, box = await queries.opened(session, grant, survivor_id)
    one = await queries.part(session, grant, Phone, survivor_id, phone_id)
    audit.record(session, actor, "phone.read", [survivor_id, phone_id], FieldClass.CONTACT)
    return views.phone_out(box, one)


async def read_consent(
    session: AsyncSession, actor: Actor, survivor_id: UUID, consent_id: UUID
) -> schemas.ConsentOut:
    """One consent. That it was read is audited."""
    grant = actor.grant(Permission.SURVIVOR_READ)
    _, box = await queries.opened(session, grant, survivor_id)
    one = await queries.part(session, grant, Consent, survivor_id, consent_id)
    audit.record(session, actor, "consent.read", [survivor_id, consent_id], FieldClass.IDENTITY)
    return views.consent_out(box, one, clock.today())


async def read_consents(session: AsyncSession, actor: Actor, survivor_id: UUID) -> list[schemas.ConsentOut]:
    """Everything a person agreed to, withdrawn or not, oldest first. That it was read is audited."""
    grant = actor.grant(Permission.SURVIVOR_READ)
    _, box = await queries.opened(session, grant, survivor_id)
    kept = await queries.parts(session, grant, Consent, survivor_id)
    audit.record(
        session, actor, "consent.list", [survivor_id, *(one.id for one in kept)], FieldClass.IDENTITY
    )
    return [views.consent_out(box, one, clock.today()) for one in kept]


async def give_consent(
    session: AsyncSession, actor: Actor, survivor_id: UUID, given: schemas.NewConsent
) -> tuple[schemas.ConsentOut, bool]:
    """Record what the person agreed to; who may give it follows from the age on that day."""
    survivor, box = await _open(session, actor, survivor_id, Permission.CONSENT_WRITE)
    made = filing.consent(box, survivor, actor.organisation_id, given)
    if known := await _known(session, Consent, given.id, made):
        return views.consent_out(box, known, clock.today()), False
    if faults := rules.consent_faults(given, views.birth_of(survivor, views.plain(box, survivor))):
        raise rules.invalid(faults)
    await _check_providers(session, actor, [given])
    session.add(made)
    audit.record(session, actor, "consent.give", [survivor_id, made.id])
    await session.flush()
    return views.consent_out(box, made, clock.today()), True


async def withdraw_consent(
    session: AsyncSession,
    actor: Actor,
    survivor_id: UUID,
    consent_id: UUID,
    version: int,
    given: schemas.WithdrawConsent,
) -> schemas.ConsentOut:
    """Take a consent back, from now on; AlreadyWithdrawn the second time."""
    grant = actor.grant(Permission.CONSENT_WRITE)
    _, box = await queries.opened(session, grant, survivor_id)
    consent = await queries.part(session, grant, Consent, survivor_id, consent_id)
    if version != consent.version:
        raise Stale
    rules.require_not_withdrawn(consent)
    consent.withdrawn_at, consent.withdrawn_reason_code = clock.now(), given.reason_code
    audit.record(session, actor, "consent.withdraw", [survivor_id, consent_id])
    await session.flush()
    return views.consent_out(box, consent, clock.today())
