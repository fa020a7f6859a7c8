"""A load of our own, in a process of its own: keep-alive connections that ask one after the other.

Run as a module; takes a job as JSON on standard input, gives figures as JSON on standard output. Only ever
speaks to 127.0.0.1, and ends by itself.
"""

import asyncio
import json
import sys
import time
from typing import Any


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> tuple[int, int]:
    """Send one request, read its answer; gives status and size of the body in bytes."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    size = 0
    for line in head.split(b"\r\n"):
        if line[:15].lower() == b"content-length:":
            size = int(line[15:])
    if size:
        await reader.readexactly(size)
    return status, size


async def connection(port: int, requests: list[bytes], figures: dict[str, list[Any]], until: float) -> None:
    """Ask in turn until the requests are used up or the time is over."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in requests:
        begun = time.perf_counter()
        if begun > until:
            break
        status, size = await ask(reader, writer, request)
        figures["seconds"].append(time.perf_counter() - begun)
        figures["status"].append(status)
        figures["bytes"].append(size)
    writer.close()


async def load(job: dict[str, Any]) -> dict[str, Any]:
    """All requests of the job over its connections."""
    requests = [bytes.fromhex(text) for text in job["requests"]]
    figures: dict[str, list[Any]] = {"seconds": [], "status": [], "bytes": []}
    many = job["connections"]
    until = time.perf_counter() + job["most_seconds"]
    begun = time.perf_counter()
    await asyncio.gather(
        *(connection(job["port"], requests[turn::many], figures, until) for turn in range(many))
    )
    spent = time.perf_counter() - begun
    seconds = sorted(figures["seconds"])
    return {
        "requests": len(seconds),
        "per_second": len(seconds) / spent,
        "p50_ms": seconds[len(seconds) // 2] * 1000,
        "p99_ms": seconds[int(len(seconds) * 0.99)] * 1000,
        "bad": sum(not 200 <= status < 300 for status in figures["status"]),
        "statuses": {str(s): figures["status"].count(s) for s in sorted(set(figures["status"]))},
        "bytes": sum(figures["bytes"]) / max(1, len(seconds)),
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(load(json.load(sys.stdin)))))
