"""The files of the programme in batches, each complete in itself: a batch is one team with its caseloads."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.demo import incidents
from app.demo.appointments import write_appointments
from app.demo.assessments import write_assessments
from app.demo.careplans import write_plan
from app.demo.cases import File, write_case
from app.demo.consents import write_consents
from app.demo.dice import DAY, Dice, dice, urn
from app.demo.documents import write_documents
from app.demo.emergency import write_emergency
from app.demo.facts import write_facts
from app.demo.incidents import Casualty
from app.demo.injuries import write_injuries
from app.demo.lives import live
from app.demo.milestones import write_milestones
from app.demo.participants import write_part
from app.demo.people import COMMUNITY, DIRECT, DISABLED, FAMILY, Origin, write_person
from app.demo.places import Country, Crew
from app.demo.referrals import write_referrals
from app.demo.rehabilitation import write_rehabilitation
from app.demo.reintegration import write_reintegration
from app.demo.risks import write_risks
from app.demo.sheets import Sheets
from app.demo.sport import write_sport
from app.demo.staff import write_crew
from app.demo.support import write_peers
from app.demo.walks import Walk, pick, walks
from app.demo.work import write_notes, write_tasks

SMALL = 280  # people in the programme that everybody gets
TEAM = 1000  # people in each further batch
SHARES = {DIRECT: 230, FAMILY: 32, COMMUNITY: 6, DISABLED: 12}  # of 280
ON_REGISTER = 205  # of 280: their accident is on the register
ACCIDENTS = 0.3  # for each person of a large programme
BEGUN = datetime(2021, 1, 11, tzinfo=UTC)  # no file is older
LATELY = 60  # days
LIFE_SAVING = 0.12  # of the new files, and one that is shown: registered without consent


@dataclass(frozen=True, slots=True)
class Batch:
    """One team of a large programme: its number from 1, its first person's number, and how many people."""

    number: int
    first: int
    size: int


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody to make a file for."""

    category_code: str
    casualty: Casualty | None


@dataclass(frozen=True, slots=True)
class Detail:
    """How much is written about a person."""

    notes: tuple[int, int]
    milestones: tuple[int, int]
    referrals: tuple[int, int]
    tasks: tuple[int, int]


FULL = Detail((10, 22), (7, 13), (2, 5), (2, 5))
BRIEF = Detail((0, 3), (1, 4), (1, 3), (0, 2))
THIRTY, SHORT = Detail((8, 14), (4, 7), (2, 5), (1, 3)), Detail((0, 2), (1, 2), (1, 3), (0, 1))
"""Of a large programme: about thirty entries on the timeline, and as many as it takes to be a file."""


def plan(survivors: int) -> Iterator[Batch]:
    """The batches beyond the small programme."""
    for number, first in enumerate(range(SMALL, survivors, TEAM), 1):
        yield Batch(number, first, min(TEAM, survivors - first))


def write_small(sheets: Sheets, country: Country) -> None:
    """The register with the published totals, the club, and the files of the two teams who sign in."""
    write_peers(sheets, country)
    injured = incidents.write_register(sheets, country)
    incidents.write_old_counts(sheets, country)
    draws = sheets.dice
    subjects = _subjects(draws, draws.sample(injured, ON_REGISTER), SMALL)
    hands = [(worker_id, crew) for crew in country.crews for worker_id in crew.worker_ids]
    for number, subject in enumerate(subjects):
        worker_id, crew = hands[number % len(hands)]
        detail = FULL if draws.chance(0.4) else BRIEF
        _write_file(sheets, country, number, subject, (worker_id, crew), detail, shown=number)
    write_sport(sheets, country)


def write_batch(country: Country, batch: Batch) -> Sheets:
    """One further team with its accidents and files."""
    draws = dice("batch", batch.number)
    sheets = Sheets(draws)
    crew = write_crew(sheets, country, batch.number)
    many = int(batch.size * ACCIDENTS)
    injured = incidents.write_further(sheets, country, draws, batch.number * TEAM, many)
    for place, subject in enumerate(_subjects(draws, injured[: batch.size // 2], batch.size)):
        hand = (crew.worker_ids[place % len(crew.worker_ids)], crew)
        detail = THIRTY if draws.chance(0.1) else SHORT
        _write_file(sheets, country, batch.first + place, subject, hand, detail)
    return sheets


def _subjects(draws: Dice, injured: list[Casualty], many: int) -> list[Subject]:
    """Those on the register, those hurt before it began, families, neighbours, disabled by other causes."""
    rest = urn(" ".join(f"{code}:{share - ON_REGISTER * (code == DIRECT)}" for code, share in SHARES.items()))
    subjects = [Subject(DIRECT, casualty) for casualty in injured]
    subjects += [Subject(rest.draw(draws), None) for _ in range(many - len(injured))]
    draws.shuffle(subjects)
    return subjects


def _write_file(
    sheets: Sheets,
    country: Country,
    number: int,
    subject: Subject,
    hand: tuple[UUID, Crew],
    detail: Detail,
    shown: int = SMALL,
) -> None:
    """Everything about one person. The first files `shown` go each of the ways there are, in turn."""
    draws = sheets.dice
    opened_at, walk = _opening(draws, country, subject, _shown("case", shown))
    life = live(draws, walk, opened_at, country.now)
    agreed = bool(life.history) or shown == 0 or not (shown == 1 or draws.chance(LIFE_SAVING))
    origin = Origin(number, subject.category_code, subject.casualty, hand[0], hand[1], agreed)
    person = write_person(sheets, country, origin, life)
    write_consents(sheets, country, person)
    file = write_case(sheets, country, person)
    limb = write_injuries(sheets, country, file, draws.randint(1, 2))
    write_emergency(sheets, country, file, limb)
    write_reintegration(sheets, country, file, min(detail.milestones[1], 4))
    write_rehabilitation(sheets, country, file, limb)
    write_assessments(sheets, country, file)
    write_risks(sheets, country, file)
    write_plan(sheets, file)
    _write_work(sheets, country, file, detail)
    write_part(sheets, country, file, limb)
    _write_steps(sheets, country, file, detail, shown)
    write_referrals(sheets, country, file, draws.randint(*detail.referrals), _shown("referral", shown))


def _write_work(sheets: Sheets, country: Country, file: File, detail: Detail) -> None:
    """What was said and done from day to day."""
    draws = sheets.dice
    write_notes(sheets, country, file, draws.randint(*detail.notes))
    write_tasks(sheets, country, file, draws.randint(*detail.tasks), draws.randint(0, 2))
    write_appointments(sheets, country, file, detail.tasks[0])
    write_documents(sheets, country, file, detail.tasks[0] + 1)


def _write_steps(sheets: Sheets, country: Country, file: File, detail: Detail, shown: int) -> None:
    """The milestones: what records show by themselves, and what was entered by hand."""
    write_facts(sheets, country, file)
    many = sheets.dice.randint(*detail.milestones)
    write_milestones(sheets, country, file, many, _shown("milestone", shown))


def _shown(record: str, place: int) -> Walk | None:
    ways = walks(record)
    return ways[place] if place < len(ways) else None


def _opening(draws: Dice, country: Country, subject: Subject, show: Walk | None) -> tuple[datetime, Walk]:
    """When the file was opened, never before the accident, and which way its case has gone since."""
    hurt, now = subject.casualty, country.now
    begun = datetime.combine(hurt.accident_on, BEGUN.timetz()) + timedelta(days=2) if hurt else BEGUN
    room = (now - begun).total_seconds() / DAY - 1
    days = draws.uniform(1, min(room, LATELY) if draws.chance(0.15) else room)
    if hurt and draws.chance(0.55):
        days = max(room - draws.uniform(0, 150), 1)
    if show and show.least_days < room:
        days = draws.uniform(max(show.least_days, 1), min(show.most_days, room))
    morning = (now - timedelta(days=days)).replace(hour=draws.randint(5, 11), minute=draws.randint(0, 59))
    opened_at = min(max(morning, begun), now - timedelta(hours=1))
    walk = show if show and show.fits(days) else pick(draws, "case", days)
    return opened_at, walk
