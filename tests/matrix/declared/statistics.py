"""Declared: figures."""

from tests.matrix import scenes
from tests.matrix.engine import Row
from tests.matrix.scenes import plain
from tests.matrix.words import V1

# fmt: off
ROWS: dict[str, Row] = {
    f"POST {V1}/statistics/query":           Row("statistics:query", "ka", plain(body={"dimensions": ["region"]})),
    f"GET {V1}/statistics/dimensions":       Row("statistics:query", "ka", plain()),
    f"GET {V1}/statistics/releases":         Row("statistics:query", "ka", plain()),
    f"GET {V1}/statistics/releases/{{release_id}}/tables/{{name}}": Row("statistics:query", "ka", scenes.released_table, foreign=2),
}
# fmt: on
