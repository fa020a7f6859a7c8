"""What a person with the analyst's rights, any amount of time and any knowledge of others would try.

Each attack is written against `query(filters, dimensions) -> table` alone, so that it runs against the cube,
the HTTP API and designs broken on purpose alike. A table maps codes, in the order of the dimensions asked,
to figures; None is a figure that is hidden.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from app.core.errors import Problem
from tests.statistics.register import ATTRIBUTES

Filters = Mapping[str, Sequence[str]]
Table = Mapping[tuple[str, ...], float | None]
Query = Callable[[Filters, Sequence[str]], Table]
Lists = Mapping[str, Sequence[str]]  # the public code lists
Cell = Mapping[str, str]  # one code per dimension: the group of files the attacker wants counted

SMALLEST, LARGEST = 1, 4  # what small-number rules hide


def figure(query: Query, filters: Filters) -> float | None:
    """One number: all files under these filters."""
    return query(filters, ())[()]


def guess(estimate: float | None, blind: int) -> int:
    """The attacker's word on a hidden cell: the estimate where it can be true, else the most common value."""
    return blind if estimate is None or not SMALLEST <= round(estimate) <= LARGEST else round(estimate)


def complement(query: Query, cell: Cell, lists: Lists) -> float | None:
    """Everybody minus everybody else."""
    name = list(cell)[-1]
    rest = {k: [v] for k, v in cell.items() if k != name}
    others = [code for code in lists[name] if code != cell[name]]
    whole, part = figure(query, rest), figure(query, {**rest, name: others})
    return None if whole is None or part is None else whole - part


def tracker(query: Query, cell: Cell, lists: Lists, dice: np.random.Generator, tries: int) -> float | None:
    """Pad the question with random others, with and without the cell; the middle of the differences."""
    name = list(cell)[-1]
    rest = {k: [v] for k, v in cell.items() if k != name}
    others = [code for code in lists[name] if code != cell[name]]
    found = []
    for _ in range(tries):
        padding = [code for code in others if dice.random() < 0.6] or others
        with_it = figure(query, {**rest, name: [*padding, cell[name]]})
        without = figure(query, {**rest, name: padding})
        if with_it is not None and without is not None:
            found.append(with_it - without)
    return float(np.median(found)) if found else None


def overlap(query: Query, cell: Cell, lists: Lists) -> float | None:
    """Two ranges that share all but the cell: first to it and after it, against the whole list."""
    name = list(cell)[-1]
    rest = {k: [v] for k, v in cell.items() if k != name}
    codes = list(lists[name])
    here = codes.index(cell[name])
    parts = [codes[: here + 1], codes[here:], codes]
    low, high, whole = (figure(query, {**rest, name: part}) for part in parts)
    return None if low is None or high is None or whole is None else low + high - whole


def averaging(query: Query, cell: Cell, lists: Lists, dice: np.random.Generator, tries: int) -> float | None:
    """Ask the same thing in other words and average what comes; abstains where every answer is hidden."""
    found = []
    for _ in range(tries):
        spelled = {
            k: [v] * int(dice.integers(1, 4)) for k, v in dice.permutation(list(cell.items())).tolist()
        }
        for name in lists:
            if name not in spelled and dice.random() < 0.3:
                spelled[name] = dice.permutation(list(lists[name])).tolist()
        value = figure(query, spelled)
        if value is not None:
            found.append(value)
    return float(np.mean(found)) if found else None


def reconstruction(
    query: Query, names: tuple[str, str], lists: Lists, dice: np.random.Generator, asked: int
) -> dict[tuple[str, str], int]:
    """Every cell of a two-way table from sums over random subsets, by least squares."""
    cells = list(product(*(lists[name] for name in names)))
    rows, sums = [], []
    for _ in range(asked):
        chosen = [[c for c in lists[name] if dice.random() < 0.5] or [lists[name][0]] for name in names]
        value = figure(query, dict(zip(names, chosen, strict=True)))
        if value is not None:
            rows.append([float(a in chosen[0] and b in chosen[1]) for a, b in cells])
            sums.append(value)
    solved = np.linalg.lstsq(np.array(rows), np.array(sums))[0]
    return {(a, b): round(x) for (a, b), x in zip(cells, solved.tolist(), strict=True)}


def presence(query: Query, cell: Cell) -> bool:
    """Is there anybody like this? A figure that is hidden, or above half a person, says yes."""
    names = list(cell)
    shown = query({k: [v] for k, v in cell.items()}, names)
    value = shown.get(tuple(cell[n] for n in names), 0.0)
    return value is None or value > 0.5


