"""THE table of reminders. Read down a row: what raises a task, about what, when; it is the case owner's."""

from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.appointments.models import Appointment
from app.appointments.states import Status as Booking
from app.cases.models import Case
from app.core.db import day_of
from app.milestones.models import Milestone
from app.milestones.rules import AHEAD
from app.organisations.models import Facility, Organisation
from app.referrals.models import Referral
from app.referrals.states import LIVE, WAITING, Status
from app.rehabilitation.models import DeviceOrder
from app.rehabilitation.states import IN_USE
from app.reintegration.models import FollowUp
from app.survivors.models import Consent
from app.transfers.models import Transfer
from app.transfers.states import Status as Offer

Later = aliased(Consent)
RENEWED = sa.exists().where(
    col(Later.survivor_id) == Consent.survivor_id,
    col(Later.purpose_code) == Consent.purpose_code,
    col(Later.facility_id).is_not_distinct_from(col(Consent.facility_id)),
    col(Later.withdrawn_at).is_(None),
    col(Later.valid_until) > Consent.valid_until,
)
PATIENCE = 30  # days without a date, where the facility has not said when a place is expected
EXPECTED = sa.func.coalesce(col(Referral.expected_on), day_of(col(Referral.answered_at)) + PATIENCE)
CLOSES = (
    sa.select(sa.func.least(col(Facility.closed_on), col(Organisation.closed_on)))
    .join(Organisation, col(Organisation.id) == col(Facility.organisation_id))
    .where(col(Facility.id) == Referral.to_facility_id)
    .correlate(Referral)
    .scalar_subquery()
)
"""The last day of the facility, or of the organisation it is of, where one is set."""


class Rule(NamedTuple):
    """One row: a record of this kind, while it waits, raises one task for each occasion."""

    kind_code: str  # code list: task_kind
    record: type[Any]
    of_case: sa.ColumnElement[bool]
    waits: sa.ColumnElement[bool]
    about: sa.SQLColumnExpression[UUID]  # a record that may get another day is raised anew for each
    falls_on: sa.SQLColumnExpression[Any]  # on this day it has to be done
    before: timedelta = timedelta()  # raised so long before


def _occasion(record_id: sa.SQLColumnExpression[UUID], day: sa.SQLColumnExpression[Any]) -> sa.Cast[UUID]:
    """One id for a record and a day: a task about it is raised anew when the day is another."""
    return sa.cast(sa.func.md5(sa.func.concat(record_id, " ", day)), sa.Uuid())


RULES = (
    Rule(
        "review_due",
        record=Case,
        of_case=sa.true(),
        waits=col(Case.next_review_on).is_not(None),
        about=_occasion(col(Case.id), col(Case.next_review_on)),
        falls_on=col(Case.next_review_on),
        before=timedelta(days=7),
    ),
    Rule(
        "referral_unanswered",
        record=Referral,
        of_case=col(Referral.case_id) == Case.id,
        waits=sa.and_(col(Referral.status) == Status.SENT, col(Referral.answer_by) < sa.func.now()),
        about=col(Referral.id),
        falls_on=day_of(col(Referral.answer_by)),
    ),
    Rule(
        "missed_visit",
        record=Referral,
        of_case=col(Referral.case_id) == Case.id,
        waits=sa.and_(col(Referral.status) == Status.NO_SHOW, col(Referral.scheduled_for).is_not(None)),
        about=_occasion(col(Referral.id), col(Referral.scheduled_for)),
        falls_on=day_of(col(Referral.scheduled_for)),
    ),
    Rule(
        "visit_open",
        record=Referral,
        of_case=col(Referral.case_id) == Case.id,
        waits=sa.and_(col(Referral.status) == Status.SCHEDULED, col(Referral.scheduled_for).is_not(None)),
        about=_occasion(col(Referral.id), col(Referral.scheduled_for)),
        falls_on=day_of(col(Referral.scheduled_for)) + 1,  # on its day it may still take place
    ),
    Rule(
        "place_overdue",
        record=Referral,
        of_case=col(Referral.case_id) == Case.id,
        waits=col(Referral.status).in_(WAITING),
        about=_occasion(col(Referral.id), EXPECTED),
        falls_on=EXPECTED + 1,  # on its day it is not late yet
    ),
    Rule(
        "facility_closing",
        record=Referral,
        of_case=col(Referral.case_id) == Case.id,
        waits=sa.and_(col(Referral.status).in_(LIVE), CLOSES.is_not(None)),
        about=_occasion(col(Referral.id), CLOSES),
        falls_on=CLOSES,
        before=timedelta(days=14),
    ),
    Rule(
        "appointment_open",
        record=Appointment,
        of_case=col(Appointment.case_id) == Case.id,
        waits=col(Appointment.status) == Booking.BOOKED,
        about=_occasion(col(Appointment.id), col(Appointment.starts_at)),
        falls_on=day_of(col(Appointment.starts_at)) + 1,  # on its day it may still take place
    ),
    Rule(
        "transfer_unanswered",
        record=Transfer,
        of_case=col(Transfer.case_id) == Case.id,
        waits=col(Transfer.status) == Offer.OFFERED,
        about=col(Transfer.id),
        falls_on=col(Transfer.answer_by) + 1,  # on its day it is not late yet
    ),
    Rule(
        "milestone_overdue",
        record=Milestone,
        of_case=col(Milestone.case_id) == Case.id,
        waits=col(Milestone.status).in_(AHEAD),
        about=_occasion(col(Milestone.id), col(Milestone.due_on)),
        falls_on=col(Milestone.due_on) + 1,  # on its day it is not late yet
    ),
    Rule(
        "replacement_due",
        record=DeviceOrder,
        of_case=col(DeviceOrder.case_id) == Case.id,
        waits=col(DeviceOrder.status).in_(IN_USE),
        about=_occasion(col(DeviceOrder.id), col(DeviceOrder.due_on)),
        falls_on=col(DeviceOrder.due_on),
        before=timedelta(days=30),
    ),
    Rule(
        "consent_expiring",
        record=Consent,
        of_case=col(Consent.survivor_id) == Case.survivor_id,
        waits=sa.and_(col(Consent.withdrawn_at).is_(None), ~RENEWED),
        about=col(Consent.id),
        falls_on=col(Consent.valid_until),
        before=timedelta(days=30),
    ),
    Rule(
        "follow_up_due",
        record=FollowUp,
        of_case=col(FollowUp.case_id) == Case.id,
        waits=col(FollowUp.result_code).is_(None),
        about=_occasion(col(FollowUp.id), col(FollowUp.due_on)),
        falls_on=col(FollowUp.due_on),
        before=timedelta(days=7),
    ),
)
