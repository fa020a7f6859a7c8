"""Access tokens in time: expiry, what is remembered of them, and the keys that sign them."""

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from jose import jws
from jose.utils import base64url_decode

from app.accounts import tokens
from app.core import clock, keys
from app.core.config import settings
from app.core.errors import Unknown

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A root key for this file's tests."""
    patch, path = pytest.MonkeyPatch(), tmp_path_factory.mktemp("keys") / "root.key"
    patch.setenv("DAYAQ_ROOT_KEY_FILE", str(path))
    patch.setattr(clock, "now", lambda: NOW - timedelta(days=400))
    settings.cache_clear()
    keys.forget()
    keys.make_root_key(path)
    yield path
    patch.undo()
    settings.cache_clear()
    keys.forget()


@pytest.fixture(autouse=True)
def moment(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """It is NOW, until a test says how much later."""

    def later(by: timedelta) -> None:
        monkeypatch.setattr(clock, "now", lambda: NOW + by)

    later(timedelta())
    tokens._verified.clear()
    return later


def good() -> str:
    return tokens.issue(uuid4(), uuid4(), NOW, ["pwd", "otp"], 10)


def claims(**changes: Any) -> dict[str, Any]:
    """The claims of a good token, some of them changed; `...` leaves one out."""
    second = int(NOW.timestamp())
    whole = {
        "iss": "dayaq",
        "aud": "dayaq-api",
        "sub": str(uuid4()),
        "sid": str(uuid4()),
        "jti": str(uuid4()),
        "iat": second,
        "nbf": second,
        "exp": second + 600,
        "auth_time": second,
        "amr": ["pwd", "otp"],
    } | changes
    return {name: value for name, value in whole.items() if value is not ...}


def b64(data: bytes | str) -> str:
    return urlsafe_b64encode(data.encode() if isinstance(data, str) else data).decode().rstrip("=")


def signed(payload: Any, header: Any = None, key: bytes | None = None, kid: str | None = None) -> str:
    """A token signed by whoever holds the real key, unless told otherwise."""
    kid = kid or tokens._kid_at(NOW)
    secret = key if key is not None else tokens._key(kid).to_dict()["k"]
    raw = key if key is not None else _unb64(str(secret))
    head = header if header is not None else {"alg": "HS256", "kid": kid, "typ": "at+jwt"}
    text = head if isinstance(head, str) else json.dumps(head, separators=(",", ":"))
    body = payload if isinstance(payload, str) else json.dumps(payload, separators=(",", ":"))
    first = f"{b64(text)}.{b64(body)}"
    return f"{first}.{b64(hmac.digest(raw, first.encode(), hashlib.sha256))}"


def _unb64(text: str) -> bytes:
    return bytes(base64url_decode(text.encode()))


def refused(token: str) -> None:
    with pytest.raises(Unknown):
        tokens.read(token)


def _reads(token: str) -> bool:
    try:
        tokens.read(token)
    except Unknown:
        return False
    return True


def test_a_token_expires_also_when_it_was_just_read(moment: Callable[[timedelta], None]) -> None:
    token = good()
    tokens.read(token)

    moment(timedelta(seconds=599))
    tokens.read(token)
    moment(timedelta(seconds=600))
    refused(token)


def test_a_clock_a_day_wrong_refuses_and_never_accepts(moment: Callable[[timedelta], None]) -> None:
    token = good()

    for hours in (-24, 24):
        moment(timedelta(hours=hours))
        refused(token)


def test_a_refused_token_is_not_remembered_as_good() -> None:
    token = signed(claims(), key=secrets.token_bytes(32))

    for _ in range(3):
        refused(token)
    assert len(tokens._verified._claims) == 0


def test_memory_of_verified_tokens_is_bounded_and_holds_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "REMEMBERED", 5)

    some = [good() for _ in range(12)]
    for token in some:
        tokens.read(token)

    assert len(tokens._verified._claims) == 5
    assert not any(token in repr(tokens._verified._claims) for token in some)
    assert _reads(some[0]), "a forgotten token is verified again"


def test_a_remembered_token_is_not_verified_again(monkeypatch: pytest.MonkeyPatch) -> None:
    token = good()
    tokens.read(token)

    monkeypatch.setattr(jws, "verify", lambda *_, **__: pytest.fail("verified twice"))

    tokens.read(token)


def period_end() -> datetime:
    """The first moment after NOW at which another key signs."""
    length = tokens.PERIOD.total_seconds()
    return datetime.fromtimestamp((NOW.timestamp() // length + 1) * length, UTC)


def test_a_key_signs_for_90_days_verifies_for_15_minutes_more_and_then_never_again() -> None:
    kid, end = tokens._kid_at(NOW), period_end()
    states = tokens.KeyState

    assert tokens.state_of(kid, end - timedelta(days=91)) is states.NEXT
    assert tokens.state_of(kid, end - timedelta(days=90)) is states.ACTIVE
    assert tokens.state_of(kid, end - timedelta(seconds=1)) is states.ACTIVE
    assert tokens.state_of(kid, end) is states.VERIFY_ONLY
    assert tokens.state_of(kid, end + timedelta(minutes=14, seconds=59)) is states.VERIFY_ONLY
    assert tokens.state_of(kid, end + timedelta(minutes=15)) is states.RETIRED
    assert tokens.state_of(kid, end + timedelta(days=4000)) is states.RETIRED


def test_a_token_outlives_the_change_of_the_key_and_the_next_one_has_another_key(
    moment: Callable[[timedelta], None],
) -> None:
    before_end = period_end() - NOW - timedelta(seconds=60)
    moment(before_end)
    old = tokens.issue(uuid4(), uuid4(), clock.now(), ["pwd"], 10)

    moment(before_end + timedelta(seconds=120))
    new = tokens.issue(uuid4(), uuid4(), clock.now(), ["pwd"], 10)

    assert _reads(old)
    assert _reads(new)
    assert old.split(".")[0] != new.split(".")[0]


def test_the_next_key_signs_nothing_yet(moment: Callable[[timedelta], None]) -> None:
    following = tokens._kid_at(NOW + tokens.PERIOD)

    refused(signed(claims(), kid=following))


def test_a_key_signs_only_under_its_own_name(moment: Callable[[timedelta], None]) -> None:
    other = tokens._kid_at(NOW + tokens.PERIOD)
    header = {"alg": "HS256", "kid": tokens._kid_at(NOW), "typ": "at+jwt"}

    refused(signed(claims(), header=header, kid=other))


def test_a_new_root_key_ends_every_token_within_fifteen_minutes(
    key_file: Path, moment: Callable[[timedelta], None]
) -> None:
    old_file, old = key_file.read_text(), tokens._kid_at(NOW)
    try:
        keys.add_root_version(key_file)
        keys.forget()
        moment(timedelta(seconds=1))
        new = tokens.issue(uuid4(), uuid4(), clock.now(), ["pwd"], 10)

        assert _reads(new)
        assert tokens.state_of(old, NOW + timedelta(minutes=14)) is tokens.KeyState.VERIFY_ONLY
        assert tokens.state_of(old, NOW + timedelta(minutes=15)) is tokens.KeyState.RETIRED
    finally:
        key_file.write_text(old_file)
        keys.forget()
