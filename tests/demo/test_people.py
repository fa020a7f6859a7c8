"""The people of the demo are invented, marked as such, and kept as the service keeps people."""

from dataclasses import dataclass
from datetime import date

import pytest
from sqlmodel import Session, col, select

from app.codelists import lists
from app.core import phones, vault
from app.core.dates import age_on
from app.core.vault import Box
from app.demo import codes
from app.demo.walks import rows
from app.incidents import views as incident_views
from app.incidents.models import Casualty, Incident
from app.survivors import casecode, documents, rules, sealing, views
from app.survivors.models import Consent, Identifier, NameKey, PersonKey, Phone, Survivor
from tests.demo.conftest import PEOPLE, Loaded


@dataclass
class Known:
    """A person whose record was opened."""

    survivor: Survivor
    box: Box
    plain: dict[str, str | None]


@dataclass
class Said:
    """What a consent says of who gave it, as the rule reads it."""

    given_by_code: str
    child_assent: str
    assent_mode_code: str | None
    given_on: date
    best_interest: str | None = None

    @classmethod
    def by(cls, consent: Consent) -> "Said":
        return cls(consent.given_by_code, consent.child_assent, consent.assent_mode_code, consent.given_on)


@pytest.fixture
def people(session: Session) -> list[Known]:
    keys = {key.id: key.wrapped for key in session.exec(select(PersonKey))}
    found = []
    for survivor in session.exec(select(Survivor)):
        box = vault.open_key(keys[survivor.id])
        found.append(Known(survivor, box, views.plain(box, survivor)))
    assert len(found) == PEOPLE
    return found


def test_everybody_and_every_accident_is_marked_as_invented(demo: Loaded) -> None:
    assert demo.one("select count(*) from survivor where invented") == PEOPLE
    assert demo.one("select count(*) from incident where not invented") == 0


def test_nobody_bears_a_name_that_everybody_knows(people: list[Known]) -> None:
    known = {(row["given_name"], row["surname"]) for row in rows("real_names")}

    assert not known & {(one.plain["given_name"], one.plain["surname"]) for one in people}


def test_names_fit_the_sex_and_are_whole(people: list[Known]) -> None:
    for one in people:
        given, surname, patronymic = (one.plain[name] for name in ("given_name", "surname", "patronymic"))
        assert given
        assert surname
        assert patronymic
        assert all(name == name.strip() for name in (given, surname, patronymic))
        assert patronymic.endswith("qızı" if one.survivor.sex_code == "female" else "oğlu")
        assert (
            surname.endswith(("ova", "eva"))
            or not surname.endswith(("ov", "ev"))
            or (one.survivor.sex_code == "male")
        )


def test_the_index_is_the_one_the_service_makes(session: Session, people: list[Known]) -> None:
    kept: dict[object, set[int]] = {}
    for row in session.exec(select(NameKey)):
        kept.setdefault(row.survivor_id, set()).add(row.key)
    numbers, calls = opened_numbers(session, people), opened_phones(session, people)

    for one in people:
        who = one.survivor.id
        names = sealing.names_of(one.plain)
        assert kept[who] == sealing.index_keys(names, numbers[who], calls[who], one.survivor.code)


def opened_numbers(session: Session, people: list[Known]) -> dict[object, list[tuple[str, str]]]:
    boxes = {one.survivor.id: one.box for one in people}
    found: dict[object, list[tuple[str, str]]] = {who: [] for who in boxes}
    for row in session.exec(select(Identifier)):
        number = boxes[row.survivor_id].read("identifier", "number", row.id, row.number)
        assert row.lookup == sealing.identifier_lookup(row.kind_code, number)
        found[row.survivor_id].append((row.kind_code, number))
    return found


def opened_phones(session: Session, people: list[Known]) -> dict[object, list[str]]:
    boxes = {one.survivor.id: one.box for one in people}
    found: dict[object, list[str]] = {who: [] for who in boxes}
    for row in session.exec(select(Phone)):
        number = boxes[row.survivor_id].read("phone", "number", row.id, row.number)
        assert row.lookup == sealing.phone_lookup(number)
        found[row.survivor_id].append(number)
    return found


def test_no_number_can_be_anybodys(session: Session, people: list[Known]) -> None:
    fins = [n for found in opened_numbers(session, people).values() for kind, n in found if kind == "fin"]
    mobiles = [n for found in opened_phones(session, people).values() for n in found]

    assert len(fins) == len(set(fins)) > 200
    assert len(mobiles) == len(set(mobiles)) > 200
    for number in fins:
        assert documents.number_of("fin", number) == number
        assert documents.warning_of("fin", number) == "fin_with_i_or_o"
    for number in mobiles:
        assert phones.e164(number) == number
        assert number[6] == "0"  # behind the operator's prefix: no subscriber's number begins so


def test_case_codes_are_whole_and_of_the_year_of_registration(people: list[Known]) -> None:
    for one in people:
        assert casecode.read_code(one.survivor.code) == one.survivor.code
        assert one.survivor.code.split("-")[1] == str(one.survivor.registered_on.year)


