"""Routes of physical rehabilitation: courses of therapy, and devices stage by stage."""

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from httpx import AsyncClient
from sqlmodel import col, select

from app.access.actor import CALENDAR
from app.cases.models import Case
from app.cases.states import Status as CaseStatus
from app.core.db import unit_of_work
from app.core.errors import Clash, NotFound
from app.core.ids import new_id
from app.milestones.models import Milestone
from app.organisations.models import ServiceOffer
from app.referrals.models import Referral
from app.referrals.states import Action as LetterAction
from app.referrals.states import Party
from app.referrals.states import Status as Letter
from app.rehabilitation import jobs
from app.rehabilitation.models import DeviceOrder, TherapySession
from app.rehabilitation.states import Action, Status
from app.survivors.models import Survivor
from tests.cases.factories import a_case, told
from tests.factories import KEEPER, Town, signed
from tests.injuries import factories as bodies
from tests.journeys.payloads import Body, day
from tests.referrals.factories import Post
from tests.rehabilitation import factories as rehabilitation
from tests.rehabilitation.factories import BODIES, asked, device, walked
from tests.routers.test_injuries import enter, faults
from tests.routers.test_therapy import path_of, therapy
from tests.survivors.factories import consent, survivor

MOTHER = {"given_by_code": "caregiver", "giver_name": "Sevil", "giver_relation_code": "parent"}
CHILD: dict[str, Any] = {
    "birth": {"date": "2021-06-10", "precision": "day"},
    "consents": [consent(**MOTHER)],
}


async def a_child(town: Town, *share: str) -> Case:
    """A child of two whose case the workshop was asked about."""
    case = await a_case(town, person=await survivor(town, **CHILD))
    await asked(town, case, *share, **MOTHER)
    return case


class Bench:
    """The workshop's work on one device, over HTTP."""

    def __init__(self, client: AsyncClient, town: Town, case: Case) -> None:
        self.client, self.town, self.path = client, town, path_of(case)
        self.one: Any = None

    async def order(self, **more: Any) -> Any:
        body = device(id=str(new_id()), **more)
        answer = await self.client.post(self.path, json=body, headers=signed(self.town.provider))
        assert answer.status_code == 201, answer.text
        self.one = answer.json()
        return self.one

    async def attempt(self, action: str, on: str, **more: Any) -> Any:
        path, me = f"{self.path}/{self.one['id']}/{action}", signed(self.town.provider, self.one["version"])
        return await self.client.post(path, json={"happened_on": on} | more, headers=me)

    async def step(self, action: str, on: str, **more: Any) -> Any:
        answer = await self.attempt(action, on, **more)
        assert answer.status_code == 200, answer.text
        assert answer.json()["version"] == self.one["version"] + 1
        self.one = answer.json()
        return self.one

    async def whole(self, who: Any = None) -> Any:
        path = f"{self.path}/{self.one['id']}"
        answer = await self.client.get(path, headers=signed(who or self.town.provider))
        assert answer.status_code == 200, answer.text
        return answer.json()


