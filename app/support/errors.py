"""Refusals that only psychosocial support can give."""

from app.core.errors import Problem


class PeerFull(Problem):
    """A peer accompanies no more people at a time than they said they can. Facts: most."""

    slug, status, title = "peer-full", 409, "This peer accompanies as many people as they can"


class PeerUnfit(Problem):
    """Only a peer who is trained, and supports people today, accompanies anybody."""

    slug, status, title = "peer-unfit", 409, "This peer does not accompany people at present"


class PairThere(Problem):
    """A person is accompanied by one peer at a time. Facts: pair_id."""

    slug, status, title = "pair-there", 409, "A peer accompanies this person already"


class PairOver(Problem):
    """What has ended is not ended again."""

    slug, status, title = "pair-over", 409, "This has ended already"
