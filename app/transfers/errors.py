"""Refusals that only a transfer can give."""

from app.core.errors import Problem


class TransferPending(Problem):
    """The case is offered to somebody already; take that back first. Facts: transfer_id."""

    slug, status, title = "transfer-pending", 409, "This case is offered to somebody already"


class TakerUnfit(Problem):
    """A case goes to an active caseworker or supervisor of that team, and not to whoever has it."""

    slug, status, title = "taker-unfit", 409, "This person cannot take the case on in that team"
