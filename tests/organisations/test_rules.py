"""Judgements of the directory, each at its edge."""

from datetime import date

import pytest

from app.access.actor import Actor
from app.access.table import Permission, Role
from app.core.errors import Forbidden, Invalid
from app.core.ids import new_id
from app.organisations import rules
from app.organisations.errors import CannotReceive
from app.organisations.models import Facility, Organisation

DAY = date(2026, 11, 23)
HERE = new_id()


def facility(**changed: object) -> Facility:
    known = {"name": "W", "organisation_id": new_id(), "kind_code": "hospital", "district_code": "az_ba"}
    return Facility.model_validate(known | changed)


def body(closed_on: date | None = None) -> Organisation:
    return Organisation(name="O", kind_code="ngo", closed_on=closed_on)


def refused(place: Facility, owner: Organisation, asked: list[str]) -> list[tuple[str, str]]:
    with pytest.raises(CannotReceive) as refusal:
        rules.need_receiver(place, owner, {"prosthetics"}, asked, DAY)
    return [(each["pointer"], each["code"]) for each in refusal.value.facts["errors"]]


@pytest.mark.parametrize(
    ("closed_on", "is_open"),
    [(None, True), (date(2026, 11, 24), True), (DAY, False), (date(2026, 11, 22), False)],
)
def test_what_closes_is_closed_from_that_day_on(closed_on: date | None, is_open: bool) -> None:
    assert rules.is_open(closed_on, DAY) is is_open


def test_an_open_facility_receives_what_it_offers() -> None:
    rules.need_receiver(facility(), body(), {"prosthetics", "orthotics"}, ["prosthetics"], DAY)


def test_a_closed_facility_receives_nothing() -> None:
    assert refused(facility(closed_on=DAY), body(), ["prosthetics"]) == [
        ("/to_facility_id", "facility_closed")
    ]


def test_a_facility_of_a_closed_body_receives_nothing() -> None:
    assert refused(facility(), body(DAY), ["prosthetics"]) == [("/to_facility_id", "facility_closed")]


def test_a_facility_may_take_no_referrals() -> None:
    faults = refused(facility(takes_referrals=False), body(), ["prosthetics"])
    assert faults == [("/to_facility_id", "facility_takes_no_referrals")]


def test_every_service_that_is_not_offered_is_named() -> None:
    faults = refused(facility(closed_on=DAY), body(), ["surgery", "prosthetics", "housing"])
    assert faults == [
        ("/to_facility_id", "facility_closed"),
        ("/service_codes/0", "service_not_offered"),
        ("/service_codes/2", "service_not_offered"),
    ]


@pytest.mark.parametrize("point", [(40.0, None), (None, 49.0)])
def test_half_a_point_is_no_place(point: tuple[float | None, float | None]) -> None:
    with pytest.raises(Invalid):
        rules.need_whole_place(*point)


def test_a_point_is_whole_or_absent() -> None:
    rules.need_whole_place(40.0, 49.0)
    rules.need_whole_place(None, None)


@pytest.mark.parametrize("role", [Role.PROVIDER, Role.SPORTS_COORDINATOR, Role.COORDINATOR])
@pytest.mark.parametrize("mine", [HERE, None, new_id()])
def test_a_facility_writes_its_own_offers_and_keepers_all(role: Role, mine: object) -> None:
    actor = Actor(user_id=new_id(), role=role, organisation_id=new_id(), facility_id=mine)  # type: ignore[arg-type]  # any of the three
    grant = actor.grant(Permission.OFFER_WRITE)

    if role is Role.COORDINATOR or mine == HERE:
        rules.may_offer(grant, HERE)
        return
    with pytest.raises(Forbidden):
        rules.may_offer(grant, HERE)