async def test_a_leg_is_cast_twice_repaired_and_replaced_as_the_child_grows(
    client: AsyncClient, town: Town
) -> None:
    case = await a_child(town)
    bench = Bench(client, town, case)

    await bench.order(happened_on="2024-03-01")
    for action, on in (
        *(("assess", "2024-03-10"), ("prescribe", "2024-03-12"), ("measure", "2024-03-20")),
        *(("fabricate", "2024-04-02"), ("fit", "2024-04-04"), ("measure", "2024-04-08")),
        *(("fabricate", "2024-04-20"), ("fit", "2024-04-22"), ("train", "2024-04-30")),
    ):
        shown = await bench.step(action, on)
        assert (shown["due_on"], shown["delivered_on"]) == (None, None)
    delivered = await bench.step("deliver", "2024-05-01", note="Her mother signed.")
    for action, on in (
        *(("follow-up", "2024-06-05"), ("repair", "2024-07-01"), ("hand-back", "2024-07-03")),
        *(("follow-up", "2024-08-05"), ("follow-up", "2024-08-05")),
    ):
        await bench.step(action, on)
    replaced = await bench.step("replace", "2024-10-01", reason_code="outgrown")
    first = await bench.whole(town.caseworker)
    old, new = (await client.get(bench.path, headers=signed(town.supervisor))).json()["items"]

    assert (delivered["due_on"], delivered["status"]) == ("2024-11-01", "delivered")
    assert (replaced["status"], replaced["due_on"], replaced["open_actions"]) == ("replaced", None, [])
    assert old["end_reason_code"] == "outgrown"
    assert (new["replaces_id"], new["status"], new["status_on"]) == (old["id"], "referred", "2024-10-01")
    assert [new[name] for name in ("product_code", "side_code")] == ["ll_prosthesis", "left"]
    assert [step["target"] for step in first["stages"]] == [
        *("referred", "assessed", "prescribed", "measured", "fabricated", "fitted", "measured"),
        *("fabricated", "fitted", "trained", "delivered", "follow_up", "repair", "follow_up"),
        *("follow_up", "follow_up", "replaced"),
    ]
    assert first["stages"][10]["note"] == "Her mother signed."
    waits = {(one["first"], one["last"]): one["days"] for one in first["waits"]}
    assert waits["referred", "delivered"] == 61
    assert waits["measured", "fitted"] == 15
    assert waits["delivered", "replaced"] == 153
    assert len(waits) == 11 * 10 // 2  # all eleven stages that it was at, each with each
    async with town.work(town.caseworker) as session:
        reached = {one.definition_code: one for one in (await session.exec(select(Milestone))).all()}
    assert set(reached) == {
        *("device_prescribed", "device_measured", "first_device_fitted", "device_use_trained"),
        *("device_delivered", "device_follow_up_1m", "device_follow_up_3m"),
    }
    assert reached["device_delivered"].reached_on == date(2024, 5, 1)
    heard = [kind for kind, _ in await told(town, town.caseworker) if kind.startswith("device_order")]
    assert heard == [
        *("device_order.prescribe", "device_order.deliver", "device_order.repair"),
        *("device_order.hand-back", "device_order.replace"),
    ]


@pytest.mark.parametrize(
    ("at", "action", "code"),
    [
        (Status.REFERRED, "deliver", "illegal-move"),
        (Status.REFERRED, "measure", "illegal-move"),
        (Status.PRESCRIBED, "fit", "made-to-measure"),
        (Status.MEASURED, "fit", "illegal-move"),
        (Status.FITTED, "deliver", "illegal-move"),
        (Status.DELIVERED, "stop", "illegal-move"),
        (Status.DELIVERED, "hand-back", "illegal-move"),
        (Status.CLOSED_NOT_DELIVERED, "assess", "illegal-move"),
        (Status.REPLACED, "replace", "illegal-move"),
    ],
)
async def test_a_stage_out_of_order_is_refused_and_changes_nothing(
    client: AsyncClient, town: Town, at: Status, action: str, code: str
) -> None:
    case = await a_child(town)
    one = await walked(town, case, at)
    path, me = f"{path_of(case)}/{one.id}", town.provider
    before = (await client.get(path, headers=signed(me))).json()

    body = rehabilitation.told(Action(action))
    answer = await client.post(f"{path}/{action}", json=body, headers=signed(me, one.version))

    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert action not in before["open_actions"]
    if code == "illegal-move":
        assert answer.json()["open_actions"] == before["open_actions"]
    assert (await client.get(path, headers=signed(me))).json() == before
    assert before["open_actions"] or at in {Status.REPLACED, Status.CLOSED_NOT_DELIVERED}


async def test_crutches_come_from_stock(client: AsyncClient, town: Town) -> None:
    case = await a_child(town)
    bench = Bench(client, town, case)
    crutches = {"product_code": "crutch_forearm", "side_code": "not_applicable"}

    await bench.order(happened_on="2024-03-01", **crutches)
    for action in ("assess", "prescribe", "fit", "train", "deliver"):
        shown = await bench.step(action, "2024-03-01")

    assert (shown["status"], shown["due_on"]) == ("delivered", None)  # nobody says how long they last


@pytest.mark.parametrize(
    ("on", "code"),
    [("2024-04-30", "before_the_stage_before"), (day(2), "in_the_future"), ("soon", "not_a_date")],
)
async def test_a_stage_has_a_day_after_the_one_before(
    client: AsyncClient, town: Town, on: str, code: str
) -> None:
    case = await a_child(town)
    bench = Bench(client, town, case)
    await bench.order(happened_on="2024-05-01")

    assert faults(await bench.attempt("assess", on)) == [("/happened_on", code)]
    assert (await bench.whole())["version"] == 1


