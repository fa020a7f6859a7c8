"""Declared: who takes part in the club's programme, clearances, attendance."""

from typing import Any

from tests.journeys import payloads
from tests.matrix.engine import Ask, Build, Row
from tests.matrix.scenes import about
from tests.matrix.words import FILE, LETTER, PROGRAMME, V1, WORKERS, C, F, G, R
from tests.matrix.world import World

N, Y = f"{V1}/enrolments/{{enrolment_id}}", f"{V1}/sessions/{{session_id}}/attendance"
WAITING, MEMBER = {"enrolment_id": "waiting"}, {"enrolment_id": "member"}
J = f"{V1}/sport-injuries/{{sport_injury_id}}"
TODAY, FOUR = {"happened_on": payloads.day()}, ("advance",) * 4
TAKES, READ, BOTH = "participant:read", "programme:read", "csfk"


def asked(world: World) -> payloads.Body:
    """The enrolment that is there already."""
    return payloads.enrolment(world.made["volleyball"]["id"], id=world.made["waiting"]["id"])


async def clearance(world: World) -> Ask:
    """A referral to the workshop that asks for a clearance."""
    referral = await world.post.referral(service_codes=["sports_clearance"])
    return Ask({"referral_id": referral.id}, body=payloads.clearance())


def hurt(body: Any = None, *steps: str, change: bool = True) -> Build:
    """An injury of the member's, after these steps of a provider who was asked for a clearance."""

    async def build(world: World) -> Ask:
        await world.post.referral(service_codes=["sports_clearance"])
        path = f"/enrolments/{world.id_of('member')}/sport-injuries"
        one = await world.make("hurt", path, payloads.sport_injury(), world.town.sports)
        for number, step in enumerate(steps, -8):
            told = {"happened_on": payloads.day(number)}
            one = await world.step(f"/sport-injuries/{one['id']}/{step}", one, told, world.town.provider)
        params = {"sport_injury_id": one["id"]}
        return Ask(params, body=body, version=one["version"] if change else None)

    return build


def nobody(world: World) -> payloads.Body:
    """A sheet of the club's own side on which nobody stands yet."""
    return {"entry_id": world.made["entry"]["id"], "players": []}


def present(world: World) -> payloads.Body:
    """The member was there."""
    return {"people": [{"enrolment_id": world.made["member"]["id"], "status_code": "late"}]}


# fmt: off
ROWS: dict[str, Row] = {
    f"POST {C}/enrolments": Row(f"case:write {READ}", WORKERS, about(asked, **FILE)),
    f"GET {C}/enrolments":  Row("case:read", WORKERS, about(**FILE)),
    f"GET {G}/enrolments":  Row(f"{TAKES} {READ}", BOTH, about(**PROGRAMME), foreign=2, shows="member", sees=BOTH),
    f"GET {N}":             Row(TAKES, BOTH, about(**MEMBER)),
    f"POST {N}/admit":      Row(f"{TAKES} programme:manage", "fk", about({}, change=True, **WAITING), barred="cs", bars="programme:manage"),
    f"POST {N}/leave":      Row(TAKES, BOTH, about({"reason_code": "moved"}, change=True, **MEMBER)),
    f"GET {N}/eligibility": Row("case:read", WORKERS, about(**MEMBER)),
    f"POST {N}/classifications": Row("case:write", WORKERS, about(lambda _: payloads.classification(), **MEMBER)),
    f"GET {F}/sheet":       Row(f"{TAKES} {READ}", BOTH, about(fixture_id="fixture"), foreign=2),
    f"PUT {F}/sheet":       Row(f"competition:manage {READ}", "fk", about(nobody, change=True, fixture_id="fixture")),
    f"POST {R}/clearances": Row("clearance:write referral:read", "p", clearance),
    f"GET {Y}":             Row("programme:attendance", "fk", about(session_id="training"), foreign=2),
    f"PUT {Y}":             Row(f"programme:attendance {READ}", "fk", about(present, change=True, session_id="training"), foreign=2),
    f"GET {C}/participation":   Row("case:read", WORKERS, about(**FILE)),
    f"GET {C}/participation.html": Row("case:read", WORKERS, about(**FILE)),
    f"POST {N}/sport-injuries": Row(TAKES, BOTH, about(lambda _: payloads.sport_injury(), **MEMBER)),
    f"GET {N}/sport-injuries":  Row(TAKES, BOTH, about(**MEMBER)),
    f"GET {C}/sport-injuries":  Row("case:read", WORKERS, about(**FILE)),
    f"GET {R}/sport-injuries":  Row("clearance:write referral:read", "p", about(**LETTER)),
    f"POST {J}/findings":       Row("clearance:write", "p", hurt(payloads.finding(), change=False)),
    f"POST {J}/stop":           Row(TAKES, BOTH, hurt(TODAY, "advance")),
    f"POST {J}/retract":        Row("case:write", WORKERS, hurt(TODAY)),
    f"POST {J}/advance":        Row("clearance:write", "p", hurt(TODAY)),
    f"POST {J}/step-back":      Row("clearance:write", "p", hurt(TODAY, "advance")),
    f"POST {J}/clear":          Row("clearance:write", "p", hurt(TODAY, *FOUR)),
}
# fmt: on
