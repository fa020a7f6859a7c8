"""Every trap of `docs/explanation/traps.md` has a test, and every remedy that can be taken away is missed."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/explanation/traps.md"
FOUND = {f"F{number}" for number in range(1, 13)}  # the findings of the security design


class Sabotage(NamedTuple):
    """A remedy taken away: where, what stands there, what instead; and the test that must then fail."""

    file: str
    remedy: str
    instead: str
    test: str


SABOTAGES = [
    Sabotage(
        "tests/matrix/served.py",
        "for route in iter_route_contexts(app.routes)",
        "for route in app.routes if hasattr(route, 'methods')",
        "tests/matrix/test_matrix.py::test_every_operation_is_documented_declared_and_guarded",
    ),
    Sabotage(
        "app/accounts/tokens.py",
        "except Exception as error:",
        "except ValueError as error:",
        "tests/accounts/test_tokens.py::"
        "test_the_nested_header_that_makes_jose_itself_fall_over_is_an_ordinary_refusal",
    ),
    Sabotage(
        "app/accounts/tokens.py",
        "len(token) > LONGEST_TOKEN or ",
        "",
        "tests/accounts/test_tokens.py::test_a_token_with_room_for_padding_is_refused_by_its_length_alone",
    ),
    Sabotage(
        "app/routers/_problems.py",
        'return loc[1:-1] if kind == "extra_forbidden" else loc[1:]',
        "return loc[1:]",
        "tests/routers/test_problems.py::test_bad_input_is_refused_without_an_echo_and_changes_nothing",
    ),
    Sabotage(
        "app/core/given.py",
        "hide_input_in_errors=True",
        "hide_input_in_errors=False",
        "tests/core/test_given.py::test_an_unknown_field_is_refused_and_no_error_quotes_its_input",
    ),
    Sabotage(
        "app/core/given.py",
        "if not compiled.fullmatch(value):",
        "if not value:",
        "tests/core/test_given.py::test_text_shows_stores_and_fits",
    ),
    Sabotage(
        "migrations/versions/2026_11_23_1920_rights.py",
        "(select nullif(current_setting('app.{name}', true), ''))",
        "nullif(current_setting('app.{name}', true), '')",
        "tests/core/test_policies.py::test_policies_read_their_settings_once_for_a_statement",
    ),
    Sabotage(
        "app/accounts/gate.py",
        "mine.where(col(Factor.last_step) < step)",
        "mine",
        "tests/accounts/test_gate.py::test_of_two_that_read_the_same_factor_one_spends_the_code",
    ),
    Sabotage(
        "app/routers/_deps.py",
        'SessionDep = Annotated[AsyncSession, Depends(OpenSession(), scope="function")]',
        "SessionDep = Annotated[AsyncSession, Depends(OpenSession())]",
        "tests/routers/test_problems.py::test_a_commit_that_fails_is_never_a_200",
    ),
    Sabotage(
        "app/referrals/actions.py",
        "if version != referral.version:",
        "if version < 0:",
        "tests/routers/test_referrals.py::test_a_second_decision_on_the_same_reading_is_stale",
    ),
    Sabotage(
        "app/routers/_once.py",
        "if first := await once.claim(hot, claimed):",
        "if first := None:",
        "tests/routers/test_once.py::test_twenty_repeats_at_once_have_one_effect",
    ),
    Sabotage(
        "app/core/postmaster.py",
        'living and process.name() == "postgres" and Path(process.cwd()) == data.resolve()',
        "living",
        "tests/core/test_embedded.py::"
        "test_a_process_id_that_now_belongs_to_another_program_is_not_taken_for_our_server",
    ),
]


def rows() -> list[list[str]]:
    """The rows of the page: trap, remedy, test."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines[2:]]


def named(cell: str) -> str:
    """The test that a cell names."""
    return cell.strip("`")


def test_every_test_that_the_page_names_exists() -> None:
    missing = []
    for *_, cell in rows():
        file, _, name = named(cell).partition("::")
        body = ast.parse((ROOT / file).read_text(encoding="utf-8")).body
        if name not in {
            node.name for node in body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }:
            missing.append(named(cell))

    assert len(rows()) >= 30
    assert missing == []


def test_every_finding_is_met_or_said_to_be_open() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert set(re.findall(r"\bF\d+\b", text)) == FOUND


def test_every_remedy_that_is_marked_is_taken_away_in_the_drill() -> None:
    marked = {named(cells[2]) for cells in rows() if cells[1].endswith("*")}

    assert marked - {sabotage.test for sabotage in SABOTAGES} == set()


def test_every_room_has_a_storey() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    storeys = next(one for one in contracts["contracts"] if one["type"] == "layers" and one.get("exhaustive"))
    placed = {room.strip("() ") for layer in storeys["layers"] for room in layer.split("|")}
    rooms = {path.parent.name for path in (ROOT / "app").glob("*/__init__.py")}

    assert len(rooms) >= 15
    assert rooms - placed == set()


def test_migrations_import_neither_the_application_nor_each_other() -> None:
    files = list((ROOT / "migrations/versions").glob("*.py"))
    imported = {
        name
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in _imports(node)
    }

    assert len(files) >= 5
    assert {name for name in imported if name.startswith(("app", "migrations", "tests"))} == set()


def _imports(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [one.name for one in node.names] if isinstance(node, ast.Import) else []


def test_every_remedy_stands_where_its_sabotage_looks_for_it() -> None:
    gone = [one for one in SABOTAGES if one.remedy not in (ROOT / one.file).read_text(encoding="utf-8")]

    assert gone == []


@pytest.mark.drill
@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda one: one.test.rpartition("::")[2])
def test_a_remedy_that_is_taken_away_is_missed(sabotage: Sabotage, tmp_path: Path) -> None:
    copy = tmp_path / "house"
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in tracked.stdout.splitlines():
        if (ROOT / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    file = copy / sabotage.file
    file.write_text(file.read_text(encoding="utf-8").replace(sabotage.remedy, sabotage.instead))

    command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", sabotage.test]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, timeout=300)

    assert done.returncode == 1, done.stdout[-3000:]
    assert " failed" in done.stdout
