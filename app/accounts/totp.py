"""The second factor: time-based codes (RFC 6238), none of which serves twice, and ten recovery codes."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime

import pyotp

ISSUER = "Dayaq"
STEP_SECONDS = 30
WINDOW = 1  # steps before and after: for a telephone whose clock is half a minute wrong
RECOVERY_CODES = 10
RECOVERY_LETTERS = (
    24  # of 32 kinds: 120 bits, so that a plain hash is enough (NIST SP 800-63B-4, 3.1.2.2: 112)
)

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # nothing that is read as something else
_CODE = re.compile(r"[0-9]{6}", re.ASCII)


def new_secret() -> str:
    """A fresh secret of 160 bits, in base 32."""
    return pyotp.random_base32(32)


def uri(secret: str, username: str) -> str:
    """The address that an authenticator app reads from a picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)


def step_of(secret: str, code: str, at: datetime, last_step: int) -> int | None:
    """The time step this code is of, if it is near this moment and later than the last accepted one."""
    if not _CODE.fullmatch(code):
        return None
    try:
        step = pyotp.TOTP(secret).verify_and_get_timecode(code, for_time=at.timestamp(), valid_window=WINDOW)
    except pyotp.OTPVerificationError:
        return None
    return step if step > last_step else None


def new_recovery_codes() -> list[str]:
    """Ten codes that open the account once each, in groups of four for whoever writes them down."""
    return [_grouped(_letters(RECOVERY_LETTERS)) for _ in range(RECOVERY_CODES)]


def recovery_hash(code: str) -> str:
    """What is stored of a recovery code: SHA-256 of its letters, however they were typed."""
    letters = re.sub(r"[\s-]", "", code).upper()
    return hashlib.sha256(letters.encode("utf-8", "replace")).hexdigest()


def spend(code: str, hashes: Sequence[str]) -> list[str] | None:
    """The hashes that remain once this code is used, or None if it is not among them."""
    used = recovery_hash(code)
    left = [known for known in hashes if not hmac.compare_digest(known, used)]
    return left if len(left) < len(hashes) else None


def _letters(count: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(count))


def _grouped(letters: str) -> str:
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))
