"""What a person sees first: a case's newest entries, and what waits for the caller."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient

from app.access.actor import Actor
from app.appointments.states import Action as Booking
from app.cases import actions as cases
from app.cases.models import Case
from app.cases.schemas import AddTask, AmendCase, FinishTask, WriteNote
from app.cases.states import Action, Status
from app.core import clock
from app.core.ids import new_id
from app.core.pages import Page
from app.milestones.states import Status as MilestoneStatus
from app.notifications import actions as notifications
from app.overview import queries
from app.overview.schemas import Entry, EntryKind, TodayOut
from app.overview.timeline import PARTS
from app.referrals.states import Status as ReferralStatus
from app.rehabilitation.states import Status as DeviceStatus
from tests.appointments.factories import an_appointment, stepped, when
from tests.assessments.test_actions import recorded
from tests.careplans.factories import a_plan
from tests.cases.factories import a_case, events, move
from tests.documents.factories import document, file_it
from tests.factories import Town, signed
from tests.injuries import factories as bodies
from tests.journeys import payloads
from tests.milestones.factories import a_milestone
from tests.participants.factories import offer_clearance
from tests.referrals.factories import EVERYTHING, Post, a_post
from tests.rehabilitation.factories import asked, walked
from tests.reintegration import factories as returning
from tests.risks.factories import a_flag, task_of
from tests.routers.test_emergency import everything as care_of
from tests.routers.test_injuries import enter
from tests.routers.test_therapy import therapy
from tests.support import factories as support


async def a_task(town: Town, case: Case, due: int = 0, kind: str = "call") -> Any:
    given = AddTask(kind_code=kind, text="Do not show", due_on=clock.today() + timedelta(days=due))
    async with town.work(town.caseworker) as session:
        return (await cases.add_task(session, town.caseworker, case.id, given))[0].task


async def a_note(town: Town, case: Case) -> Any:
    async with town.work(town.caseworker) as session:
        return (await cases.write_note(session, town.caseworker, case.id, WriteNote(text="Do not show")))[0]


async def timeline(client: AsyncClient, actor: Actor, case: Case, **query: Any) -> Page[Entry]:
    answer = await client.get(f"/cases/{case.id}/timeline", params=query, headers=signed(actor))
    assert answer.status_code == 200, answer.text
    assert "Do not show" not in answer.text
    return Page[Entry].model_validate_json(answer.text)


async def today(client: AsyncClient, actor: Actor) -> TodayOut:
    answer = await client.get("/today", headers=signed(actor))
    assert answer.status_code == 200, answer.text
    return TodayOut.model_validate_json(answer.text)


async def test_a_timeline_shows_every_kind_of_entry_newest_first(client: AsyncClient, town: Town) -> None:
    case = await a_case(town, Status.ASSESSMENT)
    note, task = await a_note(town, case), await a_task(town, case, due=3)
    meeting = await an_appointment(town, case)
    assessment, _ = await recorded(town, town.caseworker, case)
    flag, plan = await a_flag(town, case), await a_plan(town, case)
    milestone = await a_milestone(town, case, MilestoneStatus.PLANNED)
    shares = [*EVERYTHING, "psychosocial"]
    await offer_clearance(town)
    services = ["prosthetics", "sports_clearance"]
    post = Post(town, case.id, case.survivor_id)
    referral = await post.referral(ReferralStatus.SENT, share_codes=shares, service_codes=services)
    paper = (await file_it(client, town.caseworker, case.id, document())).json()
    care = await everything(client, town, case) | await supported(client, town, case)
    care |= await returned(client, town, case)
    care |= await played(client, town, case, referral.id)

    shown = await timeline(client, town.supervisor, case)

    said = [e for e in shown.items if e.kind is not EntryKind.MILESTONE or e.record_id == milestone.id]
    assert [(e.kind.value, e.record_id, e.what, e.status) for e in said] == [
        ("sport_injury", care["sport_injury"], "training", "rest"),
        ("call_up", care["call_up"], "outfield", "called"),
        ("clearance", care["clearance"], "amputee_football", "cleared"),
        ("enrolment", care["enrolment"], "player", "enrolled"),
        ("grant", care["livelihood_grant"], "ask", "asked"),
        ("reintegration", care["reintegration_record"], "retired", None),
        ("support_session", care["support_session"], "present", None),
        ("support", care["psychosocial_episode"], "open", None),
        ("device", care["device_order"], "ll_prosthesis", "assessed"),
        ("device", care["device_order"], "ll_prosthesis", "referred"),
        ("session", care["therapy_session"], "gait_training", "came"),
        ("course", care["rehabilitation_episode"], "physiotherapy", "goals_met"),
        ("complication", care["complication"], "wound_infection", None),
        ("operation", care["operation"], "amputation", None),
        ("stay", care["facility_stay"], "emergency", None),
        ("emergency", care["emergency_episode"], "unknown", None),
        ("amputation", care["amputation"], "tt", None),
        ("injury", care["injury"], "fragment_wound", None),
        ("document", UUID(paper["id"]), "discharge_summary", None),
        ("referral", referral.id, "send", "sent"),
        ("referral", referral.id, "draft", "draft"),
        ("milestone", milestone.id, "job_wage", "planned"),
        ("milestone", milestone.id, "job_wage", "wanted"),
        ("care_plan", plan.id, "begin", "draft"),
        ("task", (await task_of(town, flag)).id, "risk_flag", "open"),
        ("risk", flag.id, "self_harm", "raised"),
        ("assessment", assessment.id, "wg_ss", "yes"),
        ("appointment", meeting.id, "book", "booked"),
        ("task", task.id, "call", "open"),
        ("note", note.id, "general", None),
        ("move", case.id, "assess", "assessment"),
        ("move", case.id, "open", "intake"),
    ]
    assert {entry.kind for entry in shown.items} == {part.kind for part in PARTS} == set(EntryKind)
    assert shown.next_cursor is None
    assert [e.at for e in shown.items] == sorted((e.at for e in shown.items), reverse=True)


async def test_what_was_entered_in_error_is_marked_on_the_timeline(client: AsyncClient, town: Town) -> None:
    case = await a_case(town)
    await asked(town, case)
    care = await everything(client, town, case)
    wrong = {"reason_code": "entered_wrongly", "in_error": True}
    path = f"/cases/{case.id}/facility-stays/{care['facility_stay']}"
    await client.patch(path, json=wrong, headers=signed(town.caseworker, 1))

    shown = await timeline(client, town.caseworker, case)

    assert [entry.record_id for entry in shown.items if entry.status == "in_error"] == [care["facility_stay"]]


async def returned(client: AsyncClient, town: Town, case: Case) -> dict[str, UUID]:
    """A record of the way back, and a grant that is asked for; their ids."""
    path, me = f"/cases/{case.id}", signed(town.caseworker)
    record = (
        await client.post(f"{path}/reintegration-records", json={"item_code": "retired"}, headers=me)
    ).json()
    grant = (await client.post(f"{path}/livelihood-grants", json=returning.grant(), headers=me)).json()
    return {"reintegration_record": UUID(record["id"]), "livelihood_grant": UUID(grant["id"])}


async def played(client: AsyncClient, town: Town, case: Case, referral_id: UUID) -> dict[str, UUID]:
    """Into the club's football: a place, a clearance, a call-up, and an injury after it; their ids."""
    coach, me, place = town.sports, town.caseworker, f"/cases/{case.id}"

    async def post(path: str, body: Any, who: Actor, version: int | None = None) -> Any:
        answer = await client.post(path, json=body, headers=signed(who, version))
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    one = await post("/programmes", payloads.programme(town.club.id), coach)
    await post(f"/survivors/{case.survivor_id}/consents", payloads.consent("sport"), me)
    row = await post(f"{place}/enrolments", payloads.enrolment(one["id"]), me)
    member = f"/enrolments/{row['id']}"
    await post(f"{member}/admit", {}, coach, row["version"])
    cleared = await post(f"/referrals/{referral_id}/clearances", payloads.clearance(), town.provider)
    await post(f"{member}/classifications", payloads.classification(), me)
    squad = await post(f"/programmes/{one['id']}/squads", payloads.squad(), coach)
    called = await post(f"/squads/{squad['id']}/call-ups", payloads.call_up(row["id"]), coach)
    hurt = await post(f"{member}/sport-injuries", payloads.sport_injury(), coach)
    made = {"enrolment": row, "clearance": cleared, "call_up": called, "sport_injury": hurt}
    return {name: UUID(each["id"]) for name, each in made.items()}


