"""The register: accidents with their casualties, which add up to the published figures; and old counts."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from app.core import vault
from app.core.clock import day_of
from app.demo.codes import code
from app.demo.dice import Dice, dice, urn
from app.demo.places import Country, point
from app.demo.sheets import Sheets
from app.demo.walks import rows
from app.incidents.schemas import Point
from app.survivors.casecode import INCIDENT

FIRST, LAST = date(2020, 11, 10), date(2024, 5, 31)  # the period of the published figures
OLD = 1_000  # numbers of the collective entries; those of a large programme follow
MORE = 10_000

# Shares of civil status, sex and age as in published counts (data/published.csv); the rest is made up.
STATUS = {"killed": "civilian:50 military:15", "injured": "civilian:92 deminer:20 military:164"}
ONE_HURT = "ap_mine:14 mine_unspec:3 cmr:1 erw_other:3 improvised_mine:1"
SEVERAL_HURT = "av_mine:12 ap_mine:3 erw_other:3 mine_erw_unspec:1"
ACCIDENT_TYPE = {"cmr": "cluster", "erw_other": "uxo_axo", "mine_erw_unspec": "unknown"}
ACTIVITY = {
    "civilian": "herding:6 home_visit:5 travel_vehicle:6 farming:5 construction:4 travel_foot:3 unknown:2",
    "deminer": "demining:9 travel_vehicle:1",
    "military": "military:8 travel_vehicle:2 travel_foot:1",
}
DISTRICTS = (
    "az_agm:22 az_fuz:17 az_cab:14 az_tar:9 az_lac:8 az_zan:8 az_kal:7 az_qbi:5 az_xvd:5 az_gor:3 az_sus:2"
)
SOURCES = "mine_action_agency:5 police:3 prosecutor:2 hospital:2 community:1"


@dataclass(frozen=True, slots=True)
class Casualty:
    """Somebody who was hurt and lived: a survivor's file may point here."""

    id: UUID
    accident_on: date
    sex_code: str
    age: int
    civil_status_code: str


def write_register(sheets: Sheets, country: Country) -> list[Casualty]:
    """The accidents of the published period, by district and year; the injured."""
    injured: list[Casualty] = []
    numbers = iter(range(1, OLD))
    for row in rows("register"):
        year, district = int(row["year"]), row["district_code"]
        draws = dice("register", year, district)
        first, last = max(FIRST, date(year, 1, 1)), min(LAST, date(year, 12, 31))
        counts = (int(row[name]) for name in ("incidents", "killed", "injured"))
        for outcomes in _shared_out(draws, *counts):
            day = first + timedelta(days=draws.randint(0, (last - first).days))
            injured += _write_accident(sheets, country, draws, next(numbers), day, district, outcomes)
    return injured


def write_further(sheets: Sheets, country: Country, draws: Dice, first: int, many: int) -> list[Casualty]:
    """More accidents, for a large programme: after the published period, whose totals stay; the injured."""
    injured: list[Casualty] = []
    days = (day_of(country.now) - LAST).days - 10
    for number in range(MORE + first, MORE + first + many):
        others = urn("0:6 1:2 2:1 4:1").draw(draws)
        outcomes = ["injured", *(urn("killed:1 injured:3").draw(draws) for _ in range(int(others)))]
        day = LAST + timedelta(days=draws.randint(1, days))
        district = urn(DISTRICTS).draw(draws)
        injured += _write_accident(sheets, country, draws, number, day, district, outcomes)
    return injured


def write_old_counts(sheets: Sheets, country: Country) -> None:
    """Victims of earlier years who are only counted: one collective entry for a district and a year."""
    for number, row in enumerate(rows("old_counts"), OLD):
        day = date(int(row["year"]), 1, 1)
        killed, injured = int(row["killed"]), int(row["injured"])
        draws = dice("old", row["year"], row["district_code"])
        counts = {"killed_without_rows": killed, "injured_without_rows": injured}
        incident_id = _write_head(
            sheets, country, draws, number, day, row["district_code"], occurred_precision="year", **counts
        )
        says = {"says_killed": killed, "says_injured": injured, "source_code": "mine_action_agency"}
        _write_source(sheets, country, draws, incident_id, day, chosen=True, **says)


