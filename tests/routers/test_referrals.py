"""Referrals over HTTP: drafting, amending, sending, and each refusal once."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlmodel import select

from app.access.table import Permission
from app.cases import actions as cases
from app.cases import queries as filed
from app.cases.schemas import OpenCase
from app.cases.states import Action as CaseAction
from app.core import clock
from app.core.db import unit_of_work
from app.core.ids import new_id
from app.organisations.models import Facility, Organisation, ServiceOffer
from app.referrals.states import Action, Party, Status
from tests.cases.factories import events, move, told
from tests.cases.factories import now as case_now
from tests.factories import KEEPER, Town, signed
from tests.referrals.factories import TEXT, Post, a_post, told_facility
from tests.survivors.factories import survivor

Json = dict[str, Any]


async def draft(client: AsyncClient, post: Post, **changes: Any) -> tuple[int, Json]:
    headers = signed(post.town.caseworker)
    answer = await client.post("/referrals", json=post.letter(**changes), headers=headers)
    return answer.status_code, answer.json()


def places(problem: Json) -> list[tuple[str, str]]:
    return [(fault["pointer"], fault["code"]) for fault in problem["errors"]]


async def change(post: Post, kind: type[Any], record_id: Any, **values: Any) -> None:
    """Change the directory as its keepers would."""
    async with unit_of_work(post.town.database, KEEPER) as session:
        record = (await session.exec(select(kind).where(kind.id == record_id))).one()
        for name, value in values.items():
            setattr(record, name, value)


async def test_a_draft_is_the_senders_alone(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)

    status, made = await draft(client, post)

    assert status == 201
    assert (made["side"], made["status"], made["version"]) == ("sender", "draft", 1)
    assert (made["reason"], made["sent_at"], made["answer_by"]) == (TEXT, None, None)
    assert made["open_actions"] == ["send", "cancel"]
    assert await told_facility(town, town.workshop.id) == []
    assert await told(town, town.caseworker) == []
    line = (await events(town, "referral.draft"))[0]
    assert str(line.object_ids[0]) == made["id"]


async def test_the_reason_is_sealed_in_the_database(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    _, made = await draft(client, post)

    kept = (await post.now(made["id"])).reason

    assert kept
    assert TEXT.encode() not in kept


async def test_the_client_may_mint_the_id(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    minted = str(new_id())

    first = await draft(client, post, id=minted)
    again = await draft(client, post, id=minted)
    changes: list[Json] = [{"reason": "Another"}, {"priority_code": "normal"}, {"share_codes": []}]
    others = [await draft(client, post, id=minted, **change) for change in changes]

    assert (first[0], again[0], [status for status, _ in others]) == (201, 200, [409] * 3)
    assert first[1] == again[1]
    assert len(await events(town, "referral.draft")) == 1


async def test_an_id_of_somebody_elses_draft_is_taken_and_shows_nothing(
    client: AsyncClient, town: Town
) -> None:
    post = await a_post(town)
    _, made = await draft(client, post)
    mine = await outsiders_case(town)

    answer = await client.post(
        "/referrals", json=post.letter(id=made["id"], case_id=str(mine)), headers=signed(town.outsider)
    )

    assert answer.status_code == 409
    assert TEXT not in answer.text


async def outsiders_case(town: Town) -> UUID:
    person = await survivor(town, town.outsider)
    given = OpenCase.model_validate({"survivor_id": str(person.id)})
    async with town.work(town.outsider) as session:
        return (await cases.open(session, town.outsider, given))[0].id


@pytest.mark.parametrize("closed", ["facility", "organisation"])
async def test_a_closed_facility_is_asked_nothing(client: AsyncClient, town: Town, closed: str) -> None:
    post = await a_post(town)
    _, made = await draft(client, post)
    await post.consent()
    if closed == "facility":
        await change(post, Facility, town.workshop.id, closed_on=clock.today())
    else:
        await change(post, Organisation, town.centre.id, closed_on=clock.today())

    status, refused = await draft(client, post)
    send = await client.post(f"/referrals/{made['id']}/send", headers=signed(town.caseworker, 1))

    assert (status, refused["code"]) == (409, "facility-cannot-receive")
    assert places(refused) == places(send.json()) == [("/to_facility_id", "facility_closed")]
    assert (send.status_code, (await post.now(made["id"])).status) == (409, Status.DRAFT)


async def test_a_facility_that_takes_no_referrals_is_not_asked(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    await change(post, Facility, town.workshop.id, takes_referrals=False)

    status, refused = await draft(client, post)

    assert (status, places(refused)) == (409, [("/to_facility_id", "facility_takes_no_referrals")])


async def test_only_what_a_facility_offers_is_asked_of_it(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    await post.consent()
    _, made = await draft(client, post)

    elsewhere = await draft(client, post, to_facility_id=str(town.club.id))
    half = await draft(client, post, service_codes=["prosthetics", "peer_support"])
    nowhere = await draft(client, post, to_facility_id=str(new_id()))
    await change(post, ServiceOffer, town.offer.id, withdrawn_on=clock.today())
    late = await client.post(f"/referrals/{made['id']}/send", headers=signed(town.caseworker, 1))

    assert (elsewhere[0], places(elsewhere[1])) == (409, [("/service_codes/0", "service_not_offered")])
    assert (half[0], places(half[1])) == (409, [("/service_codes/1", "service_not_offered")])
    assert (nowhere[0], places(nowhere[1])) == (422, [("/to_facility_id", "not_in_directory")])
    assert (late.status_code, places(late.json())) == (409, [("/service_codes/0", "service_not_offered")])


async def test_refusals_speak_the_callers_language(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    headers = signed(town.caseworker) | {"accept-language": "az"}

    answer = await client.post(
        "/referrals", json=post.letter(to_facility_id=str(town.club.id)), headers=headers
    )

    assert answer.json()["title"] == "Bu müəssisə bu yönləndirməni qəbul edə bilmir"
    assert answer.json()["errors"][0]["message"] == "Bu müəssisə bu xidməti göstərmir"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"service_codes": []}, "/service_codes"),
        ({"service_codes": ["prosthetics", "prosthetics"]}, "/service_codes"),
        ({"service_codes": ["juggling"]}, "/service_codes/0"),
        ({"share_codes": ["identity", "identity"]}, "/share_codes"),
        ({"priority_code": "at_once"}, "/priority_code"),
        ({"reason": "a\u0000b"}, "/reason"),
        ({"reason": ""}, "/reason"),
        ({"status": "sent"}, ""),
        ({"owner_id": str(new_id())}, ""),
    ],
)
async def test_a_bad_draft_is_refused_by_field(
    client: AsyncClient, town: Town, changes: Json, pointer: str
) -> None:
    post = await a_post(town)

    status, refused = await draft(client, post, **changes)

    assert (status, [fault["pointer"] for fault in refused["errors"]]) == (422, [pointer])


async def test_a_closed_case_is_not_referred(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    await post.consent()
    _, made = await draft(client, post)
    async with town.work(town.coordinator) as session:
        case = await filed.get(session, town.coordinator.grant(Permission.CASE_READ), post.case_id)
    await move(town, await case_now(town, case), CaseAction.CLOSE)

    status, refused = await draft(client, post)
    send = await client.post(f"/referrals/{made['id']}/send", headers=signed(town.caseworker, 1))

    assert (status, refused["code"]) == (409, "case-not-open")
    assert (send.status_code, send.json()["code"]) == (409, "case-not-open")


async def test_what_an_amendment_does_not_send_stays(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    _, made = await draft(client, post)
    path = f"/referrals/{made['id']}"

    first = await client.patch(path, json={"priority_code": "emergency"}, headers=signed(town.caseworker, 1))
    moved = {"to_facility_id": str(town.club.id), "service_codes": ["peer_support"], "reason": None}
    second = await client.patch(path, json=moved, headers=signed(town.caseworker, 2))

    assert first.json() == made | {"version": 2, "priority_code": "emergency"}
    assert second.json() == first.json() | moved | {"version": 3}
    assert {move.to_facility_id for move in await post.moves(made["id"])} == {town.club.id}


async def test_an_amendment_is_held_to_the_same_rules(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    _, made = await draft(client, post)
    path, headers = f"/referrals/{made['id']}", signed(town.caseworker, 1)

    wrong = await client.patch(path, json={"to_facility_id": str(town.club.id)}, headers=headers)
    unknown = await client.patch(path, json={"to_facility_id": str(new_id())}, headers=headers)
    cleared = await client.patch(path, json={"service_codes": None}, headers=headers)
    foreign = await client.patch(path, json={"case_id": str(new_id())}, headers=headers)

    assert (wrong.status_code, places(wrong.json())) == (409, [("/service_codes/0", "service_not_offered")])
    assert (unknown.status_code, places(unknown.json())) == (422, [("/to_facility_id", "not_in_directory")])
    assert (cleared.status_code, foreign.status_code) == (422, 422)
    assert (await client.get(path, headers=headers)).json() == made


async def test_what_was_sent_is_not_amended(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    sent = await post.referral()
    path = f"/referrals/{sent.id}"
    body: Json = {"share_codes": []}

    sender = await client.patch(path, json=body, headers=signed(town.caseworker, sent.version))
    receiver = await client.patch(path, json=body, headers=signed(town.provider, sent.version))

    assert (sender.status_code, sender.json()["code"]) == (409, "illegal-move")
    assert sender.json()["open_actions"] == ["cancel"]
    assert receiver.status_code == 403


async def test_nothing_is_sent_without_a_live_consent_for_this_very_place(
    client: AsyncClient, town: Town
) -> None:
    post = await a_post(town)
    _, made = await draft(client, post)
    path, headers = f"/referrals/{made['id']}/send", signed(town.caseworker, 1)
    yesterday = (clock.today() - timedelta(days=1)).isoformat()
    refused = [await client.post(path, headers=headers)]

    await post.consent(town.club.id)
    refused.append(await client.post(path, headers=headers))
    await post.consent(given_on=yesterday, valid_until=yesterday)
    refused.append(await client.post(path, headers=headers))
    await post.withdraw(await post.consent())
    refused.append(await client.post(path, headers=headers))
    agreed = await post.consent()
    sent = await client.post(path, headers=headers)

    assert [(each.status_code, each.json()["code"]) for each in refused] == [(409, "consent-missing")] * 4
    assert {each.json()["purpose"] for each in refused} == {"sharing_with_provider"}
    assert (sent.status_code, sent.json()["consent_id"]) == (200, str(agreed))
    assert await told_facility(town, town.workshop.id) == [("referral.send", UUID(made["id"]))]


async def test_a_second_decision_on_the_same_reading_is_stale(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    referral = await post.referral()
    path = f"/referrals/{referral.id}"

    silent = await client.post(f"{path}/accept", headers=signed(town.provider))
    first = await client.post(f"{path}/accept", headers=signed(town.provider, referral.version))
    again = await client.post(f"{path}/accept", headers=signed(town.provider, referral.version))
    late = await client.post(
        f"{path}/cancel",
        json={"reason_code": "person_wish"},
        headers=signed(town.caseworker, referral.version),
    )
    twice = await client.post(f"{path}/accept", headers=signed(town.provider, referral.version + 1))

    assert [each.status_code for each in (silent, first, again, late, twice)] == [428, 200, 412, 412, 409]
    assert again.json()["current"] == first.json()
    assert again.json()["current"]["side"] == "receiver"
    assert late.json()["current"]["side"] == "sender"
    assert [kind for kind, _ in await told(town, town.caseworker)] == ["referral.accept"]


async def test_the_wrong_side_is_refused(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    referral = await post.referral()
    path, version = f"/referrals/{referral.id}/accept", referral.version

    answers = {
        actor.user_id: await client.post(path, headers=signed(actor, version))
        for actor in (
            *(town.other_provider, town.sports, town.caseworker, town.supervisor, town.coordinator),
            *(town.analyst, town.administrator, town.auditor),
        )
    }

    elsewhere = {town.other_provider.user_id, town.sports.user_id}
    statuses = {user: answer.status_code for user, answer in answers.items()}
    assert statuses == {user: 404 if user in elsewhere else 403 for user in statuses}
    assert (await post.now(referral.id)).version == version


async def test_what_is_not_yours_answers_as_what_is_not_there(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    referral = await post.referral()

    for way in ("", "/history", "/shared-record"):
        theirs = await client.get(f"/referrals/{referral.id}{way}", headers=signed(town.outsider))
        nobodys = await client.get(f"/referrals/{new_id()}{way}", headers=signed(town.outsider))
        assert theirs.status_code == nobodys.status_code == 404
        assert theirs.json() | {"request_id": ""} == nobodys.json() | {"request_id": ""}


async def test_a_repeated_request_gets_the_first_answer(client: AsyncClient, town: Town) -> None:
    post = await a_post(town)
    referral = await post.referral()
    path = f"/referrals/{referral.id}/accept"
    headers = signed(town.provider, referral.version) | {"idempotency-key": str(new_id())}

    answers = [await client.post(path, headers=headers) for _ in range(3)]
    other = await client.post(f"/referrals/{referral.id}/start", headers=headers)

    assert {(each.status_code, each.text, each.headers["etag"]) for each in answers} == {
        (200, answers[0].text, f'"{referral.version + 1}"')
    }
    assert (other.status_code, other.json()["code"]) == (409, "key-reused")
    assert [kind for kind, _ in await told(town, town.caseworker)] == ["referral.accept"]


async def test_taking_a_consent_back_ends_what_stands_on_it_and_nothing_else(
    client: AsyncClient, town: Town
) -> None:
    post = await a_post(town)
    agreed = await post.consent()
    at = (Status.SENT, Status.ACCEPTED, Status.IN_PROGRESS, Status.COMPLETED, Status.DRAFT)
    here = [await post.referral(at=status) for status in at]
    await post.consent(town.club.id)
    body = {"to_facility_id": str(town.club.id), "service_codes": ["peer_support"]}
    there = await post.step(await post.draft(**body), Action.SEND, Party.SENDER)
    heard = await told_facility(town, town.workshop.id)

    ended = await post.withdraw(agreed)

    states = [(await post.now(each.id)).status for each in (*here, there)]
    assert ended == 3
    assert states == [*[Status.REVOKED] * 3, Status.COMPLETED, Status.DRAFT, Status.SENT]
    news = (await told_facility(town, town.workshop.id))[len(heard) :]
    assert sorted(news) == sorted(("referral.revoke", each.id) for each in here[:3])
    assert len(await told_facility(town, town.club.id)) == 1
