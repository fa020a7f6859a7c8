"""Declared: courses of therapy, and devices stage by stage."""

from app.rehabilitation.states import DEVICE_ORDER, Action
from tests.matrix.engine import Ask, Build, Row
from tests.matrix.scenes import about
from tests.matrix.words import FILE, WORKERS, C
from tests.matrix.world import World
from tests.rehabilitation import factories as rehabilitation
from tests.rehabilitation.factories import BODIES, PARENTS

READ = WORKERS + "p"  # the workshop was asked
WRONG = {"reason_code": "entered_wrongly", "in_error": True}
D = f"{C}/device-orders"


def device_action(action: Action) -> Build:
    """A device that waits for nothing but this action."""

    async def build(world: World) -> Ask:
        source = [move.source for move in DEVICE_ORDER.moves if move.action is action][-1]
        one = await rehabilitation.walked(world.town, world.case, source)
        told = rehabilitation.told(action)
        return Ask({"case_id": world.case.id, "order_id": one.id}, body=told, version=one.version)

    return build


# fmt: off
ROWS: dict[str, Row] = {
    **{
        key: row
        for one in BODIES
        for many in [one.replace("_", "-") + "s"]
        for key, row in {
            f"GET {C}/{many}":                 Row("rehabilitation:read", READ, about(**FILE), shows=one, sees=READ),
            f"POST {C}/{many}":                Row("rehabilitation:write", "p", about(lambda w, one=one: BODIES[one](w.made.get(PARENTS.get(one, ""))), **FILE)),
            f"PATCH {C}/{many}/{{record_id}}": Row("rehabilitation:write", "p", about(WRONG, change=True, **FILE, record_id=one)),
            f"GET {C}/{many}/{{record_id}}/corrections": Row("rehabilitation:read", READ, about(**FILE, record_id=one)),
        }.items()
    },
    f"GET {D}":                Row("rehabilitation:read", READ, about(**FILE), shows="device_order", sees=READ),
    f"POST {D}":               Row("rehabilitation:write", "p", about(lambda _: rehabilitation.device(), **FILE)),
    f"GET {D}/{{order_id}}":   Row("rehabilitation:read", READ, about(**FILE, order_id="device_order")),
    f"PATCH {D}/{{order_id}}": Row("rehabilitation:write", "p", about({"serial_number": "SN 1"}, change=True, **FILE, order_id="device_order")),
    **{
        f"POST {D}/{{order_id}}/{action.value}": Row("rehabilitation:write", "p", device_action(action))
        for action in Action
    },
}
# fmt: on
