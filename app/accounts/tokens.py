"""Access tokens: the only file that imports jose. They say who signed in and when, never what one may do."""

import functools
import hashlib
import hmac
import json
import re
import threading
from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, Self
from uuid import UUID, uuid4

from jose import jwk, jws
from pydantic import BaseModel, ConfigDict, Field

from app.core import clock, keys
from app.core.errors import Unknown

ALGORITHM = "HS256"
TYPE = "at+jwt"
LONGEST_TOKEN = 4096  # characters; ours have about 560
LONGEST_MINUTES = 10
PERIOD = timedelta(days=90)  # how long one key signs
OVERLAP = timedelta(minutes=15)  # how long it still verifies afterwards; no token lives longer
REMEMBERED = 4096  # verified tokens kept in memory, known by their SHA-256

Proof = Literal["pwd", "otp", "rec"]
"""How somebody proved who they are (RFC 8176): password, time-based code, recovery code."""

# A signature of 32 bytes is 43 characters, of which the last can be one of 16: no second spelling passes.
_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]", re.ASCII)


class KeyState(StrEnum):
    """What a signing key may be used for at a moment."""

    NEXT = "next"
    ACTIVE = "active"
    VERIFY_ONLY = "verify_only"
    RETIRED = "retired"


class Claims(BaseModel):
    """What a verified token says. Times are whole seconds of Unix time."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    iss: Literal["dayaq"] = "dayaq"
    aud: Literal["dayaq-api"] = "dayaq-api"
    sub: UUID
    sid: UUID
    jti: UUID
    iat: int = Field(ge=0, lt=2**33)
    nbf: int = Field(ge=0, lt=2**33)
    exp: int = Field(ge=0, lt=2**33)
    auth_time: int = Field(ge=0, lt=2**33)
    amr: tuple[Proof, ...] = Field(min_length=1, max_length=3)

    def payload(self) -> bytes:
        """The one spelling of these claims that we sign and accept."""
        return json.dumps(self.model_dump(mode="json"), separators=(",", ":")).encode()

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """The claims, if they are complete, of the right types, in order, and spelt as we spell them."""
        claims = cls.model_validate_json(payload)
        if claims.payload() != payload:
            raise ValueError("not our spelling")
        if not claims.auth_time <= claims.iat == claims.nbf < claims.exp <= claims.iat + LONGEST_MINUTES * 60:
            raise ValueError("times out of order")
        return claims


def issue(user_id: UUID, session_id: UUID, auth_at: datetime, amr: Sequence[Proof], minutes: int) -> str:
    """A token for this session, good for at most ten minutes."""
    now = clock.now()
    iat, kid = int(now.timestamp()), _kid_at(now)
    claims = Claims(
        sub=user_id,
        sid=session_id,
        jti=uuid4(),
        iat=iat,
        nbf=iat,
        exp=iat + min(minutes, LONGEST_MINUTES) * 60,
        auth_time=min(int(auth_at.timestamp()), iat),
        amr=tuple(amr),
    )
    token: str = jws.sign(claims.payload(), _key(kid), headers={"typ": TYPE, "kid": kid}, algorithm=ALGORITHM)
    return token


def read(token: str) -> Claims:
    """What this token says, or Unknown: whatever is wrong with it, the answer is the same."""
    try:
        return _read(token, clock.now())
    except keys.BadKey:
        raise
    except Exception as error:  # jose raises more than its own errors: RecursionError, TypeError
        raise Unknown from error


def _read(token: str, now: datetime) -> Claims:
    if len(token) > LONGEST_TOKEN or not _FORM.fullmatch(token):
        raise ValueError("not the form of a token")
    kid = _accepted(_kid_at(now), _kid_at(now - OVERLAP))[token.partition(".")[0]]
    claims = _verified.get(token, kid)
    if not claims.nbf <= now.timestamp() < claims.exp:
        raise ValueError("not yet, or not any more")
    return claims


def state_of(kid: str, now: datetime) -> KeyState:
    """What the key of this name may be used for at this moment."""
    if kid == _kid_at(now):
        return KeyState.ACTIVE
    if kid == _kid_at(now - OVERLAP):
        return KeyState.VERIFY_ONLY
    return KeyState.NEXT if kid == _kid_at(now + PERIOD) else KeyState.RETIRED


def _kid_at(moment: datetime) -> str:
    """The key that signs at this moment: root version and 90-day period. All workers agree, with no file."""
    seconds = moment.timestamp()
    roots = keys.ring().roots
    root = next((root for root in reversed(roots) if root.since <= seconds), roots[0])
    return f"{root.version}-{int(seconds // PERIOD.total_seconds())}"


@functools.lru_cache(maxsize=8)
def _accepted(*kids: str) -> dict[str, str]:
    """Each header that is accepted now, letter for letter as we write it, and the key it names."""
    return {_header(kid): kid for kid in kids}


def _header(kid: str) -> str:
    text = json.dumps({"alg": ALGORITHM, "kid": kid, "typ": TYPE}, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _key(kid: str) -> jwk.Key:
    version, _, period = kid.partition("-")
    secret = hmac.digest(keys.purpose("token", int(version)), period.encode(), "sha256")
    return jwk.construct(secret, ALGORITHM)


class _Verified:
    """Tokens whose signature was checked. Verifying costs 0.1 ms and more, and a token comes many times."""

    def __init__(self) -> None:
        self._claims: OrderedDict[tuple[bytes, str], Claims] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, token: str, kid: str) -> Claims:
        """The claims of this token under this key; raises if the signature or a claim is wrong."""
        known = (hashlib.sha256(token.encode()).digest(), kid)
        with self._lock:
            if claims := self._claims.get(known):
                self._claims.move_to_end(known)
                return claims
        claims = Claims.parse(jws.verify(token, _key(kid), algorithms=[ALGORITHM]))
        with self._lock:
            self._claims[known] = claims
            while len(self._claims) > REMEMBERED:
                self._claims.popitem(last=False)
        return claims

    def clear(self) -> None:
        """Check every signature anew."""
        with self._lock:
            self._claims.clear()


_verified = _Verified()
