"""Routes of people: who may, what is told to whom, and what is never told."""

from typing import Any

import pytest
from httpx import AsyncClient

from app.core.ids import new_id
from tests.factories import Town, signed
from tests.survivors import factories
from tests.survivors.factories import consent, registration

FIN, PHONE = "5ABC12D", "+994501234567"
NUMBERS: dict[str, Any] = {
    "identifiers": [{"kind_code": "fin", "number": FIN}],
    "phones": [{"number": PHONE}],
}


async def registered(client: AsyncClient, town: Town, **changes: Any) -> dict[str, Any]:
    """A person of the caseworker's, as the service answered."""
    answer = await client.post("/survivors", json=registration(**changes), headers=signed(town.caseworker))
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_a_person_is_registered_with_consent_and_read_by_who_is_responsible(
    client: AsyncClient, town: Town
) -> None:
    made = await registered(client, town, **NUMBERS)

    read = await client.get(f"/survivors/{made['id']}", headers=signed(town.caseworker))

    assert read.status_code == 200
    assert read.json() == made
    assert read.headers["etag"] == '"1"'
    assert read.headers["cache-control"] == "no-store"
    assert (made["given_name"], made["birth"]["precision"]) == ("Aygün", "month")
    assert made["code"].startswith("DYQ-2")


@pytest.mark.parametrize(
    "missing", ["data_codes", "operation_codes", "deletion_code", "purpose_code", "valid_until"]
)
async def test_a_consent_without_one_of_the_things_that_law_asks_for_is_none(
    client: AsyncClient, town: Town, missing: str
) -> None:
    said = registration()
    del said["consents"][0][missing]
    lacking = await client.post("/survivors", json=said, headers=signed(town.caseworker))
    said = registration(consents=[consent() | {missing: [] if missing.endswith("codes") else ""}])
    empty = await client.post("/survivors", json=said, headers=signed(town.caseworker))

    assert (lacking.status_code, empty.status_code) == (422, 422)
    assert lacking.json()["errors"][0]["pointer"] == f"/consents/0/{missing}"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"consents": []}, "consent_or_reason"),
        ({"consents": [consent("anonymised_statistics")]}, "consent_or_reason"),
        ({"life_saving_reason": "unconscious"}, "consent_or_reason"),
        ({"given_name": None, "surname": None}, "name_needed"),
        ({"age": {"years": 30, "on": "2026-01-01"}}, "birth_or_age"),
        ({"birth": None}, "age_needed"),
        ({"birth": {"date": "2016-01-01", "precision": "year"}}, "not_at_this_age"),
        ({"consents": [consent(valid_until="2020-01-01")]}, "ends_before_it_begins"),
        ({"consents": [consent(given_on="2099-01-01", valid_until="2099-02-01")]}, "in_the_future"),
        ({"consents": [consent(), consent("sharing_with_provider")]}, "provider_needed"),
        ({"consents": [consent(facility_id=str(new_id()))]}, "provider_needed"),
        ({"consents": [consent(given_by_code="legal_guardian")]}, "giver_needed"),
        ({"consents": [consent(giver_name="Somebody", giver_relation_code="sibling")]}, "giver_needed"),
        (
            {"consents": [consent(), consent("sharing_with_provider", facility_id=str(new_id()))]},
            "not_in_directory",
        ),
        ({"identifiers": [{"kind_code": "fin", "number": "123"}]}, "not_a_fin"),
        ({"phones": [{"number": "123456"}]}, "not_a_phone_number"),
        ({"category_code": "nonsense"}, "not_in_code_list"),
    ],
)
async def test_a_registration_that_breaks_a_rule_is_refused_by_name_of_the_rule(
    client: AsyncClient, town: Town, changes: dict[str, Any], code: str
) -> None:
    answer = await client.post("/survivors", json=registration(**changes), headers=signed(town.caseworker))

    assert answer.status_code == 422, answer.text
    assert code in {error["code"] for error in answer.json()["errors"]}
    assert all(error["message"] for error in answer.json()["errors"])
    assert (await client.get("/survivors", headers=signed(town.caseworker))).json()["items"] == []


async def test_to_save_a_life_the_least_is_recorded_and_nothing_more(client: AsyncClient, town: Town) -> None:
    least: dict[str, Any] = {"life_saving_reason": "unconscious", "consents": []}
    least |= {"birth": None, "patronymic": None}
    me = signed(town.caseworker)

    more = await client.post("/survivors", json=registration(**least, **NUMBERS, address="Here"), headers=me)
    only = await client.post(
        "/survivors", json=registration(**least, given_name=None, surname=None), headers=me
    )

    assert more.status_code == 422
    pointers = {error["pointer"] for error in more.json()["errors"]}
    assert pointers == {"/address", "/identifiers", "/phones"}
    assert (only.status_code, only.json()["life_saving_reason"]) == (201, "unconscious")


