"""The paths of sport: the attendance of sixty, and a page of a programme of many. Floor, and what is asked.

The bench plans sessions of its own in the demo's large programme, each noted once, by the floor or by the
service; everybody was there once before, so nobody's first time is measured.
"""

import json
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from app.core import clock, vault
from app.core.ids import new_id

GROUP, PAGE, SESSIONS = 60, 50, 4000
PROGRAMME = sa.text(
    "select p.id, p.facility_id, s.id season_id from programme p join season s on s.programme_id = p.id"
    " join enrolment e on e.programme_id = p.id and e.status = 'enrolled' where p.sport_code = 'amputee_football'"
    " and exists (select from membership m where m.facility_id = p.facility_id and m.user_id = any(:users))"
    " group by 1, 2, 3 order by count(*) desc limit 1"
)
PLAN = sa.text(
    "insert into programme_session (id, created_at, version, programme_id, facility_id, season_id, kind_code,"
    " starts_at, minutes, place, guests, topic_codes, material_codes, village)"
    " select gen_random_uuid(), now(), 1, :id, :facility_id, :season_id, 'training',"
    " now() - interval '1 day' - n * interval '1 second', 90, '', 0, '{}', '{}', 'bench' from generate_series(1, :many) n"
    " returning id"
)
MEMBERS = sa.text("select id from enrolment where programme_id = :id and status = 'enrolled' order by id")
BEFORE = sa.text(
    "insert into attendance (id, created_at, version, owner_id, team_id, session_id, enrolment_id, programme_id,"
    " facility_id, status_code, by_id) select gen_random_uuid(), now(), 1, owner_id, team_id, :session, id,"
    " programme_id, facility_id, 'present', by_id from enrolment where programme_id = :id and status = 'enrolled'"
    " on conflict do nothing"
)
EVENT = (
    "insert into audit_event (id, at, user_id, role, session_id, request_id, action, object_type, object_ids,"
    " field_class, allowed) select $1::uuid, clock_timestamp(), $2::uuid, 'x', $3::uuid, $1::uuid, 'bench', 'bench',"
    " {ids}, 'operational', true"
)
HELD = (
    "select s.*, p.sport_code, p.kind_code programme_kind, n.closed_at from programme_session s"
    " join season n on n.id = s.season_id join programme p on p.id = s.programme_id where s.id = $1 for update of s"
)
BESIDE = (
    " left join lateral (select outcome_code, given_on, valid_until, condition_codes from clearance where"
    " case_id = e.case_id and sport_code = {sport} order by given_on desc, id desc limit 1) c on true"
    " left join lateral (select min(occurred_on) away from sport_injury where case_id = e.case_id"
    " and stage not in ('returned', 'retracted')) j on true"
)
ROLL = (
    "select e.id, e.case_id, e.survivor_id, e.owner_id, e.team_id, e.status, a.status_code, a.reason_code,"
    " c.outcome_code, c.given_on, c.valid_until, j.away, (select array_agg((s.starts_at at time zone 'Asia/Baku')::date"
    " order by s.starts_at) from attendance o join programme_session s on s.id = o.session_id where"
    " o.enrolment_id = e.id and o.session_id <> $1 and o.status_code in ('present', 'late')) days from enrolment e"
    " left join attendance a on a.enrolment_id = e.id and a.session_id = $1"
    + BESIDE.replace("{sport}", "$4")
    + " where e.programme_id = $2 and (e.id = any ($3::uuid[]) or a.id is not null) order by e.id"
)
NOTE = (
    "with noted as (insert into attendance (id, created_at, version, owner_id, team_id, session_id, enrolment_id,"
    " programme_id, facility_id, status_code, by_id) select n.id, now(), 1, n.owner_id, n.team_id, $4::uuid, n.of,"
    " $5::uuid, $6::uuid, 'present', $2::uuid from unnest($7::uuid[], $8::uuid[], $9::uuid[], $10::uuid[])"
    " n(id, of, owner_id, team_id) on conflict (enrolment_id, session_id) do update set"
    " status_code = excluded.status_code, by_id = excluded.by_id, version = attendance.version + 1 returning id),"
    " held as (update programme_session set guests = 0, noted_at = now(), version = version + 1 where id = $4"
    " and version = $11 returning version), logged as ("
    + EVENT.replace("{ids}", "$8::uuid[] || $4::uuid")
    + ") select version from held"
)
MEMBERS_OF = (
    "with people as (select * from enrolment where programme_id = $4 and facility_id = $5 and status <> 'ended'"
    f" order by id limit {PAGE + 1}), logged as ("
    + EVENT.replace("{ids}", "(select array_agg(id) from people) || $4::uuid")
    + ") select e.*, c.outcome_code, c.valid_until, c.condition_codes, j.away from programme p"
    " left join people e on true"
    + BESIDE.replace("{sport}", "p.sport_code")
    + " where p.id = $4 order by e.id"
)


