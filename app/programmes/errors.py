"""Refusals that only a programme can give."""

from app.core.errors import Problem


class ProgrammeClosed(Problem):
    """A programme that has ended takes nobody and nothing more."""

    slug, status, title = "programme-closed", 409, "This programme has ended"


class SeasonClosed(Problem):
    """A closed season takes no session and no attendance. Facts: season_id."""

    slug, status, title = "season-closed", 409, "This season is closed"


class OutsideSeason(Problem):
    """A session lies between the first and the last day of its season. Facts: starts_on, ends_on."""

    slug, status, title = "outside-season", 409, "This lies outside the season"


class SessionCancelled(Problem):
    """Nobody was at a session that did not take place."""

    slug, status, title = "session-cancelled", 409, "This session was cancelled"


class SessionAhead(Problem):
    """Nobody was yet at a session that has not begun."""

    slug, status, title = "session-ahead", 409, "This session has not begun"


class NotCounted(Problem):
    """Only a community session counts people by sex and age; the others note who was there."""

    slug, status, title = "not-counted", 409, "This session does not count people this way"


class FeedVoid(Problem):
    """This calendar's address was never given, or was taken back."""

    slug, status, title = "feed-void", 404, "No calendar at this address"
