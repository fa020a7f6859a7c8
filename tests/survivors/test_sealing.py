"""What names or reaches a person is sealed for its place, and found however it is spelt."""

import pytest

from app.core import vault
from app.core.ids import new_id
from app.survivors import sealing


def test_a_sealed_field_opens_only_in_its_own_place() -> None:
    box, person = vault.open_key(vault.new_data_key()), new_id()

    sealed = sealing.seal_survivor(box, person, {"given_name": "Aygün", "surname": "Məmmədova"})
    given, surname = sealed["given_name"], sealed["surname"]

    assert given is not None
    assert surname is not None
    assert box.read("survivor", "given_name", person, given) == "Aygün"
    with pytest.raises(vault.Tampered):
        box.read("survivor", "given_name", person, surname)
    with pytest.raises(vault.Tampered):
        box.read("survivor", "given_name", new_id(), given)


def test_what_is_not_known_stays_empty() -> None:
    box = vault.open_key(vault.new_data_key())

    assert sealing.seal_survivor(box, new_id(), {"patronymic": None}) == {"patronymic": None}


def test_a_column_that_is_not_sealed_is_refused() -> None:
    with pytest.raises(ValueError, match="code"):
        sealing.seal_survivor(vault.open_key(vault.new_data_key()), new_id(), {"code": "DYQ"})


@pytest.mark.parametrize("heard", ["Aygun", "Айгюн", "Aygünn", "AYGÜN", "Ayqün"])
def test_a_name_is_found_as_it_was_heard(heard: str) -> None:
    kept = sealing.name_keys_of(["Aygün", "Məmmədova", None, ""])

    assert kept & sealing.name_keys_of([heard])
    assert not kept & sealing.name_keys_of(["Tofiq"])


@pytest.mark.parametrize("written", ["12Abx9K", " 12 ABX-9K ", "12АВХ9К"])
def test_a_number_is_the_same_however_it_is_written(written: str) -> None:
    number = sealing.identifier_number(written)

    assert number == "12ABX9K"
    assert sealing.identifier_lookup("fin", number) == sealing.identifier_lookup("fin", "12ABX9K")
    assert sealing.identifier_lookup("fin", number) != sealing.identifier_lookup("id_card", number)


def test_lookups_are_whole_hashes_of_their_own_purpose() -> None:
    assert len(sealing.phone_lookup("+994500000001")) == 32
    assert sealing.phone_lookup("fin|1") != sealing.identifier_lookup("fin", "1")
