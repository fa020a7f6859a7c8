"""Declared: appointments of a case."""

from app.appointments.states import Action
from tests.appointments.factories import bodies, booking
from tests.matrix.engine import Row
from tests.matrix.scenes import about, plain
from tests.matrix.words import FILE, V1, WORKERS, C

ONE = FILE | {"appointment_id": "appointment"}

# fmt: off
ROWS: dict[str, Row] = {
    f"GET {V1}/appointments":              Row("case:read", WORKERS, plain(), shows="appointment", sees="c"),
    f"GET {C}/appointments":               Row("case:read", WORKERS, about(**FILE), shows="appointment", sees=WORKERS),
    f"POST {C}/appointments":              Row("case:write", WORKERS, about(lambda _: booking(), **FILE)),
    f"GET {C}/appointments/{{appointment_id}}": Row("case:read", WORKERS, about(**ONE), shows="appointment", sees=WORKERS),
    f"GET {C}/appointments/{{appointment_id}}/visit-reminders": Row("case:read", WORKERS, about(**ONE)),
    **{f"POST {C}/appointments/{{appointment_id}}/{a.value}": Row("case:write", WORKERS, about(lambda _, a=a: bodies().get(a, {}), change=True, **ONE)) for a in Action},
}
# fmt: on
