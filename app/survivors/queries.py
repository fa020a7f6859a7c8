"""Every read of a survivor."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, BIT
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from app.access.actor import Grant
from app.access.table import Reach, Role
from app.accounts.models import Membership
from app.audit import reading
from app.audit.actions import FieldClass
from app.core import clock, pages, vault
from app.core.dates import PartialDate, Precision
from app.core.errors import NotFound
from app.core.hot import Hot, prepare
from app.core.vault import Box
from app.organisations.models import Organisation, Team
from app.survivors import matching, sealing
from app.survivors.matching import Clues, Kept
from app.survivors.models import Consent, Identifier, NameKey, PersonKey, Phone, Survivor

S, K, N, C = Survivor, PersonKey, NameKey, Consent
CANDIDATES, NAMED_ORGANISATIONS = 100, 20
RESPONSIBLE = (Role.CASEWORKER, Role.SUPERVISOR, Role.COORDINATOR)
INTEGERS = ARRAY(sa.Integer)
SHOWN = ("id", "code", "category_code", "sex_code", "birth_year", "birth_estimated", "district_code")


@dataclass(frozen=True, slots=True)
class Candidate(Kept):
    """A person within reach who may be the one looked for: what is compared, and what is shown."""

    id: UUID
    code: str
    name: str
    category_code: str
    district_code: str | None


async def get(session: AsyncSession, grant: Grant, survivor_id: UUID) -> Survivor:
    """One survivor within reach, or NotFound."""
    found = (await session.exec(_visible(grant).where(S.id == survivor_id))).one_or_none()
    if found is None:
        raise NotFound
    return found


async def box(session: AsyncSession, survivor_id: UUID) -> Box:
    """What opens and seals this person's fields, or NotFound when the key is not within reach."""
    wrapped = (await session.exec(select(K.wrapped).where(K.id == survivor_id))).one_or_none()
    if wrapped is None:
        raise NotFound
    return vault.open_key(wrapped)


async def birth(session: AsyncSession, survivor_id: UUID) -> PartialDate | None:
    """What is known of the day a person was born; None where nothing is."""
    wanted = select(S, K.wrapped).join(K, col(K.id) == col(S.id)).where(S.id == survivor_id)
    found = (await session.exec(wanted)).one_or_none()
    if found is None:
        return None
    one, wrapped = found
    if (sealed := one.birth_date) is None:
        return None
    return PartialDate(
        date=date.fromisoformat(vault.open_key(wrapped).read("survivor", "birth_date", one.id, sealed)),
        precision=Precision(one.birth_precision),
        estimated=one.birth_estimated,
    )


