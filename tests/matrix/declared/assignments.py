"""Declared: many cases at once, and who carries how much."""

from tests.matrix import handovers
from tests.matrix.engine import Row
from tests.matrix.scenes import about, plain
from tests.matrix.words import V1

B = f"{V1}/bulk-assignments"

# fmt: off
ROWS: dict[str, Row] = {
    f"GET {V1}/teams/{{team_id}}/caseloads": Row("case:assign", "sk", about(team_id="north")),
    f"POST {B}":                             Row("case:assign", "sk", plain(body=handovers.bulk)),
    f"POST {B}/preview":                     Row("case:assign", "sk", plain(body=handovers.bulk)),
    f"GET {B}/{{bulk_assignment_id}}":       Row("case:assign", "sk", handovers.begun_in_bulk),
    f"GET {B}/{{bulk_assignment_id}}/items": Row("case:assign", "sk", handovers.begun_in_bulk),
}
# fmt: on
