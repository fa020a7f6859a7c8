"""A facility reads nothing of a person before, beyond or after what a referral shares, on every way to read.

What must not be read is taken from the file itself: every id and word that those who work on it are told.
"""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from httpx import Response
from sqlmodel import select

from app.access.actor import Actor
from app.access.table import Role
from app.core.db import unit_of_work
from app.organisations.models import Facility, Organisation, ServiceOffer, Team
from app.programmes.models import Group, Programme, Season, Session
from app.referrals.models import Referral
from app.referrals.rules import ShareItem
from app.referrals.states import LIVE, Party, Status
from app.squads.models import Squad
from tests.factories import KEEPER, signed
from tests.matrix import trial
from tests.matrix.declared import DECLARED
from tests.matrix.engine import operation
from tests.matrix.world import World
from tests.reading import as_read
from tests.referrals.factories import TEXT, Post

READS_BY_POST = ("/search", "/query")
KEYS = [key for key in sorted(DECLARED) if key.startswith("GET") or operation(key).endswith(READS_BY_POST)]
OF_A_FILE = ("{case_id}", "{survivor_id}")
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d(-\d\d)?([T ].*)?")
LEAST = 4  # letters; a shorter word is also a part of others
PUBLIC = (Organisation, Team, Facility, ServiceOffer, Programme, Group, Season, Session, Squad)
CASE = "GET /api/v1/cases/{case_id}"
OPENED = {  # beside the shared record: rooms in which whoever is asked works on
    "injury": (
        *("emergency-episodes", "facility-stays", "operations", "complications", "tourniquets"),
        "trauma-observations",
    ),
    "device_history": (
        *("rehabilitation-episodes", "therapy-goals", "therapy-sessions", "device-orders"),
        "device-orders/{order_id}",
    ),
    "reintegration": (
        *("reintegration-records", "follow-ups", "livelihood-grants", "livelihood-grants/{grant_id}"),
    ),
}
AT_EACH_CHECK = {"nothing", *OPENED, ShareItem.IDENTITY, Status.DRAFT, Status.COMPLETED, Status.REVOKED}


def each(*cases: str) -> list[Any]:
    """Every case; those that differ little from another one only with `make drill`."""
    return [
        pytest.param(case, marks=[] if case in AT_EACH_CHECK else pytest.mark.drill, id=str(case))
        for case in cases
    ]


ENDED = each(Status.DRAFT, *sorted(set(Status) - LIVE - {Status.DRAFT}))
SHARED = each("nothing", *sorted(ShareItem))
WHO = ("Aygün", "Məmmədova", "Vüqar qızı", "1988-03-01", "+994500000118", "7DEM0X2")


def leaves(found: Any) -> Iterator[str]:
    """Every text in an answer, however deep."""
    if isinstance(found, dict):
        for one in found.values():
            yield from leaves(one)
    elif isinstance(found, list):
        for one in found:
            yield from leaves(one)
    elif isinstance(found, str):
        yield found


class ClinicPost(Post):
    """Referrals of the world's person to a clinic that knows nobody yet."""

    clinic: Facility
    staff: Actor

    def actor(self, party: Party) -> Actor:
        return self.sender if party is Party.SENDER else self.staff

    def letter(self, **changes: Any) -> dict[str, Any]:
        return super().letter(**{"to_facility_id": str(self.clinic.id)} | changes)


@pytest.fixture(scope="module")
async def secrets(world: World) -> set[str]:
    """Every id and every word of the file, as those who work on it are told; places and staff are known."""
    town, found = world.town, set()
    workers = (town.caseworker, town.coordinator, town.counsellor, town.provider, town.sports)
    for key in [key for key in KEYS if any(part in key for part in OF_A_FILE)]:
        async with world.undone():
            ask = await DECLARED[key].build(world)
            for actor in workers:
                answer = await trial.send(world, key, ask, actor, {})
                found |= set(leaves(answer.json())) if _is_told(answer) else set()
    return {word for word in found if _tells(word)} - await _known(world)


def _is_told(answer: Response) -> bool:
    """Whether there is something to read in it; what a document holds is no JSON."""
    return answer.status_code == 200 and "json" in answer.headers.get("content-type", "")


def _tells(word: str) -> bool:
    """Whether a text says more than a code, a day or a moment does."""
    return bool(ID.fullmatch(word)) or (
        len(word) >= LEAST and not MOMENT.fullmatch(word) and not re.fullmatch(r"[a-z0-9_.@-]+", word)
    )


