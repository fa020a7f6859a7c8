"""When somebody is told: quiet hours, the daily letter, tries. And that every kind of message has a name."""

import ast
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cases.states import CASE
from app.codelists import lists
from app.core.errors import Invalid
from app.core.ids import new_id
from app.couriers import letters, rules
from app.couriers.models import Channel, Preference
from app.couriers.schemas import WritePreference
from app.referrals.states import REFERRAL
from app.statistics.states import RELEASE

ROOT = Path(__file__).parents[2] / "app"
ZONE = "Asia/Baku"  # four hours before UTC
NOON = datetime(2026, 3, 20, 8, tzinfo=UTC)
EVERYTHING = list(Channel)
ADDRESSES: dict[str, Any] = {"email": b"x", "phone": b"x"}


def wants(**said: Any) -> Preference:
    return Preference(user_id=new_id(), **ADDRESSES | said)


@pytest.mark.parametrize(
    ("local", "begins", "ends", "expected"),
    [
        ("12:00", "22:00", "07:00", "12:00"),
        ("22:00", "22:00", "07:00", "07:00"),
        ("23:59", "22:00", "07:00", "07:00"),
        ("03:00", "22:00", "07:00", "07:00"),
        ("07:00", "22:00", "07:00", "07:00"),
        ("06:59", "22:00", "07:00", "07:00"),
        ("13:30", "13:00", "14:00", "14:00"),
        ("12:59", "13:00", "14:00", "12:59"),
    ],
)
def test_quiet_hours_put_a_message_off_until_they_end(
    local: str, begins: str, ends: str, expected: str
) -> None:
    clock = time.fromisoformat
    now = datetime.combine(NOON.date(), clock(local), UTC) - timedelta(hours=4)

    later = rules.after_quiet(now, clock(begins), clock(ends), ZONE)

    assert f"{later + timedelta(hours=4):%H:%M}" == expected
    assert timedelta() <= later - now < timedelta(days=1)


@given(
    st.integers(1_700_000_000, 1_900_000_000),
    st.times(),
    st.times(),
    st.sampled_from([ZONE, "Europe/Berlin"]),
)
def test_whatever_the_quiet_hours_a_message_is_late_by_less_than_a_day_and_an_hour(
    seconds: int, begins: time, ends: time, zone: str
) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    later = rules.after_quiet(moment, begins, ends, zone)
    assert timedelta() <= later - moment <= timedelta(hours=25)
    assert rules.next_at(moment, begins, zone) > moment


def test_no_quiet_hours_no_wait() -> None:
    assert rules.after_quiet(NOON, None, None, ZONE) == NOON


def test_each_kind_goes_by_the_ways_that_were_asked_for() -> None:
    asked = wants(
        email_kinds=["referral_accept"], daily_kinds=["task_raise"], text_kinds=["referral_accept", "other"]
    )

    def ways(code: str, ways: list[Channel] = EVERYTHING) -> list[tuple[str, bool]]:
        return [(one.channel.value, one.daily) for one in rules.plan(asked, code, NOON, ZONE, ways)]

    assert ways("referral_accept") == [("email", False), ("text", False)]
    assert ways("task_raise") == [("email", True)]
    assert ways("other") == [("text", False)]
    assert ways("referral_send") == []
    assert ways("referral_accept", [Channel.WEBHOOK]) == []
    assert rules.plan(asked, "task_raise", NOON, ZONE, EVERYTHING)[0].due_at == datetime(
        2026, 3, 21, 4, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("wakes", "kind", "waits"),
    [(True, "referral_escalate", 0), (True, "referral_accept", 1), (False, "referral_escalate", 1)],
)
def test_only_what_is_urgent_wakes_who_asked_for_it(wakes: bool, kind: str, waits: int) -> None:
    asked = wants(email_kinds=[kind], quiet_from=time(11), quiet_until=time(13), wakes_for_urgent=wakes)
    [planned] = rules.plan(asked, kind, NOON, ZONE, EVERYTHING)
    assert planned.due_at == NOON + timedelta(hours=waits)


def test_what_fails_is_tried_again_later_and_later_and_then_given_up() -> None:
    tries = [rules.next_try(n, NOON) for n in range(1, len(rules.BACK_OFF) + 2)]
    waits = [moment - NOON for moment in tries if moment]
    assert waits == sorted(waits) == list(rules.BACK_OFF)
    assert tries[-1] is None


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"email_kinds": ["other"]}, "/email"),
        ({"daily_kinds": ["other"]}, "/email"),
        ({"text_kinds": ["other"]}, "/phone"),
        ({"quiet_from": time(22)}, "/quiet_until"),
        ({"quiet_until": time(7)}, "/quiet_from"),
        ({"email": "a@b.org", "email_kinds": ["other"], "daily_kinds": ["other"]}, "/daily_kinds"),
    ],
)
def test_a_way_needs_its_address_and_is_asked_for_once(said: dict[str, Any], pointer: str) -> None:
    whole = WritePreference().model_dump()
    with pytest.raises(Invalid) as refused:
        rules.need_whole(whole | said)
    assert [error["pointer"] for error in refused.value.facts["errors"]] == [pointer]


def kinds() -> set[str]:
    """Every kind of message in the code: as it stands there, and by the moves of the state tables."""
    found = {
        node.args[-2].value
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {"tell_person", "tell_facility"}
        if isinstance(node.args[-2], ast.Constant)
    }
    for table in (CASE, REFERRAL, RELEASE):
        found |= {f"{table.name}.{move.action.value}" for move in table.moves if move.tells}
    assert len(found) > 25, "a rule that looks at nothing proves nothing"
    return {str(kind) for kind in found}


def test_every_kind_of_message_has_its_line_and_an_unknown_one_is_another() -> None:
    assert {kind for kind in kinds() if rules.code_of(kind) == rules.OTHER} == set()
    assert rules.code_of("volcano.erupt") == rules.OTHER


@pytest.mark.parametrize("language", lists.LANGUAGES)
def test_letters_name_kinds_in_the_readers_language_and_nothing_else(language: lists.Language) -> None:
    codes = ["referral_accept", "task_raise", "task_raise"]
    letter = letters.letter(codes, language, "https://dayaq.example.org")
    assert f"- {lists.label(rules.LIST, 'task_raise', language)} (2)" in letter
    assert "https://dayaq.example.org" in letter
    assert "(3)" in letters.subject(codes, language)
    assert lists.label(rules.LIST, "referral_accept", language) in letters.text("referral_accept", language)
    assert "http" not in letters.text("referral_accept", language)
