"""No route borrows a thread to be worked out: a hand-over costs more than what these do."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from fastapi.dependencies.models import Dependant

from app.main import create_app
from app.routers._deps import OpenSession, ReadCaller, read_actor
from tests.matrix.served import served


def calls(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    """What a route calls: itself, and before it all that it depends on, in the order of working it out."""
    if dependant.call:
        yield dependant.call
    for part in dependant.dependencies:
        yield from solved(part)


def solved(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    """A dependency, after those that it needs itself."""
    for part in dependant.dependencies:
        yield from solved(part)
    if dependant.call:
        yield dependant.call


def is_async(call: Callable[..., Any]) -> bool:
    """Whether the loop runs it itself; an object is asked about its `__call__`."""
    one = call if inspect.isroutine(call) else type(call).__call__
    return inspect.iscoroutinefunction(one) or inspect.isasyncgenfunction(one)


def test_nothing_that_a_route_needs_runs_in_a_thread() -> None:
    needs = [dependant for dependant in served(create_app()).values() if dependant]

    assert len(needs) > 150
    assert {str(call) for one in needs for call in calls(one) if not is_async(call)} == set()


def test_whoever_asks_who_acts_has_a_transaction_by_then() -> None:
    asked = {name: list(calls(needs))[1:] for name, needs in served(create_app()).items() if needs}
    of_actors = {name: every for name, every in asked.items() if read_actor in every}
    too_early = [name for name, every in of_actors.items() if not opened_first(every)]

    assert len(of_actors) > 250
    assert too_early == []


def test_an_actor_without_a_transaction_is_found() -> None:
    assert not opened_first([ReadCaller(), read_actor])
    assert not opened_first([read_actor, OpenSession()])
    assert opened_first([OpenSession(), read_actor])


def opened_first(every: list[Callable[..., Any]]) -> bool:
    """Whether something that opens a transaction is worked out before the first that asks who acts."""
    before = every[: every.index(read_actor)]
    return any(isinstance(call, OpenSession) for call in before)
