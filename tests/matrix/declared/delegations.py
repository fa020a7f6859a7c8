"""Declared: who looks after whose cases while they are away."""

from tests.delegations.factories import body
from tests.matrix import handovers
from tests.matrix.engine import Row
from tests.matrix.scenes import plain
from tests.matrix.words import V1, WORKERS

D = f"{V1}/delegations/{{delegation_id}}"

# fmt: off
ROWS: dict[str, Row] = {
    f"POST {V1}/delegations":        Row("delegation:write", WORKERS, plain(body=lambda w: body(w.town.outsider, from_id=str(w.town.caseworker.user_id)))),
    f"GET {V1}/delegations":         Row("delegation:write", WORKERS, plain()),
    f"GET {D}":                      Row("delegation:write", WORKERS, handovers.delegation()),
    f"POST {D}/revoke":              Row("delegation:write", WORKERS, handovers.delegation(change=True)),
}
# fmt: on
