"""A person is reminded only where that was agreed to and is safe, and the text gives nothing away."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select

from app.access.actor import CALENDAR
from app.appointments.models import Appointment
from app.appointments.states import Action as Meeting
from app.cases.models import Case
from app.core import clock
from app.core.config import settings
from app.couriers import jobs, rules
from app.couriers.models import Channel, VisitReminder
from app.couriers.parcels import Fault
from app.referrals.models import Referral
from app.referrals.states import Action, Party, Status
from app.survivors.models import Consent, Phone
from tests.appointments.factories import an_appointment, stepped
from tests.cases.factories import a_case, events
from tests.conftest import run
from tests.couriers.factories import Ways
from tests.factories import Town, signed
from tests.referrals.factories import TEXT, Post, a_post
from tests.survivors.factories import consent

HERS, MOTHERS = "+994501112233", "+994507778899"
SAFE = [{"number": MOTHERS, "owner_code": "parent", "safe_to_call": "yes"}]
SAFE += [{"number": HERS, "safe_to_call": "yes"}]
AGREES = [consent(), consent("contact")]
NOON = timedelta(hours=12)
Change = Callable[[Town, Referral], Awaitable[None]]


@pytest.fixture(autouse=True)
def by_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is about noon where the programme is, whatever the hour of the test."""
    monkeypatch.setattr(rules, "NIGHT", (None, None))


async def expected(town: Town, **person: Any) -> tuple[Post, Referral]:
    """Somebody who is expected in twenty hours."""
    post = await a_post(town, **{"phones": SAFE, "consents": AGREES} | person)
    referral = await post.referral(at=Status.SCHEDULED)
    await changed(town, Referral, referral.id, scheduled_for=clock.now() + timedelta(hours=20))
    return post, await post.now(referral.id)


async def changed(town: Town, table: Any, row_id: UUID, **values: Any) -> None:
    """What no action of ours would set like that."""
    async with town.work(CALENDAR) as session:
        await session.exec(sa.update(table).where(col(table.id) == row_id).values(**values))


async def reminders(town: Town) -> list[VisitReminder]:
    async with town.work(CALENDAR) as session:
        return list((await session.exec(select(VisitReminder).order_by(col(VisitReminder.id)))).all())


async def test_who_agreed_is_reminded_once_at_her_own_number_and_the_text_gives_nothing_away(
    client: AsyncClient, town: Town
) -> None:
    post, referral = await expected(town, language_code="en")
    ways = Ways(Channel.TEXT)

    counts = [await jobs.remind(town.database, ways) for _ in range(3)]

    [text], [kept] = ways.taken, await reminders(town)
    assert (counts, text.to, text.name) == ([1, 0, 0], HERS, str(kept.id))
    assert referral.scheduled_for
    local = referral.scheduled_for + timedelta(hours=4)  # in Baku
    assert text.text == f"You have an appointment on {local:%d.%m.%Y} at {local:%H:%M}."
    hidden = ("Aygün", "Məmmədova", "Workshop", "rosthe", TEXT, referral.code, str(referral.id))
    assert [each for each in hidden if each in text.text] == []
    (line,) = await events(town, "visit_reminder.send")
    assert line.object_ids == [referral.id, post.case_id, post.survivor_id, kept.id]
    path = f"/referrals/{referral.id}/visit-reminders"
    [shown] = (await client.get(path, headers=signed(town.caseworker))).json()
    assert (bool(shown["sent_at"]), shown["fault"]) == (True, None)
    assert HERS not in str(shown)
    for other, status in ((town.provider, 403), (town.colleague, 404), (town.outsider, 404)):
        assert (await client.get(path, headers=signed(other))).status_code == status


NOBODY: dict[str, dict[str, Any]] = {
    "no contact was agreed to": {"consents": [consent()]},
    "the consent has no telephone in it": {
        "consents": [consent(), consent("contact", data_codes=["health"])]
    },
    "the consent is for something else": {
        "consents": [consent(), consent("research", data_codes=["contact"])]
    },
    "no number": {"phones": []},
    "nobody knows whether it is safe": {"phones": [{"number": HERS}]},
    "it is not safe": {"phones": [{"number": HERS, "safe_to_call": "no"}]},
}


@pytest.mark.parametrize("why", NOBODY)
async def test_nobody_else_is(town: Town, why: str) -> None:
    await expected(town, **NOBODY[why])
    await booked(town, **NOBODY[why])
    assert await jobs.remind(town.database, ways := Ways(Channel.TEXT)) == 0
    assert (ways.taken, await reminders(town)) == ([], [])


