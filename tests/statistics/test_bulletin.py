"""The bulletin of a year: what stands on paper is what was released or quoted, in three languages."""

import io
import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from httpx import AsyncClient, Response
from pypdf import PdfReader
from sqlalchemy.ext.asyncio import AsyncEngine

from app.codelists.lists import LANGUAGES
from app.core import child, clock
from app.core.db import unit_of_work
from app.core.errors import Unavailable
from app.printing import press
from app.statistics import artefact, bulletin, charts, jobs, report_pages, reports
from app.statistics.charts import Bar, Picture
from app.statistics.states import Kind
from app.statistics.tables import Cohort, quarterly
from tests.conftest import web
from tests.factories import Town, signed
from tests.reading import on_paper
from tests.statistics.files import Files
from tests.statistics.publishing import approve, publish

Q1 = date(2025, 3, 31)
DOCUMENTS = {"en": "statistics.md", "az": "statistics.az.md", "ru": "statistics.ru.md"}
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
async def released(town: Town, owner: AsyncEngine) -> AsyncIterator[Files]:
    """Three hundred people in two cohorts, a year of care and the bulletin of its first quarter."""
    files = Files(town, owner)
    await files.add(200)
    await files.add(100, sex_code="male", registered_on=date(2025, 2, 1))
    await publish(owner, date(2024, 12, 31))
    for kind, day in ((Kind.BULLETIN, Q1), (None, date(2025, 12, 31)), (Kind.CARE, date(2025, 12, 31))):
        made = await (jobs.make(owner, kind, day) if kind else jobs.make_release(owner, day))
        await approve(owner, made.release_id)
    yield files
    await files.clear()


@pytest.fixture(scope="module")
async def service(login: AsyncEngine) -> AsyncIterator[AsyncClient]:
    async with web(login) as client:
        yield client


async def get(service: AsyncClient, released: Files, path: str, who: Any = None) -> Response:
    return await service.get(f"/statistics/{path}", headers=signed(who or released.town.analyst))


