"""The directory over HTTP: who may write what, filters, and each refusal once."""

from typing import Any

import pytest
from httpx import AsyncClient

from app.access.table import Permission, Reach, Role, reach_of
from app.core.ids import new_id
from tests.factories import Town, signed

Json = dict[str, Any]


async def post(client: AsyncClient, path: str, actor: Any, body: Json) -> tuple[int, Json]:
    answer = await client.post(path, json=body, headers=signed(actor))
    return answer.status_code, answer.json()


async def entries(client: AsyncClient, town: Town, path: str) -> list[Json]:
    answer = await client.get(path, headers=signed(town.analyst))
    assert answer.status_code == 200, answer.text
    items: list[Json] = answer.json()["items"]
    return items


def facility(town: Town, **changed: Any) -> Json:
    known = {
        "organisation_id": str(town.centre.id),
        "name": "N",
        "kind_code": "hospital",
        "district_code": "az_ba",
    }
    return known | changed


LISTS = ["/organisations", "/teams", "/facilities", "/service-offers"]


@pytest.mark.parametrize("role", Role)
async def test_every_role_reads_the_directory(client: AsyncClient, town: Town, role: Role) -> None:
    headers = signed(town.everybody[role])

    for path in LISTS:
        listed = await client.get(path, headers=headers)
        one = await client.get(f"{path}/{listed.json()['items'][0]['id']}", headers=headers)

        assert (listed.status_code, one.status_code) == (200, 200)
        assert one.json() == listed.json()["items"][0]
        assert one.headers["etag"] == '"1"'


@pytest.mark.parametrize("path", LISTS)
async def test_nobody_reads_it_without_signing_in(client: AsyncClient, town: Town, path: str) -> None:
    assert (await client.get(path)).status_code == 401
    assert (await client.get(f"{path}/{new_id()}", headers=signed(town.analyst))).status_code == 404


@pytest.mark.parametrize("role", Role)
async def test_only_keepers_write_the_directory(client: AsyncClient, town: Town, role: Role) -> None:
    actor = town.everybody[role]
    may = reach_of(role, Permission.DIRECTORY_WRITE) is Reach.ALL

    added = [
        (await post(client, "/organisations", actor, {"name": "N", "kind_code": "ngo"}))[0],
        (await post(client, "/teams", actor, {"name": "N", "organisation_id": str(town.agency.id)}))[0],
        (await post(client, "/facilities", actor, facility(town)))[0],
    ]
    changed = [
        (
            await client.patch(f"{path}/{record}", json={"name": "Changed"}, headers=signed(actor, 1))
        ).status_code
        for path, record in (
            ("/organisations", town.agency.id),
            ("/teams", town.north.id),
            ("/facilities", town.workshop.id),
        )
    ]

    assert (added, changed) == (([201] * 3, [200] * 3) if may else ([403] * 3, [403] * 3))
    assert {e["name"] for e in await entries(client, town, "/teams")} == (
        {"Changed", "South", "N"} if may else {"North", "South"}
    )


@pytest.mark.parametrize("role", Role)
async def test_a_facility_writes_its_own_offers_and_keepers_all(
    client: AsyncClient, town: Town, role: Role
) -> None:
    actor = town.everybody[role]
    reach = reach_of(role, Permission.OFFER_WRITE)
    expected, added = [], []

    for place in (town.workshop, town.club):
        may = reach is Reach.ALL or (reach is Reach.FACILITY and actor.facility_id == place.id)
        expected.append(201 if may else 403)
        body = {"facility_id": str(place.id), "service_code": "orthotics"}
        added.append((await post(client, "/service-offers", actor, body))[0])
    mine = reach is Reach.ALL or (actor.facility_id == town.workshop.id and reach is Reach.FACILITY)
    change = await client.patch(
        f"/service-offers/{town.offer.id}", json={"free_of_charge": "yes"}, headers=signed(actor, 1)
    )

    assert added == expected
    assert change.status_code == (200 if mine else 403)


async def test_a_change_names_the_version_it_was_decided_on(client: AsyncClient, town: Town) -> None:
    path = f"/facilities/{town.workshop.id}"

    silent = await client.patch(path, json={"name": "A"}, headers=signed(town.coordinator))
    first = await client.patch(path, json={"name": "B"}, headers=signed(town.coordinator, 1))
    stale = await client.patch(path, json={"name": "C"}, headers=signed(town.administrator, 1))

    assert (silent.status_code, first.status_code, stale.status_code) == (428, 200, 412)
    assert first.headers["etag"] == '"2"'
    assert stale.json()["current"] == first.json()


async def test_what_a_change_does_not_send_stays(client: AsyncClient, town: Town) -> None:
    path, actor = f"/facilities/{town.workshop.id}", town.coordinator
    point = {"latitude": 40.4, "longitude": 49.8}
    sent = point | {"phone": "0501234567", "address": "1 Street"}

    first = (await client.patch(path, json=sent, headers=signed(actor, 1))).json()
    second = (
        await client.patch(path, json={"phone": None, "address": None}, headers=signed(actor, 2))
    ).json()

    assert first == await expected(client, town, second) | {"phone": "+994501234567", "address": "1 Street"}
    assert (second["phone"], second["address"], second["latitude"]) == (None, "", 40.4)


async def expected(client: AsyncClient, town: Town, second: Json) -> Json:
    assert second in await entries(client, town, "/facilities")
    return second | {"version": 2}


