"""Routes that change a person's file: by version, one thing at a time, and nothing that makes no sense."""

from typing import Any

import pytest
from httpx import AsyncClient

from app.core.ids import new_id
from tests.factories import Town, signed
from tests.routers import nonsense
from tests.survivors import factories
from tests.survivors.factories import registration

FIN, PHONE = "5ABC12D", "+994501234567"
NUMBERS: dict[str, Any] = {
    "identifiers": [{"kind_code": "fin", "number": FIN}],
    "phones": [{"number": PHONE}],
}


async def person(town: Town, **changes: Any) -> str:
    """The path of a person of the caseworker's."""
    return f"/survivors/{(await factories.survivor(town, **changes)).id}"


async def test_a_change_names_the_version_it_was_decided_on(client: AsyncClient, town: Town) -> None:
    path = await person(town)
    change = {"surname": "Quliyeva"}

    unnamed = await client.patch(path, json=change, headers=signed(town.caseworker))
    changed = await client.patch(path, json=change, headers=signed(town.caseworker, 1))
    stale = await client.patch(path, json={"surname": "X"}, headers=signed(town.caseworker, 1))

    assert [unnamed.status_code, changed.status_code, stale.status_code] == [428, 200, 412]
    assert changed.headers["etag"] == '"2"'
    assert stale.json()["current"] == changed.json()
    assert ("survivor.read", [path.split("/")[-1]]) in await factories.trail(town)


@pytest.mark.parametrize("sent", ['"1", "1"', "1", '"0"', 'W/"1"', "*", '"1"x', '"99999999999"', '"-1"', ""])
async def test_what_is_no_version_changes_nothing(client: AsyncClient, town: Town, sent: str) -> None:
    path = await person(town)

    answer = await client.patch(
        path, json={"surname": "X"}, headers=signed(town.caseworker) | {"if-match": sent}
    )

    assert answer.status_code == 422


async def test_two_versions_are_none(client: AsyncClient, town: Town) -> None:
    path = await person(town)
    headers = [*signed(town.caseworker).items(), ("if-match", '"1"'), ("if-match", '"2"')]

    answer = await client.patch(path, json={"surname": "X"}, headers=headers)

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "repeated")


@pytest.mark.parametrize("field", ["sex_code", "category_code", "language_code", "other_spellings"])
async def test_null_is_not_a_value_of_what_is_always_known(
    client: AsyncClient, town: Town, field: str
) -> None:
    answer = await client.patch(await person(town), json={field: None}, headers=signed(town.caseworker, 1))

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{field}")


@pytest.mark.parametrize(
    "field", ["owner_id", "team_id", "organisation_id", "code", "version", "invented", "id"]
)
async def test_nobody_sets_what_the_service_sets(client: AsyncClient, town: Town, field: str) -> None:
    answer = await client.patch(
        await person(town), json={field: str(new_id())}, headers=signed(town.caseworker, 1)
    )

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "extra_forbidden")


async def test_documents_are_added_warned_of_listed_and_removed(client: AsyncClient, town: Town) -> None:
    path = await person(town)
    me, az = signed(town.caseworker), {"accept-language": "az"}

    added = await client.post(
        f"{path}/identifiers", json={"kind_code": "fin", "number": "5аbс-1oD"}, headers=me | az
    )
    again = await client.post(
        f"{path}/identifiers", json={"kind_code": "fin", "number": "5ABC1OD"}, headers=me
    )
    gone = await client.delete(f"{path}/identifiers/{added.json()['id']}", headers=signed(town.caseworker, 1))
    listed = await client.get(f"{path}/identifiers", headers=me)

    assert (added.status_code, added.json()["number"]) == (201, "5ABC1OD")
    assert added.json()["warnings"][0] | {"message": ""} == {
        "pointer": "/number", "code": "fin_with_i_or_o", "message": ""
    }  # fmt: skip
    assert added.json()["warnings"][0]["message"].startswith("FİN-də")
    assert (again.status_code, again.json()["code"]) == (409, "clash")
    assert (gone.status_code, listed.json()["items"]) == (204, [])


