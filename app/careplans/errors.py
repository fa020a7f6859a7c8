"""Refusals that only a care plan can give."""

from app.core.errors import Problem


class PlanOpen(Problem):
    """A version is written or waits for approval: one at a time. Facts: plan_id, the one that is open."""

    slug, status, title = "plan-open", 409, "A version of this plan is open already"


class PlanFixed(Problem):
    """Only a draft is changed; what was submitted or approved is followed by another version."""

    slug, status, title = "plan-fixed", 409, "Only a draft can be changed"


class PlanNotInForce(Problem):
    """Only the approved version that is in force is reviewed."""

    slug, status, title = "plan-not-in-force", 409, "This version of the plan is not in force"
