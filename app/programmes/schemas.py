"""What a client sends about a programme, and what it gets back."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError
from sqlmodel.ext.asyncio.session import AsyncSession

from app.codelists.lists import coded, recorded
from app.core.given import Age, Count, Day, Given, Instant, Name, ShortText
from app.core.shown import Shown
from app.programmes import queries, rules
from app.programmes.models import Programme, Session
from app.programmes.queries import Around

Minutes = Annotated[int, Field(strict=True, ge=5, le=24 * 60)]
Places = Annotated[int, Field(strict=True, ge=1, le=100_000)]
Weekday = Literal["mo", "tu", "we", "th", "fr", "sa", "su"]


def _once(codes: list[Any]) -> list[Any]:
    if len(set(codes)) != len(codes):
        raise PydanticCustomError("repeated", "Sent twice")
    return codes


def _kept() -> Any:
    """The default of a field in a change: what is not sent stays as it is (and null is not a value)."""
    return Field(default_factory=lambda: None)


Topics = Annotated[
    list[Annotated[str, coded("risk_education_topic")]], Field(max_length=20), AfterValidator(_once)
]
Materials = Annotated[
    list[Annotated[str, coded("risk_education_material")]], Field(max_length=20), AfterValidator(_once)
]


class NewProgramme(Given):
    """A programme of a facility. A sport says which, and the others say none."""

    id: UUID | None = None
    facility_id: UUID
    kind_code: Annotated[str, coded("programme_kind")]
    name: ShortText
    sport_code: Annotated[str, coded("sport")] | None = None
    level_code: Annotated[str, coded("programme_level")] | None = None
    place: ShortText | None = None
    district_code: Annotated[str, coded("district")]
    capacity: Places | None = None
    minimum_age: Age | None = None


class AmendProgramme(Given):
    """What changes about a programme; what is not sent stays. `closed_on` ends it."""

    name: ShortText = _kept()
    level_code: Annotated[str, coded("programme_level")] | None = None
    place: ShortText = _kept()
    district_code: Annotated[str, coded("district")] = _kept()
    capacity: Places | None = None
    minimum_age: Age | None = None
    closed_on: Day | None = None


class _InOrder(Given):
    starts_on: Day
    ends_on: Day

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends_on < self.starts_on:
            raise PydanticCustomError("ends_before_it_begins", "Ends before it begins")
        return self


class NewSeason(_InOrder):
    """A stretch of time in which a programme has sessions."""

    id: UUID | None = None
    name: Name


class NewGroup(Given):
    """Some of a programme who train, meet or learn together."""

    id: UUID | None = None
    name: Name
    capacity: Places | None = None


class NewStaff(Given):
    """Somebody who works at the facility, and as what in the programme."""

    id: UUID | None = None
    user_id: UUID
    role_code: Annotated[str, coded("programme_staff_role")]


class Repeat(Given):
    """Every so many weeks, on these days, until a day, but not on some; at the same local time."""

    weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7), AfterValidator(_once)]
    every_weeks: Annotated[int, Field(strict=True, ge=1, le=8)] = 1
    until: Day
    but: Annotated[list[Day], Field(max_length=60), AfterValidator(_once)] = []


class PlanSessions(Given):
    """One session, or with `repeat` a series. `id`: of the only one."""

    id: UUID | None = None
    season_id: UUID
    group_id: UUID | None = None
    kind_code: Annotated[str, coded("session_kind")]
    starts_at: Instant
    minutes: Minutes
    place: ShortText | None = None
    topic_codes: Topics = []
    partner_id: UUID | None = None
    village: ShortText | None = None
    repeat: Repeat | None = None

    @model_validator(mode="after")
    def _one_id_for_one(self) -> Self:
        if self.id and self.repeat:
            raise PydanticCustomError("id_of_a_series", "A series has no id of its own")
        return self


class CancelSession(Given):
    """Why it does not take place."""

    reason_code: Annotated[str, coded("session_cancel_reason")]


class People(Given):
    """How many of one sex and age band."""

    sex_code: Annotated[str, coded("sex")]
    age_band_code: Annotated[str, coded("age_band")]
    people: Annotated[int, Field(strict=True, ge=1, le=10_000)]


class CountPeople(Given):
    """Whom a community session reached, and with what. It takes the place of what was counted before."""

    people: Annotated[list[People], Field(max_length=60)]
    topic_codes: Topics = []
    material_codes: Materials = []
    village: ShortText | None = None
    partner_id: UUID | None = None

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        _once([(each.sex_code, each.age_band_code) for each in self.people])
        return self


class _Out(Shown):
    model_config = ConfigDict(extra="ignore")


class ProgrammeRow(_Out):
    """A programme as a line of a list."""

    id: UUID
    version: int
    facility_id: UUID
    kind_code: Annotated[str, recorded("programme_kind")]
    name: str
    sport_code: Annotated[str, recorded("sport")] | None
    level_code: Annotated[str, recorded("programme_level")] | None
    place: str
    district_code: Annotated[str, recorded("district")]
    capacity: int | None
    minimum_age: int | None
    closed_on: date | None


class SeasonOut(_Out):
    """A season, open or closed."""

    id: UUID
    version: int
    name: str
    starts_on: date
    ends_on: date
    closed_at: datetime | None


class GroupOut(_Out):
    """A group."""

    id: UUID
    version: int
    name: str
    capacity: int | None
    closed_on: date | None


class StaffOut(_Out):
    """Somebody who works in the programme, and until when if that is over."""

    id: UUID
    version: int
    user_id: UUID
    display_name: str
    role_code: Annotated[str, recorded("programme_staff_role")]
    ended_on: date | None


class ProgrammeOut(ProgrammeRow):
    """A programme with its seasons, groups and staff. Nobody who takes part stands here."""

    consent_purpose_code: Annotated[str, recorded("consent_purpose")]
    has_calendar: bool
    seasons: list[SeasonOut]
    groups: list[GroupOut]
    staff: list[StaffOut]

    @classmethod
    def of(cls, programme: Programme, purpose: str, around: Around) -> Self:
        """The record with what belongs to it."""
        kept = {name: getattr(programme, name) for name in ProgrammeRow.model_fields}
        staff = [each.model_dump() | {"display_name": name} for each, name in around.staff]
        return cls.model_validate(
            kept
            | {
                "consent_purpose_code": purpose,
                "has_calendar": programme.feed_hash is not None,
                "seasons": [each.model_dump() for each in around.seasons],
                "groups": [each.model_dump() for each in around.groups],
                "staff": staff,
            }
        )


class HeldOut(_Out):
    """One session: when, where, whether it took place; how many guests came."""

    id: UUID
    version: int
    programme_id: UUID
    season_id: UUID
    group_id: UUID | None
    kind_code: Annotated[str, recorded("session_kind")]
    starts_at: datetime
    minutes: int
    place: str
    repeats: str | None
    guests: int
    noted_at: datetime | None
    cancelled_at: datetime | None
    cancel_reason_code: Annotated[str, recorded("session_cancel_reason")] | None
    topic_codes: list[Annotated[str, recorded("risk_education_topic")]]
    material_codes: list[Annotated[str, recorded("risk_education_material")]]
    partner_id: UUID | None
    village: str


class SessionsOut(_Out):
    """The sessions that were planned, first first."""

    items: list[HeldOut]

    @classmethod
    def of(cls, sessions: list[Session]) -> Self:
        """The records."""
        return cls(items=[HeldOut.model_validate(each) for each in sessions])


class PeopleOut(_Out):
    """How many of one sex and age band were reached."""

    sex_code: Annotated[str, recorded("sex")]
    age_band_code: Annotated[str, recorded("age_band")]
    people: Count


class ReachOut(_Out):
    """A community session, and whom it reached."""

    version: int
    session: HeldOut
    people: list[PeopleOut]


class FeedOut(_Out):
    """Where other programs read the programme's calendar. It is shown once; whoever has it may read."""

    version: int
    path: str


async def show(session: AsyncSession, programme: Programme) -> ProgrammeOut:
    """A programme as everybody sees it, with what belongs to it."""
    purpose = rules.purpose_of(programme.kind_code)
    return ProgrammeOut.of(programme, purpose, await queries.around(session, programme))


async def show_reach(session: AsyncSession, one: Session) -> ReachOut:
    """A session, and whom it reached."""
    people = [PeopleOut.model_validate(each) for each in await queries.reached(session, one)]
    return ReachOut(version=one.version, session=HeldOut.model_validate(one), people=people)
