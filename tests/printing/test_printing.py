"""Printed pages: the right letters, what people wrote as they wrote it, for each reader what is theirs."""

import asyncio
import csv
from io import BytesIO
from pathlib import Path
from typing import Any, get_args

import pytest
from httpx import AsyncClient, Response
from pypdf import PdfReader

from app.access.actor import Actor
from app.access.table import Role
from app.audit.actions import FieldClass
from app.cases.states import Status as CaseStatus
from app.codelists.lists import LANGUAGES, Language
from app.core import child
from app.core.errors import Unavailable
from app.core.ids import new_id
from app.milestones.states import Status as MilestoneStatus
from app.printing import actions, press, queries, words
from app.printing.sheets import Sheet
from app.printing.words import Words, texts
from app.referrals.rules import ShareItem
from app.referrals.states import Action, Party, Status
from app.rehabilitation.states import Status as Stage
from tests.cases.factories import events
from tests.documents.factories import TITLE, document, file_it
from tests.factories import Town, signed
from tests.injuries import factories as bodies
from tests.journeys import payloads
from tests.printing.factories import unprinted
from tests.reading import on_paper
from tests.referrals.factories import EVERYTHING, TEXT, Post, a_post

Json = dict[str, Any]
ALPHABETS = {
    "az": "ABCÇDEƏFGĞHXIİJKQLMNOÖPRSŞTUÜVYZ abcçdeəfgğhxıijkqlmnoöprsştuüvyz",
    "ru": "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "en": "ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz",
}
TRICKS = (
    '#panic("x")',
    '#import "/etc/passwd": *',
    "*bold* _italic_ `raw` $x^2$",
    "@ref <label> // comment /* */",
    r'\" } ] ) "quoted"',
    "= Heading",
)


def sheet(language: Language = "az", text: str = "", **facts: str | None) -> Sheet:
    """A page with this text."""
    made = Sheet(Words(language), title="Title", code="DYQ-2026-000001-1", organisation="Agency")
    made.facts("person", [("name", value) for value in facts.values()])
    made.text("reason", text)
    return made


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_letter_of_the_three_alphabets_is_printed(language: Language) -> None:
    pdf = await press.printed(sheet(language, ALPHABETS[language]))

    assert ALPHABETS[language] in on_paper(pdf)
    fonts = {str(f["/BaseFont"]) for p in PdfReader(BytesIO(pdf)).pages for f in _fonts(p)}
    assert fonts
    assert all("Libertinus" in name or "DejaVu" in name for name in fonts)


def _fonts(page: Any) -> list[Any]:
    return [font.get_object() for font in page["/Resources"]["/Font"].values()]


async def test_what_people_wrote_is_printed_and_never_run() -> None:
    pdf = await press.printed(sheet("en", "\n".join(TRICKS), **{str(n): t for n, t in enumerate(TRICKS)}))

    text = on_paper(pdf)
    for trick in TRICKS:
        assert text.count(" ".join(trick.split())) == 2, trick
    info = PdfReader(BytesIO(pdf)).metadata
    assert info
    assert (info.title, info.author) == ("Title", "Dayaq")


async def test_a_page_has_its_number_and_what_is_not_known_says_so() -> None:
    made = sheet("en", name=None)
    made.table("milestones", [("what", 1), ("due", 0)], [(f"Step {n}", None) for n in range(80)])

    pdf = await press.printed(made)

    pages = [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]
    assert len(pages) > 1
    assert all(f"Page {n} / {len(pages)}" in text for n, text in enumerate(pages, 1))
    assert all("DYQ-2026-000001-1" in text for text in pages)
    assert "not known" in pages[0]


def test_every_word_is_there_in_three_languages_and_every_state_has_one() -> None:
    with words.FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    states = {
        "case": CaseStatus, "milestone": MilestoneStatus, "referral": Status, "device": Stage,
        "role": Role, "class": FieldClass,
    }  # fmt: skip

    assert len({row["key"] for row in rows}) == len(rows)
    assert all(row[language].strip() for row in rows for language in get_args(Language))
    assert all(None not in row and row["checked"] in ("yes", "no") for row in rows)
    assert {f"{name}.{one.value}" for name, kind in states.items() for one in kind} <= set(texts())
    assert {f"records.{word}" for _, word in actions.KEPT} <= set(texts())


async def test_a_press_that_is_stuck_or_full_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stuck = tmp_path / "stuck.py"
    stuck.write_text("while True: pass")
    monkeypatch.setattr(press, "SCRIPT", stuck)
    monkeypatch.setattr(press, "LONGEST", 0.2)
    with pytest.raises(Unavailable):
        await press.printed(sheet())
    monkeypatch.setattr(child, "MOST_WAITING", 1)
    first = asyncio.create_task(press.printed(sheet()))
    await asyncio.sleep(0.05)
    with pytest.raises(Unavailable):
        await press.printed(sheet())
    with pytest.raises(Unavailable):
        await first
    stuck.write_text("import sys; sys.exit(1)")
    with pytest.raises(Unavailable):
        await press.printed(sheet())


