"""Make referrals for tests, walked to a status by their own actions."""

from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel import select

from app.access.actor import Actor
from app.core import clock
from app.core.db import Limits, unit_of_work
from app.core.hot import within
from app.notifications.models import Notification
from app.organisations.models import Facility, ServiceOffer
from app.referrals import actions, jobs
from app.referrals.models import Referral, ReferralMove
from app.referrals.schemas import (
    CancelReferral,
    CompleteReferral,
    DeclineReferral,
    DiscontinueReferral,
    DraftReferral,
    NoShowReferral,
    PrioritiseReferral,
    ScheduleReferral,
    WaitlistReferral,
)
from app.referrals.states import REFERRAL, Action, Party, Status
from app.routers._moves import verb
from app.survivors import actions as survivors
from app.survivors.models import Consent
from app.survivors.rules import SHARING
from app.survivors.schemas import NewConsent, WithdrawConsent
from tests.cases.factories import a_case
from tests.factories import KEEPER, Town
from tests.survivors.factories import consent as consent_body

EVERYTHING = ["identity", "contact", "assessments", "milestones", "injury", "device_history"]
DATA = ["identity", "contact", "health", "services", "mental_health"]
TEXT = "She needs a new socket before the winter"
MOMENT = timedelta(
    minutes=1
)  # a visit at once: whether the person came is known as soon as it is written down
REPORT = "Fitted; comes again in spring"


def bodies() -> dict[Action, Any]:
    """What each action is told that is told something."""
    return {
        Action.DECLINE: DeclineReferral(reason_code="no_capacity"),
        Action.WAITLIST: WaitlistReferral(expected_on=clock.today() + timedelta(days=40)),
        Action.SCHEDULE: ScheduleReferral(scheduled_for=clock.now() + MOMENT),
        Action.PRIORITISE: PrioritiseReferral(priority_code="emergency", reason_code="worsened"),
        Action.NO_SHOW: NoShowReferral(reason_code="transport", next_step_code="call_person"),
        Action.COMPLETE: CompleteReferral(outcome_code="service_completed", counter_referral=REPORT),
        Action.CANCEL: CancelReferral(reason_code="person_wish"),
        Action.DISCONTINUE: DiscontinueReferral(reason_code="moved"),
    }


def way_to(wanted: Status) -> list[tuple[Action, Party]]:
    """The shortest way from the start of the state table to a status, and who goes it."""
    ways: dict[Status, list[tuple[Action, Party]]] = {REFERRAL.start: []}
    waiting = deque([REFERRAL.start])
    while waiting:
        now = waiting.popleft()
        for move in REFERRAL.moves:
            if move.source is now and move.target not in ways:
                # A draft that was cancelled is a case of its own: as a rule what ends was sent.
                if (move.source, move.action) == (Status.DRAFT, Action.CANCEL):
                    continue
                ways[move.target] = [*ways[now], (move.action, move.by)]
                waiting.append(move.target)
    return ways[wanted]


