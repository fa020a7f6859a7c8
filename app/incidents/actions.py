"""What can be done to an incident. The only code that changes one."""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.core.dates import PartialDate
from app.core.errors import Clash, Stale
from app.incidents import entering, queries, rules, schemas, views
from app.incidents.models import Casualty, Incident, IncidentSource

P = TypeVar("P", Casualty, IncidentSource)
SAYS = {"says_district_code": "district_code", "says_device_code": "device_code"}


async def read(session: AsyncSession, actor: Actor, incident_id: UUID) -> schemas.IncidentOut:
    """One incident; who sees the exact place is audited."""
    grant = actor.grant(Permission.INCIDENT_READ)
    incident = await queries.get(session, grant, incident_id)
    exact = rules.sees_exact_place(actor.grant(Permission.INCIDENT_WRITE), incident)
    counts = await queries.counts(session, grant, incident_id)
    seen = FieldClass.LOCATION if exact else FieldClass.OPERATIONAL
    audit.record(session, actor, "incident.read", incident_id, seen)
    return views.incident_out(incident, counts, exact=exact)


async def register(
    session: AsyncSession, actor: Actor, given: schemas.NewIncident, *, invented: bool = False
) -> tuple[Incident, bool]:
    """Enter an incident; False beside it when this very one was there already."""
    actor.grant(Permission.INCIDENT_WRITE)
    if given.id and (known := await session.get(Incident, given.id)):
        if not _same_incident(known, given):
            raise Clash
        return known, False
    sent = {name: getattr(given, name) for name in type(given).model_fields}
    incident = Incident.model_validate(
        _columns(sent)
        | ({"id": given.id} if given.id else {})
        | {"organisation_id": actor.organisation_id, "registered_by_id": actor.user_id}
        | {"team_id": actor.team_id, "invented": invented, "code": ""}
    )
    _write(incident, views.seal_place(incident, sent))
    await entering.save_under_new_code(session, incident)
    audit.record(session, actor, "incident.register", incident.id, FieldClass.LOCATION)
    await session.flush()
    return incident, True


def _columns(sent: dict[str, Any]) -> dict[str, Any]:
    """What was sent as readable columns."""
    columns = {name: value for name, value in sent.items() if name not in NOT_COLUMNS}
    occurred = sent.get("occurred")
    return columns | (_date_columns("occurred", occurred) if occurred else {})


NOT_COLUMNS = {"id", "occurred", "says_occurred", "point", "settlement"}


def _date_columns(name: str, known: PartialDate) -> dict[str, Any]:
    return {
        f"{name}_on": known.date,
        f"{name}_precision": known.precision.value,
        f"{name}_estimated": known.estimated,
    }


def _same_incident(known: Incident, given: schemas.NewIncident) -> bool:
    sent = {name: getattr(given, name) for name in type(given).model_fields}
    place = views.point_of(known), views.settlement_of(known)
    clear = all(getattr(known, name) == value for name, value in _columns(sent).items())
    return clear and place == (given.point, given.settlement)


def _write(record: Incident | Casualty | IncidentSource, columns: dict[str, Any]) -> None:
    for name, value in columns.items():
        setattr(record, name, value)


async def amend(
    session: AsyncSession, actor: Actor, incident_id: UUID, version: int, given: schemas.AmendIncident
) -> Incident:
    """Change what is known of an incident; what was not sent stays."""
    incident = await _change(session, actor, incident_id)
    if version != incident.version:
        raise Stale
    sent = {name: getattr(given, name) for name in given.model_fields_set}
    if {"point", "settlement"} & set(sent):
        rules.require_exact_place(actor.grant(Permission.INCIDENT_WRITE), incident)
    _write(incident, _columns(sent) | views.seal_place(incident, sent))
    audit.record(session, actor, "incident.amend", incident_id, FieldClass.LOCATION)
    await session.flush()
    return incident


async def _change(session: AsyncSession, actor: Actor, incident_id: UUID) -> Incident:
    """The incident, locked, if it may be changed: NotFound where it may not be seen, else Forbidden."""
    incident = await queries.get(session, actor.grant(Permission.INCIDENT_READ), incident_id)
    rules.require_mine(actor.grant(Permission.INCIDENT_WRITE), incident)
    await session.refresh(incident, with_for_update=True)
    return incident


