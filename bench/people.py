"""Who asks: staff of the bench's programme, signed in, with work in front of them."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from app.accounts import tokens
from app.core import clock
from app.core.ids import new_id

STAFF = sa.text(
    "select m.user_id, m.role from membership m join user_account u on u.id = m.user_id"
    " where m.role = :role and m.ended_at is null and u.standing = 'active' order by m.id limit :many"
)
SIGN_IN = sa.text(
    "insert into login_session (id, created_at, version, user_id, auth_at, amr, device, expires_at)"
    " values (:id, now(), 1, :user, now(), '{pwd,otp}', 'bench', now() + interval '12 hours')"
)


@dataclass(frozen=True)
class Worker:
    """A person with a session."""

    user_id: UUID
    session_id: UUID

    def token(self) -> str:
        """An access token for the service."""
        return tokens.issue(self.user_id, self.session_id, clock.now(), ["pwd", "otp"], 10)


def sign_in(owner: sa.Engine, role: str, many: int) -> list[Worker]:
    """So many people of this role, each with a new session."""
    with owner.begin() as connection:
        people = [row.user_id for row in connection.execute(STAFF, {"role": role, "many": many})]
        found = [Worker(user, new_id()) for user in people]
        for worker in found:
            connection.execute(SIGN_IN, {"id": worker.session_id, "user": worker.user_id})
    assert found, f"no {role} in the bench's programme"
    return found
