"""What can be printed, by whom. Each print is an event of the audit trail; nothing is changed."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.assessments.models import Assessment
from app.audit import actions as audit
from app.audit.actions import FieldClass
from app.careplans import queries as careplans
from app.cases.models import Note, Task
from app.cases.rules import trail
from app.core.db import Held
from app.core.errors import NotFound
from app.documents.models import Document
from app.injuries.models import Amputation, Injury
from app.milestones.models import Milestone
from app.printing import parts, queries
from app.printing.queries import Opened, Reading
from app.printing.sheets import Sheet
from app.printing.words import Words
from app.referrals.models import Referral
from app.rehabilitation.models import DeviceOrder
from app.survivors import queries as survivors
from app.survivors import views
from app.survivors.models import Consent, Identifier, Phone

P = Permission
KEPT: tuple[tuple[type[Held], str], ...] = (
    *((Note, "note"), (Assessment, "assessment"), (Injury, "injury"), (Amputation, "amputation")),
    *((DeviceOrder, "device_order"), (Milestone, "milestone"), (Document, "document")),
    *((Referral, "referral"), (Task, "task")),
)


async def summary(session: AsyncSession, actor: Actor, words: Words, case_id: UUID) -> Sheet:
    """A case on one or two pages, for whoever works on it. Nothing of the compartment is in it."""
    reads = actor.grant(P.SURVIVOR_READ)
    actor.grant(P.REHABILITATION_READ)
    actor.grant(P.REFERRAL_READ)
    opened = await queries.open_case(session, actor.grant(P.CASE_READ), reads, case_id)
    assert opened.case
    sheet = Sheet(
        words,
        title=words("summary"),
        subtitle=parts.name_of(views.plain(opened.of_person.box, opened.survivor)),
        code=opened.survivor.code,
        organisation=await queries.organisation(session, opened.case.organisation_id),
    )
    parts.about_person(sheet, opened, await survivors.parts(session, reads, Phone, opened.survivor.id))
    await _case(sheet, session, opened)
    given = await survivors.parts(session, reads, Consent, opened.survivor.id)
    places = await queries.places(session, (one.facility_id for one in given))
    parts.consents(sheet, given, places, every=False)
    ids = [*await parts.body(sheet, session, opened), *await _care(sheet, session, opened)]
    audit.record(session, actor, "case.print", trail(opened.case, *ids), FieldClass.HEALTH)
    await session.flush()
    return sheet


async def _case(sheet: Sheet, session: AsyncSession, opened: Opened) -> None:
    """Where the case stands, and who is responsible."""
    words, case = sheet.words, opened.case
    assert case
    named = await queries.colleagues(session, [case.owner_id])
    sheet.facts(
        "case",
        [
            ("status", words(f"case.{case.status.value}")),
            ("priority", words.code("case_priority", case.priority_code)),
            ("risk", words.code("risk_level", case.risk_level_code)),
            ("opened", words.day(case.opened_on)),
            ("review", words.day(case.next_review_on)),
            ("responsible", named.get(case.owner_id)),
        ],
    )


async def _care(sheet: Sheet, session: AsyncSession, opened: Opened) -> list[UUID]:
    """Devices, assessments, milestones, goals, referrals, tasks; the records that were read."""
    shelves = [await parts.counting(session, opened, table) for table in parts.CARE]
    devices, assessed, milestones = shelves
    parts.devices(sheet, devices)
    parts.assessments(sheet, assessed)
    parts.milestones(sheet, milestones)
    await _goals(sheet, session, opened)
    letters = await parts.counting(session, opened, Referral)
    places = await queries.places(session, (one.to_facility_id for one in letters))
    words = sheet.words
    sheet.table(
        "referrals",
        [("number", 0), ("services", 4), ("facility", 4), ("status", 3), ("sent", 0)],
        (
            (
                one.code,
                words.codes("service", one.service_codes),
                places[one.to_facility_id],
                words(f"referral.{one.status.value}"),
                words.moment(one.sent_at) or "",
            )
            for one in letters
        ),
    )
    tasks = [one for one in await parts.counting(session, opened, Task) if one.done_at is None]
    rows = ((words.code("task_kind", one.kind_code), words.day(one.due_on)) for one in tasks)
    sheet.table("tasks", [("what", 6), ("due", 0)], rows)
    return [one.id for shelf in (*shelves, letters, tasks) for one in shelf]


async def _goals(sheet: Sheet, session: AsyncSession, opened: Opened) -> None:
    """What the plan that is in force wants to reach."""
    assert opened.case
    plan, words, box = await careplans.in_force(session, opened.case), sheet.words, opened.of_person.box
    goals = await careplans.goals(session, plan) if plan else []
    sheet.table(
        "goals",
        [("lane", 3), ("aim", 6), ("due", 0)],
        (
            (
                words.code("pillar", one.pillar_code),
                box.read("care_goal", "aim", one.id, one.aim),
                words.day(one.target_on),
            )
            for one in goals
        ),
    )


async def statement(session: AsyncSession, actor: Actor, words: Words, survivor_id: UUID) -> Sheet:
    """What is held about a person and who read it, for the person's own hands."""
    reads, grant = actor.grant(P.SURVIVOR_READ), actor.grant(P.SURVIVOR_STATEMENT)
    person = await survivors.get(session, reads, survivor_id)
    case = await queries.latest_case(session, grant, survivor_id)
    opened = await queries.open_person(session, reads, survivor_id, case)
    sheet = Sheet(
        words,
        title=words("statement"),
        subtitle=parts.name_of(views.plain(opened.of_person.box, person)),
        code=person.code,
        organisation=await queries.organisation(session, person.organisation_id),
    )
    parts.about_person(sheet, opened, await survivors.parts(session, reads, Phone, survivor_id))
    papers = await survivors.parts(session, reads, Identifier, survivor_id)
    box = opened.of_person.box
    numbers = (
        (words.code("identifier_kind", p.kind_code), box.read("identifier", "number", p.id, p.number))
        for p in papers
    )
    sheet.table("identifiers", [("kind", 1), ("number", 1)], numbers)
    await parts.body(sheet, session, opened)
    await _shared(sheet, session, opened, await survivors.parts(session, reads, Consent, survivor_id))
    await _kept(sheet, session, opened)
    await _readers(sheet, session, await queries.readings(session, survivor_id))
    sheet.note("rights_note")
    audit.record(session, actor, "survivor.print_statement", [survivor_id], FieldClass.HEALTH)
    await session.flush()
    return sheet