async def test_a_child_is_registered_with_the_caregiver_and_its_own_word(
    client: AsyncClient, town: Town
) -> None:
    carer = {"given_by_code": "caregiver", "giver_name": "Rəna", "giver_relation_code": "parent"}
    assent = {"child_assent": "yes", "assent_mode_code": "verbal"}
    child = {"age": {"years": 8, "on": "2026-11-01"}, "birth": None}
    me = signed(town.caseworker)

    alone = await client.post("/survivors", json=registration(**child), headers=me)
    unasked = await client.post(
        "/survivors", json=registration(**child, consents=[consent(**carer)]), headers=me
    )
    both = await client.post(
        "/survivors", json=registration(**child, consents=[consent(**carer, **assent)]), headers=me
    )

    assert [alone.status_code, unasked.status_code, both.status_code] == [422, 422, 201]
    assert both.json()["birth"] == {"date": "2018-01-01", "precision": "year", "estimated": True}


async def test_who_may_be_known_already_is_told_within_reach_by_code_and_outside_by_organisation(
    client: AsyncClient, town: Town
) -> None:
    made = await registered(client, town)
    same = registration(given_name="Aygun", surname="Mammadova")

    mine = await client.post("/survivors", json=same, headers=signed(town.caseworker))
    theirs = await client.post("/survivors", json=same, headers=signed(town.outsider))

    assert (mine.status_code, theirs.status_code) == (409, 409)
    assert mine.json()["code"] == theirs.json()["code"] == "possible-duplicate"
    assert [set(match) for match in mine.json()["matches"]] == [{"survivor_id", "code", "score"}]
    assert mine.json()["matches"][0]["survivor_id"] == made["id"]
    assert theirs.json()["matches"] == []
    assert theirs.json()["elsewhere"] == [
        {"organisation_id": str(town.agency.id), "organisation_name": "Agency"}
    ]
    assert made["id"] not in theirs.text
    assert "Məmmədova" not in mine.text + theirs.text


async def test_who_says_that_it_is_somebody_new_registers(client: AsyncClient, town: Town) -> None:
    await registered(client, town)

    second = await client.post(
        "/survivors", json=registration(confirm_new=True), headers=signed(town.caseworker)
    )

    assert second.status_code == 201


async def test_what_a_refused_registration_told_stays_in_the_audit_trail(
    client: AsyncClient, town: Town
) -> None:
    made = await registered(client, town)
    await client.post("/survivors", json=registration(), headers=signed(town.caseworker))
    await client.post("/survivors", json=registration(), headers=signed(town.outsider))

    trail = await factories.trail(town)

    assert [made["id"]] in [ids for action, ids in trail if action == "survivor.match"]
    assert [str(town.agency.id)] in [ids for action, ids in trail if action == "organisation.hint"]


