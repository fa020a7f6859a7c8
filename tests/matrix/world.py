"""One record of each kind, made over HTTP by the people whose work it is, for every cell to ask about."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Role
from app.accounts import passwords, totp
from app.accounts.models import Credential, Factor, LoginSession, Membership
from app.cases.models import Case
from app.cases.states import Status as CaseStatus
from app.core import clock, vault
from app.core.db import GATE, unit_of_work
from app.core.ids import new_id
from app.couriers.models import Webhook
from app.notifications.models import Notification
from app.organisations.models import ServiceOffer
from app.referrals.models import Referral
from app.referrals.states import Party
from app.referrals.states import Status as ReferralStatus
from app.statistics.models import Release
from app.statistics.states import Kind as ReleaseKind
from app.statistics.states import Status as ReleaseStatus
from app.survivors.models import Survivor
from tests.accounts.people import PASSWORD
from tests.appointments.factories import booking
from tests.cases.factories import a_case
from tests.couriers.factories import URL as HOOK_URL
from tests.documents import factories as documents
from tests.emergency import factories as emergency
from tests.factories import KEEPER, Town, signed
from tests.injuries import factories as bodies
from tests.journeys import payloads
from tests.questions.asking import SEX_BY_KIND
from tests.referrals.factories import Post
from tests.rehabilitation import factories as rehabilitation
from tests.reintegration import factories as returning
from tests.support import factories as support
from tests.survivors.factories import survivor

Json = dict[str, Any]


class ClubPost(Post):
    """Referrals that the club answers, not the workshop."""

    def actor(self, party: Party) -> Actor:
        return self.town.caseworker if party is Party.SENDER else self.town.sports

    def letter(self, **changes: Any) -> dict[str, Any]:
        club: dict[str, Any] = {"to_facility_id": str(self.town.club.id), "service_codes": ["peer_support"]}
        club["share_codes"] = ["identity", "contact", "milestones"]
        return super().letter(**club | changes)


@dataclass
class World:
    """The town, and what stands in it. Everything belongs to the caseworker, in the northern team."""

    connection: AsyncConnection
    client: AsyncClient
    town: Town = field(init=False)
    two_hats: Actor = field(init=False)  # a coordinator and caseworker, who does not say as which they act
    club_counsellor: Actor = field(init=False)  # with whom nothing is shared
    survivor: Survivor = field(init=False)
    case: Case = field(init=False)
    referral: Referral = field(init=False)
    club_referral: Referral = field(init=False)
    post: Post = field(init=False)
    club_post: ClubPost = field(init=False)
    club_offer: ServiceOffer = field(init=False)
    release: Release = field(init=False)
    prepared: Release = field(init=False)  # another one, not yet checked
    depth: int = 0  # how much can be undone
    made: dict[str, Json] = field(default_factory=dict)
    messages: dict[UUID, Notification] = field(default_factory=dict)  # by person
    message: Notification = field(init=False)  # the caseworker's
    facility_message: Notification = field(init=False)
    webhook: Webhook = field(init=False)  # the workshop's

    async def build(self) -> "World":
        """Make everything once; cells undo what they do."""
        await self._a_town()
        self.survivor = await survivor(self.town)
        self.case = await a_case(self.town, at=CaseStatus.PLANNING, person=self.survivor)
        self.post = Post(self.town, self.case.id, self.survivor.id)
        self.referral = await self.post.referral(ReferralStatus.SENT)
        await self.post.referral(ReferralStatus.SENT, share_codes=support.SHARES)
        self.club_post = ClubPost(self.town, self.case.id, self.survivor.id)
        await self.club_post.consent(self.town.club.id)
        self.club_referral = await self.club_post.referral(ReferralStatus.SENT)
        await self._around_the_person()
        await self._an_incident()
        await self._a_programme()
        await self._a_league()
        await self._takes_part()
        await self._messages()
        async with self.town.work(self.town.analyst) as session:
            self.release = (
                await session.exec(select(Release).where(Release.kind == ReleaseKind.REGISTRATIONS))
            ).one()
        async with self.town.work(self.town.auditor) as session:
            waits = select(Release).where(Release.status == ReleaseStatus.PREPARED)
            self.prepared = (await session.exec(waits)).one()
        for role in ("analyst", "coordinator"):
            who = getattr(self.town, role)
            name = "question" if role == "analyst" else "question of the coordinator"
            await self.make(name, "/statistics/questions", SEX_BY_KIND, who)
        return self

    async def _a_town(self) -> None:
        town = self.town = Town(self.connection)
        self.two_hats = town._person(Role.COORDINATOR, town.agency)
        hat = Membership(
            user_id=self.two_hats.user_id,
            role=Role.CASEWORKER,
            organisation_id=town.agency.id,
            team_id=town.north.id,
        )
        town.memberships.append(hat)
        self.club_counsellor = town._person(Role.COUNSELLOR, town.centre, facility_id=town.club.id)
        await town.build()
        self.club_offer = ServiceOffer(facility_id=town.club.id, service_code="peer_support")
        clearing = ServiceOffer(facility_id=town.workshop.id, service_code="sports_clearance")
        async with unit_of_work(self.connection, KEEPER) as session:
            session.add_all([self.club_offer, clearing])
        hashed = passwords._hasher.hash(PASSWORD)
        async with self.gate() as session:
            session.add_all(Credential(user_id=user.id, password_hash=hashed) for user in town.users)

    async def _around_the_person(self) -> None:
        person, case = f"/survivors/{self.survivor.id}", f"/cases/{self.case.id}"
        await self.make("identifier", f"{person}/identifiers", {"kind_code": "fin", "number": "7DEM0X2"})
        await self.make("phone", f"{person}/phones", {"number": "+994500000118"})
        closed = f"/facilities/{self.town.workshop.id}/closed-days"
        await self.make("closed_day", closed, {"day": payloads.day(30)}, self.town.provider)
        await self.make("consent", f"{person}/consents", payloads.consent("contact"))
        await self.make("note", f"{case}/notes", {"text": "Seen at home."})
        await self.make("task", f"{case}/tasks", {"kind_code": "call", "due_on": payloads.day()})
        await self.make("appointment", f"{case}/appointments", booking())
        await self.make("approval", f"{case}/approvals", {"kind_code": "plan"})
        await self.make("assessment", f"{case}/assessments", payloads.functioning())
        await self.make("milestone", f"{case}/milestones", {"definition_code": "job_wage"})
        await self.make("plan", f"{case}/care-plans", {"goals": []})
        await self.make("flag", f"{case}/risk-flags", {"kind_code": "harm_by_others", "seen": "A bruise."})
        await self.make("screening", f"{case}/screenings", payloads.screening(), self.town.counsellor)
        agreed = payloads.wellbeing_consent()
        await self.make("wellbeing", f"{case}/wellbeing-consents", agreed, self.town.counsellor)
        await self._injured(person)
        await self._treated(case)
        await self._rehabilitated(case)
        await self._supported(case)
        await self._returning(case)
        await self._filed(case)

    async def _injured(self, person: str) -> None:
        await self.make("injury", f"{person}/injuries", bodies.injury())
        limb = await self.make("amputation", f"{person}/amputations", bodies.amputation())
        await self.make("residual_limb", f"{person}/residual-limbs", bodies.residual_limb(limb))
        await self.make("impairment", f"{person}/impairments", bodies.impairment())
        await self.make("determination", f"{person}/disability-determinations", bodies.determination())

    async def _treated(self, case: str) -> None:
        for one, body in emergency.BODIES.items():
            parent = self.made.get(emergency.PARENTS.get(one, ""))
            await self.make(one, f"{case}/{one.replace('_', '-')}s", body(parent))

    async def _rehabilitated(self, case: str) -> None:
        workshop = self.town.provider
        for one, body in rehabilitation.BODIES.items():
            parent = self.made.get(rehabilitation.PARENTS.get(one, ""))
            await self.make(one, f"{case}/{one.replace('_', '-')}s", body(parent), workshop)
        await self.make("device_order", f"{case}/device-orders", rehabilitation.device(), workshop)

    async def _supported(self, case: str) -> None:
        """By the workshop's counsellor, who was told of it; one peer accompanies the person, one is free."""
        by = self.town.counsellor
        for one, body in support.BODIES.items():
            parent = self.made.get(support.PARENTS.get(one, ""))
            await self.make(one, f"{case}/{one.replace('_', '-')}s", body(parent), by)
        peer = await self.make("peer", "/peers", support.peer(), by)
        await self.make("free_peer", "/peers", support.peer(), by)
        await self.make("peer_pair", f"{case}/peer-pairs", support.pair(peer), by)

    async def _returning(self, case: str) -> None:
        """A job that is followed up, and a grant that is asked for."""
        path = f"{case}/reintegration-records"
        job = {"item_code": "family_worker", "amount": None, "currency_code": None}
        await self.make("reintegration_record", path, returning.record(**job))
        await self.make("home", path, {"item_code": "school_support", "begun": returning.on(-100)})
        await self.make("livelihood_grant", f"{case}/livelihood-grants", returning.grant())
        listed = await self.client.get(f"{case}/follow-ups", headers=signed(self.town.caseworker))
        self.made["follow_up"] = listed.json()["items"][0]

    async def _filed(self, case: str) -> None:
        """A discharge summary that goes with the referral, another that does not, one of the compartment."""
        for name, path, actor in (
            ("document", f"{case}/documents", self.town.caseworker),
            ("unshared_document", f"{case}/documents", self.town.caseworker),
            ("psychosocial_document", f"{case}/psychosocial-documents", self.town.counsellor),
        ):
            answer = await self.client.post(path, headers=signed(actor), **documents.document())
            assert answer.status_code == 201, answer.text
            self.made[name] = answer.json()
        goes = {"document_id": self.made["document"]["id"]}
        wish = {"reason_code": "of_somebody_else", "reference": "11/2026"}
        unwanted = f"{case}/documents/{self.made['unshared_document']['id']}/erasures"
        await self.make("erasure", unwanted, wish, self.town.coordinator)
        await self.make("shared_document", f"/referrals/{self.referral.id}/documents", goes)

    async def _an_incident(self) -> None:
        place = f"/incidents/{(await self.make('incident', '/incidents', payloads.incident()))['id']}"
        await self.make("casualty", f"{place}/casualties", payloads.casualty())
        says = {"source_code": "hospital", "reported_on": payloads.day()}
        await self.make("source", f"{place}/sources", says)

    async def _a_programme(self) -> None:
        """The club's amputee football: a season, a session, its coach."""
        sports, club = self.town.sports, self.town.club.id
        one = await self.make("programme", "/programmes", payloads.programme(club), sports)
        path = f"/programmes/{one['id']}"
        season = await self.make("season", f"{path}/seasons", payloads.season(), sports)
        coach = {"user_id": str(sports.user_id), "role_code": "coach"}
        self.made["staff"] = (await self.make("staffed", f"{path}/staff", coach, sports))["staff"][0]
        await self.make("planned", f"{path}/sessions", payloads.session(season["id"]), sports)
        (self.made["training"],) = self.made["planned"]["items"]

    async def _a_league(self) -> None:
        """The club's league: two teams, a match without a result, and one with a protest against it."""
        sports, club = self.town.sports, self.town.club.id
        one = await self.make("competition", "/competitions", payloads.competition(club), sports)
        path = f"/competitions/{one['id']}"
        year = await self.make("edition", f"{path}/editions", payloads.edition(), sports)
        a = await self.make("division", f"/editions/{year['id']}/divisions", payloads.division(), sports)
        for name in ("Home", "Away"):
            own = {"programme_id": self.id_of("programme")} if name == "Home" else {}
            team = await self.make(name, f"{path}/contenders", payloads.contender(name, **own), sports)
            entry = {"contender_id": team["id"]}
            made = await self.make("entered", f"/divisions/{a['id']}/entries", entry, sports)
        self.made["entry"], away = made["entries"]
        sides = (self.made["entry"]["id"], away["id"])
        matches = f"/divisions/{a['id']}/fixtures"
        played = await self.make("played", matches, payloads.fixture(*sides), sports)
        await self.make("fixture", matches, payloads.fixture(*sides), sports)
        result = {"home_goals": 1, "away_goals": 0}
        at = f"/fixtures/{played['id']}"
        answer = await self.client.put(f"{at}/result", json=result, headers=signed(sports, played["version"]))
        assert answer.status_code == 200, answer.text
        said = {"entry_id": sides[1], "reason_code": "equipment"}
        await self.make("protest", f"{at}/protests", said, sports)

    async def _takes_part(self) -> None:
        """The person waits for a place at one programme of the club, and has one at another."""
        sports, place = self.town.sports, f"/cases/{self.case.id}/enrolments"
        await self.make("sport_consent", f"/survivors/{self.survivor.id}/consents", payloads.consent("sport"))
        await self.make("member", place, payloads.enrolment(self.id_of("programme")))
        headers = signed(sports, self.version_of("member"))
        admitted = await self.client.post(
            f"/enrolments/{self.id_of('member')}/admit", json={}, headers=headers
        )
        assert admitted.status_code == 200, admitted.text
        self.made["member"] = admitted.json()
        other = payloads.programme(self.town.club.id, sport_code="sitting_volleyball")
        volleyball = await self.make("volleyball", "/programmes", other, sports)
        await self.make("waiting", place, payloads.enrolment(volleyball["id"]))

    async def _messages(self) -> None:
        """One for everybody, and one for the workshop."""
        everybody = [user.id for user in self.town.users]
        self.messages = {one: Notification(user_id=one, kind="note", record_id=new_id()) for one in everybody}
        self.message = self.messages[self.town.caseworker.user_id]
        place = self.town.workshop.id
        self.facility_message = Notification(facility_id=place, kind="note", record_id=new_id())
        async with self.town.work(self.town.coordinator) as session:
            session.add_all([*self.messages.values(), self.facility_message])
        async with self.town.work(self.town.administrator) as session:
            self.webhook = Webhook(facility_id=place, url=HOOK_URL, key_id="a1b2c3d4", key=b"")
            self.webhook.key = vault.seal_envelope("webhook", "key", self.webhook.id, "0f" * 32)
            session.add(self.webhook)

    @asynccontextmanager
    async def undone(self) -> AsyncIterator[Callable[[], Awaitable[None]]]:
        """Whatever happens inside is undone at its end, and whenever what this yields is called."""
        raw: Any = (await self.connection.get_raw_connection()).driver_connection
        self.depth += 1
        here = f"undone_{self.depth}"
        await raw.execute(f"savepoint {here}")

        async def again() -> None:
            # One name for one savepoint, each time: else the driver would prepare every one of them anew.
            inner: Any = self.connection.sync_connection
            inner._Connection__savepoint_seq = 100 * self.depth
            await raw.execute(f"rollback to savepoint {here}")

        try:
            yield again
        finally:
            await again()
            await raw.execute(f"release savepoint {here}")
            self.depth -= 1

    def gate(self) -> AbstractAsyncContextManager[AsyncSession]:
        """One unit of work on accounts."""
        return unit_of_work(self.connection, GATE)

    async def make(self, name: str, path: str, body: Json, actor: Actor | None = None) -> Json:
        """One record made by its caseworker, kept by name."""
        answer = await self.client.post(path, json=body, headers=signed(actor or self.town.caseworker))
        assert answer.status_code == 201, (path, answer.text)
        found: Json = answer.json()
        self.made[name] = found
        return found

    async def step(self, path: str, one: Json, body: Json, actor: Actor | None = None) -> Json:
        """A record after its caseworker, or this person, took it one step on."""
        headers = signed(actor or self.town.caseworker, one["version"])
        answer = await self.client.post(path, json=body, headers=headers)
        assert answer.status_code == 200, (path, answer.text)
        found: Json = answer.json()
        return found

    async def case_at(self, status: CaseStatus) -> Case:
        """Another case of the caseworker's, at this status."""
        return await a_case(self.town, at=status, given_name=new_id().hex[:12], surname=new_id().hex[:12])

    async def enrol(self, secret: str, confirmed: bool) -> None:
        """Give everybody a second factor with this secret."""
        async with self.gate() as session:
            for user in self.town.users:
                one = Factor(user_id=user.id, secret=b"", confirmed_at=clock.now() if confirmed else None)
                one.secret = vault.seal_envelope("factor", "secret", one.id, secret)
                one.recovery_hashes = [totp.recovery_hash(code) for code in totp.new_recovery_codes()]
                session.add(one)

    async def prove(self, actor: Actor) -> None:
        """This person has just shown again who they are."""
        mine = col(LoginSession.id) == actor.session_id
        async with self.gate() as session:
            await session.exec(sa.update(LoginSession).where(mine).values(auth_at=clock.now()))

    def id_of(self, name: str) -> UUID | str:
        """The id of a record of the world, by its name."""
        for place in (self, self.town):
            if hasattr(place, name):
                found: UUID = getattr(place, name).id
                return found
        return str(self.made[name]["id"])

    def version_of(self, name: str) -> int:
        """The version of a record of the world, by its name."""
        for place in (self, self.town):
            if hasattr(place, name):
                return int(getattr(place, name).version)
        return int(self.made[name]["version"])
