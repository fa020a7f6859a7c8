"""Who may play: the position, the clearance, no injury. Asked of match sheets and of call-ups alike."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.participants import queries, rules
from app.participants.models import Enrolment

NOT_IN = [("enrolment_id", "not_enrolled")]


class Wanted(NamedTuple):
    """Somebody who is to play, and where."""

    enrolment_id: UUID
    position_code: str


class Fault(NamedTuple):
    """What bars one of them: the place in the request, the field, the rule."""

    place: int
    field: str
    code: str


async def faults(
    session: AsyncSession,
    sport_code: str | None,
    people: Sequence[Enrolment],
    wanted: Sequence[Wanted],
    day: date,
) -> list[Fault]:
    """Who of these is not enrolled, not eligible for the position, not cleared or hurt on the day."""
    cases = [row.case_id for row in people]
    latest = await queries.clearances(session, cases, sport_code)
    injuries = await queries.injuries(session, cases)
    by_id = {row.id: row for row in people}
    found: list[Fault] = []
    for place, each in enumerate(wanted):
        if row := by_id.get(each.enrolment_id):
            fit = (latest.get(row.case_id), injuries.get(row.case_id, ()), each.position_code, day)
            found += [Fault(place, *fault) for fault in rules.player_faults(row, *fit)]
        else:
            found += [Fault(place, *fault) for fault in NOT_IN]
    return found
