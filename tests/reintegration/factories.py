"""What clients send about reintegration, as short as it can be; a grant walked to a status."""

from collections import deque
from typing import Any

from app.reintegration.states import GRANT, Action, Party, Status
from tests.journeys.payloads import Body, day

DAY: dict[str, Any] = {"precision": "day", "estimated": False}


def on(after: int) -> Body:
    """A day so many days from today, known to the day."""
    return {"date": day(after), **DAY}


def record(**more: Any) -> Body:
    """A job in a workshop since a hundred days."""
    return {
        "item_code": "employed",
        "begun": on(-100),
        "occupation_code": "g7",
        "industry_code": "c",
        "amount": "650.50",
        "currency_code": "azn",
        "place": "Nümunə Emalatxanası",
    } | more


def grant(**more: Any) -> Body:
    """Money for bees."""
    return {
        "kind_code": "productive_grant",
        "asked_on": day(-500),
        "granted": "3000.00",
        "currency_code": "azn",
        "purpose": "Twelve hives and a smoker",
    } | more


def told(action: Action, **more: Any) -> Body:
    """What an action is told."""
    why = {"reason_code": "person_wish"}
    said: dict[Action, Body] = {
        **dict.fromkeys((Action.REFUSE, Action.CANCEL, Action.STOP), why),
        Action.FINISH: {"outcome_code": "active"},
        Action.PAY: {"kind_code": "cash", "amount": "1000.00", "paid_on": day(-400)},
    }
    usual = {} if action is Action.PAY else {"happened_on": day(-450 if action in EARLY else 0)}
    return usual | said.get(action, {}) | more


EARLY = {Action.ACCEPT, Action.PLAN, Action.TRAIN, Action.APPROVE}


def way_to(wanted: Status) -> list[tuple[Action, Party]]:
    """The shortest way from the start of the state table to a status, and who goes it."""
    ways: dict[Status, list[tuple[Action, Party]]] = {GRANT.start: []}
    waiting = deque([GRANT.start])
    while waiting:
        now = waiting.popleft()
        for move in GRANT.moves:
            if move.source is now and move.target not in ways:
                ways[move.target] = [*ways[now], (move.action, move.by)]
                waiting.append(move.target)
    return ways[wanted]