def _shared_out(draws: Dice, incidents: int, killed: int, injured: int) -> list[list[str]]:
    """Outcomes by accident: each has one at least, a third has the rest (a vehicle, a group)."""
    outcomes = ["killed"] * killed + ["injured"] * injured
    draws.shuffle(outcomes)
    shares = [[outcome] for outcome in outcomes[:incidents]]
    for outcome in outcomes[incidents:]:
        draws.choice(shares[: 1 + incidents // 3]).append(outcome)
    return shares


def _write_accident(
    sheets: Sheets, country: Country, draws: Dice, number: int, day: date, district: str, outcomes: list[str]
) -> list[Casualty]:
    """One accident with everybody involved and what the sources say; the injured."""
    device = urn(SEVERAL_HURT if len(outcomes) > 1 else ONE_HURT).draw(draws)
    incident_id = _write_head(
        sheets,
        country,
        draws,
        number,
        day,
        district,
        occurred_precision="day",
        device_code=device,
        device_confidence_code=urn("confirmed:6 probable:3 reported:2").draw(draws),
        accident_type_code=ACCIDENT_TYPE.get(device, "mine"),
        marked_before=urn("not_marked:6 official_signs:2 local_signs:1 unknown:3").draw(draws),
    )
    says = {"says_killed": outcomes.count("killed"), "says_injured": outcomes.count("injured")}
    _write_source(sheets, country, draws, incident_id, day, chosen=True, says_device_code=device, **says)
    if draws.chance(0.25):  # another source that knows less
        _write_source(sheets, country, draws, incident_id, day, says_killed=says["says_killed"])
    unhurt = ["none"] if draws.chance(0.06) else []
    found = [
        _write_casualty(sheets, draws, incident_id, place, day, outcome)
        for place, outcome in enumerate(outcomes + unhurt, 1)
    ]
    return [casualty for casualty, outcome in zip(found, outcomes, strict=False) if outcome == "injured"]


def _write_head(
    sheets: Sheets, country: Country, draws: Dice, number: int, day: date, district: str, **more: Any
) -> UUID:
    """The entry itself, its place sealed."""
    at = _noon(day)
    incident_id = draws.new_id(at)
    exact = _sealed_place(draws, incident_id, district) if more["occurred_precision"] == "day" else {}
    return sheets.record(
        "incident",
        at,
        id=incident_id,
        code=code(INCIDENT, day.year, number),
        organisation_id=country.agency_id,
        registered_by_id=country.crews[0].worker_ids[0],
        team_id=country.crews[0].team_id,
        occurred_on=day,
        district_code=district,
        invented=True,
        **exact,
        **more,
    )


def _sealed_place(draws: Dice, incident_id: UUID, district: str) -> dict[str, bytes]:
    """The exact place, as only few may see it."""
    latitude, longitude = point(draws, district)
    place = Point(latitude=latitude, longitude=longitude, accuracy_code="map")
    plain = {"point": place.model_dump_json(), "settlement": f"Nümunə kəndi {draws.randint(1, 60)}"}
    return {name: vault.seal_envelope("incident", name, incident_id, text) for name, text in plain.items()}


def _write_source(
    sheets: Sheets, country: Country, draws: Dice, incident_id: UUID, day: date, **says: Any
) -> None:
    reported_on = min(day + timedelta(days=draws.randint(0, 9)), day_of(country.now))
    precision = "year" if day.year < FIRST.year else "day"
    said = {"source_code": urn(SOURCES).draw(draws), "says_occurred_on": day} | says
    sheets.record(
        "incident_source",
        _noon(reported_on),
        incident_id=incident_id,
        reported_on=reported_on,
        says_occurred_precision=precision,
        **said,
    )


def _write_casualty(
    sheets: Sheets, draws: Dice, incident_id: UUID, number: int, day: date, outcome: str
) -> Casualty:
    status = urn(STATUS.get(outcome, "civilian")).draw(draws)
    civilian = status == "civilian"
    child = civilian and draws.chance(0.09)
    age = draws.randint(8, 17) if child else draws.randint(18, 45) if not civilian else _adult_age(draws)
    sex = urn("male:95 female:5" if civilian else "male").draw(draws)
    casualty_id = sheets.record(
        "casualty",
        _noon(day),
        incident_id=incident_id,
        number=number,
        outcome_code=outcome,
        sex_code=sex,
        age=age,
        civil_status_code=status,
        activity_code="playing" if child and draws.chance(0.5) else urn(ACTIVITY[status]).draw(draws),
        tampered=urn("no:12 yes:1 unknown:4").draw(draws),
        risk_education_before=urn("no:5 yes:3 unknown:5").draw(draws),
        died_on=day if outcome == "killed" else None,
    )
    return Casualty(casualty_id, day, sex, age, status)


def _adult_age(draws: Dice) -> int:
    """Around 40, as among herders and returning families."""
    return min(max(int(draws.gauss(40, 13)), 18), 79)


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(8), UTC)
