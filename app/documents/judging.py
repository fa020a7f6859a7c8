"""Have a file judged by a process of its own, and by the virus scanner where there is one."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from app.core import child
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
    answer = await child.run(SCRIPT, data, LONGEST)
    head, _, kept = (answer or b"").partition(b"\n")
    verdict, _, word = head.decode("ascii", "replace").partition(" ")
    if verdict != "ok":
        raise refusal(word if word in FAULTS else "file_damaged")
    return Content(word, kept, hashlib.sha256(data).hexdigest())


def refusal(code: str) -> Invalid:
    """The refusal of the file, by the code of the rule."""
    return Invalid(errors=[{"pointer": "/file", "code": code, "message": ""}])
