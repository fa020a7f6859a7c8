"""The role matrix: which questions are put to an operation, and what must be answered to each.

A row declares one operation. From it follow its cells: who asks (nine roles, people who are nobody here,
people who may but not this record) about what (their own record, somebody else's, one that never was, a child
under another's parent). Nothing here looks at the permission table: what is expected was declared by hand.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NamedTuple

from app.access.actor import Actor
from app.access.table import Role
from app.core.ids import new_id

LETTERS = {
    "c": Role.CASEWORKER,
    "s": Role.SUPERVISOR,
    "p": Role.PROVIDER,
    "u": Role.COUNSELLOR,
    "f": Role.SPORTS_COORDINATOR,
    "k": Role.COORDINATOR,
    "a": Role.ANALYST,
    "m": Role.ADMINISTRATOR,
    "d": Role.AUDITOR,
}
EVERYBODY = "".join(LETTERS)
STRANGERS = {  # of a role that may, perhaps; but the records of the world are not theirs
    "colleague": "c",
    "outsider": "c",
    "other_supervisor": "s",
    "other_provider": "p",
}
NOBODY = ("anonymous", "made_up_token", "signed_out", "disabled")
UNFIT = ("one_factor", "no_hat", "borrowed_hat")  # signed in, but not as the programme demands
ROBBED = "robbed of "  # of a role that may, on a day when no role has this permission


class Relation(StrEnum):
    """How what is asked about stands to who asks."""

    OWN = "own"  # the record of the world: the caseworker's, of the northern team, referred to the workshop
    FOREIGN = "somebody else's"
    UNKNOWN = "never was"
    MISPLACED = "under another parent"
    STALE = "another version"


class Form(NamedTuple):
    """A body that is a form with a file."""

    data: Mapping[str, str]
    files: Mapping[str, tuple[str, bytes]]


@dataclass(frozen=True)
class Ask:
    """One request: what stands in the path, the query and the body, on which version.

    `key`: the field of the body that names a record, where the path does not. `mine`: what stands in the
    path when everybody asks about something of their own.
    """

    params: Mapping[str, object] = field(default_factory=dict)
    query: str = ""
    body: Any = None
    version: int | None = None
    key: str = ""
    mine: Callable[[Actor], Mapping[str, object]] | None = None

    def of(self, actor: Actor | None) -> "Ask":
        """The request as this person makes it about something of their own."""
        return self.about(self.mine(actor)) if self.mine and actor else self

    def about(self, params: Mapping[str, object]) -> "Ask":
        """The same with these records in the path."""
        return replace(self, params={**self.params, **params})

    def nowhere(self) -> "Ask":
        """The same about a record that never was."""
        if self.key:
            return replace(self, body=self.body | {self.key: str(new_id())})
        return self.about({list(self.params)[-1]: new_id()})


Build = Callable[[Any], Awaitable[Ask]]


class Answer(NamedTuple):
    """What is expected: 2 for any success, else the status; the problem's code; the permission it names."""

    status: int
    code: str = ""
    permission: str = ""


YES = Answer(2)
MISSING = Answer(404, "not-found")
STALE = Answer(412, "stale-version")
UNKNOWN_CALLER = Answer(401, "unknown-caller")


@dataclass(frozen=True)
class Row:
    """One operation, declared.

    - `asks`: the permissions that it asks; a refusal names the first. `may`: roles that are answered 2xx
      about the record of the world. `hidden`: roles that may, but to whom this record does not exist.
      `barred`: roles that may, but not this record, which they see; the refusal names `bars`, or else the
      first permission. `unfit`: roles that are refused for another reason, with its code.
    - `foreign`: what those who may are told about a record of somebody else's: 404, or 403 where it can be
      seen and not changed, or 2 where it is everybody's. `also`: strangers to whom it does belong.
      `in_body`: the record is named there.
    - `shows`: a record that the answer names to these `sees` and to nobody else.
    - `account`: of people themselves, whatever their role; `early`: even before they showed a second factor.
    """

    asks: str
    may: str
    build: Build
    hidden: str = ""
    barred: str = ""
    bars: str = ""
    unfit: Mapping[str, str] = field(default_factory=dict)
    foreign: int = 404
    also: tuple[str, ...] = ()
    in_body: bool = False
    shows: str = ""
    sees: str = ""
    account: bool = False
    early: bool = False

    def to(self, letter: str) -> Answer:
        """What a role is answered about the record of the world."""
        if letter in self.may:
            return YES
        if letter in self.hidden:
            return MISSING
        if letter in self.barred:
            return self.bar
        return Answer(403, self.unfit[letter]) if letter in self.unfit else self.no

    @property
    def no(self) -> Answer:
        """The refusal of a role that may not."""
        return Answer(403, "forbidden", self.asks.split()[0] if self.asks else "")

    @property
    def bar(self) -> Answer:
        """The refusal of a change to what can be seen and not changed."""
        return Answer(403, "forbidden", self.bars) if self.bars else self.no

    def to_stranger(self, name: str) -> Answer:
        """What a stranger is answered about the record of the world."""
        letter = STRANGERS[name]
        if name in self.also:
            return self.to(letter) if letter in self.unfit else YES
        if self.to_unknown(letter) != MISSING:
            return self.no
        return {404: MISSING, 403: self.bar, 2: YES}[self.foreign]

    def to_unknown(self, letter: str) -> Answer:
        """What a role is answered about what is not there."""
        looks = letter in self.may + self.hidden + self.barred or letter in self.unfit
        return MISSING if looks else self.no

    def to_unknown_stranger(self, name: str, nested: bool) -> Answer:
        """The same for a stranger, whom the parent refuses, unless it is the child that bars people."""
        stopped = nested and self.foreign == 403 and not self.barred and name not in self.also
        return self.to_stranger(name) if stopped else self.to_unknown(STRANGERS[name])

    def to_unfit(self, who: str) -> Answer:
        """What they are answered who are signed in, but not as the programme demands."""
        if who == "one_factor":
            return YES if self.early else Answer(403, "second-factor-needed")
        return YES if self.account else Answer(403, "membership-needed")


