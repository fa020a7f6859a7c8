"""Telephone numbers, kept as E.164. What is no number is refused, and never repeated in the refusal."""

import re
from typing import Annotated

import phonenumbers
from phonenumbers import PhoneNumberFormat
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

REGION = "AZ"
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069]")  # copied along with a number
_WRITTEN = re.compile(r"[+\uff0b]?[\d\s()./\u2010-\u2015-]+")
_COUNTRY_AFTER_TRUNK = re.compile(r"0(994\d{9})")  # 0994501234567: the trunk 0, then the whole number


def e164(text: str, region: str = REGION) -> str:
    """The number as +, country and national digits. Without a country it is read as dialled in `region`."""
    text = _UNSEEN.sub("", text).strip()
    if not _WRITTEN.fullmatch(text):  # letters and extensions: the library would guess at them
        raise _refusal()
    digits = re.sub(r"\D", "", text)
    doubled = _COUNTRY_AFTER_TRUNK.fullmatch(digits) if region == REGION else None
    try:
        number = phonenumbers.parse(f"+{doubled[1]}" if doubled else text, region)
    except phonenumbers.NumberParseException:
        raise _refusal() from None
    if not phonenumbers.is_valid_number(number):
        raise _refusal()
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def shown(number: str) -> str:
    """A kept number as people of its country write it, with the country unless it is ours."""
    parsed = phonenumbers.parse(number)
    home = phonenumbers.region_code_for_number(parsed) == REGION
    style = PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, style)


def masked(number: str) -> str:
    """A kept number with only its last two digits to be seen."""
    return "•" * (len(number) - 2) + number[-2:]


def _refusal() -> PydanticCustomError:
    return PydanticCustomError("not_a_phone_number", "Not a telephone number in use")


Phone = Annotated[
    str,
    Field(min_length=3, max_length=40, json_schema_extra={"format": "phone", "examples": ["+994501234567"]}),
    AfterValidator(e164),
]
"""A number as people write it; held as E.164."""