async def readers(session: AsyncSession, actor: Actor, words: Words, survivor_id: UUID) -> Sheet:
    """Who read a person's file: also for an auditor, who opens nothing of it, not even the name."""
    actor.grant(P.SURVIVOR_STATEMENT)
    found = await queries.readings(session, survivor_id)
    if not found:
        raise NotFound
    place = await queries.organisation(session, actor.organisation_id)
    sheet = Sheet(words, title=words("readers"), code=str(survivor_id), organisation=place, qr=False)
    await _readers(sheet, session, found)
    sheet.note("readers_note")
    audit.record(session, actor, "survivor.print_readers", [survivor_id])
    await session.flush()
    return sheet


async def _shared(sheet: Sheet, session: AsyncSession, opened: Opened, given: Sequence[Consent]) -> None:
    """What the person agreed to, and what went to whom."""
    words, letters = sheet.words, await parts.counting(session, opened, Referral)
    sent = [one for one in letters if one.sent_at]
    named = [*(one.facility_id for one in given), *(one.to_facility_id for one in sent)]
    places = await queries.places(session, named)
    parts.consents(sheet, given, places, every=True)
    sheet.table(
        "shared_with",
        [("facility", 4), ("shared_what", 6), ("sent", 0), ("status", 2)],
        (
            (
                places[one.to_facility_id],
                words.codes("share_item", one.share_codes),
                words.moment(one.sent_at),
                words(f"referral.{one.status.value}"),
            )
            for one in sent
        ),
    )


async def _kept(sheet: Sheet, session: AsyncSession, opened: Opened) -> None:
    """How many records of which kind there are."""
    counted = [(word, len(await parts.counting(session, opened, table))) for table, word in KEPT]
    words = sheet.words
    rows = ((words(f"records.{word}"), str(count)) for word, count in counted if count)
    sheet.table("records", [("kind", 1), ("count", 0)], rows)
    sheet.note("support_note")


async def _readers(sheet: Sheet, session: AsyncSession, found: Sequence[Reading]) -> None:
    """Who read what kind of data, how often, and when last."""
    words = sheet.words
    named = await queries.colleagues(session, (one.user_id for one in found))
    sheet.table(
        "readers",
        [("name", 4), ("reader_role", 3), ("data", 3), ("how_often", 0), ("last_time", 0)],
        (
            (
                named.get(one.user_id) or None,
                words(f"role.{one.role}") if one.role else None,
                words(f"class.{one.field_class}"),
                str(one.times),
                words.moment(one.last_at),
            )
            for one in found
        ),
    )
