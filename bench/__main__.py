"""`make bench`: start floor and service side by side on one database, ask both in turn, print the ratios."""

import os
import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path as File
from typing import Any

HOME = File(os.environ.get("BENCH_VAR", "var/bench"))
os.environ |= {"DAYAQ_VAR": str(HOME), "DAYAQ_MFA_REQUIRED": "false"}

import psutil  # noqa: E402
import sqlalchemy as sa  # noqa: E402

from app.cli import releasing  # noqa: E402
from app.cli.database import migrate, owner_address  # noqa: E402
from app.core.db import LOGIN  # noqa: E402
from app.demo import programme as demo  # noqa: E402
from app.demo import release  # noqa: E402
from bench import machine  # noqa: E402
from bench.paths import Path, Programme  # noqa: E402

SURVIVORS = int(os.environ.get("SURVIVORS", "100000"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
CONNECTIONS = [int(text) for text in os.environ.get("CONNECTIONS", "16").split(",")]


@dataclass
class Side:
    """One of the two servers, and what was measured of it."""

    name: str
    pid: int
    port: int
    cost: list[float] = field(default_factory=list)  # seconds of processor time a request
    figures: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def programme() -> Iterator[tuple[sa.URL, int]]:
    """The bench's own cluster, loaded once; gives its address and the process id of its PostgreSQL."""
    HOME.mkdir(parents=True, exist_ok=True)
    with owner_address() as owner:
        migrate(owner)
        engine = sa.create_engine(owner)
        with engine.connect() as connection:
            there = connection.scalar(sa.text("select count(*) from survivor"))
        engine.dispose()
        if not there:
            demo.load(owner, SURVIVORS, "bench-only-" + os.urandom(8).hex())
        if not _released(owner):
            releasing.release(owner)
            release.publish(owner)
        yield owner, _postmaster()


def _released(owner: sa.URL) -> bool:
    """Whether there are figures to ask for."""
    engine = sa.create_engine(owner)
    with engine.connect() as connection:
        found = connection.scalar(sa.text("select count(*) from stats.release where status = 'published'"))
    engine.dispose()
    return bool(found)


def _postmaster() -> int:
    """Our PostgreSQL: the child of this process."""
    return next(p.pid for p in psutil.Process().children() if "postgres" in p.name())


def measure(path: Path, side: Side, ask: Any, postgres: int, connections: int) -> None:
    """One round of one side."""
    requests = ask(path.many)
    before, others = machine.spent([side.pid, postgres]), machine.everything()
    found = machine.load(side.port, requests, connections)
    used = machine.spent([side.pid, postgres]) - before
    found["foreign"] = machine.everything() - others - used
    if found["bad"]:
        raise SystemExit(f"{path.name}: {side.name} answered {found['statuses']}")
    side.cost.append(used / found["requests"])
    side.figures.append(found)


def row(path: Path, connections: int, floor: Side, service: Side) -> tuple[str, bool]:
    """One line of the table, and whether it is within the budget."""
    ratio = statistics.median(s / f for s, f in zip(service.cost, floor.cost, strict=True))
    share = statistics.median(
        s["per_second"] / f["per_second"] for s, f in zip(service.figures, floor.figures, strict=True)
    )
    last, least = service.figures[-1], floor.figures[-1]
    within = ratio <= path.most and share >= path.least
    return (
        f"| {path.name} | {connections} | {ratio:.2f} (at most {path.most})"
        f" | {share:.0%} (at least {path.least:.0%})"
        f" | {least['per_second']:.0f} / {last['per_second']:.0f}"
        f" | {least['p50_ms']:.1f}, {least['p99_ms']:.1f} / {last['p50_ms']:.1f}, {last['p99_ms']:.1f}"
        f" | {last['bytes']:.0f} | {last['foreign']:.1f} | {'yes' if within else '**no**'} |"
    ), within


def main() -> int:
    """Print the table; exit 1 if a path costs more than it may."""
    with programme() as (owner, postgres):
        login = owner.set(username=LOGIN).render_as_string(hide_password=False)
        engine = sa.create_engine(owner)
        floor = machine.server("bench.floor:app", False, {"FLOOR_URL": login}, "/ready")
        service = machine.server("app.cli.serving:built", True, {"DATABASE_URL": login}, "/health/ready")
        with floor as (floor_pid, floor_port, _), service as (pid, port, seconds):
            people = Programme(engine)
            print(
                f"{SURVIVORS} survivors; medians of {ROUNDS} rounds; a worker answers after {seconds:.1f} s\n"
            )
            print(
                "| path | connections | processor time, ratio to the floor | requests/s, share of the floor's"
                " | requests/s floor / service | p50, p99 ms floor / service | bytes | foreign s | within |"
            )
            print("| --- " * 9 + "|")
            good = True
            for connections in CONNECTIONS:
                for path in people.paths():
                    sides = Side("floor", floor_pid, floor_port), Side("service", pid, port)
                    for ask, side in zip((path.floor, path.service), sides, strict=True):
                        machine.load(side.port, ask(min(100, path.many)), connections)  # warm
                    for _ in range(ROUNDS):
                        for ask, side in zip((path.floor, path.service), sides, strict=True):
                            measure(path, side, ask, postgres, connections)
                    line, within = row(path, connections, *sides)
                    good = good and within
                    print(line, flush=True)
            print(f"\nlargest worker: {machine.memory(pid):.0f} MB")
        engine.dispose()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
