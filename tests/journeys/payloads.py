"""What clients send, as short as it can be: shared by the journeys, the role matrix and the drills."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.ids import new_id

Body = dict[str, Any]


def day(after: int = 0) -> str:
    """The calendar date so many days after today."""
    return (clock.today() + timedelta(days=after)).isoformat()


def moment(after_days: float) -> str:
    """An instant so many days after now."""
    return (clock.now() + timedelta(days=after_days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def midday(after_days: int) -> str:
    """Noon of the day so many days after this one: what takes hours still ends on it, whenever tests run."""
    return f"{day(after_days)}T12:00:00Z"


def incident(**more: Any) -> Body:
    """An accident in a district, known to the month."""
    return {
        "id": str(new_id()),
        "occurred": {"date": "2024-03-01", "precision": "month", "estimated": False},
        "district_code": "az_agm",
        "device_code": "ap_mine",
    } | more


def casualty(**more: Any) -> Body:
    """One person hurt in it, without a name."""
    return {
        "id": str(new_id()),
        "outcome_code": "injured",
        "sex_code": "male",
        "age": 34,
        "civil_status_code": "civilian",
        "activity_code": "herding",
    } | more


def consent(purpose: str = "registration_and_case_management", facility: UUID | str | None = None) -> Body:
    """What a grown-up agrees to in writing, for a year."""
    return {
        "id": str(new_id()),
        "purpose_code": purpose,
        "facility_id": str(facility) if facility else None,
        "data_codes": ["identity", "contact", "health", "services"],
        "operation_codes": ["collect", "store", "use", "share"],
        "deletion_code": "closure_plus_5_years",
        "text_version": "2026-11",
        "language_code": "az",
        "mode_code": "written",
        "given_by_code": "self",
        "given_on": day(),
        "valid_until": day(365),
    }


def wellbeing_consent(**more: Any) -> Body:
    """What a grown-up agrees to with the counsellor: that the score may be seen."""
    return {
        "text_version": "2026-11",
        "language_code": "az",
        "mode_code": "written",
        "given_by_code": "self",
        "given_on": day(),
        "valid_until": day(365),
    } | more


def registration(**more: Any) -> Body:
    """A survivor who agrees to be registered. Invented, as everybody here."""
    return {
        "id": str(new_id()),
        "category_code": "direct_survivor",
        "sex_code": "male",
        "given_name": "Rüstəm",
        "surname": "Qaraçuxalı",
        "patronymic": "Balaxan oğlu",
        "birth": {"date": "1989-01-01", "precision": "year", "estimated": True},
        "district_code": "az_agm",
        "phones": [{"number": "+994500000117", "safe_to_call": "yes"}],
        "identifiers": [{"kind_code": "fin", "number": "7DEM0X1"}],
        "consents": [consent(), consent("anonymised_statistics")],
    } | more


def needs() -> Body:
    """The needs of a person in the five lanes."""
    yes, no = "yes", "no"
    answers = {
        "emergency": no,
        "rehabilitation": yes,
        "psychosocial": yes,
        "reintegration": yes,
        "sport": yes,
    }
    return {"id": str(new_id()), "instrument_code": "needs", "assessed_on": day(), "answers": answers}


def functioning() -> Body:
    """The Washington Group short set: much difficulty walking, one question refused."""
    answers = {"see": 1, "hear": 1, "walk": 3, "cog": 1, "care": 2, "com": "refused"}
    return {"id": str(new_id()), "instrument_code": "wg_ss", "assessed_on": day(), "answers": answers}


def screening(**answers: int) -> Body:
    """PHQ-9 with nothing to worry about, unless an answer says so."""
    said = {f"q{number}": 0 for number in range(1, 10)} | answers
    return {"id": str(new_id()), "instrument_code": "phq_9", "assessed_on": day(), "answers": said}


def referral(case: str, facility: UUID | str, service: str, **more: Any) -> Body:
    """A request for one service, sharing who the person is."""
    return {
        "id": str(new_id()),
        "case_id": case,
        "to_facility_id": str(facility),
        "priority_code": "urgent",
        "service_codes": [service],
        "share_codes": ["identity", "contact", "milestones"],
        "reason": "Residual limb has healed; asks for a first prosthesis.",
    } | more


def programme(facility: UUID | str, **more: Any) -> Body:
    """Amputee football at a club."""
    return {
        "id": str(new_id()),
        "facility_id": str(facility),
        "kind_code": "sport",
        "sport_code": "amputee_football",
        "name": "Amputee football",
        "district_code": "az_ba",
        "place": "Stadium",
    } | more


def season(**more: Any) -> Body:
    """Half a year around today."""
    return {"id": str(new_id()), "name": "Autumn", "starts_on": day(-100), "ends_on": day(100)} | more


def session(season: UUID | str, after_days: int = -1, **more: Any) -> Body:
    """A training, as a rule yesterday's."""
    return {
        "id": str(new_id()),
        "season_id": str(season),
        "kind_code": "training",
        "starts_at": moment(after_days),
        "minutes": 90,
    } | more


def competition(facility: UUID | str, **more: Any) -> Body:
    """A league of amputee football."""
    named = {"facility_id": str(facility), "name": "League", "sport_code": "amputee_football"}
    return {"id": str(new_id())} | named | more


def edition(**more: Any) -> Body:
    """This year's, around today."""
    return {"id": str(new_id()), "name": "This year", "starts_on": day(-60), "ends_on": day(120)} | more


def division(**more: Any) -> Body:
    """The highest division of it."""
    return edition(name="A", level=1, place="Stadium") | more


def contender(name: str, **more: Any) -> Body:
    """A team."""
    return {"id": str(new_id()), "name": name} | more


def fixture(home: UUID | str, away: UUID | str, after_days: int = -1, **more: Any) -> Body:
    """A match, as a rule yesterday's."""
    sides = {"home_id": str(home), "away_id": str(away)}
    when = midday(after_days) if after_days else moment(0)
    return {"id": str(new_id()), "round": 1, "starts_at": when} | sides | more


def enrolment(programme: UUID | str, **more: Any) -> Body:
    """A player who needs a seat at hand."""
    said = {"programme_id": str(programme), "role_code": "player", "need_codes": ["seat"]}
    return {"id": str(new_id())} | said | more


def clearance(**more: Any) -> Body:
    """Half a year of amputee football, without conditions."""
    said = {"sport_code": "amputee_football", "outcome_code": "cleared"}
    return {"id": str(new_id()), "given_on": day(-1), "valid_until": day(180)} | said | more


def classification(**more: Any) -> Body:
    """A confirmed outfield player of class A2."""
    said = {"status_code": "c", "class_code": "a2", "position_codes": ["outfield"], "decided_on": day(-1)}
    return {"id": str(new_id())} | said | more


def sport_injury(**more: Any) -> Body:
    """Hurt in a training some days ago."""
    return {"id": str(new_id()), "occurred_on": day(-9), "context_code": "training"} | more


def finding(**more: Any) -> Body:
    """A sprained knee."""
    said = {"area_code": "knee", "side_code": "left", "kind_code": "sprain", "onset_code": "sudden"}
    return {"id": str(new_id()), "found_on": day(-8)} | said | more


def squad(**more: Any) -> Body:
    """Who goes to a camp in a month."""
    said = {"kind_code": "camp", "name": "Autumn camp", "starts_on": day(30), "ends_on": day(35)}
    return {"id": str(new_id()), "size": 14} | said | more


def call_up(enrolment: UUID | str, **more: Any) -> Body:
    """An outfield player."""
    return {"id": str(new_id()), "enrolment_id": str(enrolment), "position_code": "outfield"} | more
