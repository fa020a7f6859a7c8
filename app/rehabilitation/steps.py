"""One step on the way of a device: judged, made, and written down. Pure."""

from datetime import date

from app.access.actor import Actor
from app.core.dates import PartialDate
from app.rehabilitation import due, rules
from app.rehabilitation.models import DeviceOrder, DeviceStage
from app.rehabilitation.states import IN_USE, Action


def first(order: DeviceOrder, actor: Actor) -> DeviceStage:
    """The first line of a device's history: it was ordered."""
    return _line(order, actor)


def take(
    order: DeviceOrder,
    actor: Actor,
    action: Action,
    happened_on: date,
    birth: PartialDate | None,
    reason_code: str | None = None,
) -> DeviceStage:
    """Follow one row of the state table and reckon anew what is due; the line to keep."""
    move = rules.need_stage(order, action, actor)
    rules.need_day(order, happened_on)
    order.status, order.status_on = move.target, happened_on
    if move.stamps:
        setattr(order, move.stamps, happened_on)
    order.end_reason_code = reason_code
    order.due_on = reckon_due(order, birth)
    line = _line(order, actor)
    line.action, line.source, line.reason_code = action, move.source, reason_code
    return line


def reckon_due(order: DeviceOrder, birth: PartialDate | None) -> date | None:
    """When the next device is due; of none that is not in use."""
    return due.due_on(order.product_code, order.delivered_on, birth) if order.status in IN_USE else None


def _line(order: DeviceOrder, actor: Actor) -> DeviceStage:
    return DeviceStage(
        owner_id=order.owner_id,
        team_id=order.team_id,
        device_order_id=order.id,
        facility_id=order.facility_id,
        target=order.status,
        happened_on=order.status_on,
        by_id=actor.user_id,
    )
