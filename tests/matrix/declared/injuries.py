"""Declared: injuries and what came of them."""

from tests.injuries.factories import BODIES
from tests.matrix.engine import Row
from tests.matrix.scenes import about
from tests.matrix.words import PERSON, WORKERS, S

# fmt: off
ROWS: dict[str, Row] = {
    f"GET {S}/body-map":                     Row("survivor:read", WORKERS, about(**PERSON), shows="injury", sees=WORKERS),
    **{
        key: row
        for many, one in (("injuries", "injury"), ("amputations", "amputation"), ("residual-limbs", "residual_limb"), ("impairments", "impairment"), ("disability-determinations", "determination"))
        for key, row in {
            f"GET {S}/{many}":               Row("survivor:read", WORKERS, about(**PERSON), shows=one, sees=WORKERS),
            f"POST {S}/{many}":              Row("survivor:write", WORKERS, about(lambda w, one=one: BODIES[one](w.made.get("amputation")), **PERSON)),
            f"PATCH {S}/{many}/{{record_id}}": Row("survivor:write", WORKERS, about({"reason_code": "entered_wrongly", "in_error": True}, change=True, **PERSON, record_id=one)),
            f"GET {S}/{many}/{{record_id}}/corrections": Row("survivor:read", WORKERS, about(**PERSON, record_id=one)),
        }.items()
    },
}
# fmt: on
