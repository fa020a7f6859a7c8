"""Print a sheet: Typst draws it, in a process of its own."""

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from app.core import child, clock
from app.core.config import settings
from app.core.errors import Unavailable
from app.printing.sheets import Sheet

SCRIPT = Path(__file__).parent / "alone.py"
LONGEST = 30.0  # seconds


async def printed(sheet: Sheet) -> bytes:
    """The sheet as PDF, or Unavailable when the press is stuck."""
    pdf = await child.run(SCRIPT, as_json(sheet, clock.now()), LONGEST)
    if not pdf:
        raise Unavailable
    return pdf


def as_json(sheet: Sheet, at: datetime) -> bytes:
    """All that the template needs, as it needs it."""
    here, words = at.astimezone(ZoneInfo(settings().time_zone)), sheet.words
    printed_on = f"{words('printed')} {words.day(here.date())}, {here:%H:%M}"
    said = {
        name: getattr(sheet, name) for name in ("title", "subtitle", "code", "organisation", "blocks", "qr")
    }
    footer = f"{printed_on} · {words('confidential')}" if sheet.qr else printed_on
    rest = {"lang": words.language, "footer": footer, "page": words("page"), "unknown": words("unknown")}
    return json.dumps(said | rest | {"printed_at": at.isoformat(timespec="seconds")}).encode()
