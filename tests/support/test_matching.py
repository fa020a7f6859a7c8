"""Who could accompany whom: the reasons, the order, and what is not known."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.ids import new_id
from app.support import matching, rules
from app.support.errors import PairThere, PeerFull, PeerUnfit
from app.support.matching import Wanted
from app.support.models import Peer, PeerPair

TODAY = date(2026, 11, 25)
HER = Wanted({"lower_limb_loss"}, "female", "18_59", "az")


def a_peer(**more: Any) -> Peer:
    usual: dict[str, Any] = {
        "facility_id": new_id(),
        "name": b"",
        "sex_code": "female",
        "birth_year": 1990,
        "language_codes": ["az"],
        "experience_codes": ["lower_limb_loss"],
        "most": 2,
        "trained_on": date(2025, 1, 1),
    }
    return Peer.model_validate(usual | more)


def test_whom_most_speaks_for_comes_first_and_every_reason_is_named() -> None:
    twin = a_peer()
    brother = a_peer(sex_code="male")
    elder = a_peer(experience_codes=["sight"], birth_year=1950)

    found = matching.suggest(HER, [(elder, 0), (brother, 0), (twin, 1)], TODAY)

    assert [one.peer.id for one in found] == [twin.id, brother.id, elder.id]
    assert found[0].reasons == ("same_experience", "same_language", "same_sex", "same_age_band", "has_room")
    assert found[2].reasons == ("same_language", "same_sex", "has_room")


def test_between_two_alike_the_less_burdened_comes_first() -> None:
    busy, free = a_peer(), a_peer()

    assert [one.load for one in matching.suggest(HER, [(busy, 1), (free, 0)], TODAY)] == [0, 1]


@pytest.mark.parametrize(
    ("more", "load"),
    [
        ({"most": 2}, 2),
        ({"trained_on": None}, 0),
        ({"ended_on": TODAY}, 0),
        ({"language_codes": ["ru"]}, 0),
    ],
)
def test_who_cannot_is_not_suggested(more: dict[str, Any], load: int) -> None:
    assert matching.suggest(HER, [(a_peer(**more), load)], TODAY) == []


def test_what_is_not_known_speaks_for_nobody_and_against_nobody() -> None:
    (one,) = matching.suggest(
        Wanted((), "unknown", "unknown", "unknown"), [(a_peer(language_codes=["ru"]), 0)], TODAY
    )

    assert one.reasons == ("has_room",)
    assert one.unknown == ("same_experience", "same_language", "same_sex", "same_age_band")


@given(st.sets(st.sampled_from(["upper", "lower"])), st.sets(st.sampled_from(["burn", "blindness", "tbi"])))
def test_an_injury_is_named_as_peers_name_it(limbs: set[str], natures: set[str]) -> None:
    names = {"upper": "upper_limb_loss", "lower": "lower_limb_loss", "blindness": "sight", "tbi": "brain"}

    found = matching.experiences("direct_survivor", limbs, natures)

    assert found == {names.get(one, one) for one in limbs | natures}


def test_a_widow_is_accompanied_by_a_family_member() -> None:
    assert matching.experiences("indirect_family", [], []) == {"family"}


@pytest.mark.parametrize(
    ("more", "load", "refusal"),
    [({"most": 1}, 1, PeerFull), ({"trained_on": None}, 0, PeerUnfit), ({"ended_on": TODAY}, 0, PeerUnfit)],
)
def test_nobody_is_given_to_who_cannot(more: dict[str, Any], load: int, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        rules.need_fit(a_peer(**more), load, [], TODAY)


def test_one_peer_at_a_time() -> None:
    ids = {name: new_id() for name in ("case_id", "owner_id", "team_id", "facility_id", "peer_id", "by_id")}
    there = PeerPair.model_validate(
        {**ids, "started_on": TODAY, "agreed_by_code": "self", "reason_codes": []}
    )

    with pytest.raises(PairThere):
        rules.need_fit(a_peer(), 0, [there], TODAY)
