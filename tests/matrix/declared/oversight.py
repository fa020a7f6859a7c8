"""Declared: what a supervisor sees of the team, and a coordinator of all."""

from tests.matrix.engine import Row
from tests.matrix.scenes import plain
from tests.matrix.words import V1

# fmt: off
ROWS: dict[str, Row] = {
    f"GET {V1}/continuum-of-care":           Row("oversight:read", "sk", plain()),
}
# fmt: on
