"""Declared: people who work here, and one's own account."""

from tests.accounts.people import OTHER_PASSWORD, PASSWORD
from tests.matrix import scenes
from tests.matrix.engine import EVERYBODY, Row
from tests.matrix.scenes import plain, user
from tests.matrix.words import V1, U

# fmt: off
ROWS: dict[str, Row] = {
    # people who work here
    f"GET {V1}/users":                       Row("user:manage", "m", plain()),
    f"POST {V1}/users":                      Row("user:manage directory:read", "m", scenes.invitation),
    f"GET {U}":                              Row("user:manage", "m", user()),
    f"PATCH {U}":                            Row("user:manage", "m", user({"display_name": "Leyla"})),
    f"POST {U}/invite":                      Row("user:manage", "m", user()),
    f"POST {U}/disable":                     Row("user:manage", "m", user()),
    f"POST {U}/enable":                      Row("user:manage", "m", user(who="disabled")),
    f"POST {U}/remove-factor":               Row("user:manage", "m", user(enrolled=True)),
    f"POST {U}/memberships":                 Row("user:manage directory:read", "m", user(scenes.coordinator)),
    f"POST {U}/memberships/{{membership_id}}/end": Row("user:manage", "m", user(membership_id="membership")),
    # one's own account, whatever the role; what can be asked before a second factor was shown is `early`
    f"GET {V1}/auth/me":                     Row("", EVERYBODY, plain(), account=True, early=True),
    f"PATCH {V1}/auth/me":                   Row("", EVERYBODY, scenes.own_account, account=True),
    f"GET {V1}/auth/sessions":               Row("", EVERYBODY, plain(), account=True),
    f"DELETE {V1}/auth/sessions":            Row("", EVERYBODY, plain(), account=True),
    f"DELETE {V1}/auth/sessions/{{session_id}}": Row("", EVERYBODY, scenes.own_session, account=True),
    f"POST {V1}/auth/password":              Row("", EVERYBODY, plain(body={"present": PASSWORD, "password": OTHER_PASSWORD}), account=True),
    f"POST {V1}/auth/step-up":               Row("", EVERYBODY, plain(body={"password": PASSWORD}), account=True),
    f"POST {V1}/auth/mfa/totp":              Row("", EVERYBODY, plain(), account=True, early=True),
    f"POST {V1}/auth/mfa/totp/confirm":      Row("", EVERYBODY, scenes.with_code(confirmed=False), account=True, early=True),
    f"POST {V1}/auth/mfa/totp/remove":       Row("", EVERYBODY, scenes.with_code(confirmed=True), account=True),
    f"POST {V1}/auth/mfa/recovery-codes":    Row("", EVERYBODY, scenes.with_code(confirmed=True), account=True),
}
# fmt: on
