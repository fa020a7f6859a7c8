"""Routes of incidents: casualties counted, sources that disagree, and an exact place shown to few."""

from typing import Any

import pytest
from httpx import AsyncClient

from app.core.ids import new_id
from tests.factories import Town, signed
from tests.incidents import factories
from tests.incidents.factories import POINT, report
from tests.routers import nonsense
from tests.survivors import factories as survivors
from tests.survivors.factories import registration


async def test_an_accident_is_registered_and_its_place_shown_to_few(client: AsyncClient, town: Town) -> None:
    made = await client.post("/incidents", json=report(), headers=signed(town.caseworker))
    path = f"/incidents/{made.json()['id']}"

    team = await client.get(path, headers=signed(town.supervisor))
    coordinator = await client.get(path, headers=signed(town.coordinator))

    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    assert (made.json()["point"], made.json()["settlement"]) == (POINT, "Horadiz")
    assert coordinator.json() == made.json()
    assert set(made.json()) - set(team.json()) == {"point", "settlement", "registered_by_id"}
    assert made.json()["code"].startswith("INC-2")


async def test_who_sees_an_exact_place_is_in_the_audit_trail(client: AsyncClient, town: Town) -> None:
    made = (await client.post("/incidents", json=report(), headers=signed(town.caseworker))).json()
    await client.get(f"/incidents/{made['id']}", headers=signed(town.coordinator))

    assert ("incident.read", [made["id"]]) in await survivors.trail(town)


async def test_who_may_not_see_a_place_may_not_write_over_it(client: AsyncClient, town: Town) -> None:
    path = f"/incidents/{(await factories.incident(town)).id}"

    moved = await client.patch(path, json={"point": POINT}, headers=signed(town.supervisor, 1))
    cleared = await client.patch(path, json={"settlement": None}, headers=signed(town.supervisor, 1))
    changed = await client.patch(path, json={"device_code": "av_mine"}, headers=signed(town.supervisor, 1))
    stranger = await client.patch(path, json={"device_code": "cmr"}, headers=signed(town.outsider, 2))
    kept = await client.get(path, headers=signed(town.caseworker))

    assert [moved.status_code, cleared.status_code, changed.status_code, stranger.status_code] == [
        403,
        403,
        200,
        403,
    ]
    assert (kept.json()["point"], kept.json()["settlement"], kept.json()["device_code"]) == (
        POINT, "Horadiz", "av_mine"
    )  # fmt: skip


async def test_a_change_names_its_version_and_null_takes_the_place_away(
    client: AsyncClient, town: Town
) -> None:
    path = f"/incidents/{(await factories.incident(town)).id}"
    gone = {"point": None, "occurred": {"date": "2024-05-17", "precision": "day"}}

    unnamed = await client.patch(path, json=gone, headers=signed(town.caseworker))
    changed = await client.patch(path, json=gone, headers=signed(town.caseworker, 1))
    stale = await client.patch(path, json=gone, headers=signed(town.caseworker, 1))
    null = await client.patch(path, json={"district_code": None}, headers=signed(town.caseworker, 2))

    assert [unnamed.status_code, changed.status_code, stale.status_code, null.status_code] == [
        428,
        200,
        412,
        422,
    ]
    assert (changed.json()["point"], changed.json()["settlement"]) == (None, "Horadiz")
    assert changed.json()["occurred"] == {"date": "2024-05-17", "precision": "day", "estimated": False}
    assert stale.json()["current"] == changed.json()


async def test_totals_count_casualties_and_keep_mere_numbers_apart(client: AsyncClient, town: Town) -> None:
    made = await factories.incident(town, killed_without_rows=2, injured_without_rows=5)
    for outcome in ("injured", "injured", "killed", "unknown", "none"):
        await factories.casualty(town, made, outcome_code=outcome)

    shown = (await client.get(f"/incidents/{made.id}", headers=signed(town.outsider))).json()
    row = (await client.get("/incidents", headers=signed(town.outsider))).json()["items"][0]

    apart = {"killed_without_rows": 2, "injured_without_rows": 5}
    assert shown["totals"] == {"killed": 1, "injured": 2, "unknown": 1, "none": 1} | apart
    assert (row["killed"], row["injured"], row["killed_without_rows"]) == (1, 2, 2)
    assert row["occurred"] == {"date": "2024-05-01", "precision": "month", "estimated": False}
    assert not {"point", "settlement"} & set(row)


