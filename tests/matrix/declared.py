"""Every operation, declared by hand: the permission it asks, who may, to whom its record does not exist.

Read a row as: this operation asks this permission; these roles are answered 2xx (c caseworker, s supervisor,
p provider and u counsellor of the workshop, f sports coordinator of the club, k coordinator, a analyst,
m administrator, d auditor); it is tried by this request. The rest is explained at `Row`. Nothing is taken from
`app/access/table.py`: a cell that changes there and not here is a failure.
"""

from app.cases.states import Action as CaseAction
from app.milestones.states import Action as MilestoneAction
from app.referrals.states import REFERRAL, Party
from app.referrals.states import Action as Letter
from tests.accounts.people import OTHER_PASSWORD, PASSWORD
from tests.journeys import payloads
from tests.matrix import scenes
from tests.matrix.engine import EVERYBODY, Row
from tests.matrix.scenes import about, named, plain, user

WORKERS, ANSWERERS, KEEPERS = "csk", "puf", "km"
MORE = "other_provider"  # who works at the club, too
ANSWERED = {m.action for m in REFERRAL.moves if m.by is Party.RECEIVER}
PERSON, FILE, ACCIDENT = {"survivor_id": "survivor"}, {"case_id": "case"}, {"incident_id": "incident"}
LETTER, CLUB_LETTER = {"referral_id": "referral"}, {"referral_id": "club_referral"}
V1 = "/api/v1"
S, A = f"{V1}/survivors/{{survivor_id}}", f"{V1}/incidents/{{incident_id}}"
C, R = f"{V1}/cases/{{case_id}}", f"{V1}/referrals/{{referral_id}}"
M, U = f"{C}/milestones/{{milestone_id}}", f"{V1}/users/{{user_id}}"


