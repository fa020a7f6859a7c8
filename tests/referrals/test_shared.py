"""A provider reads nothing of a person before, beyond or after what a live referral shares."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from httpx import AsyncClient
from sqlmodel import col, select

from app.access.actor import Actor
from app.assessments.models import Assessment
from app.cases.models import Case, Note
from app.codelists import lists
from app.core import clock
from app.core.config import settings
from app.core.db import unit_of_work
from app.emergency.models import EmergencyEpisode
from app.injuries.models import Amputation, Injury
from app.milestones.models import Milestone
from app.referrals.models import Referral, ReferralMove
from app.referrals.rules import AGREED_BY, APART, ShareItem
from app.referrals.states import LIVE, Action, Party, Status
from app.rehabilitation.models import DeviceOrder
from app.survivors.models import Consent, Identifier, PersonKey, Phone, Survivor
from tests.cases.factories import events
from tests.conftest import copy, run, web
from tests.factories import KEEPER, Town, signed
from tests.referrals.factories import DATA, TEXT, Post, a_post
from tests.zones import FAR

Json = dict[str, Any]
DAY = timedelta(days=1)
# What each item says of the person: words that stand nowhere else in any answer.
WORDS = {
    ShareItem.IDENTITY: ("Aygün", "Məmmədova", "Vüqar qızı", "1988-03-01", "female"),
    ShareItem.CONTACT: ("Canary Street 1", "+994501112233", "az_fuz"),
    ShareItem.ASSESSMENTS: ("severe_canary", "phq_canary"),
    ShareItem.MILESTONES: ("first_prosthesis_canary",),
    ShareItem.DEVICE_HISTORY: ("wheelchair_sport",),
    ShareItem.INJURY: ("eye_penetrating", '"level_code":"tr"'),
}
NEVER = ("5ARPXK2", "raw_answer_canary", "note_canary")  # a document number, an answer, a note
PERSON = {"address": "Canary Street 1", "phones": [{"number": "+994501112233"}]}


async def a_file(town: Town) -> Post:
    """A post whose person has something behind every item, and more that no referral shares."""
    post = await a_post(town, **PERSON, identifiers=[{"kind_code": "fin", "number": "5ARPXK2"}])
    held: dict[str, Any] = {"owner_id": town.caseworker.user_id, "team_id": town.north.id}
    case: dict[str, Any] = {"case_id": post.case_id, **held}
    me = town.caseworker.user_id
    async with unit_of_work(town.database, KEEPER) as session:
        session.add_all(
            [
                Assessment(
                    instrument_code="phq_canary",
                    instrument_version="1",
                    assessed_on=clock.today(),
                    by_id=me,
                    answers={"item": "raw_answer_canary"},
                    algorithm="sum/1",
                    scores={},
                    score=21,
                    result="severe_canary",
                    **case,
                ),
                Milestone(definition_code="first_prosthesis_canary", recorded_by_id=me, **case),
                Note(text=b"note_canary", by_id=me, **case),
                *_hurt(town, post),
                EmergencyEpisode(by_id=me, **case),
                DeviceOrder(
                    product_code="wheelchair_sport",
                    status_on=clock.today(),
                    facility_id=town.club.id,
                    by_id=me,
                    **case,
                ),
            ]
        )
    return post


def _hurt(town: Town, post: Post) -> list[Any]:
    """An injury and a lost limb, with words that stand nowhere else."""
    me = town.caseworker
    whose: dict[str, Any] = {"survivor_id": post.survivor_id, "by_id": me.user_id}
    held: dict[str, Any] = {"owner_id": me.user_id, "team_id": me.team_id}
    side: dict[str, Any] = {"side_code": "left"}
    nature: dict[str, Any] = {
        "region_code": "eye",
        "nature_code": "eye_penetrating",
        "mechanism_code": "secondary",
    }
    level: dict[str, Any] = {
        "limb_code": "upper",
        "level_code": "tr",
        "kind_code": "traumatic",
        "cause_code": "disease",
    }
    return [Injury(**whose, **held, **side, **nature), Amputation(**whose, **held, **side, **level)]


async def everything(client: AsyncClient, actor: Actor, referral: Referral) -> str:
    """All that this actor is told about a referral, by every way there is."""
    told = []
    paths = ("", "/shared-record", "/history")
    for path in [f"/referrals/{referral.id}{way}" for way in paths] + ["/referrals?box=inbox"]:
        answer = await client.get(path, headers=signed(actor))
        assert answer.status_code in {200, 404}, answer.text
        told.append(answer.text)
    return "\n".join(told)


def words_in(text: str) -> set[ShareItem]:
    """The items of which some word is in a text; all their words, or the item is torn."""
    found = {item: [word for word in words if word in text] for item, words in WORDS.items()}
    assert not [word for word in NEVER if word in text]
    return {item for item, words in found.items() if words}


@pytest.mark.usefixtures("line")
@pytest.mark.parametrize("status", Status)
async def test_a_provider_reads_what_is_shared_while_it_is_live_and_nothing_else(
    client: AsyncClient, town: Town, status: Status
) -> None:
    post = await a_file(town)

    for item in ShareItem:
        referral = await post.referral(at=status, share_codes=[item.value])
        told = await everything(client, town.provider, referral)

        expected = {item} - APART if status in LIVE else set()
        assert words_in(told) == expected
        assert all(word in told for each in expected for word in WORDS[each])
        assert (TEXT in told) is (status in LIVE)
        assert words_in(await everything(client, town.other_provider, referral)) == set()


@pytest.mark.usefixtures("line")
async def test_a_consent_taken_back_shows_nothing_even_if_the_referral_still_stood(
    client: AsyncClient, town: Town
) -> None:
    post = await a_file(town)
    referral = await post.referral(at=Status.ACCEPTED)

    await slip(town, referral, withdrawn_at=clock.now())
    told = await everything(client, town.provider, referral)

    assert (await post.now(referral.id)).status is Status.ACCEPTED
    assert words_in(told) == set()
    assert TEXT not in told


async def slip(town: Town, referral: Referral, **changed: Any) -> None:
    """Change the consent under a referral as a slip of ours might."""
    async with unit_of_work(town.database, KEEPER) as session:
        row = sa.update(Consent).where(col(Consent.id) == referral.consent_id)
        await session.exec(row.values(**changed))


async def test_who_sends_sees_beforehand_exactly_what_will_be_read(client: AsyncClient, town: Town) -> None:
    post = await a_file(town)
    await post.consent()
    draft = await post.draft(share_codes=["identity", "milestones"])
    path = f"/referrals/{draft.id}/shared-record"

    before = (await client.get(path, headers=signed(town.caseworker))).json()
    hidden = await client.get(path, headers=signed(town.provider))
    await client.post(f"/referrals/{draft.id}/send", headers=signed(town.caseworker, 1))
    after = (await client.get(path, headers=signed(town.provider))).json()

    assert hidden.status_code == 404
    assert before | {"version": 2} == after
    assert (after["contact"], after["assessments"]) == (None, None)
    assert after["identity"]["birth"] == {"date": "1988-03-01", "precision": "month", "estimated": False}


async def test_a_preview_shows_no_more_than_the_consent_will_allow(client: AsyncClient, town: Town) -> None:
    post = await a_file(town)
    draft = await post.draft()
    path = f"/referrals/{draft.id}/shared-record"

    without = (await client.get(path, headers=signed(town.caseworker))).json()
    await post.consent(data_codes=["identity", "services"])
    narrow = (await client.get(path, headers=signed(town.caseworker))).json()

    shown = {item.value for item in set(ShareItem) - APART}
    assert {name for name in shown if without[name] is not None} == shown
    assert {name for name in shown if narrow[name] is not None} == {
        "identity",
        "milestones",
        "device_history",
    }


@pytest.mark.parametrize("item", ShareItem)
async def test_nothing_is_sent_that_the_person_did_not_agree_to(
    client: AsyncClient, town: Town, item: ShareItem
) -> None:
    post = await a_file(town)
    others = [*sorted(set(DATA) - {AGREED_BY[item]}), "family"]
    await post.consent(data_codes=others)
    draft = await post.draft(share_codes=[item.value])

    answer = await client.post(f"/referrals/{draft.id}/send", headers=signed(town.caseworker, 1))

    assert (answer.status_code, answer.json()["code"]) == (409, "consent-missing")
    assert answer.json()["share_codes"] == [item.value]
    assert await post.now(draft.id) == draft


async def test_sharing_nothing_shares_the_reason_alone(client: AsyncClient, town: Town) -> None:
    post = await a_file(town)
    referral = await post.referral(share_codes=[])

    read = (await client.get(f"/referrals/{referral.id}/shared-record", headers=signed(town.provider))).json()

    assert read == {
        "referral_id": str(referral.id),
        "version": referral.version,
        "reason": TEXT,
        **dict.fromkeys([item.value for item in set(ShareItem) - APART]),
    }


@pytest.mark.usefixtures("line")
async def test_a_shared_record_is_nobody_elses(client: AsyncClient, town: Town) -> None:
    post = await a_file(town)
    referral = await post.referral()
    path = f"/referrals/{referral.id}/shared-record"

    readers = {
        actor.user_id: (await client.get(path, headers=signed(actor))).status_code
        for actor in (
            *town.everybody.values(),
            *(town.colleague, town.outsider, town.other_supervisor, town.other_provider),
        )
    }

    may = (town.caseworker, town.supervisor, town.coordinator, town.provider, town.counsellor)
    assert {user for user, status in readers.items() if status == 200} == {each.user_id for each in may}
    barred = {each.user_id for each in (town.analyst, town.administrator, town.auditor)}
    assert {user for user, status in readers.items() if status == 403} == barred
    assert set(readers.values()) == {200, 403, 404}


async def test_every_reading_is_written_down_by_kind_of_field(client: AsyncClient, town: Town) -> None:
    post = await a_file(town)
    referral = await post.referral(share_codes=["identity", "assessments"])

    read = await client.get(f"/referrals/{referral.id}/shared-record", headers=signed(town.provider))

    assert read.status_code == 200
    who = {referral.id, post.case_id, post.survivor_id}
    lines = {kind: await events(town, f"referral.read_{kind}") for kind in ("shared", *ShareItem)}
    assert {kind: len(found) for kind, found in lines.items()} == {
        "shared": 1,
        "identity": 1,
        "assessments": 1,
        "contact": 0,
        "milestones": 0,
        "injury": 0,
        "device_history": 0,
        "psychosocial": 0,
        "reintegration": 0,
    }
    for kind, field_class in (("shared", "health"), ("identity", "identity"), ("assessments", "health")):
        line = lines[kind][0]
        assert line.user_id == town.provider.user_id
        assert line.field_class == field_class
        assert who <= set(line.object_ids)
    assert len(lines["assessments"][0].object_ids) == len(who) + 1


async def test_a_refused_reading_leaves_no_event_of_having_read(client: AsyncClient, town: Town) -> None:
    post = await a_file(town)
    referral = await post.referral(at=Status.DECLINED)

    read = await client.get(f"/referrals/{referral.id}/shared-record", headers=signed(town.provider))

    assert read.status_code == 404
    assert await events(town, "referral.read_shared") == []


@pytest.mark.parametrize("item", ["documents"])
async def test_what_is_not_recorded_here_cannot_be_promised(
    client: AsyncClient, town: Town, item: str
) -> None:
    post = await a_post(town)

    answer = await client.post(
        "/referrals", json=post.letter(share_codes=[item]), headers=signed(town.caseworker)
    )

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/share_codes/0"


def test_what_can_be_shared_is_on_the_list() -> None:
    assert {item.value for item in ShareItem} < set(lists.load("share_item"))
    assert set(AGREED_BY.values()) <= set(lists.load("consent_data"))
    assert set(AGREED_BY) == set(ShareItem)


# The second line: what the database itself shows a provider, whatever we ask it.
ROWS: dict[str, Any] = {
    "survivor": Survivor,
    "key": PersonKey,
    "case": Case,
    "phone": Phone,
    "identifier": Identifier,
    "assessment": Assessment,
    "milestone": Milestone,
    "note": Note,
    "injury": Injury,
    "amputation": Amputation,
    "emergency_episode": EmergencyEpisode,
    "device_order": DeviceOrder,
}
ALWAYS = {"survivor", "key", "case"}
OPENED = {
    ShareItem.IDENTITY: ALWAYS,
    ShareItem.CONTACT: ALWAYS | {"phone"},
    ShareItem.ASSESSMENTS: ALWAYS | {"assessment"},
    ShareItem.MILESTONES: ALWAYS | {"milestone"},
    ShareItem.DEVICE_HISTORY: ALWAYS | {"device_order"},
    ShareItem.INJURY: ALWAYS | {"injury", "amputation", "emergency_episode"},
    ShareItem.REINTEGRATION: ALWAYS,  # and what is written there: tests/routers/test_reintegration.py
    ShareItem.PSYCHOSOCIAL: ALWAYS,  # to counsellors more: tests/matrix/test_compartment.py
}


async def shown(town: Town, actor: Actor) -> set[str]:
    """The tables of the file in which the database shows this actor anything."""
    async with town.work(actor) as session:
        return {name for name, kind in ROWS.items() if (await session.exec(select(kind))).all()}


@pytest.mark.parametrize("status", Status)
async def test_the_database_itself_shows_only_what_a_live_referral_opens(town: Town, status: Status) -> None:
    post = await a_file(town)
    for item in ShareItem:
        post.consents.clear()
        referral = await post.referral(at=status, share_codes=[item.value])

        assert await shown(town, town.provider) == (OPENED[item] if status in LIVE else set())
        assert await shown(town, town.other_provider) == set()
        if status in LIVE:  # and not beyond its consent, even if nobody had ended the referral
            await slip(town, referral, withdrawn_at=clock.now())
            assert await shown(town, town.provider) == set()


@pytest.mark.parametrize("zone", FAR)
async def test_the_database_itself_looks_at_the_last_day_of_a_consent_and_the_service_agrees(
    cluster: sa.URL, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setattr(settings(), "time_zone", zone)
    async with copy(cluster) as real, web(real) as client:
        town = await Town(real).build()
        post = await a_file(town)
        referral, today = await post.referral(), clock.today()
        days = "update consent set given_on = '{0}', valid_until = '{1}'"

        seen = []
        for first, last in ((0, 0), (-9, -1), (1, 9), (-9, 0)):
            run(cluster.set(database=real.url.database), days.format(today + first * DAY, today + last * DAY))
            answer = await client.get(
                f"/referrals/{referral.id}/shared-record", headers=signed(town.provider)
            )
            seen.append((await shown(town, town.provider), answer.status_code))

    everywhere = set().union(*OPENED.values())
    assert seen == [(everywhere, 200), (set(), 404), (set(), 404), (everywhere, 200)]


async def test_the_database_itself_shows_no_step_before_the_sending(town: Town) -> None:
    post = await a_post(town)
    await post.referral()
    cancelled = await post.draft()
    await post.step(cancelled, Action.CANCEL, Party.SENDER)
    await post.draft()

    async with town.work(town.provider) as session:
        moves = [move.action for move in (await session.exec(select(ReferralMove))).all()]
        referrals = [one.status for one in (await session.exec(select(Referral))).all()]

    assert (moves, referrals) == ([Action.SEND], [Status.SENT])
