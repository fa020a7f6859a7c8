"""Routes of consents: who may give one, and what ends when one is taken back."""

from typing import Any

import pytest
from httpx import AsyncClient

from app.core.ids import new_id
from tests.factories import Town, signed
from tests.referrals.factories import Post, a_post
from tests.routers import nonsense
from tests.survivors import factories
from tests.survivors.factories import consent

SHARING = "sharing_with_provider"
WITHDRAW = {"reason_code": "no_longer_needed"}


async def consents(town: Town, **changes: Any) -> str:
    """The path of the consents of a person of the caseworker's."""
    return f"/survivors/{(await factories.survivor(town, **changes)).id}/consents"


async def test_a_consent_says_who_what_how_long_and_what_becomes_of_it(
    client: AsyncClient, town: Town
) -> None:
    path = await consents(town)

    given = await client.post(
        path, json=consent("contact", mode_code="verbal"), headers=signed(town.caseworker)
    )

    told = given.json()
    assert (given.status_code, given.headers["etag"]) == (201, '"1"')
    assert told["survivor_id"] in path
    assert told["operator_id"] == str(town.agency.id)
    assert told["purpose_code"] == "contact"
    assert (told["data_codes"], told["operation_codes"]) == (
        ["identity", "contact", "health"], ["collect", "store", "use"]
    )  # fmt: skip
    assert (told["deletion_code"], told["live"]) == ("closure_plus_5_years", True)
    assert [warning["code"] for warning in told["warnings"]] == ["not_written"]
    listed = (await client.get(path, headers=signed(town.caseworker))).json()["items"]
    assert [one["purpose_code"] for one in listed] == ["registration_and_case_management", "contact"]


async def test_a_consent_is_taken_back_once(client: AsyncClient, town: Town) -> None:
    path = await consents(town)
    me = signed(town.caseworker)
    one = (await client.get(path, headers=me)).json()["items"][0]
    act = f"{path}/{one['id']}/withdraw"

    unnamed = await client.post(act, json=WITHDRAW, headers=me)
    first = await client.post(act, json=WITHDRAW, headers=signed(town.caseworker, 1))
    stale = await client.post(act, json=WITHDRAW, headers=signed(town.caseworker, 1))
    second = await client.post(act, json=WITHDRAW, headers=signed(town.caseworker, 2))

    assert [unnamed.status_code, first.status_code, stale.status_code, second.status_code] == [
        428,
        200,
        412,
        409,
    ]
    assert (first.json()["live"], first.json()["withdrawn_reason_code"]) == (False, "no_longer_needed")
    assert stale.json()["current"] == first.json()
    assert (second.json()["code"], second.json()["withdrawn_at"][:10]) == (
        "already-withdrawn", first.json()["withdrawn_at"][:10]
    )  # fmt: skip


async def test_after_it_is_taken_back_nothing_more_is_recorded_until_it_is_given_again(
    client: AsyncClient, town: Town
) -> None:
    path = await consents(town)
    person = path.removesuffix("/consents")
    one = (await client.get(path, headers=signed(town.caseworker))).json()["items"][0]
    await client.post(f"{path}/{one['id']}/withdraw", json=WITHDRAW, headers=signed(town.caseworker, 1))

    refused = await client.patch(person, json={"address": "Nizami 17"}, headers=signed(town.caseworker, 1))
    await client.post(path, json=consent(), headers=signed(town.caseworker))
    allowed = await client.patch(person, json={"address": "Nizami 17"}, headers=signed(town.caseworker, 1))

    assert (refused.status_code, refused.json()["code"], refused.json()["fields"]) == (
        409, "consent-needed", ["address"]
    )  # fmt: skip
    assert allowed.status_code == 200


