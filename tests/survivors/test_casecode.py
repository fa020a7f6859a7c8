"""A case code that was mistyped is not taken for another person's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.survivors import casecode

DIGITS = st.text("0123456789", min_size=10, max_size=10)


def whole(digits: str) -> str:
    return f"DYQ-{digits[:4]}-{digits[4:]}-{casecode.check_digit(digits)}"


@given(DIGITS)
def test_no_wrong_digit_is_missed(digits: str) -> None:
    code = whole(digits)
    for place, letter in enumerate(code):
        for other in "0123456789" if letter.isdigit() else "":
            if other != letter:
                assert casecode.read_code(code[:place] + other + code[place + 1 :]) is None


@given(DIGITS)
def test_no_swap_of_neighbours_is_missed(digits: str) -> None:
    number = digits + str(casecode.check_digit(digits))
    for place in range(len(number) - 1):
        swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        if swapped != number:
            assert casecode.read_code(f"DYQ{swapped}") is None


def test_the_check_digit_is_the_published_one() -> None:
    assert casecode.check_digit("572") == 4  # the example of the algorithm's description


@pytest.mark.parametrize("typed", ["{}", " {} ", "dyq-{rest}", "DYQ{plain}", "dyq {spaced}", "DYQ–{rest}"])
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    code = casecode.new_code(casecode.SURVIVOR, 2026)
    rest = code.removeprefix("DYQ-")
    written = typed.format(code, rest=rest, plain=rest.replace("-", ""), spaced=rest.replace("-", " "))

    assert casecode.read_code(written) == code


@pytest.mark.parametrize(
    "written", ["", "DYQ-2026-1-1", "XYZ-2026-000000-0", "DYQ-２０２６-000000-0", "A" * 200]
)
def test_what_is_no_code_is_not_read(written: str) -> None:
    assert casecode.read_code(written) is None


def test_codes_do_not_count_people() -> None:
    codes = {casecode.new_code(casecode.SURVIVOR, 2026) for _ in range(200)}
    numbers = sorted(int(code[9:15]) for code in codes)

    assert len(codes) > 195
    assert numbers[-1] - numbers[0] > 500_000
    assert all(len(code) == 17 for code in codes)
