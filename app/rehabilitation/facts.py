"""Which milestones a step on the way of a device shows (app/milestones/catalogue.csv). Pure."""

from collections.abc import Iterator
from datetime import date

from app.rehabilitation.due import later
from app.rehabilitation.models import DeviceOrder, DeviceStage
from app.rehabilitation.states import Action

SHOWS = {
    Action.PRESCRIBE: "device_prescribed",
    Action.MEASURE: "device_measured",
    Action.FIT: "first_device_fitted",
    Action.TRAIN: "device_use_trained",
    Action.DELIVER: "device_delivered",
}
REPLACED_IN_TIME = "device_replaced"
VISITS = ((12, "device_follow_up_12m"), (3, "device_follow_up_3m"), (1, "device_follow_up_1m"))
"""Which visit it is, so many months after the delivery: the latest that fits."""


def shown(order: DeviceOrder, step: DeviceStage, was_due_on: date | None) -> Iterator[str]:
    """The milestones that this step shows to be reached. `was_due_on`: when what it replaces was due."""
    if step.action in SHOWS:
        yield SHOWS[step.action]
    if step.action is Action.DELIVER and was_due_on and step.happened_on <= was_due_on:
        yield REPLACED_IN_TIME
    if step.action is Action.FOLLOW_UP and order.delivered_on:
        since = order.delivered_on
        yield from [code for months, code in VISITS if step.happened_on >= later(since, months)][:1]
