"""Routes under /cases/{id} of emergency and continuing medical care."""

from app.access.table import Permission
from app.cases.errors import CaseNotOpen, ConsentMissing
from app.emergency import actions, schemas
from app.emergency.kinds import COMPLICATION, EPISODE, OBSERVATION, OPERATION, STAY, TOURNIQUET
from app.referrals.rules import ShareItem
from app.routers._records import Records, register
from app.routers._rooms import Room
from app.routers._sharing import case_at

router = Room("emergency")
KINDS = (
    (EPISODE, schemas.CorrectEmergencyEpisode, "emergency_episode"),
    (TOURNIQUET, schemas.CorrectTourniquet, "tourniquet"),
    (OBSERVATION, schemas.CorrectTraumaObservation, "trauma_observation"),
    (STAY, schemas.CorrectFacilityStay, "facility_stay"),
    (OPERATION, schemas.CorrectOperation, "operation"),
    (COMPLICATION, schemas.CorrectComplication, "complication"),
)

for kind, correction, one in KINDS:
    register(
        router,
        "/cases/{case_id}",
        Records(
            kind=kind,
            correction=correction,
            act=actions,
            where=case_at(Permission.EMERGENCY_READ, Permission.EMERGENCY_WRITE, ShareItem.INJURY),
            one=one,
            many=f"{one}s",
            refusals=(ConsentMissing, CaseNotOpen),
        ),
    )
