"""When a facility is open, and where the clock stands while it is not. Pure: no database, no clock."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
LONGEST = 3_660  # closed days in a row are a closed facility: the clock then runs on


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of rest of each week, the closed days beside them, and the zone in which days are counted."""

    rest_days: Collection[int] = ()  # ISO: 1 is Monday
    closed: Collection[date] = ()
    zone: str = "UTC"

    def is_closed(self, day: date) -> bool:
        """Whether nobody works there on this day."""
        return day.isoweekday() in self.rest_days or day in self.closed

    def after(self, start: datetime, wait: timedelta) -> datetime:
        """The moment when so much time has passed on open days; on closed days the clock stands still."""
        now, left = start, wait
        for _ in range(LONGEST):
            midnight = self._next_midnight(now)
            if not self.is_closed(now.astimezone(ZoneInfo(self.zone)).date()):
                if left <= midnight - now:
                    return now + left
                left -= midnight - now
            now = midnight
        return start + wait

    def _next_midnight(self, moment: datetime) -> datetime:
        day = moment.astimezone(ZoneInfo(self.zone)).date() + DAY
        return datetime.combine(day, time(), ZoneInfo(self.zone)).astimezone(UTC)


ALWAYS_OPEN = Calendar()
