"""Refusals that only the consent to show one's well-being can give."""

from app.core.errors import Problem


class WellbeingOpen(Problem):
    """The person has agreed to that already. Facts: consent_id."""

    slug, status, title = "wellbeing-open", 409, "The person has agreed to this already"


class WellbeingOver(Problem):
    """It was taken back before."""

    slug, status, title = "wellbeing-over", 409, "This was taken back already"