async def test_the_list_is_filtered_by_district_device_and_year(client: AsyncClient, town: Town) -> None:
    here = await factories.incident(town)
    there = await factories.incident(
        town, district_code="az_aga", device_code="cmr", occurred={"date": "2021-12-31", "precision": "day"}
    )

    async def listed(query: str) -> list[str]:
        answer = await client.get(f"/incidents?{query}", headers=signed(town.colleague))
        return [row["id"] for row in answer.json()["items"]]

    assert await listed("") == [str(here.id), str(there.id)]
    assert (
        await listed("district=az_aga")
        == await listed("device=cmr")
        == await listed("year=2021")
        == [str(there.id)]
    )
    assert await listed("year=2022") == []
    assert await listed("district=az_aga&year=2024") == []


async def test_who_was_injured_may_die_of_it(client: AsyncClient, town: Town) -> None:
    made = await factories.incident(town)
    path = f"/incidents/{made.id}/casualties"
    me = signed(town.caseworker)
    first = (await client.post(path, json={"outcome_code": "injured", "age": 12}, headers=me)).json()
    second = (await client.post(path, json={"outcome_code": "none"}, headers=me)).json()
    one = f"{path}/{first['id']}"
    died = {"outcome_code": "killed", "died_on": "2024-05-09"}

    alone = await client.patch(one, json={"died_on": "2024-05-09"}, headers=signed(town.caseworker, 1))
    early = await client.patch(one, json=died | {"died_on": "2024-04-30"}, headers=signed(town.caseworker, 1))
    later = await client.patch(one, json=died, headers=signed(town.caseworker, 1))
    stale = await client.patch(one, json=died, headers=signed(town.caseworker, 1))
    undone = await client.patch(one, json={"outcome_code": "injured"}, headers=signed(town.caseworker, 2))

    assert (first["number"], second["number"]) == (1, 2)
    assert [early.status_code, alone.status_code, later.status_code] == [422, 422, 200]
    assert alone.json()["errors"][0]["code"] == "only_of_the_killed"
    assert early.json()["errors"][0]["code"] == "before_the_accident"
    assert (stale.status_code, stale.json()["current"]) == (412, later.json())
    assert (undone.status_code, later.json()["age"]) == (422, 12)


async def test_sources_may_disagree_and_one_is_followed(client: AsyncClient, town: Town) -> None:
    path = f"/incidents/{(await factories.incident(town)).id}"
    me = signed(town.caseworker)
    police = {
        "source_code": "police",
        "reported_on": "2024-06-01",
        "says_killed": 1,
        "says_device_code": "av_mine",
    }
    clinic = {
        "source_code": "hospital", "reported_on": "2024-06-02",
        "says_occurred": {"date": "2024-05-17", "precision": "day"}, "says_district_code": "az_aga",
    }  # fmt: skip
    first, second = [
        (await client.post(f"{path}/sources", json=body, headers=me)).json() for body in (police, clinic)
    ]
    before = (await client.get(path, headers=me)).json()

    await client.post(f"{path}/sources/{first['id']}/choose", headers=signed(town.caseworker, 1))
    chosen = await client.post(f"{path}/sources/{second['id']}/choose", headers=signed(town.caseworker, 1))
    stale = await client.post(f"{path}/sources/{second['id']}/choose", headers=signed(town.caseworker, 1))
    stranger = await client.post(f"{path}/sources/{first['id']}/choose", headers=signed(town.colleague, 3))
    kept = (await client.get(f"{path}/sources", headers=signed(town.colleague))).json()["items"]
    after = (await client.get(path, headers=me)).json()

    assert (before["device_code"], before["district_code"]) == ("ap_mine", "az_fuz")
    assert (after["device_code"], after["district_code"]) == ("av_mine", "az_aga")
    assert after["occurred"]["date"] == "2024-05-17"
    assert (chosen.status_code, stale.status_code, stranger.status_code) == (200, 412, 403)
    assert [(one["source_code"], one["chosen"]) for one in kept] == [("police", False), ("hospital", True)]
    assert (kept[0]["says_killed"], kept[1]["says_killed"], kept[1]["says_occurred"]["precision"]) == (
        1,
        None,
        "day",
    )


