"""Signed webhooks, both ends: how we sign, and how a receiver tells a message of ours, and a double of it.

HMAC-SHA256 over `timestamp.body`, with the id of the key, good for five minutes. A message that was caught
and is sent again later is too old; one that is sent again at once has an id that was seen. Pure.
"""

import hmac
import json
import re
from collections.abc import Mapping, MutableSet
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

HEADER = "Dayaq-Signature"
WINDOW = timedelta(minutes=5)
_FORM = re.compile(r"t=([0-9]{1,12}),k=([a-z0-9]{1,20}),v1=([0-9a-f]{64})")


class Verdict(StrEnum):
    """What a receiver makes of a message; only a new one is acted upon, and a double is answered 200 too."""

    NEW = "new"
    DOUBLE = "double"
    FORGED = "forged"
    OUTDATED = "outdated"


def body_of(delivery_id: object, kind: str, record_id: object, created_at: datetime) -> bytes:
    """What is sent: which message this is, and what happened to which record. Nothing about a person."""
    said: dict[str, Any] = {"id": str(delivery_id), "kind": kind, "record_id": str(record_id)}
    return json.dumps(said | {"created_at": created_at.isoformat()}, separators=(",", ":")).encode()


def sign(key: str, key_id: str, body: bytes, now: datetime) -> str:
    """The value of the header for this body, sent now."""
    seconds = int(now.timestamp())
    return f"t={seconds},k={key_id},v1={_mac(key, seconds, body)}"


def judge(keys: Mapping[str, str], header: str, body: bytes, now: datetime, seen: MutableSet[str]) -> Verdict:
    """What to make of a message; notes it in `seen`. `keys`: by id, the old one too while it is renewed."""
    form = _FORM.fullmatch(header)
    key = keys.get(form[2]) if form else None
    if form is None or key is None or not hmac.compare_digest(_mac(key, int(form[1]), body), form[3]):
        return Verdict.FORGED
    if abs(now.timestamp() - int(form[1])) > WINDOW.total_seconds():
        return Verdict.OUTDATED
    message = str(json.loads(body)["id"])
    if message in seen:
        return Verdict.DOUBLE
    seen.add(message)
    return Verdict.NEW


def _mac(key: str, seconds: int, body: bytes) -> str:
    return hmac.digest(key.encode(), f"{seconds}.".encode() + body, "sha256").hex()
