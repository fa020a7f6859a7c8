"""What was done for people, written straight into the tables with any day, for the release job to count."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from app.careplans.models import CarePlan, Goal, Progress, Review
from app.careplans.states import Status as PlanStatus
from app.cases.models import Case
from app.core.db import unit_of_work
from app.core.ids import new_id
from app.emergency.models import FacilityStay
from app.milestones.models import Milestone, MilestoneChange
from app.milestones.states import Status as MilestoneStatus
from app.participants.models import Attendance, Enrolment
from app.participants.states import Status as EnrolmentStatus
from app.programmes.models import Programme, Reached, Season, Session
from app.referrals.models import Referral
from app.referrals.states import Status
from app.survivors.models import Survivor
from tests.statistics.files import Files


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


@dataclass
class Care:
    """The care of the northern team's people. Every case is open, every referral goes to the workshop."""

    files: Files
    written: int = field(default=0)

    async def case(self, survivor: Survivor, **facts: Any) -> Case:
        case = Case(**self._held(survivor), survivor_id=survivor.id, organisation_id=survivor.organisation_id)
        for name, value in facts.items():
            setattr(case, name, value)
        await self.files.keep(case)
        return case

    async def referral(
        self,
        case: Case,
        sent: date | None,
        started: date | None = None,
        ended: date | None = None,
        status: Status = Status.IN_PROGRESS,
        services: tuple[str, ...] = ("prosthetics",),
        given: tuple[str, ...] = (),
    ) -> Referral:
        self.written += 1
        referral = Referral(
            **self._held(case),
            code=f"REF-{self.written:06}",
            case_id=case.id,
            survivor_id=case.survivor_id,
            organisation_id=case.organisation_id,
            to_facility_id=self.files.town.workshop.id,
            service_codes=list(services),
            given_codes=list(given),
            share_codes=["identity"],
            status=status,
            sent_at=noon(sent) if sent else None,
            started_at=noon(started) if started else None,
            ended_at=noon(ended) if ended else None,
        )
        await self.files.keep(referral)
        return referral

    async def stay(self, case: Case, admitted: date, **facts: Any) -> None:
        stay = FacilityStay(
            **self._held(case),
            case_id=case.id,
            by_id=case.owner_id,
            admitted_on=admitted,
            admitted_precision="day",
            **facts,
        )
        await self.files.keep(stay)

    async def plan(
        self,
        case: Case,
        approved: date,
        goals: Mapping[str, str],
        reviewed: date | None = None,
        status: PlanStatus = PlanStatus.APPROVED,
    ) -> None:
        """A plan in force with a goal in each lane, and how it stood when it was looked at."""
        self.written += 1
        plan = CarePlan(
            **self._held(case),
            case_id=case.id,
            number=self.written,
            status=status,
            review_on=approved,
            agreed_on=approved,
            by_id=case.owner_id,
            submitted_by_id=case.owner_id,
            submitted_at=noon(approved),
            approved_by_id=new_id(),
            approved_at=noon(approved),
        )
        review = Review(
            **self._held(case),
            plan_id=plan.id,
            reviewed_on=reviewed or approved,
            next_on=approved,
            by_id=case.owner_id,
        )
        await self.files.keep(plan, review)
        for place, (pillar, progress) in enumerate(goals.items()):
            goal = Goal(
                **self._held(case),
                plan_id=plan.id,
                goal_id=new_id(),
                place=place,
                pillar_code=pillar,
                need=b"x",
                aim=b"x",
                responsible_code="caseworker",
                target_on=approved,
            )
            seen = Progress(
                **self._held(case),
                plan_id=plan.id,
                review_id=review.id,
                goal_id=goal.goal_id,
                progress_code=progress,
            )
            await self.files.keep(goal, seen)

    async def milestone(self, case: Case, code: str, *targets: tuple[MilestoneStatus, date]) -> None:
        """A milestone and when it came to each status."""
        milestone = Milestone(
            **self._held(case), case_id=case.id, definition_code=code, recorded_by_id=case.owner_id
        )
        await self.files.keep(milestone)
        for target, day in targets:
            change = MilestoneChange(
                **self._held(case),
                milestone_id=milestone.id,
                target=target,
                happened_on=date(2001, 1, 1),  # what is said of the day makes no difference
                by_id=case.owner_id,
                created_at=noon(day),
            )
            await self.files.keep(change)

    async def training(self, case: Case, day: date, status: str = "present", kind: str = "sport") -> None:
        """Somebody at one session of a programme of its own."""
        await self.enrolled(case, day, status=status, kind=kind)

    async def enrolled(
        self,
        case: Case,
        *days: date,
        kind: str = "sport",
        status: str = "present",
        joined: date | None = None,
        ended: date | None = None,
        together: tuple[Programme, list[Session]] | None = None,
    ) -> None:
        """Somebody in a programme of its own or together with others, and at its sessions on these days."""
        programme, held = together or await self.held(kind, *days)
        consent = self.files.consent(await self._survivor(case), "sport")
        enrolment = Enrolment(
            **self._held(case),
            programme_id=programme.id,
            facility_id=programme.facility_id,
            case_id=case.id,
            survivor_id=case.survivor_id,
            consent_id=consent.id,
            agreed_until=date(2100, 1, 1),
            status=EnrolmentStatus.ENDED if ended else EnrolmentStatus.ENROLLED,
            joined_on=joined,
            ended_on=ended,
            role_code="player",
            by_id=case.owner_id,
        )
        await self.files.keep(consent, enrolment)
        there = [
            Attendance(
                **self._held(case),
                programme_id=programme.id,
                facility_id=programme.facility_id,
                session_id=session.id,
                enrolment_id=enrolment.id,
                status_code=status,
                by_id=case.owner_id,
            )
            for session in held
        ]
        await self.files.keep(*there)

    async def held(self, kind: str, *days: date, **facts: Any) -> tuple[Programme, list[Session]]:
        """A programme and its sessions, noted unless `facts` say otherwise."""
        self.written += 1
        facility = self.files.town.workshop.id
        programme = Programme(
            facility_id=facility, kind_code=kind, name=f"Programme {self.written}", district_code="az_fuz"
        )
        of_it: dict[str, Any] = {"programme_id": programme.id, "facility_id": facility}
        season = Season(**of_it, name="All", starts_on=date(2000, 1, 1), ends_on=date(2100, 1, 1))
        sessions = [
            Session(
                **of_it,
                season_id=season.id,
                kind_code="training",
                minutes=60,
                **{"starts_at": noon(day), "noted_at": noon(day)} | facts,
            )
            for day in days
        ]
        await self.files.keep(programme, season, *sessions)
        return programme, sessions

    async def reached(self, day: date, **people: int) -> None:
        """A session of risk education, and how many came: `female_0_5=3`."""
        programme, [session] = await self.held("mine_risk_education", day)
        rows = [
            Reached(
                session_id=session.id,
                programme_id=programme.id,
                facility_id=programme.facility_id,
                sex_code=who.partition("_")[0],
                age_band_code=who.partition("_")[2],
                people=many,
            )
            for who, many in people.items()
        ]
        await self.files.keep(*rows)

    async def _survivor(self, case: Case) -> Survivor:
        async with unit_of_work(self.files.owner, None) as session:
            return await session.get_one(Survivor, case.survivor_id)

    def _held(self, of: Survivor | Case) -> dict[str, Any]:
        return {"owner_id": of.owner_id, "team_id": of.team_id}
