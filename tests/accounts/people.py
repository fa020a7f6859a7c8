"""People of the town with passwords and second factors, and browsers that keep cookies."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pyotp
import pytest
import sqlalchemy as sa
from httpx import ASGITransport, AsyncClient, Response
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlmodel import col, select

from app.access.actor import Actor
from app.accounts import passwords, totp
from app.accounts.models import Credential, Factor, User
from app.audit.models import AuditEvent
from app.core import clock, vault
from app.core.db import GATE, Bind, Limits, unit_of_work
from tests.conftest import on

PASSWORD = "kitab pəncərə dovşan 41"
OTHER_PASSWORD = "qatar bulud zəncir 92 balıq"
PAGES = {"x-requested-with": "dayaq"}
WATCH = Limits(role="auditor")


def make_cheap(patch: pytest.MonkeyPatch) -> None:
    """Argon2id at a thousandth of its cost, for tests of what happens around it."""
    hasher = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),))
    patch.setattr(passwords, "_hasher", hasher)
    patch.setattr(passwords, "DUMMY", hasher.hash("thrown away"))


async def give_password(database: Bind, actor: Actor) -> str:
    """Give this person PASSWORD; answers their user name."""
    async with unit_of_work(database, GATE) as session:
        session.add(Credential(user_id=actor.user_id, password_hash=passwords._hasher.hash(PASSWORD)))
        return (await session.exec(select(User.username).where(User.id == actor.user_id))).one()


async def enrol(database: Bind, actor: Actor, codes: int = 0) -> tuple[pyotp.TOTP, list[str]]:
    """Give this person a confirmed second factor, with some recovery codes."""
    secret, given = totp.new_secret(), totp.new_recovery_codes()[:codes]
    factor = Factor(user_id=actor.user_id, secret=b"", confirmed_at=clock.now())
    factor.secret = vault.seal_envelope("factor", "secret", factor.id, secret)
    factor.recovery_hashes = [totp.recovery_hash(code) for code in given]
    async with unit_of_work(database, GATE) as session:
        session.add(factor)
    return pyotp.TOTP(secret), given


def now_code(app: pyotp.TOTP, steps: int = 0) -> str:
    return app.at(clock.now().timestamp() + steps * 30)


@asynccontextmanager
async def browser(
    database: Bind, device: str = "Firefox", address: str = "10.0.0.1"
) -> AsyncIterator[AsyncClient]:
    """A browser with TLS, cookies and an address of its own."""
    transport = ASGITransport(app=on(database), client=(address, 1), raise_app_exceptions=False)
    headers = {"user-agent": device}
    async with AsyncClient(transport=transport, base_url="https://house/api/v1", headers=headers) as client:
        yield client


async def sign_in(client: AsyncClient, username: str, password: str = PASSWORD, **more: str) -> Response:
    return await client.post("/auth/token", data={"username": username, "password": password, **more})


def bearer(answer: Response) -> dict[str, str]:
    assert answer.status_code == 200, answer.text
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


async def renew(client: AsyncClient) -> Response:
    return await client.post("/auth/refresh", headers=PAGES)


def code(answer: Response) -> tuple[int, str]:
    """Status and problem code."""
    return answer.status_code, answer.json()["code"]


class Clock:
    """A clock that tests move."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.patch = patch
        self.start = clock.now()
        self.later()

    def later(self, **by: float) -> datetime:
        moment = self.start + timedelta(**by)
        self.patch.setattr(clock, "now", lambda: moment)
        return moment


async def trail(database: Bind, *actions: str) -> list[AuditEvent]:
    """The audit rows of these actions, oldest first."""
    async with unit_of_work(database, WATCH) as session:
        rows = select(AuditEvent).where(col(AuditEvent.action).in_(actions)).order_by(col(AuditEvent.id))
        return list(await session.exec(rows))


async def told(database: Bind, actor: Actor) -> list[str]:
    """The kinds of message this person was sent."""
    async with unit_of_work(database, actor.limits) as session:
        rows = await (await session.connection()).execute(
            sa.text("select kind from notification order by id")
        )
        return [row.kind for row in rows]


async def at_gate(database: Bind, statement: str, **values: Any) -> list[Any]:
    """What the tables of accounts hold, for a look behind the scenes."""
    async with unit_of_work(database, GATE) as session:
        result = await (await session.connection()).execute(sa.text(statement), values)
        return list(result.mappings()) if result.returns_rows else []


def ids(*values: UUID) -> list[UUID]:
    return list(values)
