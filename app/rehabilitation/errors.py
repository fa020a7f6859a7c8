"""Refusals that only rehabilitation can give."""

from app.core.errors import Problem


class MadeToMeasure(Problem):
    """A device of this kind is measured and made for one person before it is fitted. Facts: product_code."""

    slug, status, title = "made-to-measure", 409, "This device is measured and made first"
