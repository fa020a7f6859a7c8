"""Who takes part: by consent for this alone, within the places there are; and what the organiser sees."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import select

from app.cases.errors import ConsentMissing
from app.core import clock
from app.core.errors import Clash, Forbidden, IllegalMove, Invalid, NotFound, Stale
from app.core.hot import within
from app.core.ids import new_id
from app.core.pages import Ask, Page
from app.participants import actions, attending
from app.participants.errors import AlreadyEnrolled, ClearanceNotAsked, ProgrammeFull
from app.participants.models import Attendance, Clearance, Enrolment
from app.participants.schemas import Admit, EnrolmentOut, NoteAttendance
from app.participants.states import Status
from app.programmes import actions as programmes
from app.programmes.errors import NotCounted, ProgrammeClosed, SeasonClosed, SessionAhead, SessionCancelled
from app.programmes.schemas import AmendProgramme, CancelSession, NewGroup
from app.survivors.models import PersonKey, Survivor
from tests.cases.factories import events
from tests.journeys import payloads
from tests.participants.factories import Club
from tests.programmes.factories import Sport
from tests.referrals.factories import Post, told_facility


@pytest.fixture
async def club(connection: AsyncConnection) -> Club:
    return await Club(await Sport(connection).build()).build()


def fault(refusal: pytest.ExceptionInfo[Invalid]) -> tuple[str, str]:
    error = refusal.value.facts["errors"][0]
    return error["pointer"], error["code"]


async def seen(club: Club, row: Enrolment, who: Any = None) -> EnrolmentOut:
    actor = who or club.me
    async with club.town.work(actor) as session:
        return EnrolmentOut.of(await actions.read_enrolment(session, actor, row.id))


async def test_nobody_takes_part_without_consent_to_just_this(club: Club) -> None:
    case, _ = await club.person(purpose=None)
    for purpose in (None, "peer_support", "photo_story", "contact"):
        if purpose:
            await club.agree(case, purpose)
        with pytest.raises(ConsentMissing) as refusal:
            await club.enrol(case)
        assert refusal.value.facts == {"purpose": "sport"}

    await club.agree(case)
    row = await club.enrol(case)

    assert row.status is Status.WAITING
    assert await told_facility(club.town, club.town.club.id) == [("enrolment.enrol", row.id)]
    assert [e.object_ids[0] for e in await events(club.town, "enrolment.enrol")] == [row.id]


async def test_the_organiser_sees_name_contact_and_needs_and_opens_no_file(club: Club) -> None:
    case, _ = await club.person()
    row = await club.enrol(case)

    found = await seen(club, row)
    async with club.town.work(club.me) as session:
        for table in (Survivor, PersonKey):
            assert (await session.exec(select(table))).all() == []
    for stranger in (club.town.rival, club.town.other_provider, club.town.outsider, club.town.counsellor):
        with pytest.raises((NotFound, Forbidden)):
            await seen(club, row, stranger)
        async with club.town.work(stranger) as session:
            assert (await session.exec(select(Enrolment))).all() == []

    assert found.name == "Surname1 Aygün Vüqar qızı"
    assert found.phone == "+994500000001"
    assert found.need_codes == ["seat"]
    assert (await seen(club, row, club.town.caseworker)).name == found.name
    async with club.town.work(club.me) as session:
        raw = (await session.exec(select(Enrolment))).one()
    assert b"Surname1" not in (raw.name or b"")


async def test_without_consent_to_contact_no_number_is_copied_and_an_unsafe_one_never(club: Club) -> None:
    case, _ = await club.person(purpose=None)
    await club.agree(case, data_codes=["identity"])
    unsafe, _ = await club.person(phones=[{"number": "+994500000500", "safe_to_call": "no"}])

    assert (await seen(club, await club.enrol(case))).phone is None
    assert (await seen(club, await club.enrol(unsafe))).phone is None


async def test_a_consent_that_ends_or_is_taken_back_closes_it_all(club: Club) -> None:
    case, consent = await club.person()
    row = (await club.admit(await club.enrol(case))).enrolment
    assert consent

    assert await club.withdraw(consent) == 1
    after = await seen(club, row, club.town.caseworker)
    assert (after.status, after.name, after.phone, after.need_codes) == (Status.ENDED, None, None, [])
    assert ("enrolment.revoke", row.id) in await told_facility(club.town, club.town.club.id)

    again = await club.agree(case)
    second = (await club.admit(await club.enrol(case))).enrolment
    assert second.consent_id == again
    await club.leave(second, 2)
    yesterday = clock.today() - timedelta(days=1)
    third = await club.enrol(case)
    old = third.model_dump(exclude={"id", "created_at", "version", "name", "phone"})
    old["agreed_until"] = yesterday
    await club.leave(third, 1)
    async with club.town.work(club.town.caseworker) as session:
        session.add(over := Enrolment.model_validate(old))
    with pytest.raises(NotFound):  # the database itself lets the organiser see nobody beyond the consent
        await seen(club, over)
    with pytest.raises(Invalid):
        await club.note(await club.training(), over)
    assert (await seen(club, over, club.town.caseworker)).status is Status.WAITING


async def test_who_is_too_young_or_of_no_known_age_is_refused_where_the_programme_says_so(club: Club) -> None:
    async with club.town.work(club.me) as session:
        await programmes.amend(session, club.me, club.programme.id, 1, AmendProgramme(minimum_age=39))
    case, _ = await club.person()

    with pytest.raises(Invalid) as refusal:
        await club.enrol(case)
    assert fault(refusal) == ("/programme_id", "too_young")
    async with club.town.work(club.me) as session:
        await programmes.amend(session, club.me, club.programme.id, 2, AmendProgramme(minimum_age=38))
    assert (await club.enrol(case)).status is Status.WAITING


async def test_places_are_counted_and_the_rest_wait(club: Club) -> None:
    async with club.town.work(club.me) as session:
        await programmes.amend(session, club.me, club.programme.id, 1, AmendProgramme(capacity=2))
        small, _ = await programmes.add_group(
            session, club.me, club.programme.id, NewGroup(name="Juniors", capacity=1)
        )
    first, second, third = [await club.enrol((await club.person())[0]) for _ in range(3)]

    await club.admit(first, group_id=small.id)
    with pytest.raises(ProgrammeFull) as group_full:
        await club.admit(second, group_id=small.id)
    await club.admit(second)
    with pytest.raises(ProgrammeFull) as full:
        await club.admit(third)
    await club.leave(second, 2)
    placed = await club.admit(third)

    assert (group_full.value.facts, full.value.facts) == ({"capacity": 1}, {"capacity": 2})
    assert placed.enrolment.status is Status.ENROLLED
    assert await club.reached(placed.enrolment.case_id) == {"sport_join": "achieved"}


async def test_only_the_organiser_admits_and_either_side_ends_it(club: Club) -> None:
    row = await club.enrol((await club.person())[0])
    town = club.town

    with pytest.raises(Forbidden):
        async with town.work(town.caseworker) as session:
            await actions.admit(session, town.caseworker, row.id, 1, Admit())
    with pytest.raises(NotFound):
        async with town.work(town.rival) as session:
            await actions.admit(session, town.rival, row.id, 1, Admit())
    with pytest.raises(Stale):
        await club.admit(row, version=7)
    await club.admit(row)
    with pytest.raises(IllegalMove):
        await club.admit(row, version=2)
    ended = await club.leave(row, 2, town.caseworker)
    with pytest.raises(IllegalMove):
        await club.leave(row, 3)

    assert (ended.end_reason_code, ended.ended_on) == ("moved", clock.today())
    assert (await seen(club, row)).name is None
    assert [kind for kind, _ in await told_facility(town, town.club.id)] == [
        "enrolment.enrol",
        "enrolment.leave",
    ]


async def test_once_at_a_time_and_the_same_again_is_what_exists(club: Club) -> None:
    case, _ = await club.person()
    body = payloads.enrolment(club.programme.id)
    row = await club.enrol(case, **body)

    assert (await club.enrol(case, **body)).id == row.id
    with pytest.raises(Clash):
        await club.enrol(case, **(body | {"role_code": "volunteer"}))
    with pytest.raises(AlreadyEnrolled) as refusal:
        await club.enrol(case)
    assert refusal.value.facts == {"enrolment_id": str(row.id)}
    async with club.town.work(club.me) as session:
        await programmes.amend(
            session, club.me, club.programme.id, 1, AmendProgramme(closed_on=clock.today())
        )
    with pytest.raises(ProgrammeClosed):
        await club.admit(row)
    with pytest.raises(ProgrammeClosed):
        await club.enrol((await club.person())[0])


async def test_a_provider_clears_on_a_referral_that_asks_for_it_and_nobody_else_does(club: Club) -> None:
    town = club.town
    case, _ = await club.person()
    row = (await club.admit(await club.enrol(case))).enrolment
    post = Post(town, case.id, case.survivor_id)
    await club.offer()
    asked = await post.referral(service_codes=["sports_clearance"])
    other = await post.referral(service_codes=["prosthetics"])
    before = await club.note(await club.training(), row)

    with pytest.raises(ClearanceNotAsked):
        await club.clear(other.id)
    for who in (town.caseworker, town.counsellor, club.me, town.coordinator):
        with pytest.raises(Forbidden):
            await club.clear(asked.id, who)
    with pytest.raises(NotFound):
        await club.clear(asked.id, town.other_provider)
    given = await club.clear(
        asked.id,
        outcome_code="conditions",
        condition_codes=["no_contact"],
        given_on=payloads.day(-3),
    )
    found = await seen(club, row)
    after = await club.note(await club.training(), row)
    await club.clear(asked.id, outcome_code="not_cleared")  # a later word takes its place
    refused = await club.note(await club.training(0), row)

    assert before.not_cleared == [row.id]
    assert (found.cleared_until, found.clearance_condition_codes) == (given.valid_until, ["no_contact"])
    assert after.not_cleared == []
    assert refused.not_cleared == [row.id]
    assert (await club.reached(case.id))["sport_clearance"] == "achieved"
    await club.leave(row, 2)
    async with town.work(club.me) as session:  # it closes for the organiser with the enrolment
        assert (await session.exec(select(Clearance))).all() == []


async def test_attendance_is_of_who_is_enrolled_at_a_session_that_was_held(club: Club) -> None:
    member, waits = await club.member(), await club.enrol((await club.person())[0])
    one, me = await club.training(), club.me
    people = [{"enrolment_id": x, "status_code": "present"} for x in (member.id, waits.id, new_id())]
    given = NoteAttendance.model_validate({"people": people})

    with pytest.raises(Invalid) as refusal:
        async with club.town.work(me) as session:
            await attending.note_attendance(session, me, one.id, 1, given)
    assert [error["pointer"] for error in refusal.value.facts["errors"]] == [
        "/people/1/enrolment_id",
        "/people/2/enrolment_id",
    ]
    with pytest.raises(SessionAhead):
        await club.note(await club.training(2), member)
    community = await club.training(kind_code="community")
    with pytest.raises(NotCounted):
        await club.note(community, member)
    off = await club.training()
    async with club.town.work(me) as session:
        await programmes.cancel_session(session, me, off.id, 1, CancelSession(reason_code="weather"))
    with pytest.raises(SessionCancelled):
        await club.note(off, member, version=2)
    async with club.town.work(me) as session:
        await programmes.close_season(session, me, club.programme.id, club.season.id, 1)
    with pytest.raises(SeasonClosed):
        await club.note(one, member)
    async with club.town.work(me) as session:
        assert (await session.exec(select(Attendance))).all() == []


async def test_a_group_of_sixty_is_noted_in_one_request_and_again_without_a_second_effect(club: Club) -> None:
    rows = await club.crowd(60)
    one = await club.training()

    noted = await club.note(one, *rows)
    again = await club.note(one, *rows, version=2, status_code="absent", reason_code="transport")
    with pytest.raises(Stale):
        await club.note(one, *rows, version=1)

    assert {row.status_code for row in noted.people} == {"present"}
    assert {(row.status_code, row.reason_code) for row in again.people} == {("absent", "transport")}
    async with club.town.work(club.me) as session:
        kept = (await session.exec(select(Attendance))).all()
    assert sorted(row.version for row in kept) == [2] * 60
    (event, _) = await events(club.town, "attendance.note")
    assert set(event.object_ids) == {one.id, club.programme.id, *(row.id for row in rows)}
    assert len(await events(club.town, "milestone.reach")) == 61  # each tried it; one had joined by the door


async def test_twelve_weeks_of_attendance_are_regular_sport_and_the_attendance_is_the_evidence(
    club: Club,
) -> None:
    row = await club.member()
    for week in reversed(range(13)):
        one = await club.training(-7 * week - 1)
        await club.note(one, row)
        reached = await club.reached(row.case_id)
        assert reached["sport_tried"] == "achieved"
        assert ("sport_regular" in reached) is (week <= 2), week

    assert reached == dict.fromkeys(["sport_join", "sport_tried", "sport_regular"], "achieved")
    assert len(await events(club.town, "milestone.reach")) == 3


async def test_a_page_of_who_takes_part_is_the_organisers_or_of_the_own_files(club: Club) -> None:
    rows = [await club.member() for _ in range(3)]
    await club.leave(rows[0], 2)

    async def listed(who: Any, **more: Any) -> list[UUID]:
        async with club.town.work(who) as session:
            ask = Ask(who.user_id, more.pop("limit", 50))
            page = await actions.read_of_programme(
                await within(session), who, club.programme.id, ask, more.get("status")
            )
        found = Page[EnrolmentOut].model_validate_json(page)
        assert (found.next_cursor is None) is (len(found.items) < ask.limit)
        for each in found.items:  # the short way says what the long one says
            assert each == await seen(club, Enrolment(id=each.id), who)  # type: ignore[call-arg]
        return [each.id for each in found.items]

    assert await listed(club.me) == [rows[1].id, rows[2].id]
    assert await listed(club.me, limit=1) == [rows[1].id]
    assert await listed(club.me, status=Status.ENDED) == [rows[0].id]
    assert await listed(club.town.caseworker) == [rows[1].id, rows[2].id]
    assert await listed(club.town.coordinator) == [rows[1].id, rows[2].id]
    assert await listed(club.town.outsider) == []
    assert await listed(club.town.rival) == []
    assert rows[0].joined_on == clock.today()
    assert clock.now() - rows[0].created_at < timedelta(hours=1)


async def test_the_database_itself_lets_nobody_else_enrol_note_or_clear(club: Club) -> None:
    row, one = await club.member(), await club.training()
    await club.note(one, row)

    for who in (club.town.rival, club.town.other_provider, club.town.outsider, club.town.auditor):
        async with club.town.work(who) as session:
            assert (await session.exec(select(Attendance))).all() == []
            assert (await session.exec(sa.update(Enrolment).values(status="ended"))).rowcount == 0
            assert (await session.exec(sa.update(Attendance).values(status_code="absent"))).rowcount == 0
    forged = row.model_dump(exclude={"id", "created_at", "version"}) | {"status": Status.WAITING}
    with pytest.raises(NotFound):  # the organiser enrols nobody
        async with club.town.work(club.me) as session:
            session.add(Enrolment.model_validate(forged))
    with pytest.raises(NotFound):  # nor gives anybody another consent
        async with club.town.work(club.me) as session:
            await session.exec(sa.update(Enrolment).values(agreed_until=clock.today()))
    said = {"case_id": row.case_id, "survivor_id": row.survivor_id, "referral_id": new_id()}
    held = {"owner_id": row.owner_id, "team_id": row.team_id, "by_id": club.me.user_id}
    with pytest.raises(NotFound):  # and clears nobody
        async with club.town.work(club.me) as session:
            session.add(Clearance.model_validate(payloads.clearance() | said | held))