async def test_another_version_and_the_same_order_twice(client: AsyncClient, town: Town) -> None:
    case = await a_child(town)
    body, me = device(id=str(new_id())), signed(town.provider)

    first = await client.post(path_of(case), json=body, headers=me)
    again = await client.post(path_of(case), json=body, headers=me)
    other = await client.post(path_of(case), json=body | {"side_code": "right"}, headers=me)
    path = f"{path_of(case)}/{body['id']}"
    cost = {"cost_minor": 125000, "currency_code": "azn", "funder_code": "state", "serial_number": "SN 7"}
    amended = await client.patch(path, json=cost, headers=signed(town.provider, 1))
    stale = await client.post(f"{path}/assess", json={"happened_on": day()}, headers=signed(town.provider, 1))

    assert [a.status_code for a in (first, again, other, amended, stale)] == [201, 200, 409, 200, 412]
    assert first.json() == again.json()
    assert {name: amended.json()[name] for name in cost} == cost
    assert stale.json()["current"] == amended.json()


UNPAID = {"cost_minor": 100}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"side_code": "not_applicable"}, ("/side_code", "side_needed")),
        ({"product_code": "cane"}, ("/side_code", "no_side_here")),
        (UNPAID, ("/currency_code", "cost_in_a_currency")),
        ({"cost_minor": -1, "currency_code": "azn"}, ("/cost_minor", "greater_than_equal")),
        ({"happened_on": "2021-06-09"}, ("/happened_on", "before_birth")),
        ({"happened_on": day(2)}, ("/happened_on", "in_the_future")),
        ({"product_code": "jetpack"}, ("/product_code", "not_in_code_list")),
        (
            {"product_code": "orthosis_ll", "technology_code": "modular"},
            ("/technology_code", "only_of_a_prosthesis"),
        ),
        ({"amputation_id": str(new_id())}, ("/amputation_id", "not_in_this_file")),
        ({"amputation_id": "arm"}, ("/amputation_id", "another_limb")),
        ({"amputation_id": "leg", "side_code": "right"}, ("/amputation_id", "another_limb")),
        ({"amputation_id": "leg", "happened_on": "2024-03-01"}, ("/happened_on", "before_the_amputation")),
        ({"amputation_id": "leg", "happened_on": "2024-03-02"}, None),
    ],
)
async def test_a_device_that_cannot_be_is_refused_by_field_and_rule(
    client: AsyncClient, town: Town, change: Body, fault: tuple[str, str] | None
) -> None:
    case = await a_child(town, "injury")
    path = f"/survivors/{case.survivor_id}/amputations"
    lost = {"arm": bodies.amputation("tr", limb_code="upper"), "leg": bodies.amputation("tt", "2024-03-02")}
    if limb := lost.get(str(change.get("amputation_id"))):
        change = change | {"amputation_id": (await enter(client, town, path, limb))["id"]}

    answer = await client.post(path_of(case), json=device(**change), headers=signed(town.provider))
    there = (await client.get(path_of(case), headers=signed(town.caseworker))).json()["items"]

    if fault:
        assert (faults(answer), there) == ([fault], [])
    else:
        assert answer.status_code == 201, answer.text


async def test_a_facility_sees_its_own_and_of_others_only_what_is_shared(
    client: AsyncClient, town: Town
) -> None:
    case = await a_case(town)
    post = await asked(town, case)
    await therapy(client, town, case)
    await walked(town, case, Status.ASSESSED)
    kinds = [*BODIES, "device_order"]

    async def seen(actor: Any) -> dict[str, int]:
        answers = {one: await client.get(path_of(case, one), headers=signed(actor)) for one in kinds}
        return {
            one: len(answer.json()["items"]) if answer.status_code == 200 else answer.status_code
            for one, answer in answers.items()
        }

    strange = await seen(town.other_provider)
    await post.consent(town.club.id)
    club: Body = {"to_facility_id": str(town.club.id), "service_codes": ["peer_support"]}
    await there(town, post, club | {"share_codes": ["device_history"]})
    of_another_kind = await seen(town.other_provider)
    club["service_codes"] = ["physiotherapy"]
    await there(town, post, club | {"share_codes": ["identity"]})
    few = await seen(town.other_provider)
    await there(town, post, club | {"share_codes": ["device_history"]})
    all_of_it = await seen(town.other_provider)

    assert await seen(town.provider) == await seen(town.caseworker) == dict.fromkeys(kinds, 1)
    assert strange == of_another_kind == dict.fromkeys(kinds, 404)
    assert few == dict.fromkeys(kinds, 0)
    assert all_of_it == dict.fromkeys(kinds, 1)
    listed = (await client.get(path_of(case), headers=signed(town.other_provider))).json()["items"]
    theirs = await client.post(
        f"{path_of(case)}/{listed[0]['id']}/prescribe",
        json={"happened_on": day()},
        headers=signed(town.other_provider, listed[0]["version"]),
    )
    assert theirs.status_code == 404  # seen, and not theirs to move
    await post.withdraw(post.consents[town.workshop.id])
    assert await seen(town.provider) == dict.fromkeys(kinds, 404)
    assert await seen(town.caseworker) == dict.fromkeys(kinds, 1)


