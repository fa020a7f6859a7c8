"""A country to attack: its register in a database of our own, the job, the service, a ministry's account.

Attackers are plain code, so everything here is called from plain code; what waits runs in a loop beside it.
"""

from asyncio import gather
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any
from unittest.mock import patch
from uuid import UUID

import sqlalchemy as sa
from anyio.from_thread import BlockingPortal
from httpx import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import FIGURES, connect, unit_of_work
from app.core.errors import Busy, Problem, Unavailable
from app.core.ids import new_id
from app.incidents.models import Casualty, Incident
from app.statistics import artefact, disclosure, tables
from app.statistics.cube import Cube
from app.statistics.tables import Plan
from app.survivors.models import Survivor
from tests.attack.attacks import Filters, Query, Table
from tests.attack.variants import Protect, asking
from tests.conftest import copy, web
from tests.factories import Town, signed
from tests.statistics.files import Files
from tests.statistics.publishing import publish
from tests.statistics.register import Person

AGES = {"0_5": 3, "6_11": 8, "12_17": 14, "18_59": 30, "60_plus": 70}  # unknown: not said
BUSY, UNAVAILABLE = 9, 503
OVER_HTTP = 10
KEPT = sa.text("select name, body from stats.artefact")
FORGET = (  # nothing released; the superuser of a database of ours gets past the triggers
    "set local session_replication_role = replica",
    *(f"delete from stats.{table}" for table in ("artefact", "release", "budget_entry", "cohort")),
)


class Refused(Problem):
    """The service has no answer to this. Facts: status."""

    slug, status, title = "refused", 409, "No answer"


