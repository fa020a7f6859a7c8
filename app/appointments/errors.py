"""Refusals that only an appointment can give."""

from app.core.errors import Problem


class BeforeItsTime(Problem):
    """That it was kept or missed is known once it has begun. Facts: starts_at."""

    slug, status, title = "before-its-time", 409, "This appointment has not begun"


class TooManyAppointments(Problem):
    """A case holds as many appointments as it may. Facts: limit."""

    slug, status, title = "too-many-appointments", 409, "No more appointments can be kept here"
