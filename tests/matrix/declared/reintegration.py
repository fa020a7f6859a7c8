"""Declared: reintegration, by who works on the case and by facilities to which it is referred."""

from app.reintegration.states import GRANT, Action, Party
from tests.journeys import payloads
from tests.matrix.engine import Row
from tests.matrix.scenes import about, follow_up, grant_action
from tests.matrix.words import FILE, WORKERS, C
from tests.reintegration import factories as returning

MAY, GRANTS = WORKERS + "p", f"{C}/livelihood-grants"
RECORDS, G = f"{C}/reintegration-records", f"{C}/livelihood-grants/{{grant_id}}"
WRONG = {"reason_code": "entered_wrongly", "in_error": True}
BY_WORKERS = {m.action for m in GRANT.moves if m.by is Party.WORKER}

# fmt: off
ROWS: dict[str, Row] = {
    f"GET {RECORDS}":                        Row("reintegration:read", MAY, about(**FILE), shows="reintegration_record", sees=MAY),
    f"POST {RECORDS}":                       Row("reintegration:write", MAY, about(returning.record(), **FILE)),
    f"PATCH {RECORDS}/{{record_id}}":        Row("reintegration:write", MAY, about(WRONG, change=True, **FILE, record_id="reintegration_record")),
    f"GET {RECORDS}/{{record_id}}/corrections": Row("reintegration:read", MAY, about(**FILE, record_id="reintegration_record")),
    f"GET {GRANTS}":                         Row("reintegration:read", MAY, about(**FILE), shows="livelihood_grant", sees=MAY),
    f"POST {GRANTS}":                        Row("reintegration:write", MAY, about(returning.grant(), **FILE)),
    f"GET {G}":                              Row("reintegration:read", MAY, about(**FILE, grant_id="livelihood_grant")),
    **{f"POST {G}/{a.value}":                Row("reintegration:write", MAY, grant_action(a)) for a in Action if a in BY_WORKERS},
    f"POST {G}/approve":                     Row("case:approve reintegration:write", "sk", grant_action(Action.APPROVE)),
    f"POST {G}/pay":                         Row("reintegration:write", MAY, grant_action(Action.PAY)),
    f"POST {G}/visits":                      Row("reintegration:write", MAY, grant_action(Action.FINISH, lambda _: {"visited_on": payloads.day(), "active": "yes"})),
    f"GET {C}/follow-ups":                   Row("reintegration:read", MAY, about(**FILE), shows="follow_up", sees=MAY),
    f"POST {C}/follow-ups/{{follow_up_id}}/answer": Row("reintegration:write", MAY, follow_up),
}
# fmt: on
