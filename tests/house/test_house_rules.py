"""Rules of the house that no linter knows. Each test is one rule, and proves that it looked at something."""

import ast
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from sqlmodel import SQLModel

import app.models
from app.access.table import COLUMNS, TABLE, Permission, Role
from app.appointments.states import APPOINTMENT
from app.careplans.states import CARE_PLAN
from app.cases.states import CASE
from app.core.db import Held
from app.core.given import Given
from app.core.states import StateTable
from app.documents.states import ERASURE
from app.main import create_app
from app.milestones.states import MILESTONE
from app.participants.states import ENROLMENT, RETURN_TO_PLAY
from app.questions.states import QUESTION
from app.referrals.states import REFERRAL
from app.rehabilitation.states import DEVICE_ORDER
from app.reintegration.states import GRANT
from app.risks.states import RISK_FLAG
from app.routers._rooms import API
from app.squads.states import CALL_UP
from app.statistics.states import RELEASE
from app.support.states import SUPPORT
from app.transfers.states import TRANSFER
from tests import described

assert app.models.__all__
ROOT = Path(__file__).parents[2]
APP = ROOT / "app"
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
SINKS = {
    "audit",
    "milestones.reach",
    "milestones.reach_all",
    "milestones.stay",
    "notifications.tell_person",
    "notifications.tell_facility",
}
# Nobody is signed in yet, or the caller acts on nothing but the own account.
BEFORE_ANYBODY = {"accounts"}
MOVERS: dict[str, StateTable[Any, Any, Any]] = {
    "appointments": APPOINTMENT,
    "careplans": CARE_PLAN,
    "cases": CASE,
    "documents.erasing": ERASURE,
    "milestones": MILESTONE,
    "participants": ENROLMENT,
    "participants.injuring": RETURN_TO_PLAY,
    "squads": CALL_UP,
    "reintegration": GRANT,
    "support": SUPPORT,
    "referrals": REFERRAL,
    "risks": RISK_FLAG,
    "rehabilitation": DEVICE_ORDER,
    "statistics": RELEASE,
    "transfers": TRANSFER,
    "questions": QUESTION,
}
# Actions in a file of their own.
MORE_ACTIONS = {
    "cases": ("raising", "handing"),
    "competitions": ("playing",),
    "documents": ("sharing", "erasing"),
    "participants": (
        "attending",
        "injuring",
        "judging",
        "sheets",
    ),
    "psychosocial": ("showing",),
    "reintegration": ("returning",),
    "support": ("pairing",),
}
SYSTEM_ACTIONS = {"reach", "reach_all", "stay", "revoke", "expire", "prepare"}


