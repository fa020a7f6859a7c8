"""Declared: figures."""

from tests.matrix import scenes
from tests.matrix.engine import Row
from tests.matrix.scenes import about, plain
from tests.matrix.words import V1
from tests.questions.asking import SEX_BY_KIND

Q = f"{V1}/statistics/preparations/{{release_id}}"

A = f"{V1}/statistics/questions"
ASKED = {name: SEX_BY_KIND[name] for name in ("purpose_code", "dimensions", "last_day")}

# fmt: off
ROWS: dict[str, Row] = {
    f"POST {V1}/statistics/query":           Row("statistics:query", "ka", plain(body={"dimensions": ["region"]})),
    f"GET {V1}/statistics/dimensions":       Row("statistics:query", "ka", plain()),
    f"GET {V1}/statistics/releases":         Row("statistics:query", "ka", plain()),
    f"GET {V1}/statistics/releases/{{release_id}}/tables/{{name}}": Row("statistics:query", "ka", scenes.released_table, foreign=2),
    f"GET {V1}/statistics/care":             Row("statistics:query", "ka", plain("?year=2025")),
    f"POST {V1}/statistics/care/query":      Row("statistics:query", "ka", plain(body={"year": 2025, "counts": "services"})),
    # on their way to publication
    f"GET {V1}/statistics/preparations":     Row("release:check", "kd", plain(), shows="prepared", sees="kd"),
    f"POST {V1}/statistics/preparations":    Row("release:prepare", "k", plain(body={"last_day": "2027-12-31", "expected_files": 90})),
    f"GET {Q}":                              Row("release:check", "kd", about(release_id="prepared"), foreign=2),
    f"POST {Q}/check":                       Row("release:check", "kd", about({}, change=True, release_id="prepared"), foreign=2),
    f"POST {Q}/publish":                     Row("release:prepare", "k", scenes.checked_release, foreign=2),
    f"POST {Q}/withdraw":                    Row("release:check", "kd", about({"reason_code": "not_needed"}, change=True, release_id="prepared"), foreign=2),
    f"GET {V1}/statistics/indicators":       Row("statistics:query", "ka", plain()),
    f"GET {V1}/statistics/reports":          Row("statistics:query", "ka", plain()),
    f"GET {V1}/statistics/reports/{{name}}": Row("statistics:query", "ka", scenes.report, foreign=2),
    f"GET {V1}/statistics/bulletin.pdf":     Row("statistics:query", "ka", plain("?year=2025")),
    f"GET {V1}/statistics/budget":           Row("statistics:query", "ka", plain()),
    # tables that are not released
    f"POST {A}/preview":                    Row("statistics:query", "ka", plain(body=ASKED)),
    f"POST {A}":                            Row("statistics:query", "ka", plain(body=SEX_BY_KIND)),
    f"GET {A}":                             Row("question:read", "kad", plain(), shows="question", sees="kad"),
    f"GET {A}/{{question_id}}":             Row("question:read", "kad", scenes.own_question),
    f"POST {A}/{{question_id}}/review":     Row("release:prepare question:read", "k", about({}, change=True, question_id="question")),
    f"POST {A}/{{question_id}}/approve":    Row("question:approve question:read", "d", scenes.reviewed_question),
    f"POST {A}/{{question_id}}/refuse":     Row("release:check question:read", "kd", about({"refusal_code": "not_sound"}, change=True, question_id="question")),
    f"POST {A}/{{question_id}}/withdraw":   Row("statistics:query question:read", "ka", scenes.own_question),
}
# fmt: on