async def booked(town: Town, **person: Any) -> Appointment:
    """Somebody who has an appointment with the caseworker in twenty hours."""
    case = await a_case(town, **{"phones": SAFE, "consents": AGREES} | person)
    return await an_appointment(town, case, hours=20)


async def test_an_appointment_is_reminded_of_as_a_visit_is(client: AsyncClient, town: Town) -> None:
    one = await booked(town, language_code="en")
    ways = Ways(Channel.TEXT)

    counts = [await jobs.remind(town.database, ways) for _ in range(3)]

    [text], [kept] = ways.taken, await reminders(town)
    local = one.starts_at + timedelta(hours=4)  # in Baku
    assert (counts, text.to, text.name) == ([1, 0, 0], HERS, str(kept.id))
    assert text.text == f"You have an appointment on {local:%d.%m.%Y} at {local:%H:%M}."
    assert (kept.appointment_id, kept.referral_id) == (one.id, None)
    (line,) = await events(town, "visit_reminder.send")
    assert (line.object_ids[:2], line.object_ids[3:]) == ([one.id, one.case_id], [kept.id])
    path = f"/cases/{one.case_id}/appointments/{one.id}/visit-reminders"
    [shown] = (await client.get(path, headers=signed(town.caseworker))).json()
    assert (bool(shown["sent_at"]), shown["fault"], HERS in str(shown)) == (True, None, False)
    for other, status in ((town.provider, 403), (town.colleague, 404), (town.outsider, 404)):
        assert (await client.get(path, headers=signed(other))).status_code == status


@pytest.mark.parametrize("action", [Meeting.RESCHEDULE, Meeting.CANCEL])
async def test_an_appointment_that_changed_meanwhile_is_not_reminded_of(town: Town, action: Meeting) -> None:
    one = await booked(town)
    ways = Ways(Channel.TEXT)
    ways.fault = Fault("status_503")
    await jobs.remind(town.database, ways)
    [planned] = await reminders(town)
    await stepped(town, one, action)
    await changed(town, VisitReminder, planned.id, due_at=clock.now() - NOON)
    ways.fault = None

    assert await jobs.remind(town.database, ways) == 0
    [kept] = await reminders(town)
    assert (ways.taken, kept.fault, bool(kept.dead_at)) == ([], "visit_changed", True)


async def test_what_a_facility_has_scheduled_and_the_caseworker_wrote_down_is_told_once(town: Town) -> None:
    post, referral = await expected(town)
    async with town.work(town.caseworker) as session:
        case = (await session.exec(select(Case).where(Case.id == post.case_id))).one()
    assert referral.scheduled_for
    await an_appointment(town, case, starts_at=referral.scheduled_for.isoformat())
    await an_appointment(town, case, hours=10)

    assert await jobs.remind(town.database, ways := Ways(Channel.TEXT)) == 2
    assert len({parcel.text for parcel in ways.taken}) == 2


async def withdraw(town: Town, referral: Referral) -> None:
    async with town.work(CALENDAR) as session:
        mine = sa.and_(
            col(Consent.survivor_id) == referral.survivor_id, col(Consent.purpose_code) == "contact"
        )
        await session.exec(sa.update(Consent).where(mine).values(withdrawn_at=clock.now()))


async def unsafe(town: Town, referral: Referral) -> None:
    async with town.work(CALENDAR) as session:
        mine = col(Phone.survivor_id) == referral.survivor_id
        await session.exec(sa.update(Phone).where(mine).values(safe_to_call="no"))


async def move_it(town: Town, referral: Referral) -> None:
    await changed(town, Referral, referral.id, scheduled_for=clock.now() + timedelta(days=9))


async def end_it(town: Town, referral: Referral) -> None:
    await changed(town, Referral, referral.id, status=Status.CANCELLED)


CHANGES: dict[str, Change] = {
    "not_agreed": withdraw,
    "no_safe_number": unsafe,
    "visit_changed": move_it,
    "visit_changed by its end": end_it,
}


