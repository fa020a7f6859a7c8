"""What a client sends about a device, and what it gets back."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BeforeValidator, Field

from app.access.actor import Actor
from app.codelists.lists import coded, recorded
from app.core.dates import PartialDate, PastDay
from app.core.given import Given, LongText, Reference
from app.core.given import _whole as whole
from app.core.shown import Shown
from app.core.vault import Box
from app.rehabilitation import rules, steps
from app.rehabilitation.models import DeviceOrder, DeviceStage
from app.rehabilitation.states import Action, Status
from app.rehabilitation.waits import Reached, waits

Money = Annotated[int, Field(strict=True, ge=0, le=1_000_000_000), BeforeValidator(whole)]
"""In hundredths of the currency."""


class _Bought(Given):
    """What a device costs and who pays for it."""

    technology_code: Annotated[str, coded("prosthesis_technology")] | None = None
    serial_number: Reference | None = None
    cost_minor: Money | None = None
    currency_code: Annotated[str, coded("currency")] | None = None
    funder_code: Annotated[str, coded("funder")] = "unknown"


class OrderDevice(_Bought):
    """A device that somebody was referred for. `happened_on`: when the referral was received."""

    id: UUID | None = None
    product_code: Annotated[str, coded("assistive_product")]
    side_code: Annotated[str, coded("body_side")] = "not_applicable"
    amputation_id: UUID | None = None
    happened_on: PastDay


class AmendDevice(_Bought):
    """What is known better of a device: only the fields that are sent change."""

    funder_code: Annotated[str, coded("funder")] | None = None  # type: ignore[assignment]  # one or the other


class MoveDevice(Given):
    """When it happened, and what is worth keeping about it."""

    happened_on: PastDay
    note: LongText | None = None


class StopDevice(MoveDevice):
    """Why it is not made."""

    reason_code: Annotated[str, coded("device_stop_reason")]


class ReplaceDevice(MoveDevice):
    """Why another is needed. `new_id`: the id of the order for it, if the client chooses one."""

    reason_code: Annotated[str, coded("replacement_reason")]
    new_id: UUID | None = None


class DeviceOrderRow(Shown):
    """A device as a list shows it. `due_on`: when the next is due, at the age the person then has."""

    id: UUID
    version: int
    created_at: datetime
    facility_id: UUID
    by_id: UUID
    status: Status
    status_on: date
    product_code: Annotated[str, recorded("assistive_product")]
    technology_code: Annotated[str, recorded("prosthesis_technology")] | None
    side_code: Annotated[str, recorded("body_side")]
    amputation_id: UUID | None
    serial_number: str | None
    cost_minor: int | None
    currency_code: Annotated[str, recorded("currency")] | None
    funder_code: Annotated[str, recorded("funder")]
    replaces_id: UUID | None
    delivered_on: date | None
    ended_on: date | None
    end_reason_code: str | None
    due_on: date | None
    open_actions: list[str]

    @classmethod
    def of(cls, order: DeviceOrder, actor: Actor, birth: PartialDate | None) -> Self:
        """The order as it stands today, for this actor."""
        return cls.model_validate(_shown(order, actor, birth))


class StageOut(Shown):
    """One step in the life of a device; without an action: it was ordered."""

    id: UUID
    created_at: datetime
    action: Action | None
    source: Status | None
    target: Status
    happened_on: date
    by_id: UUID
    reason_code: str | None
    note: str | None

    @classmethod
    def of(cls, step: DeviceStage, box: Box) -> Self:
        """The step, opened with the person's key."""
        note = step.note and box.read("device_stage", "note", step.id, step.note)
        return cls.model_validate(step.model_dump(include=set(cls.model_fields)) | {"note": note})


class WaitOut(Shown):
    """Days from the first time at one stage to the first time at another after it."""

    first: Status
    last: Status
    days: int


class DeviceOrderOut(DeviceOrderRow):
    """A device with everything that happened to it, oldest first, and every wait between two stages."""

    stages: list[StageOut]
    waits: list[WaitOut]

    @classmethod
    def whole(
        cls,
        order: DeviceOrder,
        actor: Actor,
        birth: PartialDate | None,
        box: Box,
        steps: Sequence[DeviceStage],
    ) -> Self:
        """The order as it stands today, with its history."""
        reached = [Reached(step.target, step.happened_on) for step in steps]
        found = [WaitOut(first=wait.first, last=wait.last, days=wait.days) for wait in waits(reached)]
        more = {"stages": [StageOut.of(step, box) for step in steps], "waits": found}
        return cls.model_validate(_shown(order, actor, birth) | more)


def _shown(order: DeviceOrder, actor: Actor, birth: PartialDate | None) -> dict[str, Any]:
    columns = order.model_dump(include=set(DeviceOrderRow.model_fields))
    now = {"due_on": steps.reckon_due(order, birth), "open_actions": rules.open_actions(order, actor)}
    return columns | now
