"""A case's timeline: one part for each kind of entry, all of them one statement.

A room that has a new kind of entry adds a kind and a part. What is sealed stays so: a timeline says that
there is a note, not what it says. Row-level security decides whose entries of a part are shown.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from app.access.actor import Grant
from app.appointments.models import Appointment, AppointmentMove
from app.assessments.models import Assessment
from app.audit import reading
from app.careplans.models import CarePlan, CarePlanMove
from app.cases.models import Case, CaseMove, Note, Task
from app.core.db import Held, day_of
from app.documents.models import Document
from app.emergency.models import Complication, EmergencyEpisode, FacilityStay, Operation
from app.injuries.models import Amputation, Injury
from app.milestones.models import Milestone, MilestoneChange
from app.overview.schemas import EntryKind
from app.participants.models import Clearance, Enrolment, SportInjury
from app.referrals.models import Referral, ReferralMove
from app.rehabilitation.models import DeviceOrder, DeviceStage, RehabilitationEpisode, TherapySession
from app.reintegration.models import GrantMove, LivelihoodGrant, ReintegrationRecord
from app.risks.models import RiskFlag
from app.squads.models import CallUp
from app.support.models import PsychosocialEpisode, SupportSession

NO_STATUS, NO_DAY = sa.null(), sa.cast(sa.null(), sa.Date)


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of entry: the rows of `table` that hang on a case or its person, and what of them is shown.

    `table` has `created_at` and `by_id`. `under`: the table that its rows hang on, and by which column, where
    that one hangs on the case. `what` and `status` are codes, `on` is a day, `record` is what to open.
    """

    kind: EntryKind
    table: type[Held]
    what: Any
    status: Any = NO_STATUS
    on: Any = NO_DAY
    record: Any = None
    under: tuple[type[Held], Any] | None = None


def _in_error(table: Any, otherwise: Any = NO_STATUS) -> Any:
    """The status of a record of care: what it came to, unless it should never have been entered."""
    return sa.case((col(table.in_error), "in_error"), else_=otherwise)


def _steps(kind: EntryKind, table: Any, begins: str, **where: Any) -> Part:
    """The steps of a record that moves by its table: which action, to which status; `begins`: the first."""
    what = sa.func.coalesce(sa.type_coerce(col(table.action), sa.String), begins)
    return Part(kind, table, what=what, status=col(table.target), **where)


def _record(kind: EntryKind, table: Any, what: Any, on: Any, came_to: Any = NO_STATUS) -> Part:
    """A record of care: of what, on which day, and what it came to, unless it was entered in error."""
    return Part(kind, table, what=what, status=_in_error(table, came_to), on=on)


PARTS = (
    _steps(
        EntryKind.MOVE,
        CaseMove,
        "open",
        record=col(CaseMove.case_id),
    ),
    Part(EntryKind.NOTE, Note, what=col(Note.kind_code)),
    Part(
        EntryKind.TASK,
        Task,
        what=col(Task.kind_code),
        status=sa.func.coalesce(col(Task.outcome_code), "open"),
        on=col(Task.due_on),
    ),
    _steps(
        EntryKind.APPOINTMENT,
        AppointmentMove,
        "book",
        on=day_of(col(AppointmentMove.starts_at)),
        record=col(Appointment.id),
        under=(Appointment, col(AppointmentMove.appointment_id)),
    ),
    Part(
        EntryKind.ASSESSMENT,
        Assessment,
        what=col(Assessment.instrument_code),
        status=col(Assessment.result),
        on=col(Assessment.assessed_on),
    ),
    _steps(
        EntryKind.CARE_PLAN,
        CarePlanMove,
        "begin",
        on=col(CarePlan.review_on),
        record=col(CarePlan.id),
        under=(CarePlan, col(CarePlanMove.plan_id)),
    ),
    Part(
        EntryKind.RISK,
        RiskFlag,
        what=col(RiskFlag.kind_code),
        status=col(RiskFlag.status),
        on=col(RiskFlag.due_on),
    ),
    Part(
        EntryKind.MILESTONE,
        MilestoneChange,
        what=col(Milestone.definition_code),
        status=col(MilestoneChange.target),
        on=col(MilestoneChange.happened_on),
        record=col(Milestone.id),
        under=(Milestone, col(MilestoneChange.milestone_id)),
    ),
    _steps(
        EntryKind.REFERRAL,
        ReferralMove,
        "draft",
        record=col(Referral.id),
        under=(Referral, col(ReferralMove.referral_id)),
    ),
    Part(
        EntryKind.DOCUMENT,
        Document,
        what=col(Document.kind_code),
        status=sa.case((col(Document.erased_at).is_not(None), "erased"), else_=_in_error(Document)),
        on=col(Document.issued_on),
    ),
    _record(EntryKind.INJURY, Injury, col(Injury.nature_code), col(Injury.occurred_on)),
    _record(EntryKind.AMPUTATION, Amputation, col(Amputation.level_code), col(Amputation.occurred_on)),
    _record(
        EntryKind.EMERGENCY,
        EmergencyEpisode,
        sa.func.coalesce(col(EmergencyEpisode.end_code), "unknown"),
        day_of(col(EmergencyEpisode.injured_at)),
    ),
    _record(
        EntryKind.STAY,
        FacilityStay,
        col(FacilityStay.kind_code),
        col(FacilityStay.admitted_on),
        col(FacilityStay.end_code),
    ),
    _record(EntryKind.OPERATION, Operation, col(Operation.procedure_code), col(Operation.performed_on)),
    _record(EntryKind.COMPLICATION, Complication, col(Complication.kind_code), col(Complication.noticed_on)),
    Part(
        EntryKind.DEVICE,
        DeviceStage,
        what=col(DeviceOrder.product_code),
        status=col(DeviceStage.target),
        on=col(DeviceStage.happened_on),
        record=col(DeviceOrder.id),
        under=(DeviceOrder, col(DeviceStage.device_order_id)),
    ),
    _record(
        EntryKind.COURSE,
        RehabilitationEpisode,
        col(RehabilitationEpisode.discipline_code),
        col(RehabilitationEpisode.started_on),
        col(RehabilitationEpisode.end_code),
    ),
    _record(
        EntryKind.SESSION,
        TherapySession,
        col(TherapySession.kind_code),
        col(TherapySession.held_on),
        col(TherapySession.attendance_code),
    ),
    _record(
        EntryKind.REINTEGRATION,
        ReintegrationRecord,
        col(ReintegrationRecord.item_code),
        col(ReintegrationRecord.begun_on),
        col(ReintegrationRecord.outcome_code),
    ),
    _steps(
        EntryKind.GRANT,
        GrantMove,
        "ask",
        on=col(GrantMove.happened_on),
        record=col(LivelihoodGrant.id),
        under=(LivelihoodGrant, col(GrantMove.grant_id)),
    ),
    Part(
        EntryKind.ENROLMENT,
        Enrolment,
        what=col(Enrolment.role_code),
        status=col(Enrolment.status),
        on=col(Enrolment.joined_on),
    ),
    Part(
        EntryKind.CLEARANCE,
        Clearance,
        what=col(Clearance.sport_code),
        status=col(Clearance.outcome_code),
        on=col(Clearance.given_on),
    ),
    Part(
        EntryKind.SPORT_INJURY,
        SportInjury,
        what=col(SportInjury.context_code),
        status=col(SportInjury.stage),
        on=col(SportInjury.occurred_on),
    ),
    Part(
        EntryKind.CALL_UP,
        CallUp,
        what=col(CallUp.position_code),
        status=col(CallUp.status),
        on=col(CallUp.answered_on),
        under=(Enrolment, col(CallUp.enrolment_id)),
    ),
    _record(
        EntryKind.SUPPORT,
        PsychosocialEpisode,
        col(PsychosocialEpisode.status),
        col(PsychosocialEpisode.opened_on),
    ),
    _record(
        EntryKind.SUPPORT_SESSION,
        SupportSession,
        col(SupportSession.attendance_code),
        col(SupportSession.held_on),
    ),
)


