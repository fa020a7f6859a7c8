"""Pages without the press: what would be drawn, as text that a test can read."""

import json
from datetime import datetime

from app.core import clock
from app.printing import press
from app.printing.sheets import Sheet


async def unprinted(made: Sheet, at: datetime | None = None) -> bytes:
    """The page as the template gets it; that all of it is drawn is tested with the press."""
    return json.dumps(json.loads(press.as_json(made, at or clock.now())), ensure_ascii=False).encode()
