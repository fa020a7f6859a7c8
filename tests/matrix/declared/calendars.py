"""Declared: the address of one's own calendar."""

from tests.matrix.engine import Row
from tests.matrix.scenes import plain
from tests.matrix.words import ANSWERERS, V1, WORKERS

F = f"{V1}/calendar-feed"

# fmt: off
ROWS: dict[str, Row] = {
    f"GET {F}":                  Row("calendar:read", WORKERS + ANSWERERS, plain()),
    f"POST {F}":                 Row("calendar:read", WORKERS + ANSWERERS, plain(body={})),
    f"DELETE {F}":               Row("calendar:read", WORKERS + ANSWERERS, plain()),
}
# fmt: on
