"""First answers: what makes a repeated request harmless."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core import clock
from app.core.db import Moment
from app.core.errors import KeyReused


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


async def claim(session: AsyncSession, claimed: FirstAnswer) -> FirstAnswer | None:
    """Take the key, or give the answer that it got before. A repeat under way waits here for the first."""
    row = claimed.model_dump(include={"user_id", "key", "request_hash", "created_at"})
    taken = insert(FirstAnswer).values(row).on_conflict_do_nothing().returning(col(FirstAnswer.key))
    if (await session.exec(taken)).first():
        return None
    first = (await session.exec(select(FirstAnswer).where(_same(claimed)))).one()
    if first.request_hash != claimed.request_hash:
        raise KeyReused
    return first


async def keep(
    session: AsyncSession, claimed: FirstAnswer, status: int, headers: dict[str, str], body: bytes
) -> None:
    """Write the answer beside the key, before the commit."""
    answer = {"status": status, "headers": headers, "body": body}
    await session.exec(sa.update(FirstAnswer).where(_same(claimed)).values(answer))


def _same(claimed: FirstAnswer) -> sa.ColumnElement[bool]:
    return sa.and_(col(FirstAnswer.user_id) == claimed.user_id, col(FirstAnswer.key) == claimed.key)
