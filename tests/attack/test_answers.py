"""What HTTP tells beside the figures: with one more file, in other words, of other groups, by the clock."""

import json
import random
import time
from collections.abc import Iterator, Sequence
from itertools import islice, product
from typing import Any

import numpy as np
import pytest
from httpx import AsyncClient, Response

from app.statistics import disclosure
from app.statistics.formats import FORMATS
from tests.attack import leaky
from tests.attack.conftest import LONG, SHORT, Effort
from tests.attack.country import Country
from tests.attack.findings import Findings
from tests.statistics.register import LARGE, Person, lists_of, people

LISTS = lists_of(LARGE)
NAMES = [
    [],
    ["sex"],
    ["region"],
    ["age", "sex"],
    ["region", "victim_type"],
    ["year"],
    ["district", "age"],
    ["surname"],
]
REGISTER = people(LARGE, 500, 1)
SOMEBODY: Person = ("d3", "female", "0_5", "indirect_community", 2021)
VOLATILE = {"date", "x-request-id"}


@pytest.fixture(
    params=[
        pytest.param(SHORT, id="short", marks=pytest.mark.short),
        pytest.param(LONG, id="long", marks=pytest.mark.attack),
    ]
)
def effort(request: pytest.FixtureRequest) -> Effort:
    chosen: Effort = request.param
    return chosen


@pytest.fixture
def register(country: Country) -> list[Person]:
    """A register like Azerbaijan's in shape, released."""
    country.publish(LARGE, REGISTER)
    return REGISTER


def seen(answer: Response) -> Any:
    """All of an answer but the moment and the name of the request."""
    body: Any = answer.content
    if answer.headers.get("content-type") == "application/problem+json":
        body = {key: value for key, value in answer.json().items() if key != "request_id"}
    return answer.status_code, sorted((k, v) for k, v in answer.headers.items() if k not in VOLATILE), body


def requests(country: Country, number: int) -> list[dict[str, Any]]:
    """So many different questions and downloads, of every kind, good and bad, the same ones each time."""
    different = {json.dumps(one): one for one in islice(drawn(country), 20 * number)}
    return list(islice(different.values(), number))


def drawn(country: Country) -> Iterator[dict[str, Any]]:
    """Requests without end; two in three ask for what one released table holds, the others for anything."""
    dice = random.Random(5)
    release = country.get("/statistics/releases").json()[-1]
    files = [f"/statistics/releases/{release['id']}/tables/{name}" for name in release["tables"]]
    pages = ["/statistics/releases", "/statistics/dimensions", "/statistics/releases/nothing/tables/total"]
    tables = [table.dimensions for table in LARGE.tables if table.dimensions]
    while True:
        headers = {"accept-language": dice.choice(["az", "en", "ru"])}
        if dice.random() < 0.2:
            path = dice.choice(
                [*pages, *(f"{dice.choice(files)}{end}" for end in ("", *(f".{s}" for s in FORMATS)))]
            )
            yield {"method": "GET", "path": path, "headers": headers}
            continue
        fits = dice.random() < 0.66
        names = list(dice.choice(tables)) if fits else list(LISTS)
        filters = {
            name: dice.choices(
                [*LISTS[name], "nowhere"] if dice.random() < 0.05 else LISTS[name], k=dice.randint(1, 9)
            )
            for name in dice.sample(names, dice.randint(0, min(len(names), 3)))
        }
        shown = dice.sample(names, dice.randint(0, len(names))) if fits else dice.choice(NAMES)
        body = {"dimensions": shown, "filters": filters}
        yield {"method": "POST", "path": "/statistics/query", "headers": headers, "json": body}


