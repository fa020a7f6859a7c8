"""Declared: code lists, organisations, teams, facilities and offers."""

from tests.matrix.engine import EVERYBODY, Row
from tests.matrix.scenes import about, named, plain
from tests.matrix.words import KEEPERS, MORE, V1, WORKERS

# fmt: off
ROWS: dict[str, Row] = {
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
    f"GET {V1}/facilities/{{facility_id}}/closed-days": Row("directory:read", EVERYBODY, about(facility_id="workshop"), foreign=2),
    f"POST {V1}/facilities/{{facility_id}}/closed-days": Row("offer:write directory:read", KEEPERS + "p", about({"day": "2027-03-20"}, facility_id="workshop"), barred="f", foreign=403),
    f"DELETE {V1}/facilities/{{facility_id}}/closed-days/{{closed_day_id}}": Row("offer:write directory:read", KEEPERS + "p", about(change=True, facility_id="workshop", closed_day_id="closed_day"), barred="f", foreign=403),
    f"GET {V1}/service-offers":              Row("directory:read", EVERYBODY, plain()),
    f"POST {V1}/service-offers":             Row("offer:write directory:read", KEEPERS + "p", plain(body=lambda w: {"facility_id": str(w.town.workshop.id), "service_code": "physiotherapy"})),
    f"POST {V1}/service-offers of the club": Row("offer:write directory:read", KEEPERS + "f", plain(body=lambda w: {"facility_id": str(w.town.club.id), "service_code": "physiotherapy"})),
    f"GET {V1}/service-offers/search":       Row("referral:send", WORKERS, plain("?service=prosthetics")),
    f"GET {V1}/service-offers/{{offer_id}}": Row("directory:read", EVERYBODY, about(offer_id="offer"), foreign=2),
    f"PATCH {V1}/service-offers/{{offer_id}}": Row("offer:write directory:read", KEEPERS + "p", about({"monthly_capacity": 9}, change=True, offer_id="offer"), barred="f", foreign=403),
    f"PATCH {V1}/service-offers/{{offer_id}} of the club": Row("offer:write directory:read", KEEPERS + "f", about({"monthly_capacity": 9}, change=True, offer_id="club_offer"), barred="p", also=(MORE,)),
}
# fmt: on
