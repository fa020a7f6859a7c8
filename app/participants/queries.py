"""Every read of who takes part. Each takes a Grant, or what a grant has opened."""

from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Grant
from app.access.table import Reach
from app.cases.models import Case
from app.core.db import day_of
from app.core.errors import NotFound
from app.injuries.models import Amputation
from app.participants.models import (
    Attendance,
    Classification,
    Clearance,
    Enrolment,
    MatchPlayer,
    ReturnStep,
    SportFinding,
    SportInjury,
)
from app.participants.progress import Followed, Presence
from app.participants.rules import CLEARANCE
from app.participants.states import Stage, Status
from app.programmes.models import Programme, Session
from app.referrals.models import Referral
from app.referrals.states import LIVE
from app.survivors.models import Consent

E, C, A, J = Enrolment, Clearance, Attendance, SportInjury
OVER = (Stage.RETURNED, Stage.RETRACTED)
MOST = 200  # of one case
MOST_PRESENCES = 5000  # two a week for ten years, in five programmes


class Taking(NamedTuple):
    """An enrolment with its programme, the latest word of a provider on its sport, and an open injury."""

    enrolment: Enrolment
    programme: Programme
    clearance: Clearance | None
    injury: SportInjury | None = None


class Hurt(NamedTuple):
    """A sport injury with the steps of the way back, and what providers found."""

    injury: SportInjury
    steps: Sequence[ReturnStep]
    findings: Sequence[SportFinding]


async def get(session: AsyncSession, grant: Grant, enrolment_id: UUID, lock: bool = False) -> Taking:
    """One enrolment within reach, or NotFound. `lock`: nobody else changes it until this transaction ends."""
    wanted = select(E, Programme).join(Programme, col(Programme.id) == col(E.programme_id))
    wanted = wanted.where(_within(grant), E.id == enrolment_id)
    if lock:
        wanted = wanted.with_for_update(of=E).execution_options(populate_existing=True)
    found = (await session.exec(wanted)).one_or_none()
    if found is None:
        raise NotFound
    return await _with_clearance(session, *found)


async def find(session: AsyncSession, case: Case, enrolment_id: UUID) -> Enrolment | None:
    """The enrolment of this case that has this id, if there is one."""
    rows = select(E).where(E.case_id == case.id, E.id == enrolment_id)
    return (await session.exec(rows)).one_or_none()


async def going_on(session: AsyncSession, case: Case, programme_id: UUID) -> Enrolment | None:
    """The enrolment of this case in a programme that has not ended, if there is one."""
    rows = select(E).where(E.case_id == case.id, E.programme_id == programme_id, E.status != Status.ENDED)
    return (await session.exec(rows)).one_or_none()


async def of_case(session: AsyncSession, case: Case) -> list[Taking]:
    """What somebody takes part in or did, the latest first."""
    rows = select(E, Programme).join(Programme, col(Programme.id) == col(E.programme_id))
    found = await session.exec(rows.where(E.case_id == case.id).order_by(col(E.id).desc()).limit(MOST))
    return [await _with_clearance(session, *row) for row in found.all()]


async def enrolled(session: AsyncSession, programme_id: UUID, ids: Collection[UUID]) -> Sequence[Enrolment]:
    """Those of these who are enrolled in a programme now."""
    rows = select(E).where(E.programme_id == programme_id, E.status == Status.ENROLLED, col(E.id).in_(ids))
    return (await session.exec(rows)).all()


async def taken(session: AsyncSession, programme_id: UUID, group_id: UUID | None = None) -> int:
    """How many are enrolled in a programme, or in one of its groups."""
    rows = select(sa.func.count()).where(E.programme_id == programme_id, E.status == Status.ENROLLED)
    rows = rows.where(E.group_id == group_id) if group_id else rows
    return (await session.exec(rows)).one()


async def clearances(
    session: AsyncSession, case_ids: Collection[UUID], sport_code: str | None
) -> dict[UUID, Clearance]:
    """The latest word of a provider on a sport, for each of these cases that has one."""
    rows = select(C).where(col(C.case_id).in_(case_ids), C.sport_code == sport_code)
    rows = rows.order_by(col(C.given_on), col(C.id))  # of each case the last one stays
    return {one.case_id: one for one in (await session.exec(rows)).all()} if sport_code else {}


async def find_clearance(session: AsyncSession, clearance_id: UUID) -> Clearance | None:
    """One clearance, if there is one."""
    return await session.get(C, clearance_id)


async def on_consent(session: AsyncSession, grant: Grant, consent_id: UUID) -> Sequence[Enrolment]:
    """The enrolments that stand on this consent and have not ended, held until the transaction ends."""
    rows = select(E).where(grant.held(E), E.consent_id == consent_id, E.status != Status.ENDED)
    return (await session.exec(rows.order_by(col(E.id)).with_for_update())).all()


async def followed(session: AsyncSession, case: Case) -> list[Followed]:
    """What somebody takes part in or did, with every presence; not where the consent was taken back."""
    rows = (
        select(E, Programme, day_of(col(Session.starts_at)), A.status_code)
        .join(Programme, col(Programme.id) == col(E.programme_id))
        .join(Consent, col(Consent.id) == col(E.consent_id))
        .outerjoin(A, col(A.enrolment_id) == col(E.id))
        .outerjoin(Session, col(Session.id) == col(A.session_id))
        .where(E.case_id == case.id, col(Consent.withdrawn_at).is_(None))
        .order_by(col(E.id))
        .limit(MOST_PRESENCES)
    )
    found: dict[UUID, tuple[Enrolment, Programme, list[Presence]]] = {}
    for row, programme, day, status in (await session.exec(rows)).all():
        _, _, there = found.setdefault(row.id, (row, programme, []))
        if status:
            there.append(Presence(day, status))
    return [
        Followed(
            *(row.id, programme.id, programme.name, programme.kind_code, programme.sport_code),
            *(row.joined_on, row.ended_on, tuple(there)),
        )
        for row, programme, there in found.values()
    ]