class Desk:
    """A case with a little of everything, and what is printed of it."""

    def __init__(self, client: AsyncClient, town: Town, post: Post) -> None:
        self.client, self.town, self.post = client, town, post

    async def get(self, path: str, actor: Actor | None = None) -> Response:
        return await self.client.get(path, headers=signed(actor or self.town.caseworker))

    async def make(self, path: str, body: Json, actor: Actor | None = None) -> Json:
        headers = signed(actor or self.town.caseworker)
        answer = await self.client.post(path, json=body, headers=headers)
        assert answer.status_code == 201, (path, answer.text)
        found: Json = answer.json()
        return found

    async def filled(self) -> "Desk":
        case, person = f"/cases/{self.post.case_id}", f"/survivors/{self.post.survivor_id}"
        await self.make(f"{person}/phones", {"number": "+994500000118"})
        await self.make(f"{person}/identifiers", {"kind_code": "fin", "number": "7DEM0X2"})
        await self.make(f"{person}/injuries", bodies.injury())
        await self.make(f"{person}/amputations", bodies.amputation())
        await self.make(f"{case}/assessments", payloads.functioning())
        await self.make(f"{case}/milestones", {"definition_code": "job_wage"})
        await self.make(f"{case}/tasks", {"kind_code": "call", "due_on": payloads.day()})
        filed = await file_it(self.client, self.town.caseworker, self.post.case_id, document())
        assert filed.status_code == 201
        return self