async def test_a_file_points_to_a_casualty_that_exists_and_that_nobody_else_has(
    client: AsyncClient, town: Town
) -> None:
    casualty = str((await factories.casualty(town, await factories.incident(town))).id)
    me = signed(town.caseworker)
    other = await survivors.survivor(town, given_name="Rəna", surname="Tağıyeva")

    nobody = await client.post("/survivors", json=registration(casualty_id=str(new_id())), headers=me)
    one = await client.post("/survivors", json=registration(casualty_id=casualty), headers=me)
    second = await client.post(
        "/survivors", json=registration(casualty_id=casualty, confirm_new=True), headers=signed(town.outsider)
    )
    moved = await client.patch(
        f"/survivors/{other.id}", json={"casualty_id": casualty}, headers=signed(town.caseworker, 1)
    )
    lost = await client.patch(
        f"/survivors/{other.id}", json={"casualty_id": str(new_id())}, headers=signed(town.caseworker, 1)
    )

    assert [nobody.status_code, one.status_code, second.status_code] == [404, 201, 409]
    assert [moved.status_code, lost.status_code] == [409, 404]
    assert second.json()["code"] == moved.json()["code"] == "casualty-taken"


async def test_the_same_minted_incident_casualty_or_source_twice_is_one(
    client: AsyncClient, town: Town
) -> None:
    me = signed(town.caseworker)
    path = f"/incidents/{(await factories.incident(town)).id}"
    bodies: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "/incidents": (report(id=str(new_id())), {"settlement": "Elsewhere"}),
        f"{path}/casualties": ({"id": str(new_id()), "outcome_code": "killed"}, {"age": 3}),
        f"{path}/sources": (
            {"id": str(new_id()), "source_code": "media", "reported_on": "2024-06-01"}, {"says_killed": 3}
        ),
    }  # fmt: skip

    statuses = {
        where: [
            (await client.post(where, json=body, headers=me)).status_code
            for body in (said, said, said | other)
        ]
        for where, (said, other) in bodies.items()
    }

    assert set(map(tuple, statuses.values())) == {(201, 200, 409)}


@pytest.mark.parametrize("role", ["provider", "counsellor", "sports", "administrator", "auditor", "analyst"])
async def test_no_other_role_comes_near(client: AsyncClient, town: Town, role: str) -> None:
    path = f"/incidents/{(await factories.incident(town)).id}"
    headers = signed(getattr(town, role), 1)

    statuses = [
        (await client.request(method, where, json=body, headers=headers)).status_code
        for method, where, body in [
            ("GET", "/incidents", None),
            ("POST", "/incidents", report()),
            ("GET", path, None),
            ("PATCH", path, {"device_code": "cmr"}),
            ("GET", f"{path}/casualties", None),
            ("POST", f"{path}/casualties", {"outcome_code": "killed"}),
            ("GET", f"{path}/sources", None),
        ]
    ]

    assert statuses == [403] * 7


INCIDENT = nonsense.bodies(report(), "settlement", "occurred.date", "point.latitude")
CHANGE = nonsense.bodies({}, "imsma_id", "occurred.date", "killed_without_rows")
CASUALTY = nonsense.bodies({"outcome_code": "killed"}, "activity_code", "died_on", "age")
SOURCE = nonsense.bodies(
    {"source_code": "police", "reported_on": "2024-01-01"}, "reference", "reported_on", "says_killed"
)


@pytest.mark.parametrize("kind", INCIDENT)
async def test_nonsense_is_refused_changes_nothing_and_is_never_repeated(
    client: AsyncClient, town: Town, kind: str
) -> None:
    path = f"/incidents/{(await factories.incident(town)).id}"
    sent = {
        ("POST", "/incidents"): INCIDENT, ("PATCH", path): CHANGE,
        ("POST", f"{path}/casualties"): CASUALTY, ("POST", f"{path}/sources"): SOURCE,
    }  # fmt: skip

    wrong = {
        " ".join(route): fault
        for route, bodies in sent.items()
        if (fault := await nonsense.refused(client, *route, signed(town.caseworker, 1), bodies[kind]))
    }

    assert wrong == {}
    listed = (await client.get("/incidents", headers=signed(town.caseworker))).json()["items"]
    assert [row["version"] for row in listed] == [1]
    assert (await client.get(f"{path}/casualties", headers=signed(town.caseworker))).json()["items"] == []


@pytest.mark.parametrize(
    "point", [{"latitude": 91, "longitude": 0}, {"latitude": 0, "longitude": 181}, {"latitude": 1}]
)
async def test_a_place_lies_on_earth(client: AsyncClient, town: Town, point: dict[str, int]) -> None:
    answer = await client.post("/incidents", json=report(point=point), headers=signed(town.caseworker))

    assert answer.status_code == 422


@pytest.mark.parametrize("query", ["year=0", "year=99999", "year=x", "district=x", "device=x", "limit=0"])
async def test_a_question_that_makes_no_sense_is_refused(client: AsyncClient, town: Town, query: str) -> None:
    answer = await client.get(f"/incidents?{query}", headers=signed(town.caseworker))

    assert answer.status_code == 422
