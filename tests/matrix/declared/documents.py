"""Declared: documents of a case, of its compartment, and those that go with a referral."""

from typing import Any

from tests.documents.factories import WRONG, picture
from tests.matrix.engine import Form, Row
from tests.matrix.scenes import about, plain
from tests.matrix.words import FILE, LETTER, V1, WORKERS, C, R
from tests.matrix.world import World

ONLY = "u"  # the compartment is the counsellor's
E, WISH = f"{V1}/document-erasures", {"reason_code": "person_asked", "reference": "12/2026"}
D, P = f"{C}/documents", f"{C}/psychosocial-documents"
FILED = {"file": ("scan.png", picture("PNG", (2, 2)))}
NEW, AGAIN = Form({"kind_code": "medical_report", "title": "Report"}, FILED), Form({}, FILED)
ONE, APART = {**FILE, "document_id": "document"}, {**FILE, "document_id": "psychosocial_document"}
SHARED = {**LETTER, "document_id": "document"}


def to_share(world: World) -> Any:
    return {"document_id": world.id_of("unshared_document")}


# fmt: off
ROWS: dict[str, Row] = {
    f"GET {D}":                            Row("document:read", WORKERS, about(**FILE), hidden="pu", shows="document", sees=WORKERS),
    f"POST {D}":                           Row("document:write", WORKERS, about(NEW, **FILE)),
    f"GET {D}/{{document_id}}":            Row("document:read", WORKERS, about(**ONE), hidden="pu"),
    f"PATCH {D}/{{document_id}}":          Row("document:write", WORKERS, about(WRONG, change=True, **ONE)),
    f"GET {D}/{{document_id}}/content":    Row("document:read", WORKERS, about(**ONE), hidden="pu"),
    f"POST {D}/{{document_id}}/versions":  Row("document:write", WORKERS, about(AGAIN, change=True, **ONE)),
    f"POST {D}/{{document_id}}/erasures":  Row("erasure:ask erasure:read", "k", about(WISH, **ONE)),
    f"POST {P}/{{document_id}}/erasures":  Row("psychosocial:write psychosocial:read erasure:read", ONLY, about(WISH, **APART)),
    f"GET {E}":                            Row("erasure:read", "ukd", plain(), shows="erasure", sees="kd"),
    f"POST {E}/{{erasure_id}}/approve":    Row("erasure:approve erasure:read", "d", about({}, change=True, erasure_id="erasure")),
    f"POST {E}/{{erasure_id}}/refuse":     Row("erasure:approve erasure:read", "d", about({"refusal_code": "must_be_kept"}, change=True, erasure_id="erasure")),
    f"POST {E}/{{erasure_id}}/withdraw":   Row("erasure:read", "k", about({}, change=True, erasure_id="erasure"), hidden="u", barred="d"),
    f"GET {P}":                            Row("psychosocial:read", ONLY, about(**FILE), shows="psychosocial_document", sees=ONLY),
    f"POST {P}":                           Row("psychosocial:write", ONLY, about(NEW, **FILE)),
    f"GET {P}/{{document_id}}":            Row("psychosocial:read", ONLY, about(**APART)),
    f"PATCH {P}/{{document_id}}":          Row("psychosocial:write", ONLY, about(WRONG, change=True, **APART)),
    f"GET {P}/{{document_id}}/content":    Row("psychosocial:read", ONLY, about(**APART)),
    f"POST {P}/{{document_id}}/versions":  Row("psychosocial:write", ONLY, about(AGAIN, change=True, **APART)),
    f"GET {R}/documents":                  Row("document:read referral:read", WORKERS + "pu", about(**LETTER), shows="document", sees=WORKERS + "pu"),
    f"POST {R}/documents":                 Row("referral:send document:read", WORKERS, about(to_share, **LETTER)),
    f"GET {R}/documents/{{document_id}}/content":   Row("document:read referral:read", WORKERS + "pu", about(**SHARED)),
    f"POST {R}/documents/{{document_id}}/withdraw": Row("referral:send document:read", WORKERS, about(**SHARED)),
}
# fmt: on