async def losses(session: AsyncSession, survivor_id: UUID) -> Sequence[Amputation]:
    """The recorded losses of limbs of somebody whose file the caller works on; to others there are none."""
    rows = select(Amputation).where(Amputation.survivor_id == survivor_id)
    return (await session.exec(rows.order_by(col(Amputation.id)).limit(MOST))).all()


async def classifications(session: AsyncSession, enrolment: Enrolment) -> Sequence[Classification]:
    """What classifiers decided, the latest first."""
    rows = select(Classification).where(Classification.enrolment_id == enrolment.id)
    return (await session.exec(rows.order_by(col(Classification.id).desc()).limit(MOST))).all()


async def on_sheet(session: AsyncSession, fixture_id: UUID) -> Sequence[tuple[MatchPlayer, Enrolment]]:
    """Who stands on the sheets of a match, as far as the caller may see them."""
    rows = select(MatchPlayer, E).join(E, col(E.id) == col(MatchPlayer.enrolment_id))
    found = await session.exec(rows.where(MatchPlayer.fixture_id == fixture_id).order_by(col(MatchPlayer.id)))
    return found.all()


async def injuries(session: AsyncSession, case_ids: Collection[UUID]) -> dict[UUID, list[SportInjury]]:
    """The sport injuries of these cases, whether over or not, but for what was taken back."""
    rows = select(J).where(col(J.case_id).in_(case_ids), J.stage != Stage.RETRACTED).order_by(col(J.id))
    found: dict[UUID, list[SportInjury]] = {}
    for one in (await session.exec(rows)).all():
        found.setdefault(one.case_id, []).append(one)
    return found


async def away_now(session: AsyncSession, case_ids: Collection[UUID]) -> dict[UUID, SportInjury]:
    """Of each of these cases the injury that has kept the person away the longest, if any does now."""
    open_ones = await injuries(session, case_ids)
    now = {case_id: [one for one in many if one.stage not in OVER] for case_id, many in open_ones.items()}
    return {case_id: min(many, key=lambda one: one.occurred_on) for case_id, many in now.items() if many}


async def injury(session: AsyncSession, grant: Grant, injury_id: UUID) -> SportInjury:
    """One sport injury within reach, nobody else's to change until this is done; or NotFound."""
    wanted = select(J).where(_reaches(grant), J.id == injury_id).with_for_update()
    found = (await session.exec(wanted.execution_options(populate_existing=True))).one_or_none()
    if found is None:
        raise NotFound
    return found


async def find_injury(session: AsyncSession, enrolment: Enrolment, injury_id: UUID) -> SportInjury | None:
    """The injury of this person that has this id, if there is one."""
    rows = select(J).where(J.case_id == enrolment.case_id, J.id == injury_id)
    return (await session.exec(rows)).one_or_none()


async def injuries_of(session: AsyncSession, grant: Grant, case_id: UUID) -> Sequence[SportInjury]:
    """The sport injuries of a case within reach, the latest first."""
    rows = select(J).where(_reaches(grant), J.case_id == case_id)
    return (await session.exec(rows.order_by(col(J.occurred_on).desc(), col(J.id)).limit(MOST))).all()


async def hurt(session: AsyncSession, found: Sequence[SportInjury]) -> list[Hurt]:
    """These injuries with their steps and findings, as far as the caller may see them."""
    ids = [one.id for one in found]
    steps = select(ReturnStep).where(col(ReturnStep.sport_injury_id).in_(ids)).order_by(col(ReturnStep.id))
    told = (
        select(SportFinding).where(col(SportFinding.sport_injury_id).in_(ids)).order_by(col(SportFinding.id))
    )
    moves, findings = (await session.exec(steps)).all(), (await session.exec(told)).all()
    return [
        Hurt(
            one,
            [each for each in moves if each.sport_injury_id == one.id],
            [each for each in findings if each.sport_injury_id == one.id],
        )
        for one in found
    ]


async def find_finding(session: AsyncSession, finding_id: UUID) -> SportFinding | None:
    """One finding, if there is one."""
    return await session.get(SportFinding, finding_id)


async def _with_clearance(session: AsyncSession, enrolment: Enrolment, programme: Programme) -> Taking:
    only = enrolment.case_id
    latest, away = await clearances(session, [only], programme.sport_code), await away_now(session, [only])
    return Taking(enrolment, programme, latest.get(only), away.get(only))


def _within(grant: Grant) -> sa.ColumnElement[bool]:
    """My facility's programmes, or the files within my reach."""
    if grant.reach is Reach.FACILITY:
        return col(E.facility_id) == grant.actor.facility_id
    return grant.held(E)


def _reaches(grant: Grant) -> sa.ColumnElement[bool]:
    """Of who takes part at my facility; of who was referred to me to be cleared; of files in reach."""
    facility = grant.actor.facility_id
    if grant.reach is Reach.FACILITY:
        there = sa.and_(col(E.facility_id) == facility, col(E.status) != Status.ENDED)
        return sa.exists().where(col(E.case_id) == col(J.case_id), there)
    if grant.reach is Reach.SHARED:
        asked = sa.and_(col(Referral.to_facility_id) == facility, col(Referral.status).in_(LIVE))
        agreed = sa.and_(col(Consent.id) == col(Referral.consent_id), col(Consent.withdrawn_at).is_(None))
        wanted = col(Referral.service_codes).contains([CLEARANCE])
        return sa.exists().where(col(Referral.case_id) == col(J.case_id), asked, agreed, wanted)
    return grant.held(J)
