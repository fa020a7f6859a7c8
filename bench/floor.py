"""The floor: the least that this machine can do with this server and database for the same work.

A bare ASGI application and hand-written SQL on asyncpg. It looks the session up, takes on the same rights, reads
the same rows under the same row-level security, writes the same audit event and commits: what is left out is
everything that makes it a product (checks of input, schemas, problems, tokens, grants). `FLOOR_URL` is the
login role's address; a request names its session in `authorization`.
"""

import json
import os
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.asyncpg import dialect as postgresql

from app.access.actor import Actor
from app.access.caller import LOOK_UP
from app.access.table import Permission, Role
from app.audit import reading
from app.audit.actions import FieldClass
from app.core import clock, vault
from app.core.db import TIMEOUTS
from app.core.hot import prepare
from app.core.ids import new_id
from app.statistics import artefact, schemas
from app.statistics.cube import Cube, Question
from app.statistics.queries import Published
from app.survivors import queries, sealing
from app.survivors.matching import Clues, likeness
from bench import sport

MISSPELT = "Rəşat Məmədov"  # of Rəşad Məmmədov

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
WAITING = (
    "select id, version, code, organisation_id, priority_code, service_codes, status, sent_at, expected_on,"
    " {rank} rank from referral where to_facility_id = $1 and priority_code = '{code}'"
    " and status in ('accepted', 'waitlisted') order by sent_at, id limit 20"
)
QUEUE = (
    "with queue as (select *, row_number() over (order by rank, sent_at, id) place,"
    " floor(extract(epoch from clock_timestamp() - sent_at) / 86400)::int waited_days from ("
    + " union all ".join(
        f"({WAITING.format(rank=rank, code=code)})"
        for rank, code in enumerate(("emergency", "urgent", "normal"))
    )
    + ") every order by rank, sent_at, id limit 20), logged as ("
    + event("coalesce((select array_agg(id) from queue), '{}')", 2)
    + ") select json_build_object('items', (select coalesce(json_agg(row_to_json(queue) order by place), '[]')"
    " from queue), 'waiting', (select count(*) from referral where to_facility_id = $1"
    " and status in ('accepted', 'waitlisted')))::text"
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
TIMELINE = (
    "with mine as (select id, survivor_id from case_file where id = $1 and owner_id = $2), shown as ("
    "select * from ((select 'move' kind, id, case_id record_id, created_at at, coalesce(action, 'open') what, target status,"
    ' null::date "on", by_id from case_move where case_id = $1 order by created_at desc limit 30)'
    " union all (select 'note', id, id, created_at, kind_code, null, null, by_id from note where case_id = $1"
    " order by created_at desc limit 30)"
    " union all (select 'task', id, id, created_at, kind_code, coalesce(outcome_code, 'open'), due_on, by_id from task"
    " where case_id = $1 order by created_at desc limit 30)"
    " union all (select 'assessment', id, id, created_at, instrument_code, result, assessed_on, by_id from assessment"
    " where case_id = $1 order by created_at desc limit 30)"
    " union all (select 'milestone', c.id, m.id, c.created_at, m.definition_code, c.target, c.happened_on, c.by_id"
    " from milestone m join milestone_change c on c.milestone_id = m.id where m.case_id = $1"
    " order by c.created_at desc limit 30)"
    " union all (select 'referral', v.id, r.id, v.created_at, coalesce(v.action, 'draft'), v.target, null, v.by_id"
    " from referral r join referral_move v on v.referral_id = r.id where r.case_id = $1 order by v.created_at desc limit 30)"
    ") entry order by at desc, id desc limit 30), logged as ("
    + event("(select array_agg(id) from shown) || $1", 3)
    + ") select json_build_object('case_id', mine.id, 'entries', (select coalesce(json_agg(row_to_json(shown)"
    " order by at desc, id), '[]') from shown))::text from mine"
)
TODAY = (
    "with tasks as (select t.id, t.version, t.case_id, s.code survivor_code, t.kind_code, t.due_on from task t"
    " join case_file c on c.id = t.case_id join survivor s on s.id = c.survivor_id where t.owner_id = $1"
    " and t.done_at is null and t.due_on <= $2 order by t.due_on, t.id limit 20), answers as (select id, code, case_id,"
    " status, to_facility_id, answered_at from referral where owner_id = $1 and answered_at > $3 order by answered_at desc,"
    " id limit 20), logged as ("
    + event("(select array_agg(id) from (select id from tasks union all select id from answers) every)", 4)
    + ") select json_build_object('tasks', (select coalesce(json_agg(row_to_json(tasks) order by due_on, id), '[]') from"
    " tasks), 'answers', (select coalesce(json_agg(row_to_json(answers) order by answered_at desc, id), '[]') from answers),"
    " 'unread', (select count(*) from (select 1 from notification where read_at is null and user_id = $1 limit 100) n),"
    " 'reviews_overdue', (select count(*) from (select 1 from case_file where owner_id = $1 and next_review_on < $2 and"
    " status not in ('closed', 'transferred') limit 100) n))::text"
)
AMEND = (
    "with changed as (update case_file set priority_code = 'high', version = version + 1 where id = $1 and version = $2"
    " and owner_id = $4 returning *), logged as ("
    + event("(select array_agg(id) from changed)", 3)
    + ") select (select row_to_json(changed) from changed)::text || (select json_build_object('code', s.code, 'tasks',"
    " (select count(*) from task t where t.case_id = $1 and t.done_at is null), 'notes', (select count(*) from note n"
    " where n.case_id = $1)) from survivor s join changed on s.id = changed.survivor_id)::text"
)
RELEASES = (
    "with found as (select id, cohort, sha256 from stats.release where status = 'published' order by last_day), logged as ("
    + event("(select array_agg(id) from found)", 1)
    + ") select json_agg(row_to_json(found))::text from found"
)
LATELY = timedelta(days=7)
CLUES = Clues(names=(MISSPELT,))
pool: asyncpg.Pool
cube: Cube


@cache
def search() -> list[tuple[str, tuple[str, ...], dict[str, Any]]]:
    """The two statements of a search as the driver takes them: who may be meant, and whom else to ask."""
    me = Actor(new_id(), Role.CASEWORKER, new_id()).grant(Permission.SURVIVOR_SEARCH)
    found = []
    event = reading.event_of(me.actor, "organisation.hint", FieldClass.OPERATIONAL)
    given = event | queries.asked(CLUES) | {"but": None}
    for statement in (queries.likely(me), queries.known_elsewhere(me)):
        compiled = statement.compile(dialect=postgresql(), compile_kwargs={"render_postcompile": True})
        found.append((str(compiled), tuple(compiled.positiontup or ()), compiled.params | given))
    return found


async def identified(connection: Any, session_id: UUID, rights: str | None = None) -> Any:
    """Who acts, with the rights that the role lends."""
    given = {"session_id": session_id, "membership_id": None, "rights": rights}
    return await connection.fetchrow(IDENTIFY, *(given[name] for name in ORDER))


async def answer(
    session_id: UUID, sql: str, arguments: Callable[[Any], tuple[Any, ...]], finish: Callable[[Any], bytes]
) -> bytes:
    """One transaction: who acts, the one statement, the commit."""
    async with pool.acquire() as connection, connection.transaction():
        who = await identified(connection, session_id)
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


def of_facility(who: Any) -> tuple[Any, ...]:
    """The arguments of the queue."""
    return who["facility_id"], new_id(), who["user_id"], who["session_id"]


def due(who: Any) -> tuple[Any, ...]:
    """The arguments of today."""
    now = clock.now()
    return who["user_id"], clock.today(), now - LATELY, new_id(), who["user_id"], who["session_id"]


def as_text(row: Any) -> bytes:
    """The one text of a row."""
    return str(row[0]).encode()


async def searched(session_id: UUID) -> bytes:
    """Who is meant, opened and compared; whom else to ask, with its event; the event of the rest."""
    async with pool.acquire() as connection, connection.transaction():
        who = await identified(connection, session_id)
        mine = {"acting_user": who["user_id"], "event_user_id": who["user_id"], "event_id": new_id()}
        likely, elsewhere = [
            await connection.fetch(text, *((params | mine)[name] for name in names))
            for text, names, params in search()
        ]
        matches = [as_match(row) for row in likely]
        shown = sorted((one for one in matches if one["score"] >= 0.6), key=lambda one: -one["score"])[:20]
        places = [{"organisation_id": str(row[0]), "organisation_name": row[1]} for row in elsewhere]
        await connection.execute("with logged as (" + event("array[$1::uuid]", 1) + ") select 1", *three(who))
        return json.dumps({"matches": shown, "elsewhere": places}).encode()


def three(who: Any) -> tuple[Any, ...]:
    """The arguments of an event."""
    return new_id(), who["user_id"], who["session_id"]


def as_match(row: Any) -> dict[str, Any]:
    """One person, opened, and how well the name answers."""
    box = vault.open_key(row["wrapped"])
    sealed = {part: row[part] for part in sealing.NAME}
    name = sealing.full_name(sealing.read_survivor(box, row["id"], sealed, sealing.NAME))
    return {"id": str(row["id"]), "code": row["code"], "name": name, "score": likeness(CLUES.names, [name])}


async def figures(session_id: UUID) -> bytes:
    """Which releases count, the event, and the answer, which is kept."""
    async with pool.acquire() as connection, connection.transaction():
        who = await identified(connection, session_id, "stats_reader")
        row = await connection.fetchrow(RELEASES, *three(who))
        refs = [Published(**one) for one in json.loads(row[0])]
        return schemas.answered(cube, Question(["region", "sex"], {}), refs, "en").body


async def read_cube() -> Cube:
    """The one release of the bench, read at the start: what is kept is not measured."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("set local role stats_reader")
        parts = await connection.fetch("select name, body from stats.artefact")
    made = Cube([artefact.released({part["name"]: part["body"] for part in parts})])
    made.warm()
    return made


SERVED: dict[str, Callable[[UUID], Awaitable[bytes]]] = {
    "/caseload": lambda session_id: answer(session_id, CASELOAD, by_owner, as_page),
    "/inbox": lambda session_id: answer(session_id, INBOX, by_facility, as_page),
    "/queue": lambda session_id: answer(session_id, QUEUE, of_facility, as_text),
    "/today": lambda session_id: answer(session_id, TODAY, due, as_text),
    "/search": searched,
    "/figures": figures,
}
ABOUT = {"timeline": TIMELINE, "amend": AMEND, "accept": ACCEPT}


async def of_sport(path: str, session_id: UUID, body: bytes) -> bytes:
    """A page of a programme, or the attendance of sixty, whose ids the body names."""
    what, which = path.split("/")[1:3]
    async with pool.acquire() as connection, connection.transaction():
        who = await identified(connection, session_id)
        if what == "members":
            return await sport.members(connection, who, UUID(which))
        asked = [UUID(one["enrolment_id"]) for one in json.loads(body)["people"]]
        return await sport.attend(connection, who, UUID(which), new_id(), asked)


async def serve(path: str, session_id: UUID, body: bytes = b"") -> bytes:
    """The answer of one path."""
    if path in SERVED:
        return await SERVED[path](session_id)
    if path.startswith(("/members/", "/attend/")):
        return await of_sport(path, session_id, body)
    found = re.match(r"/(timeline|amend|accept)/([0-9a-f-]+)/(\d+)", path)
    if found is None:
        return b"ready"
    what, which, version = found[1], UUID(found[2]), int(found[3])

    def about(who: Any) -> tuple[Any, ...]:
        if what == "timeline":
            return which, who["user_id"], *three(who)
        new = (new_id(),) if what == "accept" else ()
        return which, version, *three(who), *new

    return await answer(session_id, ABOUT[what], about, as_text)


async def app(scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Any) -> None:
    """Plain ASGI."""
    global pool, cube
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
        cube = await read_cube()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await pool.close()
        await send({"type": "lifespan.shutdown.complete"})
        return
    session = dict(scope["headers"]).get(b"authorization", b"00000000-0000-0000-0000-000000000000")
    sent = (await receive()).get("body", b"") if scope["method"] == "PUT" else b""
    body = await serve(scope["path"], UUID(session.decode()), sent)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
