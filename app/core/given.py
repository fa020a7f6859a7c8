"""What clients send: no field that we do not know, no text, number or date that cannot be stored and shown.

Each type says its whole rule in its JSON schema too, so that a generated client knows what the server takes.
Numbers and flags are strict (no `"5"`, no `1` for true): use them in bodies, not in query strings.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

# Unicode control characters, and the marks that turn the reading direction of what follows (a forged line).
_ALWAYS_REFUSED = r"\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069"
_CONTROL = r"\u0000-\u001f" + _ALWAYS_REFUSED
_CONTROL_BUT_LINES = r"\u0000-\u0008\u000b\u000c\u000e-\u001f" + _ALWAYS_REFUSED
# What shows nothing: a text of these alone is no text. (Named one by one: \s differs between regex dialects.)
_INVISIBLE = (
    r"\u0009\u000a\u000d\u0020\u00a0\u00ad\u1680\u180e\u2000-\u200f\u202f\u205f\u2060\u2800\u3000\u3164\ufeff"
)


def _visible(control: str) -> str:
    """A regular expression: no character of `control`, and at least one that shows."""
    return f"^[^{control}]*[^{control}{_INVISIBLE}][^{control}]*$"


LINE = _visible(_CONTROL)
LINES = _visible(_CONTROL_BUT_LINES)

_DAYS = (
    r"(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)"
    r"|02-(?:0[1-9]|1\d|2[0-8])"
)
_YEARS = r"(?:19\d\d|20\d\d|2100)"
_LEAP_DAYS = r"(?:19(?:0[48]|[2468][048]|[13579][26])|20(?:[02468][048]|[13579][26]))-02-29"
_DATE = f"(?:{_YEARS}-(?:{_DAYS})|{_LEAP_DAYS})"
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)"
DATE = f"^{_DATE}$".replace(r"\d", "[0-9]")
INSTANT = f"^{_DATE}T{_TIME}$".replace(r"\d", "[0-9]")


class Given(BaseModel):
    """The base of everything that comes in. An error of it never quotes what was sent."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


def _text(pattern: str, longest: int) -> Callable[[str], str]:
    """A check that text shows, stores and fits, and its NFC form without blanks at the ends."""
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise PydanticCustomError("not_plain_text", "Blank, or with a character that cannot be shown")
        composed = unicodedata.normalize("NFC", value.replace("\r\n", "\n")).strip()
        if len(composed) > longest:  # a few characters grow when composed
            raise PydanticCustomError("string_too_long", "Too long")
        return composed

    return check


def _line(longest: int) -> AfterValidator:
    return AfterValidator(_text(LINE, longest))


def _lines(longest: int) -> AfterValidator:
    return AfterValidator(_text(LINES, longest))


def _bounds(longest: int, pattern: str) -> Any:
    return Field(min_length=1, max_length=longest, json_schema_extra={"pattern": pattern})


Reference = Annotated[str, _bounds(60, LINE), _line(60)]
"""A number or code of somebody else's system, on one line."""
Name = Annotated[str, _bounds(100, LINE), _line(100)]
"""One name of a person, on one line."""
ShortText = Annotated[str, _bounds(200, LINE), _line(200)]
"""One line."""
Text = Annotated[str, _bounds(1000, LINES), _lines(1000)]
"""A paragraph."""
LongText = Annotated[str, _bounds(4000, LINES), _lines(4000)]
"""A page."""


def _whole(value: object) -> object:
    """JSON knows no difference between 1 and 1.0, so neither do we."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _integer(least: int, most: int) -> Any:
    return Field(strict=True, ge=least, le=most)


Flag = Annotated[bool, Field(strict=True)]
Count = Annotated[int, _integer(0, 1_000_000), BeforeValidator(_whole)]
Percent = Annotated[int, _integer(0, 100), BeforeValidator(_whole)]
Age = Annotated[int, _integer(0, 130), BeforeValidator(_whole)]
"""Whole years."""
Year = Annotated[int, _integer(1900, 2100), BeforeValidator(_whole)]
Version = Annotated[int, _integer(1, 2_147_483_647), BeforeValidator(_whole)]
"""The version of a record, as a PostgreSQL integer holds it."""
Weekday = Annotated[int, _integer(1, 7), BeforeValidator(_whole)]
"""ISO: 1 is Monday."""
Latitude = Annotated[float, Field(strict=True, ge=-90, le=90, allow_inf_nan=False)]
"""Degrees, WGS 84."""
Longitude = Annotated[float, Field(strict=True, ge=-180, le=180, allow_inf_nan=False)]
"""Degrees, WGS 84."""
Measure = Annotated[float, Field(strict=True, ge=0, le=1_000_000, allow_inf_nan=False)]
"""A measured amount, in the unit its field names."""


def _day(value: object) -> date:
    """A calendar date; a moment, a number of seconds or a week date is none."""
    if isinstance(value, str) and re.fullmatch(DATE, value):
        return date.fromisoformat(value)
    if isinstance(value, date) and not isinstance(value, datetime) and 1900 <= value.year <= 2100:
        return value
    raise PydanticCustomError("not_a_date", "Not a date between 1900-01-01 and 2100-12-31, as YYYY-MM-DD")


def _moment(value: object) -> datetime:
    """A moment with its offset from UTC, turned to UTC."""
    if isinstance(value, str) and re.fullmatch(INSTANT, value):
        return datetime.fromisoformat(value).astimezone(UTC)
    if isinstance(value, datetime) and value.tzinfo and 1900 <= value.year <= 2100:
        return value.astimezone(UTC)
    raise PydanticCustomError("not_an_instant", "Not a moment as RFC 3339 with Z or an offset, 1900 to 2100")


MONEY = "^[0-9]{1,10}([.][0-9]{1,2})?$"


def _money(value: object) -> Decimal:
    """An amount as it is written: a number of JSON would not keep its hundredths."""
    if isinstance(value, Decimal) or (isinstance(value, str) and re.fullmatch(MONEY, value)):
        return Decimal(value).quantize(Decimal("0.01"))
    raise PydanticCustomError("not_money", "Not an amount as a text of digits, with two after the point")


Amount = Annotated[
    Decimal, BeforeValidator(_money), Field(gt=0), WithJsonSchema({"type": "string", "pattern": MONEY})
]
"""Money, in the currency that its neighbour names: more than nothing, up to ten digits before the point."""
Day = Annotated[date, BeforeValidator(_day), Field(json_schema_extra={"pattern": DATE})]
"""1900-01-01 to 2100-12-31."""
Instant = Annotated[AwareDatetime, BeforeValidator(_moment), Field(json_schema_extra={"pattern": INSTANT})]
"""1900 to 2100, kept in UTC."""
