"""Invented people, sealed and indexed with the functions of the service."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from app.core import vault
from app.core.clock import day_of
from app.core.vault import Box
from app.demo import codes
from app.demo.dice import Dice, urn
from app.demo.incidents import Casualty
from app.demo.lives import Life
from app.demo.names import MALE, full_name, other_spelling
from app.demo.places import Country, Crew, residence
from app.demo.sheets import Ready, Sheets, ready
from app.survivors import sealing
from app.survivors.casecode import SURVIVOR

DIRECT, FAMILY, COMMUNITY, DISABLED = (
    *("direct_survivor", "indirect_family", "indirect_community", "person_with_disability"),
)
AGES = {
    DIRECT: (35, 70),
    FAMILY: (3, 70),
    COMMUNITY: (8, 70),
    DISABLED: (5, 75),
}  # without an accident on file
SEX = {
    DIRECT: "male:9 female:1",
    FAMILY: "female:6 male:4",
    COMMUNITY: "female male",
    DISABLED: "female male",
}
LIMB_LOST = 0.45  # of those hurt themselves
ADULT = 18
GIVEN = ("given_name", "surname", "patronymic")
PLAYING_AGE, PLAYING = range(18, 41), 0.5


@dataclass(frozen=True, slots=True)
class Origin:
    """Why there is a file, and whose it is."""

    number: int  # of the person, in the whole programme
    category_code: str
    casualty: Casualty | None
    owner_id: UUID
    crew: Crew
    agreed: bool  # to the registration


@dataclass(frozen=True, slots=True)
class Birth:
    """A birth date: its first possible day, how much of it is known, and its last possible day."""

    first: date
    precision: str
    last: date

    def age_on(self, day: date) -> int:
        """The least possible age, in whole years."""
        return max(0, day.year - self.last.year - ((day.month, day.day) < (self.last.month, self.last.day)))


@dataclass(frozen=True, slots=True)
class Person:
    """What the rest of the file needs to know of the person."""

    id: UUID
    box: Box
    held: dict[str, Ready]
    origin: Origin
    sex_code: str
    birth: Birth
    lost_limb: bool
    plays: bool  # amputee football
    life: Life
    name: str = ""  # on one line, as lists show it

    @property
    def accident_on(self) -> date | None:
        """The day of the accident, where one is on file."""
        return self.origin.casualty.accident_on if self.origin.casualty else None


def write_person(sheets: Sheets, country: Country, origin: Origin, life: Life) -> Person:
    """One survivor with key, index, papers and telephones."""
    draws, wrapped = sheets.dice, vault.new_data_key()
    person = _draw(draws, origin, life, vault.open_key(wrapped))
    names = full_name(draws, person.sex_code)
    spellings = [other_spelling(*names[:2])] if origin.agreed and draws.chance(0.15) else []
    case_code = codes.code(SURVIVOR, life.opened_at.year, origin.number)
    _write_survivor(sheets, country, person, case_code, names, spellings)
    sheets.add("person_key", id=person.id, wrapped=wrapped, **person.held)
    papers = _write_papers(sheets, person) if origin.agreed else []
    phones = _write_phones(sheets, person) if origin.agreed else []
    keys = {key for name in (*names, *spellings) for key in _keys(name)}
    keys |= sealing.index_keys((), papers, phones, case_code)
    sheets.series("name_key", "key", keys, survivor_id=person.id, organisation_id=country.agency_id)
    return replace(person, name=sealing.full_name(dict(zip(GIVEN, names, strict=True))))


@cache
def _keys(name: str) -> frozenset[int]:
    """The index of one name: the lists are short, and the same names come again and again."""
    return frozenset(sealing.name_keys_of([name]))


def _draw(draws: Dice, origin: Origin, life: Life, box: Box) -> Person:
    hurt, category = origin.casualty, origin.category_code
    day = hurt.accident_on if hurt else day_of(life.opened_at)
    age = hurt.age if hurt else draws.randint(*AGES[category])
    sex = hurt.sex_code if hurt else urn(SEX[category]).draw(draws)
    lost_limb = category == DIRECT and draws.chance(LIMB_LOST)
    fit = lost_limb and sex == MALE and age in PLAYING_AGE and origin.agreed and life.is_open
    return Person(
        id=draws.new_id(life.opened_at),
        box=box,
        held=ready(owner_id=origin.owner_id, team_id=origin.crew.team_id),
        origin=origin,
        sex_code=sex,
        birth=_birth(draws, day, age),
        lost_limb=lost_limb,
        plays=fit and draws.chance(PLAYING),
        life=life,
    )


def _birth(draws: Dice, day: date, age: int) -> Birth:
    """A birth date that makes somebody this old on a day; sometimes only month or year are known."""
    latest = (day + timedelta(days=1) if (day.month, day.day) == (2, 29) else day).replace(
        year=day.year - age
    )
    born = latest - timedelta(days=draws.randint(0, 364))
    precision = urn("day:85 month:4 year:11").draw(draws)
    if precision == "day":
        return Birth(born, precision, born)
    first = born.replace(day=1) if precision == "month" else born.replace(month=1, day=1)
    after = (
        (first + timedelta(days=31)).replace(day=1) if precision == "month" else date(first.year + 1, 1, 1)
    )
    return Birth(first, precision, after - timedelta(days=1))


def _write_survivor(
    sheets: Sheets,
    country: Country,
    person: Person,
    case_code: str,
    names: tuple[str, str, str],
    spellings: list[str],
) -> None:
    draws, origin, life = sheets.dice, person.origin, person.life
    more = _circumstances(draws, person) if origin.agreed else {"life_saving_reason": "danger_to_life"}
    sheets.record(
        "survivor",
        life.opened_at,
        id=person.id,
        organisation_id=country.agency_id,
        code=case_code,
        category_code=origin.category_code,
        sex_code=person.sex_code,
        birth_year=person.birth.first.year,
        birth_precision=person.birth.precision,
        birth_estimated=person.birth.precision == "year" and draws.chance(0.5),
        district_code=residence().draw(draws),
        casualty_id=origin.casualty.id if origin.casualty else None,
        registered_on=day_of(life.opened_at),
        died_on=life.died_on,
        invented=True,
        **person.held,
        **_sealed(draws, person, names, spellings),
        **more,
    )


def _sealed(
    draws: Dice, person: Person, names: tuple[str, str, str], spellings: list[str]
) -> dict[str, bytes | None]:
    """Who it is, for nobody but the person's key."""
    plain: dict[str, str | None] = {
        "given_name": names[0],
        "surname": names[1],
        "patronymic": names[2],
        "other_spellings": sealing.spellings(spellings) if spellings else None,
        "birth_date": person.birth.first.isoformat(),
        "address": f"Nümunə küçəsi {draws.randint(1, 180)}" if person.origin.agreed else None,
    }
    return sealing.seal_survivor(person.box, person.id, plain)


