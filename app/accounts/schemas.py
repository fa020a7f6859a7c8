"""What a client sends about accounts, and what it gets back."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field

from app.access.actor import Actor
from app.access.caller import Signed
from app.access.table import Permission, Reach, Role, reach_of
from app.accounts.models import Invitation, LoginSession, Membership, Standing, User
from app.core.given import Given, ShortText
from app.core.shown import Shown

Language = Literal["en", "az", "ru"]
USERNAME = r"^[\w.@+-]+$"
Secret = Annotated[str, Field(min_length=1, max_length=512)]
"""A password as typed; its own rules judge it later."""
Code = Annotated[str, Field(min_length=6, max_length=60, examples=["287082"])]
"""Six digits of the authenticator app, or a recovery code."""
Token = Annotated[str, Field(min_length=43, max_length=43)]
Ignored = Annotated[str, Field(max_length=200, description="Part of OAuth2; not used")]
Username = Annotated[
    str, Field(min_length=2, max_length=100, pattern=USERNAME, examples=["kamran@clinic.az"])
]


def _kept() -> Any:
    """The default of a field in a change: what is not sent stays as it is, and null is not a value."""
    return Field(default_factory=lambda: None)


class SignIn(Given):
    """The password form of OAuth2, with the code of the second factor beside it."""

    username: Annotated[str, Field(min_length=1, max_length=200)]
    password: Secret
    otp: Code | None = None
    grant_type: Literal["password", ""] = "password"
    scope: Ignored = ""
    client_id: Ignored = ""
    client_secret: Ignored = ""


class TokenOut(Shown):
    """An access token, for the Authorization header; the refresh token came as a cookie."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105  # the name of a kind, no secret
    expires_in: int = Field(description="Seconds")
    second_factor_needed: bool = Field(description="True: this session may only enrol a second factor")


class AcceptInvitation(Given):
    """A password of one's own, with the token that an administrator handed over."""

    token: Token
    password: Secret


class ChangePassword(Given):
    """The present password, and the next."""

    present: Secret
    password: Secret


class StepUp(Given):
    """Proof, again, of who one is."""

    password: Secret
    otp: Code | None = None


class GiveCode(Given):
    """A code of the second factor."""

    code: Code


class TotpOut(Shown):
    """A second factor to confirm. Shown once."""

    secret: str
    uri: str = Field(description="As a picture (QR) for an authenticator app")


class RecoveryCodesOut(Shown):
    """Codes that each open the account once when the telephone is lost. Shown once."""

    recovery_codes: list[str]


class ChangeMe(Given):
    """What a person may change about their own account."""

    language: Language


class MembershipOut(Shown):
    """One role in one organisation, and how far it reaches."""

    id: UUID
    version: int
    role: Role
    organisation_id: UUID
    facility_id: UUID | None
    team_id: UUID | None
    ended_at: datetime | None


class SecondFactorOut(Shown):
    """Where a person stands with the second factor."""

    required: bool
    enrolled: bool
    shown: bool = Field(description="Whether this session showed one")
    recovery_codes_left: int


class MeOut(Shown):
    """The person signed in, and what they may do under the membership that acts."""

    id: UUID
    version: int
    username: str
    display_name: str
    language: str
    memberships: list[MembershipOut]
    acting_membership_id: UUID | None
    permissions: dict[Permission, str] = Field(description="Each permission held, and its reach")
    second_factor: SecondFactorOut
    auth_at: datetime

    @classmethod
    def of(cls, signed: Signed, user: User, memberships: list[Membership], factor: SecondFactorOut) -> Self:
        """The person behind a session."""
        return cls(
            id=user.id,
            version=user.version,
            username=user.username,
            display_name=user.display_name,
            language=signed.language,
            memberships=[MembershipOut.model_validate(membership) for membership in memberships],
            acting_membership_id=signed.actor and signed.actor.membership_id,
            permissions=permissions(signed.actor),
            second_factor=factor,
            auth_at=signed.auth_at,
        )


def permissions(actor: Actor | None) -> dict[Permission, str]:
    """What the table gives this actor; nothing to a person who acts under no membership."""
    if actor is None:
        return {}
    reaches = {permission: reach_of(actor.role, permission) for permission in Permission}
    return {permission: reach.name.lower() for permission, reach in reaches.items() if reach is not Reach.NO}


class SessionOut(Shown):
    """One signed-in device."""

    id: UUID
    version: int
    created_at: datetime
    expires_at: datetime
    device: str
    amr: list[str]
    is_this_one: bool

    @classmethod
    def of(cls, session: LoginSession, signed: Signed) -> Self:
        """A session, as its owner sees it from one of them."""
        known = session.model_dump(include=set(cls.model_fields))
        return cls(**known, is_this_one=session.id == signed.session_id)


class NewMembership(Given):
    """A role, and the place it reaches from: a team for caseworkers, a facility for providers."""

    role: Role
    organisation_id: UUID
    facility_id: UUID | None = None
    team_id: UUID | None = None


class InviteUser(Given):
    """A new person, and the roles they begin with."""

    username: Username
    display_name: ShortText
    language: Language = "en"
    memberships: Annotated[list[NewMembership], Field(min_length=1, max_length=10)]


class ChangeUser(Given):
    """What an administrator may correct. Fields left out stay as they are."""

    display_name: ShortText = _kept()
    language: Language = _kept()


class FirstAdministrator(Given):
    """Who runs a new programme, as entered at the command line."""

    username: Username
    display_name: ShortText
    organisation: ShortText
    password: Secret


class UserRow(Shown):
    """A person as a line of the list. `queries.page_json` writes it."""

    id: UUID
    version: int
    username: str
    display_name: str
    standing: Standing


class UserOut(Shown):
    """A person, as an administrator sees them."""

    model_config = ConfigDict(extra="ignore")

    id: UUID
    version: int
    created_at: datetime
    username: str
    display_name: str
    language: str
    standing: Standing
    second_factor: bool
    memberships: list[MembershipOut]

    @classmethod
    def of(cls, user: User, memberships: list[Membership], second_factor: bool) -> Self:
        """The person with their memberships, ended ones too."""
        return cls(
            **user.model_dump(),
            second_factor=second_factor,
            memberships=[MembershipOut.model_validate(membership) for membership in memberships],
        )


class InvitationOut(Shown):
    """A person who may now set a password. The token is shown once: hand it over in person."""

    version: int
    user: UserOut
    token: str
    expires_at: datetime

    @classmethod
    def of(cls, user: UserOut, invitation: Invitation, token: str) -> Self:
        """What the administrator hands over."""
        return cls(version=user.version, user=user, token=token, expires_at=invitation.expires_at)