def test_everybody_hurt_is_as_old_as_the_register_says(session: Session, people: list[Known]) -> None:
    casualties = {
        casualty.id: (casualty, incident)
        for casualty, incident in session.exec(
            select(Casualty, Incident).join(Incident, col(Incident.id) == col(Casualty.incident_id))
        )
    }
    linked = [one for one in people if one.survivor.casualty_id]

    assert len(linked) >= 205
    for one in linked:
        casualty, incident = casualties[one.survivor.casualty_id]  # type: ignore[index]
        birth = views.birth_of(one.survivor, one.plain)
        assert birth
        assert casualty.outcome_code == "injured"
        assert casualty.sex_code == one.survivor.sex_code
        least, most = age_on(birth, incident.occurred_on) or (0, 0)
        assert casualty.age is not None
        assert least <= casualty.age <= most
        assert one.survivor.registered_on > incident.occurred_on


def test_consents_are_given_as_the_age_asks(session: Session, people: list[Known]) -> None:
    births = {one.survivor.id: views.birth_of(one.survivor, one.plain) for one in people}
    boxes = {one.survivor.id: one.box for one in people}
    consents = session.exec(select(Consent)).all()
    givers = set()

    for consent in consents:
        assert rules.consent_faults(Said.by(consent), births[consent.survivor_id]) == []
        assert (consent.facility_id is not None) == (consent.purpose_code == rules.SHARING)
        assert consent.given_on <= consent.valid_until
        givers.add(consent.given_by_code)
        if consent.given_by_code != "self":
            assert consent.giver_name
            assert boxes[consent.survivor_id].read("consent", "giver_name", consent.id, consent.giver_name)
    assert givers == {"self", "caregiver"}


def test_some_consents_were_taken_back_later(demo: Loaded) -> None:
    taken = "select count(*) from consent where withdrawn_at is not null"

    assert demo.one(taken) > 20
    assert demo.one(f"{taken} and (withdrawn_reason_code is null or withdrawn_at::date < given_on)") == 0
    assert demo.one(f"{taken} and withdrawn_at > now()") == 0


def test_without_consent_only_the_least_is_on_file(session: Session, people: list[Known]) -> None:
    agreed = set(session.exec(select(Consent.survivor_id).where(Consent.purpose_code == rules.REGISTRATION)))
    without = [one for one in people if one.survivor.id not in agreed]

    assert without
    for one in without:
        assert one.survivor.life_saving_reason
        assert one.plain["address"] is None
        assert one.survivor.occupation_code == "unknown"
    assert all(one.survivor.life_saving_reason is None for one in people if one.survivor.id in agreed)


def test_the_exact_place_opens_only_with_the_key(session: Session) -> None:
    exact = session.exec(select(Incident).where(Incident.occurred_precision == "day").limit(20)).all()

    assert len(exact) == 20
    for incident in exact:
        place = incident_views.point_of(incident)
        assert place
        assert 38 < place.latitude < 42
        assert 44 < place.longitude < 51
        assert str(incident_views.settlement_of(incident)).startswith("Nümunə")


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("select distinct district_code from survivor", "district"),
        ("select distinct language_code from survivor", "language"),
        ("select distinct education_code from survivor", "education"),
        ("select distinct occupation_code from survivor", "occupation_status"),
        ("select distinct displacement_code from survivor", "displacement_status"),
        ("select distinct device_code from incident", "device_type"),
        ("select distinct accident_type_code from incident", "accident_type"),
        ("select distinct marked_before from incident", "marked_before"),
        ("select distinct activity_code from casualty", "activity"),
        ("select distinct civil_status_code from casualty", "civil_status"),
        ("select distinct unnest(service_codes) from referral", "service"),
        ("select distinct service_code from service_offer", "service"),
        ("select distinct kind_code from facility", "facility_kind"),
        ("select distinct kind_code from organisation", "organisation_kind"),
        ("select distinct kind_code from note", "note_kind"),
        ("select distinct kind_code from task", "task_kind"),
        ("select distinct unnest(data_codes) from consent", "consent_data"),
        ("select distinct unnest(operation_codes) from consent", "consent_operation"),
        ("select distinct deletion_code from consent", "deletion_term"),
        ("select distinct withdrawn_reason_code from consent", "consent_withdrawal_reason"),
        ("select distinct decline_reason_code from referral", "decline_reason"),
        ("select distinct outcome_code from referral", "referral_outcome"),
        ("select distinct end_reason_code from referral where status = 'cancelled'", "cancel_reason"),
        ("select distinct end_reason_code from referral where status = 'discontinued'", "discontinue_reason"),
        ("select distinct closure_reason_code from case_file", "closure_reason"),
        ("select distinct reason_code from milestone_change", "milestone_drop_reason"),
        ("select distinct risk_level_code from case_file", "risk_level"),
        ("select distinct priority_code from case_file", "case_priority"),
    ],
)
def test_only_codes_of_the_lists_are_used(demo: Loaded, question: str, name: str) -> None:
    used = {code for (code,) in demo.rows(question)} - {None}

    assert used
    assert used <= set(lists.load(name))


def test_numbers_of_a_million_people_are_all_different() -> None:
    some = [*range(3000), *range(999_000, 1_000_000)]

    for make in (codes.fin, codes.mobile, codes.referral_code, lambda n: codes.code("DYQ", 2026, n)):
        assert len({make(number) for number in some}) == len(some)
    assert len({number * codes.STEP % codes.MILLION for number in range(codes.MILLION)}) == codes.MILLION
    assert phones.e164(codes.mobile(999_999))
    assert codes.code("INC", 2026, 1_234_567).startswith("INC-2026-1234567-")