def uncovered(query: Query, lists: Lists) -> Query:
    """The same service for somebody who works out what it hides: everybody minus everybody else."""

    def worked_out(filters: Filters, names: Sequence[str]) -> Table:
        table = dict(query(filters, names))
        for codes, value in table.items():
            if value is None:
                table[codes] = complement(query, dict(zip(names, codes, strict=True)), lists)
        return table

    return worked_out


def newcomer(
    before: Query | None,
    after: Query,
    lists: Lists,
    region_of: Mapping[str, str],
    asked: Sequence[Sequence[str]],
) -> tuple[str, ...]:
    """Who came between two releases: the combination that all differences together speak for most.

    `before` is None where the releases are of disjoint cohorts: then the later one is all there is to read.
    With normal noise of one size this sum is the likelihood, so for a uniform prior nobody can do better.
    """
    candidates = [
        dict(zip(ATTRIBUTES, codes, strict=True)) for codes in product(*(lists[n] for n in ATTRIBUTES))
    ]
    score = np.zeros(len(candidates))
    for names in asked:
        old, new = before({}, names) if before else {}, after({}, names)
        for i, person in enumerate(candidates):
            codes = tuple(region_of[person["district"]] if n == "region" else person[n] for n in names)
            score[i] += (new.get(codes) or 0.0) - (old.get(codes) or 0.0)
    return tuple(candidates[int(score.argmax())].values())


def remembered(query: Query) -> Query:
    """The same service, asked each thing once: for what an attacker knows from the start."""
    known: dict[str, Table] = {}

    def ask(filters: Filters, names: Sequence[str]) -> Table:
        return known.setdefault(f"{filters} {names}", query(filters, names))

    return ask


def traces(query: Query, target: Cell, others: Query, asked: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    """Per released table: its figure for the target's group, less everybody else in it, who are known."""
    left = []
    for names in asked:
        filters = {name: [target[name]] for name in names}
        seen, known = figure(query, filters), figure(others, filters)
        left.append(0.0 if seen is None or known is None else seen - known)
    return np.array(left)


@dataclass(frozen=True)
class Membership:
    """How well a test told registers with the person from those without; `error` is its standard error."""

    advantage: float
    error: float
    inside: NDArray[np.float64]
    outside: NDArray[np.float64]


def membership(inside: NDArray[np.float64], outside: NDArray[np.float64], training: int = 0) -> Membership:
    """Worst case: true minus false positives of whoever knows everybody else, by the traces of two worlds.

    Without training the test is the sum of the traces, the best there is where all tables carry noise of one
    size. An attacker can also play both worlds at home: then the first traces train a linear discriminant,
    which finds a table that is weaker than the others, and the rest try it.
    """
    home_in, home_out = inside[:training], outside[:training]
    weights = np.ones(inside.shape[1])
    if training:
        spread = (np.cov(home_in.T) + np.cov(home_out.T)) / 2 + 1e-6 * np.eye(len(weights))
        weights = np.linalg.solve(spread, home_in.mean(axis=0) - home_out.mean(axis=0))
    away_in, away_out = inside[training:] @ weights, outside[training:] @ weights
    limit = (away_in.mean() + away_out.mean()) / 2
    hits, alarms = float((away_in > limit).mean()), float((away_out > limit).mean())
    error = ((hits * (1 - hits) + alarms * (1 - alarms)) / len(away_in)) ** 0.5
    return Membership(hits - alarms, error, away_in, away_out)


def empirical_epsilon(inside: NDArray[np.float64], outside: NDArray[np.float64], delta: float) -> float:
    """The largest epsilon these scores prove, with 99.9% confidence at each end (Clopper-Pearson)."""
    best = 0.0
    for limit in np.quantile(np.concatenate([inside, outside]), np.linspace(0.02, 0.98, 49)):
        hits, alarms = int((inside > limit).sum()), int((outside > limit).sum())
        low = beta.ppf(0.001, hits, len(inside) - hits + 1) if hits else 0.0
        high = beta.ppf(0.999, alarms + 1, len(outside) - alarms) if alarms < len(outside) else 1.0
        if low > delta:
            best = max(best, float(np.log((low - delta) / high)))
    return best


def attribute(
    query: Query, target: Cell, others: Query, name: str, codes: Sequence[str], asked: Sequence[Sequence[str]]
) -> str:
    """The hidden attribute of a known person among these codes, by whom the tables have one too many of."""
    told = [names for names in asked if name in names]
    return max(codes, key=lambda code: traces(query, {**target, name: code}, others, told).sum())


def success_bound(before: float, mu: float) -> float:
    """How often an attacker can be right who, without the person's data, is right that often."""
    return NormalDist().cdf(NormalDist().inv_cdf(before) + mu)


def refused(query: Query, filters: Filters, names: Sequence[str]) -> bool:
    """Whether the service has no such table."""
    try:
        query(filters, names)
    except Problem:
        return True
    return False
