"""Routes of reintegration: records, grants and their money, follow-ups."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient, Response
from sqlmodel import col, select

from app.access.actor import Actor
from app.cases.models import Task
from app.core import clock
from app.core.errors import Clash
from app.reintegration.models import LivelihoodGrant
from app.reintegration.states import Action, Party, Status
from app.reminders import jobs
from tests.cases.factories import a_case
from tests.factories import Town, signed
from tests.journeys.payloads import day
from tests.referrals.factories import a_post
from tests.reintegration import factories as returning
from tests.reintegration.factories import on, told, way_to

Json = dict[str, Any]


class Desk:
    """A case, and who works on it."""

    def __init__(self, client: AsyncClient, town: Town, case_id: Any) -> None:
        self.client, self.town, self.path = client, town, f"/cases/{case_id}"

    async def post(
        self, path: str, body: Json, actor: Actor | None = None, version: int | None = None
    ) -> Response:
        headers = signed(actor or self.town.caseworker, version)
        return await self.client.post(f"{self.path}/{path}", json=body, headers=headers)

    async def make(self, path: str, body: Json, actor: Actor | None = None) -> Json:
        answer = await self.post(path, body, actor)
        assert answer.status_code == 201, answer.text
        found: Json = answer.json()
        return found

    async def get(self, path: str) -> Any:
        answer = await self.client.get(f"{self.path}/{path}", headers=signed(self.town.caseworker))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def grant_at(self, status: Status, **more: Any) -> Json:
        one = await self.make("livelihood-grants", returning.grant(**more))
        for action, party in way_to(status):
            answer = await self.act(one, action, party)
            assert answer.status_code == 200, answer.text
            one = answer.json()
        return one

    async def act(self, one: Json, action: Action, party: Party = Party.WORKER, **more: Any) -> Response:
        actor = self.town.supervisor if party is Party.APPROVER else None
        path = f"livelihood-grants/{one['id']}/{action.value}"
        return await self.post(path, told(action, **more), actor, one["version"])

    async def reached(self) -> set[str]:
        found = (await self.get("milestones"))["items"]
        return {one["definition_code"] for one in found if one["status"] == "achieved"}


@pytest.fixture
async def desk(client: AsyncClient, town: Town) -> Desk:
    return Desk(client, town, (await a_case(town)).id)


def faults(answer: Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    assert all(fault["message"] for fault in answer.json()["errors"])
    return [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]]


async def test_a_job_reaches_its_milestone_and_is_looked_at_four_times(desk: Desk) -> None:
    job = await desk.make("reintegration-records", returning.record())
    due = (await desk.get("follow-ups"))["items"]
    first = due[0]
    early = await desk.post(
        f"follow-ups/{first['id']}/answer", {"result_code": "sustained", "checked_on": day(-101)}, None, 1
    )
    answered = await desk.post(f"follow-ups/{first['id']}/answer", {"result_code": "sustained"}, None, 1)
    again = await desk.post(f"follow-ups/{first['id']}/answer", {"result_code": "lost"}, None, 2)
    over = {"reason_code": "known_better", "ended": on(-1), "outcome_code": "lost"}
    path = f"{desk.path}/reintegration-records/{job['id']}"
    ended = await desk.client.patch(path, json=over, headers=signed(desk.town.caseworker, 1))
    after = (await desk.get("follow-ups"))["items"]

    assert (job["amount"], job["currency_code"], job["place"]) == ("650.50", "azn", "Nümunə Emalatxanası")
    assert await desk.reached() == {"job_wage"}
    assert [(one["months"], one["due_on"]) for one in due] == [
        (months, day(days - 100)) for months, days in ((3, 91), (6, 182), (12, 365), (24, 730))
    ]
    assert faults(early) == [("/checked_on", "before_it_began")]
    assert (answered.json()["result_code"], answered.json()["checked_on"]) == ("sustained", day())
    assert again.json()["code"] == "follow-up-over"
    assert (ended.json()["days"], ended.json()["outcome_code"]) == (99, "lost")
    assert [one["result_code"] for one in after] == ["sustained", *["not_needed"] * 3]


async def test_what_is_still_so_after_half_a_year_is_sustained_by_its_follow_up(desk: Desk) -> None:
    await desk.make("reintegration-records", returning.record(begun=on(-400)))
    third, sixth, year, _ = (await desk.get("follow-ups"))["items"]

    async def answer(one: Json, result: str, checked: int) -> str:
        body = {"result_code": result, "checked_on": day(checked)}
        told = await desk.post(f"follow-ups/{one['id']}/answer", body, None, 1)
        assert told.status_code == 200, told.text
        (job,) = (await desk.get("milestones"))["items"]
        assert (job["definition_code"], job["reached_on"]) == ("job_wage", day(-400))
        return str(job["status"])

    assert await answer(third, "sustained", -300) == "achieved"  # too early to say that it lasts
    assert await answer(sixth, "lost", -210) == "achieved"  # a set-back is for a person to say
    assert await answer(year, "sustained", -30) == "sustained"
    (job,) = (await desk.get("milestones"))["items"]
    shown = await desk.get(f"milestones/{job['id']}")
    assert [(one["target"], one["fact_code"]) for one in shown["changes"]] == [
        *(("sustained", "follow_up"), ("achieved", "reintegration_record"), ("wanted", None))
    ]


async def test_what_is_due_becomes_a_task_by_rule_once(desk: Desk) -> None:
    await desk.make("reintegration-records", returning.record(begun=on(-180)))
    await jobs.remind(desk.town.database)
    await jobs.remind(desk.town.database)

    async with desk.town.work(desk.town.caseworker) as session:
        rows = select(Task).where(col(Task.kind_code) == "follow_up_due")
        raised = (await session.exec(rows)).all()
    assert sorted(one.due_on for one in raised) == [clock.today(), clock.today() + timedelta(days=2)]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"currency_code": None}, ("/currency_code", "currency_needed")),
        ({"amount": None}, ("/amount", "amount_needed")),
        ({"amount": "12.345"}, ("/amount", "not_money")),
        ({"amount": 650.5}, ("/amount", "not_money")),
        ({"amount": "0.00"}, ("/amount", "greater_than")),
        ({"item_code": "adequate_housing"}, ("/occupation_code", "only_for_work")),
        ({"ended": on(-5)}, ("/outcome_code", "outcome_needed")),
        ({"outcome_code": "lost"}, ("/ended", "end_needed")),
        ({"outcome_code": "granted", "ended": on(-5)}, ("/outcome_code", "not_for_this")),
        ({"outcome_code": "lost", "ended": on(-101)}, ("/ended", "ends_before_it_begins")),
        ({"begun": on(3)}, ("/begun", "in_the_future")),
        ({"begun": {"date": "1930-01-01", "precision": "day"}}, ("/begun", "before_birth")),
        ({"item_code": "astronaut"}, ("/item_code", "not_in_code_list")),
    ],
)
async def test_a_record_that_cannot_be_is_refused_and_nothing_is_kept(
    desk: Desk, more: Json, expected: tuple[str, str]
) -> None:
    refused = await desk.post("reintegration-records", returning.record(**more))

    assert expected in faults(refused)
    assert "astronaut" not in refused.text
    assert (await desk.get("reintegration-records"))["items"] == []


async def test_a_decision_shows_its_milestone_and_how_long_it_took(desk: Desk) -> None:
    asked: Json = {"item_code": "social_allowance", "begun": on(-70)}
    refused = await desk.make("reintegration-records", asked | {"ended": on(-40), "outcome_code": "refused"})
    month = {"date": day(-1)[:8] + "01", "precision": "month", "estimated": False}
    await desk.make("reintegration-records", {"item_code": "school_return", "begun": month})
    before = await desk.reached()
    await desk.make("reintegration-records", asked | {"ended": on(-10), "outcome_code": "granted"})

    assert refused["days"] == 30
    assert before == {"edu_return"}
    assert await desk.reached() == {"edu_return", "benefit"}


async def test_a_grant_from_the_question_to_its_evaluation(desk: Desk) -> None:
    one = await desk.grant_at(Status.APPROVED)
    unpaid = one["paid"]
    first = (await desk.act(one, Action.PAY)).json()
    second = (await desk.act(first, Action.PAY, kind_code="in_kind", amount="1999.99")).json()
    beyond = await desk.act(second, Action.PAY, amount="0.02")
    visit = f"livelihood-grants/{one['id']}/visits"
    half = await desk.post(
        visit, {"visited_on": day(-210), "active": "yes", "income": "300.00"}, None, second["version"]
    )
    reached = await desk.reached()
    year = await desk.post(visit, {"active": "yes", "note": "Bought a second plot"}, None, second["version"])
    done = await desk.act({**second, "version": second["version"]}, Action.FINISH)
    late = await desk.act(done.json(), Action.PAY, amount="0.01")
    listed = (await desk.get("livelihood-grants"))["items"]
    due = (await desk.get("follow-ups"))["items"]

    assert (unpaid, one["open_actions"]) == ("0.00", ["cancel", "pay"])
    assert one["approved_by_id"] == str(desk.town.supervisor.user_id)
    assert (first["status"], first["paid"], first["left"]) == ("running", "1000.00", "2000.00")
    assert (second["paid"], second["left"]) == ("2999.99", "0.01")
    assert (beyond.status_code, beyond.json()["code"]) == (409, "more-than-granted")
    assert (beyond.json()["left"], beyond.json()["currency_code"]) == ("0.01", "azn")
    assert half.json()["visits"][0]["income"] == "300.00"
    assert reached == {"grant_received", "business_6m"}
    assert year.status_code == 200
    assert year.json()["visits"][0]["note"] == "Bought a second plot"
    assert await desk.reached() == {"grant_received", "business_6m", "business_12m"}
    assert (done.json()["status"], done.json()["outcome_code"]) == ("finished", "active")
    assert late.json()["code"] == "not-to-be-paid"
    assert listed[0]["paid"] == "2999.99"
    assert [one["due_on"] for one in due] == [day(days - 400) for days in (91, 182, 365, 730)]


@pytest.mark.parametrize("status", [s for s in Status if s not in (Status.APPROVED, Status.RUNNING)])
async def test_nothing_is_paid_of_what_is_not_approved_or_is_over(desk: Desk, status: Status) -> None:
    one = await desk.grant_at(status)

    refused = await desk.act(one, Action.PAY, amount="0.01", paid_on=day())

    assert (refused.status_code, refused.json()["code"]) == (409, "not-to-be-paid")
    assert (await desk.get(f"livelihood-grants/{one['id']}"))["paid"] == one["paid"]


async def test_nobody_approves_what_they_asked_for_or_a_case_of_their_own(desk: Desk) -> None:
    boss = desk.town.supervisor
    one = await desk.make("livelihood-grants", returning.grant(), boss)
    for action in (Action.ACCEPT, Action.PLAN, Action.TRAIN):
        one = (await desk.act(one, action)).json()
    own = await desk.act(one, Action.APPROVE, Party.APPROVER)
    worker = await desk.act(one, Action.APPROVE)
    path = f"livelihood-grants/{one['id']}/approve"
    yes = await desk.post(path, told(Action.APPROVE), desk.town.coordinator, one["version"])

    assert own.json()["code"] == "somebody-else-needed"
    assert (worker.status_code, worker.json()["permission"]) == (403, "case:approve")
    assert yes.status_code == 200


async def test_steps_and_tranches_come_in_order(desk: Desk) -> None:
    one = await desk.grant_at(Status.APPROVED)
    before = await desk.act(one, Action.PAY, paid_on=day(-451))
    backwards = await desk.act(one, Action.CANCEL, happened_on=day(-451))
    stale = await desk.act({**one, "version": 1}, Action.PAY)
    skipped = await desk.act(await desk.make("livelihood-grants", returning.grant()), Action.TRAIN)
    running = (await desk.act(one, Action.PAY)).json()
    early = await desk.post(
        f"livelihood-grants/{one['id']}/visits", {"visited_on": day(-401)}, None, running["version"]
    )

    assert faults(before) == [("/paid_on", "before_the_last_step")]
    assert faults(backwards) == [("/happened_on", "before_the_last_step")]
    assert (stale.status_code, stale.json()["current"]["version"]) == (412, one["version"])
    assert (skipped.status_code, skipped.json()["open_actions"]) == (409, ["accept", "refuse", "cancel"])
    assert faults(early) == [("/visited_on", "before_the_last_step")]


async def test_two_who_pay_at_once_pay_no_more_than_was_granted(desk: Desk) -> None:
    one = await desk.grant_at(Status.APPROVED, granted="1000.00")

    first = await desk.act(one, Action.PAY)
    second = await desk.act(one, Action.PAY)

    assert (first.status_code, second.status_code) == (200, 412)


async def test_the_database_itself_refuses_more_than_was_granted(desk: Desk) -> None:
    one = await desk.grant_at(Status.APPROVED)

    with pytest.raises(Clash):
        await overpay(desk.town, one["id"])


async def overpay(town: Town, grant_id: str) -> None:
    """As a slip of ours might."""
    async with town.work(town.caseworker) as session:
        rows = select(LivelihoodGrant).where(col(LivelihoodGrant.id) == grant_id)
        grant = (await session.exec(rows)).one()
        grant.paid = grant.granted + 1


async def test_a_centre_writes_what_is_referred_to_it_and_nothing_else(
    client: AsyncClient, town: Town
) -> None:
    post = await a_post(town)
    desk = Desk(client, town, post.case_id)
    hidden = await desk.post("reintegration-records", returning.record(), town.provider)
    await post.referral(share_codes=["reintegration"])
    written = await desk.post("reintegration-records", returning.record(), town.provider)
    stranger = await desk.post("reintegration-records", returning.record(), town.other_provider)
    await post.withdraw(post.consents[town.workshop.id])
    after = await desk.post("reintegration-records", returning.record(), town.provider)

    assert [a.status_code for a in (hidden, written, stranger, after)] == [404, 201, 404, 404]
    assert await desk.reached() == {"job_wage"}
