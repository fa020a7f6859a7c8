"""Put the questions of a row to the application, and judge the answers."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from httpx import Response

from app.access import table
from app.access.actor import Actor
from app.access.table import Permission, Reach
from app.core.config import settings
from tests.factories import signed
from tests.matrix.engine import (
    LETTERS,
    ROBBED,
    STRANGERS,
    Ask,
    Cell,
    Form,
    Relation,
    Row,
    operation,
    twin,
)
from tests.matrix.scenes import another
from tests.matrix.world import World

Answers = dict[tuple[Relation, str], Response]
Sabotage = Callable[[], AbstractContextManager[None]]
HERS = ("x-request-id", "date")  # headers that differ between any two answers
ROLES = {role.value: role for role in LETTERS.values()}


@dataclass(frozen=True)
class Verdict:
    """How many things were asserted of a row's answers, and which did not hold."""

    asserted: int
    broken: list[str]


async def answers(world: World, key: str, row: Row, asked: list[Cell]) -> Answers:
    """What the application answers to these questions; each is asked of the same world, and then undone."""
    found: Answers = {}
    async with world.undone():
        asks = await _asks(world, key, row, {cell.relation for cell in asked})
        async with world.undone() as again:
            for cell in asked:
                found[cell.relation, cell.who] = await _answer(world, key, row, cell, asks[cell.relation])
                await again()
    return found


async def first_broken(
    world: World, key: str, row: Row, asked: list[Cell], statuses: set[str], sabotage: Sabotage
) -> Cell | None:
    """The first of these questions that is not answered as declared, once the house is sabotaged."""
    async with world.undone():
        asks = await _asks(world, key, row, {cell.relation for cell in asked})
        async with world.undone() as again:
            for cell in asked:
                with sabotage():
                    found = {
                        (cell.relation, cell.who): await _answer(world, key, row, cell, asks[cell.relation])
                    }
                if judge(world, key, row, [cell], found, statuses).broken:
                    return cell
                await again()
    return None


async def _asks(world: World, key: str, row: Row, needed: set[Relation]) -> dict[Relation, Ask]:
    """The request about the record of the world, and the same about others, as far as they are needed."""
    ask = await row.build(world)
    asks = {Relation.OWN: ask, Relation.FOREIGN: ask}
    if Relation.UNKNOWN in needed:
        asks[Relation.UNKNOWN] = ask.nowhere()
    if Relation.STALE in needed:
        assert ask.version, key
        asks[Relation.STALE] = replace(ask, version=ask.version + 1)
    if Relation.MISPLACED in needed:
        parent = next(iter(ask.params))
        asks[Relation.MISPLACED] = ask.about({parent: await another(world, parent)})
    return asks


async def _answer(world: World, key: str, row: Row, cell: Cell, ask: Ask) -> Response:
    actor, headers = who(world, row, cell.who)
    with circumstances(cell):
        return await send(world, key, ask.of(actor) if cell.relation is Relation.OWN else ask, actor, headers)


def who(world: World, row: Row, name: str) -> tuple[Actor | None, dict[str, str]]:
    """Who asks under this name, and with which headers of their own."""
    town = world.town
    usual = town.everybody[LETTERS[row.may[0]]]
    if name in ROLES:
        return town.everybody[ROLES[name]], {}
    if name in STRANGERS:
        return getattr(town, name), {}
    people: dict[str, tuple[Actor | None, dict[str, str]]] = {
        "anonymous": (None, {}),
        "made_up_token": (None, {"authorization": "Bearer made.up.token"}),
        "signed_out": (town.ended, {}),
        "disabled": (town.disabled, {}),
        "no_hat": (world.two_hats, {}),
        "borrowed_hat": (town.analyst, {"x-membership": str(usual.membership_id)}),
    }
    return people.get(name, (usual, {}))


@contextmanager
def circumstances(cell: Cell) -> Iterator[None]:
    """What is different for the time of this question."""
    with pytest.MonkeyPatch.context() as patch:
        if cell.who == "one_factor":
            patch.setattr(settings(), "mfa_required", True)
        if cell.who.startswith(ROBBED):
            permission = Permission(cell.who.removeprefix(ROBBED))
            patch.setitem(table.TABLE, permission, (Reach.NO,) * len(LETTERS))
        yield


async def send(world: World, key: str, ask: Ask, actor: Actor | None, headers: Mapping[str, str]) -> Response:
    """The request, by this person or by nobody."""
    verb, path = operation(key).split()
    path = path.removeprefix("/api/v1").format(**ask.params)
    version = {"if-match": f'"{ask.version}"'} if ask.version else {}
    sent = {**version, **(signed(actor) if actor else {}), **headers}
    form = isinstance(ask.body, Form)
    body: dict[str, Any] = {} if ask.body is None else ask.body._asdict() if form else {"json": ask.body}
    return await world.client.request(verb, f"{path}{ask.query}", headers=sent, **body)


def judge(
    world: World, key: str, row: Row, asked: Iterable[Cell], found: Answers, statuses: set[str]
) -> Verdict:
    """Every assertion on these answers. `statuses`: those that the API description names."""
    asserted, broken = 0, []
    for cell in asked:
        for claim, holds in _claims(row, world, cell, found, statuses):
            asserted += 1
            if not holds:
                broken.append(f"{key}: {cell}: {claim}, not {_brief(found[cell.relation, cell.who])}")
    return Verdict(asserted, broken)


def _claims(
    row: Row, world: World, cell: Cell, found: Answers, statuses: set[str]
) -> Iterator[tuple[str, bool]]:
    answer, expected = found[cell.relation, cell.who], cell.expected
    status, said = answer.status_code, said_of(answer)
    yield f"{expected.status}", expected.status in (status, status // 100)
    yield "a status of the API description", str(status) in statuses
    if expected.code:
        yield expected.code, said.get("code") == expected.code
    if expected.permission:
        yield expected.permission, said.get("permission") == expected.permission
    if cell.shown is not None:
        named = str(world.id_of(row.shows)) in answer.text
        yield f"{'names' if cell.shown else 'does not name'} the {row.shows}", named is cell.shown
    if (other := twin(cell)) and other in found:
        yield "the same bytes as of what never was", _bytes(answer) == _bytes(found[other])


def said_of(answer: Response) -> dict[str, Any]:
    """The members of a problem document; nothing for another answer."""
    is_problem = answer.headers.get("content-type", "").startswith("application/problem+json")
    return answer.json() if is_problem else {}


def _bytes(answer: Response) -> tuple[int, dict[str, str], bytes]:
    """All of an answer but the request's own id."""
    own = said_of(answer).get("request_id", "").encode()
    headers = {name: value for name, value in answer.headers.items() if name not in HERS}
    return answer.status_code, headers, answer.content.replace(own, b"")


def _brief(answer: Response) -> str:
    said = said_of(answer)
    facts = [str(answer.status_code), *(str(said[name]) for name in ("code", "permission") if name in said)]
    return " ".join(facts) + (f" {said['errors']}" if "errors" in said else "")
