"""Have a file judged by a process of its own, and by the virus scanner where there is one."""

import asyncio
import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import Invalid
from app.documents import scanning

SCRIPT = Path(__file__).parent / "alone.py"
LONGEST = 30.0  # seconds
FAULTS = frozenset(
    {
        *("file_type_unknown", "file_damaged", "file_of_two_kinds", "file_too_many_pixels"),
        *("file_too_many_pages", "file_too_large_inside", "file_locked", "file_active"),
    }
)
_one_at_a_time: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}


@dataclass(frozen=True, slots=True)
class Content:
    """What is kept of a file: how it is served, its bytes, and the digest of what was sent."""

    media_type: str
    data: bytes
    digest: str


async def content_of(data: bytes) -> Content:
    """What is to be kept of this file, or Invalid with the rule that it breaks."""
    if not data:
        raise refusal("file_empty")
    await scanning.scan(data)
    loop = asyncio.get_running_loop()
    async with _one_at_a_time.setdefault(loop, asyncio.Semaphore(1)):
        answer = await _ask(data)
    head, _, kept = answer.partition(b"\n")
    verdict, _, word = head.decode("ascii", "replace").partition(" ")
    if verdict != "ok":
        raise refusal(word if word in FAULTS else "file_damaged")
    return Content(word, kept, hashlib.sha256(data).hexdigest())


def refusal(code: str) -> Invalid:
    """The refusal of the file, by the code of the rule."""
    return Invalid(errors=[{"pointer": "/file", "code": code, "message": ""}])


async def _ask(data: bytes) -> bytes:
    """What the process answers; nothing when it was ended by one of its limits, or took too long."""
    pipe = asyncio.subprocess.PIPE
    judge = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", str(SCRIPT)),
        stdin=pipe,
        stdout=pipe,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
    )
    try:
        async with asyncio.timeout(LONGEST):
            answer, _ = await judge.communicate(data)
    except TimeoutError:
        return b""
    finally:
        if judge.returncode is None:
            judge.kill()
            await judge.wait()
    return answer if judge.returncode == 0 else b""
