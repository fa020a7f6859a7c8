"""Judgements about a referral, without a database."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.access.actor import Actor
from app.access.table import Role
from app.cases.errors import ConsentMissing
from app.core.errors import IllegalMove, Invalid, NotFound
from app.core.ids import new_id
from app.referrals import rules
from app.referrals.models import Referral
from app.referrals.rules import ShareItem
from app.referrals.states import LIVE, Party, Status
from app.survivors.models import Consent

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = NOW.date()
ME, TEAM, HERE = new_id(), new_id(), new_id()


def referral(**changes: Any) -> Referral:
    known: dict[str, Any] = {
        "code": "REF-1",
        "owner_id": ME,
        "team_id": TEAM,
        "case_id": new_id(),
        "survivor_id": new_id(),
        "organisation_id": new_id(),
        "to_facility_id": HERE,
        "service_codes": ["prosthetics"],
        "share_codes": ["identity"],
        "status": Status.SENT,
        "sent_at": NOW,
    }
    return Referral.model_validate(known | changes)


def consent(to: Referral, **changes: Any) -> Consent:
    known: dict[str, Any] = {
        "owner_id": ME,
        "team_id": TEAM,
        "survivor_id": to.survivor_id,
        "operator_id": new_id(),
        "purpose_code": "sharing_with_provider",
        "facility_id": to.to_facility_id,
        "data_codes": ["identity"],
        "operation_codes": ["share"],
        "deletion_code": "x",
        "text_version": "1",
        "language_code": "az",
        "mode_code": "written",
        "given_by_code": "self",
        "given_on": DAY - timedelta(days=1),
        "valid_until": DAY + timedelta(days=1),
    }
    return Consent.model_validate(known | changes)


def actor(role: Role, **changes: Any) -> Actor:
    known: dict[str, Any] = {"user_id": new_id(), "role": role, "organisation_id": new_id()}
    return Actor(**known | changes)


@pytest.mark.parametrize(
    ("who", "sides"),
    [
        (actor(Role.CASEWORKER, user_id=ME), [Party.SENDER]),
        (actor(Role.CASEWORKER, team_id=TEAM), []),
        (actor(Role.SUPERVISOR, team_id=TEAM), [Party.SENDER]),
        (actor(Role.SUPERVISOR, user_id=ME, team_id=new_id()), []),
        (actor(Role.COORDINATOR), [Party.SENDER]),
        (actor(Role.PROVIDER, facility_id=HERE), [Party.RECEIVER]),
        (actor(Role.COUNSELLOR, facility_id=HERE), [Party.RECEIVER]),
        (actor(Role.SPORTS_COORDINATOR, facility_id=HERE), [Party.RECEIVER]),
        (actor(Role.PROVIDER, facility_id=new_id()), []),
        (actor(Role.PROVIDER, user_id=ME, team_id=TEAM), []),
        (actor(Role.ADMINISTRATOR, facility_id=HERE, team_id=TEAM, user_id=ME), []),
        (actor(Role.ANALYST, facility_id=HERE, team_id=TEAM, user_id=ME), []),
        (actor(Role.AUDITOR, facility_id=HERE, team_id=TEAM, user_id=ME), []),
    ],
    ids=lambda value: value.role.value if isinstance(value, Actor) else None,
)
def test_who_stands_on_which_side(who: Actor, sides: list[Party]) -> None:
    assert rules.parties(referral(), who) == sides


@pytest.mark.parametrize(
    ("status", "answer_by", "late"),
    [
        (Status.SENT, NOW - timedelta(seconds=1), True),
        (Status.SENT, NOW, False),
        (Status.ACCEPTED, NOW - timedelta(days=9), False),
        (Status.DRAFT, None, False),
    ],
)
def test_only_what_waits_for_an_answer_is_overdue(status: Status, answer_by: Any, late: bool) -> None:
    assert rules.is_overdue(referral(status=status, answer_by=answer_by), NOW) is late


@pytest.mark.parametrize(
    ("changes", "live"),
    [
        ({}, True),
        ({"valid_until": DAY}, True),
        ({"given_on": DAY}, True),
        ({"valid_until": DAY - timedelta(days=1)}, False),
        ({"given_on": DAY + timedelta(days=1)}, False),
        ({"withdrawn_at": NOW}, False),
        ({"facility_id": new_id()}, False),
        ({"facility_id": None}, False),
        ({"survivor_id": new_id()}, False),
        ({"purpose_code": "contact"}, False),
    ],
)
def test_a_consent_counts_for_its_person_place_purpose_and_days(changes: Any, live: bool) -> None:
    to = referral()
    given = consent(to, **changes)

    assert rules.is_live(given, to, DAY) is live
    if live:
        assert rules.need_consent(given, to, DAY) is given
        return
    with pytest.raises(ConsentMissing):
        rules.need_consent(given, to, DAY)


def test_without_a_consent_nothing_is_sent() -> None:
    assert not rules.is_live(None, referral(), DAY)
    with pytest.raises(ConsentMissing):
        rules.need_consent(None, referral(share_codes=[]), DAY)


def test_each_item_needs_the_agreement_to_its_own_data() -> None:
    to = referral(share_codes=[item.value for item in ShareItem])

    with pytest.raises(ConsentMissing) as refusal:
        rules.need_consent(consent(to, data_codes=["identity", "health"]), to, DAY)

    assert refusal.value.facts["share_codes"] == [
        *("contact", "milestones", "device_history", "psychosocial", "reintegration")
    ]


@pytest.mark.parametrize("status", Status)
def test_what_is_shared_is_open_to_the_receiver_only_while_all_is_live(status: Status) -> None:
    to = referral(status=status)
    given, ended = consent(to), consent(to, withdrawn_at=NOW)

    def opened(by: list[Party], agreed: Consent | None, day: date = DAY) -> bool:
        try:
            rules.need_shared(to, agreed, by, day)
        except NotFound:
            return False
        return True

    assert opened([Party.RECEIVER], given) is (status in LIVE)
    assert not opened([Party.RECEIVER], ended)
    assert not opened([Party.RECEIVER], None)
    assert not opened([Party.RECEIVER], given, DAY + timedelta(days=2))
    assert not opened([], ended)
    assert opened([Party.SENDER], None)


@pytest.mark.parametrize("status", Status)
def test_only_a_draft_is_amended(status: Status) -> None:
    if status is Status.DRAFT:
        rules.need_draft(referral(status=status), [Party.SENDER])
        return
    with pytest.raises(IllegalMove) as refusal:
        rules.need_draft(referral(status=status), [Party.SENDER])
    assert refusal.value.facts["action"] == "amend"


def test_a_visit_lies_after_the_sending() -> None:
    rules.need_later(referral(), NOW)
    with pytest.raises(Invalid):
        rules.need_later(referral(), NOW - timedelta(seconds=1))