@pytest.mark.parametrize("field", ["name", "kind_code", "district_code", "takes_referrals"])
async def test_what_must_be_there_cannot_be_cleared(client: AsyncClient, town: Town, field: str) -> None:
    answer = await client.patch(
        f"/facilities/{town.workshop.id}", json={field: None}, headers=signed(town.coordinator, 1)
    )

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"/{field}"


async def test_half_a_point_is_refused_also_in_two_steps(client: AsyncClient, town: Town) -> None:
    actor, path = town.coordinator, f"/facilities/{town.workshop.id}"

    at_once, body = await post(client, "/facilities", actor, facility(town, latitude=40.0))
    later = await client.patch(path, json={"longitude": 49.0}, headers=signed(actor, 1))

    assert (at_once, later.status_code) == (422, 422)
    assert [fault["pointer"] for fault in body["errors"]] == ["/longitude"]
    assert [fault["pointer"] for fault in later.json()["errors"]] == ["/latitude"]


async def test_an_entry_hangs_on_what_the_directory_holds(client: AsyncClient, town: Town) -> None:
    nowhere = str(new_id())
    answers = [
        await post(client, "/teams", town.coordinator, {"name": "N", "organisation_id": nowhere}),
        await post(client, "/facilities", town.coordinator, facility(town, organisation_id=nowhere)),
        await post(
            client, "/service-offers", town.coordinator, {"facility_id": nowhere, "service_code": "housing"}
        ),
    ]

    assert [(status, body["errors"][0]["code"]) for status, body in answers] == [
        (422, "not_in_directory")
    ] * 3


async def test_a_service_is_offered_once_at_a_place(client: AsyncClient, town: Town) -> None:
    body = {"facility_id": str(town.workshop.id), "service_code": "prosthetics"}

    assert (await post(client, "/service-offers", town.provider, body))[0] == 409


async def test_the_client_may_mint_the_id(client: AsyncClient, town: Town) -> None:
    minted = {"id": str(new_id())}
    same = facility(town, **minted)
    other = facility(town, name="Another", **minted)

    answers = [await post(client, "/facilities", town.coordinator, body) for body in (same, same, other)]

    assert [status for status, _ in answers] == [201, 200, 409]
    assert answers[0][1] == answers[1][1]
    assert answers[0][1]["id"] == minted["id"]


async def test_facilities_are_found_by_district_kind_body_and_service(
    client: AsyncClient, town: Town
) -> None:
    async def names(query: str) -> list[str]:
        return sorted(entry["name"] for entry in await entries(client, town, f"/facilities?{query}"))

    assert await names("district=az_ga") == ["Club"]
    assert await names("kind=rehabilitation_centre") == ["Club", "Workshop"]
    assert await names("kind=school") == []
    assert await names(f"organisation_id={town.centre.id}") == ["Club", "Workshop"]
    assert await names(f"organisation_id={town.agency.id}") == []
    assert await names("service=prosthetics") == ["Workshop"]
    assert await names("service=prosthetics&district=az_ga") == []
    wrong = await client.get("/facilities?district=nowhere", headers=signed(town.analyst))
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "not_in_code_list")


async def test_a_withdrawn_service_finds_nobody_until_it_is_offered_again(
    client: AsyncClient, town: Town
) -> None:
    path = f"/service-offers/{town.offer.id}"

    async def found() -> tuple[int, int, int]:
        queries = ("/facilities?service=prosthetics", "/service-offers", "/service-offers?withdrawn=true")
        lengths = [len(await entries(client, town, query)) for query in queries]
        return lengths[0], lengths[1], lengths[2]

    await client.patch(path, json={"withdrawn_on": "2026-01-01"}, headers=signed(town.provider, 1))
    without = await found()
    await client.patch(path, json={"withdrawn_on": None}, headers=signed(town.provider, 2))

    assert (without, await found()) == ((0, 0, 1), (1, 1, 1))


async def test_what_has_closed_is_listed_only_when_asked_for(client: AsyncClient, town: Town) -> None:
    for path in (f"/organisations/{town.agency.id}", f"/facilities/{town.club.id}"):
        await client.patch(path, json={"closed_on": "2026-01-01"}, headers=signed(town.coordinator, 1))

    for path, still, gone in (("/organisations", "Centre", "Agency"), ("/facilities", "Workshop", "Club")):
        assert [entry["name"] for entry in await entries(client, town, path)] == [still]
        assert {entry["name"] for entry in await entries(client, town, f"{path}?closed=true")} == {
            still,
            gone,
        }


async def test_a_list_goes_on_where_its_page_ended(client: AsyncClient, town: Town) -> None:
    first = (await client.get("/facilities?limit=1", headers=signed(town.analyst))).json()
    following = f"/facilities?limit=1&cursor={first['next_cursor']}"
    second = (await client.get(following, headers=signed(town.analyst))).json()
    stolen = await client.get(following, headers=signed(town.auditor))

    assert {page["items"][0]["name"] for page in (first, second)} == {"Workshop", "Club"}
    assert (second["next_cursor"], stolen.status_code) == (None, 422)


async def test_languages_are_named_once(client: AsyncClient, town: Town) -> None:
    body = {"facility_id": str(town.workshop.id), "service_code": "housing", "language_codes": ["az", "az"]}

    status, problem = await post(client, "/service-offers", town.provider, body)

    assert (status, problem["errors"][0]["code"]) == (422, "repeated")
