"""What counsellors send about support, and what is shown: to them all of it, to others that it is given."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BeforeValidator, Field

from app.codelists.lists import coded, recorded
from app.core import clock, vault
from app.core.dates import PastDay
from app.core.given import Given, LongText, Name, Year
from app.core.given import _whole as whole
from app.core.shown import Shown
from app.records.schemas import RecordOut, correcting
from app.support.matching import Suggested
from app.support.models import Peer, PeerPair, PsychosocialEpisode, PsychosocialMove, SupportSession
from app.support.states import SUPPORT, Action, Party, Status

Minutes = Annotated[int, Field(strict=True, ge=1, le=600), BeforeValidator(whole)]
Few = Annotated[int, Field(strict=True, ge=1, le=20), BeforeValidator(whole)]
"""How many people one accompanies at a time."""
Languages = Annotated[list[Annotated[str, coded("language")]], Field(min_length=1, max_length=10)]
Experiences = Annotated[list[Annotated[str, coded("peer_experience")]], Field(min_length=1, max_length=9)]


class AddPsychosocialEpisode(Given):
    """The beginning of support of one layer of the IASC pyramid."""

    id: UUID | None = None
    layer_code: Annotated[str, coded("mhpss_layer")]
    opened_on: PastDay = Field(default_factory=clock.today)


class AddSupportSession(Given):
    """One session, held or missed. `pair_id`: of which peer it was the visit."""

    id: UUID | None = None
    episode_id: UUID
    intervention_code: Annotated[str, coded("mhpss_intervention")]
    held_on: PastDay = Field(default_factory=clock.today)
    attendance_code: Annotated[str, coded("attendance_status")]
    minutes: Minutes | None = None
    pair_id: UUID | None = None


class AddSupportNote(Given):
    """What is to be remembered of a session. Only counsellors ever read it."""

    id: UUID | None = None
    session_id: UUID
    text: LongText


class PairPeer(Given):
    """The decision that this peer accompanies the person, who has agreed to it, or for whom somebody has."""

    id: UUID | None = None
    peer_id: UUID
    started_on: PastDay = Field(default_factory=clock.today)
    agreed_by_code: Annotated[str, coded("consent_given_by")]


class EndPair(Given):
    """Why and on which day a peer accompanies the person no more."""

    ended_on: PastDay = Field(default_factory=clock.today)
    end_reason_code: Annotated[str, coded("peer_pair_end")]


class MoveEpisode(Given):
    """A step in the life of an episode, and the day on which it was taken."""

    happened_on: PastDay = Field(default_factory=clock.today)


class CloseEpisode(MoveEpisode):
    """The end of an episode, and what came of it."""

    outcome_code: Annotated[str, coded("support_outcome")]


CorrectPsychosocialEpisode = correcting(AddPsychosocialEpisode, "PsychosocialEpisode")
CorrectSupportSession = correcting(AddSupportSession, "SupportSession")
CorrectSupportNote = correcting(AddSupportNote, "SupportNote")


class AddPeer(Given):
    """Somebody who accompanies others. `most`: people at a time; without training they accompany nobody."""

    id: UUID | None = None
    name: Name
    sex_code: Annotated[str, coded("sex")]
    birth_year: Year
    language_codes: Languages
    experience_codes: Experiences
    most: Few = 3
    trained_on: PastDay | None = None


class AmendPeer(Given):
    """What has changed about a peer; what is not sent stays. `ended_on`: supports nobody from that day on."""

    language_codes: Languages | None = None
    experience_codes: Experiences | None = None
    most: Few | None = None
    trained_on: PastDay | None = None
    ended_on: PastDay | None = None


class PsychosocialEpisodeOut(RecordOut):
    """An episode as counsellors see it, with the steps that can be taken now."""

    facility_id: UUID
    layer_code: Annotated[str, recorded("mhpss_layer")]
    opened_on: date
    status: Status
    closed_on: date | None
    open_actions: list[str]


class EpisodeMoveOut(Shown):
    """One step in the life of an episode; of an end, what came of it."""

    id: UUID
    created_at: datetime
    action: Action
    source: Status
    target: Status
    happened_on: date
    outcome_code: Annotated[str, recorded("support_outcome")] | None
    by_id: UUID

    @classmethod
    def of(cls, move: PsychosocialMove) -> Self:
        """The step as it was kept."""
        return cls.model_validate(move.model_dump(include=set(cls.model_fields)))


class SupportSessionOut(RecordOut):
    """A session as counsellors see it."""

    episode_id: UUID
    facility_id: UUID
    intervention_code: Annotated[str, recorded("mhpss_intervention")]
    held_on: date
    attendance_code: Annotated[str, recorded("attendance_status")]
    minutes: int | None
    pair_id: UUID | None


class SupportNoteOut(RecordOut):
    """What a counsellor wrote about a session."""

    session_id: UUID
    text: str


class EpisodeStatus(Shown):
    """That there is support, and since when: not of which kind."""

    id: UUID
    facility_id: UUID
    status: Status
    opened_on: date
    closed_on: date | None

    @classmethod
    def of(cls, episode: PsychosocialEpisode) -> Self:
        """What may be known outside the compartment."""
        return cls.model_validate(episode.model_dump(include=set(cls.model_fields)))


class SessionStatus(Shown):
    """That there was a session, and whether the person came: not what was done."""

    id: UUID
    facility_id: UUID
    held_on: date
    attendance_code: Annotated[str, recorded("attendance_status")]

    @classmethod
    def of(cls, held: SupportSession) -> Self:
        """What may be known outside the compartment."""
        return cls.model_validate(held.model_dump(include=set(cls.model_fields)))


class SupportStatusOut(Shown):
    """Whether a person is in support, for who works on the case. What was entered in error is left out."""

    in_support: bool
    episodes: list[EpisodeStatus]
    sessions: list[SessionStatus]


class PeerOut(Shown):
    """A peer of the facility, with how many people they accompany now."""

    id: UUID
    version: int
    created_at: datetime
    name: str
    sex_code: Annotated[str, recorded("sex")]
    birth_year: int
    language_codes: list[Annotated[str, recorded("language")]]
    experience_codes: list[Annotated[str, recorded("peer_experience")]]
    most: int
    load: int
    trained_on: date | None
    ended_on: date | None

    @classmethod
    def of(cls, peer: Peer, load: int) -> Self:
        """The peer with their name."""
        name = vault.read_envelope("peer", "name", peer.id, peer.name)
        kept = peer.model_dump(include=set(cls.model_fields))
        return cls.model_validate(kept | {"name": name, "load": load})


class SuggestionOut(Shown):
    """A peer who could accompany the person, why, and what of the person is not known here."""

    peer: PeerOut
    reason_codes: list[Annotated[str, recorded("peer_reason")]]
    unknown_codes: list[Annotated[str, recorded("peer_reason")]]

    @classmethod
    def of(cls, one: Suggested) -> Self:
        """The suggestion with the peer's name."""
        shown = PeerOut.of(one.peer, one.load)
        return cls(peer=shown, reason_codes=list(one.reasons), unknown_codes=list(one.unknown))


class PeerPairOut(Shown):
    """A peer who accompanies a person: who decided it, what spoke for it, until when."""

    id: UUID
    version: int
    created_at: datetime
    case_id: UUID
    peer_id: UUID
    by_id: UUID
    started_on: date
    agreed_by_code: Annotated[str, recorded("consent_given_by")]
    reason_codes: list[Annotated[str, recorded("peer_reason")]]
    ended_on: date | None
    end_reason_code: Annotated[str, recorded("peer_pair_end")] | None

    @classmethod
    def of(cls, pair: PeerPair) -> Self:
        """The pair as it was kept."""
        return cls.model_validate(pair.model_dump(include=set(cls.model_fields)))


def open_actions(episode: PsychosocialEpisode) -> dict[str, list[str]]:
    """What a counsellor can do with an episode now."""
    return {"open_actions": SUPPORT.open(episode.status, Party)}
