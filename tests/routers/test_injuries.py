"""Routes of injuries and what came of them."""

from typing import Any

import pytest
from httpx import AsyncClient, Response

from app.codelists import lists
from app.core.ids import new_id
from app.injuries import body
from tests.cases.factories import a_case, events
from tests.factories import Town, signed
from tests.injuries import factories as bodies
from tests.journeys.payloads import day, functioning
from tests.survivors.factories import survivor

KINDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "injuries": (bodies.injury(), {"nature_code": "burn"}),
    "amputations": (bodies.amputation(), {"cause_code": "explosive_ordnance"}),
    "impairments": (bodies.impairment(), {"qualifier_code": "2"}),
    "disability-determinations": (bodies.determination(), {"percent": 75}),
}


async def enter(client: AsyncClient, town: Town, path: str, body: Any) -> Any:
    answer = await client.post(path, json=body, headers=signed(town.caseworker))
    assert answer.status_code == 201, answer.text
    return answer.json()


def faults(answer: Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    assert all(fault["message"] for fault in answer.json()["errors"])
    return [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]]


@pytest.mark.parametrize("many", KINDS)
async def test_a_record_is_entered_once_listed_and_corrected_in_the_open(
    client: AsyncClient, town: Town, many: str
) -> None:
    person, me = await survivor(town), signed(town.caseworker)
    path, (body, change) = f"/survivors/{person.id}/{many}", KINDS[many]
    body = {"id": str(new_id())} | body

    first = await client.post(path, json=body, headers=me)
    again = await client.post(path, json=body, headers=me)
    other = await client.post(path, json=body | change, headers=me)
    one = f"{path}/{body['id']}"
    why = {"reason_code": "known_better"} | change
    stale = await client.patch(one, json=why, headers=signed(town.caseworker, 7))
    corrected = await client.patch(one, json=why, headers=signed(town.caseworker, 1))
    listed = await client.get(path, headers=signed(town.supervisor))
    history = await client.get(f"{one}/corrections", headers=me)

    assert [a.status_code for a in (first, again, other, stale, corrected)] == [201, 200, 409, 412, 200]
    assert stale.json()["current"]["version"] == 1
    assert corrected.headers["etag"] == '"2"'
    (shown,) = listed.json()["items"]
    assert shown == corrected.json()
    assert {name: shown[name] for name in body} == body | {n: v for n, v in change.items() if n in body}
    assert {name: shown[name] for name in change} == change
    (kept,) = history.json()["items"]
    assert kept["before"] == {name: first.json()[name] for name in change}
    assert (kept["reason_code"], kept["by_id"]) == ("known_better", str(town.caseworker.user_id))
    assert kept["record_version"] == 1


async def test_a_correction_keeps_dates_and_sealed_words_too(client: AsyncClient, town: Town) -> None:
    person = await survivor(town)
    path = f"/survivors/{person.id}"
    limb = await enter(client, town, f"{path}/amputations", bodies.amputation())
    stump = await enter(client, town, f"{path}/residual-limbs", bodies.residual_limb(limb))
    month = {"date": "2024-03-01", "precision": "month", "estimated": True}

    for one, change in (
        (f"amputations/{limb['id']}", {"occurred": month}),
        (f"residual-limbs/{stump['id']}", {"note": None}),
    ):
        answer = await client.patch(
            f"{path}/{one}",
            json={"reason_code": "entered_wrongly"} | change,
            headers=signed(town.caseworker, 1),
        )
        assert answer.status_code == 200, answer.text
        assert {name: answer.json()[name] for name in change} == change

    said = [
        (await client.get(f"{path}/{one}/corrections", headers=signed(town.caseworker))).json()["items"][0]
        for one in (f"amputations/{limb['id']}", f"residual-limbs/{stump['id']}")
    ]
    assert said[0]["before"] == {
        "occurred_on": "2024-03-02",
        "occurred_precision": "day",
        "occurred_estimated": False,
    }
    assert said[1]["before"] == {"note": "Full extension."}


TOMORROW = {"date": day(3), "precision": "day"}
BEFORE = {"date": "1988-02-01", "precision": "month"}


@pytest.mark.parametrize(
    ("many", "change", "fault"),
    [
        ("injuries", {"occurred": TOMORROW}, ("/occurred", "in_the_future")),
        ("injuries", {"occurred": BEFORE}, ("/occurred", "before_birth")),
        ("injuries", {"side_code": "not_applicable"}, ("/side_code", "side_needed")),
        ("injuries", {"severity": 7}, ("/severity", "less_than_equal")),
        ("injuries", {"nature_code": "gənə"}, ("/nature_code", "not_in_code_list")),
        ("amputations", {"occurred": TOMORROW}, ("/occurred", "in_the_future")),
        ("amputations", {"occurred": BEFORE}, ("/occurred", "before_birth")),
        ("amputations", {"level_code": "tr"}, ("/level_code", "not_of_this_limb")),
        ("amputations", {"side_code": "unknown"}, ("/side_code", "side_needed")),
        ("amputations", {"level_code": "ad"}, ("/level_code", "lower_than_before")),
        ("residual-limbs", {"amputation_id": str(new_id())}, ("/amputation_id", "not_in_this_file")),
        ("residual-limbs", {"heel_pad_code": "mobile"}, ("/heel_pad_code", "no_heel_at_this_level")),
        ("residual-limbs", {"examined_on": "2024-01-01"}, ("/examined_on", "before_the_amputation")),
        ("residual-limbs", {"pain": 11}, ("/pain", "less_than_equal")),
        ("impairments", {"occurred": BEFORE}, ("/occurred", "before_birth")),
        ("disability-determinations", {"decided_on": "1987-12-31"}, ("/decided_on", "before_birth")),
        ("disability-determinations", {"decided_on": day(3)}, ("/decided_on", "in_the_future")),
        ("disability-determinations", {"percent": 101}, ("/percent", "less_than_equal")),
        (
            "disability-determinations",
            {"valid_until": "2024-01-01"},
            ("/valid_until", "ends_before_it_begins"),
        ),
    ],
)
async def test_what_cannot_be_is_refused_by_field_and_rule_and_changes_nothing(
    client: AsyncClient, town: Town, many: str, change: dict[str, Any], fault: tuple[str, str]
) -> None:
    person = await survivor(town)
    path, me = f"/survivors/{person.id}", signed(town.caseworker)
    limb = await enter(client, town, f"{path}/amputations", bodies.amputation("tf"))
    full = KINDS | {"residual-limbs": (bodies.residual_limb(limb), {})}
    before = (await client.get(f"{path}/{many}", headers=me)).json()

    answer = await client.post(f"{path}/{many}", json=full[many][0] | change, headers=me)

    assert faults(answer) == [fault]
    assert not any(f'"{value}"' in answer.text for value in change.values() if isinstance(value, str))
    assert (await client.get(f"{path}/{many}", headers=me)).json() == before


