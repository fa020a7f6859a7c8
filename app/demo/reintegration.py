"""The way back: school, work, benefits, a home; and for some grown-ups a grant."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.codelists import lists
from app.core.clock import day_of
from app.demo.cases import File, Shown
from app.demo.dice import Dice, urn
from app.demo.people import ADULT
from app.demo.places import Country
from app.demo.sheets import Sheets, ready
from app.demo.work import texts
from app.reintegration.rules import due_days
from app.reintegration.states import Action, Status

GROWN_UP = (
    "employed:4 self_employed:3 unemployed_seeking:4 family_worker:2 social_allowance:5 labour_pension:3"
    " vocational_course:2 home_adaptation:2 adequate_housing:1 legal_aid:2 community_group:2"
)
CHILD = "school_return:5 school_support:3 social_allowance:2"
DECIDED = {"social_allowance", "labour_pension", "legal_aid"}
DONE = {"vocational_course", "home_adaptation"}
FOLLOWED = {"employed", "self_employed", "adequate_housing", "school_return", "school_support"}
PAID = {"employed": (350, 900), "self_employed": (200, 700), "social_allowance": (150, 250)}
GRANTED = 0.12
LONG_ENOUGH = 6  # months: a look so late says that it lasts
STEPS = (
    *((Action.ACCEPT, Status.ELIGIBLE), (Action.PLAN, Status.PLANNED), (Action.TRAIN, Status.TRAINED)),
    *((Action.APPROVE, Status.APPROVED), (Action.PAY, Status.RUNNING)),
)


def write_reintegration(sheets: Sheets, country: Country, file: File, many: int) -> None:
    """So many records of a person who agreed, and for some a grant."""
    person = file.person
    if not person.origin.agreed:
        return
    sheets = sheets.with_dice("reintegration", file.id)
    draws, begun, until = sheets.dice, person.life.opened_at, person.life.until(country.now)
    grown = person.birth.age_on(day_of(begun)) >= ADULT
    items = {urn(GROWN_UP if grown else CHILD).draw(draws) for _ in range(many)}
    for item in sorted(items):
        _write_record(sheets, country, file, item, draws.between(begun, until), until)
    if grown and draws.chance(GRANTED):
        _write_grant(sheets, country, file, draws.between(begun, until), until)


def _write_record(
    sheets: Sheets, country: Country, file: File, item: str, at: datetime, until: datetime
) -> None:
    draws, row_id = sheets.dice, sheets.dice.new_id(at)
    end = day_of(min(at + timedelta(days=draws.randint(20, 160)), until))
    said = _said(draws, item, end)
    sheets.record(
        "reintegration_record",
        at,
        id=row_id,
        item_code=item,
        begun_on=day_of(at),
        begun_precision="day",
        by_id=file.acting(at),
        **said,
        **file.held,
    )
    milestone = lists.load("reintegration_item")[item].extra["begins"]
    if milestone:
        file.show(milestone, Shown(at, "reintegration_record", row_id, file.acting(at)))
    if item in FOLLOWED:
        _write_follow_ups(sheets, country, file, row_id, at, milestone)


def _said(draws: Dice, item: str, end: date) -> dict[str, Any]:
    """How it ended, what it pays, at what work."""
    said: dict[str, Any] = {}
    if item in DECIDED and draws.chance(0.7):
        said = _ended(end, urn("granted:5 refused:1").draw(draws))
    if item in DONE and draws.chance(0.6):
        said = _ended(end, "completed")
    if item in PAID:
        least, most = PAID[item]
        said |= {"amount": _money(draws, least, most), "currency_code": "azn"}
    if item in ("employed", "self_employed"):
        said |= {"occupation_code": draws.choice(["g5", "g6", "g7", "g9"])}
    return said


def _ended(end: date, outcome: str) -> dict[str, Any]:
    return {"ended_on": end, "ended_precision": "day", "outcome_code": outcome}


def _money(draws: Dice, least: int, most: int) -> Decimal:
    return Decimal(draws.randint(least, most)).quantize(Decimal("0.01"))


def _write_follow_ups(
    sheets: Sheets, country: Country, file: File, about_id: UUID, at: datetime, milestone: str = ""
) -> None:
    """At 3, 6, 12 and 24 months; those that were due before the last month are answered."""
    draws, today = sheets.dice, day_of(min(country.now, file.person.life.until(country.now)))
    for months, due_on in due_days(day_of(at)).items():
        late = due_on + timedelta(days=draws.randint(0, 30))
        said: dict[str, Any] = {}
        row_id = draws.new_id(at)
        if late < today:
            result = urn("sustained:7 lost:2 not_found:1").draw(draws)
            said = {"result_code": result, "checked_on": late, "checked_by_id": file.acting(at), "version": 2}
            if result == "sustained" and months >= LONG_ENOUGH:
                looked_at = at + timedelta(days=(late - day_of(at)).days)
                seen = Shown(looked_at, "follow_up", row_id, file.acting(at))
                file.lasting.setdefault(milestone, seen)
        sheets.record(
            "follow_up",
            at,
            id=row_id,
            about_id=about_id,
            months=months,
            due_on=due_on,
            by_id=file.acting(at),
            **said,
            **file.held,
        )


def _write_grant(sheets: Sheets, country: Country, file: File, at: datetime, until: datetime) -> None:
    """A grant as far as there was time for it: a step every few weeks, a tranche, visits."""
    draws, grant_id = sheets.dice, sheets.dice.new_id(at)
    moments = [at + timedelta(days=21 * place) for place in range(1, len(STEPS) + 1)]
    steps = [(step, when) for step, when in zip(STEPS, moments, strict=True) if when <= until]
    granted, status = _money(draws, 1500, 5000), steps[-1][0][1] if steps else Status.ASKED
    paid = (granted / 2).quantize(Decimal("0.01")) if status is Status.RUNNING else Decimal("0.00")
    purpose = draws.choice(texts("livelihood"))
    sheets.record(
        "livelihood_grant",
        at,
        id=grant_id,
        kind_code=urn("productive_grant:5 asset:2 micro_credit:2").draw(draws),
        status=status,
        asked_on=day_of(at),
        granted=granted,
        paid=paid,
        currency_code="azn",
        purpose=file.person.box.seal("livelihood_grant", "purpose", grant_id, purpose),
        by_id=file.acting(at),
        approved_by_id=_approver(file) if status in (Status.APPROVED, Status.RUNNING) else None,
        version=1 + len(steps),
        **file.held,
    )
    common = ready(grant_id=grant_id) | file.person.held
    _write_moves(sheets, file, common, at, steps)
    if status is Status.RUNNING:
        _write_payment(sheets, country, file, common, grant_id, steps[-1][1], paid)


def _approver(file: File) -> UUID:
    return file.person.origin.crew.supervisor_id


def _write_moves(
    sheets: Sheets,
    file: File,
    common: dict[str, Any],
    at: datetime,
    steps: list[tuple[tuple[Action, Status], datetime]],
) -> None:
    """That it was asked for, and every step since."""
    draws, owner = sheets.dice, file.acting(at)
    asked = {"target": Status.ASKED, "happened_on": day_of(at), "by_id": owner}
    sheets.record("grant_move", at, id=draws.new_id(at), **asked, **common)
    source = Status.ASKED
    for (action, target), when in steps:
        sheets.record(
            "grant_move",
            when,
            id=draws.new_id(when),
            action=action,
            source=source,
            target=target,
            happened_on=day_of(when),
            by_id=_approver(file) if action is Action.APPROVE else owner,
            **common,
        )
        source = target


def _write_payment(
    sheets: Sheets,
    country: Country,
    file: File,
    common: dict[str, Any],
    grant_id: UUID,
    paid_on: datetime,
    paid: Decimal,
) -> None:
    """The first tranche, the visits since, and when it is looked at again."""
    draws, owner = sheets.dice, file.acting(paid_on)
    sheets.record(
        "tranche",
        paid_on,
        id=draws.new_id(paid_on),
        kind_code=urn("cash:3 in_kind:2").draw(draws),
        amount=paid,
        paid_on=day_of(paid_on),
        by_id=owner,
        **common,
    )
    _write_visits(sheets, common, paid_on, file.person.life.until(country.now), owner)
    _write_follow_ups(sheets, country, file, grant_id, paid_on)


def _write_visits(
    sheets: Sheets, common: dict[str, Any], paid_on: datetime, until: datetime, owner: UUID
) -> None:
    """A look after three months, and every half year."""
    draws, when = sheets.dice, paid_on + timedelta(days=90)
    while when <= until:
        sheets.record(
            "grant_visit",
            when,
            id=draws.new_id(when),
            visited_on=day_of(when),
            active=urn("yes:6 no:1 unknown:1").draw(draws),
            by_id=owner,
            **common,
        )
        when += timedelta(days=180)
