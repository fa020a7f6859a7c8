"""Refusals that only a courier can give."""

from app.core.errors import Problem


class NotDead(Problem):
    """Only what was given up is sent again by hand: this one was sent, or will be tried by itself."""

    slug, status, title = "delivery-not-dead", 409, "This delivery was not given up"


class Stopped(Problem):
    """Nothing is sent to a webhook that was stopped, and it is not begun again: make another."""

    slug, status, title = "webhook-stopped", 409, "This webhook was stopped"
