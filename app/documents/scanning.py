"""Ask clamd about a file, where the settings name one. One that is silent lets nothing through."""

import asyncio

from app.core.config import settings
from app.core.errors import Invalid
from app.documents.errors import ScannerAway

PART = 64 << 10
LONGEST, PATIENCE = 30.0, 5.0  # seconds: for a file, for an answer at all
CLEAN, FOUND = b"OK", b"FOUND"


async def scan(data: bytes) -> None:
    """Stop what is infected, and everything while the scanner is away."""
    address = settings().document_scanner
    if not address:
        return
    try:
        async with asyncio.timeout(LONGEST):
            answer = await _ask(address, data)
    except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
        raise ScannerAway from error
    verdict = answer.rstrip(b"\0\n").rpartition(b" ")[2]
    if verdict == FOUND:
        raise Invalid(errors=[{"pointer": "/file", "code": "file_infected", "message": ""}])
    if verdict != CLEAN:
        raise ScannerAway


async def answers(address: str) -> bool:
    """Whether a scanner is there."""
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await _open(address)
            writer.write(b"zPING\0")
            try:
                return await reader.readuntil(b"\0") == b"PONG\0"
            finally:
                writer.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return False


async def _ask(address: str, data: bytes) -> bytes:
    """`INSTREAM`: the file in parts, each behind its length, and an empty one; one line comes back."""
    reader, writer = await _open(address)
    try:
        writer.write(b"zINSTREAM\0")
        for start in range(0, len(data), PART):
            part = data[start : start + PART]
            writer.write(len(part).to_bytes(4) + part)
            await writer.drain()
        writer.write(bytes(4))
        await writer.drain()
        return await reader.readuntil(b"\0")
    finally:
        writer.close()


async def _open(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    kind, _, where = address.partition(":")
    if kind == "unix":
        return await asyncio.open_unix_connection(where)
    host, _, port = where.rpartition(":")
    return await asyncio.open_connection(host, int(port))
