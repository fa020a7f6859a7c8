"""Keyset pages: PostgreSQL builds the JSON; the cursor is opaque, signed, good for one person and list."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, Generic, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.core.errors import Invalid
from app.core.keys import purpose
from app.core.shown import Shown

T = TypeVar("T")
FIRST = UUID(int=0)
SIGNED = 16  # bytes
EPOCH, MOMENT = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


class Page(Shown, Generic[T]):
    """Some rows of a list, and the cursor that asks for the next ones; null at the end."""

    items: list[T]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Ask:
    """Which page is wanted, by whom, of which list; `at`: where it starts in a list by moments."""

    user_id: UUID
    limit: int = 50
    start: UUID = FIRST
    of: str = ""
    at: datetime | None = None


def seal(ask: Ask, start: UUID, at: datetime | None = None) -> str:
    """The cursor for a page of this list that begins at this id, of this moment in a list by moments."""
    place = start.bytes + (((at - EPOCH) // MOMENT).to_bytes(8, signed=True) if at else b"")
    return urlsafe_b64encode(_sign(ask.user_id, ask.of, place) + place).decode()


def unseal(user_id: UUID, of: str, cursor: str) -> tuple[UUID, datetime | None]:
    """Id and moment in a cursor that we gave to this person for this list, or Invalid."""
    try:
        raw = urlsafe_b64decode(cursor.encode())
    except ValueError:
        raw = b""
    signed, place = raw[:SIGNED], raw[SIGNED:]
    if not hmac.compare_digest(signed, _sign(user_id, of, place)):
        raise Invalid(
            errors=[{"pointer": "/cursor", "code": "not_our_cursor", "message": "Not a cursor of this list"}]
        )
    start, moment = UUID(bytes=place[:16]), place[16:]
    return start, EPOCH + int.from_bytes(moment, signed=True) * MOMENT if moment else None


async def fetch(session: AsyncSession, rows: sa.Select[*tuple[Any, ...]], ask: Ask) -> bytes:
    """One page of these rows, in order of id, as the bytes of a `Page`: one statement, one row back."""
    key = rows.selected_columns["id"]
    page = rows.where(key >= ask.start).order_by(key).limit(ask.limit + 1).cte("page")
    shown = sa.select(page).order_by(page.c.id).limit(ask.limit).subquery("shown")
    lines = sa.func.json_agg(shown.table_valued()).aggregate_order_by(shown.c.id)
    items = sa.select(sa.func.coalesce(sa.cast(lines, sa.Text), "[]"))  # text, or the driver would parse it
    after = sa.select(page.c.id).order_by(page.c.id).offset(ask.limit)
    wanted = select(items.scalar_subquery(), after.scalar_subquery())
    json, following = (await session.exec(wanted)).one()
    return as_page(ask, json, following)


def as_page(ask: Ask, items: str, following: UUID | None, at: datetime | None = None) -> bytes:
    """The bytes of a `Page` from a JSON array and the id, or id and moment, of the row after it."""
    cursor = f'"{seal(ask, following, at)}"' if following else "null"
    return f'{{"items":{items},"next_cursor":{cursor}}}'.encode()


def _sign(user_id: UUID, of: str, start: bytes) -> bytes:
    said = user_id.bytes + start + of.encode()
    return blake2b(said, key=purpose("cursor"), digest_size=SIGNED).digest()  # RFC 7693, keyed
