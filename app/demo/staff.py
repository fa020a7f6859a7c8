"""Who works there: accounts for each role, colleagues who do not sign in, teams for a large programme."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.accounts import passwords
from app.accounts.errors import PasswordRefused
from app.core import vault
from app.core.disk import Unusable
from app.demo.dice import dice
from app.demo.names import FEMALE, MALE, full_name
from app.demo.places import Country, Crew, Facility, facilities, founded, place_id, write_facility
from app.demo.sheets import Sheets
from app.demo.walks import rows

WORKERS = 10  # to a further team
NOWHERE = {"organisation": "agency", "facility": "", "team": ""}


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can sign in to the demo."""

    username: str
    role: str
    display_name: str


def accounts() -> list[Account]:
    """Everybody who gets the demo's password."""
    people = (row for row in rows("staff") if row["signs_in"] == "yes")
    return [Account(row["username"], row["role"], row["display_name"]) for row in people]


def everybody() -> list[str]:
    """All user names of the small programme."""
    return [row["username"] for row in rows("staff")]


def hashes(password: str) -> dict[str, str]:
    """The password of every account by user name, each with a salt of its own; judged, or Unusable."""
    try:
        return {account.username: _hash(account, password) for account in accounts()}
    except PasswordRefused as refused:
        raise Unusable(
            f"The demo's password is easy to guess, or shorter than {passwords.LEAST_ALONE} characters:"
            " give another DAYAQ_DEMO_PASSWORD, or none. Nothing was loaded."
        ) from refused


def _hash(account: Account, password: str) -> str:
    return asyncio.run(passwords.accept(password, [account.username, account.display_name], alone=True))


def write_country(sheets: Sheets, now: datetime, many: int) -> Country:
    """The staff and the places of the programme, with `many` facilities at least."""
    staff = rows("staff")
    at_work = {row["facility"]: row["username"] for row in staff if row["facility"]}
    places = [_write_place(sheets, now, row, at_work) for row in facilities(many)]
    for row in staff:
        _write_person(sheets, now, row, row["display_name"])
    return Country(
        now=now,
        agency_id=place_id(now, "organisation", "agency"),
        coordinator_id=place_id(now, "person", "coordinator"),
        counsellor_id=place_id(now, "person", "counsellor"),
        facilities=tuple(place for place in places if place),
        crews=tuple(_crew(now, row["key"], staff) for row in rows("teams")),
    )


def write_passwords(sheets: Sheets, now: datetime, hashed: dict[str, str]) -> None:
    """What the accounts sign in with."""
    for username, value in hashed.items():
        user_id = place_id(now, "person", username)
        sheets.add("credential", user_id=user_id, password_hash=value, changed_at=now)


def write_webhook(sheets: Sheets, now: datetime) -> None:
    """A centre whose own system was told for a while; switched off, so the demo sends nothing anywhere."""
    at, row_id = founded(now), place_id(now, "webhook", "baku_recovery")
    sheets.record(
        "webhook",
        at,
        id=row_id,
        facility_id=place_id(now, "facility", "baku_recovery"),
        url="https://hooks.example.org/dayaq",
        kinds=["referral_send", "referral_cancel", "referral_message"],
        key_id=secrets.token_hex(4),
        key=vault.seal_envelope("webhook", "key", row_id, secrets.token_hex(32)),
        stopped_at=at + timedelta(days=365),
        version=2,
    )


def write_crew(sheets: Sheets, country: Country, number: int) -> Crew:
    """A further team of the agency, for a large programme; nobody in it signs in."""
    now, team = country.now, f"team_{number}"
    at = founded(now)
    team_id = place_id(now, "team", team)
    sheets.record("team", at, id=team_id, organisation_id=country.agency_id, name=f"Komanda {number}")
    roles = {f"supervisor.{number:04}": "supervisor"}
    roles |= {f"caseworker.{number:04}.{place:02}": "caseworker" for place in range(WORKERS)}
    ids = [
        _write_colleague(sheets, now, NOWHERE | {"team": team}, name, role) for name, role in roles.items()
    ]
    return Crew(team_id, ids[0], tuple(ids[1:]))


def _write_person(sheets: Sheets, now: datetime, row: dict[str, str], display_name: str) -> UUID:
    """Somebody with one role in one place."""
    at, user_id = founded(now), place_id(now, "person", row["username"])
    sheets.record(
        "user_account",
        at,
        id=user_id,
        username=row["username"],
        display_name=display_name,
        language="az",
        standing="active",
    )
    sheets.record(
        "membership",
        at,
        user_id=user_id,
        role=row["role"],
        organisation_id=place_id(now, "organisation", row["organisation"]),
        facility_id=place_id(now, "facility", row["facility"]) if row["facility"] else None,
        team_id=place_id(now, "team", row["team"]) if row["team"] else None,
    )
    return user_id


def _write_colleague(sheets: Sheets, now: datetime, place: dict[str, str], username: str, role: str) -> UUID:
    """Somebody invented by name too."""
    draws = dice("name", username)
    given, surname, _ = full_name(draws, draws.choice([MALE, FEMALE]))
    return _write_person(sheets, now, place | {"username": username, "role": role}, f"{given} {surname}")


def _write_place(
    sheets: Sheets, now: datetime, row: dict[str, str], at_work: dict[str, str]
) -> Facility | None:
    """A facility, with somebody who works there if it takes referrals."""
    key = row["key"]
    if row["takes_referrals"] != "yes":
        write_facility(sheets, now, row, None)
        return None
    username = at_work.get(key, f"provider.{key}")
    staff_id = place_id(now, "person", username)
    facility_id = write_facility(sheets, now, row, staff_id)
    if key not in at_work:
        place = {"organisation": row["organisation"], "facility": key, "team": ""}
        role = "counsellor" if "counselling_individual" in row["services"].split() else "provider"
        _write_colleague(sheets, now, place, username, role)
    return Facility(
        id=facility_id,
        services=tuple(row["services"].split()),
        staff_id=staff_id,
    )


def _crew(now: datetime, team: str, staff: list[dict[str, str]]) -> Crew:
    ids = {
        role: [
            place_id(now, "person", r["username"]) for r in staff if (r["team"], r["role"]) == (team, role)
        ]
        for role in ("supervisor", "caseworker")
    }
    return Crew(place_id(now, "team", team), ids["supervisor"][0], tuple(ids["caseworker"]))
