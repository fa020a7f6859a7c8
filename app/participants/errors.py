"""Refusals that only taking part can give."""

from app.core.errors import Problem


class AlreadyEnrolled(Problem):
    """Somebody takes part in a programme once at a time. Facts: enrolment_id."""

    slug, status, title = "already-enrolled", 409, "This person takes part already"


class ProgrammeFull(Problem):
    """Every place is taken: who comes now waits. Facts: capacity."""

    slug, status, title = "programme-full", 409, "Every place is taken"


class RosterFull(Problem):
    """A sheet names as many players as the edition allows, and no more. Facts: limit."""

    slug, status, title = "roster-full", 409, "More players than the edition allows"


class ClearanceNotAsked(Problem):
    """Clearance is given on a live referral that asks for it. Facts: service_code."""

    slug, status, title = "clearance-not-asked", 409, "This referral does not ask for a clearance"
