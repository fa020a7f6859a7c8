"""Sabotage of permissions, to see that the matrix notices: each where an operation asks, and each cell.

A mutant is a house in which one thing about one permission is wrong. Only the asking happens in it: what the
request is about was made in a sound one. It is caught by the first cell of the matrix that does not hold.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import chain
from typing import NamedTuple

import pytest

from app.access import table
from app.access.actor import Actor, Grant
from app.access.table import COLUMNS, TABLE, Permission, Reach, Role
from tests.matrix.engine import ROBBED, Cell, Relation, Row, cells

ASKING = Actor.grant


class Mutant(NamedTuple):
    """One sabotage: where it shows (rows, tried in turn), by which cells, and how it is done."""

    name: str
    keys: tuple[str, ...]
    sought: Callable[[str, Row], list[Cell]]
    sabotage: Callable[[], AbstractContextManager[None]]


def permissions(row: Row) -> tuple[Permission, ...]:
    """What this operation asks, as declared."""
    return tuple(map(Permission, row.asks.split()))


def removed(declared: dict[str, Row]) -> Iterator[Mutant]:
    """Each permission that each operation asks, no longer asked: everybody has it, with the widest reach."""
    for key, permission in _asked(declared):

        def lost(wanted: Permission = permission) -> AbstractContextManager[None]:
            return _asking(lambda actor, asked: None if asked is wanted else ASKING(actor, asked))

        yield Mutant(f"{key} without {permission.value}", (key,), _people_first, lost)


def mistaken(declared: dict[str, Row]) -> Iterator[Mutant]:
    """Each permission that each operation asks, taken for the one whose row is most like it."""
    for key, permission in _asked(declared):

        def another(wanted: Permission = permission) -> AbstractContextManager[None]:
            like = nearest(wanted)
            return _asking(lambda actor, asked: ASKING(actor, like if asked is wanted else asked))

        name = f"{key} with {nearest(permission).value} for {permission.value}"
        yield Mutant(name, (key,), _people_first, another)


def altered(declared: dict[str, Row]) -> Iterator[Mutant]:
    """Each cell of the table: a right given to a role that has none, or taken from one that has."""
    for permission in Permission:
        keys = tuple(key for key, row in declared.items() if permission in permissions(row))
        for role, reach in zip(COLUMNS, TABLE[permission], strict=True):
            new = Reach.ALL if reach is Reach.NO else Reach.NO

            def changed(
                permission: Permission = permission, role: Role = role, new: Reach = new
            ) -> AbstractContextManager[None]:
                return _cell(permission, role, new)

            def of_role(key: str, row: Row, role: Role = role) -> list[Cell]:
                return [cell for cell in _about_own(key, row) if cell.who == role.value]

            yield Mutant(f"{permission.value} of {role.value}: {new.name}", keys, of_role, changed)


def nearest(permission: Permission) -> Permission:
    """The other permission whose row of the table is most like this one's."""

    def unlike(other: Permission) -> int:
        return sum(abs(a - b) for a, b in zip(TABLE[permission], TABLE[other], strict=True))

    return min((other for other in Permission if other is not permission), key=unlike)


def by_a_person(cell: Cell) -> bool:
    """Whether a cell asks as somebody, and not on a day when nobody has the permission."""
    return not cell.who.startswith(ROBBED)


def _asked(declared: dict[str, Row]) -> Iterator[tuple[str, Permission]]:
    return chain.from_iterable(((key, p) for p in permissions(row)) for key, row in declared.items())


def _about_own(key: str, row: Row) -> list[Cell]:
    return [cell for cell in cells(key, row, versioned=False) if cell.relation is Relation.OWN]


def _people_first(key: str, row: Row) -> list[Cell]:
    """Roles and strangers who must be refused, then the day on which nobody has the permission."""
    asked = cells(key, row, versioned=False)
    refused = [c for c in asked if c.expected.permission and c.relation in (Relation.OWN, Relation.FOREIGN)]
    return sorted(refused, key=lambda cell: not by_a_person(cell))


@contextmanager
def _asking(how: Callable[[Actor, Permission], Grant | None]) -> Iterator[None]:
    """Have grants made like this; None is one of the widest reach."""

    def grant(actor: Actor, permission: Permission) -> Grant:
        return how(actor, permission) or Grant(actor, permission, Reach.ALL)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Actor, "grant", grant)
        yield


@contextmanager
def _cell(permission: Permission, role: Role, reach: Reach) -> Iterator[None]:
    """Have one cell of the table say this."""
    row = list(TABLE[permission])
    row[COLUMNS.index(role)] = reach
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(table.TABLE, permission, tuple(row))
        yield
