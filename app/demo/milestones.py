"""Milestones of the catalogue for each case, with every change and, for some, a second person's word."""

from functools import cache
from uuid import UUID

from app.access.table import Role
from app.core.clock import day_of
from app.demo.cases import File
from app.demo.dice import DAY, Dice
from app.demo.lives import Life, live
from app.demo.people import ADULT, DIRECT, Person
from app.demo.places import Country
from app.demo.sheets import Sheets, ready
from app.demo.walks import Walk, pick, walks
from app.demo.work import texts
from app.milestones.catalogue import Definition, definitions
from app.milestones.rules import REACHED, SETTLED
from app.milestones.states import Action, Status

VERIFIED = 0.55
WITH_REASON = (Action.DROP, Action.LOSE)
PLAYERS = {
    "sport_clearance": 1.0,
    "sport_tried": 1.0,
    "sport_join": 1.0,
    "sport_regular": 0.7,
    "sport_compete": 0.5,
}


def write_milestones(
    sheets: Sheets, country: Country, file: File, many: int, first: Walk | None = None
) -> None:
    """So many milestones that fit the person, and those of sport for players; `first` is a way to show."""
    draws, person = sheets.dice, file.person
    if not person.origin.agreed:
        return
    every = _fitting(person.lost_limb, person.origin.category_code == DIRECT, _grown(person))
    fitting = [each for each in every if each.code not in file.shown]
    for place, definition in enumerate(draws.sample(fitting, min(many, len(fitting)))):
        _write(sheets, country, file, definition, (first,) if first and place == 0 else ())
    for definition in definitions().values() if person.plays else ():
        if definition.code not in file.shown and draws.chance(PLAYERS.get(definition.code, 0)):
            _write(sheets, country, file, definition, _reached())


def _grown(person: Person) -> bool:
    return person.birth.age_on(day_of(person.life.opened_at)) >= ADULT


@cache
def _fitting(lost_limb: bool, hurt: bool, grown: bool) -> tuple[Definition, ...]:
    """Those that make sense: devices for a lost limb, school for a child, work for a grown-up."""

    def fits(definition: Definition) -> bool:
        match definition.pillar:
            case "emergency":
                return hurt
            case "rehabilitation":
                return lost_limb or (
                    hurt and not definition.code.startswith(("device", "residual", "first_"))
                )
            case "reintegration":
                return definition.code.startswith("edu_") != grown
            case "sport":
                return False
        return True

    return tuple(definition for definition in definitions().values() if fits(definition))


@cache
def _reached() -> tuple[Walk, ...]:
    return tuple(walk for walk in walks("milestone") if walk.target in REACHED)


def _write(
    sheets: Sheets, country: Country, file: File, definition: Definition, ways: tuple[Walk, ...]
) -> None:
    draws, person = sheets.dice, file.person
    life = _life(draws, country, person, ways)
    reached_at = life.at(Action.ACHIEVE) if life.status in REACHED else None
    settled = [day_of(at) for move, at in life.history if move.target in SETTLED]
    row_id = draws.new_id(life.opened_at)
    second = verifier(draws, country, file, definition) if reached_at else None
    evidence = draws.choice(texts("evidence")) if draws.chance(0.8) else None
    shown = evidence if reached_at else None
    sheets.record(
        "milestone",
        life.opened_at,
        id=row_id,
        definition_code=definition.code,
        status=life.status,
        due_on=definition.usual_day(person.accident_on, day_of(person.life.opened_at)),
        reached_on=day_of(reached_at) if reached_at else None,
        evidence=shown and person.box.seal("milestone", "evidence", row_id, shown),
        settled_on=settled[-1] if settled else None,
        recorded_by_id=file.acting(life.last_at),
        verified_by_id=second,
        verified_at=draws.between(life.last_at, country.now) if second else None,
        version=life.version + bool(second),
        **file.held,
    )
    _write_changes(sheets, file, row_id, life, evidence)


def _life(draws: Dice, country: Country, person: Person, ways: tuple[Walk, ...]) -> Life:
    """A life that begins in the first half of the case's; one of these ways, where there is time for it."""
    until = person.life.until(country.now)
    opened_at = draws.between(
        person.life.opened_at, person.life.opened_at + (until - person.life.opened_at) / 2
    )
    days = (until - opened_at).total_seconds() / DAY
    possible = [walk for walk in ways if walk.least_days <= days]
    walk = draws.choice(possible) if possible else pick(draws, "milestone", days)
    return live(draws, walk, opened_at, until)


def verifier(draws: Dice, country: Country, file: File, definition: Definition) -> UUID | None:
    """Somebody else who may confirm it: the supervisor, the counsellor for what only counsellors see."""
    if not draws.chance(VERIFIED):
        return None
    if Role.SUPERVISOR in definition.who_may_verify:
        return file.person.origin.crew.supervisor_id
    return country.counsellor_id if Role.COUNSELLOR in definition.who_may_verify else None


def _write_changes(sheets: Sheets, file: File, row_id: UUID, life: Life, evidence: str | None) -> None:
    """The first wish and every change since; what was reached with what shows it."""
    whose = ready(milestone_id=row_id) | file.person.held
    began, box = life.opened_at, file.person.box
    first = {"target": Status.WANTED, "happened_on": day_of(began), "by_id": file.acting(began)}
    sheets.record("milestone_change", began, **first, **whose)
    for move, at in life.history:
        change_id = sheets.dice.new_id(at)
        shows = evidence if move.target in REACHED else None
        sheets.record(
            "milestone_change",
            at,
            id=change_id,
            action=move.action,
            source=move.source,
            target=move.target,
            happened_on=day_of(at),
            by_id=file.acting(at),
            reason_code=life.reason if move.action in WITH_REASON else None,
            evidence=shows and box.seal("milestone_change", "evidence", change_id, shows),
            **whose,
        )
