"""Reports are filled from what is released or published, and say what they could not fill."""

import io
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
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
from tests.reading import on_paper
from tests.statistics.caring import Care
from tests.statistics.files import Files
from tests.statistics.publishing import approve, publish

YEAR = date(2025, 12, 31)
NOTHING = reports.Released(None, None, 2025, {})


@pytest.fixture(scope="module")
async def released(town: Town, owner: AsyncEngine) -> AsyncIterator[Files]:
    """A register of 200 people, half of them fitted and in sport, with its release and its year of care."""
    files = Files(town, owner)
    given = Care(files)
    team = await given.held("sport", *[date(2025, month, day) for month in (3, 4, 5) for day in (5, 12)])
    for survivor in await files.add(100):
        case = await given.case(survivor)
        await given.referral(case, date(2025, 1, 1), date(2025, 2, 1))
        await given.enrolled(case, joined=date(2024, 12, 1), together=team)
    for month in range(1, 5):
        await given.reached(date(2025, month, 1), female_6_11=250, male_18_59=250)
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

    assert len(catalogue) == 55
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


def test_a_figure_that_could_be_none_is_not_told() -> None:
    plan = care.yearly(tables.Cohort(date(2025, 1, 1), YEAR, 3400))
    cells = [0] * sum(map(plan.size, plan.tables))
    cells[plan.slices()["services"]] = [27, 28, 0, 0, 40]
    year = yearbook.answered(Released("01900000-0000-7000-8000-000000000000", plan, tuple(cells)), "x", "en")
    body = reports.report("apmbc", reports.Released(None, year, 2025, {"care": "b"}), "en").model_dump()

    assert year.tables[0].rows[0].half_width == 27.7
    assert missing(body)["services_emergency"] == "too_small"  # 27, give or take 27.7
    assert figures(body)["services_rehabilitation"]["value"] == 28


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


async def test_sport_and_risk_education_are_figures_of_a_release_and_fill_the_indicators(
    service: AsyncClient, released: Files
) -> None:
    """From attendance to the article on sport: participants, regularity, retention, sessions, reach."""
    body = (await get(service, released, "reports/crpd?year=2025")).json()
    year = (await get(service, released, "care?year=2025")).json()
    filled, reasons = figures(body), missing(body)

    def near(indicator: str, people: int) -> bool:
        one = filled[indicator]
        return bool(abs(one["value"] - people) <= 4 * one["half_width"])

    assert near("participants_sport", 100)
    assert near("regular_sport", 100)
    assert near("risk_education", 2000)
    assert near("risk_education_girls", 1000)
    assert near("risk_education_men", 1000)
    assert filled["risk_education"]["half_width"] > filled["risk_education_girls"]["half_width"] > 100
    assert reasons.get("sessions_sport", "too_small") == "too_small"  # 6, give or take 40
    assert reasons["retention_sport_12"] == "not_steady"  # of 100 who joined, with this noise
    tables = {one["name"]: one for one in year["tables"]}
    assert tables["participants"]["rows"][0]["codes"] == {"programme": "sport"}
    assert tables["reached"]["total"]["shown"] == str(tables["reached"]["total"]["value"])
    assert tables["reached"]["total"]["percent"] is None
    assert tables["services"]["total"] is None
    assert [one["programme"] for one in year["retention"]][:2] == [None, "sport"]
    assert (
        abs(year["retention"][1]["joined"]["value"] - 100) <= 4 * year["retention"][1]["joined"]["half_width"]
    )


def test_retention_follows_from_the_bands_with_its_margin() -> None:
    plan = care.yearly(tables.Cohort(date(2025, 1, 1), YEAR, 3400))
    cells = [0] * sum(map(plan.size, plan.tables))
    cells[plan.slices()["retention"]] = [100, 200, 300, 400, *[0] * 12]
    released = Released("01900000-0000-7000-8000-000000000000", plan, tuple(cells))

    everything, sport, *others = yearbook.answered(released, "x", "en").retention

    assert [one.percent for one in sport.stayed] == [90.0, 70.0, 40.0]
    assert all(one.percent_half_width and 1 < one.percent_half_width < 6 for one in sport.stayed)
    assert [one.percent for one in everything.stayed] == [90.0, 70.0, 40.0]
    assert (sport.joined.value, everything.joined.value) == (1000, 1000)
    assert everything.joined.half_width > sport.joined.half_width
    assert {one.percent for other in others for one in other.stayed} == {None}


def test_a_year_that_was_released_before_programmes_were_counted_is_read_as_it_is() -> None:
    plan = care.yearly(tables.Cohort(date(2025, 1, 1), YEAR, 3400))
    before = replace(plan, dimensions=plan.dimensions[:4], tables=care.CARE)
    released = Released(
        "01900000-0000-7000-8000-000000000000", before, (500,) * sum(map(before.size, before.tables))
    )
    year = yearbook.answered(released, "x", "en")
    known = reports.Released(None, year, 2025, {"care": "b"})

    reasons = missing(reports.report("crpd", known, "en").model_dump())

    assert year.retention == []
    assert {reasons[code] for code in ("risk_education", "participants_sport", "retention_sport_3")} == {
        "not_released"
    }


async def test_a_year_without_a_release_is_said_to_be_missing_and_another_year_does_not_stand_in(
    service: AsyncClient, released: Files
) -> None:
    later = (await get(service, released, "reports/crpd?year=2026")).json()
    earlier = (await get(service, released, "reports/apmbc?year=1999")).json()

    assert (later["filled"], set(missing(later).values())) == (0, {"not_released"})
    assert {one["origin"] for one in figures(earlier).values()} == {
        "quoted"
    }  # no year of its own is released
    assert set(figures(earlier)) == {"casualties", "casualties_children", "casualties_women"}
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


async def test_on_paper_a_report_says_the_same_as_the_answer(service: AsyncClient, released: Files) -> None:
    body = (await get(service, released, "reports/ccm?year=2025", "ru")).json()
    paper = await get(service, released, "reports/ccm.pdf?year=2025", "ru")
    again = await get(service, released, "reports/ccm.pdf?year=2025", "ru")

    said = on_paper(paper.content).replace(" ", "")
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.content == again.content
    for item in body["items"]:
        assert f"{item['number']}.{item['topic']}".replace(" ", "") in said
        for one in item["figures"]:
            assert f"{one['label']}{one['shown']}".replace(" ", "") in said
        for one in item["missing"]:
            assert f"{one['label']}{one['explained']}".replace(" ", "") in said
    assert "неявляетсяучастником" in said
    released_by = {
        one["source"] for item in body["items"] for one in item["figures"] if one["origin"] == "released"
    }
    assert {said.count(source.replace(" ", "")) for source in released_by} == {1}
    assert not re.search("[0-9a-f]{17}", on_paper(paper.content))  # what no line can break runs off the page


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("reports/nothing?year=2025", 404),
        ("reports/apmbc.docx?year=2025", 404),
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
    assert len((await get(service, released, "indicators", "az")).json()) == 55
