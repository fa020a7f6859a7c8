"""Statistics over HTTP: who may ask, what comes back, and that nothing but releases can be read."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from httpx import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from app.access.actor import Actor
from app.access.table import Role
from app.core.db import Limits, unit_of_work
from app.core.hot import Hot
from app.statistics.formats import FORMATS
from tests.conftest import web
from tests.factories import Town, signed
from tests.statistics.files import Files
from tests.statistics.publishing import publish

QUERY = "/statistics/query"


@pytest.fixture(scope="module")
async def released(town: Town, login: AsyncEngine, owner: AsyncEngine) -> AsyncIterator[Files]:
    """A register of 130 people and its release, for all tests of this file."""
    files = Files(town, owner)
    await files.add(90)
    await files.add(40, sex_code="male", district_code="az_agm", registered_on=date(2011, 3, 1))
    await publish(owner, date(2025, 12, 31))
    yield files
    await files.clear()


@pytest.fixture(scope="module")
async def service(login: AsyncEngine) -> AsyncIterator[AsyncClient]:
    async with web(login) as client:
        yield client


async def ask(service: AsyncClient, actor: Actor, language: str = "en", **body: Any) -> Response:
    headers = signed(actor) | {"accept-language": language}
    return await service.post(QUERY, json=body, headers=headers)


async def test_an_analyst_gets_figures_with_their_margins(service: AsyncClient, released: Files) -> None:
    answer = await ask(service, released.town.analyst, dimensions=["sex", "region"])

    body = answer.json()
    found = {(row["codes"]["region"], row["codes"]["sex"]): row for row in body["rows"]}
    assert answer.status_code == 200
    assert body["dimensions"] == ["region", "sex"]  # public order, however it was asked
    assert len(found) == 15 * 3
    assert abs(found["qarabag", "female"]["value"] - 90) <= 4 * found["qarabag", "female"]["half_width"]
    assert found["baki", "unknown"]["shown"] in {"<10", "10", "11", "12", "13", "14", "15", "16"}
    assert body["display_limit"] == 10
    assert "not evidence of change" in body["note"]
    assert "130" not in {row["shown"] for row in body["rows"]}
    assert answer.headers["cache-control"] == "no-store"


async def test_a_figure_comes_as_a_rate_where_the_public_knows_its_people(
    service: AsyncClient, released: Files
) -> None:
    by_region = (await ask(service, released.town.analyst, dimensions=["region"])).json()
    by_age = (await ask(service, released.town.analyst, dimensions=["age"])).json()

    karabakh = next(row for row in by_region["rows"] if row["codes"] == {"region": "qarabag"})
    assert karabakh["per_100000"] == round(100_000 * karabakh["value"] / 743_000, 1)
    assert karabakh["per_100000_half_width"] > 0
    assert by_region["population"]["as_of"] == "2024-01-01"
    assert all(row["per_100000"] is None for row in by_age["rows"])
    assert by_age["total"]["per_100000"] == by_region["total"]["per_100000"] is not None


async def test_small_figures_are_hidden_as_too_small_and_never_as_nothing(
    service: AsyncClient, released: Files
) -> None:
    rows = (await ask(service, released.town.analyst, dimensions=["district"])).json()["rows"]

    small = [row for row in rows if row["shown"] == "<10"]
    assert len(small) > 60
    assert all(row["value"] is None and row["percent"] is None for row in small)
    assert not any(row["shown"] in {"0", "1"} for row in rows)
    assert all(row["value"] is None or row["value"] >= 10 for row in rows)


async def test_an_answer_that_is_kept_is_for_one_language(service: AsyncClient, released: Files) -> None:
    asked: dict[str, Any] = {"dimensions": ["region"], "filters": {"sex": ["female"]}}
    first, other, again = [
        await ask(service, released.town.analyst, language, **asked) for language in ("en", "az", "en")
    ]

    assert again.content == first.content
    assert again.json()["sentence"] != other.json()["sentence"]
    assert again.json()["rows"] == other.json()["rows"]


async def test_only_coordinators_and_analysts_may_ask(service: AsyncClient, released: Files) -> None:
    statuses = {}
    for role, actor in released.town.everybody.items():
        headers = signed(actor)
        got = [
            await ask(service, actor),
            await service.get("/statistics/dimensions", headers=headers),
            await service.get("/statistics/releases", headers=headers),
        ]
        statuses[role] = {answer.status_code for answer in got}

    may = {Role.ANALYST, Role.COORDINATOR}
    assert {role for role, seen in statuses.items() if seen == {200}} == may
    assert all(seen == {403} for role, seen in statuses.items() if role not in may)
    assert (await service.post(QUERY, json={})).status_code == 401


async def test_a_question_no_table_holds_is_told_what_can_be_asked(
    service: AsyncClient, released: Files
) -> None:
    answer = await ask(
        service, released.town.analyst, dimensions=["region"], filters={"sex": ["male"], "age": ["0_5"]}
    )

    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/not-in-release"
    assert ["region", "district"] in answer.json()["available"]


@pytest.mark.parametrize(
    "body",
    [
        {"dimensions": ["name"]},
        {"dimensions": ["sex"] * 21},
        {"filters": {"surname": ["x"]}},
        {"filters": {"sex": []}},
        {"filters": {"sex": ["Aygün'; drop table survivor"]}},
        {"filters": {"region": ["atlantis"]}},
        {"filters": {"year": ["2031"]}},
        {"filters": {"region": ["baki"] * 501}},
        {"limit": 3},
    ],
)
async def test_what_is_in_no_public_list_is_refused_without_an_echo(
    service: AsyncClient, released: Files, body: dict[str, Any]
) -> None:
    answer = await ask(service, released.town.analyst, **body)

    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert not any(word in answer.text for word in ("surname", "Aygün", "atlantis", "2031"))


async def test_dimensions_have_labels_in_the_callers_language(service: AsyncClient, released: Files) -> None:
    headers = signed(released.town.analyst)
    english, azeri = [
        (await service.get("/statistics/dimensions", headers=headers | {"accept-language": one})).json()
        for one in ("en", "az")
    ]

    def labels(body: Any, name: str) -> dict[str, str]:
        [dimension] = [d for d in body["dimensions"] if d["name"] == name]
        return {code["code"]: code["label"] for code in dimension["codes"]}

    assert labels(english, "region")["baki"] == "Baku"
    assert labels(azeri, "region")["baki"] == "Bakı"
    assert labels(english, "year")["until_2016"] == "2016 and before"
    assert labels(english, "district")["unknown"] == "unknown"
    assert english["available"] == azeri["available"]


async def test_the_sentence_says_it_in_three_languages(service: AsyncClient, released: Files) -> None:
    said = {}
    for language in ("en", "az", "ru"):
        asked = {"dimensions": ["sex"], "filters": {"region": ["qarabag"]}}
        said[language] = (await ask(service, released.town.analyst, language, **asked)).json()["sentence"]

    assert "Karabakh" in said["en"]
    assert "includes none" in said["en"]
    assert "Qarabağ" in said["az"]
    assert "Карабах" in said["ru"]
    assert all("2025-12-31" in sentence for sentence in said.values())


async def test_every_signed_cell_is_in_the_statisticians_file_and_adds_up(
    service: AsyncClient, released: Files
) -> None:
    headers = signed(released.town.analyst)
    [release] = (await service.get("/statistics/releases", headers=headers)).json()
    base = f"/statistics/releases/{release['id']}/tables"

    files = {name: await service.get(f"{base}/{name}", headers=headers) for name in release["tables"]}
    tag = files["total"].headers["etag"]
    unchanged = await service.get(f"{base}/total", headers=headers | {"if-none-match": f'"x", W/{tag}'})

    cells = {name: json.loads(answer.content)["cells"] for name, answer in files.items()}
    assert len(files) == 8
    assert len({sum(each) for each in cells.values()}) == 1
    assert json.loads(files["total"].content)["metadata"]["rho"] == 0.25
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert (await service.get(f"{base}/nothing", headers=headers)).status_code == 404
    assert (await service.get(f"{base}/total", headers=signed(released.town.caseworker))).status_code == 403


@pytest.mark.parametrize("suffix", FORMATS)
async def test_a_table_comes_in_the_format_of_its_suffix_and_one_more_person_changes_no_byte(
    service: AsyncClient, released: Files, suffix: str
) -> None:
    """D1, for every format."""
    headers = signed(released.town.analyst)
    [release] = (await service.get("/statistics/releases", headers=headers)).json()
    path = f"/statistics/releases/{release['id']}/tables/region_sex.{suffix}"

    first = await service.get(path, headers=headers)
    await released.add(1)
    second = await service.get(path, headers=headers | {"if-none-match": first.headers["etag"]})
    third = await service.get(path, headers=headers)

    assert first.headers["content-type"] == FORMATS[suffix].media_type
    assert first.headers["content-disposition"] == f'attachment; filename="region_sex.{suffix}"'
    assert (second.status_code, third.content) == (304, first.content)


@pytest.mark.parametrize("name", ["total.pdf", "total.csv.csv", "TOTAL", "total.CSV", "t" * 41])
async def test_a_table_of_no_such_name_or_format_is_refused(
    service: AsyncClient, released: Files, name: str
) -> None:
    headers = signed(released.town.analyst)
    [release] = (await service.get("/statistics/releases", headers=headers)).json()

    answer = await service.get(f"/statistics/releases/{release['id']}/tables/{name}", headers=headers)

    assert answer.status_code == 404
    assert name not in answer.text


async def test_every_question_is_audited(service: AsyncClient, released: Files) -> None:
    await ask(service, released.town.coordinator)

    async with unit_of_work(released.owner, Limits(rights="none")) as session:
        connection = await session.connection()
        found = await connection.execute(
            sa.text("select object_ids from audit_event where action = 'release.query' and user_id = :me"),
            {"me": released.town.coordinator.user_id},
        )
        [releases] = (await connection.execute(sa.text("select array_agg(id) from stats.release"))).one()
    assert releases in [row.object_ids for row in found]


async def test_a_coordinators_question_runs_without_the_coordinators_other_rights(
    service: AsyncClient, released: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D2: also who may see every record asks statistics in a role that can see none."""
    from app.statistics import queries

    roles = []
    real_cube = queries.cube

    async def listening(hot: Hot, every: Any) -> Any:
        roles.append(await hot.connection.fetchval("select current_user::text"))
        return await real_cube(hot, every)

    monkeypatch.setattr(queries, "cube", listening)
    await ask(service, released.town.coordinator)

    assert roles == ["figures_reader"]


async def test_however_many_ask_first_the_release_is_read_once(
    service: AsyncClient, released: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.statistics import queries

    read = []
    real_read = queries._read

    def reading(every: Any, parts: Any) -> Any:
        read.append(every)
        time.sleep(0.2)  # long enough for the others to come
        return real_read(every, parts)

    monkeypatch.setattr(queries, "_cubes", {})
    monkeypatch.setattr(queries, "_read", reading)
    answers = await asyncio.gather(*(ask(service, released.town.analyst) for _ in range(4)))

    assert len(read) == 1
    assert len({answer.text for answer in answers}) == 1
