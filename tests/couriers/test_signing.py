"""Signed webhooks: forged, outdated, doubled. What a receiver must tell apart."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.couriers import signing
from app.couriers.signing import Verdict, judge

NOW = datetime(2026, 3, 20, 8, tzinfo=UTC)
KEY, KEY_ID = "0f" * 32, "a1b2c3d4"
BODY = signing.body_of(UUID(int=1), "referral.accept", UUID(int=2), NOW)
SIGNED = signing.sign(KEY, KEY_ID, BODY, NOW)


def said(header: str = SIGNED, body: bytes = BODY, after: timedelta = timedelta(), key: str = KEY) -> Verdict:
    return judge({KEY_ID: key}, header, body, NOW + after, set())


def test_a_message_of_ours_is_new_once_and_a_retry_is_a_double() -> None:
    seen: set[str] = set()
    retried = signing.sign(KEY, KEY_ID, BODY, NOW + timedelta(hours=2))

    first = judge({KEY_ID: KEY}, SIGNED, BODY, NOW, seen)
    replayed = judge({KEY_ID: KEY}, SIGNED, BODY, NOW + timedelta(seconds=30), seen)
    again = judge({KEY_ID: KEY}, retried, BODY, NOW + timedelta(hours=2), seen)

    assert (first, replayed, again) == (Verdict.NEW, Verdict.DOUBLE, Verdict.DOUBLE)


@pytest.mark.parametrize("minutes", [-6, 6, 60 * 24])
def test_a_message_that_was_caught_is_worth_nothing_later(minutes: int) -> None:
    assert said(after=timedelta(minutes=minutes)) is Verdict.OUTDATED
    assert said(after=timedelta(minutes=4)) is Verdict.NEW


@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_no_byte_can_be_changed(place: int, by: int) -> None:
    changed = BODY[:place] + bytes([BODY[place] ^ by]) + BODY[place + 1 :]
    assert said(body=changed) is Verdict.FORGED


@pytest.mark.parametrize(
    "header",
    [
        *("", "v1=", SIGNED.upper(), SIGNED + "0", SIGNED.replace(KEY_ID, "deadbeef"), f"x{SIGNED}"),
        SIGNED.replace(f"t={int(NOW.timestamp())}", f"t={int(NOW.timestamp()) + 1}"),
        signing.sign("another", KEY_ID, BODY, NOW),
        signing.sign(KEY, KEY_ID, BODY + b" ", NOW),
    ],
)
def test_another_key_another_moment_or_another_form_is_forged(header: str) -> None:
    assert said(header) is Verdict.FORGED


def test_while_a_key_is_renewed_both_are_known() -> None:
    old_and_new = {KEY_ID: KEY, "new": "b" * 64}
    renewed = signing.sign("b" * 64, "new", BODY, NOW)
    assert judge(old_and_new, SIGNED, BODY, NOW, set()) is Verdict.NEW
    assert judge(old_and_new, renewed, BODY, NOW, set()) is Verdict.NEW


def test_a_message_names_what_happened_to_which_record_and_nothing_else() -> None:
    assert set(json.loads(BODY)) == {"id", "kind", "record_id", "created_at"}
