"""The parts that printed pages are made of, from records of a file that is open."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from app.assessments.instrument import instruments
from app.assessments.models import Assessment
from app.core import clock, phones
from app.injuries.models import Amputation, Injury
from app.milestones.catalogue import definitions
from app.milestones.models import Milestone
from app.printing.queries import Opened
from app.printing.sheets import Sheet
from app.printing.words import Words
from app.records import queries as records
from app.records.kinds import partial_date
from app.rehabilitation.models import DeviceOrder
from app.survivors import views
from app.survivors.models import Consent, Phone

SAFE = {"yes": "safe", "no": "not_safe"}
DATED = [("what", 3), ("where", 3), ("side", 2), ("when", 0)]


def about_person(sheet: Sheet, opened: Opened, numbers: Iterable[Phone]) -> None:
    """Who the person is and how to reach them."""
    survivor, words, file = opened.survivor, sheet.words, opened.of_person
    known = views.plain(file.box, survivor)
    said = [
        number_of(words, phones.shown(file.box.read("phone", "number", one.id, one.number)), one.safe_to_call)
        for one in numbers
    ]
    sheet.facts(
        "person",
        [
            ("name", name_of(known)),
            ("sex", words.code("sex", survivor.sex_code)),
            ("born", words.birth(views.birth_of(survivor, known))),
            ("category", words.code("victim_category", survivor.category_code)),
            ("language", words.code("language", survivor.language_code)),
            ("district", words.code("district", survivor.district_code)),
            ("address", known["address"]),
            ("phones", "\n".join(said) or None),
        ],
    )


def name_of(known: Mapping[str, str | None]) -> str | None:
    """A person's name on one line, the surname first."""
    return " ".join(filter(None, (known["surname"], known["given_name"], known["patronymic"]))) or None


def number_of(words: Words, number: str, safe: str) -> str:
    """A telephone number, with the warning that belongs to it."""
    return f"{number} ({words(SAFE.get(safe, 'ask_first'))})"


async def body(sheet: Sheet, session: AsyncSession, opened: Opened) -> list[UUID]:
    """What happened to the body; the records that were read."""
    hurt = await counting(session, opened, Injury)
    lost = await counting(session, opened, Amputation)
    injuries(sheet, (one.model_dump() | {"occurred": partial_date(one, "occurred")} for one in hurt))
    amputations(sheet, (one.model_dump() | {"occurred": partial_date(one, "occurred")} for one in lost))
    return [one.id for one in (*hurt, *lost)]


def injuries(sheet: Sheet, rows: Iterable[Mapping[str, Any]]) -> None:
    """Injuries, each with its place and day as far as that is known."""
    words = sheet.words
    sheet.table(
        "injuries",
        DATED,
        (
            (
                words.code("injury_nature", row["nature_code"]),
                words.code("body_region", row["region_code"]),
                words.code("body_side", row["side_code"]),
                words.partial(row["occurred"]),
            )
            for row in rows
        ),
    )


def amputations(sheet: Sheet, rows: Iterable[Mapping[str, Any]]) -> None:
    """Losses of limbs."""
    words = sheet.words
    sheet.table(
        "amputations",
        [("level", 3), ("where", 3), ("side", 2), ("when", 0)],
        (
            (
                words.code("amputation_level", row["level_code"]),
                words.code("limb", row["limb_code"]),
                words.code("body_side", row["side_code"]),
                words.partial(row["occurred"]),
            )
            for row in rows
        ),
    )


def devices(sheet: Sheet, rows: Iterable[Any]) -> None:
    """Devices that the person has, had or waits for."""
    words = sheet.words
    sheet.table(
        "devices",
        [("what", 4), ("technology", 3), ("side", 2), ("status", 2), ("delivered", 0)],
        (
            (
                words.code("assistive_product", one.product_code),
                words.code("prosthesis_technology", one.technology_code),
                words.code("body_side", one.side_code),
                words(f"device.{one.status.value}"),
                words.day(one.delivered_on),
            )
            for one in rows
        ),
    )


def assessments(sheet: Sheet, rows: Iterable[Any]) -> None:
    """What assessments came to, the latest first; no answer is printed."""
    words = sheet.words
    sheet.table(
        "assessments",
        [("what", 6), ("when", 0), ("score", 0), ("result", 3)],
        (
            (
                title_of(words, one.instrument_code),
                words.day(one.assessed_on),
                None if one.score is None else f"{one.score:g}",
                result_of(words, one),
            )
            for one in sorted(rows, key=lambda one: one.assessed_on, reverse=True)
        ),
    )


def title_of(words: Words, code: str) -> str:
    """What an instrument is called; its code where we have it no more."""
    found = instruments().get(code)
    return found.title[words.language] if found else code


def result_of(words: Words, one: Any) -> str:
    """What a result is called."""
    found = instruments().get(one.instrument_code)
    bands = [band for rule in found.scores for band in rule.bands] if found else []
    titles = {band.code: band.title[words.language] for band in bands}
    if one.result in ("yes", "no", "unknown"):
        return words(f"result.{one.result}")
    return titles.get(one.result, str(one.result))


def milestones(sheet: Sheet, rows: Iterable[Any]) -> None:
    """Steps on the way, lane by lane."""
    words, known = sheet.words, definitions()
    wanted = [one for one in rows if one.status.value != "not_needed" and one.definition_code in known]
    lanes = list(dict.fromkeys(each.pillar for each in known.values()))
    wanted.sort(
        key=lambda one: (lanes.index(known[one.definition_code].pillar), known[one.definition_code].order)
    )
    sheet.table(
        "milestones",
        [("lane", 3), ("what", 5), ("status", 3), ("reached", 0), ("due", 0)],
        (
            (
                words.code("pillar", known[one.definition_code].pillar),
                known[one.definition_code].labels[words.language],
                words(f"milestone.{one.status.value}"),
                words.day(one.reached_on) or "",
                words.day(one.due_on) or "",
            )
            for one in wanted
        ),
    )


def consents(
    sheet: Sheet, rows: Iterable[Consent], places: Mapping[UUID | None, str], *, every: bool
) -> None:
    """What the person agreed to; only what is in force today, unless `every` is wanted."""
    words, today = sheet.words, clock.today()
    found = [one for one in rows if every or (one.withdrawn_at is None and one.valid_until >= today)]
    taken = [("withdrawn", 0)] if every else []
    sheet.table(
        "consents",
        [("purpose", 5), ("to_whom", 4), ("given_on", 0), ("until", 0), *taken],
        (
            (
                words.code("consent_purpose", one.purpose_code),
                places[one.facility_id],
                words.day(one.given_on),
                words.day(one.valid_until),
                *([words.moment(one.withdrawn_at) or ""] if every else []),
            )
            for one in found
        ),
    )


async def counting(session: AsyncSession, opened: Opened, table: Any) -> list[Any]:
    """The records of a kind that count, of the person or the case."""
    file = (
        opened.of_person
        if hasattr(table, "survivor_id") and not hasattr(table, "case_id")
        else opened.of_case
    )
    found = await records.all_of(session, file, table) if file else []
    gone = ("in_error", "erased_at")
    return [one for one in found if not any(getattr(one, name, None) for name in gone)]


CARE = (DeviceOrder, Assessment, Milestone)