@dataclass(frozen=True)
class Cell:
    """One question of the matrix. `shown`: whether the answer must name the row's record, if that matters."""

    relation: Relation
    who: str
    expected: Answer
    shown: bool | None = None

    def __str__(self) -> str:
        return f"{self.who} / {self.relation}"


def operation(key: str) -> str:
    """The operation of a row; after it a key may say which scene of it this is."""
    return " ".join(key.split()[:2])


def assertions(asked: list[Cell]) -> int:
    """How many assertions these cells stand for: see `trial.judge`."""
    there = {(cell.relation, cell.who) for cell in asked}
    return sum(
        2  # the status, and that the API description names it
        + bool(cell.expected.code)
        + bool(cell.expected.permission)
        + (cell.shown is not None)
        + (twin(cell) in there)
        for cell in asked
    )


def names_a_record(key: str, row: Row) -> bool:
    """Whether it is about one record: in its place could be somebody else's, or none."""
    return "{" in key or row.in_body


def cells(key: str, row: Row, versioned: bool) -> list[Cell]:
    """Every question that a row is asked. `versioned`: it is a change, of the version that was read."""
    record, nested = names_a_record(key, row), key.count("{") == 2
    found = [*_own(row), *_nobody(row), *(_stale(row, record) if versioned else ())]
    if record or row.shows:
        found += _foreign(row, record)
    if record:
        found += [Cell(Relation.UNKNOWN, LETTERS[x].value, row.to_unknown(x)) for x in EVERYBODY]
        found += [Cell(Relation.UNKNOWN, name, row.to_unknown_stranger(name, nested)) for name in STRANGERS]
    if nested:
        found += [Cell(Relation.MISPLACED, LETTERS[x].value, row.to_unknown(x)) for x in EVERYBODY]
    return found


def _own(row: Row) -> Iterator[Cell]:
    for letter, role in LETTERS.items():
        expected = row.to(letter)
        shown = letter in row.sees if row.shows and expected == YES else None
        yield Cell(Relation.OWN, role.value, expected, shown)


def _nobody(row: Row) -> Iterator[Cell]:
    for who in NOBODY:
        yield Cell(Relation.OWN, who, UNKNOWN_CALLER)
    for who in UNFIT:
        yield Cell(Relation.OWN, who, row.to_unfit(who))
    for permission in row.asks.split():
        yield Cell(Relation.OWN, ROBBED + permission, Answer(403, "forbidden", permission))


def _foreign(row: Row, record: bool) -> Iterator[Cell]:
    for name, letter in STRANGERS.items():
        expected = row.to_stranger(name) if record else row.to(letter)
        shown = name in row.also if row.shows and expected == YES else None
        yield Cell(Relation.FOREIGN, name, expected, shown)


def _stale(row: Row, record: bool) -> Iterator[Cell]:
    """Only who may change it learns that the version is another, and how the record is now."""
    yield Cell(Relation.STALE, LETTERS[row.may[0]].value, STALE)
    for name in STRANGERS if record else ():
        expected = row.to_stranger(name)
        yield Cell(Relation.STALE, name, STALE if expected == YES else expected)


def twin(cell: Cell) -> tuple[Relation, str] | None:
    """The cell whose answer must be the same to the byte: a record out of reach looks like none."""
    hidden = cell.expected == MISSING and cell.relation in (Relation.OWN, Relation.FOREIGN, Relation.STALE)
    return (Relation.UNKNOWN, cell.who) if hidden else None