async def test_a_correction_is_judged_like_a_record(client: AsyncClient, town: Town) -> None:
    person, me = await survivor(town), signed(town.caseworker, 1)
    path = f"/survivors/{person.id}/amputations"
    limb = await enter(client, town, path, bodies.amputation("tf", "2022-01-01"))
    await enter(client, town, path, bodies.amputation("hd", "2023-01-01"))
    why = {"reason_code": "entered_wrongly"}

    too_high, emptied, unreasoned = [
        await client.patch(f"{path}/{limb['id']}", json=change, headers=me)
        for change in (why | {"level_code": "tp"}, why | {"level_code": None}, {"level_code": "tt"})
    ]

    assert faults(too_high) == [("/level_code", "higher_than_after")]
    assert faults(emptied) == [("/level_code", "missing")]
    assert faults(unreasoned) == [("/reason_code", "missing")]
    assert (await client.get(path, headers=signed(town.caseworker))).json()["items"][0] == limb


async def test_what_was_entered_in_error_stays_and_counts_for_nothing(
    client: AsyncClient, town: Town
) -> None:
    person, me = await survivor(town), signed(town.caseworker)
    path = f"/survivors/{person.id}"
    wrong = await enter(client, town, f"{path}/amputations", bodies.amputation("tf"))
    void = {"reason_code": "wrong_person", "in_error": True}
    await client.patch(
        f"{path}/amputations/{wrong['id']}", json=void, headers=signed(town.caseworker, wrong["version"])
    )

    right = await enter(client, town, f"{path}/amputations", bodies.amputation("tt", "2024-05-01"))
    listed = (await client.get(f"{path}/amputations", headers=me)).json()["items"]
    drawn = (await client.get(f"{path}/body-map", headers=me)).json()["regions"]

    assert [(one["id"], one["in_error"]) for one in listed] == [(wrong["id"], True), (right["id"], False)]
    assert [one["region_code"] for one in drawn if one["amputation_ids"]] == ["leg"]


async def test_the_body_map_shows_each_region_with_what_is_there(client: AsyncClient, town: Town) -> None:
    person = await survivor(town)
    path = f"/survivors/{person.id}"
    wound = await enter(client, town, f"{path}/injuries", bodies.injury(side_code="right"))
    head = {"region_code": "head", "side_code": "unknown", "nature_code": "tbi"}
    somewhere = await enter(client, town, f"{path}/injuries", head)
    limb = await enter(client, town, f"{path}/amputations", bodies.amputation("kd"))

    answer = await client.get(f"{path}/body-map", headers=signed(town.caseworker))

    drawn = {(one["region_code"], one["side_code"]): one for one in answer.json()["regions"]}
    assert len(drawn) == sum(1 + body.has_sides(region) for region in lists.load("body_region")) == 22
    assert drawn["leg", "right"]["injury_ids"] == [wound["id"]]
    assert drawn["leg", "left"]["amputation_ids"] == [limb["id"]]
    assert [place for place, one in drawn.items() if one["absent"]] == [("foot", "left")]
    assert answer.json()["unplaced"] == [somewhere["id"]]
    (event,) = await events(town, "injury.read_body_map")
    assert {str(one) for one in event.object_ids} == {
        *(wound["id"], somewhere["id"], limb["id"], str(person.id))
    }
    assert event.field_class == "health"


async def test_without_consent_the_injury_may_be_recorded_to_save_a_life_and_nothing_that_follows(
    client: AsyncClient, town: Town
) -> None:
    person = await survivor(town, consents=[], life_saving_reason="danger_to_life")
    path, me = f"/survivors/{person.id}", signed(town.caseworker)

    answers = {
        many: await client.post(f"{path}/{many}", json=body, headers=me) for many, (body, _) in KINDS.items()
    }

    assert {many: answer.status_code for many, answer in answers.items()} == {
        "injuries": 201,
        "amputations": 201,
        "impairments": 409,
        "disability-determinations": 409,
    }
    assert answers["impairments"].json()["code"] == "consent-needed"


async def test_a_percentage_and_an_assessment_never_make_each_other(client: AsyncClient, town: Town) -> None:
    case, me = await a_case(town), signed(town.caseworker)
    legal, asked = f"/survivors/{case.survivor_id}/disability-determinations", f"/cases/{case.id}/assessments"

    await enter(client, town, asked, functioning())
    none = (await client.get(legal, headers=me)).json()["items"]
    await enter(client, town, legal, bodies.determination(decision_code="not_determined", percent=None))
    (one,) = (await client.get(asked, headers=me)).json()["items"]

    assert none == []
    assert one["result"] == "yes"
