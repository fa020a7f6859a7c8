"""Refresh tokens: opaque, single use, known to the database only by their hash."""

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from datetime import timedelta

from app.core import keys

TOKEN_BYTES = 32
GRACE = timedelta(seconds=30)
"""How long a used token still gets the answer it got before: on a weak link the answer may have been lost."""

_FORM = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]", re.ASCII)  # 32 bytes have one spelling


def new() -> str:
    """The first token of a chain: 256 random bits, in 43 characters."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def well_formed(token: str) -> bool:
    """Whether this could be a token of ours; what could not is not looked up."""
    return bool(_FORM.fullmatch(token))


def fingerprint(token: str) -> bytes:
    """What is stored of a token. Its 256 random bits make a plain SHA-256 enough."""
    return hashlib.sha256(token.encode()).digest()


def successor(token: str) -> str:
    """The token that follows this one, always the same: so a repeat within the grace gets the same answer.

    Whoever holds a token cannot compute the next one: it takes a key that only the service has.
    """
    mac = hmac.digest(keys.purpose("refresh"), token.encode(), "sha256")
    return urlsafe_b64encode(mac).decode().rstrip("=")
