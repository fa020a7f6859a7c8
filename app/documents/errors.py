"""Refusals that only a document can give."""

from app.core.errors import Problem


class ScannerAway(Problem):
    """The virus scanner does not answer, and nothing is kept that it has not seen; try again later."""

    slug, status, title = "scanner-away", 503, "Files cannot be checked at the moment; try again"
    retry_after = 60


class TooManyDocuments(Problem):
    """A case, or a person's day, holds as many as it may. Facts: limit."""

    slug, status, title = "too-many-documents", 409, "No more documents can be kept here"


class DocumentErased(Problem):
    """Nothing of this document is left: it was destroyed. Facts: erased_at."""

    slug, status, title = "document-erased", 409, "This document was destroyed"


class ErasurePending(Problem):
    """Somebody has asked for that already, and nobody has answered. Facts: erasure_id."""

    slug, status, title = "erasure-pending", 409, "This was asked already"


class TooSlow(Problem):
    """The file did not arrive in time; the same request may be sent again."""

    slug, status, title = "too-slow", 408, "The file took too long to arrive"


class NotADocumentToShare(Problem):
    """It was entered in error, or its kind is only for the compartment. Facts: kind_code."""

    slug, status, title = "not-to-be-shared", 409, "This document is not for others"