async def test_taking_back_consent_to_sharing_revokes_what_was_sent_on_it_and_nothing_else(
    client: AsyncClient, town: Town
) -> None:
    made: Post = await a_post(town)
    consent_id = await made.consent(town.workshop.id)
    sent = await made.referral()
    path = f"/survivors/{made.survivor_id}/consents"
    other = await client.post(
        path, json=consent(SHARING, facility_id=str(town.club.id)), headers=signed(town.caseworker)
    )

    await client.post(
        f"{path}/{other.json()['id']}/withdraw", json=WITHDRAW, headers=signed(town.caseworker, 1)
    )
    still = await client.get(f"/referrals/{sent.id}", headers=signed(town.provider))
    seen = await client.get(f"/referrals/{sent.id}/shared-record", headers=signed(town.provider))
    await client.post(f"{path}/{consent_id}/withdraw", json=WITHDRAW, headers=signed(town.caseworker, 1))
    unseen = await client.get(f"/referrals/{sent.id}/shared-record", headers=signed(town.provider))
    after = await client.get(f"/referrals/{sent.id}", headers=signed(town.caseworker))

    assert (still.json()["status"], after.json()["status"]) == ("sent", "revoked")
    assert (seen.status_code, unseen.status_code) == (200, 404)  # the very next request of the centre


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"purpose_code": SHARING}, "provider_needed"),
        ({"purpose_code": SHARING, "facility_id": str(new_id())}, "not_in_directory"),
        ({"facility_id": str(new_id())}, "provider_needed"),
        (
            {"given_by_code": "caregiver", "giver_name": "A", "giver_relation_code": "parent"},
            "not_at_this_age",
        ),
        ({"given_by_code": "caregiver"}, "giver_needed"),
        ({"given_on": "1980-01-01", "valid_until": "2099-01-01"}, "before_birth"),
        ({"data_codes": ["identity", "identity"]}, "repeated"),
        ({"data_codes": []}, "too_short"),
        ({"mode_code": "nod"}, "not_in_code_list"),
        ({"survivor_id": str(new_id())}, "extra_forbidden"),
        ({"operator_id": str(new_id())}, "extra_forbidden"),
    ],
)
async def test_a_consent_that_breaks_a_rule_is_refused(
    client: AsyncClient, town: Town, changes: dict[str, Any], code: str
) -> None:
    path = await consents(town)

    answer = await client.post(path, json=consent("contact") | changes, headers=signed(town.caseworker))

    assert answer.status_code == 422, answer.text
    assert code in {error["code"] for error in answer.json()["errors"]}


async def test_a_child_of_whom_only_the_file_knows_the_age_is_protected_too(
    client: AsyncClient, town: Town
) -> None:
    carer = {"given_by_code": "caregiver", "giver_name": "Rəna", "giver_relation_code": "parent"}
    path = await consents(
        town, birth={"date": "2024-01-01", "precision": "year"}, consents=[consent(**carer)]
    )

    alone = await client.post(path, json=consent("photo_story"), headers=signed(town.caseworker))
    cared_for = await client.post(path, json=consent("photo_story", **carer), headers=signed(town.caseworker))

    assert (alone.status_code, alone.json()["errors"][0]["code"]) == (422, "not_at_this_age")
    assert (cared_for.status_code, cared_for.json()["giver_name"]) == (201, "Rəna")


async def test_a_consent_of_one_person_is_not_withdrawn_through_another(
    client: AsyncClient, town: Town
) -> None:
    path, other = await consents(town), await consents(town, given_name="Rəna", surname="Tağıyeva")
    one = (await client.get(path, headers=signed(town.caseworker))).json()["items"][0]

    answer = await client.post(
        f"{other}/{one['id']}/withdraw", json=WITHDRAW, headers=signed(town.caseworker, 1)
    )

    assert answer.status_code == 404


async def test_the_same_minted_consent_twice_is_one_consent(client: AsyncClient, town: Town) -> None:
    path = await consents(town)
    said = consent("contact", id=str(new_id()))

    statuses = [
        (await client.post(path, json=body, headers=signed(town.caseworker))).status_code
        for body in (said, said, said | {"mode_code": "verbal"})
    ]

    assert statuses == [201, 200, 409]


BODIES = nonsense.bodies(consent("contact"), "giver_name", "given_on", "legal_basis_code")


@pytest.mark.parametrize("kind", BODIES)
async def test_nonsense_is_refused_and_never_repeated(client: AsyncClient, town: Town, kind: str) -> None:
    path = await consents(town)

    fault = await nonsense.refused(client, "POST", path, signed(town.caseworker), BODIES[kind])

    assert fault == ""
