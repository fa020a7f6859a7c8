"""Devices on their way through a workshop, and courses of therapy, for those who lost a limb."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.clock import day_of
from app.core.dates import PartialDate, Precision
from app.demo.cases import File, Shown
from app.demo.dice import DAY, Dice, urn
from app.demo.injuries import Limb
from app.demo.lives import Life, live
from app.demo.places import Country, Facility
from app.demo.sheets import Ready, Sheets, ready
from app.demo.walks import pick
from app.rehabilitation.due import due_on
from app.rehabilitation.facts import SHOWS
from app.rehabilitation.states import IN_USE, Action, Status

PROSTHETICS, PHYSIOTHERAPY = "prosthetics", "physiotherapy"
PRODUCT = {"lower": "ll_prosthesis", "upper": "ul_prosthesis"}
FROM_STOCK = "crutch_forearm:4 wheelchair_manual:2 walker:1 cane:1"
TECHNOLOGY = "modular:5 polypropylene:4 cosmetic:1"
FUNDER = "state:5 mine_action_agency:3 icrc:1 unknown:1"
SERVED, TREATED = 0.95, 0.4  # of those who lost a limb
WITH_REASON = (Action.STOP, Action.REPLACE)
SESSIONS = "gait_training:4 residual_limb_care:2 strengthening:2 prosthesis_use:2 pain_treatment"


def write_rehabilitation(sheets: Sheets, country: Country, file: File, limb: Limb | None) -> None:
    """A device for most, the next one where it was replaced; a course of therapy for some."""
    draws, person = sheets.dice, file.person
    if limb is None or not person.origin.agreed:
        return
    if draws.chance(SERVED):
        facility = country.offering(draws, PROSTHETICS)
        life = _life(draws, country, file, draws.between(person.life.opened_at, _middle(country, file)))
        first_id = _write_device(sheets, file, facility, limb, life, None)
        if life.status is Status.REPLACED:
            after = _life(draws, country, file, life.last_at, again=True)
            _write_device(sheets, file, facility, limb, after, first_id)
    if draws.chance(TREATED):
        _write_course(sheets, country, file, draws.between(person.life.opened_at, _middle(country, file)))


def _middle(country: Country, file: File) -> datetime:
    life = file.person.life
    return life.opened_at + (life.until(country.now) - life.opened_at) / 2


def _life(draws: Dice, country: Country, file: File, at: datetime, again: bool = False) -> Life:
    """A way for an order of that moment; a person's third is not written."""
    until = file.person.life.until(country.now)
    walk = pick(draws, "device_order", (until - at).total_seconds() / DAY)
    if again and walk.target is Status.REPLACED:
        walk = pick(draws, "device_order", 1)
    return live(draws, walk, at, until)


def _write_device(
    sheets: Sheets, file: File, facility: Facility, limb: Limb, life: Life, replaces_id: UUID | None
) -> UUID:
    """One order with its history; its id."""
    row_id = sheets.dice.new_id(life.opened_at)
    sheets.record(
        "device_order",
        life.opened_at,
        id=row_id,
        status=life.status,
        status_on=day_of(life.last_at),
        replaces_id=replaces_id,
        facility_id=facility.id,
        by_id=facility.staff_id,
        version=life.version,
        **_thing(sheets.dice, life, limb),
        **_days(file, life, limb),
        **file.held,
    )
    _write_history(sheets, file, facility, row_id, life)
    return row_id


def _from_stock(life: Life) -> bool:
    """Whether it was fitted without being made."""
    return any((move.source, move.action) == (Status.PRESCRIBED, Action.FIT) for move, _ in life.history)


def _thing(draws: Dice, life: Life, limb: Limb) -> dict[str, Any]:
    """What it is, what it costs, who pays."""
    if _from_stock(life):
        return {"product_code": urn(FROM_STOCK).draw(draws), "side_code": "not_applicable"}
    thing: dict[str, Any] = {"product_code": PRODUCT[limb.limb_code], "side_code": limb.side_code}
    thing |= {"amputation_id": limb.amputation_id, "funder_code": urn(FUNDER).draw(draws)}
    if life.at(Action.PRESCRIBE):
        cost = draws.randint(60, 400) * 1000
        thing |= {"technology_code": urn(TECHNOLOGY).draw(draws), "cost_minor": cost, "currency_code": "azn"}
    if life.at(Action.FABRICATE):
        thing["serial_number"] = f"NUMUNE-{draws.randint(0, 999999):06}"
    return thing


def _days(file: File, life: Life, limb: Limb) -> dict[str, Any]:
    """When it was delivered, when it was over and why, when the next one is due."""
    delivered, ended = life.at(Action.DELIVER), life.at(Action.STOP) or life.at(Action.REPLACE)
    birth = PartialDate(date=file.person.birth.first, precision=Precision(file.person.birth.precision))
    made = delivered and not _from_stock(life) and life.status in IN_USE
    return {
        "delivered_on": delivered and day_of(delivered),
        "ended_on": ended and day_of(ended),
        "end_reason_code": life.reason if ended else None,
        "due_on": due_on(PRODUCT[limb.limb_code], day_of(delivered), birth) if made and delivered else None,
    }


def _write_history(sheets: Sheets, file: File, facility: Facility, row_id: UUID, life: Life) -> None:
    whose: dict[str, Ready] = ready(device_order_id=row_id, facility_id=facility.id) | file.person.held
    by: dict[str, Any] = {"by_id": facility.staff_id}
    began = life.opened_at
    sheets.record("device_stage", began, target=Status.REFERRED, happened_on=day_of(began), **by, **whose)
    for move, at in life.history:
        sheets.record(
            "device_stage",
            at,
            action=move.action,
            source=move.source,
            target=move.target,
            happened_on=day_of(at),
            reason_code=life.reason if move.action in WITH_REASON else None,
            **by,
            **whose,
        )
        if move.action in SHOWS:
            file.show(SHOWS[move.action], Shown(at, "device_order", row_id, facility.staff_id))


def _write_course(sheets: Sheets, country: Country, file: File, at: datetime) -> None:
    """A course with some sessions; a few people miss one."""
    draws, until = sheets.dice, file.person.life.until(country.now)
    place = country.offering(draws, PHYSIOTHERAPY)
    whose = {"facility_id": place.id, "by_id": place.staff_id, **file.held}
    days = [at + timedelta(days=7 * week) for week in range(draws.randint(2, 5))]
    held = [day for day in days if day <= until]
    over = draws.chance(0.5)
    episode_id = sheets.record(
        "rehabilitation_episode",
        at,
        discipline_code=PHYSIOTHERAPY,
        setting_code=urn("outpatient:5 inpatient:2 home:1").draw(draws),
        started_on=day_of(at),
        ended_on=day_of(held[-1]) if over else None,
        end_code="goals_met" if over else None,
        **whose,
    )
    for day in held:
        came = draws.chance(0.88)
        sheets.record(
            "therapy_session",
            day,
            episode_id=episode_id,
            held_on=day_of(day),
            kind_code=urn(SESSIONS).draw(draws),
            attendance_code="came" if came else "missed",
            minutes=draws.choice([30, 40, 45, 60]) if came else None,
            **whose,
        )