def _calls(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


@cache
def _trees() -> dict[str, ast.Module]:
    """Every module of ours by its path below the root."""
    found = {
        str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8"))
        for top in ("app", "tests")
        for path in (ROOT / top).rglob("*.py")
    }
    assert len(found) > 60, "a rule that looks at nothing proves nothing"
    return found


# Commands at the keyboard have transactions of their own: they serve no request.
COMMANDS = ("app/cli/", "app/demo/")


def test_only_the_unit_of_work_commits() -> None:
    guilty = [
        name
        for name, tree in _trees().items()
        if name.startswith("app/") and not name.startswith(COMMANDS)
        if "commit" in _calls(tree) and name != "app/core/db.py"
    ]
    assert guilty == []


def _reaching(room: str) -> dict[str, set[str]]:
    """For each function of a room's actions, every name it calls, also through functions of the same file."""
    functions = {
        node.name: node
        for file in ("actions", *MORE_ACTIONS.get(room, ()))
        for node in _trees()[f"app/{room}/{file}.py"].body
        if isinstance(node, FUNCTION)
    }
    calls = {name: set(_calls(node)) for name, node in functions.items()}
    for _ in range(4):
        for name, called in calls.items():
            calls[name] = called | {far for near in called & set(functions) for far in calls[near]}
    return calls


def test_every_public_action_asks_the_permission_table() -> None:
    rooms = {path.parent.name for path in APP.glob("*/actions.py")} - {"audit"} - BEFORE_ANYBODY
    public = {
        f"{room}.{name}": called
        for room in rooms
        for name, called in _reaching(room).items()
        if not name.startswith("_") and f"{room}.{name}" not in SINKS
    }
    assert len(public) >= 20, "a rule that looks at nothing proves nothing"
    silent = [name for name, called in public.items() if "grant" not in called]
    assert [name for name in silent if name.split(".")[1] not in {"revoke_for", "expire"}] == []


def test_only_the_actor_makes_grants() -> None:
    guilty = [
        name
        for name, tree in _trees().items()
        if name.startswith("app/") and name != "app/access/actor.py" and "Grant" in _calls(tree)
    ]
    assert guilty == []


def test_nothing_outgrows_its_room() -> None:
    lines = {name: len((ROOT / name).read_text(encoding="utf-8").splitlines()) for name in _trees()}
    functions = {
        f"{name}: {node.name}": (node.end_lineno or 0) - node.lineno
        for name, tree in _trees().items()
        for node in ast.walk(tree)
        if isinstance(node, FUNCTION)
    }
    assert {name for name, count in lines.items() if count > 400} == set()
    assert {name for name, count in functions.items() if count >= 30 and name.startswith("app/")} == set()


def test_rooms_keep_to_the_file_names() -> None:
    odd = {"utils", "helpers", "common", "base", "constants", "types", "misc"}
    assert [name for name in _trees() if Path(name).stem in odd] == []


def _kinds(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _kinds(kind)


def test_what_people_write_is_safe_and_bounded_text() -> None:
    """A bare `str` would carry NUL and lone surrogates to the database, of any length."""
    create_app()
    fields: dict[str, FieldInfo] = {
        f"{kind.__name__}.{name}": field
        for kind in _kinds(Given)
        for name, field in kind.model_fields.items()
    }
    texts = {name: field for name, field in fields.items() if field.annotation in {str, str | None}}
    assert len(fields) >= 20, "a rule that looks at nothing proves nothing"
    assert [name for name, field in texts.items() if not field.metadata] == []


def test_nobody_builds_a_table_row_from_unchecked_input() -> None:
    """`SQLModel(table=True)` does not validate: `Table(**given)` would store whatever was sent."""
    tables = {kind.__name__ for kind in SQLModel.__subclasses__()} | {k.__name__ for k in _kinds(SQLModel)}
    guilty = [
        f"{name}:{node.lineno}"
        for name, tree in _trees().items()
        if name.startswith("app/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in tables
        and any(word.arg is None for word in node.keywords)
    ]
    assert guilty == []


@cache
def operations() -> dict[str, Any]:
    """Every operation by "METHOD /path", from OpenAPI."""
    paths = described.api()["paths"]
    found = {
        f"{verb.upper()} {path}": operation
        for path, verbs in paths.items()
        for verb, operation in verbs.items()
    }
    assert len(found) >= 4, "a rule that looks at nothing proves nothing"
    return found


def test_every_route_lists_its_refusals() -> None:
    guarded = {name: op for name, op in operations().items() if API in name and "/auth/" not in name}
    assert [name for name, op in guarded.items() if not {"401", "403", "422"} <= set(op["responses"])] == []


def test_every_unsafe_route_may_be_repeated() -> None:
    unsafe = {
        name: op for name, op in operations().items() if not name.startswith("GET") and "/auth/" not in name
    }
    keyed = {
        name
        for name, op in unsafe.items()
        if "idempotency-key" in {p["name"].lower() for p in op.get("parameters", [])}
    }
    assert set(unsafe) - keyed - READS_BY_POST == set()


# Searches and queries carry their words in a body, so that names never stand in a URL; they change nothing.
READS_BY_POST = {
    f"POST {API}/survivors/search",
    f"POST {API}/statistics/query",
    f"POST {API}/statistics/care/query",
    f"POST {API}/bulk-assignments/preview",
    f"POST {API}/statistics/questions/preview",
}


def test_every_operation_is_described() -> None:
    assert [name for name, op in operations().items() if not op.get("description")] == []


def test_one_word_from_url_to_table_to_function() -> None:
    for room, table in MOVERS.items():
        actions = import_module(f"app.{room}" if "." in room else f"app.{room}.actions")
        by_people = (move for move in table.moves if move.by.value != "system")
        for action in {move.action.value for move in by_people} - SYSTEM_ACTIONS:
            assert callable(getattr(actions, action.replace("-", "_"))), action
            assert any(name.startswith("POST") and name.endswith(f"}}/{action}") for name in operations())


def test_every_row_of_a_file_follows_who_is_responsible() -> None:
    held: list[Any] = [kind for kind in _kinds(Held) if hasattr(kind, "__table__")]
    assert len(held) >= 20, "a rule that looks at nothing proves nothing"
    loose = [
        kind.__tablename__
        for kind in held
        if kind.__tablename__ != "survivor"
        and not any(
            {"owner_id", "team_id"} <= set(key.column_keys) and key.onupdate == "CASCADE"
            for key in kind.__table__.foreign_key_constraints
        )
    ]
    assert loose == []


def test_the_permission_table_is_whole() -> None:
    assert set(TABLE) == set(Permission)
    assert set(COLUMNS) == set(Role)
    assert {len(row) for row in TABLE.values()} == {len(COLUMNS)}


def test_a_decision_has_a_number_of_its_own_and_says_it() -> None:
    files = sorted((ROOT / "docs/adr").glob("*.md"))
    numbers = [file.name[:4] for file in files]

    assert len(numbers) == len(set(numbers)) > 25
    assert [
        f.name for f, n in zip(files, numbers, strict=True) if not f.read_text("utf-8").startswith(f"# {n} ")
    ] == []
