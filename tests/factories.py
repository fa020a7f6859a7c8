"""Make records for tests: the places and people of a small programme, each signed in."""

from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any, Self

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Role
from app.accounts import tokens
from app.accounts.models import LoginSession, Membership, Standing, User
from app.core import clock
from app.core.db import GATE, Bind, Limits, unit_of_work
from app.core.ids import new_id
from app.organisations.models import Facility, Organisation, ServiceOffer, Team

KEEPER = Limits(user_id=new_id(), role="administrator", everyone=True)


class Town:
    """Two organisations: an agency with two teams of caseworkers, and a centre with two facilities."""

    def __init__(self, database: Bind) -> None:
        self.database = database
        self.agency = Organisation(name="Agency", kind_code="mine_action_agency")
        self.centre = Organisation(name="Centre", kind_code="rehabilitation_provider")
        self.north = Team(name="North", organisation_id=self.agency.id)
        self.south = Team(name="South", organisation_id=self.agency.id)
        self.workshop = self._facility("Workshop", "az_ba")
        self.club = self._facility("Club", "az_ga")
        self.offer = ServiceOffer(facility_id=self.workshop.id, service_code="prosthetics")
        self.users: list[User] = []
        self.memberships: list[Membership] = []
        self.sessions: list[LoginSession] = []
        north, south = {"team_id": self.north.id}, {"team_id": self.south.id}
        self.caseworker = self._person(Role.CASEWORKER, self.agency, **north)
        self.colleague = self._person(Role.CASEWORKER, self.agency, **north)
        self.outsider = self._person(Role.CASEWORKER, self.agency, **south)
        self.supervisor = self._person(Role.SUPERVISOR, self.agency, **north)
        self.other_supervisor = self._person(Role.SUPERVISOR, self.agency, **south)
        self.provider = self._person(Role.PROVIDER, self.centre, facility_id=self.workshop.id)
        self.other_provider = self._person(Role.PROVIDER, self.centre, facility_id=self.club.id)
        self.counsellor = self._person(Role.COUNSELLOR, self.centre, facility_id=self.workshop.id)
        self.sports = self._person(Role.SPORTS_COORDINATOR, self.centre, facility_id=self.club.id)
        self.coordinator = self._person(Role.COORDINATOR, self.agency)
        self.analyst = self._person(Role.ANALYST, self.agency)
        self.administrator = self._person(Role.ADMINISTRATOR, self.agency)
        self.auditor = self._person(Role.AUDITOR, self.agency)
        self.ended = self._person(Role.COORDINATOR, self.agency)  # signed out
        self.sessions[-1].ended_at = clock.now()
        self.disabled = self._person(Role.COORDINATOR, self.agency)
        self.users[-1].standing = Standing.DISABLED

    @property
    def everybody(self) -> dict[Role, Actor]:
        """One actor of each role."""
        return {
            actor.role: actor
            for actor in (
                *(self.caseworker, self.supervisor, self.provider, self.counsellor, self.sports),
                *(self.coordinator, self.analyst, self.administrator, self.auditor),
            )
        }

    async def build(self) -> Self:
        """Save what stands at the beginning."""
        async with unit_of_work(self.database, KEEPER) as session:
            session.add_all([self.agency, self.centre])
            await session.flush()
            session.add_all([self.north, self.south, self.workshop, self.club])
            await session.flush()
            session.add(self.offer)
        async with unit_of_work(self.database, GATE) as session:
            session.add_all(self.users)
            await session.flush()
            session.add_all([*self.memberships, *self.sessions])
        return self

    def work(self, actor: Actor) -> AbstractAsyncContextManager[AsyncSession]:
        """One unit of work of this actor, as a request would open it."""
        return unit_of_work(self.database, actor.limits)

    def _facility(self, name: str, district: str) -> Facility:
        return Facility(
            name=name,
            organisation_id=self.centre.id,
            kind_code="rehabilitation_centre",
            district_code=district,
        )

    def _person(self, role: Role, organisation: Organisation, **where: Any) -> Actor:
        name = f"{role.value}-{len(self.users)}"
        user = User(username=name, display_name=name.title(), standing=Standing.ACTIVE)
        membership = Membership(user_id=user.id, role=role, organisation_id=organisation.id, **where)
        session = LoginSession(user_id=user.id, amr=["pwd"], expires_at=clock.now() + timedelta(hours=1))
        self.users.append(user)
        self.memberships.append(membership)
        self.sessions.append(session)
        return Actor(
            user_id=user.id,
            role=role,
            organisation_id=organisation.id,
            facility_id=membership.facility_id,
            team_id=membership.team_id,
            membership_id=membership.id,
            session_id=session.id,
        )


def signed(actor: Actor, version: int | None = None) -> dict[str, str]:
    """The headers of a request by this actor, on the version that was read."""
    assert actor.session_id
    token = tokens.issue(actor.user_id, actor.session_id, clock.now(), ["pwd"], 10)
    return {"authorization": f"Bearer {token}"} | ({"if-match": f'"{version}"'} if version else {})
