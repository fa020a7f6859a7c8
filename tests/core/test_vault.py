"""Envelope encryption: what is altered, moved or under another key is refused; a rotation may break off."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import keys, vault
from app.core.config import settings
from app.core.ids import new_id

ROW = new_id()
PLACE = ("survivor", "surname", ROW)


@pytest.fixture(scope="module", autouse=True)
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A root key for this file's tests."""
    with use_root(tmp_path_factory.mktemp("keys") / "root.key"):
        yield


class use_root:  # noqa: N801 - reads as a verb
    """Work with another root key for a while."""

    def __init__(self, path: Path) -> None:
        self.path, self.patch = path, pytest.MonkeyPatch()

    def __enter__(self) -> Path:
        self.patch.setenv("DAYAQ_ROOT_KEY_FILE", str(self.path))
        if not self.path.exists():
            keys.make_root_key(self.path)
        self._afresh()
        return self.path

    def __exit__(self, *_: object) -> None:
        self.patch.undo()
        self._afresh()

    def _afresh(self) -> None:
        settings.cache_clear()
        keys.forget()
        vault.forget_keys()


@pytest.fixture
def own_root(tmp_path: Path) -> Iterator[Path]:
    """A root key that a test may rotate."""
    with use_root(tmp_path / "own.key") as path:
        yield path


def box() -> vault.Box:
    return vault.open_key(vault.new_data_key())


@given(st.text())
def test_any_text_comes_back_as_it_was(text: str) -> None:
    mine = box()

    assert mine.read(*PLACE, mine.seal(*PLACE, text)) == text


def test_a_lone_surrogate_is_refused_before_it_is_stored() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        box().seal(*PLACE, "\ud800")


def test_the_text_is_nowhere_in_what_is_stored_and_never_the_same_twice() -> None:
    mine = box()

    first, second = mine.seal(*PLACE, "Əliyeva"), mine.seal(*PLACE, "Əliyeva")

    assert "Əliyeva".encode() not in first
    assert first != second
    assert len({mine.seal(*PLACE, "x")[1:13] for _ in range(2000)}) == 2000


def test_every_single_flipped_bit_of_a_field_is_refused() -> None:
    mine = box()
    sealed = mine.seal(*PLACE, "Məmmədov")

    for bit in range(len(sealed) * 8):
        altered = bytearray(sealed)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises(vault.Tampered):
            mine.read(*PLACE, bytes(altered))


def test_a_field_of_any_shorter_length_is_refused() -> None:
    mine = box()
    sealed = mine.seal(*PLACE, "Məmmədov")

    for length in range(len(sealed)):
        with pytest.raises(vault.Tampered):
            mine.read(*PLACE, sealed[:length])
    with pytest.raises(vault.Tampered):
        mine.read(*PLACE, sealed + b"\x00")


@pytest.mark.parametrize(
    "elsewhere",
    [
        ("survivor", "surname", new_id()),
        ("survivor", "given_name", ROW),
        ("casualty", "surname", ROW),
        ("surname", "survivor", ROW),
    ],
    ids=["another row", "another column", "another table", "names swapped"],
)
def test_a_field_moved_to_another_place_is_refused(elsewhere: tuple[str, str, UUID]) -> None:
    mine = box()
    sealed = mine.seal(*PLACE, "Məmmədov")

    with pytest.raises(vault.Tampered):
        mine.read(*elsewhere, sealed)


@pytest.mark.parametrize("name", ["survivor|surname", "", "Survivor", "a b", "a.b", "1a", "a\n"])
def test_a_name_that_could_pass_for_another_place_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="lower case"):
        box().seal(name, "surname", ROW, "x")
    with pytest.raises(ValueError, match="lower case"):
        box().seal("survivor", name, ROW, "x")


def test_a_field_of_one_person_does_not_open_with_the_key_of_another() -> None:
    sealed = box().seal(*PLACE, "Məmmədov")

    with pytest.raises(vault.Tampered):
        box().read(*PLACE, sealed)


def test_a_field_of_an_older_key_of_the_same_person_does_not_pass_as_new() -> None:
    old = vault.new_data_key(generation=1)
    new = vault.WrappedKey(bytes((old[0], 2)) + old[2:])

    sealed = vault.open_key(old).seal(*PLACE, "Məmmədov")

    with pytest.raises(vault.Tampered):
        vault.open_key(new).read(*PLACE, sealed)
    with pytest.raises(vault.Tampered):
        vault.open_key(new).read(*PLACE, b"\x02" + sealed[1:])


def test_every_single_flipped_bit_of_a_wrapped_key_is_refused() -> None:
    wrapped = vault.new_data_key()
    sealed = vault.open_key(wrapped).seal(*PLACE, "x")

    for bit in range(len(wrapped) * 8):
        altered = bytearray(wrapped)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises((vault.Tampered, keys.BadKey)):
            vault.open_key(bytes(altered)).read(*PLACE, sealed)


def test_a_wrapped_key_of_another_length_is_refused() -> None:
    wrapped = vault.new_data_key()

    assert len(wrapped) == vault.WRAPPED_BYTES
    for wrong in (wrapped[:-1], wrapped + b"\x00", b"", wrapped[:1], bytes(42)):
        with pytest.raises(vault.Tampered):
            vault.open_key(wrong)


