"""The psychosocial compartment: whatever anybody else asks, nothing of it is told. Over every way to read."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col, select

from app.access.actor import Actor
from app.access.table import Role
from app.core.vault import Tampered
from app.records.models import Correction
from app.support.models import PeerPair, PsychosocialMove, SupportNote, SupportSession
from app.survivors import queries as survivors
from tests.factories import signed
from tests.journeys.payloads import day
from tests.matrix import trial
from tests.matrix.declared import DECLARED
from tests.matrix.engine import Ask, operation
from tests.matrix.served import FOR_ANYBODY, served
from tests.matrix.world import World
from tests.reading import as_read
from tests.support import factories as support

SAID, DONE, NAMED = "Zülmət quyu N4711", '"emdr"', "Həmdərd Sınaqov"
WHO_REACH_MUCH = {Role.CASEWORKER, Role.COORDINATOR}
READS_BY_POST = ("/search", "/query")
PUBLIC = ("/code-lists",)  # where every code is listed for everybody
KEYS = [
    key
    for key in sorted(DECLARED)
    if key.startswith("GET") or operation(key).endswith(READS_BY_POST) or "psychosocial" in DECLARED[key].asks
]


@pytest.fixture(scope="module")
async def planted(world: World) -> dict[str, Any]:
    """A session, what was done in it and what was said, corrected once: every trace that it leaves."""
    by, case = world.town.counsellor, f"/cases/{world.case.id}"
    episode = world.made["psychosocial_episode"]
    held = support.session(episode, intervention_code="emdr", held_on=day(-12))
    session = await world.make("planted_session", f"{case}/support-sessions", held, by)
    note = await world.make("planted_note", f"{case}/support-notes", support.note(session), by)
    amended = {"reason_code": "known_better", "text": f"{support.NOTE}, again"}
    return await _corrected(world, f"{case}/support-notes/{note['id']}", note, amended)


async def _corrected(world: World, path: str, one: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    headers = signed(world.town.counsellor, one["version"])
    answer = await world.client.patch(path, json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def others(world: World) -> Iterator[Actor]:
    """Everybody but the counsellor with whom it is shared: also one of another facility."""
    everybody = world.town.everybody.items()
    yield from (actor for role, actor in everybody if role is not Role.COUNSELLOR)
    yield world.club_counsellor


def test_every_way_to_read_is_asked(app: FastAPI) -> None:
    reading = {key for key in served(app) if key.startswith("GET")} - FOR_ANYBODY

    assert reading - {operation(key) for key in KEYS} == set()
    assert len(reading) >= 60


@pytest.mark.parametrize("key", KEYS)
async def test_nobody_else_is_told_anything_of_it(
    world: World, app: FastAPI, planted: dict[str, Any], key: str, caplog: pytest.LogCaptureFixture
) -> None:
    """By no list, record, search, timeline, overview, shared record, statistics or refusal; nor by a log."""
    caplog.set_level(logging.DEBUG)
    words = [SAID, NAMED] + [DONE] * (not any(part in key for part in PUBLIC))
    async with world.undone():
        ask = await DECLARED[key].build(world)
        async with world.undone() as again:
            for actor in others(world):
                asks = [ask.of(actor), *([_wrong(ask).of(actor)] if actor.role in WHO_REACH_MUCH else [])]
                for one in asks:
                    answer = await trial.send(world, key, one, actor, {})
                    assert [word for word in words if word in as_read(answer)] == [], actor.role
                    await again()
    assert [word for word in (SAID, DONE, NAMED) if word in caplog.text] == []


def _wrong(ask: Ask) -> Ask:
    """The same as no client may ask it: what is refused tells no more than what is answered."""
    return Ask(ask.params, "?limit=nothing", {"nobody": "knows this"}, ask.version)


async def test_nobodys_own_calendar_tells_anything_of_it(world: World, planted: dict[str, Any]) -> None:
    read = 0
    async with world.undone():
        for actor in others(world):
            opened = await world.client.post("/calendar-feed", json={}, headers=signed(actor))
            if opened.status_code == 200:
                feed = await world.client.get(f"http://house{opened.json()['path']}")
                assert "BEGIN:VCALENDAR" in feed.text
                assert [word for word in (SAID, NAMED, DONE, "emdr") if word in feed.text] == [], actor.role
                read += 1
    assert read >= 6


async def test_the_counsellor_reads_it(world: World, planted: dict[str, Any]) -> None:
    told = ""
    for many in ("support-sessions", "support-notes", f"support-notes/{planted['id']}/corrections"):
        path = f"/cases/{world.case.id}/{many}"
        told += (await world.client.get(path, headers=signed(world.town.counsellor))).text

    assert SAID in told
    assert DONE in told
    assert f"{SAID}: she dreams of the field, again" in told


ROWS: dict[str, Any] = {
    "note": sa.select(col(SupportNote.id)),
    "step": sa.select(col(PsychosocialMove.id)),
    "pair": sa.select(col(PeerPair.id)),
    "what a note said": sa.select(col(Correction.id)).where(col(Correction.record_kind) == "support_note"),
}


@pytest.mark.parametrize("what", ROWS)
async def test_the_database_itself_shows_nobody_else_a_row_of_it(
    world: World, planted: dict[str, Any], what: str
) -> None:
    """As if a query had forgotten who asks: the coordinator, who reaches everything, included."""
    async with world.undone():
        step = (
            f"/cases/{world.case.id}/psychosocial-episodes/{world.made['psychosocial_episode']['id']}/pause"
        )
        await world.step(step, world.made["psychosocial_episode"], {}, world.town.counsellor)
        seen = {
            actor.user_id: await _rows(world, actor, what)
            for actor in [*others(world), world.town.counsellor]
            if actor.role is not Role.ANALYST  # has no right to any such table
        }
    mine = seen.pop(world.town.counsellor.user_id)
    assert mine
    assert set(seen.values()) == {0}


async def _rows(world: World, actor: Actor, what: str) -> int:
    async with world.town.work(actor) as session:
        return len((await (await session.connection()).execute(ROWS[what])).all())


async def test_who_works_on_the_case_sees_the_day_and_cannot_open_the_rest(
    world: World, planted: dict[str, Any]
) -> None:
    async with world.town.work(world.town.caseworker) as session:
        held = (await session.exec(select(SupportSession).limit(1))).one()
        box = await survivors.box(session, world.survivor.id)
    with pytest.raises(Tampered):
        box.read("support_session", "intervention_code", held.id, held.intervention_code)