def small(text: str) -> str:
    """As compared: without the marks of a document and the breaks of a line."""
    text = re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", text).replace("`", "")
    return " ".join(text.split())


async def test_a_bulletin_says_what_the_report_says_quotes_the_agency_and_names_its_releases(
    service: AsyncClient, released: Files
) -> None:
    answer = await get(service, released, "bulletin.pdf?year=2025&language=en")
    report = (await get(service, released, "reports/crpd?year=2025")).json()
    listed = (await get(service, released, "releases")).json()

    said = on_paper(answer.content)
    [registered] = [
        one for item in report["items"] for one in item["figures"] if one["indicator"] == "registered"
    ]
    assert answer.headers["content-disposition"] == 'inline; filename="bulletin-2025-en.pdf"'
    assert f"People registered for assistance {registered['shown']} people" in said
    assert "Victims since November 2020 415" in said
    assert "ANAMA" in said
    assert "invented" not in said  # these would be real
    assert "What could not be told" in said
    assert "Too small to measure" in said  # nobody did sport
    assert "Quarter 1" in said
    assert "Quarter 2" not in said
    assert len(listed) == 4
    packed = said.replace(" ", "")
    assert all(one["sha256"] in packed for one in listed)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_for_a_statistician_is_that_of_the_documents_in_each_language(
    service: AsyncClient, released: Files, language: str
) -> None:
    document = Path("docs/explanation", DOCUMENTS[language]).read_text(encoding="utf-8")
    answer = await get(service, released, f"bulletin.pdf?year=2025&language={language}")

    paragraphs = small(bulletin._pages()[language])
    assert paragraphs in small(document)
    assert answer.headers["content-language"] == language
    assert paragraphs.replace(" ", "") in on_paper(answer.content).replace(" ", "")


async def test_one_more_person_changes_no_byte_of_a_bulletin_or_a_picture(
    service: AsyncClient, released: Files
) -> None:
    """D1, on paper."""
    release = (await get(service, released, "releases")).json()[0]
    paths = ("bulletin.pdf?year=2025", f"releases/{release['id']}/tables/sex_age.png")
    before = [(await get(service, released, path)).content for path in paths]

    await released.add(1)

    assert before == [(await get(service, released, path)).content for path in paths]
    assert before[0].startswith(b"%PDF")
    assert before[1].startswith(PNG)


async def test_every_picture_is_in_the_bulletin_and_says_in_words_what_it_shows(
    service: AsyncClient, released: Files
) -> None:
    pdf = PdfReader(io.BytesIO((await get(service, released, "bulletin.pdf?year=2025&language=en")).content))
    said = " ".join(page.extract_text() for page in pdf.pages)

    for words in ("by region", "by sex, age group", "by category of victim", "by year of registration"):
        assert f"People registered, {words}" in said
    for words in ("People served", "Needs", "Milestones", "Reached by risk education", "Sessions held"):
        assert f"{words} in 2025" in said
    assert len(pdf.pages) < 10


async def test_a_year_of_which_nothing_is_released_has_no_bulletin(
    service: AsyncClient, released: Files
) -> None:
    later = await get(service, released, "bulletin.pdf?year=2026")
    earlier = await get(service, released, "bulletin.pdf?year=1900")
    caseworker = await get(service, released, "bulletin.pdf?year=2025", released.town.caseworker)
    odd = await get(service, released, "bulletin.pdf?year=soon")

    assert (later.status_code, later.json()["code"]) == (409, "nothing-released")
    assert (earlier.status_code, earlier.json()["code"]) == (409, "nothing-released")
    assert (caseworker.status_code, odd.status_code) == (403, 422)
    assert (await get(service, released, "bulletin.pdf?year=2025&language=fr")).status_code == 422


async def test_who_reads_a_bulletin_is_kept_with_every_release_in_it(
    service: AsyncClient, released: Files, owner: AsyncEngine
) -> None:
    for path, action in (("bulletin.pdf?year=2025", "bulletin"), ("reports/crpd?year=2025", "report")):
        await get(service, released, path)
        listed = (await get(service, released, "releases")).json()
        events = sa.text(
            "select distinct unnest(object_ids)::text from audit_event"
            " where request_id = (select request_id from audit_event where action = :action"
            " order by at desc limit 1)"
        )
        async with unit_of_work(owner, None) as session:
            found = await (await session.connection()).execute(events, {"action": f"release.{action}"})
            read = set(found.scalars())
        kinds = {"registrations", "care", "bulletin"} - ({"bulletin"} if action == "report" else set())
        assert read == {one["id"] for one in listed if one["kind"] in kinds}


def test_the_moment_of_an_edition_is_when_its_day_begins_here() -> None:
    """In Greenwich it is the day before: 20:00 in winter, where Baku is four hours ahead."""
    plan = quarterly(Cohort(date(2025, 1, 1), Q1, 22))
    made = artefact.Released("r", plan, (), {"publication_on": "2025-05-14"})
    edition = bulletin.Edition(reports.Released(None, None, 2025, {}), [], [bulletin.Source(made, "")])

    assert (edition.published_on, clock.day_of(edition.at)) == (date(2025, 5, 14), date(2025, 5, 14))
    assert clock.day_of(edition.at - timedelta(seconds=1)) == date(2025, 5, 13)
    empty = reports.report("crpd", reports.Released(None, None, 2025, {}), "en")
    assert clock.day_of(report_pages.at(empty) - timedelta(seconds=1)) == date(2025, 12, 30)


async def test_a_picture_in_pixels_is_twice_as_sharp_as_a_screen_and_never_too_large_for_the_press() -> None:
    def size(png: bytes) -> tuple[int, int]:
        return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])

    short = Picture("title", "about", "note", [Bar("Ağdam, Физули", 400, 8.0)] * 3)
    long = Picture("title", "about", "note", [Bar("a", 400, 8.0)] * 2000)

    drawn = size(await press.pixels(charts.svg(short)))
    many = size(await press.pixels(charts.svg(long)))

    assert drawn == tuple(2 * side for side in charts.size(short))
    assert many[0] * many[1] <= 1.01 * press.MOST_PIXELS


async def test_a_press_that_is_stuck_says_so(
    service: AsyncClient, released: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stuck(*_: object) -> None:
        return None

    monkeypatch.setattr(child, "run", stuck)
    with pytest.raises(Unavailable):
        await press.pixels(charts.svg(Picture("", "", "", [])))
    assert (await get(service, released, "bulletin.pdf?year=2025")).status_code == 503