# fmt: off
DECLARED: dict[str, Row] = {
    # people
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
    # accidents: every worker reads them, who registered one changes it, with the team's supervisor
    f"GET {V1}/incidents":                   Row("incident:read", WORKERS, plain(), shows="incident", sees=WORKERS, also=("colleague", "outsider", "other_supervisor")),
    f"POST {V1}/incidents":                  Row("incident:write incident:read", WORKERS, plain(body=lambda _: payloads.incident())),
    f"GET {A}":                              Row("incident:read incident:write", WORKERS, about(**ACCIDENT), foreign=2),
    f"PATCH {A}":                            Row("incident:read incident:write", WORKERS, about({"device_code": "av_mine"}, change=True, **ACCIDENT), foreign=403, bars="incident:write"),
    f"GET {A}/casualties":                   Row("incident:read", WORKERS, about(**ACCIDENT), foreign=2),
    f"POST {A}/casualties":                  Row("incident:read incident:write", WORKERS, about(lambda _: payloads.casualty(), **ACCIDENT), foreign=403, bars="incident:write"),
    f"PATCH {A}/casualties/{{casualty_id}}": Row("incident:read incident:write", WORKERS, about({"tampered": "no"}, change=True, **ACCIDENT, casualty_id="casualty"), foreign=403, bars="incident:write"),
    f"GET {A}/sources":                      Row("incident:read", WORKERS, about(**ACCIDENT), foreign=2),
    f"POST {A}/sources":                     Row("incident:read incident:write", WORKERS, about({"source_code": "media", "reported_on": "2024-05-01"}, **ACCIDENT), foreign=403, bars="incident:write"),
    f"POST {A}/sources/{{source_id}}/choose": Row("incident:read incident:write", WORKERS, about({}, change=True, **ACCIDENT, source_id="source"), foreign=403, bars="incident:write"),
    # cases
    f"GET {V1}/cases":                       Row("case:read", WORKERS, plain(), shows="case", sees=WORKERS),
    f"POST {V1}/cases":                      Row("case:write survivor:read", WORKERS, scenes.new_case, in_body=True),
    f"GET {C}":                              Row("case:read", WORKERS, about(**FILE)),
    f"PATCH {C}":                            Row("case:write", WORKERS, about({"priority_code": "high"}, change=True, **FILE)),
    f"GET {C}/history":                      Row("case:read", WORKERS, about(**FILE)),
    f"GET {C}/timeline":                     Row("case:read", WORKERS, about(**FILE), shows="note", sees=WORKERS),
    f"GET {C}/notes":                        Row("case:read", WORKERS, about(**FILE), shows="note", sees=WORKERS),
    f"POST {C}/notes":                       Row("case:write", WORKERS, about({"text": "A call."}, **FILE)),
    f"GET {C}/tasks":                        Row("case:read", WORKERS, about(**FILE), shows="task", sees=WORKERS),
    f"POST {C}/tasks":                       Row("case:write", WORKERS, about(lambda _: {"kind_code": "visit", "due_on": payloads.day(3)}, **FILE)),
    f"PATCH {C}/tasks/{{task_id}}":          Row("case:write", WORKERS, about(lambda _: {"due_on": payloads.day(9)}, change=True, **FILE, task_id="task")),
    f"POST {C}/tasks/{{task_id}}/finish":    Row("case:write", WORKERS, about({}, change=True, **FILE, task_id="task")),
    f"GET {C}/approvals":                    Row("case:read", WORKERS, about(**FILE), shows="approval", sees=WORKERS),
    f"POST {C}/approvals":                   Row("case:write", WORKERS, about({"kind_code": "closure", "reason_code": "goals_met"}, **FILE)),
    f"POST {C}/approvals/{{approval_id}}/approve": Row("case:approve", "sk", about({}, change=True, **FILE, approval_id="approval")),
    f"POST {C}/approvals/{{approval_id}}/refuse":  Row("case:approve", "sk", about({}, change=True, **FILE, approval_id="approval")),
    f"POST {C}/assign":                      Row("case:assign", "sk", about(lambda w: {"owner_id": str(w.town.colleague.user_id), "team_id": str(w.town.north.id)}, change=True, **FILE)),
    f"GET {C}/assessments":                  Row("case:read", WORKERS, about(**FILE), shows="assessment", sees=WORKERS),
    f"POST {C}/assessments":                 Row("case:write", WORKERS, about(lambda _: payloads.needs(), **FILE)),
    **{f"POST {C}/{a.value}":                Row("case:write", WORKERS, scenes.case_action(a)) for a in CaseAction},
    f"GET {V1}/tasks":                       Row("case:read", WORKERS, plain(), shows="task", sees="c"),
    f"GET {V1}/today":                       Row("referral:read", WORKERS + ANSWERERS, plain(), shows="task", sees="c"),
    f"GET {V1}/instruments":                 Row("directory:read", EVERYBODY, plain()),
    # milestones
    f"GET {V1}/milestone-definitions":       Row("directory:read", EVERYBODY, plain()),
    f"GET {C}/milestones":                   Row("case:read", WORKERS, about(**FILE), shows="milestone", sees=WORKERS),
    f"POST {C}/milestones":                  Row("case:write", WORKERS, about({"definition_code": "housing"}, **FILE)),
    f"GET {M}":                              Row("case:read", WORKERS, about(**FILE, milestone_id="milestone")),
    f"PATCH {M}":                            Row("case:write", WORKERS, about(lambda _: {"due_on": payloads.day(20)}, change=True, **FILE, milestone_id="milestone")),
    **{f"POST {M}/{a.value}":                Row("case:write", WORKERS, scenes.milestone_action(a)) for a in MilestoneAction},
    f"POST {M}/verify of a device":          Row("milestone:verify", "spk", scenes.verify("device_delivered"), unfit={"u": "verifier-unfit"}),
    f"POST {M}/verify of counselling":       Row("milestone:verify", "u", scenes.verify("counselling_started"), unfit=dict.fromkeys("spk", "verifier-unfit")),
    # referrals, to the workshop and to the club
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
    **{f"POST {R}/{a.value}":               Row("referral:answer", "pu", scenes.referral_action(a), hidden="f") for a in ANSWERED - {Letter.DECLINE}},
    **{f"POST {R}/{a.value} of the club":   Row("referral:answer", "f", scenes.referral_action(a, club=True), hidden="pu", also=(MORE,)) for a in ANSWERED - {Letter.DECLINE}},
    # the directory
    f"GET {V1}/code-lists":                  Row("directory:read", EVERYBODY, plain()),
    f"GET {V1}/code-lists/{{name}}":         Row("directory:read", EVERYBODY, named(name="sex"), foreign=2),
    f"GET {V1}/organisations":               Row("directory:read", EVERYBODY, plain()),
    f"POST {V1}/organisations":              Row("directory:write", KEEPERS, plain(body={"name": "Aid", "kind_code": "ngo"})),
    f"GET {V1}/organisations/{{organisation_id}}":   Row("directory:read", EVERYBODY, about(organisation_id="agency"), foreign=2),
    f"PATCH {V1}/organisations/{{organisation_id}}": Row("directory:write directory:read", KEEPERS, about({"name": "Other"}, change=True, organisation_id="agency")),
    f"GET {V1}/teams":                       Row("directory:read", EVERYBODY, plain()),
    f"POST {V1}/teams":                      Row("directory:write directory:read", KEEPERS, plain(body=lambda w: {"name": "East", "organisation_id": str(w.town.agency.id)})),
    f"GET {V1}/teams/{{team_id}}":           Row("directory:read", EVERYBODY, about(team_id="north"), foreign=2),
    f"PATCH {V1}/teams/{{team_id}}":         Row("directory:write directory:read", KEEPERS, about({"name": "West"}, change=True, team_id="north")),
    f"GET {V1}/facilities":                  Row("directory:read", EVERYBODY, plain()),
    f"POST {V1}/facilities":                 Row("directory:write directory:read", KEEPERS, plain(body=lambda w: {"organisation_id": str(w.town.centre.id), "district_code": "az_ba", "name": "Ward", "kind_code": "hospital"})),
    f"GET {V1}/facilities/{{facility_id}}":  Row("directory:read", EVERYBODY, about(facility_id="workshop"), foreign=2),
    f"PATCH {V1}/facilities/{{facility_id}}": Row("directory:write directory:read", KEEPERS, about({"name": "Other"}, change=True, facility_id="workshop")),
    f"GET {V1}/service-offers":              Row("directory:read", EVERYBODY, plain()),
    f"POST {V1}/service-offers":             Row("offer:write directory:read", KEEPERS + "p", plain(body=lambda w: {"facility_id": str(w.town.workshop.id), "service_code": "physiotherapy"})),
    f"POST {V1}/service-offers of the club": Row("offer:write directory:read", KEEPERS + "f", plain(body=lambda w: {"facility_id": str(w.town.club.id), "service_code": "physiotherapy"})),
    f"GET {V1}/service-offers/{{offer_id}}": Row("directory:read", EVERYBODY, about(offer_id="offer"), foreign=2),
    f"PATCH {V1}/service-offers/{{offer_id}}": Row("offer:write directory:read", KEEPERS + "p", about({"monthly_capacity": 9}, change=True, offer_id="offer"), barred="f", foreign=403),
    f"PATCH {V1}/service-offers/{{offer_id}} of the club": Row("offer:write directory:read", KEEPERS + "f", about({"monthly_capacity": 9}, change=True, offer_id="club_offer"), barred="p", also=(MORE,)),
    # what people are told, and who looked
    f"GET {V1}/notifications":               Row("notification:read", EVERYBODY, plain(), shows="message", sees="c"),
    f"GET {V1}/notifications of the workshop": Row("notification:read", EVERYBODY, plain(), shows="facility_message", sees="pu"),
    f"POST {V1}/notifications/{{notification_id}}/read": Row("notification:read", EVERYBODY, scenes.own_message),
    f"POST {V1}/notifications/{{notification_id}}/read of the workshop": Row("notification:read", "pu", about(notification_id="facility_message"), hidden="cskfamd"),
    f"GET {V1}/audit/events":                Row("audit:read", "d", plain()),
    # figures
    f"POST {V1}/statistics/query":           Row("statistics:query", "ka", plain(body={"dimensions": ["region"]})),
    f"GET {V1}/statistics/dimensions":       Row("statistics:query", "ka", plain()),
    f"GET {V1}/statistics/releases":         Row("statistics:query", "ka", plain()),
    f"GET {V1}/statistics/releases/{{release_id}}/tables/{{name}}": Row("statistics:query", "ka", scenes.released_table, foreign=2),
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
