"""The second factor: a code serves once, near its own half minute; a recovery code serves once."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlparse

import pyotp
import pytest

from app.accounts import totp

NOW = datetime(2026, 11, 23, 12, 0, 10, tzinfo=UTC)
STEP = int(NOW.timestamp()) // 30


def code(secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(NOW.timestamp() + steps * 30)


def test_the_codes_are_those_of_rfc_6238() -> None:
    """Appendix B, SHA-1, the last six of its eight digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for second, expected in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        at = datetime.fromtimestamp(second, UTC)
        assert totp.step_of(secret, expected, at, last_step=-1) == second // 30


def test_the_present_code_and_its_two_neighbours_are_accepted() -> None:
    secret = totp.new_secret()

    for steps in (-1, 0, 1):
        assert totp.step_of(secret, code(secret, steps), NOW, 0) == STEP + steps


@pytest.mark.parametrize("steps", [-20, -3, -2, 2, 3, 20])
def test_a_code_of_another_time_is_refused(steps: int) -> None:
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

    assert totp.step_of(secret, code(secret, steps), NOW, 0) is None


def test_a_code_serves_once_and_so_does_none_before_it() -> None:
    secret = totp.new_secret()
    used = totp.step_of(secret, code(secret), NOW, 0)
    assert used == STEP

    assert totp.step_of(secret, code(secret), NOW, used) is None
    assert totp.step_of(secret, code(secret), NOW + timedelta(seconds=15), used) is None
    assert totp.step_of(secret, code(secret, -1), NOW, used) is None
    assert totp.step_of(secret, code(secret, 1), NOW, used) == STEP + 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12345",
        "1234567",
        " 123456",
        "123456\n",
        "12345a",
        "-12345",
        "1e5",
        "１２３４５６",
        "١٢٣٤٥٦",
        "\ud800" * 6,
    ],
)
def test_what_is_not_six_plain_digits_is_refused(text: str) -> None:
    secret = totp.new_secret()

    assert totp.step_of(secret, text, NOW, 0) is None


def test_the_same_digits_in_another_script_do_not_pass_as_the_code() -> None:
    secret = totp.new_secret()
    wide = code(secret).translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})

    assert totp.step_of(secret, wide, NOW, 0) is None


def test_a_secret_has_160_random_bits_and_no_two_are_alike() -> None:
    secrets = {totp.new_secret() for _ in range(100)}

    assert len(secrets) == 100
    assert all(re.fullmatch(r"[A-Z2-7]{32}", secret) for secret in secrets)


def test_the_address_for_the_app_names_the_service_the_person_and_the_secret() -> None:
    secret = totp.new_secret()

    address = urlparse(totp.uri(secret, "kamran@clinic.az"))

    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert address.path == "/Dayaq:kamran%40clinic.az"
    assert parse_qs(address.query) == {"secret": [secret], "issuer": ["Dayaq"]}


def test_there_are_ten_recovery_codes_of_120_bits() -> None:
    codes = totp.new_recovery_codes()

    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"([A-HJ-NP-Z2-9]{4}-){5}[A-HJ-NP-Z2-9]{4}", code) for code in codes)
    assert len(totp._ALPHABET) == len(set(totp._ALPHABET)) == 32
    assert not set("IO01") & set(totp._ALPHABET)


def test_a_recovery_code_is_spent_once_and_the_others_stay() -> None:
    codes = totp.new_recovery_codes()
    hashes = [totp.recovery_hash(code) for code in codes]

    left = totp.spend(codes[3], hashes)

    assert left == hashes[:3] + hashes[4:]
    assert totp.spend(codes[3], left) is None
    assert totp.spend(codes[4], left) == hashes[:3] + hashes[5:]


def test_a_recovery_code_may_be_typed_small_and_without_hyphens() -> None:
    codes = totp.new_recovery_codes()
    hashes = [totp.recovery_hash(code) for code in codes]

    for typed in (codes[0].lower(), codes[0].replace("-", ""), f"  {codes[0].replace('-', ' ')} "):
        assert totp.spend(typed, hashes) == hashes[1:]


@pytest.mark.parametrize("wrong", ["", "-", "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA", "\ud800", "x" * 1000])
def test_a_wrong_recovery_code_spends_nothing(wrong: str) -> None:
    hashes = [totp.recovery_hash(code) for code in totp.new_recovery_codes()]

    assert totp.spend(wrong, hashes) is None
    assert totp.spend(hashes[0], hashes) is None, "the stored hash itself is no code"
    assert totp.spend(wrong, []) is None
