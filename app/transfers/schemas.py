"""What a client sends about a transfer, and what it gets back."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.cases import queries as cases
from app.cases.states import Status as CaseStatus
from app.codelists.lists import coded, recorded
from app.core.given import Given, Text
from app.core.shown import Shown
from app.survivors import queries as survivors
from app.transfers import rules
from app.transfers.models import Transfer
from app.transfers.states import TRANSFER, Action, Status


class OfferTransfer(Given):
    """To whom the case is offered, and why.

    `handover`: what the next one should know; nobody there reads it before the case is accepted.
    """

    id: UUID | None = None
    to_team_id: UUID
    to_owner_id: UUID | None = None
    reason_code: Annotated[str, coded("transfer_reason")]
    handover: Text | None = None


class AcceptTransfer(Given):
    """Who of the team takes the case on: needed where the offer names nobody."""

    owner_id: UUID | None = None


class DeclineTransfer(Given):
    """Why the case is not taken on."""

    decline_reason_code: Annotated[str, coded("transfer_decline_reason")]


class ResponsibleOut(Shown):
    """Who is responsible by this transfer: until it is accepted the giving side, then the other."""

    organisation_id: UUID
    team_id: UUID
    owner_id: UUID


class TransferOut(Shown):
    """An offer of a case as both sides see it. `handover` is for who may open the file."""

    id: UUID
    version: int
    created_at: datetime
    case_id: UUID
    status: Status
    responsible: ResponsibleOut
    from_organisation_id: UUID
    from_team_id: UUID
    from_owner_id: UUID
    to_organisation_id: UUID
    to_team_id: UUID
    to_owner_id: UUID | None
    reason_code: Annotated[str, recorded("transfer_reason")]
    survivor_code: str
    case_status_code: CaseStatus
    priority_code: Annotated[str, recorded("case_priority")]
    district_code: Annotated[str, recorded("district")] | None
    open_tasks: int
    live_referrals: int
    handover: str | None
    offered_by_id: UUID
    answer_by: date
    answered_by_id: UUID | None
    ended_at: datetime | None
    decline_reason_code: Annotated[str, recorded("transfer_decline_reason")] | None
    open_actions: list[Action]

    @classmethod
    def of(cls, transfer: Transfer, actor: Actor, handover: str | None = None) -> Self:
        """The offer, who is responsible by it, and what this actor may do about it."""
        given = _given_by(transfer)
        return cls.model_validate(
            transfer.model_dump(exclude={"owner_id", "team_id", "survivor_id", "handover"})
            | {f"from_{name}": value for name, value in given.items()}
            | {"handover": handover, "responsible": _responsible(transfer)}
            | {"open_actions": TRANSFER.open(transfer.status, rules.parties(transfer, actor))}
        )


def _given_by(transfer: Transfer) -> dict[str, UUID]:
    """The giving side: while the offer stands, whoever is responsible at this moment."""
    stands = transfer.status is Status.OFFERED
    return {
        "organisation_id": transfer.from_organisation_id,
        "team_id": transfer.team_id if stands else transfer.from_team_id,
        "owner_id": transfer.owner_id if stands else transfer.from_owner_id,
    }


def _responsible(transfer: Transfer) -> dict[str, UUID | None]:
    if transfer.status is not Status.ACCEPTED:
        return dict(_given_by(transfer))
    return {
        "organisation_id": transfer.to_organisation_id,
        "team_id": transfer.to_team_id,
        "owner_id": transfer.to_owner_id,
    }


async def show(session: AsyncSession, actor: Actor, transfer: Transfer) -> TransferOut:
    """A transfer as this actor sees it: the handover only with the file."""
    grant = actor.grant(Permission.CASE_TRANSFER)
    text = None
    if transfer.handover and await cases.find(session, grant, transfer.case_id):
        box = await survivors.box(session, transfer.survivor_id)
        text = box.read("case_transfer", "handover", transfer.id, transfer.handover)
    return TransferOut.of(transfer, actor, text)
