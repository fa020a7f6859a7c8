"""Tables of psychosocial support. What is said and done there is sealed with the compartment's own key.

Row-level security shows episodes and sessions to whoever works on the case: that they are, from when to
when, and whether the person came. Everything else here is shown to counsellors alone.
"""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from app.core.db import Held, Record, code_type, holder
from app.support.states import Action, Status

CODES = ARRAY(sa.String(40))


class _Entered(Held):
    """What each of these records carries: whose it is, who entered it where, whether it counts."""

    case_id: UUID = Field(index=True)
    facility_id: UUID = Field(foreign_key="facility.id")
    by_id: UUID
    in_error: bool = False


class PsychosocialEpisode(_Entered, table=True):
    """A stretch of support of one layer."""

    __tablename__ = "psychosocial_episode"
    __table_args__ = (
        holder("case_id", "case_file"),
        sa.UniqueConstraint("id", "case_id"),
        sa.UniqueConstraint("id", "owner_id", "team_id"),
    )

    layer_code: bytes  # code list: mhpss_layer; sealed with the compartment's key
    opened_on: date
    status: Status = Field(default=Status.OPEN, sa_type=code_type(Status))
    closed_on: date | None = None


class PsychosocialMove(Held, table=True):
    """One step in the life of an episode, kept: for counsellors alone."""

    __tablename__ = "psychosocial_move"
    __table_args__ = (
        holder("episode_id", "psychosocial_episode"),
        sa.ForeignKeyConstraint(
            ["episode_id", "case_id"], ["psychosocial_episode.id", "psychosocial_episode.case_id"]
        ),
    )

    episode_id: UUID = Field(index=True)
    case_id: UUID
    action: Action = Field(sa_type=code_type(Action))
    source: Status = Field(sa_type=code_type(Status))
    target: Status = Field(sa_type=code_type(Status))
    happened_on: date
    outcome_code: str | None = Field(default=None, max_length=40)  # code list: support_outcome
    by_id: UUID


class SupportSession(_Entered, table=True):
    """One meeting: on which day, whether the person came; what was done is sealed."""

    __tablename__ = "support_session"
    __table_args__ = (
        holder("case_id", "case_file"),
        sa.ForeignKeyConstraint(
            ["episode_id", "case_id"], ["psychosocial_episode.id", "psychosocial_episode.case_id"]
        ),
        sa.ForeignKeyConstraint(["pair_id", "case_id"], ["peer_pair.id", "peer_pair.case_id"]),
        sa.UniqueConstraint("id", "case_id"),
    )

    episode_id: UUID = Field(index=True)
    pair_id: UUID | None = None  # the visit of this peer
    held_on: date
    attendance_code: str = Field(max_length=40)  # code list: attendance_status
    minutes: int | None = None
    intervention_code: bytes  # code list: mhpss_intervention; sealed with the compartment's key


class SupportNote(_Entered, table=True):
    """What a counsellor wrote about a session."""

    __tablename__ = "support_note"
    __table_args__ = (
        holder("case_id", "case_file"),
        sa.ForeignKeyConstraint(["session_id", "case_id"], ["support_session.id", "support_session.case_id"]),
    )

    session_id: UUID = Field(index=True)
    text: bytes  # sealed with the compartment's key


class Peer(Record, table=True):
    """Somebody with an experience of their own who accompanies others, from the list of a facility."""

    __tablename__ = "peer"
    __table_args__ = (sa.UniqueConstraint("id", "facility_id"),)

    facility_id: UUID = Field(foreign_key="facility.id", index=True)
    name: bytes  # a lone secret: a peer has no file here
    sex_code: str = Field(max_length=40)  # code list: sex
    birth_year: int
    language_codes: list[str] = Field(sa_type=CODES)  # code list: language
    experience_codes: list[str] = Field(sa_type=CODES)  # code list: peer_experience
    most: int  # people at a time
    trained_on: date | None = None
    ended_on: date | None = None


class PeerPair(Held, table=True):
    """A peer who accompanies a person: who decided it, why this one, until when."""

    __tablename__ = "peer_pair"
    __table_args__ = (
        holder("case_id", "case_file"),
        sa.ForeignKeyConstraint(["peer_id", "facility_id"], ["peer.id", "peer.facility_id"]),
        sa.UniqueConstraint("id", "case_id"),
        sa.Index("uq_peer_pair_now", "case_id", unique=True, postgresql_where=sa.text("ended_on is null")),
    )

    case_id: UUID
    facility_id: UUID
    peer_id: UUID = Field(index=True)
    started_on: date
    agreed_by_code: str = Field(max_length=40)  # code list: consent_given_by
    by_id: UUID  # who decided it
    reason_codes: list[str] = Field(sa_type=CODES)  # code list: peer_reason; as it was when it was decided
    ended_on: date | None = None
    end_reason_code: str | None = Field(default=None, max_length=40)  # code list: peer_pair_end
