"""Make transfers for tests: another organisation with people of its own, and offers of cases."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel import select

from app.access.actor import Actor
from app.access.table import Role
from app.accounts.models import LoginSession, Membership, Standing, User
from app.cases import actions as cases
from app.cases.models import Case
from app.cases.schemas import OpenCase
from app.core import clock
from app.core.db import GATE, unit_of_work
from app.core.ids import new_id
from app.organisations.models import Organisation, Team
from app.survivors import actions as survivors
from app.survivors.schemas import NewConsent
from app.transfers import actions, rules
from app.transfers.models import Transfer
from app.transfers.schemas import OfferTransfer
from tests.factories import KEEPER, Town
from tests.survivors.factories import consent, survivor


class Agency:
    """Another organisation (or team of a known one): a caseworker, their supervisor, a coordinator."""

    def __init__(self, town: Town, body: Organisation | None = None) -> None:
        self.town, self.is_new = town, body is None
        self.body = body or Organisation(name="Elsewhere", kind_code="mine_action_agency")
        self.team = Team(name="West", organisation_id=self.body.id)
        self.made: list[tuple[User, Membership, LoginSession]] = []
        self.caseworker = self._person(Role.CASEWORKER, self.team.id)
        self.supervisor = self._person(Role.SUPERVISOR, self.team.id)
        self.coordinator = self._person(Role.COORDINATOR)

    async def build(self) -> "Agency":
        """Save what stands at the beginning."""
        async with unit_of_work(self.town.database, KEEPER) as session:
            if self.is_new:
                session.add(self.body)
                await session.flush()
            session.add(self.team)
        async with unit_of_work(self.town.database, GATE) as session:
            session.add_all([user for user, _, _ in self.made])
            await session.flush()
            session.add_all([each for _, *rest in self.made for each in rest])
        return self

    def _person(self, role: Role, team_id: Any = None) -> Actor:
        name = f"{role.value}-{new_id().hex[:8]}"
        user = User(username=name, display_name=name, standing=Standing.ACTIVE)
        where = {"organisation_id": self.body.id, "team_id": team_id}
        membership = Membership.model_validate({"user_id": user.id, "role": role, **where})
        session = LoginSession(user_id=user.id, amr=["pwd"], expires_at=clock.now() + timedelta(hours=1))
        self.made.append((user, membership, session))
        return Actor(
            user_id=user.id,
            role=role,
            organisation_id=self.body.id,
            team_id=team_id,
            membership_id=membership.id,
            session_id=session.id,
        )


async def agree(town: Town, case: Case) -> None:
    """The person agrees that the file goes to another organisation."""
    who = town.coordinator
    given = NewConsent.model_validate(consent(rules.CONSENT))
    async with town.work(who) as session:
        await survivors.give_consent(session, who, case.survivor_id, given)


def to(team: Team, owner: Actor | None = None, **more: Any) -> dict[str, Any]:
    """An offer as a client sends it."""
    named = {"to_owner_id": str(owner.user_id)} if owner else {}
    return {"to_team_id": str(team.id), "reason_code": "person_moved"} | named | more


async def offered(town: Town, case: Case, body: dict[str, Any], by: Actor | None = None) -> Transfer:
    """An offer of this case, as a rule by the supervisor."""
    who = by or town.supervisor
    async with town.work(who) as session:
        return (await actions.offer(session, who, case.id, OfferTransfer.model_validate(body)))[0]


async def now(town: Town, transfer_id: UUID) -> Transfer:
    """The transfer as it stands in the database."""
    async with town.work(town.coordinator) as session:
        return (await session.exec(select(Transfer).where(Transfer.id == transfer_id))).one()


async def arriving(town: Town, west: Agency) -> Transfer:
    """A case of the other organisation's, offered to the caseworker."""
    person = await survivor(town, west.caseworker, given_name=new_id().hex[:12], surname=new_id().hex[:12])
    async with town.work(west.caseworker) as session:
        given = OpenCase(survivor_id=person.id)
        case, _ = await cases.open(session, west.caseworker, given)
    await agree(town, case)
    return await offered(town, case, to(town.north, town.caseworker), by=west.supervisor)
