"""Reports are filled from what is released or published, and say what they could not fill."""

import io
import json
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import openpyxl
import pytest
from httpx import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.config import settings
from app.statistics import care, indicators, jobs, reports, tables, yearbook
from app.statistics.artefact import Released
from app.statistics.cube import Cube
from app.statistics.indicators import frameworks, public_totals
from app.statistics.states import Kind
from tests.conftest import web
from tests.factories import Town, signed
from tests.statistics.caring import Care
from tests.statistics.files import Files
from tests.statistics.publishing import approve, publish

YEAR = date(2025, 12, 31)
NOTHING = reports.Released(None, None, 2025, {})


@pytest.fixture(scope="module")
async def released(town: Town, owner: AsyncEngine) -> AsyncIterator[Files]:
    """A register of 200 people, half of them fitted, with its release and its year of care."""
    files = Files(town, owner)
    given = Care(files)
    for survivor in await files.add(100):
        case = await given.case(survivor)
        await given.referral(case, date(2025, 1, 1), date(2025, 2, 1))
    await files.add(100, sex_code="male", district_code="az_agm")
    await publish(owner, YEAR)
    year = await jobs.make(owner, Kind.CARE, YEAR)
    await approve(owner, year.release_id)
    yield files
    await files.clear()


@pytest.fixture(scope="module")
async def service(login: AsyncEngine) -> AsyncIterator[AsyncClient]:
    async with web(login) as client:
        yield client


async def get(service: AsyncClient, files: Files, path: str, language: str = "en") -> Response:
    headers = signed(files.town.analyst) | {"accept-language": language}
    return await service.get(f"/statistics/{path}", headers=headers)


def figures(body: Any) -> dict[str, Any]:
    return {one["indicator"]: one for item in body["items"] for one in item["figures"]}


def missing(body: Any) -> dict[str, str]:
    return {one["indicator"]: one["reason"] for item in body["items"] for one in item["missing"]}


def test_every_indicator_of_a_framework_is_in_the_catalogue_and_has_words_in_three_languages() -> None:
    catalogue = indicators.indicators()
    used = {code for items in frameworks().values() for item in items for code in item.indicators}

    assert len(catalogue) == 39
    assert used <= set(catalogue)
    assert all(one.labels[language] for one in catalogue.values() for language in ("en", "az", "ru"))
    assert all(
        item.labels[language]
        for items in frameworks().values()
        for item in items
        for language in ("az", "ru")
    )
    assert {one.words[0] for one in catalogue.values() if one.source == "quoted"} == set(public_totals())
    assert [item.number for item in frameworks()["apmbc"]] == [str(n) for n in range(33, 42)]


def test_a_quoted_total_has_its_source_and_days_and_is_never_added_to_what_is_released() -> None:
    for total in public_totals().values():
        assert total.source
        assert total.first < total.last <= total.as_of
    body = reports.report("apmbc", NOTHING, "en").model_dump()

    killed = figures(body)["casualties_killed"]
    assert (killed["origin"], killed["shown"], killed["half_width"]) == ("quoted", "71", None)
    assert figures(body)["casualties"]["shown"] == "more than 3400"
    assert "ANAMA" in killed["source"]


@pytest.mark.parametrize("framework", list(indicators.TITLES))
def test_before_anything_is_released_a_report_quotes_and_says_what_is_missing(framework: str) -> None:
    found = reports.report(framework, NOTHING, "ru")
    asked = [code for item in frameworks()[framework] for code in item.indicators]

    assert found.filled + found.not_filled == len(asked)
    assert {one.origin for item in found.items for one in item.figures} <= {"quoted"}
    assert {one.reason for item in found.items for one in item.missing} <= {"not_released", "not_counted"}
    assert all(one.explained for item in found.items for one in item.missing)


def test_small_figures_and_unsteady_shares_are_missing_and_not_nought() -> None:
    plan = tables.national(tables.Cohort(None, YEAR, 3400))
    cube = Cube([Released("r", plan, (0,) * sum(map(plan.size, plan.tables)))])
    year = care.yearly(tables.Cohort(date(2025, 1, 1), YEAR, 3400))
    empty = Released("01900000-0000-7000-8000-000000000000", year, (0,) * sum(map(year.size, year.tables)))
    known = reports.Released(cube, yearbook.answered(empty, "x", "en"), 2025, {"people": "a", "care": "b"})

    body = reports.report("apmbc", known, "en").model_dump()

    reasons = missing(body)
    assert reasons["registered"] == reasons["services_sport"] == "too_small"
    assert reasons["wait_median"] == reasons["loop_served"] == "not_steady"
    assert not [one for one in figures(body).values() if one["origin"] == "released"]