@pytest.mark.parametrize("fault", CHANGES)
async def test_what_changed_between_planning_and_sending_stops_it(town: Town, fault: str) -> None:
    _, referral = await expected(town)
    ways = Ways(Channel.TEXT)
    ways.fault = Fault("status_503")
    await jobs.remind(town.database, ways)
    [planned] = await reminders(town)
    await CHANGES[fault](town, referral)
    await changed(town, VisitReminder, planned.id, due_at=clock.now() - NOON)
    ways.fault = None

    assert await jobs.remind(town.database, ways) == 0

    [kept] = await reminders(town)
    assert (ways.taken, kept.sent_at, kept.fault) == ([], None, fault.split()[0])
    assert (planned.fault, planned.tries, kept.tries) == ("status_503", 1, 1)
    assert kept.dead_at


@pytest.mark.parametrize("missed", [True, False], ids=["after it was missed", "where it moved"])
async def test_a_new_date_is_reminded_of_anew(town: Town, missed: bool) -> None:
    post, referral = await expected(town)
    ways = Ways(Channel.TEXT)
    await jobs.remind(town.database, ways)
    if missed:
        await changed(town, Referral, referral.id, scheduled_for=clock.now())
        referral = await post.step(referral, Action.NO_SHOW, Party.RECEIVER)
    referral = await post.step(referral, Action.SCHEDULE, Party.RECEIVER)
    assert await jobs.remind(town.database, ways) == 0  # at once: too late to be reminded of
    await changed(town, Referral, referral.id, scheduled_for=clock.now() + timedelta(hours=5))

    assert await jobs.remind(town.database, ways) == 1
    assert len({parcel.name for parcel in ways.taken}) == 2


async def test_it_is_tried_again_under_the_same_id_and_given_up_when_the_visit_is_over(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await expected(town)
    ways, names = Ways(Channel.TEXT), []
    ways.fault = Fault("status_503")
    for tries in (1, 2):
        await jobs.remind(town.database, ways)
        [one] = await reminders(town)
        names.append(one.id)
        assert (one.tries, one.fault, one.dead_at) == (tries, "status_503", None)
        await changed(town, VisitReminder, one.id, due_at=clock.now() - NOON)
    ways.fault = None
    monkeypatch.setattr(clock, "now", lambda real=clock.now: real() + timedelta(days=2))

    assert await jobs.remind(town.database, ways) == 0
    [one] = await reminders(town)
    assert (set(names), ways.taken, one.fault, bool(one.dead_at)) == ({one.id}, [], "too_late", True)


async def test_without_a_provider_of_text_messages_nothing_is_planned(town: Town) -> None:
    await expected(town)
    assert await jobs.remind(town.database, Ways(Channel.EMAIL)) == 0
    assert await reminders(town) == []


async def test_several_couriers_remind_once_and_nobody_invented_or_dead(
    real: AsyncEngine, cluster: sa.URL
) -> None:
    town, people = await Town(real).build(), []
    for number in range(5):
        phones = [{"number": f"+99450111223{number}", "safe_to_call": "yes"}]
        people.append((await expected(town, phones=phones))[0].survivor_id)
    for change, person in zip(("invented = true", "died_on = today()"), people, strict=False):
        run(cluster.set(database=real.url.database), f"update survivor set {change} where id = '{person}'")
    ways = Ways(Channel.TEXT)

    await asyncio.gather(*(jobs.remind(real, ways) for _ in range(4)))
    await jobs.remind(real, ways)

    assert {parcel.to for parcel in ways.taken} == {f"+99450111223{number}" for number in (2, 3, 4)}
    assert len({parcel.name for parcel in ways.taken}) == len(ways.taken) == len(await reminders(town)) == 3


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment in Baku."""
    return datetime.fromisoformat(f"2026-12-{day:02}T{hour:02}:{minute:02}:00+04:00")


@pytest.mark.parametrize(
    ("now", "visit", "when"),
    [
        (at(1, 10), at(3, 15), at(2, 15)),  # a day before
        (at(2, 16), at(3, 15), at(2, 16)),  # at once, where that is over
        (at(1, 10), at(3, 8), at(2, 9)),  # in the morning, not before nine
        (at(2, 21), at(3, 15), at(3, 9)),  # nor in the evening
        (at(2, 21), at(3, 8), None),  # the morning is too late
        (at(3, 14, 30), at(3, 15), None),  # and so is half an hour before
        (at(2, 20), at(3, 10), at(3, 9)),
        (at(2, 19, 59), at(3, 10), at(2, 19, 59)),
    ],
)
def test_nobody_is_woken(
    now: datetime, visit: datetime, when: datetime | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    before = timedelta(hours=settings().visit_reminder_hours)
    assert rules.remind_at(now, visit, before, "Asia/Baku") == when
