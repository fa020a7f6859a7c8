"""Numbers of papers: one form however they are written; what looks mistyped is kept, with a warning."""

import pytest
from pydantic_core import PydanticCustomError

from app.survivors import documents
from app.survivors.documents import FIN


@pytest.mark.parametrize("written", ["5ABC12D", "5abc12d", " 5ab c12-d ", "5АВС12D", "5авс12d"])
def test_a_fin_is_the_same_however_it_is_written(written: str) -> None:
    assert documents.number_of(FIN, written) == "5ABC12D"


@pytest.mark.parametrize(
    "written", ["5ABC12", "5ABC12DD", "5ABC12Ж", "5ABC12Ə", "", "       ", "5ABC12\u0664"]
)
def test_what_is_no_fin_is_refused_and_not_repeated(written: str) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        documents.number_of(FIN, written)

    assert not written.strip() or written not in str(refused.value)


@pytest.mark.parametrize(
    ("written", "kept"), [("5ibc12d", "5IBC12D"), ("5ıbc12d", "5IBC12D"), ("5İbc12d", "5IBC12D")]
)
def test_no_i_of_any_keyboard_turns_into_another_letter(written: str, kept: str) -> None:
    assert documents.number_of(FIN, written) == kept
    assert documents.warning_of(FIN, kept) == "fin_with_i_or_o"


@pytest.mark.parametrize(
    ("kind", "number", "warning"),
    [
        (FIN, "5ABC12D", None),
        (FIN, "5ABO12D", "fin_with_i_or_o"),
        ("id_card", "AZE12345678", None),
        ("id_card", "AA1234567", None),
        ("id_card", "AZE1234567", "unusual_number"),
        ("id_card", "AZE12345678\n", "unusual_number"),
        ("passport", "C01234567", None),
    ],
)
def test_what_looks_mistyped_is_warned_of(kind: str, number: str, warning: str | None) -> None:
    assert documents.warning_of(kind, number) == warning


def test_a_number_without_a_letter_or_digit_is_none() -> None:
    with pytest.raises(PydanticCustomError):
        documents.number_of("other", "---")
