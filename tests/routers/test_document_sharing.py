"""Documents that go with a referral, over HTTP, and those that should not be there at all."""

import pytest
from httpx import AsyncClient

from app.documents.models import DocumentShare
from app.referrals.states import Action, Party, Status
from tests.cases.factories import events
from tests.documents.desk import Desk
from tests.documents.factories import WRONG, document, file_it, form
from tests.factories import Town, signed
from tests.referrals.factories import a_post, told_facility


@pytest.fixture
async def desk(client: AsyncClient, town: Town) -> Desk:
    return Desk(client, town, await a_post(town))


async def test_what_should_never_have_been_filed_is_marked_and_opened_by_nobody(desk: Desk) -> None:
    one, letter = await desk.one(), await desk.post.referral(Status.SENT)
    assert (await desk.share(letter.id, one)).status_code == 201
    path, mine = f"{desk.case}/documents/{one['id']}", signed(desk.town.caseworker, 1)
    marked = await desk.client.patch(path, json=WRONG, headers=mine)
    shared = f"/referrals/{letter.id}/documents"

    assert (marked.json()["in_error"], marked.json()["reason_code"]) == (True, "wrong_person")
    assert (await desk.content(one)).status_code == 404
    assert (await desk.get(shared, desk.town.provider)).json() == []
    assert (await desk.get(f"{shared}/{one['id']}/content", desk.town.provider)).status_code == 404
    assert (await desk.share(letter.id, one)).json()["code"] == "not-to-be-shared"
    again = await desk.client.post(f"{path}/versions", headers=signed(desk.town.caseworker, 2), **form())
    assert again.status_code == 404
    back = WRONG | {"in_error": False}
    found = await desk.client.patch(path, json=back, headers=signed(desk.town.caseworker, 2))
    assert found.json()["reason_code"] is None
    assert (await desk.content(one)).status_code == 200


async def test_a_document_goes_with_one_referral_while_it_and_the_consent_are_live(desk: Desk) -> None:
    one, other = await desk.one(), await desk.one(document(kind_code="photograph", title="Portrait"))
    town, letter = desk.town, await desk.post.referral(Status.SENT)
    path = f"/referrals/{letter.id}/documents"
    unasked = await desk.get(f"{path}/{one['id']}/content", town.provider)
    shared = await desk.share(letter.id, one)
    beyond = await desk.share(letter.id, other)  # the person did not agree to share photographs
    seen = (await desk.get(path, town.provider)).json()
    given = await desk.get(f"{path}/{one['id']}/content", town.provider)

    assert unasked.status_code == 404
    assert shared.json()["visible"] is True
    assert (beyond.status_code, beyond.json()["code"]) == (409, "consent-missing")
    assert seen == [shared.json()]
    assert given.content == (await desk.content(one)).content
    assert given.headers["content-security-policy"]
    assert ("referral.document", letter.id) in await told_facility(town, town.workshop.id)
    for actor in (town.other_provider, town.outsider, town.other_supervisor):
        assert (await desk.get(f"{path}/{one['id']}/content", actor)).status_code == 404
    assert (await desk.get(path, town.sports)).status_code == 403  # no health for sport
    for actor in (town.provider, town.counsellor):  # what is shared lives with the referral alone
        assert (await desk.content(one, actor)).status_code == 404
        assert (await desk.get(f"{desk.case}/documents", actor)).status_code == 404

    await desk.post.withdraw(desk.post.consents[town.workshop.id])
    assert (await desk.get(f"{path}/{one['id']}/content", town.provider)).status_code == 404
    assert (await desk.get(path, town.provider)).status_code == 404
    assert [s["visible"] for s in (await desk.get(path)).json()] == [False]  # the sender still knows


async def test_a_document_taken_back_or_of_a_referral_that_ended_is_seen_no_more(desk: Desk) -> None:
    one, town = await desk.one(), desk.town
    letter = await desk.post.referral(Status.ACCEPTED)
    path = f"/referrals/{letter.id}/documents"
    assert (await desk.share(letter.id, one)).status_code == 201
    assert (await desk.share(letter.id, one)).status_code == 200  # twice is once
    back = f"{path}/{one['id']}/withdraw"
    for _ in range(2):
        assert (await desk.client.post(back, headers=signed(town.caseworker))).status_code == 204
        assert (await desk.get(f"{path}/{one['id']}/content", town.provider)).status_code == 404
    assert len(await events(town, "document.withdraw")) == 1
    assert (await desk.share(letter.id, one)).status_code == 201
    assert (await desk.get(f"{path}/{one['id']}/content", town.provider)).status_code == 200

    for action in (Action.SCHEDULE, Action.START, Action.COMPLETE):
        letter = await desk.post.step(letter, action, Party.RECEIVER)
    assert (await desk.get(f"{path}/{one['id']}/content", town.provider)).status_code == 404
    assert (await desk.share(letter.id, await desk.one())).json()["code"] == "referral-not-live"
    assert await desk.count(DocumentShare) == 1


async def test_a_draft_carries_documents_and_is_no_open_door(desk: Desk) -> None:
    one, draft = await desk.one(), await desk.post.draft()
    path = f"/referrals/{draft.id}/documents"

    shared = await desk.share(draft.id, one)

    assert (shared.status_code, shared.json()["visible"]) == (201, False)
    assert (await desk.get(path, desk.town.provider)).status_code == 404
    await desk.post.consent()
    await desk.post.step(draft, Action.SEND, Party.SENDER)
    assert [s["visible"] for s in (await desk.get(path, desk.town.provider)).json()] == [True]


async def test_no_document_of_another_case_goes_with_a_referral(desk: Desk) -> None:
    stranger = await a_post(desk.town, given_name="Zaur", surname="Başqa")
    theirs = (await file_it(desk.client, desk.town.caseworker, stranger.case_id, document())).json()
    letter = await desk.post.referral(Status.SENT)

    assert (await desk.share(letter.id, theirs)).status_code == 404
    assert (await desk.content(theirs)).status_code == 404  # under another case it does not exist
    held = {"owner_id": desk.town.caseworker.user_id, "team_id": desk.town.north.id}
    forged = DocumentShare.model_validate(
        held
        | {"referral_id": letter.id, "to_facility_id": desk.town.workshop.id}
        | {"document_id": theirs["id"], "by_id": desk.town.caseworker.user_id}
    )
    assert forged  # the database lets the owner of both do it; the reading then looks at the case
    async with desk.town.work(desk.town.caseworker) as session:
        session.add(forged)
    path = f"/referrals/{letter.id}/documents"
    assert (await desk.get(f"{path}/{theirs['id']}/content", desk.town.provider)).status_code == 404
