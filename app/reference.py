"""Print the reference pages and the API description from the code, or name those that are out of date."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import SQLModel

import app.models
from app.access.classes import of_column
from app.access.table import COLUMNS, TABLE
from app.appointments.states import APPOINTMENT
from app.careplans.states import CARE_PLAN
from app.cases.states import CASE
from app.codelists import lists
from app.core.errors import Problem
from app.documents.states import ERASURE
from app.main import create_app
from app.milestones.states import MILESTONE
from app.participants.states import ENROLMENT, RETURN_TO_PLAY
from app.questions.states import QUESTION
from app.referrals.states import REFERRAL
from app.rehabilitation.states import DEVICE_ORDER
from app.reintegration.states import GRANT
from app.risks.states import RISK_FLAG
from app.squads.states import CALL_UP
from app.statistics.states import RELEASE
from app.support.states import SUPPORT
from app.transfers.states import TRANSFER

assert app.models.__all__
ROOT = Path(__file__).parents[1]
FOLDER = Path("docs/reference")
STATE_TABLES = (
    APPOINTMENT,
    CASE,
    DEVICE_ORDER,
    ERASURE,
    GRANT,
    MILESTONE,
    REFERRAL,
    RELEASE,
    QUESTION,
    RISK_FLAG,
    SUPPORT,
    ENROLMENT,
    TRANSFER,
)
WORDS = ROOT / "app/codelists/words.csv"


def permissions() -> str:
    """The permission table as people read and sign it."""
    rows = [[str(p), *(reach.name.lower() for reach in row)] for p, row in TABLE.items()]
    return _table(["permission", *(role.value for role in COLUMNS)], rows)


def states() -> str:
    """Every state table as a picture."""
    tables = (CALL_UP, CARE_PLAN, *STATE_TABLES, RETURN_TO_PLAY)
    return "\n".join(f"## {t.name}\n\n```mermaid\n{t.mermaid()}\n```\n" for t in tables)


def problems() -> str:
    """Every refusal, by slug."""
    create_app()
    kinds = {kind.slug: kind for kind in Problem.kinds()}
    rows = [
        [f"`{slug}`", str(kind.status), kind.title, " ".join((kind.__doc__ or "").split())]
        for slug, kind in sorted(kinds.items())
    ]
    return _table(["problem", "status", "title", "when"], rows)


def data_model() -> str:
    """Every table and its columns."""
    tables = sorted(SQLModel.metadata.tables.values(), key=lambda t: t.fullname)
    return "\n".join(f"## {table.fullname}\n\n{_columns(table)}" for table in tables)


def code_lists() -> str:
    """Every code list, in the order of its file. Labels not checked by a native speaker are marked ~."""
    return "\n".join(f"## {name}\n\n{_codes(name)}" for name in lists.names())


def words() -> str:
    """The glossary."""
    with WORDS.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    return _table(head, rows)


def api() -> str:
    """The API description."""
    return json.dumps(create_app().openapi(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "permissions": permissions,
    "states": states,
    "problems": problems,
    "data-model": data_model,
    "code-lists": code_lists,
    "words": words,
}


def print_pages(root: Path = ROOT, *, check: bool = False) -> list[Path]:
    """Write every page, or only compare; gives the files that were out of date."""
    texts = {
        root
        / FOLDER
        / f"{name}.md": f"# {name.replace('-', ' ').capitalize()}\n\nPrinted by `make docs`.\n\n{page()}"
        for name, page in PAGES.items()
    }
    texts[root / "openapi.json"] = api()
    stale = [
        path for path, text in texts.items() if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    if not check:
        for path in stale:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(texts[path], encoding="utf-8")
    return stale


def _table(head: list[str], rows: list[list[str]]) -> str:
    cells = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(c.replace("|", "\\|") for c in row) + " |\n" for row in cells)


def _columns(table: sa.Table) -> str:
    rows = [
        [c.name, _kind(c), "" if c.nullable else "required", _target(c), of_column(c) or ""]
        for c in table.columns
    ]
    return _table(["column", "type", "", "points to", "class"], rows)


def _kind(column: sa.Column[object]) -> str:
    kind = column.type.impl_instance if isinstance(column.type, sa.TypeDecorator) else column.type
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    return dialect.type_compiler_instance.process(kind).lower()


def _target(column: sa.Column[object]) -> str:
    return ", ".join(sorted(key.target_fullname for key in column.foreign_keys))


def _codes(name: str) -> str:
    rows = [[f"`{row.code}`", *_labels(row), row.source] for row in lists.load(name).values()]
    return _table(["code", "English", "Azerbaijani", "Russian", "source"], rows)


def _labels(row: lists.Row) -> list[str]:
    az, ru = (text if row.checked else f"~{text}" for text in (row.labels["az"], row.labels["ru"]))
    return [row.labels["en"], az, ru]
