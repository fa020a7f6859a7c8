"""What a person gets back about the address of the own calendar."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True, extra="forbid")


class CalendarFeedOut(_Out):
    """Whether your calendar has an address, and since when. The address itself is shown once."""

    opened_at: datetime | None


class CalendarAddressOut(_Out):
    """Where your calendar program reads. It is shown once; whoever has it may read."""

    path: str
    opened_at: datetime