async def test_a_report_says_which_figures_it_has_from_where_and_which_it_could_not_fill(
    service: AsyncClient, released: Files
) -> None:
    body = (await get(service, released, "reports/apmbc?year=2025")).json()
    filled, reasons = figures(body), missing(body)

    assert abs(filled["registered_women"]["value"] - 100) <= 4 * filled["registered_women"]["half_width"]
    assert abs(filled["services_rehabilitation"]["value"] - 100) <= 4 * 27.7
    assert filled["registered"]["origin"] == "released"
    assert "sha256" in filled["services_rehabilitation"]["source"]
    assert filled["registered"]["as_of"] == "2025-12-31"
    assert reasons["casualties_by_device"] == "not_counted"
    assert (body["treaty_status"], body["voluntary"]) == ("not_party", True)
    assert body["filled"] == len(filled)
    assert body["not_filled"] == len(reasons)


async def test_a_year_without_a_release_is_said_to_be_missing_and_another_year_does_not_stand_in(
    service: AsyncClient, released: Files
) -> None:
    later = (await get(service, released, "reports/crpd?year=2026")).json()
    earlier = (await get(service, released, "reports/apmbc?year=1999")).json()

    assert (later["filled"], set(missing(later).values())) == (0, {"not_released", "not_counted"})
    assert (later["treaty_status"], later["voluntary"]) == ("party", False)
    assert missing(earlier)["services_rehabilitation"] == "not_released"
    assert missing(earlier)["registered_in_year"] == "not_released"


async def test_one_more_person_changes_no_byte_of_a_report_in_any_language_or_format(
    service: AsyncClient, released: Files
) -> None:
    """D1, for reports."""
    paths = [f"reports/{name}{suffix}?year=2025" for name in indicators.TITLES for suffix in ("", ".xlsx")]

    async def every() -> list[bytes]:
        return [
            (await get(service, released, path, language)).content
            for path in paths
            for language in ("en", "az", "ru")
        ]

    before = await every()
    await released.add(1)

    assert before == await every()


async def test_the_workbook_says_the_same_as_the_answer(service: AsyncClient, released: Files) -> None:
    body = (await get(service, released, "reports/ccm?year=2025", "az")).json()
    book = openpyxl.load_workbook(
        io.BytesIO((await get(service, released, "reports/ccm.xlsx?year=2025", "az")).content)
    )

    told, absent, about = book.worksheets
    assert told.max_row - 1 == body["filled"]
    assert absent.max_row - 1 == body["not_filled"]
    assert [row[5].value for row in list(told.rows)[1:]] == [
        one["shown"] for item in body["items"] for one in item["figures"]
    ]
    assert [sheet.sheet_state for sheet in book.worksheets] == ["visible"] * 3
    assert {row[0].value: row[1].value for row in about.rows}["treaty_status"] == "not_party"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("reports/nothing?year=2025", 404),
        ("reports/apmbc.pdf?year=2025", 404),
        ("reports/apmbc.xlsx.xlsx?year=2025", 404),
        ("reports/apmbc", 422),
        ("reports/apmbc?year=20255", 422),
        ("reports/apmbc?year=soon", 422),
    ],
)
async def test_a_report_that_is_none_is_refused(
    service: AsyncClient, released: Files, path: str, status: int
) -> None:
    answer = await get(service, released, path)
    assert answer.status_code == status
    assert "soon" not in answer.text


async def test_the_treaty_status_is_a_setting(
    service: AsyncClient, released: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings(), "treaty_apmbc", "party")

    listed = {one["framework"]: one for one in (await get(service, released, "reports")).json()}

    assert listed["apmbc"]["treaty_status"] == "party"
    assert listed["ccm"]["treaty_status"] == "not_party"
    assert json.loads((await get(service, released, "reports/apmbc?year=2025")).content)["voluntary"] is False
    assert len((await get(service, released, "indicators", "az")).json()) == 39