async def names(session: AsyncSession, survivor_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The full names of people whose records the caller has been shown; who has none is not among them.

    The database shows the keys within the caller's reach, and no others.
    """
    wanted = select(S, K.wrapped).join(K, col(K.id) == col(S.id)).where(col(S.id).in_(set(survivor_ids)))
    rows = await session.exec(wanted)
    return {one.id: name for one, wrapped in rows if (name := name_of(vault.open_key(wrapped), one))}


def name_of(box: Box, survivor: Survivor) -> str:
    """A person's name on one line, as lists show it."""
    sealed = {part: getattr(survivor, part) for part in sealing.NAME}
    return sealing.full_name(sealing.read_survivor(box, survivor.id, sealed, sealing.NAME))


async def live_consent(
    session: AsyncSession, survivor_id: UUID, purpose_code: str, facility_id: UUID | None = None
) -> Consent | None:
    """The latest consent for this purpose (and provider) that is not withdrawn and is valid today."""
    today = clock.today()
    asked = select(C).where(C.survivor_id == survivor_id, C.purpose_code == purpose_code)
    live = asked.where(col(C.withdrawn_at).is_(None), col(C.given_on) <= today, col(C.valid_until) >= today)
    if facility_id is not None:
        live = live.where(C.facility_id == facility_id)
    return (await session.exec(live.order_by(col(C.given_on).desc(), col(C.id).desc()).limit(1))).first()


async def organisation_where(session: AsyncSession, user_id: UUID, team_id: UUID) -> UUID | None:
    """The organisation of this team, if this person may be responsible for its files."""
    found = (
        select(Team.organisation_id)
        .join(Membership, col(Membership.organisation_id) == col(Team.organisation_id))
        .where(
            Team.id == team_id,
            Membership.user_id == user_id,
            sa.or_(col(Membership.team_id) == team_id, col(Membership.role) == Role.COORDINATOR),
            col(Membership.role).in_(RESPONSIBLE),
            col(Membership.ended_at).is_(None),
        )
    )
    return (await session.exec(found.limit(1))).first()


def _visible(grant: Grant) -> SelectOfScalar[Survivor]:
    return select(S).where(grant.held(S))


async def opened(session: AsyncSession, grant: Grant, survivor_id: UUID) -> tuple[Survivor, Box]:
    """One survivor within reach and what opens the record, or NotFound."""
    wanted = select(S, K.wrapped).join(K, col(K.id) == col(S.id)).where(grant.held(S), S.id == survivor_id)
    found = (await session.exec(wanted)).one_or_none()
    if found is None:
        raise NotFound
    return found[0], vault.open_key(found[1])


H = TypeVar("H", Identifier, Phone, Consent)


async def part(session: AsyncSession, grant: Grant, kind: type[H], survivor_id: UUID, record_id: UUID) -> H:
    """One record of this person's file, or NotFound; under another person it does not exist."""
    wanted = select(kind).where(grant.held(kind), kind.id == record_id, kind.survivor_id == survivor_id)
    found = (await session.exec(wanted)).one_or_none()
    if found is None:
        raise NotFound
    return found


async def parts(session: AsyncSession, grant: Grant, kind: type[H], survivor_id: UUID) -> Sequence[H]:
    """Every record of one kind in this person's file, oldest first."""
    wanted = select(kind).where(grant.held(kind), kind.survivor_id == survivor_id)
    return (await session.exec(wanted.order_by(col(kind.id)))).all()


async def people(
    session: AsyncSession, grant: Grant, ask: pages.Ask, only: Mapping[str, str | None]
) -> Sequence[tuple[Survivor, bytes]]:
    """The people of one page and the one after it, each with the wrapped key, oldest first.

    `only`: values that columns of these names must have; none where any will do.
    """
    wanted = select(S, K.wrapped).join(K, col(K.id) == col(S.id)).where(grant.held(S), col(S.id) >= ask.start)
    wanted = wanted.where(*(getattr(S, name) == value for name, value in only.items() if value is not None))
    return (await session.exec(wanted.order_by(col(S.id)).limit(ask.limit + 1))).all()


def asked(clues: Clues) -> dict[str, Any]:
    """The arguments of `candidates` and `elsewhere`."""
    numbers, keys = matching.asked_keys(clues)
    return {
        "numbers": numbers,
        "keys": keys,
        "identifiers": list(clues.identifiers),
        "phones": list(clues.phones),
        "code": clues.code or "",
        "needed": matching.words_needed(clues),
    }


async def candidates(hot: Hot, grant: Grant, given: Mapping[str, Any]) -> list[Candidate]:
    """People within reach who share a word of the name or a number, those that share most first."""
    kept = prepare(("candidates", grant.shape), lambda: likely(grant))
    return [_candidate(row) for row in await hot.rows(kept, **grant.values, **given)]


def _candidate(row: Any) -> Candidate:
    known = sealing.read_survivor(vault.open_key(row["wrapped"]), row["id"], row, sealing.NAMES)
    return Candidate(
        names=sealing.names_of(known),
        sex_code=row["sex_code"],
        birth_year=row["birth_year"],
        birth_estimated=row["birth_estimated"],
        same_number=row["same_number"],
        same_phone=row["same_phone"],
        id=row["id"],
        code=row["code"],
        name=sealing.full_name(known),
        category_code=row["category_code"],
        district_code=row["district_code"],
    )


def likely(grant: Grant) -> Any:
    """The people of `candidates`, each with the wrapped key, and whether number or telephone are the same."""
    number = sa.or_(_has(Identifier, "identifiers"), col(S.code) == sa.bindparam("code", type_=sa.String()))
    phone = _has(Phone, "phones")
    hits = _hits().group_by(col(N.survivor_id))
    if grant.reach is Reach.ALL:
        found: sa.FromClause = hits.subquery("hits")
        on = found.c.survivor_id == S.id
    else:  # few people: each is looked up in the index
        found = hits.where(col(N.survivor_id) == col(S.id)).correlate(S).lateral("hits")
        on = sa.true()
    shares = found.c
    return (
        sa.select(*(getattr(S, name) for name in (*SHOWN, *sealing.NAMES)))
        .add_columns(col(K.wrapped), number.label("same_number"), phone.label("same_phone"))
        .select_from(S)
        .join(K, col(K.id) == col(S.id))
        .outerjoin(found, on)
        .where(grant.held(S), sa.or_(shares.words > 0, number, phone))
        .order_by(
            number.desc(), shares.words.desc().nulls_last(), shares.shared.desc().nulls_last(), col(S.id)
        )
        .limit(CANDIDATES)
    )


async def elsewhere(
    hot: Hot, grant: Grant, given: Mapping[str, Any], but: UUID | None = None
) -> list[tuple[UUID, str]]:
    """Organisations that may know a person like this outside the caller's reach, each once, by name.

    That they were named is audited.
    """
    if grant.reach is Reach.ALL:
        return []  # nobody is outside it
    kept = prepare(("elsewhere", grant.shape), lambda: known_elsewhere(grant))
    event = reading.event_of(grant.actor, "organisation.hint", FieldClass.OPERATIONAL)
    rows = await hot.rows(kept, **grant.values, **event, **given, but=but)
    return [(row["id"], row["name"]) for row in rows]


def known_elsewhere(grant: Grant) -> Any:
    """The organisations of `elsewhere`, id and name, and the event that they were named, if any was."""
    hits = (
        _hits()
        .add_columns(col(N.organisation_id))
        .group_by(col(N.survivor_id), col(N.organisation_id))
        .subquery("hits")
    )
    within = sa.exists().where(col(S.id) == hits.c.survivor_id, grant.held(S))
    enough = sa.or_(hits.c.words >= sa.bindparam("needed", type_=sa.Integer()), hits.c.exact)
    another = hits.c.survivor_id.is_distinct_from(sa.bindparam("but", type_=sa.Uuid()))
    named = (
        sa.select(col(Organisation.id), col(Organisation.name))
        .join(hits, hits.c.organisation_id == Organisation.id)
        .where(enough, ~within, another)
        .group_by(col(Organisation.id), col(Organisation.name))
        .order_by(col(Organisation.name), col(Organisation.id))
        .limit(NAMED_ORGANISATIONS)
        .cte("named")
    )
    ids = sa.select(sa.func.array_agg(named.c.id)).scalar_subquery()
    rows = sa.select(named).order_by(named.c.name, named.c.id)
    return rows.add_cte(reading.logged(ids, sa.exists().select_from(named)))


def _hits() -> sa.Select[Any]:
    """Everybody who shares a key with what is asked: how many words, how many keys, and any exact number.

    Words are counted as bits, so that nothing need be sorted.
    """
    numbers, keys = sa.bindparam("numbers", type_=INTEGERS), sa.bindparam("keys", type_=INTEGERS)
    asked = sa.func.unnest(numbers, keys).table_valued("word", "key").render_derived("asked")
    is_word = asked.c.word < matching.HINT
    words = sa.func.bit_or(sa.literal(1, sa.Integer).op("<<")(asked.c.word)).filter(is_word)
    return (
        sa.select(
            col(N.survivor_id),
            sa.func.coalesce(sa.func.bit_count(sa.cast(words, BIT(32))), 0).label("words"),
            sa.func.count().label("shared"),
            sa.func.bool_or(~is_word).label("exact"),
        )
        .join_from(N, asked, col(N.key) == asked.c.key)
        .where(col(N.key) == sa.any_(keys))  # or the index would not be used
    )


def _has(kind: type[Identifier] | type[Phone], lookups: str) -> sa.ColumnElement[bool]:
    wanted = sa.bindparam(lookups, type_=ARRAY(sa.LargeBinary))
    return col(S.id).in_(sa.select(col(kind.survivor_id)).where(col(kind.lookup) == sa.any_(wanted)))
