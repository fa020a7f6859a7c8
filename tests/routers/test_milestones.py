"""Routes of milestones: the catalogue, a milestone's life over HTTP, and who may confirm it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from app.access.actor import Actor
from app.cases.models import Case
from app.core import clock
from app.core.ids import new_id
from app.milestones.catalogue import definitions
from app.milestones.models import Milestone
from app.milestones.schemas import DefinitionsOut, MilestoneRow
from app.milestones.states import MILESTONE, Action, Party, Status
from app.referrals.states import Status as ReferralStatus
from tests import described
from tests.cases.factories import a_case, events
from tests.conftest import web
from tests.factories import Town, signed
from tests.milestones.factories import a_milestone, body, now
from tests.referrals.factories import Post


async def act(
    client: AsyncClient,
    actor: Actor,
    milestone: Milestone,
    action: str,
    version: int | None = None,
    **more: Any,
) -> Response:
    path = f"/cases/{milestone.case_id}/milestones/{milestone.id}/{action}"
    return await client.post(path, headers=signed(actor, version or milestone.version), json=more)


async def test_the_catalogue_is_read_in_the_callers_language(client: AsyncClient, town: Town) -> None:
    labels = {}
    for language in ("en", "az", "ru"):
        headers = signed(town.provider) | {"accept-language": language}
        answer = await client.get("/milestone-definitions", headers=headers)
        shown = DefinitionsOut.model_validate(answer.json()).items
        labels[language] = shown[0].label

    assert [each.code for each in shown] == list(definitions())
    assert labels == dict(definitions()["first_aid_given"].labels)
    assert shown[0].labels == labels


async def test_every_row_of_the_table_is_a_route() -> None:
    paths = described.api()["paths"]
    one = "/api/v1/cases/{case_id}/milestones/{milestone_id}/"
    served = {path.removeprefix(one) for path in paths if path.startswith(one)}

    by_hand = set(Action) - {Action.REACH, Action.STAY}
    assert served == {action.value for action in by_hand} | {"verify"}
    bodies = {a.value: str(paths[one + a.value]["post"]["requestBody"]) for a in by_hand}
    assert "DropMilestone" in bodies["drop"]
    assert "ReachMilestone" in bodies["achieve"]


@pytest.mark.parametrize("status", Status)
async def test_a_milestone_shows_the_actions_that_the_table_opens(
    client: AsyncClient, town: Town, status: Status
) -> None:
    milestone = await a_milestone(town, await a_case(town), status)
    path = f"/cases/{milestone.case_id}/milestones/{milestone.id}"

    shown = (await client.get(path, headers=signed(town.supervisor))).json()

    assert shown["open_actions"] == MILESTONE.open(status, [Party.RECORDER])
    assert shown["changes"][0]["target"] == status.value


async def test_a_milestone_lives_from_a_wish_to_a_confirmed_step(client: AsyncClient, town: Town) -> None:
    case = await a_case(town)
    path, me = f"/cases/{case.id}/milestones", signed(town.caseworker)
    wish = {"id": str(new_id()), "definition_code": "job_wage", "due_on": "2030-05-01"}
    wanted = await client.post(path, json=wish, headers=me)
    again = await client.post(path, json=wish, headers=me)
    one = f"{path}/{wish['id']}"
    amended = await client.patch(one, json={"due_on": None}, headers=signed(town.caseworker, 1))
    sent = {"happened_on": "2026-01-15", "evidence": "Müqavilə göstərildi"}
    reached = await client.post(f"{one}/achieve", json=sent, headers=signed(town.caseworker, 2))
    confirmed = await client.post(f"{one}/verify", headers=signed(town.supervisor, 3))
    read = await client.get(one, headers=me)
    listed = await client.get(path, headers=me)

    assert [a.status_code for a in (wanted, again, amended, reached, confirmed)] == [201, 200, 200, 200, 200]
    assert amended.json()["due_on"] is None
    assert reached.json()["evidence"] == "Müqavilə göstərildi"
    assert confirmed.json()["verified_by_id"] == str(town.supervisor.user_id)
    assert [change["action"] for change in read.json()["changes"]] == ["achieve", None]
    assert read.json()["changes"][0]["evidence"] == "Müqavilə göstərildi"
    (row,) = (MilestoneRow.model_validate(item) for item in listed.json()["items"])
    assert (row.status, row.reached_on and row.reached_on.isoformat()) == (Status.ACHIEVED, "2026-01-15")
    assert "Müqavilə" not in listed.text
    for action in ("add", "amend", "achieve", "verify", "read", "list"):
        assert len(await events(town, f"milestone.{action}")) == 1, action


@pytest.mark.parametrize(
    ("action", "given", "pointer"),
    [
        (Action.DROP, {}, "/reason_code"),
        (Action.DROP, {"reason_code": "bored"}, "/reason_code"),
        (Action.ACHIEVE, {"happened_on": "2099-01-01"}, "/happened_on"),
        (Action.ACHIEVE, {"happened_on": "2026-02-30"}, "/happened_on"),
        (Action.ACHIEVE, {"verified_by_id": str(new_id())}, ""),
        (Action.PLAN, {"evidence": "no place for it"}, ""),
    ],
)
async def test_what_does_not_belong_in_an_action_is_named(
    client: AsyncClient, town: Town, action: Action, given: dict[str, Any], pointer: str
) -> None:
    milestone = await a_milestone(town, await a_case(town))

    answer = await act(client, town.caseworker, milestone, action.value, **given)

    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
    assert all(fault["message"] for fault in answer.json()["errors"])
    assert (await now(town, milestone)).status is Status.WANTED


async def test_refusals_of_a_milestone_are_named_problems(client: AsyncClient, town: Town) -> None:
    case = await a_case(town)
    milestone = await a_milestone(town, case, Status.ACHIEVED)
    private = await a_milestone(town, case, Status.ACHIEVED, "counselling_started")
    again = {"definition_code": "job_wage"}

    answers = {
        "milestone-there": await client.post(
            f"/cases/{case.id}/milestones", json=again, headers=signed(town.caseworker)
        ),
        "illegal-move": await act(client, town.caseworker, milestone, "plan"),
        "stale-version": await act(client, town.caseworker, milestone, "lose", version=1),
        "forbidden": await act(client, town.caseworker, milestone, "verify"),
        "verifier-unfit": await act(client, town.supervisor, private, "verify"),
        "not-found": await act(client, town.colleague, milestone, "lose"),
    }

    assert [answer.json()["code"] for answer in answers.values()] == list(answers)
    assert answers["stale-version"].json()["current"]["status"] == "achieved"
    assert [answers[code].status_code for code in answers] == [409, 409, 412, 403, 403, 404]


async def shared(
    town: Town, case: Case, items: list[str] | None = None, at: ReferralStatus = ReferralStatus.ACCEPTED
) -> Post:
    post = Post(town, case.id, case.survivor_id)
    await post.referral(at, **({"share_codes": items} if items else {}))
    return post


async def test_a_facility_confirms_what_a_live_referral_shares_with_it(
    client: AsyncClient, town: Town
) -> None:
    case = await a_case(town)
    device = await a_milestone(town, case, Status.ACHIEVED, "device_delivered")
    talk = await a_milestone(town, case, Status.ACHIEVED, "counselling_started")
    job = await a_milestone(town, case, Status.ACHIEVED, "job_wage")
    before = await act(client, town.provider, device, "verify")
    await shared(town, case)

    confirmed = await act(client, town.provider, device, "verify")
    counselled = await act(client, town.counsellor, talk, "verify")
    unnamed = await act(client, town.provider, job, "verify")
    elsewhere = await act(client, town.other_provider, job, "verify")

    assert (before.status_code, confirmed.status_code, counselled.status_code) == (404, 200, 200)
    assert confirmed.json()["verified_by_id"] == str(town.provider.user_id)
    assert "evidence" not in confirmed.json()
    assert (unnamed.status_code, unnamed.json()["code"]) == (403, "verifier-unfit")
    assert elsewhere.status_code == 404
    assert len(await events(town, "milestone.verify")) == 2


@pytest.mark.parametrize("items", [["identity"], ["identity", "contact", "assessments"]])
async def test_a_referral_that_does_not_share_milestones_opens_none(
    client: AsyncClient, town: Town, items: list[str]
) -> None:
    case = await a_case(town)
    milestone = await a_milestone(town, case, Status.ACHIEVED, "device_delivered")
    await shared(town, case, items)

    assert (await act(client, town.provider, milestone, "verify")).status_code == 404


ENDED = [ReferralStatus.DRAFT, ReferralStatus.DECLINED, ReferralStatus.COMPLETED, ReferralStatus.REVOKED]


@pytest.mark.parametrize("at", ENDED)
async def test_a_referral_that_is_not_live_opens_none(
    client: AsyncClient, town: Town, at: ReferralStatus
) -> None:
    case = await a_case(town)
    milestone = await a_milestone(town, case, Status.ACHIEVED, "device_delivered")
    await shared(town, case, at=at)

    assert (await act(client, town.provider, milestone, "verify")).status_code == 404


async def test_a_consent_that_has_run_out_opens_nothing_though_the_referral_is_live(
    client: AsyncClient, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, today = await a_case(town), clock.today()
    milestone = await a_milestone(town, case, Status.ACHIEVED, "device_delivered")
    post = Post(town, case.id, case.survivor_id)
    await post.consent(valid_until=today.isoformat())
    await post.referral(ReferralStatus.ACCEPTED)

    monkeypatch.setattr(clock, "today", lambda: today + timedelta(days=1))
    late = await act(client, town.provider, milestone, "verify")
    monkeypatch.setattr(clock, "today", lambda: today)
    in_time = await act(client, town.provider, milestone, "verify")

    assert (late.status_code, in_time.status_code) == (404, 200)


async def test_a_facility_reads_no_milestone_but_through_its_referral(
    client: AsyncClient, town: Town
) -> None:
    case = await a_case(town)
    milestone = await a_milestone(town, case, Status.ACHIEVED, "device_delivered")
    await shared(town, case)

    for path in (f"/cases/{case.id}/milestones", f"/cases/{case.id}/milestones/{milestone.id}"):
        assert (await client.get(path, headers=signed(town.provider))).status_code == 403
    assert (await act(client, town.provider, milestone, "lose")).status_code == 403


async def test_a_milestone_under_another_case_does_not_exist(client: AsyncClient, town: Town) -> None:
    milestone = await a_milestone(town, await a_case(town))
    other = await a_case(town, given_name="Leyla")
    path = f"/cases/{other.id}/milestones/{milestone.id}"

    read = await client.get(path, headers=signed(town.caseworker))
    moved = await client.post(f"{path}/plan", headers=signed(town.caseworker, 1))

    assert (read.status_code, moved.status_code) == (404, 404)


async def test_milestones_come_page_by_page(client: AsyncClient, town: Town) -> None:
    case = await a_case(town)
    made = {str((await a_milestone(town, case, code=code)).id) for code in ("job_wage", "pension", "housing")}
    path, me = f"/cases/{case.id}/milestones", signed(town.caseworker)

    first = (await client.get(f"{path}?limit=2", headers=me)).json()
    rest = (await client.get(path, params={"limit": 2, "cursor": first["next_cursor"]}, headers=me)).json()

    assert {item["id"] for item in (*first["items"], *rest["items"])} == made
    assert (len(first["items"]), rest["next_cursor"]) == (2, None)


async def test_of_two_changes_at_once_one_wins(real: AsyncEngine) -> None:
    town = await Town(real).build()
    milestone = await a_milestone(town, await a_case(town), Status.IN_PROGRESS)
    async with web(real) as client:
        answers = await asyncio.gather(
            act(client, town.caseworker, milestone, "achieve"),
            act(client, town.supervisor, milestone, "drop", **body(Action.DROP)),
        )

    assert sorted(answer.status_code for answer in answers) == [200, 412]
    after = await now(town, milestone)
    (winner,) = (answer.json() for answer in answers if answer.status_code == 200)
    assert (after.status.value, after.version) == (winner["status"], milestone.version + 1)
