"""Reading lists, refusing bad ones, and checking what comes in and goes out against them."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import jsonschema_rs
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.codelists import lists
from app.core import clock
from app.core.given import Given

HEAD = "code,label_en,label_az,label_ru,checked,source,from,until\n"
TODAY = date(2026, 11, 23)
Write = Callable[..., None]


def _forget() -> None:
    for cached in (lists.names, lists.load, lists.version):
        cached.cache_clear()


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Lists of this test alone, on a day that stands still."""
    monkeypatch.setattr(lists, "DATA", tmp_path)
    monkeypatch.setattr(clock, "today", lambda: TODAY)
    _forget()

    def write(*lines: str, name: str = "fruit", head: str = HEAD) -> None:
        (tmp_path / f"{name}.csv").write_text(head + "".join(f"{line}\n" for line in lines), "utf-8")
        _forget()

    yield write
    _forget()


def _codes(kind: lists.Coded) -> TypeAdapter[str]:
    return TypeAdapter(Annotated[str, kind])


def _refusal(adapter: TypeAdapter[str], value: object) -> str:
    with pytest.raises(ValidationError) as refused:
        adapter.validate_python(value)
    return refused.value.errors(include_url=False)[0]["type"]


def test_a_list_keeps_its_order_its_labels_and_its_own_columns(write: Write) -> None:
    write(
        "pear,Pear,Armud,Груша,yes,market,,,big",
        "fig,Fig,Əncir,Инжир,no,market,,,",
        head=HEAD[:-1] + ",size\n",
    )

    assert list(lists.load("fruit")) == ["pear", "fig"]
    pear = lists.load("fruit")["pear"]
    assert (pear.labels, pear.checked) == ({"en": "Pear", "az": "Armud", "ru": "Груша"}, True)
    assert (pear.source, pear.extra) == ("market", {"size": "big"})
    assert [lists.label("fruit", "fig", language) for language in lists.LANGUAGES] == [
        "Əncir",
        "Fig",
        "Инжир",
    ]


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ([], "empty"),
        (["fig,Fig,Əncir,Инжир,no,market,,"] * 2, "used twice: fig"),
        (["fig,Fig,Əncir,,no,market,,"], "labels in three languages"),
        (["fig,Fig,,Инжир,no,market,,"], "labels in three languages"),
        (["fig,,Əncir,Инжир,no,market,,"], "labels in three languages"),
        (["fig,Fig,Əncir,Инжир,no,,,"], "a source"),
        (["fig,Fig,Əncir,Инжир,perhaps,market,,"], "checked is yes or no"),
        (["fig,Fig,Əncir,Инжир,,market,,"], "checked"),
        (["Fig,Fig,Əncir,Инжир,no,market,,"], "not a code"),
        (["fig tree,Fig,Əncir,Инжир,no,market,,"], "not a code"),
        (["fig_,Fig,Əncir,Инжир,no,market,,"], "not a code"),
        (["f" * 41 + ",Fig,Əncir,Инжир,no,market,,"], "not a code"),
        ([",Fig,Əncir,Инжир,no,market,,"], "not a code"),
        (["fig,Fig,Əncir ,Инжир,no,market,,"], "blanks around"),
        (["fig,Fig,Əncir,Инжир,no,market,2026-05-02,2026-05-01"], "until lies before from"),
        (["fig,Fig,Əncir,Инжир,no,market,yesterday,"], "not a date"),
        (["fig,Fig,Əncir,Инжир,no,market,"], "not as many fields"),
        (["fig,Fig,Əncir,Инжир,no,market,,,more"], "not as many fields"),
    ],
)
def test_a_bad_list_is_not_served(write: Write, lines: list[str], fault: str) -> None:
    write(*lines)

    with pytest.raises(lists.BadList, match=fault):
        lists.load("fruit")


def test_a_list_without_the_agreed_columns_is_not_served(write: Write) -> None:
    write("fig,Fig,Əncir,Инжир,no,market", head="code,label_en,label_az,label_ru,checked,source\n")

    with pytest.raises(lists.BadList, match="columns"):
        lists.load("fruit")


@pytest.mark.parametrize(
    "name", ["nothing", "../words", "../data/sex", "/etc/passwd", "sex.csv", "", "SEX", "sex\0"]
)
def test_a_name_that_is_no_list_opens_no_file(name: str) -> None:
    for ask in (lists.load, lists.version):
        with pytest.raises(KeyError):
            ask(name)


