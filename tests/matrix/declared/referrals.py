"""Declared: referrals, to the workshop and to the club."""

from app.referrals.states import Action as Letter
from tests.journeys import payloads
from tests.matrix import scenes
from tests.matrix.engine import Row
from tests.matrix.scenes import about, plain
from tests.matrix.words import ANSWERED, ANSWERERS, CLUB_LETTER, LETTER, MORE, V1, WORKERS, R

# fmt: off
ROWS: dict[str, Row] = {
    f"GET {V1}/referrals inbox":             Row("referral:read", WORKERS + ANSWERERS, plain("?box=inbox"), shows="referral", sees="pu"),
    f"GET {V1}/referrals inbox of the club": Row("referral:read", WORKERS + ANSWERERS, plain("?box=inbox"), shows="club_referral", sees="f", also=(MORE,)),
    f"GET {V1}/referrals outbox":            Row("referral:read", WORKERS + ANSWERERS, plain("?box=outbox"), shows="referral", sees=WORKERS),
    f"POST {V1}/referrals":                  Row("referral:send directory:read", WORKERS, plain(body=lambda w: payloads.referral(str(w.case.id), w.town.workshop.id, "prosthetics"), key="case_id"), in_body=True),
    f"PATCH {R}":                            Row("referral:send directory:read", WORKERS, scenes.draft),
    f"GET {R}":                              Row("referral:read", WORKERS + "pu", about(**LETTER), hidden="f"),
    f"GET {R} of the club":                  Row("referral:read", WORKERS + "f", about(**CLUB_LETTER), hidden="pu", also=(MORE,)),
    f"GET {R}/history":                      Row("referral:read", WORKERS + "pu", about(**LETTER), hidden="f"),
    f"GET {R}/history of the club":          Row("referral:read", WORKERS + "f", about(**CLUB_LETTER), hidden="pu", also=(MORE,)),
    f"GET {R}/shared-record":                Row("referral:read", WORKERS + "pu", about(**LETTER), hidden="f"),
    f"GET {R}/shared-record of the club":    Row("referral:read", WORKERS + "f", about(**CLUB_LETTER), hidden="pu", also=(MORE,)),
    f"POST {R}/send":                       Row("referral:send directory:read", WORKERS, scenes.referral_action(Letter.SEND)),
    f"POST {R}/cancel":                     Row("referral:send", WORKERS, scenes.referral_action(Letter.CANCEL)),
    f"POST {R}/decline":                    Row("referral:answer directory:read", "pu", scenes.referral_action(Letter.DECLINE), hidden="f"),
    f"POST {R}/decline of the club":        Row("referral:answer directory:read", "f", scenes.referral_action(Letter.DECLINE, club=True), hidden="pu", also=(MORE,)),
    f"GET {V1}/facilities/{{facility_id}}/queue": Row("queue:read", "puk", about(facility_id="workshop"), hidden="f"),
    f"GET {V1}/facilities/{{facility_id}}/measures": Row("queue:read", "puk", about(facility_id="workshop"), hidden="f"),
    f"GET {R}/preview":                     Row("referral:send", WORKERS, scenes.preview),
    f"POST {R}/send-on":                    Row("referral:send directory:read", WORKERS, scenes.declined),
    f"POST {R}/by-hand":                    Row("referral:send", WORKERS, scenes.by_hand),
    f"GET {R}/escalations":                 Row("referral:read", WORKERS + "pu", about(**LETTER), hidden="f"),
    f"GET {R}/visit-reminders":             Row("referral:send", WORKERS, about(**LETTER)),
    f"GET {R}/messages":                    Row("referral:read", WORKERS + "pu", about(**LETTER), hidden="f"),
    f"GET {R}/messages of the club":        Row("referral:read", WORKERS + "f", about(**CLUB_LETTER), hidden="pu", also=(MORE,)),
    f"POST {R}/messages":                   Row("referral:read", WORKERS + "pu", about({"text": "When can she come?"}, **LETTER), hidden="f"),
    f"POST {R}/messages/{{message_id}}/read": Row("referral:read", WORKERS + "pu", scenes.message, hidden="f"),
    **{f"POST {R}/{a.value}":               Row("referral:answer", "pu", scenes.referral_action(a), hidden="f") for a in ANSWERED - {Letter.DECLINE}},
    **{f"POST {R}/{a.value} of the club":   Row("referral:answer", "f", scenes.referral_action(a, club=True), hidden="pu", also=(MORE,)) for a in ANSWERED - {Letter.DECLINE}},
}
# fmt: on
