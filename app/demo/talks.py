"""What the two sides of a referral under way wrote to each other, sealed as the referral's own texts are."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core import vault
from app.demo.cases import File
from app.demo.lives import Life
from app.demo.messages import tell
from app.demo.places import Country, Facility
from app.demo.sheets import Sheets, ready
from app.demo.work import texts
from app.referrals.states import LIVE, Action, Party

KIND = "referral.message"
SHARE = 0.2  # of the referrals under way
SOON = timedelta(hours=20)


def write_talk(
    sheets: Sheets, country: Country, file: File, facility: Facility, row_id: UUID, life: Life
) -> None:
    """A question after the sending; its reply, once the facility has answered."""
    apart, sent = sheets.with_dice("talk", row_id), life.at(Action.SEND)
    if life.status not in LIVE or not sent or not apart.dice.chance(SHARE):
        return
    until = life.history[1][1] if len(life.history) > 1 else country.now
    asked = apart.dice.between(sent, min(until, sent + SOON))
    whose = ready(referral_id=row_id, to_facility_id=facility.id) | file.person.held
    read_at = apart.dice.between(asked, until) if len(life.history) > 1 else None
    reading = {"read_at": read_at, "read_by_id": facility.staff_id} if read_at else {}
    _write(apart, asked, Party.SENDER, file.acting(asked), "question", whose | reading)
    tell(apart, country, asked, KIND, row_id, facility_id=facility.id)
    if read_at:
        at = apart.dice.between(read_at, country.now)
        _write(apart, at, Party.RECEIVER, facility.staff_id, "reply", whose)
        tell(apart, country, at, KIND, row_id, user_id=file.acting(at))


def _write(apart: Sheets, at: datetime, side: Party, by: UUID, kind: str, more: dict[str, Any]) -> None:
    """One message."""
    row_id = apart.dice.new_id(at)
    text = vault.seal_envelope("referral_message", "text", row_id, apart.dice.choice(texts(kind)))
    version = 2 if "read_at" in more else 1
    said = {"id": row_id, "side": side, "by_id": by, "text": text, "version": version}
    apart.record("referral_message", at, **said, **more)
