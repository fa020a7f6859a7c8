"""What people were told of late. Older messages are gone."""

from datetime import datetime, timedelta
from uuid import UUID

from app.demo.places import Country
from app.demo.sheets import Sheets

KEPT = timedelta(days=30)
READ = 0.6


def tell(
    sheets: Sheets,
    country: Country,
    at: datetime,
    kind: str,
    record_id: UUID,
    *,
    user_id: UUID | None = None,
    facility_id: UUID | None = None,
) -> None:
    """One message to a person or a facility, unless it is an old one."""
    if at < country.now - KEPT:
        return
    draws = sheets.dice
    read_at = draws.between(at, country.now) if user_id and draws.chance(READ) else None
    sheets.record(
        "notification",
        at,
        kind=kind,
        record_id=record_id,
        user_id=user_id,
        facility_id=facility_id,
        read_at=read_at,
        read_by_id=user_id if read_at else None,
        handed_at=at,
        version=2 if read_at else 1,
    )
