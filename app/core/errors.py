"""Problems: every refusal this service can give, in one shape (RFC 9457)."""

from collections.abc import Iterator
from typing import Any, ClassVar


class Problem(Exception):
    """A refusal the caller can act on. Raise a subclass, never this class."""

    slug: ClassVar[str]
    status: ClassVar[int]
    title: ClassVar[str]
    retry_after: ClassVar[int | None] = None

    def __init__(self, detail: str = "", **facts: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.facts = facts

    def document(self) -> dict[str, Any]:
        """The problem+json body: fixed members first, then this problem's facts."""
        body = {
            "type": f"/problems/{self.slug}",
            "title": self.title,
            "status": self.status,
            "code": self.slug,
        }
        return body | ({"detail": self.detail} if self.detail else {}) | self.facts

    @classmethod
    def kinds(cls) -> Iterator[type["Problem"]]:
        """Every kind of refusal that has been defined, also kinds of kinds."""
        for kind in cls.__subclasses__():
            yield kind
            yield from kind.kinds()


class NotFound(Problem):
    """Missing, or outside what the actor may see: both get the same answer."""

    slug, status, title = "not-found", 404, "Nothing here under that id"


class Forbidden(Problem):
    """The caller may know of it, but not do this. Facts: permission."""

    slug, status, title = "forbidden", 403, "Your role does not allow this"


class IllegalMove(Problem):
    """The state table has no such row from the present status. Facts: status_now, action, open_actions."""

    slug, status, title = "illegal-move", 409, "Not possible from the present status"


class Stale(Problem):
    """Someone else saved first; read again and decide again. Facts: current, the record as it is now."""

    slug, status, title = "stale-version", 412, "The record has changed since you read it"


class VersionMissing(Problem):
    """A change must name the version it was decided on, in If-Match."""

    slug, status, title = "version-missing", 428, "Say which version you have read"


class Clash(Problem):
    """The database's own rules refuse it: the id is taken, or it points to something that is not there."""

    slug, status, title = "clash", 409, "This does not fit what is already recorded"


class KeyReused(Problem):
    """An Idempotency-Key belongs to one request and cannot serve another."""

    slug, status, title = "key-reused", 409, "This key was used for another request"


class Unavailable(Problem):
    """The database is away, or everyone is asking at once; the same request may be sent again."""

    slug, status, title = "unavailable", 503, "Not at the moment; try again"
    retry_after = 1


class Busy(Problem):
    """Somebody else is changing the same record at this moment; the same request may be sent again."""

    slug, status, title = "busy", 409, "The record is being changed at this moment; try again"
    retry_after = 1


class Unknown(Problem):
    """Nobody is signed in, or not any more."""

    slug, status, title = "unknown-caller", 401, "Sign in first"


class Invalid(Problem):
    """The request does not fit its schema. Facts: errors (pointer, code, message), never what was sent."""

    slug, status, title = "invalid", 422, "The request is not valid"
