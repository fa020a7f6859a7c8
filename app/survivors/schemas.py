"""What clients send about people, and what they get back."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from app.codelists.lists import coded, recorded
from app.core.dates import PartialDate, PastDate, PastDay, born_about
from app.core.given import Age, Day, Flag, Given, Name, Reference, ShortText, Text
from app.core.phones import Phone
from app.core.shown import Shown
from app.survivors import casecode, documents
from app.survivors.rules import REGISTRATION, SHARING

TextVersion = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z0-9][a-z0-9._-]*$")]
Category = Annotated[str, coded("victim_category")]
Sex = Annotated[str, coded("sex")]
District = Annotated[str, coded("district")]
Displacement = Annotated[str, coded("displacement_status")]
Language = Annotated[str, coded("language")]
Education = Annotated[str, coded("education")]
Occupation = Annotated[str, coded("occupation_status")]
Tri = Annotated[str, coded("tri")]
Mode = Annotated[str, coded("consent_mode")]
Legal = Annotated[str, coded("legal_basis")]
Relation = Annotated[str, coded("relation")]
Spellings = Annotated[list[ShortText], Field(max_length=10)]


def _once(codes: list[str]) -> list[str]:
    if len(set(codes)) != len(codes):
        raise PydanticCustomError("repeated", "Sent twice")
    return codes


Some = (Field(min_length=1, max_length=20), AfterValidator(_once))
DataCodes = Annotated[list[Annotated[str, coded("consent_data")]], *Some]
OperationCodes = Annotated[list[Annotated[str, coded("consent_operation")]], *Some]


def _kept() -> Any:
    """The default of a field in a change: what is not sent stays as it is (and null is not a value)."""
    return Field(default_factory=lambda: None)


class StatedAge(Given):
    """An age in whole years, as somebody said it on a day; the year of birth is reckoned from it."""

    years: Age
    on: PastDay

    @property
    def birth(self) -> PartialDate:
        """The estimated year of birth."""
        return born_about(self.years, self.on)


class NewIdentifier(Given):
    """A document number of a person."""

    id: UUID | None = None
    kind_code: Annotated[str, coded("identifier_kind")]
    number: Reference

    @model_validator(mode="after")
    def _in_one_form(self) -> Self:
        self.number = documents.number_of(self.kind_code, self.number)
        return self


class AddIdentifier(NewIdentifier):
    """A further document number; `confirm_new` where somebody else on file has the same."""

    confirm_new: Flag = False


class NewPhone(Given):
    """A telephone number, whose it is, and whether it is safe to call."""

    id: UUID | None = None
    number: Phone
    owner_code: Annotated[str, coded("phone_owner")] = "self"
    safe_to_call: Tri = "unknown"


class AmendPhone(Given):
    """What changes about a telephone number; what is not sent stays."""

    owner_code: Annotated[str, coded("phone_owner")] = _kept()
    safe_to_call: Tri = _kept()


class NewConsent(Given):
    """What a person agreed to, for one purpose. The operator is your organisation."""

    id: UUID | None = None
    purpose_code: Annotated[str, coded("consent_purpose")]
    facility_id: UUID | None = None
    data_codes: DataCodes
    operation_codes: OperationCodes
    deletion_code: Annotated[str, coded("deletion_term")]
    legal_basis_code: Legal = "consent"
    text_version: TextVersion
    language_code: Language
    mode_code: Mode
    given_by_code: Annotated[str, coded("consent_given_by")]
    giver_name: Name | None = None
    giver_relation_code: Relation | None = None
    child_assent: Tri = "not_applicable"
    assent_mode_code: Mode | None = None
    best_interest: Text | None = None
    given_on: PastDay
    valid_until: Day

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.valid_until < self.given_on:
            raise PydanticCustomError("ends_before_it_begins", "Valid until a day before it was given")
        if (self.purpose_code == SHARING) != (self.facility_id is not None):
            raise PydanticCustomError("provider_needed", "Sharing, and only sharing, names a provider")
        named = self.giver_name is not None and self.giver_relation_code is not None
        if (self.given_by_code != "self") != named:
            raise PydanticCustomError("giver_needed", "Somebody else, and only somebody else, is named")
        return self


class WithdrawConsent(Given):
    """Why a consent is taken back."""

    reason_code: Annotated[str, coded("consent_withdrawal_reason")]


class _Person(Given):
    """What both a registration and a change may say of a person."""

    given_name: Name | None = None
    surname: Name | None = None
    patronymic: Name | None = None
    birth: PastDate | None = None
    age: StatedAge | None = None
    address: Text | None = None
    district_code: District | None = None
    casualty_id: UUID | None = None
    died_on: PastDay | None = None

    @model_validator(mode="after")
    def _one_birth(self) -> Self:
        if self.birth is not None and self.age is not None:
            raise PydanticCustomError("birth_or_age", "Either a birth date or an age")
        return self

    @property
    def reckoned_birth(self) -> PartialDate | None:
        """The birth date, or the one that the age says."""
        return self.age.birth if self.age else self.birth


class Register(_Person):
    """A person to be registered: with the consent to it, or a life-saving reason and then only the least."""

    id: UUID | None = None
    category_code: Category
    sex_code: Sex = "unknown"
    other_spellings: Spellings = []
    displacement_code: Displacement = "unknown"
    language_code: Language = "unknown"
    education_code: Education = "unknown"
    occupation_code: Occupation = "unknown"
    identifiers: Annotated[list[NewIdentifier], Field(max_length=10)] = []
    phones: Annotated[list[NewPhone], Field(max_length=10)] = []
    consents: Annotated[list[NewConsent], Field(max_length=20)] = []
    life_saving_reason: Annotated[str, coded("life_saving_reason")] | None = None
    owner_id: UUID | None = None
    team_id: UUID | None = None
    confirm_new: Flag = False

    @model_validator(mode="after")
    def _consent_first(self) -> Self:
        consented = any(consent.purpose_code == REGISTRATION for consent in self.consents)
        if consented == (self.life_saving_reason is not None):
            raise PydanticCustomError("consent_or_reason", "Consent to registration, or a life-saving reason")
        if consented and not (self.given_name or self.surname):
            raise PydanticCustomError("name_needed", "At least one name")
        return self

    def said(self) -> set[str]:
        """The fields that say something of the person; a default says nothing."""
        return {
            name
            for name, field in type(self).model_fields.items()
            if name not in NOT_SAID and getattr(self, name) not in (None, [], field.default)
        }


NOT_SAID = {"id", "life_saving_reason", "owner_id", "team_id", "confirm_new"}
"""Fields of a registration that say nothing of the person."""


class Amend(_Person):
    """What changes about a person; what is not sent stays, and null says that it is not known."""

    category_code: Category = _kept()
    sex_code: Sex = _kept()
    other_spellings: Spellings = _kept()
    displacement_code: Displacement = _kept()
    language_code: Language = _kept()
    education_code: Education = _kept()
    occupation_code: Occupation = _kept()

    def changes(self) -> dict[str, Any]:
        """What was sent; an age as the birth date that it says."""
        sent = {name: getattr(self, name) for name in self.model_fields_set - {"birth", "age"}}
        return sent | ({"birth": self.reckoned_birth} if self.model_fields_set & {"birth", "age"} else {})


class AskedIdentifier(Given):
    """A document number to look for."""

    kind_code: Annotated[str, coded("identifier_kind")] = documents.FIN
    number: Reference

    @model_validator(mode="after")
    def _in_one_form(self) -> Self:
        self.number = documents.number_of(self.kind_code, self.number)
        return self


def _case_code(written: str) -> str:
    code = casecode.read_code(written)
    if code is None or not code.startswith(casecode.SURVIVOR):
        raise PydanticCustomError("not_a_case_code", "Not a case code, or mistyped")
    return code


class Search(Given):
    """Whom to look for: by name in any spelling or alphabet, document number, telephone or case code."""

    name: ShortText | None = None
    identifier: AskedIdentifier | None = None
    phone: Phone | None = None
    code: Annotated[ShortText, AfterValidator(_case_code)] | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.name or self.identifier or self.phone or self.code):
            raise PydanticCustomError("nothing_to_look_for", "A name, a number, a telephone or a code")
        return self


class Warned(Shown):
    """Something that was kept, but looks mistyped; the message is in the caller's language."""

    pointer: str
    code: str
    message: str = ""


