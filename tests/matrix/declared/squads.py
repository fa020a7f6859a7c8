"""Declared: squads of the club's programme, and the person called up into one."""

from typing import Any

from tests.factories import signed
from tests.journeys import payloads
from tests.matrix.engine import Ask, Build, Row
from tests.matrix.scenes import about
from tests.matrix.words import FILE, ORGANISERS, PROGRAMME, READERS, V1, WORKERS, C, G
from tests.matrix.world import World

Q, K = f"{V1}/squads/{{squad_id}}", f"{V1}/call-ups/{{call_up_id}}"
MANAGE, READ, TAKES, BOTH = "competition:manage", "programme:read", "participant:read", "csfk"


async def _squad(world: World) -> dict[str, Any]:
    """A squad of the programme in which the person takes part."""
    path = f"/programmes/{world.id_of('programme')}/squads"
    return await world.make("squad", path, payloads.squad(), world.town.sports)


async def _called(world: World) -> dict[str, Any]:
    """The person called up, cleared by the workshop and classified for the outfield."""
    referral = await world.post.referral(service_codes=["sports_clearance"])
    path = f"/referrals/{referral.id}/clearances"
    await world.make("cleared", path, payloads.clearance(), world.town.provider)
    member = world.id_of("member")
    await world.make("classified", f"/enrolments/{member}/classifications", payloads.classification())
    squad = await _squad(world)
    body = payloads.call_up(member)
    return await world.make("called", f"/squads/{squad['id']}/call-ups", body, world.town.sports)


def squad(change: bool = False) -> Build:
    """A request about a squad."""

    async def build(world: World) -> Ask:
        one = await _squad(world)
        return Ask({"squad_id": one["id"]}, version=one["version"] if change else None)

    return build


async def call_again(world: World) -> Ask:
    """The call-up that stands already."""
    one = await _called(world)
    body = payloads.call_up(one["enrolment_id"], id=one["id"])
    return Ask({"squad_id": one["squad_id"]}, body=body)


def call_up(body: Any = None, instead: bool = False) -> Build:
    """A change of the call-up that stands."""

    async def build(world: World) -> Ask:
        one = await _called(world)
        said = payloads.call_up(one["enrolment_id"]) if instead else body
        return Ask({"call_up_id": one["id"]}, body=said, version=one["version"])

    return build


async def with_calls(world: World) -> Ask:
    """A squad into which the person is called up."""
    one = await _called(world)
    headers = signed(world.town.sports)
    listed = (await world.client.get(f"/squads/{one['squad_id']}", headers=headers)).json()["call_ups"]
    assert [(each["id"], each["fault_codes"]) for each in listed] == [(one["id"], [])]
    return Ask({"squad_id": one["squad_id"]})


# fmt: off
ROWS: dict[str, Row] = {
    f"POST {G}/squads":    Row(MANAGE, ORGANISERS, about(lambda _: payloads.squad(), **PROGRAMME)),
    f"GET {G}/squads":     Row(READ, READERS, about(**PROGRAMME), foreign=2),
    f"GET {Q}":            Row(f"{TAKES} {READ}", BOTH, with_calls, foreign=2),
    f"POST {Q}/cancel":    Row(MANAGE, ORGANISERS, squad(change=True)),
    f"POST {Q}/call-ups":  Row(MANAGE, ORGANISERS, call_again),
    f"POST {K}/accept":    Row(f"{TAKES} {READ}", BOTH, call_up()),
    f"POST {K}/decline":   Row(TAKES, BOTH, call_up({"reason_code": "work"})),
    f"POST {K}/replace":   Row(MANAGE, ORGANISERS, call_up(instead=True)),
    f"GET {C}/call-ups":   Row("case:read", WORKERS, about(**FILE)),
}
# fmt: on