def test_another_root_key_opens_nothing(tmp_path: Path) -> None:
    wrapped = vault.new_data_key()

    with use_root(tmp_path / "other.key"), pytest.raises(vault.Tampered):
        vault.open_key(wrapped)


def test_a_refusal_names_the_place_and_never_the_text() -> None:
    mine = box()
    sealed = mine.seal(*PLACE, "Məmmədov")

    with pytest.raises(vault.Tampered) as refused:
        mine.read("survivor", "given_name", ROW, sealed)

    assert str(refused.value) == f"survivor.given_name of {ROW}"


def test_opened_keys_are_not_printed() -> None:
    wrapped = vault.new_data_key()
    key = vault._unwrap(wrapped)

    assert key.hex() not in repr(vault.open_key(wrapped))


def test_an_envelope_is_read_only_where_it_was_sealed() -> None:
    data = vault.seal_envelope("factor", "secret", ROW, "JBSWY3DP")

    assert vault.read_envelope("factor", "secret", ROW, data) == "JBSWY3DP"
    for wrong in (b"", data[:41], data[:42], data[:-1], data[1:], data + b"\x00"):
        with pytest.raises((vault.Tampered, keys.BadKey)):
            vault.read_envelope("factor", "secret", ROW, wrong)
    with pytest.raises(vault.Tampered):
        vault.read_envelope("factor", "secret", new_id(), data)
    with pytest.raises(vault.Tampered):
        vault.read_envelope("webhook", "secret", ROW, data)


def test_a_blind_index_finds_equal_values_of_the_same_kind_only() -> None:
    names = vault.blind(["aliyeva", "amina", "aliyeva"], "name")

    assert names == [names[0], vault.blind(["amina"], "name")[0], names[0]]
    assert vault.blind(["aliyeva"], "phonetic") != names[:1]
    assert vault.blind([], "name") == []
    assert len(vault.blind_full("5KWQ3JA", "fin")) == 32
    assert vault.blind_full("5KWQ3JA", "fin") != vault.blind_full("5KWQ3JA", "phone")


def test_a_blind_index_needs_the_key(tmp_path: Path) -> None:
    here, full = vault.blind(["aliyeva"], "name"), vault.blind_full("5KWQ3JA", "fin")

    with use_root(tmp_path / "other.key"):
        assert vault.blind(["aliyeva"], "name") != here
        assert vault.blind_full("5KWQ3JA", "fin") != full


@given(st.lists(st.text()))
def test_blind_numbers_fit_a_postgresql_integer(strings: list[str]) -> None:
    numbers = vault.blind(strings, "name")

    assert len(numbers) == len(strings)
    assert all(-(2**31) <= number < 2**31 for number in numbers)


def test_blind_numbers_use_the_whole_range_with_both_signs() -> None:
    numbers = vault.blind([str(n) for n in range(4000)], "name")

    assert 1800 < sum(number < 0 for number in numbers) < 2200
    assert max(numbers) > 2**30
    assert min(numbers) < -(2**30)


def test_a_key_of_an_older_version_is_known_by_trying_it(own_root: Path) -> None:
    old = [vault.new_data_key(), vault.seal_envelope("factor", "secret", ROW, "JBSWY3DP")]
    field = vault.open_key(old[0]).seal(*PLACE, "a sealed field begins with a small number too")
    assert not any(map(vault.needs_rewrap, [*old, field])), "they are of the newest"

    keys.add_root_version(own_root)
    keys.forget()

    assert all(map(vault.needs_rewrap, old))
    new = vault.new_data_key()
    for other in (
        field,
        new,
        new + field,
        b"",
        old[0][:41],
        bytes((1, 1)) + secrets.token_bytes(40),
        bytes(42),
    ):
        assert not vault.needs_rewrap(other)
    for turn in range(2000):
        assert not vault.needs_rewrap(bytes((1, 1)) + secrets.token_bytes(60)), turn


def test_rewrapping_keeps_what_was_sealed_readable(own_root: Path) -> None:
    old = vault.new_data_key()
    field, names = vault.open_key(old).seal(*PLACE, "Məmmədov"), vault.blind(["aliyeva"], "name")
    secret = vault.seal_envelope("factor", "secret", ROW, "JBSWY3DP")

    keys.add_root_version(own_root)
    keys.forget()

    assert vault.open_key(vault.rewrap(old)).read(*PLACE, field) == "Məmmədov"
    assert vault.open_key(old).read(*PLACE, field) == "Məmmədov", "both versions are readable in the middle"
    assert vault.read_envelope("factor", "secret", ROW, vault.rewrap_envelope(secret)) == "JBSWY3DP"
    assert vault.blind(["aliyeva"], "name") == names, "the index stays searchable"


def test_rewrapping_twice_or_to_the_same_version_changes_nothing(own_root: Path) -> None:
    wrapped = vault.new_data_key()

    assert vault.rewrap(wrapped) == wrapped
    keys.add_root_version(own_root)
    keys.forget()
    assert vault.root_version(vault.rewrap(wrapped)) == 2
    assert vault.rewrap(vault.rewrap(wrapped)) == vault.rewrap(wrapped)
    assert vault.rewrap(vault.rewrap(wrapped), version=1) == wrapped


def test_a_forged_key_cannot_be_rewrapped_into_a_good_one(own_root: Path) -> None:
    keys.add_root_version(own_root)
    keys.forget()

    with pytest.raises(vault.Tampered):
        vault.rewrap(bytes((1, 1)) + secrets.token_bytes(40))