async def supported(client: AsyncClient, town: Town, case: Case) -> dict[str, UUID]:
    """An episode of support and a session of it; their ids."""
    path, me = f"/cases/{case.id}", signed(town.counsellor)
    episode = (await client.post(f"{path}/psychosocial-episodes", json=support.episode(), headers=me)).json()
    given = support.session(episode, intervention_code="psychoeducation")
    held = (await client.post(f"{path}/support-sessions", json=given, headers=me)).json()
    return {"psychosocial_episode": UUID(episode["id"]), "support_session": UUID(held["id"])}


async def everything(client: AsyncClient, town: Town, case: Case) -> dict[str, UUID]:
    """What was done to a body and for it, also by the workshop, that was asked; the ids of the records."""
    hurt, made = f"/survivors/{case.survivor_id}", {}
    made["injury"] = await enter(client, town, f"{hurt}/injuries", bodies.injury())
    made["amputation"] = await enter(client, town, f"{hurt}/amputations", bodies.amputation())
    made |= await care_of(client, town, case)
    made |= await therapy(client, town, case)
    made["device_order"] = {"id": str((await walked(town, case, DeviceStatus.ASSESSED)).id)}
    return {name: UUID(one["id"]) for name, one in made.items()}


async def test_reading_a_timeline_is_an_event_that_names_all_it_showed(
    client: AsyncClient, town: Town
) -> None:
    case = await a_case(town)
    note = await a_note(town, case)

    await timeline(client, town.caseworker, case)

    (event,) = await events(town, "case.read_timeline")
    assert (event.user_id, event.field_class) == (town.caseworker.user_id, "health")
    assert {note.id, case.id, case.survivor_id} <= set(event.object_ids)


