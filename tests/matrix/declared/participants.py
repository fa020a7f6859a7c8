"""Declared: who takes part in the club's programme, clearances, attendance."""

from tests.journeys import payloads
from tests.matrix.engine import Ask, Row
from tests.matrix.scenes import about
from tests.matrix.words import FILE, PROGRAMME, V1, WORKERS, C, F, G, R
from tests.matrix.world import World

N, Y = f"{V1}/enrolments/{{enrolment_id}}", f"{V1}/sessions/{{session_id}}/attendance"
WAITING, MEMBER = {"enrolment_id": "waiting"}, {"enrolment_id": "member"}
TAKES, READ, BOTH = "participant:read", "programme:read", "csfk"


def asked(world: World) -> payloads.Body:
    """The enrolment that is there already."""
    return payloads.enrolment(world.made["volleyball"]["id"], id=world.made["waiting"]["id"])


async def clearance(world: World) -> Ask:
    """A referral to the workshop that asks for a clearance."""
    referral = await world.post.referral(service_codes=["sports_clearance"])
    return Ask({"referral_id": referral.id}, body=payloads.clearance())


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
}
# fmt: on
