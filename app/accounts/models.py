"""Account tables. What proves an identity (password, factor, tokens) is kept apart from who the person is."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from app.access.table import Role
from app.accounts.states import Standing as Standing
from app.core import clock
from app.core.db import Moment, Record, code_type


class User(Record, table=True):
    """A person who works with the service. Colleagues may see the name; nothing here proves an identity."""

    __tablename__ = "user_account"

    username: str = Field(max_length=100, unique=True)  # folded to lower case, NFKC
    display_name: str = Field(max_length=200)
    language: str = Field(default="en", max_length=5)
    standing: Standing = Field(default=Standing.INVITED, sa_type=code_type(Standing))


class Membership(Record, table=True):
    """One role of one person in one organisation, and how far it reaches there."""

    __tablename__ = "membership"

    user_id: UUID = Field(foreign_key="user_account.id", index=True)
    role: Role = Field(sa_type=code_type(Role))
    organisation_id: UUID = Field(foreign_key="organisation.id", index=True)
    facility_id: UUID | None = Field(default=None, foreign_key="facility.id", index=True)
    team_id: UUID | None = Field(default=None, foreign_key="team.id", index=True)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)


class Credential(SQLModel, table=True):
    """A person's password, as Argon2id."""

    __tablename__ = "credential"

    user_id: UUID = Field(foreign_key="user_account.id", primary_key=True)
    password_hash: str = Field(max_length=200)
    changed_at: datetime = Field(default_factory=clock.now, sa_type=Moment)


class Factor(Record, table=True):
    """A second factor: a sealed TOTP secret, and the last accepted step, so that no code serves twice."""

    __tablename__ = "factor"

    user_id: UUID = Field(foreign_key="user_account.id", unique=True)
    secret: bytes
    confirmed_at: datetime | None = Field(default=None, sa_type=Moment)
    last_step: int = Field(default=0, sa_type=sa.BigInteger)
    recovery_hashes: list[str] = Field(default_factory=list, sa_type=ARRAY(sa.String(64)))


class LoginSession(Record, table=True):
    """One signed-in device. Looked up at every request, so that an end takes effect on the next one."""

    __tablename__ = "login_session"

    user_id: UUID = Field(foreign_key="user_account.id", index=True)
    auth_at: datetime = Field(default_factory=clock.now, sa_type=Moment)
    amr: list[str] = Field(default_factory=list, sa_type=ARRAY(sa.String(20)))
    device: str = Field(default="", max_length=200)
    expires_at: datetime = Field(sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)


class RefreshToken(SQLModel, table=True):
    """One link of a session's chain of refresh tokens, known only by its SHA-256."""

    __tablename__ = "refresh_token"

    token_hash: bytes = Field(primary_key=True)
    session_id: UUID = Field(foreign_key="login_session.id", index=True)
    issued_at: datetime = Field(default_factory=clock.now, sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
    used_at: datetime | None = Field(default=None, sa_type=Moment)


class LoginDelay(SQLModel, table=True):
    """Wrong attempts on one name or from one address, known by a keyed hash; the wait grows, never a lock."""

    __tablename__ = "login_delay"

    subject: bytes = Field(primary_key=True)
    failures: int = 0
    until: datetime | None = Field(default=None, sa_type=Moment)
    last_at: datetime = Field(default_factory=clock.now, sa_type=Moment)


class Invitation(Record, table=True):
    """A way to set a first or a new password, once, for a short time."""

    __tablename__ = "invitation"

    user_id: UUID = Field(foreign_key="user_account.id", index=True)
    token_hash: bytes = Field(unique=True)
    expires_at: datetime = Field(sa_type=Moment)
    used_at: datetime | None = Field(default=None, sa_type=Moment)
