"""Refusals that only a person's calendar can give."""

from app.core.errors import Problem


class CalendarVoid(Problem):
    """This address was never given, was changed or taken back, or its owner works here no more."""

    slug, status, title = "calendar-void", 404, "No calendar at this address"


class CalendarBusy(Problem):
    """A calendar is read so often an hour and not more. Retry-After says when again."""

    slug, status, title = "calendar-busy", 429, "This calendar is read too often"
    retry_after = 3600
