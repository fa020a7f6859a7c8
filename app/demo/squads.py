"""The camp of the national team: who is called up and what they answered; and who was hurt and came back."""

from datetime import datetime, timedelta
from uuid import UUID

from app.core.clock import day_of
from app.demo.cases import File
from app.demo.dice import urn
from app.demo.places import Country, place_id
from app.demo.sheets import Sheets
from app.participants.states import RETURN_TO_PLAY, Party, Step
from app.squads.states import Status

CAMP = timedelta(days=20)  # from today
DAYS = 4
CALLED = 0.9
ANSWERS = "called:3 accepted:6 declined:2"
REASONS = "work:3 family:2 travel not_available"
HURT = 0.5
WHERE = "training:4 match:2 elsewhere:1"
BACK = ((Step.ADVANCE,) * 4 + (Step.CLEAR,), (Step.ADVANCE,) * 2, ())
HOW_FAR = "0:5 1:2 2:2"


def write_squad(sheets: Sheets, country: Country, whose: dict[str, UUID]) -> None:
    """The camp to which the team goes next. It names nobody."""
    starts = day_of(country.now + CAMP)
    sheets.record(
        "squad",
        country.now - timedelta(days=15),
        id=_camp(country),
        kind_code="camp",
        name="Camp",
        starts_on=starts,
        ends_on=starts + timedelta(days=DAYS),
        answer_by=starts - timedelta(days=7),
        **whose,
    )


def write_call_up(
    sheets: Sheets,
    country: Country,
    file: File,
    enrolment_id: UUID,
    positions: list[str],
    whose: dict[str, UUID],
) -> None:
    """Some of those who may play are called up; each has answered or not yet."""
    sheets = sheets.with_dice("call-up", file.id)
    draws = sheets.dice
    if not positions or not draws.chance(CALLED):
        return
    at, answer = country.now - timedelta(days=draws.uniform(8, 12)), urn(ANSWERS).draw(draws)
    sheets.record(
        "call_up",
        at,
        squad_id=_camp(country),
        enrolment_id=enrolment_id,
        position_code=draws.choice(positions),
        status=answer,
        answered_on=None if answer == Status.CALLED else day_of(at + timedelta(days=draws.randint(1, 7))),
        decline_reason_code=urn(REASONS).draw(draws) if answer == Status.DECLINED else None,
        by_id=place_id(country.now, "person", "sports"),
        version=1 if answer == Status.CALLED else 2,
        **whose,
        **file.person.held,
    )


def write_hurt(sheets: Sheets, country: Country, file: File, joined: datetime, facility_id: UUID) -> None:
    """Some were hurt: since when, and step by step back to play, as far as it went by now."""
    sheets = sheets.with_dice("hurt", file.id)
    draws, coach = sheets.dice, place_id(country.now, "person", "sports")
    if not draws.chance(HURT):
        return
    way = BACK[int(urn(HOW_FAR).draw(draws))]
    days = [draws.randint(2, 5) for _ in way]
    at = country.now - timedelta(days=sum(days) + draws.randint(1, 3))
    if at < joined:
        return
    row_id, provider = draws.new_id(at), draws.choice(country.facilities).staff_id
    stage, day = RETURN_TO_PLAY.start, at
    for step, later in zip(way, days, strict=True):
        source, day = stage, day + timedelta(days=later)
        stage = RETURN_TO_PLAY.find(source, step, [Party.PROVIDER]).target
        taken = {"action": step, "source": source, "target": stage, "happened_on": day_of(day)}
        sheets.record("return_step", day, sport_injury_id=row_id, by_id=provider, **taken, **file.held)
    stands = {"stage": stage, "stage_on": day_of(day), "version": 1 + len(way)}
    whose = {"survivor_id": file.person.id, "facility_id": facility_id, "by_id": coach}
    said = {"occurred_on": day_of(at), "context_code": urn(WHERE).draw(draws)}
    sheets.record("sport_injury", at, id=row_id, **whose, **said, **stands, **file.held)


def _camp(country: Country) -> UUID:
    return place_id(country.now, "squad", "camp")
