"""No route borrows a thread to be worked out: a hand-over costs more than what these do."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from fastapi.dependencies.models import Dependant

from app.main import create_app
from tests.matrix.served import served


def calls(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    """What a route calls: itself, and all that it depends on."""
    if dependant.call:
        yield dependant.call
    for part in dependant.dependencies:
        yield from calls(part)


def is_async(call: Callable[..., Any]) -> bool:
    """Whether the loop runs it itself; an object is asked about its `__call__`."""
    one = call if inspect.isroutine(call) else type(call).__call__
    return inspect.iscoroutinefunction(one) or inspect.isasyncgenfunction(one)


def test_nothing_that_a_route_needs_runs_in_a_thread() -> None:
    needs = [dependant for dependant in served(create_app()).values() if dependant]

    assert len(needs) > 150
    assert {call.__qualname__ for one in needs for call in calls(one) if not is_async(call)} == set()