class SurvivorOut(Shown):
    """One person's own record, whole: for who is responsible for it."""

    id: UUID
    version: int
    code: str
    owner_id: UUID
    team_id: UUID
    organisation_id: UUID
    registered_on: date
    category_code: Annotated[str, recorded("victim_category")]
    sex_code: Annotated[str, recorded("sex")]
    given_name: str | None
    surname: str | None
    patronymic: str | None
    other_spellings: list[str]
    birth: PartialDate | None
    address: str | None
    district_code: Annotated[str, recorded("district")] | None
    displacement_code: Annotated[str, recorded("displacement_status")]
    language_code: Annotated[str, recorded("language")]
    education_code: Annotated[str, recorded("education")]
    occupation_code: Annotated[str, recorded("occupation_status")]
    casualty_id: UUID | None
    life_saving_reason: Annotated[str, recorded("life_saving_reason")] | None
    died_on: date | None
    warnings: list[Warned] = []


class SurvivorRow(Shown):
    """One line of the list of persons."""

    id: UUID
    version: int
    code: str
    name: str
    category_code: Annotated[str, recorded("victim_category")]
    sex_code: Annotated[str, recorded("sex")]
    birth_year: int | None
    district_code: Annotated[str, recorded("district")] | None
    registered_on: date


class Match(Shown):
    """A person within your reach who answers a search, and how well: 0 to 1."""

    id: UUID
    code: str
    name: str
    category_code: Annotated[str, recorded("victim_category")]
    sex_code: Annotated[str, recorded("sex")]
    birth_year: int | None
    district_code: Annotated[str, recorded("district")] | None
    score: float