@pytest.fixture
async def desk(client: AsyncClient, town: Town, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """What is printed comes back as the template gets it; that all of it is drawn is tested above."""
    monkeypatch.setattr(press, "printed", unprinted)
    return await Desk(client, town, await a_post(town)).filled()


def titles(answer: Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [block["title"] for block in answer.json()["blocks"] if block["title"]]


async def test_a_case_is_printed_in_the_language_that_is_asked_for_and_written_down(desk: Desk) -> None:
    path = f"/cases/{desk.post.case_id}/summary.pdf"
    english = await desk.get(f"{path}?language=en")
    russian = await desk.get(f"{path}?language=ru")
    none = await desk.get(f"{path}?language=fr")

    assert titles(english)[:3] == ["The person", "The case", "Consents"]
    assert {"Injuries", "Amputations", "Assessments", "Milestones", "To do"} <= set(titles(english))
    assert "Месяц" not in russian.text
    assert titles(russian)[0] == "Человек"
    assert english.headers["content-language"] == "en"
    assert none.status_code == 422
    assert TITLE not in english.text  # a document's title stays in the file
    (event, _) = await events(desk.town, "case.print")
    assert {desk.post.case_id, desk.post.survivor_id} <= set(event.object_ids)
    assert event.field_class == "health"


async def test_a_letter_holds_what_the_referral_shares_and_no_more(desk: Desk) -> None:
    marks = {
        ShareItem.IDENTITY: "Məmmədova",
        ShareItem.CONTACT: "050 000 01 18",
        ShareItem.INJURY: "Amputations",
        ShareItem.ASSESSMENTS: "Assessments",
    }
    for item in (*marks, ShareItem.MILESTONES):
        rest = [each for each in EVERYTHING if each != item.value]
        letters = [await desk.post.referral(Status.SENT, share_codes=codes) for codes in ([item.value], rest)]
        one, other = [
            (await desk.get(f"/referrals/{letter.id}/letter.pdf?language=en")).text for letter in letters
        ]
        for each, mark in marks.items():
            assert (mark in one) == (each is item), (item, each, one)
            assert (mark in other) == (each is not item), (item, each, other)
        assert TEXT in one
        assert "7DEM0X2" not in one + other

    assert len(await events(desk.town, "referral.print")) == 10


async def test_a_letter_to_a_place_outside_is_shorter_and_goes_out_only_with_consent(desk: Desk) -> None:
    outside = await desk.post.outside(share_codes=EVERYTHING)
    inside = await desk.post.referral(Status.SENT, share_codes=EVERYTHING)
    draft = await desk.post.draft()
    found = [
        set(titles(await desk.get(f"/referrals/{each.id}/letter.pdf?language=en")))
        for each in (outside, inside)
    ]

    assert found[1] - found[0] == {"Assessments"}
    refused = await desk.get(f"/referrals/{draft.id}/letter.pdf")
    assert (refused.status_code, refused.json()["code"]) == (409, "referral-not-live")
    assert outside.consent_id
    await desk.post.withdraw(outside.consent_id)
    assert (await desk.get(f"/referrals/{outside.id}/letter.pdf")).status_code == 409
    assert (await desk.get(f"/referrals/{inside.id}/letter.pdf", desk.town.provider)).status_code == 403
    assert (await desk.get(f"/referrals/{inside.id}/letter.pdf", desk.town.outsider)).status_code == 404


async def test_a_letter_lists_what_goes_with_it_by_kind_alone(desk: Desk) -> None:
    one = await desk.get(f"/cases/{desk.post.case_id}/documents")
    photo = await file_it(
        desk.client, desk.town.caseworker, desk.post.case_id, document(kind_code="photograph")
    )
    draft = await desk.post.draft()
    for each in (one.json()["items"][0], photo.json()):
        await desk.make(f"/referrals/{draft.id}/documents", {"document_id": each["id"]})
    await desk.post.consent()
    await desk.post.step(draft, Action.SEND, Party.SENDER)

    letter = await desk.get(f"/referrals/{draft.id}/letter.pdf?language=en")

    found = {block["title"]: block for block in letter.json()["blocks"]}
    assert found["Documents that go with it"]["rows"] == [
        ["Discharge summary", ""]
    ]  # no photograph: not agreed
    assert TITLE not in letter.text


async def test_a_statement_says_what_is_held_and_who_read_it(desk: Desk) -> None:
    town, path = desk.town, f"/survivors/{desk.post.survivor_id}/statement.pdf?language=en"
    letter = await desk.post.referral(Status.SENT)
    other = await a_post(town, given_name="Zaur", surname="Başqa")
    await desk.get(f"/survivors/{other.survivor_id}", town.supervisor)  # of somebody else
    await desk.get(f"/referrals/{letter.id}/shared-record", town.provider)
    await desk.get(f"/survivors/{desk.post.survivor_id}", town.coordinator)

    printed = await desk.get(path)

    blocks = {block["title"]: block for block in printed.json()["blocks"]}
    readers = {(row[1], row[2]) for row in blocks["Who read it"]["rows"]}
    assert ("provider of a service", "who the person is") in readers
    assert ("coordinator", "who the person is") in readers
    assert not any("supervisor" in role for role, _ in readers)
    assert ["Documents", "1"] not in blocks["How many records there are"]["rows"]
    assert ["documents", "1"] in blocks["How many records there are"]["rows"]
    assert blocks["With whom it was shared"]["rows"][0][0] == "Workshop"
    assert "7DEM0X2" in printed.text
    assert TEXT not in printed.text
    (event,) = await events(town, "survivor.print_statement")
    assert event.object_ids == [desk.post.survivor_id]


async def test_an_auditor_says_who_read_a_file_and_opens_nothing_of_it(desk: Desk) -> None:
    town, path = desk.town, f"/survivors/{desk.post.survivor_id}/readers.pdf?language=en"
    await desk.get(f"/survivors/{desk.post.survivor_id}", town.coordinator)

    printed = await desk.get(path, town.auditor)

    (table, _) = printed.json()["blocks"]
    assert ("coordinator", "who the person is") in {(row[1], row[2]) for row in table["rows"]}
    for word in ("Aygün", "Məmmədova", "7DEM0X2", TITLE, TEXT, str(desk.post.case_id)):
        assert word not in printed.text
    (event,) = await events(town, "survivor.print_readers")
    assert (event.user_id, event.object_ids) == (town.auditor.user_id, [desk.post.survivor_id])
    missing = [
        await desk.get(path, town.outsider),
        await desk.get(f"/survivors/{new_id()}/readers.pdf", town.auditor),
    ]
    assert [answer.status_code for answer in missing] == [404, 404]
    assert (await desk.get(path.replace("readers", "statement"), town.auditor)).status_code == 403


async def test_the_trail_tells_who_read_a_person_only_to_an_auditor_and_who_works_on_the_case(
    desk: Desk,
) -> None:
    await desk.get(f"/survivors/{desk.post.survivor_id}")
    found, town = {}, desk.town
    told = (town.caseworker, town.supervisor, town.coordinator, town.auditor)
    others = (town.outsider, town.other_supervisor, town.provider, town.administrator)
    for actor in (*told, *others):
        async with desk.town.work(actor) as session:
            found[actor.user_id] = len(await queries.readings(session, desk.post.survivor_id))
    assert {user_id for user_id, count in found.items() if count} == {actor.user_id for actor in told}


async def test_the_matches_of_a_division_name_teams_and_nobody(client: AsyncClient, town: Town) -> None:
    headers = signed(town.sports)

    async def make(path: str, body: Json) -> Json:
        answer = await client.post(path, json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        made: Json = answer.json()
        return made

    one = await make("/competitions", payloads.competition(town.club.id))
    year = await make(f"/competitions/{one['id']}/editions", payloads.edition())
    division = await make(f"/editions/{year['id']}/divisions", payloads.division())
    for name in ("Şuşa", "Ağdam"):
        team = await make(f"/competitions/{one['id']}/contenders", payloads.contender(name))
        entered = await make(f"/divisions/{division['id']}/entries", {"contender_id": team["id"]})
    home, away = entered["entries"]
    await make(f"/divisions/{division['id']}/fixtures", payloads.fixture(home["id"], away["id"]))

    answer = await client.get(f"/divisions/{division['id']}/fixtures.pdf?language=az", headers=headers)

    assert answer.headers["content-type"] == "application/pdf"
    assert "Şuşa – Ağdam" in on_paper(answer.content)
    assert "Cədvəl" in on_paper(answer.content)
