"""Judgements about a squad already in hand. No database, no clock, no HTTP."""

from datetime import date

from app.access.actor import Actor
from app.access.table import Permission, Reach, reach_of
from app.programmes.models import Programme
from app.programmes.rules import organises
from app.squads.errors import SquadFull, SquadOver
from app.squads.models import CallUp, Squad
from app.squads.states import Party

REPRESENTATIVE = frozenset({"national"})  # code list: programme_level
SELECTED, CALL_UP = "sport_selected", "call_up"  # the milestone, and the fact that shows it


def parties(row: CallUp, actor: Actor) -> list[Party]:
    """On which side of a call-up the actor stands."""
    works = {
        Reach.OWN: row.owner_id in actor.owners,
        Reach.TEAM: row.team_id == actor.team_id,
        Reach.ALL: True,
    }.get(reach_of(actor.role, Permission.CASE_WRITE), False)
    return [Party.WORKER] * works + [Party.ORGANISER] * organises(actor, row.facility_id)


def need_on(squad: Squad, day: date) -> None:
    """Stop what comes after a squad is over, or was cancelled."""
    if squad.cancelled_on is not None or day > squad.ends_on:
        raise SquadOver


def need_place(squad: Squad, standing: int) -> None:
    """Stop the one who is too many."""
    if squad.size is not None and standing >= squad.size:
        raise SquadFull(size=squad.size)


def represents(programme: Programme) -> bool:
    """Whether who plays for this programme plays for more than a club."""
    return programme.level_code in REPRESENTATIVE


def day_of(squad: Squad, today: date) -> date:
    """The day on which somebody must be fit to go: its first, or today while it goes on."""
    return max(squad.starts_on, today)
