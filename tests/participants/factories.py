"""Make enrolments for tests, through real actions."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import select

from app.cases.models import Case
from app.core import clock
from app.core.db import unit_of_work
from app.milestones.models import Milestone
from app.organisations.models import ServiceOffer
from app.participants import actions, attending
from app.participants.models import Clearance, Enrolment
from app.participants.queries import Taking
from app.participants.schemas import (
    Admit,
    AttendanceOut,
    Enrol,
    GiveClearance,
    Leave,
    NoteAttendance,
    sealed,
)
from app.participants.states import Status
from app.programmes.models import Programme, Season, Session
from app.survivors import actions as survivors
from app.survivors.models import Consent, Survivor
from app.survivors.schemas import NewConsent, WithdrawConsent
from tests.cases.factories import a_case
from tests.factories import KEEPER, Town
from tests.journeys import payloads
from tests.programmes.factories import Sport, programme, season, sessions
from tests.survivors.factories import consent


async def offer_clearance(town: Town) -> None:
    """The workshop looks at who wants to do sport."""
    async with unit_of_work(town.database, KEEPER) as session:
        session.add(ServiceOffer(facility_id=town.workshop.id, service_code="sports_clearance"))


class Club:
    """The club's amputee football with its season, and people whom the caseworker brings."""

    def __init__(self, town: Sport) -> None:
        self.town, self.me = town, town.sports
        self.programme: Programme
        self.season: Season
        self.number = 0

    async def build(self, **more: Any) -> "Club":
        """Found it."""
        self.programme = await programme(self.town, **more)
        self.season = await season(self.town, self.programme)
        return self

    async def person(self, purpose: str | None = "sport", **more: Any) -> tuple[Case, UUID | None]:
        """Somebody with a case, and their consent to taking part."""
        self.number += 1
        phones = [{"number": f"+99450000{self.number:04}", "safe_to_call": "yes"}]
        case = await a_case(self.town, **({"surname": f"Surname{self.number}", "phones": phones} | more))
        return case, await self.agree(case, purpose) if purpose else None

    async def agree(self, case: Case, purpose: str = "sport", **more: Any) -> UUID:
        """The person agrees to a purpose."""
        who = self.town.caseworker
        given = NewConsent.model_validate(consent(purpose, data_codes=["identity", "contact"]) | more)
        async with self.town.work(who) as session:
            return (await survivors.give_consent(session, who, case.survivor_id, given))[0].id

    async def enrol(self, case: Case, **more: Any) -> Enrolment:
        """Ask for a place."""
        who = self.town.caseworker
        given = Enrol.model_validate(payloads.enrolment(self.programme.id, **more))
        async with self.town.work(who) as session:
            return (await actions.enrol(session, who, case.id, given))[0].enrolment

    async def admit(self, row: Enrolment, version: int = 1, **more: Any) -> Taking:
        """Give a place."""
        async with self.town.work(self.me) as session:
            return await actions.admit(session, self.me, row.id, version, Admit.model_validate(more))

    async def member(self, **more: Any) -> Enrolment:
        """Somebody new who is enrolled."""
        case, _ = await self.person(**more)
        return (await self.admit(await self.enrol(case))).enrolment

    async def crowd(self, many: int) -> list[Enrolment]:
        """So many who are enrolled, written at once: rows as real as a member's, without the way there."""
        first = await self.member()
        file = {"owner_id": first.owner_id, "team_id": first.team_id}
        agency = {"organisation_id": self.town.agency.id}
        people = [
            Survivor.model_validate(
                {"code": f"DYQ-2026-{number:06}-X", "category_code": "direct_survivor", "sex_code": "male"}
                | {"registered_on": clock.today()}
                | file
                | agency
            )
            for number in range(900_000, 900_000 + many)
        ]
        cases = [Case.model_validate({"survivor_id": one.id} | file | agency) for one in people]
        like = first.model_dump(exclude={"id", "created_at", "version", "case_id", "survivor_id", "status"})
        rows = [
            Enrolment.model_validate(like | {"case_id": case.id, "survivor_id": case.survivor_id})
            for case in cases
        ]
        for row in rows:
            row.name, row.phone = sealed(row, "name", f"Surname{row.id}"), None
        async with self.town.work(self.town.caseworker) as session:
            for each in (people, cases, rows):
                session.add_all(each)
                await session.flush()
        async with self.town.work(self.me) as session:
            await session.exec(sa.update(Enrolment).values(status=Status.ENROLLED))
        return rows

    async def leave(self, row: Enrolment, version: int, who: Any = None) -> Enrolment:
        """Take part no more."""
        actor = who or self.me
        async with self.town.work(actor) as session:
            told = Leave(reason_code="moved")
            return (await actions.leave(session, actor, row.id, version, told)).enrolment

    async def training(self, after_days: int = -1, **more: Any) -> Session:
        """A session."""
        (one,) = await sessions(self.town, self.programme, self.season.id, after_days, **more)
        return one

    async def note(self, one: Session, *rows: Enrolment, version: int = 1, **more: Any) -> AttendanceOut:
        """Note these as present."""
        people = [{"enrolment_id": row.id, "status_code": "present"} | more for row in rows]
        given = NoteAttendance.model_validate({"people": people})
        async with self.town.work(self.me) as session:
            return await attending.note_attendance(session, self.me, one.id, version, given)

    async def offer(self) -> None:
        """The workshop looks at who wants to do sport."""
        await offer_clearance(self.town)

    async def clear(self, referral_id: UUID, who: Any = None, **more: Any) -> Clearance:
        """A provider's word."""
        actor = who or self.town.provider
        given = GiveClearance.model_validate(payloads.clearance(**more))
        async with self.town.work(actor) as session:
            return (await actions.give_clearance(session, actor, referral_id, given))[0]

    async def withdraw(self, consent_id: UUID) -> int:
        """The person takes the consent back; how many enrolments that ended."""
        who = self.town.caseworker
        async with self.town.work(who) as session:
            found = (await session.exec(select(Consent).where(Consent.id == consent_id))).one()
            given = WithdrawConsent(reason_code="fear_of_harm")
            await survivors.withdraw_consent(
                session, who, found.survivor_id, consent_id, found.version, given
            )
            return await actions.revoke_for(session, who, consent_id)

    async def reached(self, case_id: UUID) -> dict[str, str]:
        """The milestones of a case and where they stand."""
        async with self.town.work(self.town.caseworker) as session:
            rows = await session.exec(select(Milestone).where(Milestone.case_id == case_id))
            return {one.definition_code: one.status.value for one in rows}
