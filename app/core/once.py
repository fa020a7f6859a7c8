"""First answers: what makes a repeated request harmless."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlmodel import Field, SQLModel, col

from app.core import clock
from app.core.db import Moment
from app.core.errors import KeyReused
from app.core.hot import Hot, prepare


class FirstAnswer(SQLModel, table=True):
    """The answer to one request of one person, written in the transaction that it reports.

    The body may hold what the person may read, so it is sealed (`sealed`: AES-256-GCM under a purpose key).
    """

    __tablename__ = "first_answer"

    user_id: UUID = Field(primary_key=True)
    key: UUID = Field(primary_key=True)
    request_hash: bytes
    created_at: datetime = Field(default_factory=clock.now, sa_type=Moment, index=True)
    status: int | None = None
    headers: dict[str, str] | None = Field(default=None, sa_type=JSONB)
    body: bytes | None = None


PLAIN = ("user_id", "key", "request_hash", "created_at", "status", "body")


async def claim(hot: Hot, claimed: FirstAnswer) -> FirstAnswer | None:
    """Take the key, or give the answer that it got before. A repeat under way waits here for the first."""
    row = claimed.model_dump(include={"user_id", "key", "request_hash", "created_at"})
    if await hot.row(prepare("claim", _claim), **row):
        return None
    found = await hot.row(prepare("first answer", _first), user_id=claimed.user_id, key=claimed.key)
    assert found  # the claim met it
    columns = dict(found.items())
    columns["headers"] = json.loads(columns["headers"]) if columns["headers"] else None
    first = FirstAnswer.model_validate(columns)
    if first.request_hash != claimed.request_hash:
        raise KeyReused
    return first


async def keep(hot: Hot, claimed: FirstAnswer, status: int, headers: dict[str, str], body: bytes) -> None:
    """Write the answer beside the key, before the commit."""
    answer = {"status": status, "headers": json.dumps(headers), "body": body}
    await hot.row(prepare("keep", _keep), user_id=claimed.user_id, key=claimed.key, **answer)


def _claim() -> sa.Executable:
    given = {name: _given(name) for name in ("user_id", "key", "request_hash", "created_at")}
    return insert(FirstAnswer).values(given).on_conflict_do_nothing().returning(col(FirstAnswer.key))


def _first() -> sa.Executable:
    """Headers as text: what a driver makes of JSON depends on who opened the connection."""
    first = sa.select(*(col(getattr(FirstAnswer, name)) for name in PLAIN))
    return first.add_columns(sa.cast(col(FirstAnswer.headers), sa.Text).label("headers")).where(*_same())


def _keep() -> sa.Executable:
    headers = sa.cast(sa.bindparam("headers", type_=sa.Text()), JSONB)
    answer = {"status": _given("status"), "headers": headers, "body": _given("body")}
    return sa.update(FirstAnswer).where(*_same()).values(answer)


def _same() -> list[sa.ColumnElement[bool]]:
    return [col(FirstAnswer.user_id) == _given("user_id"), col(FirstAnswer.key) == _given("key")]


def _given(name: str) -> sa.BindParameter[Any]:
    return sa.bindparam(name, type_=SQLModel.metadata.tables["first_answer"].c[name].type)
