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


class ClassLimit(Problem):
    """A roster has as many players of a limited class as the rules of the sport allow. Facts: most."""

    slug, status, title = (
        "class-limit",
        409,
        "More players of a limited class than the rules of the sport allow",
    )


class CourtOver(Problem):
    """Who begins keeps the limits of the sport. Facts: rule (players, limited_class, points), most."""

    slug, status, title = "court-over", 409, "Who begins is more than the rules of the sport allow"


class NotEnrolled(Problem):
    """This is said of somebody who has a place in the programme now. Facts: status_now."""

    slug, status, title = "not-enrolled", 409, "This person has no place in the programme now"
