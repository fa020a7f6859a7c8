"""Declared: cases, what is done on them, assessments, and what is due."""

from app.cases.states import Action as CaseAction
from tests.journeys import payloads
from tests.matrix import scenes
from tests.matrix.engine import EVERYBODY, Row
from tests.matrix.scenes import about, plain
from tests.matrix.words import ANSWERERS, FILE, V1, WORKERS, C

# fmt: off
ROWS: dict[str, Row] = {
    f"GET {V1}/cases":                       Row("case:read", WORKERS, plain(), shows="case", sees=WORKERS),
    f"POST {V1}/cases":                      Row("case:write survivor:read", WORKERS, scenes.new_case, in_body=True),
    f"GET {C}":                              Row("case:read", WORKERS, about(**FILE)),
    f"PATCH {C}":                            Row("case:write", WORKERS, about({"priority_code": "high"}, change=True, **FILE)),
    f"GET {C}/history":                      Row("case:read", WORKERS, about(**FILE)),
    f"GET {C}/timeline":                     Row("case:read", WORKERS, about(**FILE), shows="note", sees=WORKERS),
    f"GET {C}/notes":                        Row("case:read", WORKERS, about(**FILE), shows="note", sees=WORKERS),
    f"POST {C}/notes":                       Row("case:write", WORKERS, about({"text": "A call."}, **FILE)),
    f"GET {C}/tasks":                        Row("case:read", WORKERS, about(**FILE), shows="task", sees=WORKERS),
    f"POST {C}/tasks":                       Row("case:write", WORKERS, about(lambda _: {"kind_code": "visit", "due_on": payloads.day(3)}, **FILE)),
    f"PATCH {C}/tasks/{{task_id}}":          Row("case:write", WORKERS, about(lambda _: {"due_on": payloads.day(9)}, change=True, **FILE, task_id="task")),
    f"POST {C}/tasks/{{task_id}}/finish":    Row("case:write", WORKERS, about({}, change=True, **FILE, task_id="task")),
    f"GET {C}/approvals":                    Row("case:read", WORKERS, about(**FILE), shows="approval", sees=WORKERS),
    f"POST {C}/approvals":                   Row("case:write", WORKERS, about({"kind_code": "closure", "reason_code": "goals_met"}, **FILE)),
    f"POST {C}/approvals/{{approval_id}}/approve": Row("case:approve", "sk", about({}, change=True, **FILE, approval_id="approval")),
    f"POST {C}/approvals/{{approval_id}}/refuse":  Row("case:approve", "sk", about({}, change=True, **FILE, approval_id="approval")),
    f"POST {C}/assign":                      Row("case:assign", "sk", about(lambda w: {"owner_id": str(w.town.colleague.user_id), "team_id": str(w.town.north.id)}, change=True, **FILE)),
    f"GET {C}/assessments":                  Row("case:read", WORKERS, about(**FILE), shows="assessment", sees=WORKERS),
    f"GET {C}/assessments/changes":          Row("case:read", WORKERS, about(**FILE)),
    f"GET {C}/assessments/trends":           Row("case:read", WORKERS, about(**FILE)),
    f"POST {C}/assessments":                 Row("case:write", WORKERS, about(lambda _: payloads.needs(), **FILE)),
    **{f"POST {C}/{a.value}":                Row("case:write", WORKERS, scenes.case_action(a)) for a in CaseAction},
    f"GET {V1}/tasks":                       Row("case:read", WORKERS, plain(), shows="task", sees="c"),
    f"GET {V1}/today":                       Row("referral:read", WORKERS + ANSWERERS, plain(), shows="task", sees="c"),
    f"GET {V1}/instruments":                 Row("directory:read", EVERYBODY, plain()),
}
# fmt: on
