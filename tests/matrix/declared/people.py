"""Declared: people and their consents."""

from tests.journeys import payloads
from tests.matrix import scenes
from tests.matrix.engine import Row
from tests.matrix.scenes import about, plain
from tests.matrix.words import PERSON, V1, WORKERS, S

# fmt: off
ROWS: dict[str, Row] = {
    f"GET {V1}/survivors":                   Row("survivor:read", WORKERS, plain(), shows="survivor", sees=WORKERS),
    f"POST {V1}/survivors":                  Row("survivor:write directory:read survivor:search", WORKERS, plain(body=scenes.newcomer)),
    f"POST {V1}/survivors of an accident":   Row("incident:read survivor:write directory:read survivor:search", WORKERS, plain(body=scenes.casualty_of)),
    f"POST {V1}/survivors/search":           Row("survivor:search", WORKERS, plain(body={"name": "Aygün Məmmədova"}), shows="survivor", sees=WORKERS),
    f"GET {S}":                              Row("survivor:read", WORKERS, about(**PERSON)),
    f"PATCH {S}":                            Row("survivor:write", WORKERS, about({"address": "A street"}, change=True, **PERSON)),
    f"PATCH {S} of an accident":             Row("incident:read survivor:write", WORKERS, about(lambda w: {"casualty_id": w.id_of("casualty")}, change=True, **PERSON)),
    f"GET {S}/identifiers":                  Row("survivor:read", WORKERS, about(**PERSON), shows="identifier", sees=WORKERS),
    f"POST {S}/identifiers":                 Row("survivor:write survivor:search", WORKERS, about({"kind_code": "id_card", "number": "AA1234567"}, **PERSON)),
    f"DELETE {S}/identifiers/{{identifier_id}}": Row("survivor:write", WORKERS, about(change=True, **PERSON, identifier_id="identifier")),
    f"GET {S}/phones":                       Row("survivor:read", WORKERS, about(**PERSON), shows="phone", sees=WORKERS),
    f"POST {S}/phones":                      Row("survivor:write", WORKERS, about({"number": "+994500000119"}, **PERSON)),
    f"PATCH {S}/phones/{{phone_id}}":        Row("survivor:write", WORKERS, about({"safe_to_call": "no"}, change=True, **PERSON, phone_id="phone")),
    f"DELETE {S}/phones/{{phone_id}}":       Row("survivor:write", WORKERS, about(change=True, **PERSON, phone_id="phone")),
    f"GET {S}/consents":                     Row("survivor:read", WORKERS, about(**PERSON), shows="consent", sees=WORKERS),
    f"POST {S}/consents":                    Row("consent:write directory:read", WORKERS, about(lambda _: payloads.consent("research"), **PERSON)),
    f"POST {S}/consents/{{consent_id}}/withdraw": Row("consent:write", WORKERS, about({"reason_code": "fear_of_harm"}, change=True, **PERSON, consent_id="consent")),
}
# fmt: on
