"""Imports every table, so that Alembic and the tests see the whole schema. Nothing else."""

from app.accounts import models as accounts
from app.appointments import models as appointments
from app.assessments import models as assessments
from app.assignments import models as assignments
from app.audit import models as audit
from app.calendars import models as calendars
from app.careplans import models as careplans
from app.cases import models as cases
from app.competitions import models as competitions
from app.core import once
from app.couriers import models as couriers
from app.delegations import models as delegations
from app.documents import models as documents
from app.emergency import models as emergency
from app.incidents import models as incidents
from app.injuries import models as injuries
from app.milestones import models as milestones
from app.notifications import models as notifications
from app.organisations import models as organisations
from app.participants import models as participants
from app.programmes import models as programmes
from app.psychosocial import models as psychosocial
from app.questions import models as questions
from app.records import models as records
from app.referrals import models as referrals
from app.rehabilitation import models as rehabilitation
from app.reintegration import models as reintegration
from app.risks import models as risks
from app.squads import models as squads
from app.statistics import models as statistics
from app.support import models as support
from app.survivors import models as survivors
from app.transfers import models as transfers
from app.waits import models as waits
from app.wellbeing import models as wellbeing

__all__ = [
    "accounts",
    "appointments",
    "assessments",
    "assignments",
    "audit",
    "calendars",
    "careplans",
    "cases",
    "competitions",
    "couriers",
    "delegations",
    "documents",
    "emergency",
    "incidents",
    "injuries",
    "milestones",
    "notifications",
    "once",
    "organisations",
    "participants",
    "programmes",
    "psychosocial",
    "questions",
    "records",
    "referrals",
    "rehabilitation",
    "reintegration",
    "risks",
    "squads",
    "statistics",
    "support",
    "survivors",
    "transfers",
    "waits",
    "wellbeing",
]
