"""Routes of indicators and reports: frameworks, filled from releases and quoted public totals."""

import asyncio
from hashlib import sha256
from typing import Annotated

from fastapi import Path, Query, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.codelists.lists import LANGUAGES, Language
from app.core.errors import Forbidden, NotFound
from app.core.hot import within
from app.core.shown import Shown
from app.printing import press
from app.routers._deps import ActorDep, acting
from app.routers._problems import problems
from app.routers._rooms import Room
from app.routers.printing import PDF
from app.routers.statistics import KEEP, ApartDep, ReaderDep
from app.statistics import indicators, queries, report_pages, reports, yearbook
from app.statistics.errors import NothingReleased

router = Room("statistics", prefix="/statistics")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Name = Annotated[str, Path(max_length=40, description="A framework; `.xlsx` for a workbook, `.pdf` on paper")]
Year = Annotated[int, Query(ge=1900, le=2999, description="The year that is reported")]


class IndicatorOut(Shown):
    """An indicator of the catalogue: what is counted, its unit, where the figure comes from."""

    code: str
    group: str
    label: str
    unit: str
    source: str
    definition: str


class FrameworkOut(Shown):
    """A framework that a report can be made for, and where the state stands to it."""

    framework: str
    title: str
    treaty_status: str
    items: int


@router.get("/indicators", responses=problems(Forbidden))
async def list_indicators(session: ReaderDep, actor: ActorDep) -> list[IndicatorOut]:
    """The catalogue of indicators, in the caller's language."""
    actor.grant(Permission.STATISTICS_QUERY)
    audit.record(session, actor, "release.indicators", [])
    return [
        IndicatorOut(
            code=one.code,
            group=one.group,
            label=one.label(actor.language),
            unit=one.unit,
            source=one.source,
            definition=one.definition,
        )
        for one in indicators.indicators().values()
    ]


@router.get("/reports", responses=problems(Forbidden))
async def list_reports(session: ReaderDep, actor: ActorDep) -> list[FrameworkOut]:
    """The frameworks that a report can be made for."""
    actor.grant(Permission.STATISTICS_QUERY)
    audit.record(session, actor, "release.frameworks", [])
    return [
        FrameworkOut(
            framework=name,
            title=indicators.TITLES[name],
            treaty_status=indicators.treaty_status(name),
            items=len(items),
        )
        for name, items in indicators.frameworks().items()
    ]


@router.get(
    "/reports/{name}",
    response_model=reports.Report,
    responses=problems(Forbidden, NotFound) | {200: {"content": {XLSX: {}, PDF: {}}}},
)
async def get_report(name: Name, year: Year, apart: ApartDep) -> Response:
    """A report for one year. It says which figures it could not fill, and why; none is ever made up.

    Figures are released ones with their margin, or quoted from what the agency published, with its source.
    """
    framework, _, suffix = name.partition(".")
    async with apart() as session:  # which is over before anything is written
        actor = acting(session.info["signed"])
        actor.grant(Permission.STATISTICS_QUERY)
        if framework not in indicators.TITLES or suffix not in ("", "xlsx", "pdf"):
            raise NotFound
        filled_from = await known(session, actor, year, "release.report")
    found = reports.report(framework, filled_from, actor.language)
    body, media_type = await _written(found, suffix, actor.language)
    headers = KEEP | {"ETag": f'"{sha256(body).hexdigest()}"'}
    if suffix:
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return Response(body, headers=headers, media_type=media_type)


async def _written(found: reports.Report, suffix: str, spoken: str) -> tuple[bytes, str]:
    """A report as its suffix says: a workbook, on paper, or the answer itself."""
    if suffix == "xlsx":
        return await asyncio.to_thread(reports.as_xlsx, found, spoken), XLSX
    if suffix == "pdf":
        language: Language = next((each for each in LANGUAGES if each == spoken), "en")
        return await press.printed(report_pages.sheet(found, language), report_pages.at(found)), PDF
    return reports.as_json(found), "application/json"


async def known(session: AsyncSession, actor: Actor, year: int, action: str) -> reports.Released:
    """All that is released of a year, in the reading role; `action` names the reading."""
    grant = actor.grant(Permission.STATISTICS_QUERY)
    hot = await within(session)
    published = await queries.published(hot, grant, action)
    cube = await queries.cube(hot, published) if published else None
    sources = {"people": ", ".join(f"release {one.id} (sha256 {one.sha256})" for one in published)}
    prints = {str(one.id): one.sha256 for one in published}
    releases = [(one, prints[one.release_id]) for one in cube.releases] if cube else []
    try:
        release, released = await queries.care_year(session, grant, year)
    except NothingReleased:
        return reports.Released(cube, None, year, sources, releases)
    audit.record(session, actor, action, release.id)
    sources["care"] = f"release {release.id} (sha256 {release.sha256})"
    care = yearbook.answered(released, release.sha256 or "", actor.language)
    releases.append((released, release.sha256 or ""))
    return reports.Released(cube, care, year, sources, releases)
