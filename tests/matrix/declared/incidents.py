"""Declared: accidents: every worker reads them, who registered one changes it, with the team's supervisor."""

from tests.journeys import payloads
from tests.matrix.engine import Row
from tests.matrix.scenes import about, plain
from tests.matrix.words import ACCIDENT, V1, WORKERS, A

# fmt: off
ROWS: dict[str, Row] = {
    f"GET {V1}/incidents":                   Row("incident:read", WORKERS, plain(), shows="incident", sees=WORKERS, also=("colleague", "outsider", "other_supervisor")),
    f"POST {V1}/incidents":                  Row("incident:write incident:read", WORKERS, plain(body=lambda _: payloads.incident())),
    f"GET {A}":                              Row("incident:read incident:write", WORKERS, about(**ACCIDENT), foreign=2),
    f"PATCH {A}":                            Row("incident:read incident:write", WORKERS, about({"device_code": "av_mine"}, change=True, **ACCIDENT), foreign=403, bars="incident:write"),
    f"GET {A}/casualties":                   Row("incident:read", WORKERS, about(**ACCIDENT), foreign=2),
    f"POST {A}/casualties":                  Row("incident:read incident:write", WORKERS, about(lambda _: payloads.casualty(), **ACCIDENT), foreign=403, bars="incident:write"),
    f"PATCH {A}/casualties/{{casualty_id}}": Row("incident:read incident:write", WORKERS, about({"tampered": "no"}, change=True, **ACCIDENT, casualty_id="casualty"), foreign=403, bars="incident:write"),
    f"GET {A}/sources":                      Row("incident:read", WORKERS, about(**ACCIDENT), foreign=2),
    f"POST {A}/sources":                     Row("incident:read incident:write", WORKERS, about({"source_code": "media", "reported_on": "2024-05-01"}, **ACCIDENT), foreign=403, bars="incident:write"),
    f"POST {A}/sources/{{source_id}}/choose": Row("incident:read incident:write", WORKERS, about({}, change=True, **ACCIDENT, source_id="source"), foreign=403, bars="incident:write"),
}
# fmt: on