def statement(grant: Grant, later: bool) -> sa.Select[Any]:
    """A page of entries as JSON, id and moment of the one after it, and the event; no row out of reach.

    `later`: from the entry that `start_at` and `start` name, else from the newest.
    """
    this_case = col(Case.id) == sa.bindparam("case_id", type_=sa.Uuid())
    case = sa.select(col(Case.id), col(Case.survivor_id)).where(grant.held(Case), this_case).cte("this_case")
    more, most = sa.bindparam("more", type_=sa.Integer()), sa.bindparam("most", type_=sa.Integer())
    every = sa.union_all(*(_arm(part, case, later) for part in PARTS)).subquery("entry")
    found = _newest(sa.select(every), every).limit(more).cte("found")
    shown = _newest(sa.select(found), found).limit(most).cte("shown")
    lines = sa.func.json_agg(shown.table_valued()).aggregate_order_by(shown.c.at.desc(), shown.c.id.desc())
    items = sa.select(sa.func.coalesce(sa.cast(lines, sa.Text), "[]"))
    after = _newest(sa.select(found), found).offset(most).cte("after")
    page = sa.select(items.scalar_subquery(), after.c.id, after.c.at)
    return page.select_from(case).outerjoin(after, sa.true()).add_cte(reading.logged(_all_ids(case, shown)))


def _arm(part: Part, case: sa.CTE, later: bool) -> Any:
    """The entries of one kind; all kinds together are sorted once, and cut to a page."""
    table: Any = part.table
    moment, key = col(table.created_at), col(table.id)
    texts = {"what": part.what, "status": part.status}
    rows = sa.select(
        sa.literal(part.kind.value, sa.Text).label("kind"),
        key.label("id"),
        (key if part.record is None else part.record).label("record_id"),
        moment.label("at"),
        *(sa.cast(value, sa.Text).label(name) for name, value in texts.items()),
        part.on.label("on"),
        col(table.by_id).label("by_id"),
    ).where(_belongs(part.under[0] if part.under else table, case))
    if part.under:
        parent: Any = part.under[0]
        rows = rows.join_from(table, parent, col(parent.id) == part.under[1])
    if later:
        start = (
            sa.bindparam("start_at", type_=sa.DateTime(timezone=True)),
            sa.bindparam("start", type_=sa.Uuid()),
        )
        rows = rows.where(sa.tuple_(moment, key) <= sa.tuple_(*start))
    return rows


def _belongs(table: Any, case: sa.CTE) -> sa.ColumnElement[bool]:
    """Rows of this case or, where a table hangs on the person, of whom the case is about."""
    if hasattr(table, "case_id"):
        return col(table.case_id) == sa.bindparam("case_id", type_=sa.Uuid())
    return col(table.survivor_id) == sa.select(case.c.survivor_id).scalar_subquery()


def _newest(rows: Any, of: Any) -> Any:
    return rows.order_by(of.c.at.desc(), of.c.id.desc())


def _all_ids(case: sa.CTE, shown: sa.CTE) -> sa.ScalarSelect[Any]:
    """What the event names: the entries that were shown, what they are about, the case and the person."""
    every = sa.union(
        *(sa.select(each) for each in (shown.c.id, shown.c.record_id, case.c.id, case.c.survivor_id))
    )
    ids = sa.func.array_agg(every.subquery("every_id").c[0])
    return sa.select(sa.func.coalesce(ids, sa.text("'{}'::uuid[]"))).scalar_subquery()
