"""Telephone numbers: what people write becomes E.164, what is no number is refused without repeating it."""

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from app.core.given import Given
from app.core.phones import Phone, e164, masked, shown

MOBILE = ["10", "40", "44", "50", "51", "55", "60", "70", "77", "99"]


@pytest.mark.parametrize(
    "written",
    [
        "050 123 45 67",
        "0501234567",
        "50 123 45 67",
        "(050) 123-45-67",
        "+994501234567",
        "+994 50 123 45 67",
        "+994 (0)50 123 45 67",
        "00994501234567",
        "994501234567",
        "0994501234567",  # the country after the trunk 0
        "0 994 50 123 45 67",
        "050\u00a0123\u201145\u201167",  # no-break space and hyphens, as copied from a page
        "\u202a+994 50 123 45 67\u202c",  # marks of direction, as copied from a telephone
        "＋994501234567",
        "٠٥٠١٢٣٤٥٦٧",
        " 050.123.45.67 ",
    ],
)
def test_every_way_to_write_a_number_is_one_number(written: str) -> None:
    assert e164(written) == "+994501234567"


@pytest.mark.parametrize("prefix", MOBILE)
def test_every_mobile_prefix_in_use_is_taken(prefix: str) -> None:
    assert e164(f"0{prefix} 234 56 78") == f"+994{prefix}2345678"


def test_fixed_lines_and_other_countries_are_taken() -> None:
    assert e164("012 498 12 34") == "+994124981234"
    assert e164("+7 912 345-67-89") == "+79123456789"
    assert e164("+90 532 123 45 67") == "+905321234567"
    assert e164("8 912 345-67-89", region="RU") == "+79123456789"


@pytest.mark.parametrize(
    "written",
    [
        "", " ", "+", "()", "0", "112", "103", "12345", "call me", "050 123 45 6", "050 123 45 678",
        "0450123456789", "0992501234567", "+994 00 123 45 67", "+999 123 456 789", "050 123 45 67 ext 5",
        "0501234567 or 0551234567", "050-CALL-NOW", "tel:+994501234567", "+994501234567;phone-context=x",
        "0501234567\0", "050\ud800123", "1" * 400, "+" * 30, "-1", "1e9", "½½½½½½½½½",
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused_and_not_repeated(written: str) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        e164(written)

    assert refused.value.type == "not_a_phone_number"
    assert refused.value.context is None
    assert refused.value.message() == "Not a telephone number in use"


def test_a_form_refuses_without_quoting() -> None:
    class Form(Given):
        phone: Phone

    for sent in ("050 111 11", 501234567, "0" * 41):
        with pytest.raises(ValidationError) as refused:
            Form.model_validate({"phone": sent})
        assert str(sent) not in str(refused.value)
    assert Form.model_validate({"phone": "050 123 45 67"}).phone == "+994501234567"


def test_the_schema_says_that_it_is_a_telephone_number_and_how_long() -> None:
    schema = TypeAdapter(Phone).json_schema()

    assert (schema["format"], schema["minLength"], schema["maxLength"]) == ("phone", 3, 40)
    assert all(e164(example) == example for example in schema["examples"])


@given(st.text(max_size=40) | st.from_regex(r"[+0-9 ()-]{3,20}", fullmatch=True))
@example("0994501234567")
def test_whatever_is_written_becomes_a_valid_number_or_a_refusal(written: str) -> None:
    try:
        number = TypeAdapter(Phone).validate_python(written)
    except ValidationError:
        return

    assert phonenumbers.is_valid_number(phonenumbers.parse(number))
    assert e164(number) == number
    assert e164(shown(number)) == number


def test_a_number_is_shown_as_its_readers_write_it() -> None:
    assert shown("+994501234567") == "050 123 45 67"
    assert shown("+79123456789").startswith("+7 ")


def test_a_masked_number_shows_two_digits() -> None:
    assert masked("+994501234567") == "•••••••••••67"
    assert len(masked("+79123456789")) == len("+79123456789")