async def read_casualties(session: AsyncSession, actor: Actor, incident_id: UUID) -> Sequence[Casualty]:
    """Everybody involved in an incident. That it was read is audited."""
    grant = actor.grant(Permission.INCIDENT_READ)
    await queries.get(session, grant, incident_id)
    found = await queries.casualties(session, grant, incident_id)
    ids = [incident_id, *(one.id for one in found)]
    audit.record(session, actor, "casualty.list", ids, FieldClass.HEALTH)
    return found


async def add_casualty(
    session: AsyncSession, actor: Actor, incident_id: UUID, given: schemas.NewCasualty
) -> tuple[Casualty, bool]:
    """Add one person involved, under the next number of the incident."""
    incident = await _change(session, actor, incident_id)
    made = _make(Casualty, incident_id, given.id, given.model_dump(exclude={"id"}) | {"number": 0})
    if known := await _known(session, Casualty, given.id, made):
        return known, False
    rules.require_death_fits(made.outcome_code, made.died_on, incident)
    made.number = await queries.next_number(session, incident_id)
    session.add(made)
    audit.record(session, actor, "casualty.add", [incident_id, made.id], FieldClass.HEALTH)
    await session.flush()
    return made, True


async def amend_casualty(
    session: AsyncSession,
    actor: Actor,
    incident_id: UUID,
    casualty_id: UUID,
    version: int,
    given: schemas.AmendCasualty,
) -> Casualty:
    """Change what is known of a person involved: one who was injured may die of it later."""
    incident = await _change(session, actor, incident_id)
    grant = actor.grant(Permission.INCIDENT_READ)
    one = await queries.part(session, grant, Casualty, incident_id, casualty_id)
    if version != one.version:
        raise Stale(current=schemas.CasualtyOut.model_validate(one).model_dump(mode="json"))
    after = {"outcome_code": one.outcome_code, "died_on": one.died_on} | given.model_dump(exclude_unset=True)
    rules.require_death_fits(after["outcome_code"], after["died_on"], incident)
    _write(one, given.model_dump(exclude_unset=True))
    audit.record(session, actor, "casualty.amend", [incident_id, casualty_id], FieldClass.HEALTH)
    await session.flush()
    return one


async def add_source(
    session: AsyncSession, actor: Actor, incident_id: UUID, given: schemas.NewSource
) -> tuple[IncidentSource, bool]:
    """Add what one more source says; it changes nothing until it is chosen."""
    await _change(session, actor, incident_id)
    sent = {name: getattr(given, name) for name in type(given).model_fields} | {
        "reference": given.reference or ""
    }
    dated = _date_columns("says_occurred", given.says_occurred) if given.says_occurred else {}
    made = _make(IncidentSource, incident_id, given.id, _columns(sent) | dated)
    if known := await _known(session, IncidentSource, given.id, made):
        return known, False
    session.add(made)
    audit.record(session, actor, "source.add", [incident_id, made.id])
    await session.flush()
    return made, True


def _make(kind: type[P], incident_id: UUID, record_id: UUID | None, columns: dict[str, Any]) -> P:
    minted = {"id": record_id} if record_id else {}
    return kind.model_validate(columns | minted | {"incident_id": incident_id})


async def _known(session: AsyncSession, kind: type[P], record_id: UUID | None, made: P) -> P | None:
    """The record entered before under this id with the same content, or Clash."""
    ours = {"created_at", "version", "number", "chosen"}
    known = await session.get(kind, record_id) if record_id else None
    if known and known.model_dump(exclude=ours) != made.model_dump(exclude=ours):
        raise Clash
    return known


async def choose(
    session: AsyncSession, actor: Actor, incident_id: UUID, source_id: UUID, version: int
) -> IncidentSource:
    """Follow this source: the incident takes over what it says. What the others say is kept."""
    incident = await _change(session, actor, incident_id)
    grant = actor.grant(Permission.INCIDENT_READ)
    chosen = await queries.part(session, grant, IncidentSource, incident_id, source_id)
    if version != chosen.version:
        raise Stale(current=views.source_out(chosen).model_dump(mode="json"))
    for other in await queries.sources(session, grant, incident_id):
        other.chosen = other.chosen and other.id == source_id
    await session.flush()  # at no moment two are chosen
    chosen.chosen = True
    said = {name: value for says, name in SAYS.items() if (value := getattr(chosen, says)) is not None}
    when = views.says_occurred_of(chosen)
    _write(incident, said | (_date_columns("occurred", when) if when else {}))
    audit.record(session, actor, "source.choose", [incident_id, source_id])
    await session.flush()
    return chosen