@dataclass
class Country:
    """`files` holds the register as it stands in the database; `asked` counts the attacker's requests."""

    files: Files
    client: AsyncClient
    portal: BlockingPortal
    asked: int = 0
    released: int = 0
    held: dict[Person, list[Any]] = field(default_factory=dict)

    def publish(self, plan: Plan, register: list[Person], protect: Protect = disclosure.protect) -> Query:
        """Make the register so, release it by the job, and give what the ministry reads of it.

        Of thousands of releases every tenth is read over HTTP, and is to the byte what the others are read
        from: the artefacts, in the right of who may read artefacts alone.
        """
        kept = self.portal.call(self._published, plan, register, protect)
        self.released += 1
        if self.released % OVER_HTTP == 1:
            assert self.documents() == kept
        return asking(Cube([artefact.released(kept)]))

    def register(self, person: Person) -> None:
        """One more file, after whatever was released."""
        every = [one for one, ids in self.held.items() for _ in ids]
        self.portal.call(self._settle, [*every, person])

    def clear(self) -> None:
        """Nothing registered, nothing released."""
        self.portal.call(self.files.clear)
        self.held.clear()

    def downloaded(self) -> Query:
        """Every signed cell that the ministry can download, asked at its own desk."""
        documents = self.documents()
        return asking(Cube([artefact.released(documents)]))

    def documents(self) -> dict[str, bytes]:
        """The newest release as the statistician's files of its tables."""
        release = self.get("/statistics/releases").json()[-1]
        at = f"/statistics/releases/{release['id']}/tables"
        return self.portal.call(self._downloaded, {name: f"{at}/{name}" for name in release["tables"]})

    def query(self, filters: Filters, names: Sequence[str]) -> Table:
        """What the service answers, a hidden figure as None."""
        answer = self.ask(filters, names)
        if answer.status_code != 200:
            raise Refused(status=answer.status_code)
        body = answer.json()
        if not names:
            return {(): body["total"]["value"]}
        return {tuple(row["codes"][name] for name in names): row["value"] for row in body["rows"]}

    def ask(self, filters: Mapping[str, Sequence[str]], names: Sequence[str]) -> Response:
        """One question, as the ministry's account."""
        body = {"dimensions": list(names), "filters": {name: list(codes) for name, codes in filters.items()}}
        return self.send("POST", "/statistics/query", json=body)

    def get(self, path: str, **headers: str) -> Response:
        """Read a page as the ministry's account."""
        return self.send("GET", path, headers=headers)

    def send(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **given: Any
    ) -> Response:
        """Any request of the ministry's account."""
        return self.portal.call(partial(self._send, method, path, headers, **given))

    async def _send(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **given: Any
    ) -> Response:
        """The same, again where the machine is too busy to answer."""
        self.asked += 1
        mine = self.token | dict(headers or {})
        for _ in range(BUSY):
            answer = await self.client.request(method, path, headers=mine, **given)
            if answer.status_code != UNAVAILABLE:
                break
        return answer

    async def _downloaded(self, paths: Mapping[str, str]) -> dict[str, bytes]:
        """Every table at once: nobody reads them one after the other 16,000 times."""
        answers = await gather(*(self._send("GET", path) for path in paths.values()))
        assert {answer.status_code for answer in answers} == {200}
        return {name: answer.content for name, answer in zip(paths, answers, strict=True)}

    @property
    def token(self) -> dict[str, str]:
        """What the ministry's account signs its requests with."""
        return signed(self.files.town.analyst)

    async def _published(self, plan: Plan, register: list[Person], protect: Protect) -> dict[str, bytes]:
        """The register released by the job, as its artefacts stand; again where the machine was too busy.

        A run that did not end has shown nobody its noise, so that trying again chooses nothing.
        """
        await self._settle(register)
        for left in reversed(range(BUSY)):
            try:
                await self._release(plan, protect)
                break
            except (Unavailable, Busy):
                if not left:
                    raise
        reader = replace(self.files.town.analyst.limits, rights=FIGURES)
        async with unit_of_work(self.files.owner, reader) as session:
            rows = await (await session.connection()).execute(KEPT)
            return {name: body.encode() for name, body in rows}

    async def _settle(self, register: list[Person]) -> None:
        """Write and remove files until the register is this one."""
        wanted, standing = Counter(register), Counter({one: len(ids) for one, ids in self.held.items()})
        if wanted == +standing:
            return
        gone = [self.held[one].pop() for one in (standing - wanted).elements()]
        rows: list[list[Any]] = [[], [], [], []]
        for person in (wanted - standing).elements():
            made = self._file(person)
            self.held.setdefault(person, []).append([one.id for one in made])
            for kind, row in zip(rows, made, strict=True):
                kind.append(row)
        async with unit_of_work(self.files.owner, None) as session:
            for kind in rows:
                session.add_all(kind)
                await session.flush()
            if gone:
                await self._remove(await session.connection(), gone)

    def _file(self, person: Person) -> tuple[Incident, Casualty, Survivor, Any]:
        district, sex, age, victim_type, year = person
        incident, casualty = self.files.accident(AGES.get(age))
        survivor = self.files.made(
            birth_year=None,
            casualty_id=casualty.id,
            district_code=district,
            sex_code=sex,
            category_code=victim_type,
            registered_on=date(year, 6, 1),
        )
        survivor.id = new_id()
        return incident, casualty, survivor, self.files.consent(survivor)

    async def _remove(self, connection: Any, gone: list[list[UUID]]) -> None:
        await connection.execute(sa.text("set local session_replication_role = replica"))
        for table, ids in zip(
            ("incident", "casualty", "survivor", "consent"), zip(*gone, strict=True), strict=True
        ):
            await connection.execute(sa.text(f"delete from {table} where id = any(:ids)"), {"ids": list(ids)})

    async def _release(self, plan: Plan, protect: Protect) -> None:
        """What `dayaq release` and two people do, with the country's plan and the protection in its place."""
        async with unit_of_work(self.files.owner, None) as session:
            connection = await session.connection()
            for statement in FORGET:
                await connection.execute(sa.text(statement))
        with patch.object(tables, "national", lambda _: plan), patch.object(disclosure, "protect", protect):
            await publish(self.files.owner, plan.cohort.last_day)


@asynccontextmanager
async def founded(cluster: sa.URL, portal: BlockingPortal) -> AsyncIterator[Country]:
    """A country in a database of its own."""
    async with copy(cluster) as login, web(login) as client, owning(cluster, login) as owner:
        yield Country(Files(await Town(login).build(), owner), client, portal)


@asynccontextmanager
async def owning(cluster: sa.URL, login: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """The same database as whoever runs commands reaches it."""
    engine = connect(cluster.set(database=login.url.database), pool_size=16)
    yield engine
    await engine.dispose()