async def there(town: Town, post: Post, letter: Body) -> None:
    """The club, that offers what is asked, was sent this letter; one before it ends."""
    offers = [ServiceOffer(facility_id=town.club.id, service_code=code) for code in letter["service_codes"]]
    async with unit_of_work(town.database, KEEPER) as session:
        known = {one.service_code for one in await session.exec(select(ServiceOffer))}
        session.add_all(offer for offer in offers if offer.service_code not in known)
        mine = col(Referral.to_facility_id) == town.club.id
        await session.exec(sa.update(Referral).where(mine).values(status=Letter.COMPLETED))
    draft = await post.draft(**letter)
    await post.step(draft, LetterAction.SEND, Party.SENDER)


async def test_the_database_itself_lets_only_the_facility_write(town: Town) -> None:
    case = await a_child(town, "device_history")
    one = await walked(town, case, Status.ASSESSED)
    stolen = sa.update(DeviceOrder).values(serial_number="x").where(col(DeviceOrder.id) == one.id)

    for actor in (town.caseworker, town.supervisor, town.other_provider, town.counsellor):
        async with town.work(actor) as session:
            assert (await session.exec(stolen)).rowcount == (actor is town.counsellor)
    held: dict[str, Any] = {"case_id": case.id, "owner_id": case.owner_id, "team_id": case.team_id}
    new: dict[str, Any] = {
        "product_code": "cane",
        "status_on": date(2024, 5, 1),
        "by_id": town.caseworker.user_id,
    }
    for actor in (town.caseworker, town.other_provider):
        with pytest.raises(NotFound):
            async with town.work(actor) as session:
                session.add(DeviceOrder(facility_id=town.workshop.id, **new, **held))
    what = {"held_on": date(2024, 5, 1), "kind_code": "other", "attendance_code": "came"}
    whose = {"facility_id": town.workshop.id, "by_id": town.provider.user_id, "episode_id": new_id()}
    loose = TherapySession.model_validate(held | what | whose)
    with pytest.raises(Clash):  # a session belongs to a course of its own facility
        async with town.work(town.provider) as session:
            session.add(loose)


async def test_a_birth_that_is_known_better_moves_what_is_due(client: AsyncClient, town: Town) -> None:
    case = await a_child(town)
    one = await walked(town, case, Status.DELIVERED)
    async with town.work(CALENDAR) as session:
        grown = sa.update(Survivor).values(birth_date=None, birth_year=None)
        await session.exec(grown.where(col(Survivor.id) == case.survivor_id))

    changed, again = await jobs.reckon(town.database), await jobs.reckon(town.database)
    async with town.work(town.caseworker) as session:
        kept = (await session.exec(select(DeviceOrder))).one()

    assert (one.due_on, kept.due_on) == (date(2024, 11, 1), None)
    assert (changed, again) == (1, 0)
    shown = (await client.get(path_of(case), headers=signed(town.caseworker))).json()["items"][0]
    assert shown["due_on"] is None  # unknown, and not 'never'


async def test_nothing_begins_on_a_case_that_is_over(client: AsyncClient, town: Town) -> None:
    case = await a_child(town)
    one = await walked(town, case, Status.DELIVERED)
    async with town.work(CALENDAR) as session:
        over = sa.update(Case).values(status=CaseStatus.CLOSED).where(col(Case.id) == case.id)
        await session.exec(over)
    me = town.provider

    new = await client.post(path_of(case), json=device(), headers=signed(me))
    body = rehabilitation.told(Action.REPLACE)
    path = f"{path_of(case)}/{one.id}"
    more = await client.post(f"{path}/replace", json=body, headers=signed(me, one.version))

    assert [a.json()["code"] for a in (new, more)] == ["case-not-open"] * 2
    assert (await client.get(path, headers=signed(me))).json()["status"] == "delivered"
