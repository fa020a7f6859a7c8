"""Declared: psychosocial support. The compartment is the counsellor's; others see that support is given."""

from app.support.states import Action
from tests.matrix.engine import Row
from tests.matrix.scenes import about, episode_action, plain, unpaired
from tests.matrix.words import FILE, V1, C
from tests.support import factories as support

ONLY, EPISODE = "u", f"{C}/psychosocial-episodes/{{record_id}}"
WRONG = {"reason_code": "entered_wrongly", "in_error": True}

# fmt: off
ROWS: dict[str, Row] = {
    **{
        key: row
        for one in support.BODIES
        for many in [one.replace("_", "-") + "s"]
        for key, row in {
            f"GET {C}/{many}":                 Row("psychosocial:read", ONLY, about(**FILE), shows=one, sees=ONLY),
            f"POST {C}/{many}":                Row("psychosocial:write", ONLY, about(lambda w, one=one: support.BODIES[one](w.made.get(support.PARENTS.get(one, ""))), **FILE)),
            f"PATCH {C}/{many}/{{record_id}}": Row("psychosocial:write", ONLY, about(WRONG, change=True, **FILE, record_id=one)),
            f"GET {C}/{many}/{{record_id}}/corrections": Row("psychosocial:read", ONLY, about(**FILE, record_id=one)),
        }.items()
    },
    f"GET {EPISODE}/history":                Row("psychosocial:read", ONLY, about(**FILE, record_id="psychosocial_episode")),
    **{f"POST {EPISODE}/{a.value}":          Row("psychosocial:write", ONLY, episode_action(a)) for a in Action},
    f"GET {C}/support":                      Row("psychosocial:status", "csku", about(**FILE), shows="support_session", sees="csku"),
    f"GET {C}/peer-suggestions":             Row("psychosocial:read peer:manage", ONLY, about(**FILE), shows="free_peer", sees=ONLY),
    f"POST {C}/peer-pairs":                  Row("psychosocial:write peer:manage", ONLY, unpaired),
    f"POST {V1}/peer-pairs/{{pair_id}}/end": Row("peer:manage", ONLY, about({"end_reason_code": "completed"}, change=True, pair_id="peer_pair")),
    f"GET {V1}/peers":                       Row("peer:manage", ONLY, plain(), shows="peer", sees=ONLY),
    f"POST {V1}/peers":                      Row("peer:manage", ONLY, plain(body=lambda _: support.peer())),
    f"PATCH {V1}/peers/{{peer_id}}":         Row("peer:manage", ONLY, about({"most": 4}, change=True, peer_id="peer")),
    f"GET {V1}/peers/{{peer_id}}/pairs":     Row("peer:manage", ONLY, about(peer_id="peer"), shows="peer_pair", sees=ONLY),
}
# fmt: on
