"""Judgements about a person's calendar. No database, no clock, no HTTP."""

import hashlib
from datetime import timedelta

MOST_READS = 30
"""In an hour: programs ask every quarter of an hour, some people have three of them."""
MOST_ENTRIES = 500
BEHIND, AHEAD = timedelta(days=14), timedelta(days=180)
"""How far back and ahead a calendar goes."""


def secret_hash(secret: str) -> bytes:
    """What is kept of the secret. It has 256 random bits, so no salt is needed."""
    return hashlib.sha256(secret.encode()).digest()


def etag(body: bytes) -> str:
    """The strong tag of a calendar: the same content, the same tag."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'
