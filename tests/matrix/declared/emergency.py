"""Declared: emergency and continuing medical care."""

from tests.emergency.factories import BODIES, PARENTS
from tests.matrix.engine import Row
from tests.matrix.scenes import about
from tests.matrix.words import FILE, WORKERS, C

MAY = WORKERS + "p"  # the workshop was told of the injury
WRONG = {"reason_code": "entered_wrongly", "in_error": True}

# fmt: off
ROWS: dict[str, Row] = {
    key: row
    for one in BODIES
    for many in [one.replace("_", "-") + "s"]
    for key, row in {
        f"GET {C}/{many}":                 Row("emergency:read", MAY, about(**FILE), shows=one, sees=MAY),
        f"POST {C}/{many}":                Row("emergency:write", MAY, about(lambda w, one=one: BODIES[one](w.made.get(PARENTS.get(one, ""))), **FILE)),
        f"PATCH {C}/{many}/{{record_id}}": Row("emergency:write", MAY, about(WRONG, change=True, **FILE, record_id=one)),
        f"GET {C}/{many}/{{record_id}}/corrections": Row("emergency:read", MAY, about(**FILE, record_id=one)),
    }.items()
}
# fmt: on