@dataclass(frozen=True)
class Club:
    """A large programme, its members, and sessions of which nothing was noted."""

    programme_id: UUID
    members: list[UUID]
    turns: Any  # sessions, each served once

    @classmethod
    def of(cls, owner: sa.Engine, users: list[UUID]) -> "Club":
        """The largest one that these people organise, with new sessions."""
        with owner.begin() as connection:
            one = connection.execute(PROGRAMME, {"users": users}).one()
            new = {"id": one.id, "facility_id": one.facility_id, "season_id": one.season_id}
            first, *sessions = connection.scalars(PLAN, new | {"many": SESSIONS})
            connection.execute(BEFORE, {"id": one.id, "session": first})
            members = list(connection.scalars(MEMBERS, {"id": one.id}))
        assert len(members) >= GROUP, "the bench's programme is too small: nobody to note"
        groups = [members[at : at + GROUP] for at in range(0, len(members) - GROUP + 1, GROUP)]
        return cls(one.id, members, zip(sessions, cycle(groups)))

    def next(self, many: int) -> list[tuple[UUID, list[UUID]]]:
        """So many sessions that nobody has noted, each with sixty people."""
        return list(islice(self.turns, many))


def body(group: list[UUID]) -> bytes:
    """Sixty people, all there."""
    return json.dumps(
        {"people": [{"enrolment_id": str(one), "status_code": "present"} for one in group]}
    ).encode()


async def attend(connection: Any, who: Any, session_id: UUID, first: UUID, asked: list[UUID]) -> bytes:
    """The floor's attendance: the session, everybody asked about, all of it written at once."""
    held = await connection.fetchrow(HELD, session_id)
    rows = await connection.fetch(ROLL, session_id, held["programme_id"], asked, held["sport_code"])
    columns = [
        [new_id() for _ in rows],
        *([row[name] for row in rows] for name in ("id", "owner_id", "team_id")),
    ]
    where = (session_id, held["programme_id"], held["facility_id"])
    event = (first, who["user_id"], who["session_id"])
    done = await connection.fetchrow(NOTE, *event, *where, *columns, held["version"])
    today = clock.today()
    said = {
        "version": done["version"],
        "session_id": str(session_id),
        "guests": 0,
        "people": [
            {"enrolment_id": str(row["id"]), "status_code": "present", "reason_code": None} for row in rows
        ],
        "not_cleared": [
            str(row["id"]) for row in rows if not row["valid_until"] or row["valid_until"] < today
        ],
        "not_available": [str(row["id"]) for row in rows if row["away"]],
    }
    return json.dumps(said).encode()


async def members(connection: Any, who: Any, programme_id: UUID) -> bytes:
    """The floor's page of a programme, with the copies opened."""
    event = (new_id(), who["user_id"], who["session_id"])
    rows = await connection.fetch(MEMBERS_OF, *event, programme_id, who["facility_id"])
    items = [
        {name: value for name, value in row.items() if name not in ("name", "phone")} | _copies(row)
        for row in rows
    ]
    return json.dumps({"items": items[:PAGE], "next_cursor": str(rows[-1]["id"])}, default=str).encode()


def _copies(row: Any) -> dict[str, str | None]:
    return {
        name: row[name] and vault.read_envelope("enrolment", name, row["id"], row[name])
        for name in ("name", "phone")
    }
