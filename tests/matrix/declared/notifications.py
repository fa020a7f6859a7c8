"""Declared: what people are told, and who looked."""

from tests.matrix import scenes
from tests.matrix.engine import EVERYBODY, Row
from tests.matrix.scenes import about, plain
from tests.matrix.words import V1

# fmt: off
ROWS: dict[str, Row] = {
    f"GET {V1}/notifications":               Row("notification:read", EVERYBODY, plain(), shows="message", sees="c"),
    f"GET {V1}/notifications of the workshop": Row("notification:read", EVERYBODY, plain(), shows="facility_message", sees="pu"),
    f"POST {V1}/notifications/{{notification_id}}/read": Row("notification:read", EVERYBODY, scenes.own_message),
    f"POST {V1}/notifications/{{notification_id}}/read of the workshop": Row("notification:read", "pu", about(notification_id="facility_message"), hidden="cskfamd"),
    f"GET {V1}/audit/events":                Row("audit:read", "d", plain()),
}
# fmt: on
