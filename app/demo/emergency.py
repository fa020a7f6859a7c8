"""How those whose accident is on the register were brought to a surgeon, and what followed."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from app.core.clock import day_of
from app.demo.cases import File
from app.demo.dice import Dice, urn
from app.demo.injuries import Limb
from app.demo.places import Country
from app.demo.sheets import Sheets

TOLD = 0.4  # of those whose accident is on the register
STEPS = (
    *(("injured", 0, 0), ("aid_began", 5, 40), ("evacuation_began", 10, 60), ("arrived", 20, 110)),
    *(("triaged", 3, 30), ("surgery_began", 30, 300)),
)
"""Moments of the chain in order, each so many minutes after the one before."""
KNOWN = 0.8
PRECISION, SOURCE = "minute:5 hour:3 day:1", "record:5 witness:3 estimate:2"
WAYS = "ambulance:4 military_vehicle:3 private_car:3 demining_ambulance:2 helicopter:1 unknown:1"
AFTERWARDS = "wound_infection:4 contracture:2 neuroma:2 retained_fragment:2 chronic_pain:2 osteomyelitis"


def write_emergency(sheets: Sheets, country: Country, file: File, limb: Limb | None) -> None:
    """The chain of care of some, with a stay, an operation, and what went wrong for some of these."""
    draws, day = sheets.dice, file.person.accident_on
    if day is None or not draws.chance(TOLD):
        return
    at = draws.between(file.person.life.opened_at, file.person.life.until(country.now))
    episode_id = _write_chain(sheets, file, at, day)
    if limb and draws.chance(0.6):
        _write_tourniquet(sheets, file, at, day, limb, episode_id)
    home = min(day + timedelta(days=draws.randint(4, 60)), day_of(at))
    stay_id = _record(
        *(sheets, file, at, "facility_stay"),
        kind_code="emergency",
        end_code="home",
        **_days(admitted=day, discharged=home),
    )
    if limb or draws.chance(0.5):
        _write_operation(sheets, file, at, day, stay_id)


def _write_chain(sheets: Sheets, file: File, at: datetime, day: date) -> Any:
    draws = sheets.dice
    said: dict[str, Any] = {"end_code": "discharged", "transport_code": urn(WAYS).draw(draws)}
    said |= {"first_aid": "unknown", "first_responder_code": "unknown"}
    moment = datetime.combine(day, time(draws.randint(4, 12)), UTC)
    for name, least, most in STEPS:
        moment += timedelta(minutes=draws.randint(least, most))
        if draws.chance(KNOWN):
            said |= _stamp(draws, name, moment)
    if "aid_began_at" in said:
        helper = urn("military_medic:3 demining_medic:3 family:2 ambulance:2 self_bystander:1").draw(draws)
        said |= {"first_aid": "yes", "first_responder_code": helper}
    said["triage_code"] = urn("t1:2 t2:3 t3:1").draw(draws)
    return _record(sheets, file, at, "emergency_episode", **said)


def _stamp(draws: Dice, name: str, moment: datetime) -> dict[str, Any]:
    """The moment as finely as it is known, as its first minute."""
    precision = urn(PRECISION).draw(draws)
    coarse: dict[str, Any] = {"hour": {"minute": 0}, "day": {"hour": 0, "minute": 0}}.get(precision, {})
    return {
        f"{name}_at": moment.replace(**coarse),
        f"{name}_precision": precision,
        f"{name}_source_code": urn(SOURCE).draw(draws),
    }


def _write_tourniquet(
    sheets: Sheets, file: File, at: datetime, day: date, limb: Limb, episode_id: Any
) -> None:
    on = datetime.combine(day, time(17), UTC)
    times = {"applied": on, "released": on + timedelta(minutes=sheets.dice.randint(20, 170))}
    what: dict[str, Any] = {"limb_code": limb.limb_code, "side_code": limb.side_code}
    what["applied_by_code"] = "military_medic"
    for name, moment in times.items():
        what |= {f"{name}_at": moment, f"{name}_precision": "minute", f"{name}_source_code": "record"}
    _record(sheets, file, at, "tourniquet", episode_id=episode_id, **what)


def _write_operation(sheets: Sheets, file: File, at: datetime, day: date, stay_id: Any) -> None:
    draws = sheets.dice
    operation_id = _record(
        *(sheets, file, at, "operation"),
        stay_id=stay_id,
        procedure_code="amputation" if file.person.lost_limb else "debridement",
        **_days(performed=day),
    )
    if draws.chance(0.3):
        noticed = min(day + timedelta(days=draws.randint(3, 200)), day_of(at))
        kind = urn(AFTERWARDS).draw(draws)
        what = _days(noticed=noticed)
        _record(sheets, file, at, "complication", operation_id=operation_id, kind_code=kind, **what)


def _days(**known: date) -> dict[str, Any]:
    """Days that are known, in the columns of a partial date."""
    return {f"{name}_on": day for name, day in known.items()} | {f"{name}_precision": "day" for name in known}


def _record(sheets: Sheets, file: File, at: datetime, table: str, **what: Any) -> Any:
    return sheets.record(table, at, by_id=file.acting(at), **file.held, **what)