def _circumstances(draws: Dice, person: Person) -> dict[str, Any]:
    """How the person lives: what may be recorded once there is consent."""
    age = person.birth.age_on(day_of(person.life.opened_at))
    schooling, work = "full_secondary:5 general_secondary:3 vocational:2 specialised_secondary:2 higher:2", ""
    if age < ADULT:
        schooling, work = (
            ("pre_school" if age < 6 else "primary" if age < 11 else "general_secondary"),
            "student",
        )
    elif age >= 65:
        work = "retired"
    return {
        "displacement_code": urn("idp:55 returnee:20 resident:20 unknown:5").draw(draws),
        "language_code": urn("az:92 ru:4 lez:1 tly:1 ku:1 azs:1").draw(draws),
        "education_code": urn(schooling).draw(draws),
        "occupation_code": work
        or urn("unemployed_seeking:4 self_employed:3 employed:3 family_worker:2 not_in_labour_force:3").draw(
            draws
        ),
    }


def _write_papers(sheets: Sheets, person: Person) -> list[tuple[str, str]]:
    """Documents as kind and number; not everybody has some."""
    draws, number = sheets.dice, person.origin.number
    papers = [("fin", codes.fin(number))] if draws.chance(0.88) else []
    if draws.chance(0.2):
        papers.append(("idp_card", f"NUMUNE{number:07}"))
    for kind, written in papers:
        row_id = draws.new_id(person.life.opened_at)
        sheets.record(
            "identifier",
            person.life.opened_at,
            id=row_id,
            survivor_id=person.id,
            kind_code=kind,
            number=person.box.seal("identifier", "number", row_id, written),
            lookup=sealing.identifier_lookup(kind, written),
            **person.held,
        )
    return papers


def _write_phones(sheets: Sheets, person: Person) -> list[str]:
    """A telephone, the person's own as a rule."""
    draws, at = sheets.dice, person.life.opened_at
    if draws.chance(0.06):
        return []
    number, row_id = codes.mobile(person.origin.number), draws.new_id(at)
    child = person.birth.age_on(day_of(at)) < ADULT
    sheets.record(
        "phone",
        at,
        id=row_id,
        survivor_id=person.id,
        number=person.box.seal("phone", "number", row_id, number),
        lookup=sealing.phone_lookup(number),
        owner_code="parent" if child else urn("self:8 spouse:1 child:1 neighbour:1").draw(draws),
        safe_to_call=urn("yes:7 unknown:2 no:1").draw(draws),
        **person.held,
    )
    return [number]
