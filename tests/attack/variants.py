"""Services to attack: ours, the ones others run, and ours broken in five ways that must all be caught.

A design is written against `Publish`, so that it is attacked as the job publishes it and over HTTP alike.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from zlib import crc32

import numpy as np

from app.statistics import display
from app.statistics.artefact import Released
from app.statistics.consistency import Whole, agreement
from app.statistics.cube import Cube, Question
from app.statistics.disclosure import protect as designed  # the job has a mutation of it in its place
from app.statistics.rounding import whole
from app.statistics.tables import Plan
from tests.attack.attacks import Filters, Query, Table
from tests.statistics.register import ATTRIBUTES, Person, true_counts

Protect = Callable[[Plan, Whole], Whole]
Publish = Callable[[Plan, list[Person], Protect], Query]
"""Counts a register, protects it like this, publishes what comes of it and lets that be asked."""

Design = Callable[[Plan, list[Person], Person | None], Query]
"""Publishes a register, with or without one more person, and lets it be asked."""


def asking(cube: Cube, hide: bool = False) -> Query:
    """Our cube as an attacker asks it: signed figures, or with `hide` only what the screen shows."""

    def query(filters: Filters, names: Sequence[str]) -> Table:
        answer = cube.answer(Question(names, filters))
        order = answer.question.dimensions
        put = [order.index(name) for name in names]
        return {
            tuple(cell.codes[i] for i in put): None
            if hide and (cell.value or 0) < display.DISPLAY_LIMIT
            else cell.value
            for cell in answer.cells
            if cell.value is not None
        }

    return query


class Naive:
    """The usual service: exact counts, any question, those below `limit` hidden (a limit of 1 hides none)."""

    def __init__(self, plan: Plan, register: list[Person], limit: int = 5) -> None:
        self.limit = limit
        self.codes = {d.name: list(d.codes) for d in plan.dimensions}
        district = plan.dimension("district")
        region = dict(zip(district.codes, district.parents, strict=True))
        self.columns = {
            name: np.array([person[i] for person in register], dtype=object)
            for i, name in enumerate(ATTRIBUTES)
        }
        self.columns["region"] = np.array([region[person[0]] for person in register], dtype=object)
        self.columns["year"] = np.array(
            [plan.cohort.year_code(person[4]) for person in register], dtype=object
        )
        self.places = {
            name: np.array([self.codes[name].index(code) for code in column], dtype=np.int64)
            for name, column in self.columns.items()
        }

    def __call__(self, filters: Filters, names: Sequence[str]) -> Table:
        """Count what is asked, now."""
        kept = np.ones(len(self.places["sex"]), dtype=np.bool_)
        for name, codes in filters.items():
            chosen = np.array([code in codes for code in self.codes[name]])
            kept &= chosen[self.places[name]]
        found, counts = (
            np.unique(
                np.array([self.places[name][kept] for name in names]).reshape(len(names), -1),
                axis=1,
                return_counts=True,
            )
            if names
            else (np.zeros((0, 1), np.int64), np.array([int(kept.sum())]))
        )
        return {
            tuple(self.codes[name][i] for name, i in zip(names, place, strict=True)): None
            if 0 < count < self.limit
            else int(count)
            for place, count in zip(found.T.tolist(), counts.tolist(), strict=True)
        }


def in_memory(plan: Plan, register: list[Person], protect: Protect) -> Query:
    """What the job does between the database's counts and the database's artefacts."""
    cells = protect(plan, true_counts(plan, register))
    return asking(Cube([Released("r", plan, tuple(cells.tolist()))]))


def everybody(register: list[Person], more: Person | None) -> list[Person]:
    """The register, with one more person or as it is."""
    return [*register, more] if more else register


def ours(publish: Publish) -> Design:
    """The design as it is."""
    return lambda plan, register, more: publish(plan, everybody(register, more), designed)


def exact(plan: Plan, register: list[Person], more: Person | None) -> Query:
    """Counts with nothing done to them but hiding 1 to 4."""
    return Naive(plan, everybody(register, more))


def halved_sigma(publish: Publish) -> Design:
    """Half the noise that the metadata state."""

    def protect(plan: Plan, counts: Whole) -> Whole:
        weak = tuple(replace(table, sigma=table.sigma / 2) for table in plan.tables)
        return designed(replace(plan, tables=weak), counts)

    return lambda plan, register, more: publish(plan, everybody(register, more), protect)


def monthly(publish: Publish) -> Design:
    """The same files released anew each month, with fresh noise: the attacker takes the mean of twelve."""

    def design(plan: Plan, register: list[Person], more: Person | None) -> Query:
        queries = [publish(plan, everybody(register, more), designed) for _ in range(12)]

        def query(filters: Filters, names: Sequence[str]) -> Table:
            answers = [one(filters, names) for one in queries]
            return {codes: float(np.mean([one[codes] or 0 for one in answers])) for codes in answers[0]}

        return query

    return design


def one_exact(publish: Publish) -> Design:
    """One of the eight tables left without noise."""

    def protect(plan: Plan, counts: Whole) -> Whole:
        cells, district = designed(plan, counts), plan.slices()["district"]
        cells[district] = counts[district]
        return cells

    return lambda plan, register, more: publish(plan, everybody(register, more), protect)


def keyed(publish: Publish) -> Design:
    """Noise that depends on the name of the table: always the same, so it cancels."""

    def protect(plan: Plan, counts: Whole) -> Whole:
        noise = [
            np.round(np.random.default_rng(crc32(t.name.encode())).normal(0, t.sigma, plan.size(t)))
            for t in plan.tables
        ]
        return whole(plan, agreement(plan).operator @ (counts + np.concatenate(noise)))

    return lambda plan, register, more: publish(plan, everybody(register, more), protect)


def twice_counted(publish: Publish) -> Design:
    """A person with two files, both counted."""
    design = ours(publish)
    return lambda plan, register, more: design(plan, everybody(register, more), more)


BROKEN: dict[str, Callable[[Publish], Design]] = {
    "sigma halved": halved_sigma,
    "fresh noise every month": monthly,
    "one table without noise": one_exact,
    "noise keyed per table": keyed,
    "two contributions per person": twice_counted,
}
