"""How a sending went: tried once, and written down. What was not taken is tried again, or given up."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from app.couriers import rules
from app.couriers.models import Channel, Delivery, VisitReminder
from app.couriers.parcels import Fault, Parcel, Send

Ways = Mapping[Channel, Send]
Sent = Sequence[tuple[Parcel, Fault | None]]


async def send(ways: Ways, parcel: Parcel) -> Fault | None:
    """Try it; None when it was taken."""
    try:
        if not parcel.to:
            raise Fault("no_address", final=True)
        if parcel.channel not in ways:
            raise Fault("no_such_way")
        await ways[parcel.channel](parcel)
    except Fault as fault:
        return fault
    return None


def settle(ours: Sequence[Delivery | VisitReminder], sent: Sent, now: datetime) -> int:
    """Write down how it went, for all that is still ours to settle; how many."""
    faults = {delivery: fault for parcel, fault in sent for delivery in parcel.deliveries}
    for one in ours:
        _ended(one, faults[one.id], now)
    return len(ours)


def _ended(one: Delivery | VisitReminder, fault: Fault | None, now: datetime) -> None:
    """Sent, or to be tried again later, or given up."""
    one.held_until, one.fault = None, fault.code if fault else None
    again = rules.next_try(one.tries, now) if fault and not fault.final else None
    if fault is None:
        one.sent_at = now
    elif again:
        one.due_at = again
    else:
        one.dead_at = now
