"""A caller known by a session: looked up, and limited, in the first statement of the transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.access.actor import STATISTICS_ONLY, Actor
from app.access.table import Permission, Reach, Role, reach_of
from app.core.db import RIGHTS
from app.core.errors import Problem, Unknown
from app.core.hot import Prepared, prepare
from app.core.ids import new_id


class MembershipNeeded(Problem):
    """The person acts under several memberships, or none: name one in X-Membership."""

    slug, status, title = "membership-needed", 403, "Say under which membership you act"


@dataclass(frozen=True, slots=True)
class Signed:
    """What the look-up of a session found: a person, a session, and the membership it acts under, if any."""

    user_id: UUID
    session_id: UUID
    language: str
    amr: tuple[str, ...]
    auth_at: datetime
    memberships: int
    actor: Actor | None

    def acting(self) -> Actor:
        """The actor, or MembershipNeeded."""
        if self.actor is None:
            raise MembershipNeeded(memberships=self.memberships)
        return self.actor


def _roles(permission: Permission, reach: Reach) -> str:
    """SQL list of the roles whose cell for this permission is this reach."""
    names = [f"'{role.value}'" for role in Role if reach_of(role, permission) is reach]
    return "(" + ", ".join(names) + ")"


def _statement() -> str:
    """One statement that finds the session and lends its rights: the same limits as `Actor.limits`."""
    read, answer = Permission.CASE_READ, Permission.REFERRAL_ANSWER
    settings = {
        "app.user_id": "w.user_id::text",
        "app.role": "coalesce(w.role, '')",
        "app.everyone": f"case when w.role in {_roles(read, Reach.ALL)} then 'on' else '' end",
        "app.owners": f"case when w.role in {_roles(read, Reach.OWN)}"
        " then '{' || array_to_string(w.user_id || w.stands_in_for, ',') || '}' else '{}' end",
        "app.teams": f"case when w.role in {_roles(read, Reach.TEAM)} and w.team_id is not null"
        " then '{' || w.team_id || '}' else '{}' end",
        "app.facilities": f"case when w.role in {_roles(answer, Reach.FACILITY)}"
        " and w.facility_id is not null then '{' || w.facility_id || '}' else '{}' end",
        "app.organisations": "coalesce('{' || w.organisation_id || '}', '{}')",
        "role": "coalesce(:rights, case when w.role in ("
        + ", ".join(f"'{role.value}'" for role in STATISTICS_ONLY)
        + f") then 'stats_reader' else '{RIGHTS}' end)",
    }
    lent = ", ".join(f"set_config('{name}', {value}, true)" for name, value in settings.items())
    return f"select w.*, {lent} from who_acts(:session_id, :membership_id) w"  # noqa: S608  # only our own words


LOOK_UP = sa.text(_statement()).bindparams(
    sa.bindparam("session_id", type_=sa.Uuid()),
    sa.bindparam("membership_id", type_=sa.Uuid()),
    sa.bindparam("rights", type_=sa.String()),
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever holds this session, acting under this membership; `rights` overrides what the role lends."""

    session_id: UUID
    membership_id: UUID | None = None
    language: str | None = None
    request_id: UUID | None = None
    rights: str | None = None

    def begin(self, connection: sa.Connection, info: dict[Any, Any]) -> None:
        """Look the session up and take on its rights, or Unknown: without a row there are no rights."""
        info["signed"] = self.found(connection.execute(LOOK_UP, self._values()).mappings().one_or_none())

    def statement(self) -> tuple[Prepared, dict[str, Any]]:
        """The look-up as the driver takes it."""
        return prepare("who acts", lambda: LOOK_UP), self._values()

    def found(self, row: Any) -> Signed:
        """Whom the look-up found, or Unknown."""
        if row is None:
            raise Unknown
        return Signed(
            row["user_id"],
            row["session_id"],
            self.language or row["language"],
            tuple(row["amr"]),
            row["auth_at"],
            row["memberships"],
            self._actor(row) if row["membership_id"] else None,
        )

    def _values(self) -> dict[str, Any]:
        return {"session_id": self.session_id, "membership_id": self.membership_id, "rights": self.rights}

    def _actor(self, row: Any) -> Actor:
        return Actor(
            user_id=row["user_id"],
            role=Role(row["role"]),
            organisation_id=row["organisation_id"],
            facility_id=row["facility_id"],
            team_id=row["team_id"],
            membership_id=row["membership_id"],
            session_id=row["session_id"],
            language=self.language or row["language"],
            request_id=self.request_id or new_id(),
            stands_in_for=tuple(row["stands_in_for"]),
        )
