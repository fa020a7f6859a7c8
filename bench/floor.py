"""The floor: the least that this machine can do with this server and database for the same work.

A bare ASGI application and hand-written SQL on asyncpg. It looks the session up, takes on the same rights, reads
the same rows under the same row-level security, writes the same audit event and commits: what is left out is
everything that makes it a product (checks of input, schemas, problems, tokens, grants). `FLOOR_URL` is the
login role's address; a request names its session in `authorization`.
"""

import os
import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa

from app.access.caller import LOOK_UP
from app.core.db import TIMEOUTS
from app.core.hot import prepare
from app.core.ids import new_id

IDENTIFY = prepare("who acts", lambda: LOOK_UP).text
ORDER = prepare("who acts", lambda: LOOK_UP).names
EVENT = (
    "insert into audit_event (id, at, user_id, role, session_id, request_id, action, object_type, object_ids,"
    " field_class, allowed) select ${a}::uuid, clock_timestamp(), ${u}::uuid, 'x', ${s}::uuid, ${a}::uuid, 'bench',"
    " 'bench', {ids}, 'operational', true"
)


def event(ids: str, first: int) -> str:
    """The insert of one event; its arguments are event id, user id and session id, from number `first`."""
    return (
        EVENT.replace("{ids}", ids)
        .replace("{a}", str(first))
        .replace("{u}", str(first + 1))
        .replace("{s}", str(first + 2))
    )


def page(columns: str, rows: str, first: int) -> str:
    """A page of 20 rows as JSON, the id of the row after it, and the event; `first` is its next argument."""
    return (
        f"with found as (select {columns} {rows} order by id limit 21),"
        " shown as (select * from found order by id limit 20), logged as ("
        + event("coalesce((select array_agg(id) from shown), '{}')", first)
        + ") select (select coalesce(json_agg(row_to_json(shown) order by shown.id)::text, '[]') from shown),"
        " (select id from found order by id offset 20)"
    )


CASELOAD = page(
    "c.id, c.version, c.survivor_id, s.code survivor_code, c.status, c.priority_code, c.risk_level_code,"
    " c.next_review_on, c.owner_id",
    "from case_file c join survivor s on s.id = c.survivor_id where c.owner_id = $1 and c.status = $2",
    3,
)
INBOX = page(
    "id, version, code, organisation_id, to_facility_id, priority_code, service_codes, status, sent_at, answer_by,"
    " answered_at, expected_on, scheduled_for, ended_at",
    "from referral where to_facility_id = $1 and status = $2",
    3,
)
ACCEPT = (
    "with moved as (update referral set status = 'accepted', answered_at = clock_timestamp(), version = version + 1"
    " where id = $1 and version = $2 and status = 'sent' returning *), step as (insert into referral_move (id,"
    " created_at, version, owner_id, team_id, referral_id, to_facility_id, action, source, target, by_id) select"
    " $6::uuid, clock_timestamp(), 1, owner_id, team_id, id, to_facility_id, 'accept', 'sent', 'accepted', $4::uuid"
    " from moved), told as (insert into notification (id, created_at, version, user_id, kind, record_id) select"
    " $6::uuid, clock_timestamp(), 1, owner_id, 'referral.accept', id from moved), logged as ("
    + event("(select array_agg(id) from moved)", 3)
    + ") select row_to_json(moved)::text from moved"
)
pool: asyncpg.Pool


async def answer(
    session_id: UUID, sql: str, arguments: Callable[[Any], tuple[Any, ...]], finish: Callable[[Any], bytes]
) -> bytes:
    """One transaction: who acts, the one statement, the commit."""
    given = {"session_id": session_id, "membership_id": None, "rights": None}
    async with pool.acquire() as connection, connection.transaction():
        who = await connection.fetchrow(IDENTIFY, *(given[name] for name in ORDER))
        row = await connection.fetchrow(sql, *arguments(who))
        return finish(row)


def as_page(row: Any) -> bytes:
    """The page's bytes."""
    cursor = f'"{row[1]}"' if row[1] else "null"
    return f'{{"items":{row[0]},"next_cursor":{cursor}}}'.encode()


def by_owner(who: Any) -> tuple[Any, ...]:
    """The arguments of the caseload."""
    return who["user_id"], "implementation", new_id(), who["user_id"], who["session_id"]


def by_facility(who: Any) -> tuple[Any, ...]:
    """The arguments of the inbox."""
    return who["facility_id"], "sent", new_id(), who["user_id"], who["session_id"]


async def serve(path: str, session_id: UUID) -> bytes:
    """The answer of one path."""
    if path.startswith("/caseload"):
        return await answer(session_id, CASELOAD, by_owner, as_page)
    if path.startswith("/inbox"):
        return await answer(session_id, INBOX, by_facility, as_page)
    if found := re.match(r"/accept/([0-9a-f-]+)/(\d+)", path):
        which, version = UUID(found[1]), int(found[2])

        def accepting(who: Any) -> tuple[Any, ...]:
            return which, version, new_id(), who["user_id"], who["session_id"], new_id()

        return await answer(session_id, ACCEPT, accepting, lambda row: row[0].encode())
    return b"ready"


async def app(scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Any) -> None:
    """Plain ASGI."""
    global pool
    if scope["type"] == "lifespan":
        await receive()
        url = sa.make_url(os.environ["FLOOR_URL"])

        async def nothing(_: Any) -> None:
            """Every setting ends with its transaction."""

        pool = await asyncpg.create_pool(
            host=url.query["host"],
            port=int(str(url.query.get("port", 5432))),
            user=url.username,
            database=url.database,
            min_size=1,
            max_size=8,
            server_settings=TIMEOUTS,
            reset=nothing,
        )
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await pool.close()
        await send({"type": "lifespan.shutdown.complete"})
        return
    session = dict(scope["headers"]).get(b"authorization", b"00000000-0000-0000-0000-000000000000")
    body = await serve(scope["path"], UUID(session.decode()))
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
