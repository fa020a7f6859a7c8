"""Every operation with everybody: what is declared is what happens, and nothing is undeclared."""

import sys

import pytest
from fastapi import FastAPI

from app.access.table import Permission
from app.main import create_app
from tests.matrix import mutants, trial
from tests.matrix.declared import DECLARED
from tests.matrix.engine import YES, Cell, assertions, cells, operation
from tests.matrix.mutants import Mutant
from tests.matrix.served import FOR_ANYBODY, documented, served, unguarded
from tests.matrix.world import World


def asked_of(app: FastAPI, key: str) -> list[Cell]:
    return cells(key, DECLARED[key], versioned="412" in documented(app)[operation(key)])


def test_every_operation_is_documented_declared_and_guarded(app: FastAPI) -> None:
    declared = set(map(operation, DECLARED)) | FOR_ANYBODY

    assert set(served(app)) == set(documented(app))
    assert set(served(app)) - declared == set()
    assert declared - set(served(app)) == set()
    assert unguarded(app) == set()
    assert len(served(app)) >= 450


def test_a_canary_is_reported() -> None:
    app = create_app()
    app.add_api_route("/canary", lambda: None)
    app.add_api_route("/hidden-canary", lambda: None, include_in_schema=False)

    assert unguarded(app) == {"GET /canary", "GET /hidden-canary"}
    assert set(served(app)) - set(map(operation, DECLARED)) - FOR_ANYBODY == unguarded(app)


def test_an_operation_that_hides_from_the_description_is_reported() -> None:
    app = FastAPI(redoc_url=None)  # as ours
    app.add_api_route("/hidden-canary", lambda: None, include_in_schema=False)

    assert set(served(app)) - set(documented(app)) == {"GET /hidden-canary"}


@pytest.mark.parametrize("key", sorted(DECLARED))
async def test_everybody_is_answered_what_is_declared(world: World, app: FastAPI, key: str) -> None:
    row, asked = DECLARED[key], asked_of(app, key)

    found = await trial.answers(world, key, row, asked)
    verdict = trial.judge(world, key, row, asked, found, documented(app)[operation(key)])

    assert verdict.broken == []
    assert verdict.asserted == assertions(asked)


def test_the_matrix_is_as_large_as_is_said(app: FastAPI) -> None:
    """Each row's test asserts that it made as many assertions as are counted here."""
    every = [asked_of(app, key) for key in DECLARED]
    asked, asserted = sum(map(len, every)), sum(map(assertions, every))
    allowed = sum(cell.expected == YES for row in every for cell in row)
    sys.stdout.write(f"{len(DECLARED)} rows, {asked} cells, {allowed} allowed, {asserted} assertions\n")

    assert asked >= 16_000
    assert asserted >= 12_000
    assert all(any(cell.expected == YES for cell in row) for row in every)


async def caught(world: World, app: FastAPI, mutant: Mutant) -> Cell | None:
    """The cell of the matrix that notices this sabotage."""
    for key in mutant.keys:
        asked, statuses = mutant.sought(key, DECLARED[key]), documented(app)[operation(key)]
        if cell := await trial.first_broken(world, key, DECLARED[key], asked, statuses, mutant.sabotage):
            return cell
    return None


KINDS = {"removed": mutants.removed, "mistaken": mutants.mistaken, "altered": mutants.altered}


@pytest.mark.parametrize("kind", KINDS)
async def test_sabotage_of_each_permission_is_caught(world: World, app: FastAPI, kind: str) -> None:
    """Each permission at each operation that asks it, each cell of the table; none may go unnoticed."""
    every = list(KINDS[kind](DECLARED))

    by = {mutant.name: await caught(world, app, mutant) for mutant in every}

    people = sum(bool(cell and mutants.by_a_person(cell)) for cell in by.values())
    sys.stdout.write(f"{kind}: {len(every)} mutants, {people} caught by a person's cell, ")
    sys.stdout.write(f"{sum(map(bool, by.values())) - people} only by a day on which nobody has it\n")
    assert [name for name, cell in by.items() if cell is None] == []
    assert len(by) == len(every) >= 150


def test_every_row_of_the_permission_table_is_asked_by_an_operation() -> None:
    asked = {permission for row in DECLARED.values() for permission in mutants.permissions(row)}

    assert set(Permission) - asked == set()
