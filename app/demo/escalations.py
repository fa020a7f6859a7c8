"""Answers that were late: each step of the ladder that the daily command took since, and whom it told."""

from datetime import datetime, timedelta
from uuid import UUID

from app.demo.cases import File
from app.demo.lives import Life
from app.demo.messages import tell
from app.demo.places import Country, Facility
from app.demo.sheets import Sheets, ready
from app.organisations.calendar import ALWAYS_OPEN
from app.referrals import ladder
from app.referrals.ladder import Tells

KIND = "referral.escalate"
DAILY = timedelta(days=1)  # how often the command runs


def write_escalations(
    sheets: Sheets,
    country: Country,
    file: File,
    facility: Facility,
    row_id: UUID,
    life: Life,
    priority: str,
    until: datetime | None,
) -> None:
    """The steps that fell due before somebody answered, each taken within a day."""
    if until is None:
        return
    over = next((at for _, at in life.history[1:]), country.now)
    whose = ready(referral_id=row_id, to_facility_id=facility.id) | file.person.held
    apart, taken = sheets.with_dice("escalation", row_id), until
    for rung in ladder.due(priority, until, over, (), ALWAYS_OPEN):
        due = max(until + rung.after, taken)
        taken = due + min(DAILY, over - due) * apart.dice.uniform(0.05, 0.95)
        step = {"step": rung.step, "tells": rung.tells, "answer_by": until}
        apart.record("escalation", taken, **step, **whose)
        hears = country.coordinator_id if rung.tells is Tells.COORDINATOR else facility.staff_id
        for person in (file.acting(taken), hears):
            tell(apart, country, taken, KIND, row_id, user_id=person)
