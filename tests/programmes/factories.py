"""Make programmes for tests, through real actions."""

from typing import Any
from uuid import UUID

from app.access.actor import Actor
from app.access.table import Role
from app.programmes import actions
from app.programmes.models import Programme, Season, Session
from app.programmes.schemas import NewProgramme, NewSeason, PlanSessions
from tests.factories import Town
from tests.journeys import payloads


class Sport(Town):
    """The town, with a sports coordinator of the workshop who has no business at the club."""

    def __init__(self, database: Any) -> None:
        super().__init__(database)
        self.rival = self._person(Role.SPORTS_COORDINATOR, self.centre, facility_id=self.workshop.id)


async def programme(town: Town, actor: Actor | None = None, **more: Any) -> Programme:
    """Amputee football of the club's."""
    who = actor or town.sports
    given = NewProgramme.model_validate(payloads.programme(who.facility_id or town.club.id, **more))
    async with town.work(who) as session:
        return (await actions.found(session, who, given))[0]


async def season(town: Town, one: Programme, **more: Any) -> Season:
    """A season of it, half a year around today."""
    given = NewSeason.model_validate(payloads.season(**more))
    async with town.work(town.sports) as session:
        return (await actions.add_season(session, town.sports, one.id, given))[0]


async def sessions(
    town: Town, one: Programme, season_id: UUID, after_days: int = -1, **more: Any
) -> list[Session]:
    """A session, or a series."""
    given = PlanSessions.model_validate(payloads.session(season_id, after_days, **more))
    async with town.work(town.sports) as session:
        return (await actions.plan_sessions(session, town.sports, one.id, given))[0]