def test_one_more_file_changes_no_answer(
    country: Country, register: list[Person], effort: Effort, found: Findings
) -> None:
    """D1."""
    asked = requests(country, effort.respellings * 3 // 5)
    before = [seen(country.send(**one)) for one in asked]

    country.register(SOMEBODY)
    after = [seen(country.send(**one)) for one in asked]

    differ = sum(one != other for one, other in zip(before, after, strict=True))
    found.note("D1", f"answers of {len(asked)} that differ, in {1 + len(FORMATS)} formats", differ, "= 0")
    assert differ == 0
    assert {status for status, _, _ in before} == {200, 409, 422}
    assert len({str(one) for one in before}) > len(asked) / 2  # they were different questions


def test_a_question_has_one_answer_however_it_is_spelled(
    country: Country, register: list[Person], effort: Effort, found: Findings
) -> None:
    """D9."""
    dice, answers = random.Random(9), set()
    for _ in range(effort.respellings):
        regions = ["r1", "r4", "r9", *dice.choices(["r1", "r9"], k=dice.randint(0, 3))]
        filters = {"region": dice.sample(regions, len(regions))}
        for name in ("sex", "age", "victim_type"):
            if dice.random() < 0.4:
                filters[name] = dice.sample(LISTS[name], len(LISTS[name]))
        named = dice.sample(["victim_type", "region", "region"], 3)
        answer = country.ask(dict(dice.sample(list(filters.items()), len(filters))), named)
        answers.add((answer.content, answer.headers["etag"]))

    found.note("D9", f"answers to {effort.respellings} spellings of one question", len(answers), "= 1")
    assert len(answers) == 1


def test_the_screen_says_what_the_files_say_and_no_more(country: Country, register: list[Person]) -> None:
    """So that who reads the files, as the attackers here do, holds all that questions could tell."""
    files, told = country.downloaded(), 0
    for names in NAMES[:-2]:
        for filters in ({}, {"region": ["r2", "r5"]}, {"district": ["d1", "d7"]}):
            answer = country.ask(filters, names)
            if answer.status_code != 200:
                continue
            known = files(filters, names)
            for codes, value in country.query(filters, names).items():
                assert value in {known.get(codes), None}
                told += value is not None
    assert told > 50


def test_the_shape_of_an_answer_follows_from_the_public_lists(country: Country, found: Findings) -> None:
    """D12: of a full country and of one where nobody is registered."""
    shapes = []
    for some in (people(LARGE, 900, 3), []):
        country.publish(LARGE, some)
        shapes.append([shape(country, names, filters) for names in NAMES for filters in FILTERS])

    rows = sum(len(one[2]) for one in shapes[0] if one[0] == 200)
    found.note(
        "D12",
        f"answers of {len(shapes[0])} whose shape tells a full register from none",
        differing(*shapes),
        "= 0",
    )
    assert shapes[0] == shapes[1]
    assert {one[0] for one in shapes[0]} == {200, 409, 422}
    assert rows > 100


FILTERS: list[dict[str, Sequence[str]]] = [
    {},
    {"region": ["r13", "r2"]},
    {"sex": ["unknown"], "age": ["0_5"]},
    {"district": ["d78", "nowhere"]},
]


def differing(one: list[Any], other: list[Any]) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


def shape(
    country: Country, names: list[str], filters: dict[str, Sequence[str]]
) -> tuple[int, list[str], list[Any]]:
    """All of an answer but its figures; and that its rows are the full product, in public order."""
    answer = country.ask(filters, names)
    body = answer.json()
    codes = [tuple(row["codes"][name] for name in body["dimensions"]) for row in body.get("rows", [])]
    if answer.status_code == 200 and names:
        lists = [[c for c in LISTS[n] if c in filters.get(n, LISTS[n])] for n in LISTS if n in names]
        assert codes == list(product(*lists))
    return answer.status_code, sorted(answer.headers), codes


EMPTY, SMALL_CELL, BIG = {"district": ["unknown"]}, {"district": ["d1"]}, {"sex": ["male"]}
CALLS = 500


@pytest.mark.attack
def test_time_does_not_tell_how_many_there_are(
    country: Country, register: list[Person], found: Findings
) -> None:
    """D11: whether somebody with a clock can tell an empty group from a small or a large one."""

    def measure() -> tuple[float, float]:
        empty, small, large = timed(country, country.client, [EMPTY, SMALL_CELL, BIG])
        areas = [auc(empty, small), auc(empty, large), auc(small, large)]
        tails = [float(np.quantile(one, 0.95) / np.quantile(large, 0.95)) for one in (empty, small)]
        for group, area in zip(
            ("empty from small", "empty from large", "small from large"), areas, strict=True
        ):
            found.note("D11", f"AUC, {group}, {CALLS} calls each", area, "0.45 to 0.55")
        for group, tail in zip(("empty", "small"), tails, strict=True):
            found.note("D11", f"p95, {group} / large, {CALLS} calls each", tail, "0.8 to 1.25")
        apart = max(abs(area - 0.5) for area in areas)
        return apart if all(0.8 <= tail <= 1.25 for tail in tails) else 1.0, 0.05

    assert found.holds("D11", "largest distance of an AUC from 0.5 (1 if a p95 is out)", measure)


def timed(country: Country, client: AsyncClient, groups: list[dict[str, list[str]]]) -> list[list[float]]:
    """Seconds that each question takes, in turn and in any order."""
    spent: list[list[float]] = [[] for _ in groups]

    async def ask(number: int) -> None:
        body = {"dimensions": [], "filters": groups[number]}
        begun = time.perf_counter()
        await client.post("/statistics/query", json=body, headers=country.token)
        spent[number].append(time.perf_counter() - begun)

    async def all_of_them() -> None:
        for _ in range(CALLS):
            for number in random.sample(range(len(groups)), len(groups)):
                await ask(number)

    country.portal.call(all_of_them)
    return spent


def auc(one: list[float], other: list[float]) -> float:
    """The area under the curve of whoever tells two groups apart by time: one half is guessing."""
    ranks = np.argsort(np.argsort([*one, *other]))
    area = (ranks[: len(one)].sum() - len(one) * (len(one) - 1) / 2) / (len(one) * len(other))
    return float(area)


def test_the_service_others_would_write_leaks_in_each_of_these_ways(
    country: Country, found: Findings
) -> None:
    """D16: what is looked for above is found where it is."""
    register = [("d1", "male", "18_59", "direct_survivor", 2020)] * 3000
    register += [one for one in people(LARGE, 200, 1) if one[1] != "unknown"]
    leaks = country.portal.call(leaks_of, country, leaky.served(LARGE, register))

    found.note("D16", f"leaky service: {', '.join(leaks)}", len(leaks), ">= 4")
    assert len(leaks) >= 4


async def leaks_of(country: Country, client: AsyncClient) -> list[str]:
    """Which of these ways to learn something about small groups work on a service."""

    async def ask(names: Sequence[str], accept: str = "application/json", **filters: list[str]) -> Response:
        headers = country.token | {"accept": accept}
        return await client.post(
            "/statistics/query", json={"dimensions": list(names), "filters": filters}, headers=headers
        )

    many, nobody = await ask(["region", "age"]), await ask([], sex=["unknown"], age=["0_5"])
    codes = [(row["codes"]["region"], row["codes"]["age"]) for row in many.json()["rows"]]
    every = list(product(LISTS["region"], LISTS["age"]))
    other = (await ask(["region", "age"], accept="text/csv")).text
    found = {
        "no answer where nobody is": nobody.status_code != 200,
        "rows missing": set(codes) != set(every),
        "rows in the order of size": codes != [one for one in every if one in set(codes)],
        "a count in the headers": any("count" in name for name in many.headers),
        "what is hidden stands in another format": "r1,0_5," in other and "null" not in other,
    }
    return [name for name, leaks in found.items() if leaks]


def test_ours_leaks_in_none_of_these_ways(country: Country, register: list[Person]) -> None:
    assert country.portal.call(leaks_of, country, country.client) == []


def test_the_bound_is_printed_with_every_table(country: Country, register: list[Person]) -> None:
    """Who reads a table can see what it promises, and work it out again."""
    cost = disclosure.cost(LARGE)
    for document in country.documents().values():
        assert f'"mu":{cost.mu}' in document.decode()
