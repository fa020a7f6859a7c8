"""Declared: a case is offered to somebody else."""

from tests.matrix import handovers
from tests.matrix.engine import Row
from tests.matrix.scenes import about, plain
from tests.matrix.words import FILE, V1, WORKERS, C

T = f"{V1}/transfers/{{transfer_id}}"

# fmt: off
ROWS: dict[str, Row] = {
    f"POST {C}/transfers":         Row("case:transfer", WORKERS, about(lambda w: {"to_team_id": str(w.town.south.id), "reason_code": "caseload"}, **FILE)),
    f"GET {V1}/transfers":         Row("case:transfer", WORKERS, plain("?side=giving")),
    f"GET {T}":                    Row("case:transfer", WORKERS, handovers.transfer(away=True)),
    f"POST {T}/withdraw":          Row("case:transfer", WORKERS, handovers.transfer({}, away=True)),
    f"POST {T}/accept":            Row("case:transfer", WORKERS, handovers.transfer({})),
    f"POST {T}/decline":           Row("case:transfer", WORKERS, handovers.transfer({"decline_reason_code": "no_capacity"})),
}
# fmt: on
