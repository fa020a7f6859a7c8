"""The words that declarations use: who, about what, at which path."""

from app.referrals.states import REFERRAL, Party

WORKERS, ANSWERERS, KEEPERS = "csk", "puf", "km"
MORE = "other_provider"  # who works at the club, too
ANSWERED = {m.action for m in REFERRAL.moves if m.by is Party.RECEIVER}
PERSON, FILE, ACCIDENT = {"survivor_id": "survivor"}, {"case_id": "case"}, {"incident_id": "incident"}
LETTER, CLUB_LETTER = {"referral_id": "referral"}, {"referral_id": "club_referral"}
PROGRAMME, ORGANISERS, READERS = {"programme_id": "programme"}, "fk", "cspufk"
V1 = "/api/v1"
S, A = f"{V1}/survivors/{{survivor_id}}", f"{V1}/incidents/{{incident_id}}"
C, R = f"{V1}/cases/{{case_id}}", f"{V1}/referrals/{{referral_id}}"
M, U = f"{C}/milestones/{{milestone_id}}", f"{V1}/users/{{user_id}}"
G = f"{V1}/programmes/{{programme_id}}"
E, D = f"{V1}/editions/{{edition_id}}", f"{V1}/divisions/{{division_id}}"
F = f"{V1}/fixtures/{{fixture_id}}"
