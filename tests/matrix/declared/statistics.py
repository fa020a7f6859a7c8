"""Declared: figures."""

from tests.matrix import scenes
from tests.matrix.engine import Row
from tests.matrix.scenes import about, plain
from tests.matrix.words import V1

Q = f"{V1}/statistics/preparations/{{release_id}}"

# fmt: off
ROWS: dict[str, Row] = {
    f"POST {V1}/statistics/query":           Row("statistics:query", "ka", plain(body={"dimensions": ["region"]})),
    f"GET {V1}/statistics/dimensions":       Row("statistics:query", "ka", plain()),
    f"GET {V1}/statistics/releases":         Row("statistics:query", "ka", plain()),
    f"GET {V1}/statistics/releases/{{release_id}}/tables/{{name}}": Row("statistics:query", "ka", scenes.released_table, foreign=2),
    f"GET {V1}/statistics/care":             Row("statistics:query", "ka", plain("?year=2025")),
    # on their way to publication
    f"GET {V1}/statistics/preparations":     Row("release:check", "kd", plain(), shows="prepared", sees="kd"),
    f"POST {V1}/statistics/preparations":    Row("release:prepare", "k", plain(body={"last_day": "2027-12-31", "expected_files": 90})),
    f"GET {Q}":                              Row("release:check", "kd", about(release_id="prepared"), foreign=2),
    f"POST {Q}/check":                       Row("release:check", "kd", about({}, change=True, release_id="prepared"), foreign=2),
    f"POST {Q}/publish":                     Row("release:prepare", "k", scenes.checked_release, foreign=2),
    f"POST {Q}/withdraw":                    Row("release:check", "kd", about({"reason_code": "not_needed"}, change=True, release_id="prepared"), foreign=2),
}
# fmt: on
