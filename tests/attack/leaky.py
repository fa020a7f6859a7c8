"""The service others would write: exact counts, small ones hidden, and all that HTTP gives away beside."""

import csv
import io
import json
import time
from collections.abc import Sequence
from functools import partial

from anyio.from_thread import BlockingPortal
from fastapi import FastAPI, Request, Response
from httpx import ASGITransport, AsyncClient

from app.statistics.tables import Plan
from tests.attack.attacks import Filters, Query, Table
from tests.attack.variants import Design, Naive, everybody
from tests.statistics.register import Person

WORK = 4e-6  # seconds a counted file takes: a scan, instead of an index


def leaky(plan: Plan, register: list[Person]) -> FastAPI:
    """Small figures hidden, in JSON; 404 where nobody is, rows left out, order by size, CSV as it is."""
    app, naive, counting = FastAPI(), Naive(plan, register), Naive(plan, register, limit=1)

    @app.post("/api/v1/statistics/query")
    async def query(request: Request) -> Response:
        asked = json.loads(await request.body())
        names, filters = asked["dimensions"], asked["filters"]
        whole = counting(filters, names)
        total = int(sum(value or 0 for value in whole.values()))
        _work(total)
        if not total:
            return Response(status_code=404)
        hidden = naive(filters, names)
        rows = sorted(hidden, key=lambda codes: -(whole[codes] or 0))
        table = [{"codes": dict(zip(names, codes, strict=True)), "value": hidden[codes]} for codes in rows]
        if request.headers.get("accept") == "text/csv":
            return Response(_csv(names, whole), media_type="text/csv")
        shown = hidden[()] if not names else (total if total >= naive.limit else None)
        body = {"rows": table if names else [], "total": {"value": shown}}
        return Response(
            json.dumps(body), headers={"X-Total-Count": str(len(rows))}, media_type="application/json"
        )

    return app


def _work(files: int) -> None:
    until = time.perf_counter() + WORK * files
    while time.perf_counter() < until:
        pass


def _csv(names: Sequence[str], table: Table) -> str:
    kept = io.StringIO()
    csv.writer(kept).writerows([[*names, "value"], *([*codes, value] for codes, value in table.items())])
    return kept.getvalue()


def over_http(portal: BlockingPortal) -> Design:
    """The leaky service of a register, asked over HTTP as ours is."""

    def design(plan: Plan, register: list[Person], more: Person | None) -> Query:
        client = served(plan, everybody(register, more))

        def query(filters: Filters, names: Sequence[str]) -> Table:
            body = {"dimensions": list(names), "filters": {k: list(v) for k, v in filters.items()}}
            answer = portal.call(partial(client.post, "/statistics/query", json=body))
            if answer.status_code == 404:
                return {(): 0} if not names else {}
            body = answer.json()
            if not names:
                return {(): body["total"]["value"]}
            return {tuple(row["codes"][name] for name in names): row["value"] for row in body["rows"]}

        return query

    return design


def served(plan: Plan, register: list[Person]) -> AsyncClient:
    """A client of the leaky service, without a network."""
    transport = ASGITransport(app=leaky(plan, register))
    return AsyncClient(transport=transport, base_url="http://house/api/v1")
