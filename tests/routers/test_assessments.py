"""Routes of instruments and assessments."""

from typing import Any

import pytest
from httpx import AsyncClient

from app.assessments.change import Verdict
from app.assessments.instrument import instruments
from app.assessments.schemas import AssessmentOut, InstrumentsOut, TrendsOut
from app.core.ids import new_id
from tests.cases.factories import a_case, events, withdraw
from tests.factories import Town, signed

ANSWERS = {"see": 1, "hear": 1, "walk": 3, "cog": 1, "care": 2, "com": "refused"}


def short_set(**more: Any) -> dict[str, Any]:
    return {"instrument_code": "wg_ss", "answers": ANSWERS} | more


async def test_instruments_come_whole_so_that_a_device_can_ask_them(client: AsyncClient, town: Town) -> None:
    answer = await client.get("/instruments", headers=signed(town.caseworker))

    shown = InstrumentsOut.model_validate(answer.json())
    assert {each.code: each for each in shown.items} == dict(instruments())
    assert "Washington Group" in answer.text


async def test_an_assessment_is_recorded_once_and_listed_with_its_result(
    client: AsyncClient, town: Town
) -> None:
    case = await a_case(town)
    path, body, me = f"/cases/{case.id}/assessments", short_set(id=str(new_id())), signed(town.caseworker)

    first = await client.post(path, json=body, headers=me)
    again = await client.post(path, json=body, headers=me)
    other = await client.post(path, json=body | {"answers": {"see": 1}}, headers=me)
    listed = await client.get(path, headers=signed(town.supervisor))

    assert [a.status_code for a in (first, again, other)] == [201, 200, 409]
    (kept,) = (AssessmentOut.model_validate(item) for item in listed.json()["items"])
    assert (kept.result, kept.answers, kept.algorithm) == ("yes", ANSWERS, "wg_ss_dis3@1")
    (event,) = await events(town, "assessment.list")
    assert event.object_ids == [kept.id, case.id, case.survivor_id]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"answers": {}}, "/answers"),
        ({"answers": {"see": 5}}, "/answers/see"),
        ({"answers": {"see": 1.5}}, None),
        ({"answers": {"see": True}}, None),
        ({"answers": {"Amina Hassan": 1}}, "/answers"),
        ({"answers": {"amina": 1}}, "/answers"),
        ({"instrument_code": "phq_9"}, "/instrument_code"),
        ({"assessed_on": "2099-01-01"}, "/assessed_on"),
        ({"result": "no"}, ""),
        ({"score": 0}, ""),
    ],
)
async def test_what_is_no_assessment_is_named_and_not_repeated(
    client: AsyncClient, town: Town, change: dict[str, Any], pointer: str | None
) -> None:
    case = await a_case(town)

    answer = await client.post(
        f"/cases/{case.id}/assessments", json=short_set() | change, headers=signed(town.caseworker)
    )

    assert answer.status_code == 422, answer.text
    assert pointer is None or [e["pointer"] for e in answer.json()["errors"]] == [pointer]
    assert "amina" not in answer.text.lower()
    assert all(fault["message"] for fault in answer.json()["errors"])


async def test_refusals_of_an_assessment_are_named_problems(client: AsyncClient, town: Town) -> None:
    case = await a_case(town)
    path = f"/cases/{case.id}/assessments"
    old = await client.post(path, json=short_set(instrument_version="0"), headers=signed(town.caseworker))
    outside = await client.post(path, json=short_set(), headers=signed(town.colleague))
    provider = await client.post(path, json=short_set(), headers=signed(town.provider))
    await withdraw(town, case)
    unconsented = await client.post(path, json=short_set(), headers=signed(town.caseworker))

    assert [(a.status_code, a.json()["code"]) for a in (old, outside, provider, unconsented)] == [
        (409, "instrument-version"),
        (404, "not-found"),
        (403, "forbidden"),
        (409, "consent-missing"),
    ]
    assert old.json()["version"] == "1"


async def test_assessments_come_page_by_page_newest_first(client: AsyncClient, town: Town) -> None:
    case = await a_case(town)
    path, me = f"/cases/{case.id}/assessments", signed(town.caseworker)
    made = [(await client.post(path, json=short_set(), headers=me)).json()["id"] for _ in range(3)]

    first = (await client.get(f"{path}?limit=2", headers=me)).json()
    rest = (await client.get(path, params={"limit": 2, "cursor": first["next_cursor"]}, headers=me)).json()

    assert [item["id"] for item in (*first["items"], *rest["items"])] == sorted(made, reverse=True)
    assert rest["next_cursor"] is None


async def test_each_score_is_told_over_time_and_what_is_beyond_chance(
    client: AsyncClient, town: Town
) -> None:
    case = await a_case(town)
    path, me = f"/cases/{case.id}/assessments", signed(town.caseworker)
    walk: list[tuple[str, dict[str, Any]]] = [
        ("tug", {"trial_1": seconds}) for seconds in (20, 17, "refused", 15.5, 24)
    ]
    others = [("amp_pro", {"total": 30}), ("amp_pro", {"total": 33}), ("amp_pro", {"total": 34})]
    others += [("plus_m", {"t_score": 40}), ("plus_m", {"t_score": 60})]
    for month, (code, answers) in enumerate([*walk, *others], start=1):
        body = {"instrument_code": code, "answers": answers, "assessed_on": f"2025-{month:02}-01"}
        told = await client.post(path, json=body | {"incomplete": True}, headers=me)
        assert told.status_code == 201, told.text

    answer = await client.get(f"{path}/trends", headers=signed(town.supervisor))

    found = {each.instrument_code: each for each in TrendsOut.model_validate(answer.json()).items}
    assert [(m.value, m.difference, m.verdict) for m in found["tug"].marks] == [
        (20, None, None),
        (17, -3, Verdict.WITHIN_CHANCE),  # 3.6 seconds are more than chance; what was refused is no 0
        (15.5, -4.5, Verdict.BETTER),
        (24, 4, Verdict.WORSE),
    ]
    assert [m.verdict for m in found["amp_pro"].marks] == [None, Verdict.WITHIN_CHANCE, Verdict.BETTER]
    assert (found["amp_pro"].detectable, found["tug"].better) == (3.4, "lower")
    assert "Resnik" in str(found["amp_pro"].detectable_source)
    assert [m.verdict for m in found["plus_m"].marks] == [None, Verdict.UNCLEAR]
    assert found["plus_m"].detectable is None
    (event,) = await events(town, "assessment.compare")
    assert len(event.object_ids) == len(walk) + len(others) + 2
    other = await client.get(f"{path}/trends", headers=signed(town.colleague))
    assert other.status_code == 404
