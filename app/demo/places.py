"""Where it happens: invented organisations and facilities with their offers, in districts that exist."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, cached_property
from uuid import UUID

from app.core.clock import day_of
from app.demo.dice import Dice, Urn, dice, urn
from app.demo.sheets import Sheets
from app.demo.walks import rows

FOUNDED = timedelta(days=365 * 7)  # before the load
JITTER = 0.15  # degrees around the middle of a district


@dataclass(frozen=True, slots=True)
class Facility:
    """A place that takes referrals, and who works there."""

    id: UUID
    services: tuple[str, ...]
    staff_id: UUID


@dataclass(frozen=True, slots=True)
class Crew:
    """One team: who leads it and who carries its caseloads."""

    team_id: UUID
    supervisor_id: UUID
    worker_ids: tuple[UUID, ...]


@dataclass(frozen=True, eq=False)
class Country:
    """All that every file of the programme may point to."""

    now: datetime
    agency_id: UUID
    coordinator_id: UUID
    counsellor_id: UUID
    facilities: tuple[Facility, ...]
    crews: tuple[Crew, ...]  # of the people with accounts

    def offering(self, dice: Dice, service_code: str) -> Facility:
        """A facility that gives this service."""
        return dice.choice(self._by_service[service_code])

    @cached_property
    def _by_service(self) -> dict[str, list[Facility]]:
        found: dict[str, list[Facility]] = {}
        for facility in self.facilities:
            for service in facility.services:
                found.setdefault(service, []).append(facility)
        return found


def founded(now: datetime) -> datetime:
    """When the programme began: long enough ago for every file in it."""
    return now - FOUNDED


def place_id(now: datetime, kind: str, key: str) -> UUID:
    """The id of an organisation, a team, a facility or a person of the staff, by its key in the data."""
    return dice(kind, key).new_id(founded(now))


def write_organisations(sheets: Sheets, now: datetime) -> None:
    """The bodies and their teams."""
    at = founded(now)
    for row in rows("organisations"):
        key, name, kind = row["key"], row["name"], row["kind_code"]
        sheets.record("organisation", at, id=place_id(now, "organisation", key), name=name, kind_code=kind)
    for row in rows("teams"):
        owner = place_id(now, "organisation", row["organisation"])
        sheets.record(
            "team", at, id=place_id(now, "team", row["key"]), organisation_id=owner, name=row["name"]
        )


def facilities(many: int) -> list[dict[str, str]]:
    """The facilities of the data, and as many more like them as a large programme needs."""
    given = rows("facilities")
    like = [row for row in given if row["takes_referrals"] == "yes"]
    towns = [row["district_code"] for row in rows("places")]
    more = [
        like[i % len(like)]
        | {"key": f"facility_{i}", "name": f"Nümunə Məntəqəsi {i}", "district_code": towns[i % len(towns)]}
        for i in range(len(given), many)
    ]
    return given + more


def write_facility(sheets: Sheets, now: datetime, row: dict[str, str], manager_id: UUID | None) -> UUID:
    """One facility with its offers, and who hears there of what waits too long."""
    at = founded(now)
    draws = dice("facility", row["key"])
    latitude, longitude = point(draws, row["district_code"])
    facility_id = sheets.record(
        "facility",
        at,
        id=place_id(now, "facility", row["key"]),
        organisation_id=place_id(now, "organisation", row["organisation"]),
        name=row["name"],
        kind_code=row["kind_code"],
        district_code=row["district_code"],
        address=f"Nümunə küçəsi {draws.randint(1, 90)}",
        phone=f"+994120{draws.randint(0, 9999):06}",
        latitude=latitude,
        longitude=longitude,
        takes_referrals=row["takes_referrals"] != "no",
        outside=row["takes_referrals"] == "by_hand",
        manager_id=manager_id,
    )
    for service in row["services"].split():
        _write_offer(sheets, draws, now, facility_id, service)
    return facility_id


def _write_offer(sheets: Sheets, draws: Dice, now: datetime, facility_id: UUID, service: str) -> None:
    sheets.record(
        "service_offer",
        founded(now),
        facility_id=facility_id,
        service_code=service,
        free_of_charge=urn("yes:8 no:1 unknown:2").draw(draws),
        wheelchair_accessible=urn("yes:7 no:2 unknown:2").draw(draws),
        sign_language=urn("yes:1 no:5 unknown:4").draw(draws),
        transport=urn("yes:3 no:4 unknown:3").draw(draws),
        language_codes=["az", "ru"] if draws.chance(0.6) else ["az"],
        hours="09:00-18:00",
        monthly_capacity=draws.choice([None, 8, 12, 20, 40]),
        verified_on=day_of(now - timedelta(days=draws.randint(5, 500))),
    )


@cache
def _middle() -> dict[str, tuple[float, float]]:
    return {row["district_code"]: (float(row["latitude"]), float(row["longitude"])) for row in rows("places")}


def point(dice: Dice, district_code: str) -> tuple[float, float]:
    """An invented place somewhere in a district: latitude and longitude in degrees."""
    latitude, longitude = _middle().get(district_code, (40.4, 47.7))
    return (
        round(latitude + dice.uniform(-JITTER, JITTER), 4),
        round(longitude + dice.uniform(-JITTER, JITTER), 4),
    )


@cache
def residence() -> Urn[str]:
    """Where people live now: near the line, and where the displaced found room."""
    return Urn((row["district_code"], float(row["residents"])) for row in rows("places"))