async def test_a_repeated_registration_has_one_effect(client: AsyncClient, town: Town) -> None:
    headers = signed(town.caseworker) | {"idempotency-key": str(new_id())}

    answers = [await client.post("/survivors", json=registration(), headers=headers) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    listed = await client.get("/survivors", headers=signed(town.caseworker))
    assert len(listed.json()["items"]) == 1


async def test_the_same_person_under_the_same_minted_id_answers_200_and_another_409(
    client: AsyncClient, town: Town
) -> None:
    said = registration(id=str(new_id()))
    me = signed(town.caseworker)

    statuses = [
        (await client.post("/survivors", json=body, headers=me)).status_code
        for body in (said, said, said | {"surname": "Quliyeva", "confirm_new": True})
    ]

    assert statuses == [201, 200, 409]


async def test_a_person_out_of_reach_does_not_exist_and_looks_like_one_who_never_did(
    client: AsyncClient, town: Town
) -> None:
    made = await registered(client, town, **NUMBERS)
    answers: dict[str, list[Any]] = {}

    for name, one in {"foreign": made["id"], "nobody": str(new_id())}.items():
        for method, path, body in [
            ("GET", "", None),
            ("PATCH", "", {"surname": "X"}),
            ("GET", "/phones", None),
            ("POST", "/phones", {"number": PHONE}),
            ("GET", "/identifiers", None),
            ("POST", "/identifiers", {"kind_code": "fin", "number": FIN}),
            ("DELETE", f"/phones/{new_id()}", None),
            ("GET", "/consents", None),
            ("POST", "/consents", consent()),
            ("POST", f"/consents/{new_id()}/withdraw", {"reason_code": "other"}),
        ]:
            headers = signed(town.outsider, 1)
            answer = await client.request(method, f"/survivors/{one}{path}", json=body, headers=headers)
            answers.setdefault(name, []).append((answer.status_code, answer.json() | {"request_id": ""}))

    assert answers["foreign"] == answers["nobody"]
    assert {status for status, _ in answers["foreign"]} == {404}


@pytest.mark.parametrize("role", ["provider", "counsellor", "sports", "administrator", "auditor", "analyst"])
async def test_no_other_role_comes_near(client: AsyncClient, town: Town, role: str) -> None:
    made = await registered(client, town)
    headers = signed(getattr(town, role), 1)

    statuses = [
        (await client.request(method, path, json=body, headers=headers)).status_code
        for method, path, body in [
            ("GET", "/survivors", None),
            ("GET", f"/survivors/{made['id']}", None),
            ("PATCH", f"/survivors/{made['id']}", {"surname": "X"}),
            ("POST", "/survivors", registration()),
            ("POST", "/survivors/search", {"name": "Aygün"}),
            ("GET", f"/survivors/{made['id']}/phones", None),
            ("GET", f"/survivors/{made['id']}/consents", None),
        ]
    ]

    assert statuses == [403] * 7


async def test_the_list_shows_the_caseload_page_by_page_and_nobody_else(
    client: AsyncClient, town: Town
) -> None:
    for name in ("Aygün", "Gülay", "Rəna"):
        await factories.survivor(town, given_name=name)
    await factories.survivor(town, town.outsider, given_name="Tofiq", sex_code="male")
    me = signed(town.caseworker)

    first = (await client.get("/survivors?limit=2", headers=me)).json()
    rest = (await client.get(f"/survivors?limit=2&cursor={first['next_cursor']}", headers=me)).json()
    stolen = await client.get(f"/survivors?cursor={first['next_cursor']}", headers=signed(town.outsider))
    filtered = (await client.get("/survivors?sex=male", headers=signed(town.coordinator))).json()

    names = [row["name"] for row in first["items"] + rest["items"]]
    assert names == [f"Məmmədova {given} Vüqar qızı" for given in ("Aygün", "Gülay", "Rəna")]
    assert rest["next_cursor"] is None
    assert stolen.status_code == 422
    assert [row["sex_code"] for row in filtered["items"]] == ["male"]
    assert set(first["items"][0]) == {
        *("id", "version", "code", "name", "category_code", "sex_code", "birth_year", "district_code"),
        "registered_on",
    }


async def test_every_read_leaves_a_line_with_the_ids_of_who_was_shown(
    client: AsyncClient, town: Town
) -> None:
    made = await registered(client, town, **NUMBERS)
    me = signed(town.caseworker)
    for path in (
        "",
        f"/{made['id']}",
        f"/{made['id']}/phones",
        f"/{made['id']}/identifiers",
        f"/{made['id']}/consents",
    ):
        await client.get(f"/survivors{path}", headers=me)
    await client.post("/survivors/search", json={"name": "Aygün Məmmədova"}, headers=me)

    shown = {action for action, ids in await factories.trail(town) if made["id"] in ids}

    assert shown >= {
        *(
            "survivor.list",
            "survivor.read",
            "phone.list",
            "identifier.list",
            "consent.list",
            "survivor.search",
        )
    }


@pytest.mark.parametrize(
    "asked",
    [
        {"name": "айгюн мамедова"},
        {"name": "Aygn Məmmədova"},
        {"identifier": {"number": "5abc 12d"}},
        {"phone": "050 123 45 67"},
        {"name": "Nothing Like It", "phone": PHONE, "identifier": {"number": FIN}},
    ],
)
async def test_a_search_forgives_and_tells_more_only_within_reach(
    client: AsyncClient, town: Town, asked: dict[str, Any]
) -> None:
    made = await registered(client, town, **NUMBERS)

    mine = (await client.post("/survivors/search", json=asked, headers=signed(town.caseworker))).json()
    theirs = (await client.post("/survivors/search", json=asked, headers=signed(town.colleague))).json()

    assert [match["id"] for match in mine["matches"]] == [made["id"]]
    assert mine["elsewhere"] == []
    assert theirs == {
        "matches": [],
        "elsewhere": [{"organisation_id": str(town.agency.id), "organisation_name": "Agency"}],
    }


async def test_a_person_is_found_by_the_case_code_and_a_mistyped_code_is_refused(
    client: AsyncClient, town: Town
) -> None:
    made = await registered(client, town)
    wrong = made["code"][:-1] + str((int(made["code"][-1]) + 1) % 10)
    me = signed(town.caseworker)

    found = await client.post("/survivors/search", json={"code": made["code"].lower()}, headers=me)
    mistyped = await client.post("/survivors/search", json={"code": wrong}, headers=me)
    empty = await client.post("/survivors/search", json={}, headers=me)

    assert [match["id"] for match in found.json()["matches"]] == [made["id"]]
    assert mistyped.json()["errors"][0] == {
        "pointer": "/code", "code": "not_a_case_code", "message": "Not a case code or mistyped"
    }  # fmt: skip
    assert empty.status_code == 422


async def test_the_best_answer_comes_first(client: AsyncClient, town: Town) -> None:
    for given, surname in [("Aytən", "Məmmədova"), ("Aygün", "Məmmədli"), ("Aygün", "Məmmədova")]:
        await factories.survivor(town, given_name=given, surname=surname)

    found = await client.post(
        "/survivors/search", json={"name": "Aygün Məmmədova"}, headers=signed(town.caseworker)
    )

    scores = [match["score"] for match in found.json()["matches"]]
    assert found.json()["matches"][0]["name"].startswith("Məmmədova Aygün")
    assert scores == sorted(scores, reverse=True)
