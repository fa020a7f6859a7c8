"""What a person gets back about the address of the own calendar."""

from datetime import datetime

from app.core.shown import Shown


class CalendarFeedOut(Shown):
    """Whether your calendar has an address, and since when. The address itself is shown once."""

    opened_at: datetime | None


class CalendarAddressOut(Shown):
    """Where your calendar program reads. It is shown once; whoever has it may read."""

    path: str
    opened_at: datetime
