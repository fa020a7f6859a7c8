"""A referral as a letter: exactly what it shares; to a place outside the network, less."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.cases.errors import ConsentMissing
from app.core import clock, phones
from app.documents import queries as documents
from app.documents.rules import visible
from app.organisations.models import Facility
from app.printing import parts, queries
from app.printing.sheets import Sheet
from app.printing.words import Words
from app.referrals import queries as referrals
from app.referrals import rules
from app.referrals.models import Referral
from app.referrals.queries import Shared
from app.referrals.sharing import SharedContact, SharedIdentity, SharedRecordOut
from app.survivors.models import Consent
from app.survivors.rules import SHARING


async def letter(session: AsyncSession, actor: Actor, words: Words, referral_id: UUID) -> Sheet:
    """A live referral on paper, for the person to carry. It holds what the referral shares, and no more."""
    grant = actor.grant(Permission.REFERRAL_SEND)
    shared = await referrals.shared(session, grant, referral_id)
    referral = shared.referral
    rules.need_live(referral)
    consent = await referrals.consent_of(session, referral)
    if not rules.is_live(consent, referral, clock.today()):
        raise ConsentMissing(purpose=SHARING)
    place = await queries.place(session, referral.to_facility_id)
    sheet = Sheet(
        words,
        title=words("letter"),
        subtitle=None,
        code=referral.code,
        organisation=await queries.organisation(session, referral.organisation_id),
    )
    sender = await queries.colleagues(session, [referral.owner_id])
    _head(sheet, referral, place, sender.get(referral.owner_id))
    _shared(sheet, shared)
    await _enclosed(sheet, session, referral, consent)
    sheet.note("answer_note")
    sheet.text("answer", " ")
    sheet.sign("signature", "date")
    audit.record(session, actor, "referral.print", rules.trail(referral), FieldClass.HEALTH)
    await session.flush()
    return sheet


def _head(sheet: Sheet, referral: Referral, place: Facility, sender: str | None) -> None:
    """From whom, to whom, for what."""
    words = sheet.words
    where = ", ".join(filter(None, (place.name, place.address, place.phone and phones.shown(place.phone))))
    sheet.facts(
        "asked_for",
        [
            ("from", ", ".join(filter(None, (sender, sheet.organisation)))),
            ("to", where),
            ("services", words.codes("service", referral.service_codes)),
            ("priority", words.code("referral_priority", referral.priority_code)),
            ("answer_by", words.moment(referral.answer_by)),
        ],
    )


def _shared(sheet: Sheet, shared: Shared) -> None:
    """What the facility would see; what assessments came to stays with those who have accounts."""
    record, words = SharedRecordOut.of(shared), sheet.words
    sheet.text("reason", record.reason)
    sheet.facts("person", [*_identity(words, record.identity), *_contact(words, record.contact)])
    if record.injury:
        parts.injuries(sheet, (dict(one) for one in record.injury.injuries))
        parts.amputations(sheet, (dict(one) for one in record.injury.amputations))
    parts.devices(sheet, record.device_history or [])
    if not shared.referral.by_hand:
        parts.assessments(sheet, record.assessments or [])


async def _enclosed(sheet: Sheet, session: AsyncSession, referral: Referral, consent: Consent | None) -> None:
    """Which documents go with it, by their kind: what they are called may say more than the paper should."""
    words, found = sheet.words, await documents.shares(session, referral)
    goes = [one for _, one in found if visible(one, referral, consent)]
    rows = ((words.code("document_kind", one.kind_code), words.day(one.issued_on) or "") for one in goes)
    sheet.table("enclosed", [("kind", 1), ("date", 0)], rows)


def _identity(words: Words, one: SharedIdentity | None) -> list[tuple[str, str | None]]:
    if one is None:
        return []
    return [
        ("name", parts.name_of(one.model_dump())),
        ("sex", words.code("sex", one.sex_code)),
        ("born", words.birth(one.birth)),
    ]


def _contact(words: Words, one: SharedContact | None) -> list[tuple[str, str | None]]:
    if one is None:
        return []
    numbers = [parts.number_of(words, phones.shown(each.number), each.safe_to_call) for each in one.phones]
    return [
        ("district", words.code("district", one.district_code)),
        ("address", one.address),
        ("phones", "\n".join(numbers) or None),
    ]