@dataclass
class Post:
    """One case of the caseworker's, and the referrals that go out for it."""

    town: Town
    case_id: UUID
    survivor_id: UUID
    consents: dict[UUID, UUID] = field(default_factory=dict)  # by facility
    sender: Actor = field(init=False)  # who is responsible: the caseworker, until the case is given away

    def __post_init__(self) -> None:
        self.sender = self.town.caseworker

    async def consent(self, facility_id: UUID | None = None, **changes: Any) -> UUID:
        """The person agrees to share with a facility, as a rule with the workshop."""
        where = facility_id or self.town.workshop.id
        body = consent_body(SHARING, facility_id=str(where), data_codes=DATA) | changes
        me = self.sender
        async with self.town.work(me) as session:
            given, _ = await survivors.give_consent(
                session, me, self.survivor_id, NewConsent.model_validate(body)
            )
            await actions.renew_for(session, me, given.id)
        self.consents[where] = given.id
        return given.id

    async def withdraw(self, consent_id: UUID) -> int:
        """The person takes it back; how many referrals that ended."""
        me = self.sender
        given = WithdrawConsent(reason_code="fear_of_harm")
        async with self.town.work(me) as session:
            found = (await session.exec(select(Consent).where(Consent.id == consent_id))).one()
            await survivors.withdraw_consent(session, me, self.survivor_id, consent_id, found.version, given)
            return await actions.revoke_for(session, me, consent_id)

    def letter(self, **changes: Any) -> dict[str, Any]:
        """A draft as a client sends it."""
        return {
            "case_id": str(self.case_id),
            "to_facility_id": str(self.town.workshop.id),
            "priority_code": "urgent",
            "service_codes": ["prosthetics"],
            "share_codes": EVERYTHING,
            "reason": TEXT,
        } | changes

    async def draft(self, **changes: Any) -> Referral:
        """A draft of the caseworker's."""
        given = DraftReferral.model_validate(self.letter(**changes))
        async with self.town.work(self.sender) as session:
            return (await actions.draft(session, self.sender, given))[0]

    async def referral(self, at: Status = Status.SENT, **changes: Any) -> Referral:
        """A referral walked to this status by real steps."""
        if at is not Status.DRAFT and self.town.workshop.id not in self.consents:
            await self.consent()
        referral = await self.draft(**changes)
        for action, party in way_to(at):
            referral = await self.step(referral, action, party)
        return referral

    async def outside(self, **changes: Any) -> Referral:
        """A referral to a clinic without accounts, just sent."""
        clinic = Facility(
            name="Clinic",
            organisation_id=self.town.centre.id,
            kind_code="hospital",
            district_code="az_ba",
            outside=True,
        )
        async with unit_of_work(self.town.database, KEEPER) as session:
            session.add(clinic)
            await session.flush()
            session.add(ServiceOffer(facility_id=clinic.id, service_code="eye_care"))
        await self.consent(clinic.id)
        draft = await self.draft(to_facility_id=str(clinic.id), service_codes=["eye_care"], **changes)
        return await self.step(draft, Action.SEND, Party.SENDER)

    async def step(self, referral: Referral, action: Action, party: Party) -> Referral:
        """The referral after this action of this side."""
        if party is Party.SYSTEM:
            await self._system(referral, action)
        else:
            actor = self.actor(party)
            extra = [bodies()[action]] if action in bodies() else []
            async with self.town.work(actor) as session:
                work = await within(session) if party is Party.RECEIVER else session
                await getattr(actions, verb(action))(work, actor, referral.id, referral.version, *extra)
        return await self.now(referral.id)

    async def _system(self, referral: Referral, action: Action) -> None:
        assert referral.consent_id
        if action is Action.REVOKE:
            await self.withdraw(referral.consent_id)
            self.consents.pop(referral.to_facility_id, None)
        else:
            await jobs.expire(self.town.database, timedelta(days=-366))

    def actor(self, party: Party) -> Actor:
        """Who acts for a side."""
        return self.sender if party is Party.SENDER else self.town.provider

    async def now(self, referral_id: UUID) -> Referral:
        """The referral as it stands in the database."""
        async with self.town.work(self.town.coordinator) as session:
            return (await session.exec(select(Referral).where(Referral.id == referral_id))).one()

    async def moves(self, referral_id: UUID) -> list[ReferralMove]:
        """The steps that were kept, in order."""
        async with self.town.work(self.town.coordinator) as session:
            rows = select(ReferralMove).where(ReferralMove.referral_id == referral_id)
            return sorted((await session.exec(rows)).all(), key=lambda move: move.created_at)


async def a_post(town: Town, **changes: Any) -> Post:
    """A case to refer. The club too offers a service."""
    case = await a_case(town, **changes)
    async with unit_of_work(town.database, KEEPER) as session:
        offers = (await session.exec(select(ServiceOffer.facility_id))).all()
        if town.club.id not in offers:
            session.add(ServiceOffer(facility_id=town.club.id, service_code="peer_support"))
    return Post(town, case.id, case.survivor_id)


async def told_facility(town: Town, facility_id: UUID) -> list[tuple[str, UUID]]:
    """What this facility was told: kind and record, oldest first."""
    async with unit_of_work(town.database, Limits(facilities=(facility_id,))) as session:
        rows = select(Notification).where(Notification.facility_id == facility_id)
        found = sorted((await session.exec(rows)).all(), key=lambda message: message.created_at)
        return [(message.kind, message.record_id) for message in found]
