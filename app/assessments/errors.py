"""Refusals that only an assessment can give."""

from app.core.errors import Problem


class InstrumentVersion(Problem):
    """The answers were given to another version of the instrument than is in use. Facts: version."""

    slug, status, title = "instrument-version", 409, "The instrument has changed since"
