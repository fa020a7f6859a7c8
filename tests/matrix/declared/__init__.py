"""Every operation, declared by hand: the permission it asks, who may, to whom its record does not exist.

Read a row as: this operation asks this permission; these roles are answered 2xx (c caseworker, s supervisor,
p provider and u counsellor of the workshop, f sports coordinator of the club, k coordinator, a analyst,
m administrator, d auditor); it is tried by this request. The rest is explained at `Row`. Nothing is taken from
`app/access/table.py`: a cell that changes there and not here is a failure. Each room declares its `ROWS` in a
file of its own.
"""

from importlib import import_module
from pathlib import Path

from tests.matrix.engine import Row

ROOMS = sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py"))


def _all() -> dict[str, Row]:
    """Every row once: two that share a key would hide one another."""
    found: dict[str, Row] = {}
    for room in ROOMS:
        rows: dict[str, Row] = import_module(f"{__name__}.{room}").ROWS
        assert not found.keys() & rows.keys(), room
        found |= rows
    return found


DECLARED = _all()
