"""Declared: risk flags, and the compartment that only a counsellor opens."""

from tests.journeys import payloads
from tests.matrix.engine import Row
from tests.matrix.scenes import about
from tests.matrix.words import FILE, WORKERS, C

SEEN = {"kind_code": "harm_by_others", "seen": "A bruise."}

# fmt: off
ROWS: dict[str, Row] = {
    f"GET {C}/risk-flags":                       Row("psychosocial:status", WORKERS + "u", about(**FILE), shows="flag", sees=WORKERS + "u"),
    f"POST {C}/risk-flags":                      Row("case:write", WORKERS, about(SEEN, **FILE)),
    f"POST {C}/risk-flags/{{flag_id}}/acknowledge": Row("case:write", WORKERS, about({}, change=True, **FILE, flag_id="flag")),
    f"POST {C}/risk-flags/{{flag_id}}/close":    Row("case:write", WORKERS, about({"action_code": "safety_plan", "done": "A plan."}, change=True, **FILE, flag_id="flag")),
    f"GET {C}/screenings":                       Row("psychosocial:read", "u", about(**FILE), shows="screening", sees="u"),
    f"GET {C}/screenings/changes":               Row("psychosocial:read", "u", about(**FILE)),
    f"POST {C}/screenings":                      Row("psychosocial:write", "u", about(lambda _: payloads.screening(), **FILE)),
}
# fmt: on
