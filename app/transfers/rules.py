"""Judgements about a transfer already in hand. No database, no clock, no HTTP."""

from datetime import date, timedelta
from uuid import UUID

from app.access.actor import Actor, Grant
from app.access.table import Reach, Role
from app.cases.errors import CaseNotOpen, ConsentMissing, SomebodyElseNeeded
from app.cases.models import Case
from app.cases.states import OPEN
from app.core.errors import Forbidden, Invalid
from app.transfers.models import Transfer
from app.transfers.states import Party

CONSENT = "case_transfer"
"""The consent purpose (code list: consent_purpose) that a file needs to go to another organisation."""
DAYS_TO_ANSWER = {"urgent": 1, "high": 3}
USUAL_DAYS = 7
"""How long the other side has (code list: case_priority) before the giver gets a task about it."""


def parties(transfer: Transfer, actor: Actor) -> list[Party]:
    """On which side the actor stands: of who is responsible until now, of who is asked, on both or on none.

    A coordinator speaks for every giver, but takes a case on for the own organisation only.
    """
    supervises = actor.role is Role.SUPERVISOR and actor.team_id is not None
    coordinates = actor.role is Role.COORDINATOR
    gives = (
        transfer.owner_id == actor.user_id
        or coordinates
        or (supervises and transfer.team_id == actor.team_id)
    )
    takes = (
        transfer.to_owner_id == actor.user_id
        or (coordinates and transfer.to_organisation_id == actor.organisation_id)
        or (supervises and transfer.to_team_id == actor.team_id)
    )
    return [Party.GIVER] * gives + [Party.TAKER] * takes


def trail(transfer: Transfer) -> list[UUID]:
    """What an audit event about this transfer names: itself, the case, the person."""
    return [transfer.id, transfer.case_id, transfer.survivor_id]


def need_open(case: Case) -> None:
    """Stop the transfer of a case on which nobody works any more."""
    if case.status not in OPEN:
        raise CaseNotOpen(status_now=case.status.value)


def may_offer(grant: Grant, case: Case, crosses: bool) -> None:
    """Stop a caseworker who would give away a colleague's case, or any out of the organisation."""
    own = case.owner_id == grant.actor.user_id
    if grant.reach is Reach.OWN and (crosses or not own):
        raise Forbidden(permission=grant.permission.value)


def need_agreed(agreed: bool) -> None:
    """Stop a file from going to another organisation unless the person agrees."""
    if not agreed:
        raise ConsentMissing(purpose=CONSENT)


def need_another(transfer: Transfer, actor: Actor) -> None:
    """Stop who offered the case from taking it on in the other side's name."""
    if actor.user_id == transfer.offered_by_id:
        raise SomebodyElseNeeded


def new_owner(transfer: Transfer, actor: Actor, wanted: UUID | None) -> UUID:
    """Who takes the case on: who is named now, else who was named in the offer.

    Who was asked in person answers for nobody else.
    """
    if actor.role is Role.CASEWORKER:
        wanted = wanted or actor.user_id
        if wanted != actor.user_id:
            raise Invalid(errors=[{"pointer": "/owner_id", "code": "not_yourself", "message": ""}])
    found = wanted or transfer.to_owner_id
    if found is None:
        raise Invalid(errors=[{"pointer": "/owner_id", "code": "missing", "message": ""}])
    return found


def answer_by(today: date, priority_code: str) -> date:
    """Until when the other side should answer."""
    return today + timedelta(days=DAYS_TO_ANSWER.get(priority_code, USUAL_DAYS))
