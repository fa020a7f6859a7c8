"""What the club organises: training, a group of peers, risk education; and the leagues that are known of."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from app.competitions.schemas import USUAL
from app.core.clock import day_of
from app.core.config import settings
from app.demo.dice import dice
from app.demo.places import Country, founded, place_id
from app.demo.sheets import Sheets
from app.demo.squads import write_squad
from app.demo.walks import rows

CLUB, STAFF = "baku_club", "sports"
SEASON = timedelta(days=120)  # before and after today
TAUGHT = 2  # years before this one since which there is risk education
BANDS = ("0_5", "6_11", "12_17", "18_59", "60_plus")
LEAGUE = "EAFF Nations League"
NATIONAL, COMMUNITY, OWN = "national", "community", "Azərbaycan"


def write_sport(sheets: Sheets, country: Country) -> None:
    """All of it, at the one club of the small programme."""
    facility_id = place_id(country.now, "facility", CLUB)
    made = {row["key"]: _write_programme(sheets, country, facility_id, row) for row in rows("programmes")}
    _write_league(sheets, country, facility_id, made[NATIONAL])
    write_squad(sheets, country, {"programme_id": made[NATIONAL], "facility_id": facility_id})


def begun(country: Country, row: dict[str, str]) -> datetime:
    """When a programme began: risk education years ago, so that a year of it is whole; the others lately."""
    if row["topics"]:
        return country.now.replace(year=country.now.year - TAUGHT, month=1, day=1)
    return country.now - SEASON


def _write_programme(sheets: Sheets, country: Country, facility_id: UUID, row: dict[str, str]) -> UUID:
    """A programme with its season, somebody who runs it, and its sessions."""
    at = begun(country, row)
    whose = {"facility_id": facility_id}
    whose["programme_id"] = sheets.record(
        "programme",
        at,
        id=place_id(country.now, "programme", row["key"]),
        kind_code=row["kind_code"],
        name=row["name"],
        sport_code=row["sport_code"] or None,
        level_code=row["level_code"] or None,
        place=row["place"],
        district_code=row["district_code"],
        capacity=int(row["capacity"]) if row["capacity"] else None,
        minimum_age=int(row["minimum_age"]) if row["minimum_age"] else None,
        facility_id=facility_id,
    )
    last = country.now + SEASON
    name = f"{at.year}" if at.year == last.year else f"{at.year}–{last.year}"
    season = {"name": name, "starts_on": day_of(at), "ends_on": day_of(last)}
    season_id = sheets.record("season", at, **season, **whose)
    coach = place_id(country.now, "person", STAFF)
    sheets.record("programme_staff", at, user_id=coach, role_code=row["staff_role"], **whose)
    _write_sessions(sheets, country, whose | {"season_id": season_id}, row)
    return whose["programme_id"]


def _write_sessions(sheets: Sheets, country: Country, whose: dict[str, UUID], row: dict[str, str]) -> None:
    """The sessions of the season up to three weeks from now."""
    for session_id, begins in sessions(country, row):
        noted = begins < country.now and (row["topics"] or row["key"] == NATIONAL)
        counted = {"noted_at": begins + timedelta(hours=3), "version": 2} if noted else {}
        sheets.record(
            "programme_session",
            begun(country, row),
            id=session_id,
            kind_code=row["session_kind"],
            starts_at=begins,
            minutes=90,
            place="",
            topic_codes=row["topics"].split() if counted else [],
            material_codes=[],
            village="Nümunə kəndi" if row["topics"] else "",
            **counted,
            **whose,
        )
        if counted and row["topics"]:
            _write_reach(sheets, session_id, whose)


def sessions(country: Country, row: dict[str, str]) -> Iterator[tuple[UUID, datetime]]:
    """When the sessions of a programme are, alike at every load: one every so many days of the season."""
    since = begun(country, row)
    day = day_of(since) + timedelta(days=1)
    while day <= day_of(country.now + timedelta(weeks=3)):
        clock = time(int(row["hour"]), tzinfo=ZoneInfo(settings().time_zone))
        yield dice("session", row["key"], day).new_id(since), datetime.combine(day, clock)
        day += timedelta(days=int(row["every_days"]))


def _write_reach(sheets: Sheets, session_id: UUID, whose: dict[str, UUID]) -> None:
    """How many came to a community session, by sex and age."""
    draws = sheets.dice
    held = {name: whose[name] for name in ("programme_id", "facility_id")}
    for band in BANDS:
        for sex in ("female", "male"):
            if people := draws.randint(0, 12):
                said = {"sex_code": sex, "age_band_code": band, "people": people}
                sheets.add("session_reach", session_id=session_id, **said, **held)


def _write_league(sheets: Sheets, country: Country, facility_id: UUID, programme_id: UUID) -> None:
    """The nations league as far as it is known, with its sources: what is not known stays empty."""
    at = founded(country.now)
    same: dict[str, UUID] = {"facility_id": facility_id}
    league = {"sport_code": "amputee_football", "name": LEAGUE}
    same["competition_id"] = sheets.record("competition", at, **league, **same)
    teams = {
        name: sheets.record(
            "contender", at, name=name, programme_id=programme_id if name == OWN else None, **same
        )
        for name in dict.fromkeys(row["team"] for row in rows("league_teams"))
    }
    editions = {row["edition"]: _write_edition(sheets, at, row, same) for row in rows("league_editions")}
    for row in rows("league_divisions"):
        within = same | {"edition_id": editions[row["edition"]]}
        division_id = sheets.record(
            "division",
            at,
            name=row["division"],
            level=int(row["level"]),
            place=row["place"],
            source=row["source"],
            **_days(row),
            **within,
        )
        _write_entries(sheets, at, row, teams, same | {"division_id": division_id})


def _write_edition(sheets: Sheets, at: datetime, row: dict[str, str], same: dict[str, UUID]) -> UUID:
    points = {"win": 3, "draw": 1, "loss": 0, "promoted": 1, "relegated": 1, "award_goals": 3}
    order = {"tie_break_codes": list(USUAL), "again": True}
    said = {"name": row["edition"], "source": row["source"]}
    return sheets.record("edition", at, **said, **_days(row), **points, **order, **same)


def _write_entries(
    sheets: Sheets, at: datetime, division: dict[str, str], teams: dict[str, UUID], same: dict[str, UUID]
) -> None:
    """The teams of a division that are known, how they are said to have ended, and the results on record."""

    def here(name: str) -> list[dict[str, str]]:
        keys = ("edition", "division")
        return [row for row in rows(name) if all(row[key] == division[key] for key in keys)]

    entries = {
        row["team"]: sheets.record(
            "division_entry",
            at,
            contender_id=teams[row["team"]],
            stated_rank=int(row["stated_rank"]) if row["stated_rank"] else None,
            stated_points=int(row["stated_points"]) if row["stated_points"] else None,
            **same,
        )
        for row in here("league_teams")
    }
    held = {name: same[name] for name in ("division_id", "facility_id")}
    for row in here("league_matches"):
        goals = {name: int(row[name]) for name in ("home_goals", "away_goals")}
        sides = {"home_id": entries[row["home"]], "away_id": entries[row["away"]]}
        said = {"stage_code": "league", "place": division["place"], "result_code": "played", "version": 2}
        sheets.record("fixture", at, **said, **goals, **sides, **held)


def _days(row: dict[str, str]) -> dict[str, date]:
    return {name: date.fromisoformat(row[name]) for name in ("starts_on", "ends_on")}