class Elsewhere(Shown):
    """Possibly known there: ask this organisation."""

    organisation_id: UUID
    organisation_name: str


class Found(Shown):
    """What a search found: people within your reach, best first; organisations to ask about others."""

    matches: list[Match]
    elsewhere: list[Elsewhere]


class IdentifierOut(Shown):
    """A document number of a person."""

    id: UUID
    version: int
    kind_code: Annotated[str, recorded("identifier_kind")]
    number: str
    warnings: list[Warned] = []


class PhoneOut(Shown):
    """A telephone number of a person: E.164, and as people write it."""

    id: UUID
    version: int
    number: str
    shown: str
    owner_code: Annotated[str, recorded("phone_owner")]
    safe_to_call: Annotated[str, recorded("tri")]


class ConsentOut(Shown):
    """What the person agreed to, for one purpose, and whether it holds today."""

    id: UUID
    version: int
    survivor_id: UUID
    operator_id: UUID
    purpose_code: Annotated[str, recorded("consent_purpose")]
    facility_id: UUID | None
    data_codes: list[Annotated[str, recorded("consent_data")]]
    operation_codes: list[Annotated[str, recorded("consent_operation")]]
    deletion_code: Annotated[str, recorded("deletion_term")]
    legal_basis_code: Annotated[str, recorded("legal_basis")]
    text_version: str
    language_code: Annotated[str, recorded("language")]
    mode_code: Annotated[str, recorded("consent_mode")]
    given_by_code: Annotated[str, recorded("consent_given_by")]
    giver_name: str | None
    giver_relation_code: Annotated[str, recorded("relation")] | None
    child_assent: Annotated[str, recorded("tri")]
    assent_mode_code: Annotated[str, recorded("consent_mode")] | None
    best_interest: str | None
    given_on: date
    valid_until: date
    withdrawn_at: datetime | None
    withdrawn_reason_code: Annotated[str, recorded("consent_withdrawal_reason")] | None
    live: bool
    warnings: list[Warned] = []