def test_a_reader_cannot_change_a_list() -> None:
    sex: Any = lists.load("sex")

    with pytest.raises(TypeError):
        sex["robot"] = sex["unknown"]
    with pytest.raises(TypeError):
        sex["unknown"].labels["en"] = "No"
    with pytest.raises(AttributeError):
        sex["unknown"].checked = True


def test_the_version_changes_with_any_byte_and_only_then(write: Write) -> None:
    write("fig,Fig,Əncir,Инжир,no,market,,")
    first = lists.version("fruit")
    write("fig,Fig,Əncir,Инжир,yes,market,,")
    second = lists.version("fruit")
    write("fig,Fig,Əncir,Инжир,no,market,,")

    assert first != second
    assert lists.version("fruit") == first
    assert len(first) == 16


def test_input_takes_only_codes_of_the_list_as_they_are_spelt() -> None:
    sex = _codes(lists.coded("sex"))

    assert sex.validate_python("female") == "female"
    for wrong in ("robot", "Female", " female", "female\0", "", "unknown\n"):
        assert _refusal(sex, wrong) == "not_in_code_list"
    for no_text in (None, 1, ["female"], {"female": 1}, b"\xff"):
        assert _refusal(sex, no_text) in {"string_type", "string_unicode"}


def test_a_refusal_never_quotes_what_was_sent() -> None:
    class Form(Given):
        sex: Annotated[str, lists.coded("sex")]

    with pytest.raises(ValidationError) as refused:
        Form.model_validate({"sex": "Leyla Quliyeva"})

    assert "Leyla" not in str(refused.value)


def test_a_retired_code_is_read_but_not_written(write: Write) -> None:
    write(
        "plum,Plum,Gavalı,Слива,no,market,,2026-11-22",  # ended yesterday
        "pear,Pear,Armud,Груша,no,market,,2026-11-23",  # ends today
        "fig,Fig,Əncir,Инжир,no,market,2026-11-23,",  # began today
        "kiwi,Kiwi,Kivi,Киви,no,market,2026-11-24,",  # begins tomorrow
    )
    given, kept = _codes(lists.coded("fruit")), _codes(lists.recorded("fruit"))

    assert lists.in_force("fruit") == ["pear", "fig"]
    assert [given.validate_python(code) for code in ("pear", "fig")] == ["pear", "fig"]
    assert [_refusal(given, code) for code in ("plum", "kiwi", "lemon")] == [
        "code_not_in_force",
        "code_not_in_force",
        "not_in_code_list",
    ]
    assert kept.validate_python("plum") == "plum"
    assert _refusal(kept, "lemon") == "not_in_code_list"
    assert lists.label("fruit", "plum", "az") == "Gavalı"


def test_the_schema_names_exactly_the_codes_in_force(write: Write) -> None:
    write("plum,Plum,Gavalı,Слива,no,market,,2026-11-22", "pear,Pear,Armud,Груша,no,market,,")

    assert _codes(lists.coded("fruit")).json_schema()["enum"] == ["pear"]
    assert _codes(lists.recorded("fruit")).json_schema()["enum"] == ["plum", "pear"]


@given(
    st.text(max_size=20)
    | st.sampled_from(["yes", "no", "Yes", "not_asked", "maybe"])
    | st.none()
    | st.integers()
)
def test_schema_and_server_judge_alike(value: object) -> None:
    adapter = _codes(lists.coded("tri"))
    schema = jsonschema_rs.validator_for(adapter.json_schema())

    try:
        adapter.validate_python(value)
    except ValidationError:
        assert not schema.is_valid(value)
    else:
        assert schema.is_valid(value)


def test_openapi_shows_each_list_once_under_its_name() -> None:
    app = FastAPI()

    class Form(Given):
        device_code: Annotated[str, lists.coded("device_type")]
        says_device_code: Annotated[str, lists.coded("device_type")] | None = None
        seen: list[Annotated[str, lists.coded("device_type")]] = []

    @app.post("/forms")
    def send_form(form: Form) -> None: ...

    schemas = app.openapi()["components"]["schemas"]
    component = {"$ref": "#/components/schemas/DeviceTypeCode"}
    assert schemas["DeviceTypeCode"]["enum"] == list(lists.load("device_type"))
    assert schemas["Form"]["properties"]["device_code"] == component
    assert schemas["Form"]["properties"]["says_device_code"]["anyOf"][0] == component
    assert schemas["Form"]["properties"]["seen"]["items"] == component


def test_a_field_cannot_name_a_list_that_is_not_there() -> None:
    for kind in (lists.coded, lists.recorded):
        with pytest.raises(KeyError):
            kind("devise_type")
