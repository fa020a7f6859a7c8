"""The person or job acting, and the grants it can show."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from app.access.table import Permission, Reach, Role, reach_of
from app.core.db import Held, Limits
from app.core.errors import Forbidden
from app.core.ids import new_id

STATISTICS_ONLY = frozenset({Role.ANALYST})


@dataclass(frozen=True, slots=True)
class Grant:
    """Proof that the table was asked. Queries demand one, so no read can skip the table."""

    actor: "Actor"
    permission: Permission
    reach: Reach

    def held(self, table: type[Held]) -> sa.ColumnElement[bool]:
        """Which rows of a person's file this reach covers; one that is not named here covers nothing."""
        me = self.actor
        if self.reach is Reach.ALL:
            return sa.true()
        if self.reach is Reach.TEAM:  # without a team: no row is of it
            return col(table.team_id) == sa.bindparam("acting_team", me.team_id)
        if self.reach is Reach.OWN and me.stands_in_for:
            mine = sa.bindparam("acting_owners", list(me.owners), sa.ARRAY(sa.Uuid()))
            return col(table.owner_id) == sa.func.any(mine)
        if self.reach is Reach.OWN:  # one value, so that an index gives the rows in order
            return col(table.owner_id) == sa.bindparam("acting_user", me.user_id)
        return sa.false()

    @property
    def shape(self) -> tuple[Reach, bool]:
        """What `held` decides on: a statement that is kept is kept under this."""
        return self.reach, bool(self.actor.stands_in_for)

    @property
    def values(self) -> dict[str, Any]:
        """The arguments of statements that are kept: who acts now, under the names that `held` uses."""
        me = self.actor
        values = {"acting_user": me.user_id, "acting_team": me.team_id, "acting_facility": me.facility_id}
        return values | ({"acting_owners": list(me.owners)} if me.stands_in_for else {})


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is acting, under which membership. Rights are asked of the table at each request."""

    user_id: UUID
    role: Role
    organisation_id: UUID
    facility_id: UUID | None = None
    team_id: UUID | None = None
    membership_id: UUID | None = None
    session_id: UUID | None = None
    language: str = "en"
    request_id: UUID = field(default_factory=new_id)
    stands_in_for: tuple[UUID, ...] = ()  # colleagues who have delegated their cases to this person today

    @property
    def owners(self) -> tuple[UUID, ...]:
        """Whose cases count as this person's own: theirs, and those that are delegated to them."""
        return (self.user_id, *self.stands_in_for)

    @property
    def limits(self) -> Limits:
        """What the database may show and take for this actor: the second line, behind the queries' own."""
        reach = reach_of(self.role, Permission.CASE_READ)
        answers = reach_of(self.role, Permission.REFERRAL_ANSWER) is Reach.FACILITY
        return Limits(
            rights="stats_reader" if self.role in STATISTICS_ONLY else "app_rw",
            user_id=self.user_id,
            role=self.role.value,
            everyone=reach is Reach.ALL,
            owners=self.owners if reach is Reach.OWN else (),
            teams=(self.team_id,) if self.team_id and reach is Reach.TEAM else (),
            facilities=(self.facility_id,) if self.facility_id and answers else (),
            organisations=(self.organisation_id,),
        )

    def grant(self, permission: Permission) -> Grant:
        """Ask the table; Forbidden if the cell says no."""
        reach = reach_of(self.role, permission)
        if reach is Reach.NO:
            raise Forbidden(permission=permission.value)
        return Grant(self, permission, reach)


# The calendar acts with the reach of a coordinator and in nobody's name: no person has this id.
CALENDAR = Actor(user_id=UUID(int=0), role=Role.COORDINATOR, organisation_id=UUID(int=0))