async def test_pages_of_a_timeline_show_each_entry_once_also_those_of_one_moment(
    client: AsyncClient, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await a_case(town)
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    notes = {(await a_note(town, case)).id for _ in range(5)}
    tasks = {(await a_task(town, case, due=3)).id for _ in range(2)}
    monkeypatch.undo()

    whole = await timeline(client, town.caseworker, case)
    seen: list[Entry] = []
    cursor: str | None = None
    while cursor or not seen:
        page = await timeline(
            client, town.caseworker, case, limit=3, **({"cursor": cursor} if cursor else {})
        )
        seen += page.items
        cursor = page.next_cursor

    assert seen == whole.items
    assert {entry.id for entry in seen} == {*notes, *tasks, *(e.id for e in seen if e.kind is EntryKind.MOVE)}
    pages_read = (await events(town, "case.read_timeline"))[1:]
    assert [len(event.object_ids) for event in pages_read[:2]] == [5, 5]  # entries, the case, the person


async def test_a_cursor_of_one_timeline_opens_no_other(client: AsyncClient, town: Town) -> None:
    mine, other = await a_case(town), await a_case(town, given_name="Leyla")
    await a_note(town, mine)
    cursor = (await timeline(client, town.caseworker, mine, limit=1)).next_cursor

    answer = await client.get(
        f"/cases/{other.id}/timeline", params={"cursor": cursor}, headers=signed(town.caseworker)
    )

    assert answer.status_code == 422


@pytest.mark.parametrize("who", ["colleague", "outsider", "other_supervisor"])
async def test_a_timeline_out_of_reach_does_not_exist_and_leaves_no_event(
    client: AsyncClient, town: Town, who: str
) -> None:
    case, actor = await a_case(town), getattr(town, who)

    theirs = await client.get(f"/cases/{case.id}/timeline", headers=signed(actor))
    nobodys = await client.get(f"/cases/{new_id()}/timeline", headers=signed(actor))

    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json() | {"request_id": ""} == nobodys.json() | {"request_id": ""}
    assert await events(town, "case.read_timeline") == []


async def test_another_case_of_the_same_owner_is_another_timeline(client: AsyncClient, town: Town) -> None:
    mine, other = await a_case(town), await a_case(town, given_name="Leyla")
    note = await a_note(town, other)

    assert note.id not in {entry.id for entry in (await timeline(client, town.caseworker, mine)).items}


async def test_today_shows_what_is_due_by_now_first_due_first(client: AsyncClient, town: Town) -> None:
    case = await a_case(town)
    due = [(await a_task(town, case, days)).id for days in (0, -3, 5, -1)]
    done = await a_task(town, case, -9)
    async with town.work(town.caseworker) as session:
        await cases.finish_task(session, town.caseworker, case.id, done.id, 1, FinishTask())

    shown = await today(client, town.caseworker)

    assert [task.id for task in shown.tasks] == [due[1], due[3], due[0]]
    assert {task.case_id for task in shown.tasks} == {case.id}
    assert (await today(client, town.colleague)).tasks == []
    (event, _) = await events(town, "today.read")
    assert {due[0], case.id} <= set(event.object_ids)


async def test_today_shows_meetings_of_today_and_those_without_an_outcome(
    client: AsyncClient, town: Town
) -> None:
    case = await a_case(town)
    tonight = queries._midnight()
    moments = [when(-50), when(-1), tonight, tonight - timedelta(minutes=1), when(72)]
    booked = [await an_appointment(town, case, starts_at=at.isoformat()) for at in moments]
    await stepped(town, booked[1], Booking.KEEP)

    shown = (await today(client, town.caseworker)).appointments

    assert [one.id for one in shown] == [booked[0].id, booked[3].id]
    assert (shown[0].kind_code, shown[0].starts_at, shown[0].minutes) == ("place_visit", moments[0], 45)
    assert shown[0].survivor_code
    assert (await today(client, town.colleague)).appointments == []
    (event, _) = await events(town, "today.read")
    assert {booked[0].id, booked[3].id, case.id} == set(event.object_ids)


async def test_today_shows_answers_of_the_last_week_and_what_waits_for_one(
    client: AsyncClient, town: Town
) -> None:
    post = await a_post(town)
    accepted = await post.referral(ReferralStatus.ACCEPTED)
    await post.referral(ReferralStatus.SENT)

    mine, theirs = await today(client, town.caseworker), await today(client, town.provider)

    assert [(answer.id, answer.status) for answer in mine.answers] == [(accepted.id, ReferralStatus.ACCEPTED)]
    assert (mine.referrals_to_answer, theirs.referrals_to_answer) == (0, 1)
    assert mine.unread == 1
    assert theirs.unread == 2
    assert (theirs.answers, theirs.tasks) == ([], [])


async def test_today_counts_reviews_that_are_overdue(client: AsyncClient, town: Town) -> None:
    case, past = await a_case(town), clock.today() - timedelta(days=1)
    async with town.work(town.caseworker) as session:
        given = AmendCase(next_review_on=past)
        case = await cases.amend(session, town.caseworker, case.id, case.version, given)
    before = (await today(client, town.caseworker)).reviews_overdue
    await move(town, case, Action.CLOSE)

    assert (before, (await today(client, town.caseworker)).reviews_overdue) == (1, 0)


async def test_counts_stop_at_a_hundred(client: AsyncClient, town: Town) -> None:
    async with town.work(town.supervisor) as session:
        for _ in range(120):
            notifications.tell_person(session, town.caseworker.user_id, "case.assign", new_id())

    assert (await today(client, town.caseworker)).unread == 100


async def test_who_works_on_no_case_and_no_referral_has_no_today(client: AsyncClient, town: Town) -> None:
    for actor in (town.analyst, town.administrator, town.auditor):
        assert (await client.get("/today", headers=signed(actor))).status_code == 403
