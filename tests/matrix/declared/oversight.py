"""Declared: what a supervisor sees of the team, and a coordinator of all."""

from tests.matrix.engine import Row
from tests.matrix.scenes import about, plain
from tests.matrix.words import V1

# fmt: off
ROWS: dict[str, Row] = {
    f"GET {V1}/continuum-of-care":           Row("oversight:read", "sk", plain()),
    f"GET {V1}/teams/{{team_id}}/overview":   Row("oversight:read", "sk", about(team_id="north")),
}
# fmt: on
