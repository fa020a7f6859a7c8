"""A widow, whose husband stepped on a mine, and her bees; over HTTP, by role."""

from typing import Any

from httpx import AsyncClient

from app.reintegration.states import Action, Party, Status
from tests.cases.factories import a_case
from tests.factories import Town, signed
from tests.journeys.payloads import day
from tests.journeys.telling import Telling, reached
from tests.reintegration import factories as returning
from tests.reintegration.factories import on, told, way_to


async def test_a_widow_lives_by_her_bees(client: AsyncClient, town: Town) -> None:
    telling = Telling(client, town)
    opened = await a_case(town, category_code="indirect_family", sex_code="female", given_name="Zeynəb")
    case, me = f"/cases/{opened.id}", town.caseworker

    pension = {"item_code": "social_allowance", "begun": on(-520)}
    pension = await telling.post(f"{case}/reintegration-records", pension, me)
    answer = await client.patch(
        f"{case}/reintegration-records/{pension['id']}",
        json={"reason_code": "known_better", "ended": on(-480), "outcome_code": "granted"},
        headers=signed(me, 1),
    )
    assert answer.json()["days"] == 40

    grant: Any = await telling.post(f"{case}/livelihood-grants", returning.grant(), me)
    for action, party in way_to(Status.APPROVED):
        path = f"{case}/livelihood-grants/{grant['id']}/{action.value}"
        if party is Party.APPROVER:
            assert await telling.refused(path, told(action), me, grant["version"]) == (403, "forbidden")
        who = town.supervisor if party is Party.APPROVER else me
        grant = await telling.post(path, told(action), who, grant["version"])
    one = f"{case}/livelihood-grants/{grant['id']}"
    too_much = told(Action.PAY, amount="3000.01")
    assert await telling.refused(f"{one}/pay", too_much, me, grant["version"]) == (409, "more-than-granted")
    for amount, paid in (("1800.00", -400), ("1200.00", -300)):
        tranche = told(Action.PAY, amount=amount, paid_on=day(paid))
        grant = await telling.post(f"{one}/pay", tranche, me, grant["version"])
    left = told(Action.PAY, amount="0.01")
    assert await telling.refused(f"{one}/pay", left, me, grant["version"]) == (409, "more-than-granted")
    for visited, active, income in ((-310, "yes", "120.00"), (-215, "yes", "260.00"), (-20, "yes", "410.00")):
        seen = {"visited_on": day(visited), "active": active, "income": income, "note": "Twelve hives."}
        grant = await telling.post(f"{one}/visits", seen, me, grant["version"])
    looks = (await telling.get(f"{case}/follow-ups", me))["items"]
    for look, checked in zip(looks, (-300, -210, -30), strict=False):
        still = {"result_code": "sustained", "checked_on": day(checked)}
        await telling.post(f"{case}/follow-ups/{look['id']}/answer", still, me, look["version"])
    grant = await telling.post(f"{one}/finish", told(Action.FINISH), me, grant["version"])
    group = {"item_code": "community_group", "begun": on(-90)}
    await telling.post(f"{case}/reintegration-records", group, me)

    shown = await telling.timeline(case)

    assert (grant["status"], grant["paid"], grant["outcome_code"]) == ("finished", "3000.00", "active")
    assert [look["months"] for look in looks] == [3, 6, 12, 24]
    assert reached(shown) == {"benefit", "grant_received", "business_6m", "business_12m", "community"}
    steps = [one["status"] for one in reversed(shown) if one["kind"] == "grant"]
    assert steps == ["asked", "eligible", "planned", "trained", "approved", "running", "finished"]
    assert not {"injury", "amputation", "emergency", "device"} & {one["kind"] for one in shown}
    (mine,) = [one for one in (await telling.get("/cases?limit=200", me))["items"] if one["id"] in case]
    assert mine["survivor_id"] == str(opened.survivor_id)
