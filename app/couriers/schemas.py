"""What a client sends about being told outside the app, and what it gets back."""

import re
from datetime import datetime, time
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from app.codelists.lists import coded, recorded
from app.core import vault
from app.core.given import Flag, Given
from app.core.phones import Phone
from app.core.shown import Shown
from app.couriers.models import Channel, Preference, Webhook
from app.couriers.rules import URL

CLOCK = r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$"
EMAIL = r"^[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$"


def _clock(value: object) -> object:
    """A time of day as HH:MM, and nothing that is merely like one."""
    if isinstance(value, str) and re.fullmatch(CLOCK, value):
        return time.fromisoformat(value)
    if isinstance(value, time):
        return value
    raise PydanticCustomError("not_a_time", "Not a time of day as HH:MM")


def _once(codes: list[str]) -> list[str]:
    if len(set(codes)) != len(codes):
        raise PydanticCustomError("repeated", "Sent twice")
    return codes


def _kept() -> Any:
    """The default of a field in a change: what is not sent stays as it is (and null is not a value)."""
    return Field(default_factory=lambda: None)


Clock = Annotated[time, BeforeValidator(_clock), Field(json_schema_extra={"pattern": CLOCK})]
Email = Annotated[str, Field(min_length=6, max_length=254, pattern=EMAIL)]
Kinds = Annotated[
    list[Annotated[str, coded("notification_kind")]], Field(max_length=100), AfterValidator(_once)
]
Url = Annotated[str, Field(min_length=12, max_length=300, pattern=URL)]


class WritePreference(Given):
    """All that somebody wants to be told outside the app, and when not; what is not sent is not wanted."""

    email: Email | None = None
    phone: Phone | None = None
    email_kinds: Kinds = []
    daily_kinds: Kinds = []
    text_kinds: Kinds = []
    daily_at: Clock = time(8)
    quiet_from: Clock | None = None
    quiet_until: Clock | None = None
    wakes_for_urgent: Flag = False


class NewWebhook(Given):
    """Where a facility's own system is told what the facility is told; without kinds, all of it."""

    id: UUID | None = None
    facility_id: UUID
    url: Url
    kinds: Kinds = []


class AmendWebhook(Given):
    """What changes about a webhook; what is not sent stays."""

    url: Url = _kept()
    kinds: Kinds = _kept()


class PreferenceOut(Shown):
    """How you are told outside the app."""

    version: int
    email: str | None
    phone: str | None
    email_kinds: list[Annotated[str, recorded("notification_kind")]]
    daily_kinds: list[Annotated[str, recorded("notification_kind")]]
    text_kinds: list[Annotated[str, recorded("notification_kind")]]
    daily_at: str
    quiet_from: str | None
    quiet_until: str | None
    wakes_for_urgent: bool

    @classmethod
    def of(cls, wants: Preference) -> Self:
        """The preference, opened."""
        plain = wants.model_dump(include=set(cls.model_fields))
        times = {
            name: f"{plain[name]:%H:%M}" if plain[name] else None
            for name in ("daily_at", "quiet_from", "quiet_until")
        }
        return cls.model_validate(plain | times | {name: opened(wants, name) for name in ("email", "phone")})


def opened(wants: Preference, column: str) -> str | None:
    """An address of somebody who works here."""
    data: bytes | None = getattr(wants, column)
    return None if data is None else vault.read_envelope("notification_preference", column, wants.id, data)


class WebhookRow(Shown):
    """A webhook, without its key."""

    id: UUID
    version: int
    created_at: datetime
    facility_id: UUID
    url: str
    kinds: list[Annotated[str, recorded("notification_kind")]]
    key_id: str
    stopped_at: datetime | None


class WebhookKeyOut(WebhookRow):
    """A webhook with the key that its messages are signed with. It is not shown again."""

    key: str

    @classmethod
    def of(cls, webhook: Webhook) -> Self:
        """With the key, opened."""
        return cls.model_validate(
            webhook.model_dump(include=set(cls.model_fields)) | {"key": key_of(webhook)}
        )


def key_of(webhook: Webhook) -> str:
    """The key that a webhook's messages are signed with."""
    return vault.read_envelope("webhook", "key", webhook.id, webhook.key)


class DeliveryOut(Shown):
    """One message on one way out of the house: when it is due, sent or given up, and why."""

    id: UUID
    version: int
    created_at: datetime
    notification_id: UUID
    channel: Channel
    user_id: UUID | None
    webhook_id: UUID | None
    daily: bool
    due_at: datetime
    tries: int
    sent_at: datetime | None
    dead_at: datetime | None
    fault: str | None


class VisitReminderOut(Shown):
    """A text message to the person about one date: when it is due, sent or given up, and why. No number."""

    id: UUID
    version: int
    created_at: datetime
    scheduled_for: datetime
    due_at: datetime
    tries: int
    sent_at: datetime | None
    dead_at: datetime | None
    fault: str | None
