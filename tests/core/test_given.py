"""What comes in: nothing unknown, nothing that cannot be stored, and the schema says so."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter, ValidationError

from app.core import given as types
from app.core.given import (
    Age,
    Count,
    Day,
    Flag,
    Given,
    Instant,
    Latitude,
    Longitude,
    LongText,
    Measure,
    Name,
    Percent,
    Reference,
    ShortText,
    Text,
    Version,
    Year,
)

ONE_LINE = {"Reference": (Reference, 60), "Name": (Name, 100), "ShortText": (ShortText, 200)}
LINES = {"Text": (Text, 1000), "LongText": (LongText, 4000)}
UNSAFE = ["\0", "\x01", "\x08", "\x0b", "\x1b", "\x1f", "\x7f", "\x85", "\x9f", "\u2028", "\u202e", "\u2066"]
BLANK = ["", " ", "\t", "\n \n", "\u00a0", "\u200b", "\ufeff", "\u3000", "\u2800", "\u00ad\u2060"]


def _code(kind: Any, sent: object) -> str:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(sent)
    return refused.value.errors(include_url=False)[0]["type"]


def _takes(kind: Any, sent: object) -> bool:
    try:
        TypeAdapter(kind).validate_python(sent)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(("kind", "longest"), (ONE_LINE | LINES).values(), ids=ONE_LINE | LINES)
def test_text_shows_stores_and_fits(kind: Any, longest: int) -> None:
    text = TypeAdapter(kind)

    assert text.validate_python("  Şəhla \u00a0") == "Şəhla"
    assert text.validate_python("S\u0327əhla") == "Şəhla"
    assert text.validate_python("a" * longest) == "a" * longest
    assert _code(kind, "a" * (longest + 1)) == "string_too_long"
    assert _code(kind, "\U0001d160" * longest) == "string_too_long"  # three characters each when composed
    assert _code(kind, "a\ud800") == "string_unicode"
    assert all(_code(kind, f"a{sign}b") == "not_plain_text" for sign in UNSAFE)
    assert all(_code(kind, blank) in {"not_plain_text", "string_too_short"} for blank in BLANK)
    assert all(_code(kind, other).startswith("string_") for other in (None, 1, True, ["a"], {"a": 1}))


@pytest.mark.parametrize("kind", [kind for kind, _ in ONE_LINE.values()], ids=ONE_LINE)
def test_one_line_is_one_line(kind: Any) -> None:
    assert {_code(kind, f"a{sign}b") for sign in "\n\r\t"} == {"not_plain_text"}


@pytest.mark.parametrize("kind", [kind for kind, _ in LINES.values()], ids=LINES)
def test_lines_end_alike_wherever_they_were_written(kind: Any) -> None:
    assert TypeAdapter(kind).validate_python("a\r\n\tb\nc") == "a\n\tb\nc"


@pytest.mark.parametrize("kind", [ShortText, LongText])
@given(sent=st.text(max_size=30) | st.text("\n\t \u200bab\x07", max_size=8) | st.none() | st.integers())
@example(sent="a\n")
def test_schema_and_server_judge_text_alike(kind: Any, sent: object) -> None:
    schema = jsonschema_rs.validator_for(TypeAdapter(kind).json_schema())

    assert schema.is_valid(sent) == _takes(kind, sent)


@pytest.mark.parametrize("pattern", ["LINE", "LINES"])
@settings(max_examples=200)
@given(data=st.data())
def test_what_a_client_makes_from_the_pattern_is_taken(pattern: str, data: st.DataObject) -> None:
    made = data.draw(st.from_regex(getattr(types, pattern)).filter(lambda text: len(text) <= 60))

    assert _takes(ShortText if pattern == "LINE" else LongText, made.removesuffix("\n") or made)


def test_an_unknown_field_is_refused_and_no_error_quotes_its_input() -> None:
    class Form(Given):
        note: Text = Field(default="-", description="What was seen")
        when: Day | None = None

    for sent in ({"note": "x", "role": "Leyla"}, {"note": "Leyla\0"}, {"when": "Leyla"}, {"note": ["Leyla"]}):
        with pytest.raises(ValidationError) as refused:
            Form.model_validate(sent)
        assert "Leyla" not in str(refused.value)
    with pytest.raises(ValidationError) as refused:
        Form.model_validate({"note": "x", "role": "admin"})
    assert refused.value.errors()[0]["type"] == "extra_forbidden"
    assert Form.model_json_schema()["additionalProperties"] is False


@pytest.mark.parametrize(
    ("kind", "least", "most"),
    [(Count, 0, 1_000_000), (Percent, 0, 100), (Age, 0, 130), (Year, 1900, 2100), (Version, 1, 2**31 - 1)],
)
def test_whole_numbers_are_bounded_and_strict(kind: Any, least: int, most: int) -> None:
    number = TypeAdapter(kind)
    schema = number.json_schema()

    assert (schema["type"], schema["minimum"], schema["maximum"]) == ("integer", least, most)
    assert [number.validate_python(value) for value in (least, most, float(most))] == [least, most, most]
    for wrong in (least - 1, most + 1, str(most), True, None, 1.5, float("nan"), float("inf"), 10**400):
        assert not _takes(kind, wrong)


@pytest.mark.parametrize(
    ("kind", "least", "most"), [(Latitude, -90, 90), (Longitude, -180, 180), (Measure, 0, 1_000_000)]
)
def test_measured_numbers_are_bounded_finite_and_strict(kind: Any, least: int, most: int) -> None:
    assert [TypeAdapter(kind).validate_python(value) for value in (least, most)] == [least, most]
    for wrong in (
        least - 1e-9,
        most + 1e-9,
        "1",
        True,
        None,
        float("nan"),
        float("inf"),
        -float("inf"),
        10**400,
    ):
        assert not _takes(kind, wrong)


def test_a_flag_is_true_or_false_and_no_word_for_it() -> None:
    assert TypeAdapter(Flag).validate_python(True) is True
    assert not any(_takes(Flag, wrong) for wrong in ("true", "yes", 1, 0, "", None))


def test_every_day_from_1900_to_2100_is_a_day_and_nothing_else_is() -> None:
    day, pattern = TypeAdapter(Day), re.compile(types.DATE)
    every = {(date(1900, 1, 1) + timedelta(n)).isoformat() for n in range(73_414)}
    assert max(every) == "2100-12-31"

    for year in (*range(1899, 2102), 0, 9999):
        for month in range(14):
            for number in range(33) if year % 100 in {0, 1, 4} else (0, 1, 28, 29, 30, 31, 32):
                text = f"{year:04}-{month:02}-{number:02}"
                assert bool(pattern.fullmatch(text)) == (text in every), text
    assert all(day.validate_python(text).isoformat() == text for text in every)


@pytest.mark.parametrize(
    "wrong",
    ["2021-02-29", "2100-02-29", "1899-12-31", "2101-01-01", "0000-01-01", "9999-12-31", "275760-09-13",
     "2021-6-1", "20210601", "2021-W01-1", "2021-06-01T00:00:00", "2021-06-01\n", " 2021-06-01", "01.06.2021",
     "٢٠٢١-٠٦-٠١", 1622505600, 1622505600.0, True, None, "", "2021-06", datetime(2021, 6, 1, tzinfo=UTC),
     date(1899, 12, 31)],
)  # fmt: skip
def test_what_is_no_day_is_refused(wrong: object) -> None:
    assert _code(Day, wrong) == "not_a_date"


def test_a_moment_is_kept_in_utc() -> None:
    moment = TypeAdapter(Instant)

    assert moment.validate_python("2026-11-23T22:30:00+04:00") == datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
    assert moment.validate_python("2026-11-23T18:30:00.123456Z").utcoffset() == timedelta(0)
    assert moment.validate_python(datetime(2026, 11, 23, tzinfo=UTC)).tzinfo is UTC
    assert (
        moment.validate_python("1900-01-01T00:00:00+23:59").year == 1899
    )  # the offset may step over the edge


@pytest.mark.parametrize(
    "wrong",
    ["2026-11-23T18:30:00", "2026-11-23", "2026-11-23T24:00:00Z", "2026-11-23T18:60:00Z",
     "2026-11-23T18:30:61Z", "2026-11-23T18:30Z", "2026-11-23 18:30:00Z", "2026-11-23T18:30:00+24:00",
     "275760-09-13T00:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2021-02-29T00:00:00Z",
     1763922600, None, "now", "2026-11-23T18:30:00Z\n", datetime(2026, 11, 23), date(2026, 11, 23)],  # noqa: DTZ001
)  # fmt: skip
def test_what_is_no_moment_is_refused(wrong: object) -> None:
    assert _code(Instant, wrong) == "not_an_instant"


@given(st.datetimes(datetime(1900, 1, 2), datetime(2100, 12, 30)), st.integers(-1439, 1439))  # noqa: DTZ001
def test_schema_and_server_judge_moments_alike(local: datetime, offset: int) -> None:
    sign, hours, minutes = "-+"[offset >= 0], *divmod(abs(offset), 60)
    sent = f"{local.isoformat()}{sign}{hours:02}:{minutes:02}"

    assert re.fullmatch(types.INSTANT, sent)
    assert _takes(Instant, sent)
