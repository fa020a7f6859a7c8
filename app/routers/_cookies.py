"""The refresh cookie: where it goes, and which requests may use it."""

from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Header, Request, Response

from app.accounts.errors import CrossSite
from app.core.config import settings

PAGES = "dayaq"  # what our own pages send in X-Requested-With; a form or a picture of another site cannot
OURS = ("same-origin", "none")


def _base(request: Request) -> str:
    """Where browsers reach this service."""
    return settings().public_url or str(request.base_url)


def _is_secure(request: Request) -> bool:
    """Whether the cookie needs TLS: always, but for plain http on this very machine, where there is none."""
    base = urlsplit(_base(request))
    return base.scheme != "http" or not _is_loopback(base.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def name(request: Request) -> str:
    """The cookie's name: the browser itself keeps `__Host-` for TLS, this host and every path."""
    return "__Host-rt" if _is_secure(request) else "rt"


def give(request: Request, response: Response, token: str) -> None:
    """Hand the refresh token to the browser: for this host, out of reach of scripts, until it is closed."""
    response.set_cookie(
        name(request), token, path="/", secure=_is_secure(request), httponly=True, samesite="strict"
    )


def take(request: Request, response: Response) -> None:
    """Take the refresh token back."""
    response.delete_cookie(
        name(request), path="/", secure=_is_secure(request), httponly=True, samesite="strict"
    )


def token(request: Request) -> str:
    """The refresh token that came with the request, or nothing."""
    return request.cookies.get(name(request), "")


async def require_our_pages(
    request: Request,
    x_requested_with: Annotated[str | None, Header(description="`dayaq`: what our own pages send")] = None,
) -> None:
    """Refuse a request that another site may have made the browser send."""
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site", "same-origin")
    if x_requested_with != PAGES or site not in OURS or (origin and not _is_ours(request, origin)):
        raise CrossSite


def _is_ours(request: Request, origin: str) -> bool:
    """Compared part by part: `https://dayaq.az.evil.org` begins like ours."""
    sent, ours = urlsplit(origin), urlsplit(_base(request))
    same_scheme = sent.scheme == ours.scheme or not settings().public_url  # a proxy may have ended the TLS
    return same_scheme and sent.netloc == ours.netloc