async def test_telephones_are_added_changed_and_removed(client: AsyncClient, town: Town) -> None:
    path = await person(town)
    me = signed(town.caseworker)
    added = (await client.post(f"{path}/phones", json={"number": "050 123 45 67"}, headers=me)).json()
    one = f"{path}/phones/{added['id']}"

    changed = await client.patch(one, json={"safe_to_call": "no"}, headers=signed(town.caseworker, 1))
    stale = await client.patch(one, json={"safe_to_call": "yes"}, headers=signed(town.caseworker, 1))
    renumbered = await client.patch(one, json={"number": PHONE}, headers=signed(town.caseworker, 2))
    too_late = await client.delete(one, headers=signed(town.caseworker, 1))
    gone = await client.delete(one, headers=signed(town.caseworker, 2))

    assert (added["number"], added["shown"], added["safe_to_call"]) == (PHONE, "050 123 45 67", "unknown")
    assert (changed.json()["safe_to_call"], changed.json()["owner_code"]) == ("no", "self")
    assert (stale.status_code, stale.json()["current"]) == (412, changed.json())
    assert [renumbered.status_code, too_late.status_code, gone.status_code] == [422, 412, 204]
    assert (await client.get(f"{path}/phones", headers=me)).json()["items"] == []


async def test_a_number_of_another_person_is_not_reached_through_ones_own(
    client: AsyncClient, town: Town
) -> None:
    path = await person(town, **NUMBERS)
    other = await person(town, given_name="Rəna", surname="Tağıyeva")
    phone = (await client.get(f"{path}/phones", headers=signed(town.caseworker))).json()["items"][0]

    answer = await client.delete(f"{other}/phones/{phone['id']}", headers=signed(town.caseworker, 1))

    assert answer.status_code == 404


async def test_the_same_minted_number_twice_is_one_number(client: AsyncClient, town: Town) -> None:
    path = await person(town)
    said = {"id": str(new_id()), "number": PHONE}

    statuses = [
        (await client.post(f"{path}/phones", json=body, headers=signed(town.caseworker))).status_code
        for body in (said, said, said | {"owner_code": "spouse"}, said | {"number": "+994502223344"})
    ]

    assert statuses == [201, 200, 409, 409]


PERSON = nonsense.bodies(registration(), "given_name", "birth.date", "age.years")
SEARCH = nonsense.bodies({}, "name", "name", "name")
CHANGE = nonsense.bodies({}, "address", "birth.date", "age.years")
PHONES = nonsense.bodies({"number": PHONE}, "number", "number", "number")
NUMBER = nonsense.bodies({"kind_code": "passport"}, "number", "number", "number")


@pytest.mark.parametrize("kind", PERSON)
async def test_nonsense_is_refused_changes_nothing_and_is_never_repeated(
    client: AsyncClient, town: Town, kind: str
) -> None:
    path = await person(town)
    before = (await client.get(path, headers=signed(town.caseworker))).json()
    sent = {
        ("POST", "/survivors"): PERSON, ("POST", "/survivors/search"): SEARCH, ("PATCH", path): CHANGE,
        ("POST", f"{path}/phones"): PHONES, ("POST", f"{path}/identifiers"): NUMBER,
    }  # fmt: skip

    wrong = {
        " ".join(route): fault
        for route, bodies in sent.items()
        if kind not in ALLOWED.get(route[1].rsplit("/", 1)[-1], set())
        and (fault := await nonsense.refused(client, *route, signed(town.caseworker, 1), bodies[kind]))
    }

    assert wrong == {}
    assert (await client.get(path, headers=signed(town.caseworker))).json() == before
    assert len((await client.get("/survivors", headers=signed(town.caseworker))).json()["items"]) == 1


ALLOWED = {  # where a year or a number is a text like any other
    "search": {"year 0000", "year 9999", "no such day", "number as text"},
    "identifiers": {"year 0000", "year 9999", "no such day", "number as text"},
}


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "cursor=nonsense", "district=x", "cursor=%00"]
)
async def test_a_question_that_makes_no_sense_is_refused(client: AsyncClient, town: Town, query: str) -> None:
    answer = await client.get(f"/survivors?{query}", headers=signed(town.caseworker))

    assert answer.status_code == 422


@pytest.mark.parametrize("one", ["x", "1", "%00", "00000000-0000-0000-0000-00000000000g"])
async def test_what_is_no_id_is_refused(client: AsyncClient, town: Town, one: str) -> None:
    answer = await client.get(f"/survivors/{one}", headers=signed(town.caseworker))

    assert answer.status_code == 422
