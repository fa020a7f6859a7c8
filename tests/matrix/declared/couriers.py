"""Declared: being told outside the app, webhooks, deliveries."""

from tests.matrix import scenes
from tests.matrix.engine import EVERYBODY, Row
from tests.matrix.scenes import about, plain
from tests.matrix.words import V1

W, D = f"{V1}/webhooks", f"{V1}/deliveries"
HOOK = {"webhook_id": "webhook"}

# fmt: off
ROWS: dict[str, Row] = {
    f"GET {V1}/notifications/preference":    Row("notification:read", EVERYBODY, plain()),
    f"PUT {V1}/notifications/preference":    Row("notification:read", EVERYBODY, scenes.preference),
    f"GET {W}":                              Row("webhook:manage", "m", plain()),
    f"POST {W}":                             Row("webhook:manage directory:read", "m", scenes.new_webhook),
    f"GET {W}/{{webhook_id}}":               Row("webhook:manage", "m", about(**HOOK)),
    f"PATCH {W}/{{webhook_id}}":             Row("webhook:manage", "m", scenes.webhook({"kinds": ["referral_send"]})),
    f"POST {W}/{{webhook_id}}/renew-key":    Row("webhook:manage", "m", scenes.webhook()),
    f"POST {W}/{{webhook_id}}/stop":         Row("webhook:manage", "m", scenes.webhook()),
    f"GET {D}":                              Row("webhook:manage", "m", plain()),
    f"POST {D}/{{delivery_id}}/send-again":  Row("webhook:manage", "m", scenes.dead_delivery),
}
# fmt: on
