"""Declared: milestones."""

from app.milestones.states import Action as MilestoneAction
from tests.journeys import payloads
from tests.matrix import scenes
from tests.matrix.engine import EVERYBODY, Row
from tests.matrix.scenes import about, plain
from tests.matrix.words import FILE, MORE, V1, WORKERS, C, M

# fmt: off
ROWS: dict[str, Row] = {
    f"GET {V1}/milestone-definitions":       Row("directory:read", EVERYBODY, plain()),
    f"GET {C}/milestones":                   Row("case:read", WORKERS, about(**FILE), shows="milestone", sees=WORKERS),
    f"POST {C}/milestones":                  Row("case:write", WORKERS, about({"definition_code": "housing"}, **FILE)),
    f"GET {M}":                              Row("case:read", WORKERS, about(**FILE, milestone_id="milestone")),
    f"PATCH {M}":                            Row("case:write", WORKERS, about(lambda _: {"due_on": payloads.day(20)}, change=True, **FILE, milestone_id="milestone")),
    **{f"POST {M}/{a.value}":                Row("case:write", WORKERS, scenes.milestone_action(a)) for a in MilestoneAction if a not in (MilestoneAction.REACH, MilestoneAction.STAY)},
    f"POST {M}/verify of a device":          Row("milestone:verify", "spk", scenes.verify("device_delivered"), unfit=dict.fromkeys("uf", "verifier-unfit"), also=(MORE,)),
    f"POST {M}/verify of counselling":       Row("milestone:verify", "u", scenes.verify("counselling_started"), unfit=dict.fromkeys("spkf", "verifier-unfit"), also=(MORE,)),
    f"POST {M}/verify of a sport":           Row("milestone:verify", "sfk", scenes.verify("sport_compete"), unfit=dict.fromkeys("pu", "verifier-unfit"), also=(MORE,)),
}
# fmt: on
