"""Print a sheet, or turn a picture into pixels: Typst draws it, in a process of its own."""

import json
import re
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from app.core import child, clock
from app.core.config import settings
from app.core.errors import Unavailable
from app.printing.sheets import Sheet

SCRIPT = Path(__file__).parent / "alone.py"
LONGEST = 30.0  # seconds
SHARP, PLAIN = 192.0, 96.0  # pixels an inch: twice as many as a screen shows, and as many
MOST_PIXELS = 16_000_000  # 64 MB while it is drawn; a longer picture is drawn less sharp
SIZE = re.compile(rb'<svg [^>]*width="(\d+)" height="(\d+)"')


async def printed(sheet: Sheet, at: datetime | None = None) -> bytes:
    """The sheet as PDF, as of now or of another moment; Unavailable when the press is stuck."""
    return await _drawn(as_json(sheet, at or clock.now()))


async def pixels(svg: bytes) -> bytes:
    """One of our pictures as PNG: the same bytes for the same picture. Unavailable as above."""
    found = SIZE.match(svg)
    assert found, "our pictures say how large they are"
    width, height = map(int, found.groups())
    ppi = min(SHARP, PLAIN * (MOST_PIXELS / (width * height)) ** 0.5)
    return await _drawn(json.dumps({"svg": svg.decode(), "ppi": ppi}).encode())


async def _drawn(given: bytes) -> bytes:
    drawn = await child.run(SCRIPT, given, LONGEST)
    if not drawn:
        raise Unavailable
    return drawn


def as_json(sheet: Sheet, at: datetime) -> bytes:
    """All that the template needs, as it needs it."""
    here, words = at.astimezone(ZoneInfo(settings().time_zone)), sheet.words
    printed_on = sheet.foot or f"{words('printed')} {words.day(here.date())}, {here:%H:%M}"
    said = {
        name: getattr(sheet, name) for name in ("title", "subtitle", "code", "organisation", "blocks", "qr")
    }
    footer = f"{printed_on} · {words('confidential')}" if sheet.qr else printed_on
    rest = {"lang": words.language, "footer": footer, "page": words("page"), "unknown": words("unknown")}
    return json.dumps(said | rest | {"printed_at": at.isoformat(timespec="seconds")}).encode()
