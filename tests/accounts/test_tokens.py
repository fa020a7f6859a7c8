"""Access tokens: everything that is not exactly a token of ours, now, is refused with the same answer."""

import hashlib
import hmac
import json
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st
from jose import jws
from jose.exceptions import JWSError
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


def test_a_token_of_ours_is_read() -> None:
    user, session = uuid4(), uuid4()

    read = tokens.read(tokens.issue(user, session, NOW - timedelta(hours=2), ["pwd"], 10))

    assert (read.sub, read.sid, read.amr) == (user, session, ("pwd",))
    assert read.exp - read.iat == 600
    assert read.auth_time == int(NOW.timestamp()) - 7200


def test_the_forge_of_these_tests_makes_good_tokens_when_nothing_is_wrong() -> None:
    """Else every refusal below would prove nothing."""
    assert tokens.read(signed(claims())).amr == ("pwd", "otp")


def test_a_token_says_nothing_of_roles_places_or_names() -> None:
    header, payload, _ = good().split(".")

    assert set(json.loads(_unb64(payload))) == {
        "iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "auth_time", "amr",
    }  # fmt: skip
    assert set(json.loads(_unb64(header))) == {"alg", "kid", "typ"}


def test_nobody_gets_a_token_for_longer_than_ten_minutes() -> None:
    read = tokens.read(tokens.issue(uuid4(), uuid4(), NOW, ["pwd"], 10_000))

    assert read.exp - read.iat == 600


def rsa_keys() -> dict[str, bytes]:
    public = rsa.generate_private_key(65537, 2048).public_key()
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    form, encoding = serialization.PublicFormat.SubjectPublicKeyInfo, serialization.Encoding
    return {
        "RSA PEM": public.public_bytes(encoding.PEM, form),
        "RSA DER": public.public_bytes(encoding.DER, form),
        "EC DER": curve.public_bytes(encoding.DER, form),
    }


@pytest.mark.parametrize("kind", ["RSA PEM", "RSA DER", "EC DER"])
def test_a_public_key_does_not_pass_as_a_secret(kind: str) -> None:
    refused(signed(claims(), key=rsa_keys()[kind]))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE"])
@pytest.mark.parametrize("signature", ["", "A" * 43, b64(b"x" * 32)])
def test_no_algorithm_is_no_signature(algorithm: str, signature: str) -> None:
    header = json.dumps(
        {"alg": algorithm, "kid": tokens._kid_at(NOW), "typ": "at+jwt"}, separators=(",", ":")
    )

    refused(f"{b64(header)}.{b64(json.dumps(claims()))}.{signature}")


KID = "PRESENT"
HEADERS: dict[str, Any] = {
    "HS512": {"alg": "HS512", "kid": KID, "typ": "at+jwt"},
    "HS384": {"alg": "HS384", "kid": KID, "typ": "at+jwt"},
    "RS256": {"alg": "RS256", "kid": KID, "typ": "at+jwt"},
    "ES256": {"alg": "ES256", "kid": KID, "typ": "at+jwt"},
    "no alg": {"kid": KID, "typ": "at+jwt"},
    "no kid": {"alg": "HS256", "typ": "at+jwt"},
    "unknown kid": {"alg": "HS256", "kid": "9-9", "typ": "at+jwt"},
    "kid of a path": {"alg": "HS256", "kid": "../../etc/passwd", "typ": "at+jwt"},
    "kid that is a number": {"alg": "HS256", "kid": 1, "typ": "at+jwt"},
    "no typ": {"alg": "HS256", "kid": KID},
    "typ JWT": {"alg": "HS256", "kid": KID, "typ": "JWT"},
    "typ in capitals": {"alg": "HS256", "kid": KID, "typ": "AT+JWT"},
    "crit": {"alg": "HS256", "crit": ["exp"], "kid": KID, "typ": "at+jwt"},
    "b64 false": {"alg": "HS256", "b64": False, "kid": KID, "typ": "at+jwt"},
    "key inside": {"alg": "HS256", "jwk": {"kty": "oct", "k": "AA"}, "kid": KID, "typ": "at+jwt"},
    "key elsewhere": {"alg": "HS256", "jku": "http://example.org", "kid": KID, "typ": "at+jwt"},
    "zip": {"alg": "HS256", "kid": KID, "typ": "at+jwt", "zip": "DEF"},
    "no object": "[]",
    "a string": '"HS256"',
    "empty": "{}",
    "nothing": "",
    "not JSON": "{alg:HS256}",
    "alg twice": '{"alg":"none","alg":"HS256","kid":"PRESENT","typ":"at+jwt"}',
    "spaces": '{"alg": "HS256", "kid": "PRESENT", "typ": "at+jwt"}',
    "other order": '{"typ":"at+jwt","kid":"PRESENT","alg":"HS256"}',
    "1000 nested lists": "[" * 1000,
    "1000 nested objects": '{"a":' * 600,
    "a byte order mark": '\ufeff{"alg":"HS256","kid":"PRESENT","typ":"at+jwt"}',
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS.keys())
def test_another_header_is_refused_even_with_the_right_key(header: Any) -> None:
    kid = tokens._kid_at(NOW)
    text = header if isinstance(header, str) else json.dumps(header, separators=(",", ":"))

    refused(signed(claims(), header=text.replace(KID, kid)))


def test_the_nested_header_that_makes_jose_itself_fall_over_is_an_ordinary_refusal() -> None:
    token = f"{b64('[' * 1000)}.e30.{b64(bytes(32))}"

    with pytest.raises(RecursionError if sys.version_info < (3, 12) else JWSError):
        jws.verify(token, "key", ["HS256"])
    refused(token)


