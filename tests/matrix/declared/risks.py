"""Declared: risk flags, and the compartment that only a counsellor opens."""

from tests.journeys import payloads
from tests.matrix.engine import Ask, Row
from tests.matrix.scenes import about
from tests.matrix.words import FILE, WORKERS, C
from tests.matrix.world import World

SEEN = {"kind_code": "harm_by_others", "seen": "A bruise."}


async def new_wellbeing(world: World) -> Ask:
    """A person who has taken back what they had agreed to, and agrees anew."""
    path = f"/cases/{world.case.id}/wellbeing-consents/{world.made['wellbeing']['id']}/withdraw"
    await world.step(path, world.made["wellbeing"], {}, world.town.counsellor)
    return Ask({"case_id": world.case.id}, body=payloads.wellbeing_consent())


# fmt: off
ROWS: dict[str, Row] = {
    f"GET {C}/risk-flags":                       Row("psychosocial:status", WORKERS + "u", about(**FILE), shows="flag", sees=WORKERS + "u"),
    f"POST {C}/risk-flags":                      Row("case:write", WORKERS, about(SEEN, **FILE)),
    f"POST {C}/risk-flags/{{flag_id}}/acknowledge": Row("case:write", WORKERS, about({}, change=True, **FILE, flag_id="flag")),
    f"POST {C}/risk-flags/{{flag_id}}/close":    Row("case:write", WORKERS, about({"action_code": "safety_plan", "done": "A plan."}, change=True, **FILE, flag_id="flag")),
    f"GET {C}/screenings":                       Row("psychosocial:read", "u", about(**FILE), shows="screening", sees="u"),
    f"GET {C}/screenings/changes":               Row("psychosocial:read", "u", about(**FILE)),
    f"POST {C}/screenings":                      Row("psychosocial:write", "u", about(lambda _: payloads.screening(), **FILE)),
    f"GET {C}/wellbeing-consents":               Row("psychosocial:status", WORKERS + "u", about(**FILE), shows="wellbeing", sees=WORKERS + "u"),
    f"POST {C}/wellbeing-consents":              Row("psychosocial:write", "u", new_wellbeing),
    f"POST {C}/wellbeing-consents/{{consent_id}}/withdraw": Row("psychosocial:status", WORKERS + "u", about({}, change=True, **FILE, consent_id="wellbeing")),
}
# fmt: on
