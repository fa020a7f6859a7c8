"""Declared: programmes of the club, their seasons, groups, staff, sessions and calendar."""

from tests.journeys import payloads
from tests.matrix.engine import Row
from tests.matrix.scenes import about, plain, session_to_count
from tests.matrix.words import ORGANISERS, PROGRAMME, READERS, V1, G

# fmt: off
ROWS: dict[str, Row] = {
    f"GET {V1}/programmes":                  Row("programme:read", READERS, plain()),
    f"POST {V1}/programmes":                 Row("programme:manage directory:read", ORGANISERS, plain(body=lambda w: payloads.programme(w.town.club.id))),
    f"GET {G}":                              Row("programme:read", READERS, about(**PROGRAMME), foreign=2),
    f"PATCH {G}":                            Row("programme:manage", ORGANISERS, about({"place": "Hall 2"}, change=True, **PROGRAMME)),
    f"POST {G}/seasons":                     Row("programme:manage", ORGANISERS, about(lambda _: payloads.season(), **PROGRAMME)),
    f"POST {G}/seasons/{{season_id}}/close": Row("programme:manage", ORGANISERS, about(change=True, **PROGRAMME, season_id="season")),
    f"POST {G}/groups":                      Row("programme:manage", ORGANISERS, about({"name": "Juniors"}, **PROGRAMME)),
    f"POST {G}/staff":                       Row("programme:manage", ORGANISERS, about(lambda w: {"user_id": str(w.town.other_provider.user_id), "role_code": "physiotherapist"}, **PROGRAMME)),
    f"POST {G}/staff/{{staff_id}}/end":      Row("programme:manage", ORGANISERS, about(change=True, **PROGRAMME, staff_id="staff")),
    f"GET {G}/sessions":                     Row("programme:read", READERS, about(**PROGRAMME), foreign=2),
    f"POST {G}/sessions":                    Row("programme:session directory:read", ORGANISERS, about(lambda w: payloads.session(w.made["season"]["id"], partner_id=str(w.town.agency.id)), **PROGRAMME)),
    f"POST {G}/calendar":                    Row("programme:manage", ORGANISERS, about(change=True, **PROGRAMME)),
    f"POST {G}/calendar/close":              Row("programme:manage", ORGANISERS, about(change=True, **PROGRAMME)),
    f"GET {V1}/sessions/{{session_id}}":     Row("programme:read", READERS, about(session_id="training"), foreign=2),
    f"POST {V1}/sessions/{{session_id}}/cancel": Row("programme:session", ORGANISERS, about({"reason_code": "weather"}, change=True, session_id="training")),
    f"PUT {V1}/sessions/{{session_id}}/reach": Row("programme:attendance directory:read", ORGANISERS, session_to_count),
}
# fmt: on