SECOND = int(NOW.timestamp())
CLAIMS: dict[str, dict[str, Any]] = {
    **{f"no {name}": {name: ...} for name in claims()},
    **{f"null {name}": {name: None} for name in claims()},
    "another issuer": {"iss": "elsewhere"},
    "another audience": {"aud": "other-api"},
    "a list of audiences": {"aud": ["dayaq-api"]},
    "audience by prefix": {"aud": "dayaq-api.evil"},
    "sub is a name": {"sub": "amina"},
    "sub is a number": {"sub": 1},
    "sub in capitals": {"sub": "AAAAAAAA-AAAA-4AAA-8AAA-AAAAAAAAAAAA"},
    "sub without hyphens": {"sub": uuid4().hex},
    "sub as urn": {"sub": uuid4().urn},
    "sid empty": {"sid": ""},
    "exp is true": {"exp": True},
    "exp is text": {"exp": str(SECOND + 60)},
    "exp is a fraction": {"exp": SECOND + 60.5},
    "exp is a whole fraction": {"exp": float(SECOND + 60)},
    "exp is a list": {"exp": [SECOND + 60]},
    "exp far away": {"exp": SECOND + 601},
    "exp huge": {"exp": 10**400},
    "exp negative": {"exp": -1},
    "exp past": {"iat": SECOND - 700, "nbf": SECOND - 700, "exp": SECOND - 100, "auth_time": SECOND - 700},
    "exp now": {"iat": SECOND - 600, "nbf": SECOND - 600, "exp": SECOND, "auth_time": SECOND - 700},
    "exp before iat": {"exp": SECOND - 1},
    "nbf in a minute": {"iat": SECOND + 60, "nbf": SECOND + 60, "exp": SECOND + 600},
    "nbf in a second": {"iat": SECOND + 1, "nbf": SECOND + 1, "exp": SECOND + 600},
    "iat in the future": {"iat": SECOND + 60},
    "iat is true": {"iat": True},
    "auth in the future": {"auth_time": SECOND + 60},
    "auth is text": {"auth_time": "now"},
    "no proof": {"amr": []},
    "unknown proof": {"amr": ["pwd", "face"]},
    "proof is text": {"amr": "pwd"},
    "a role inside": {"role": "administrator"},
    "a scope inside": {"scope": "all"},
}


@pytest.mark.parametrize("changes", CLAIMS.values(), ids=CLAIMS.keys())
def test_wrong_claims_are_refused_even_with_the_right_key(changes: dict[str, Any]) -> None:
    refused(signed(claims(**changes)))


def spelt(text: str) -> str:
    return json.dumps(claims(), separators=(",", ":")).replace('"aud":"dayaq-api"', text)


BODIES = {
    "a claim twice": spelt('"aud":"other","aud":"dayaq-api"'),
    "the same claim twice": spelt('"aud":"dayaq-api","aud":"dayaq-api"'),
    "a space": spelt('"aud": "dayaq-api"'),
    "an escape": spelt('"aud":"\\u0064ayaq-api"'),
    "NaN": spelt('"aud":NaN'),
    "other order": json.dumps(dict(sorted(claims().items())), separators=(",", ":")),
    "a list": "[]",
    "text": '"sub"',
    "a number": "1",
    "null": "null",
    "true": "true",
    "not JSON": "sub=1",
    "cut off": json.dumps(claims())[:-1],
    "more after it": json.dumps(claims(), separators=(",", ":")) + "{}",
    "1000 nested": "[" * 1000,
    "a lone surrogate": spelt('"aud":"\\ud800"'),
    "NUL": spelt('"aud":"dayaq-api\\u0000"'),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_another_spelling_of_the_claims_is_refused_even_with_the_right_key(body: str) -> None:
    refused(signed(body))


def test_every_single_changed_character_is_refused() -> None:
    token = good()

    for place, was in enumerate(token):
        for other in "AQgw_.=é":
            if other != was:
                refused(token[:place] + other + token[place + 1 :])


def test_a_second_spelling_of_the_same_signature_is_refused() -> None:
    token = good()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    passing = [last for last in alphabet if _reads(token[:-1] + last)]

    assert passing == [token[-1]]


def _reads(token: str) -> bool:
    try:
        tokens.read(token)
    except Unknown:
        return False
    return True


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "a.b.c", "a.b.c.d", "Bearer x", " ", "\x00", "\ud800", "İ.ı.ə", "A" * 4097, "." * 4097],
)
def test_what_is_no_token_is_refused(token: str) -> None:
    refused(token)


def test_a_token_of_more_than_four_kilobytes_is_refused_before_it_is_looked_at() -> None:
    long = signed(claims(sub="x" * 10_000_000))

    began = time.perf_counter()
    refused(long)

    assert time.perf_counter() - began < 0.01


def test_a_token_with_room_for_padding_is_refused_by_its_length_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    token = good()
    monkeypatch.setattr(tokens, "LONGEST_TOKEN", len(token))
    assert _reads(token)

    monkeypatch.setattr(tokens, "LONGEST_TOKEN", len(token) - 1)
    refused(token)


@given(st.text(max_size=200), st.text(max_size=200), st.binary(max_size=64))
def test_no_random_token_is_read_and_none_falls_over(header: str, payload: str, signature: bytes) -> None:
    head, body = header.encode("utf-8", "replace"), payload.encode("utf-8", "replace")
    refused(f"{b64(head)}.{b64(body)}.{b64(signature)}")
    refused(f"{header}.{payload}")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=10,
    )
)
def test_no_random_claims_are_read_even_with_the_right_key(payload: Any) -> None:
    refused(signed(payload))
    for name in ("exp", "sub", "amr"):
        refused(signed(claims(**{name: payload})))