async def _known(world: World) -> set[str]:
    """Ids and names of places, staff and programmes."""
    async with unit_of_work(world.town.database, KEEPER) as session:
        rows = [one for kind in PUBLIC for one in (await session.exec(select(kind))).all()]
    known = {
        str(value) for one in rows for value in one.model_dump().values() if isinstance(value, UUID | str)
    }
    return known | {str(value) for user in world.town.users for value in (user.id, user.display_name)}


@pytest.fixture(scope="module")
async def post(world: World, secrets: set[str]) -> ClinicPost:
    """A clinic with somebody who answers there."""
    town = world.town
    clinic = Facility(
        name="Clinic", organisation_id=town.centre.id, kind_code="hospital", district_code="az_ba"
    )
    async with unit_of_work(world.connection, KEEPER) as session:
        session.add(clinic)
        await session.flush()
        session.add(ServiceOffer(facility_id=clinic.id, service_code="prosthetics"))
    staff = town._person(Role.PROVIDER, town.centre, facility_id=clinic.id)
    async with world.gate() as session:
        session.add(town.users[-1])
        await session.flush()
        session.add_all([town.memberships[-1], town.sessions[-1]])
    made = ClinicPost(town, world.case.id, world.survivor.id, dict(world.post.consents))
    made.clinic, made.staff = clinic, staff
    await made.consent(clinic.id)
    return made


async def read_beyond(
    world: World, post: ClinicPost, letter: Referral, barred: set[str]
) -> dict[str, list[str]]:
    """What the clinic's provider is told of what is barred, by the way it was asked for."""
    own: dict[str, object] = {"referral_id": letter.id, "facility_id": post.clinic.id}
    found: dict[str, list[str]] = {}
    for key in KEYS:
        async with world.undone():
            ask = await DECLARED[key].build(world)
            mine = {name: value for name, value in own.items() if name in ask.params}
            for one in [ask] + [ask.about(mine)] * bool(mine):
                answer = await trial.send(world, key, one, post.staff, {})
                told = sorted(word for word in barred if word in as_read(answer))
                if key.endswith("/content") and answer.status_code == 200:
                    told.append("a document")
                if told:
                    found[key] = told
    return found


async def test_the_file_has_something_to_hide(secrets: set[str], world: World) -> None:
    assert {str(world.survivor.id), str(world.case.id), world.survivor.code} <= secrets
    assert set(WHO) - {"1988-03-01"} <= secrets
    assert len([word for word in secrets if ID.fullmatch(word)]) > 40
    assert len([word for word in secrets if not ID.fullmatch(word)]) > 10


@pytest.mark.parametrize("status", ENDED)
async def test_nothing_before_it_is_sent_and_nothing_after_it_has_ended(
    world: World, post: ClinicPost, secrets: set[str], status: Status
) -> None:
    async with world.undone():
        letter = await post.referral(at=status)
        assert await read_beyond(world, post, letter, secrets | {TEXT}) == {}


@pytest.mark.parametrize("item", SHARED)
async def test_nothing_beyond_what_its_sender_sees_that_it_shares(
    world: World, post: ClinicPost, secrets: set[str], item: str
) -> None:
    async with world.undone():
        letter = await post.referral(share_codes=[] if item == "nothing" else [item])
        path = f"/referrals/{letter.id}/shared-record"
        shared = await world.client.get(path, headers=signed(world.town.caseworker))
        told = await world.client.get(path, headers=signed(post.staff))
        assert told.json() == shared.json()
        allowed = set(leaves(shared.json()))
        found = await read_beyond(world, post, letter, secrets - allowed)
        assert set(found) == {f"{CASE}/{way}" for way in OPENED.get(item, ())}
        told_of = {word for words in found.values() for word in words}
        assert told_of & {*WHO, str(world.survivor.id), world.survivor.code} == set()


async def test_a_consent_that_was_taken_back_answers_the_next_request_with_not_found(
    world: World, post: ClinicPost
) -> None:
    async with world.undone():
        letter = await post.referral(at=Status.ACCEPTED)
        path, headers = f"/referrals/{letter.id}/shared-record", signed(post.staff)
        before = await world.client.get(path, headers=headers)
        consents = f"/survivors/{world.survivor.id}/consents"
        listed = (
            await world.client.get(f"{consents}?limit=200", headers=signed(world.town.caseworker))
        ).json()
        consent = next(one for one in listed["items"] if one["id"] == str(letter.consent_id))
        taken = await world.client.post(
            f"{consents}/{consent['id']}/withdraw",
            json={"reason_code": "fear_of_harm"},
            headers=signed(world.town.caseworker, consent["version"]),
        )
        after = await world.client.get(path, headers=headers)
        assert (before.status_code, taken.status_code, after.status_code) == (200, 200, 404)
