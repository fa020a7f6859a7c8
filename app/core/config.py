"""Settings from the environment, read once. Without DATABASE_URL, PostgreSQL comes with us."""

from functools import cache
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

MOUNTED = Path("/run/secrets")  # a container's secrets, a file for each, named like the setting


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError) as error:  # a folder of zones is none
        raise ValueError("no time zone that is known here") from error
    return name


Zone = Annotated[str, Field(pattern="^[A-Za-z]+(?:[/_+-][A-Za-z0-9]+)*$"), AfterValidator(_zone)]


TableName = Literal[
    "total", "sex_age", "type_year", "region_sex", "region_age", "region_type", "region_year", "district"
]


class Settings(BaseSettings):
    """What differs from one place of service to another. Each name may be prefixed with DAYAQ_."""

    model_config = SettingsConfigDict(
        env_prefix="DAYAQ_", extra="ignore", secrets_dir=MOUNTED if MOUNTED.is_dir() else None
    )

    database_url: str = Field(default="", validation_alias=AliasChoices("DAYAQ_DATABASE_URL", "DATABASE_URL"))
    migration_url: str = Field(
        default="", validation_alias=AliasChoices("DAYAQ_MIGRATION_URL", "MIGRATION_URL")
    )
    figures_url: str = Field(default="", validation_alias=AliasChoices("DAYAQ_FIGURES_URL", "FIGURES_URL"))
    """Where migrations learn the password of `stats_login`, for `dayaq serve --face statistics`."""
    face: Literal["all", "statistics"] = "all"
    """What is served: everything, or released figures alone. Set by `dayaq serve --face`."""
    host: str = Field(default="127.0.0.1", validation_alias=AliasChoices("DAYAQ_HOST", "HOST"))
    port: int = Field(default=8000, ge=1, le=65535, validation_alias=AliasChoices("DAYAQ_PORT", "PORT"))
    workers: int = Field(default=1, ge=1, le=64)
    var: Path = Path("var")
    root_key_file: Path | None = None
    """The root key; by default `var/root.key`, made at the first start; in service a mounted secret."""
    demo_password: SecretStr | None = None
    mfa_required: bool = True
    """Every role signs in with a second factor. The demo programme turns it off and says so."""
    public_url: str = ""
    """Where browsers reach the service, for the Origin check of cookies; empty: the request's own host."""
    time_zone: Zone = "Asia/Baku"
    """Where the programme's days begin and end, and where a repeating session keeps its time of day."""
    treaty_apmbc: Literal["party", "not_party", "withdrawn"] = "not_party"
    treaty_ccm: Literal["party", "not_party", "withdrawn"] = "not_party"
    treaty_crpd: Literal["party", "not_party", "withdrawn"] = "party"
    """Where the state stands to the conventions it reports to; where it is no party a report is voluntary."""
    expected_people: int = Field(default=3400, ge=1)
    """How many people public sources lead to expect in the first release: never a count of our own. By
    default what ANAMA published: more than 3,400 mine victims from 1991 to June 2025."""
    expected_people_yearly: int = Field(default=90, ge=1)
    """The same of those who are registered in a year; ANAMA: 415 since November 2020."""
    released_tables: tuple[TableName, ...] = ()
    """The yearly tables that this country releases, as a JSON list; empty: all eight. Chosen before the first
    release from what is public, and never after looking; where few people are registered three or four."""
    statistics_contact: str = Field(default="", max_length=200)
    """Whom readers of released figures ask, as every table says: an office, never a person's name."""
    commit: str = Field(default="", pattern="^[0-9a-f]{0,40}$")
    """Which commit runs here, as every released table says; an image is built with it."""
    verify_offer_days: int = Field(default=180, ge=1, le=3650)
    """After so many days without a check, a facility is asked whether it still offers a service like that."""
    smtp_host: str = ""
    """The mail server; empty: nobody is told by mail."""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_from: str = "dayaq@localhost"
    smtp_tls: bool = True
    """STARTTLS, with the server's certificate checked; without it only for a mail server on this machine."""
    text_url: str = ""
    """Where the provider of text messages takes `{id, to, text}` as JSON; empty: no text messages."""
    text_token: SecretStr = SecretStr("")
    visit_reminder_hours: int = Field(default=24, ge=1, le=168)
    """So long before a visit a person who agreed to it is reminded by text message, by day."""
    webhook_hosts: tuple[str, ...] = ()
    """The only host names that webhooks may be sent to, as a JSON list; empty: none."""
    document_scanner: str = Field(
        default="", pattern=r"^$|^unix:/.{1,100}$|^tcp:[a-z0-9.-]{1,100}:[0-9]{1,5}$"
    )
    """clamd, as `unix:/run/clamav/clamd.ctl` or `tcp:host:3310`; empty: what is uploaded is not scanned.
    Where it is said, nothing is kept that was not scanned."""
    plan_review_days: int = Field(default=92, ge=1, le=366)
    """A care plan is looked at again within so many days: at least every three months."""
    contact_days: int = Field(default=90, ge=1, le=3650)
    """After so many days without a call or a visit, a supervisor sees that somebody was not spoken with."""
    contact_tries: int = Field(default=3, ge=1, le=20)
    """So many tries in vain to reach a person, one after the other, and somebody decides what comes now."""
    next_try_days: int = Field(default=7, ge=1, le=90)
    """So long after a try in vain the next one is due."""
    access_minutes: int = Field(default=10, ge=1, le=10)
    referral_grace_days: int = Field(default=14, ge=0, le=366)
    """A referral that no facility has answered ends by itself, so many days after its answer-by date."""


@cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
