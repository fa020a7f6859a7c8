"""Who plays: of the small programme for the national team, and to which training; others for themselves."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core import vault
from app.core.clock import day_of
from app.demo.cases import File, Shown
from app.demo.consents import write_sport
from app.demo.dice import urn
from app.demo.injuries import Limb
from app.demo.places import Country, place_id
from app.demo.sheets import Sheets
from app.demo.sport import CLUB, COMMUNITY, NATIONAL, SEASON, sessions
from app.demo.squads import write_call_up, write_hurt
from app.demo.walks import rows
from app.injuries.body import height_of
from app.participants.eligibility import ABOVE, ELIGIBLE, LOWER, UPPER, WHOLE, Situation, overall, propose

AGREED = timedelta(days=365 * 4)
WAITS = 0.15
STATUS = "present:14 late:2 excused:2 absent:2"
REASONS = "work:3 transport:2 illness family device"
NEEDS = "seat:3 transport:2 breaks:1 step_free:1"


def write_part(sheets: Sheets, country: Country, file: File, limb: Limb | None) -> None:
    """The consent of a player and the enrolment; in the small programme the attendance since, too."""
    draws, person = sheets.dice, file.person
    if not person.plays or limb is None:
        return
    agreed_at = draws.between(person.life.opened_at, country.now)
    until = day_of(agreed_at + AGREED)
    consent_id = write_sport(sheets, country, person, agreed_at, until)
    if until < day_of(country.now):
        return
    waits = draws.chance(WAITS)
    joined = max(agreed_at, country.now - SEASON)
    key = NATIONAL if person.origin.crew in country.crews else COMMUNITY
    sport = next(row for row in rows("programmes") if row["key"] == key)
    proposals = propose(sport["sport_code"], _situation(limb))
    said: dict[str, Any] = {
        "consent_id": consent_id,
        "agreed_until": until,
        "eligibility_code": overall(proposals),
        "eligible_position_codes": [each.position for each in proposals if each.outcome == ELIGIBLE],
    }
    row_id = _write_enrolment(sheets, file, joined, waits, said | _place(country, key))
    if not waits:
        _write_place(sheets, country, file, row_id, key, joined, said["eligible_position_codes"])
    for session_id, begins in () if waits or key == COMMUNITY else sessions(country, sport):
        if joined < begins < country.now:
            _write_presence(sheets, country, file, row_id, session_id, begins)


def _write_place(
    sheets: Sheets,
    country: Country,
    file: File,
    row_id: UUID,
    key: str,
    joined: datetime,
    positions: list[str],
) -> None:
    """What a place shows; and of the national team, who is called up and who was hurt."""
    file.show("sport_join", Shown(joined, "enrolment", row_id, file.acting(joined)))
    if key == NATIONAL:
        place = _place(country, key)
        write_call_up(sheets, country, file, row_id, positions, place)
        write_hurt(sheets, country, file, joined, place["facility_id"])


def _write_enrolment(sheets: Sheets, file: File, joined: datetime, waits: bool, said: dict[str, Any]) -> UUID:
    """Somebody who waits for a place, or has one."""
    draws, person = sheets.dice, file.person
    row_id = draws.new_id(joined)
    return sheets.record(
        "enrolment",
        joined,
        id=row_id,
        survivor_id=person.id,
        status="waiting" if waits else "enrolled",
        role_code="player",
        need_codes=[urn(NEEDS).draw(draws)],
        name=vault.seal_envelope("enrolment", "name", row_id, person.name),
        by_id=file.acting(joined),
        joined_on=None if waits else day_of(joined),
        version=1 if waits else 2,
        **said,
        **file.held,
    )


def _situation(limb: Limb) -> Situation:
    """One limb, as the rules of a sport see it."""
    rank = height_of(limb.level_code)
    whole = rank >= WHOLE
    return Situation(
        recorded=True,
        feet=int(whole and limb.limb_code == LOWER),
        hands=int(whole and limb.limb_code == UPPER),
        partial=not whole,
        above=rank >= ABOVE,
    )


def _write_presence(
    sheets: Sheets, country: Country, file: File, row_id: UUID, session_id: UUID, begins: datetime
) -> None:
    """Whether somebody was at a session, and if not, sometimes why."""
    draws, coach, at = sheets.dice, place_id(country.now, "person", "sports"), begins + timedelta(hours=2)
    status = urn(STATUS).draw(draws)
    away = status in ("excused", "absent")
    if not away:
        file.show("sport_tried", Shown(at, "attendance", session_id, coach))
    sheets.record(
        "attendance",
        at,
        session_id=session_id,
        enrolment_id=row_id,
        status_code=status,
        reason_code=urn(REASONS).draw(draws) if away and draws.chance(0.7) else None,
        by_id=coach,
        **_place(country, NATIONAL),
        **file.person.held,
    )


def _place(country: Country, key: str) -> dict[str, UUID]:
    now = country.now
    return {
        "programme_id": place_id(now, "programme", key),
        "facility_id": place_id(now, "facility", CLUB),
    }
