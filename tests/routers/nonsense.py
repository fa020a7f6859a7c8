"""Bodies that no client should send, each with a canary that no answer may repeat."""

import json
from typing import Any

from httpx import AsyncClient, Response

CANARY = "Canary7Qx"


def bodies(good: dict[str, Any], text: str, day: str, number: str) -> dict[str, bytes]:
    """Spoilt versions of a good body: `text`, `day` and `number` name the fields (`a.b` inside) to spoil."""

    def put(path: str, value: Any) -> bytes:
        spoilt: dict[str, Any] = json.loads(json.dumps(good))
        *way, last = path.split(".")
        place = spoilt
        for step in way:
            place = place.setdefault(step, {})
        place[last] = value
        return json.dumps(spoilt).encode()

    deep = "[" * 1_000 + "]" * 1_000
    return {
        "NUL": put(text, f"{CANARY}\x00"),
        "lone surrogate": put(text, f"{CANARY}\ud800"),
        "right-to-left override": put(text, f"{CANARY}\u202e"),
        "blank": put(text, " \u200b "),
        "10 MB": put(text, CANARY + "a" * 10_000_000),
        "too long": put(text, CANARY * 1_000),
        "not text": put(text, {CANARY: CANARY}),
        "no UTF-8": put(text, CANARY).replace(CANARY.encode(), CANARY.encode() + b"\xff\xfe"),
        "deep": put(text, "DEEP").replace(b'"DEEP"', deep.encode()),
        "very deep": (deep * 1).encode() * 100,
        "unknown key": put(f"{CANARY}/~", CANARY),
        "year 0000": put(day, "0000-01-01"),
        "year 9999": put(day, "9999-12-31"),
        "no such day": put(day, "2021-02-30"),
        "a second too many": put(day, 99999999999999),
        "NaN": put(number, "NAN").replace(b'"NAN"', b"NaN"),
        "infinity": put(number, "INF").replace(b'"INF"', b"1e999"),
        "beyond any integer": put(number, "BIG").replace(b'"BIG"', b"9" * 400),
        "number as text": put(number, "1"),
        "a list": b"[]",
        "nothing": b"",
        "no JSON": f"{{{CANARY}".encode(),
        "null": b"null",
    }


async def refused(client: AsyncClient, method: str, path: str, headers: dict[str, str], body: bytes) -> str:
    """Empty if the answer is a clean refusal; else what is wrong with it."""
    kind = {"content-type": "application/json"}
    answer: Response = await client.request(method, path, content=body, headers=headers | kind)
    if not 400 <= answer.status_code < 500:
        return f"answers {answer.status_code}"
    if answer.headers["content-type"] != "application/problem+json":
        return f"answers {answer.headers['content-type']}"
    told = answer.text + str(answer.headers)
    return "repeats what was sent" if CANARY in told else ""
