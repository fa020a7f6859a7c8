"""A child with a lost leg, from the explosion to school, three devices on the way; over HTTP, by role."""

from typing import Any

from httpx import AsyncClient

from tests.cases.factories import a_case
from tests.emergency import factories as care
from tests.factories import Town
from tests.injuries import factories as bodies
from tests.journeys.payloads import day
from tests.journeys.telling import Telling, reached
from tests.rehabilitation import factories as rehabilitation
from tests.rehabilitation.factories import asked
from tests.survivors.factories import consent, survivor

MOTHER = {"given_by_code": "caregiver", "giver_name": "Sevil", "giver_relation_code": "parent"}
MAKING = ("assess", "prescribe", "measure", "fabricate", "fit", "train", "deliver")
DEVICES = (  # when each was begun, delivered, and why the next one was needed
    ("2024-06-01", "2024-08-01", "outgrown"),
    ("2025-01-20", "2025-02-20", "outgrown"),
    ("2025-08-10", "2025-09-05", None),
)


class Growing(Telling):
    """A child, whose devices grow too small."""

    async def make(self, case: str, one: Any, begun: str, delivered: str) -> Any:
        """The device after all its stages, as the workshop made them."""
        for number, action in enumerate(MAKING):
            on = delivered if action in ("train", "deliver") else begun
            path = f"{case}/device-orders/{one['id']}/{action}"
            one = await self.post(path, {"happened_on": on}, self.town.provider, one["version"])
            assert number or one["status"] == "assessed"
        return one


async def test_a_child_from_the_explosion_to_school(client: AsyncClient, town: Town) -> None:
    telling = Growing(client, town)
    born = {"date": "2017-05-02", "precision": "day"}
    agreed = MOTHER | {"child_assent": "yes", "assent_mode_code": "verbal"}
    girl = await survivor(town, birth=born, consents=[consent(**agreed)])
    opened = await a_case(town, person=girl)
    person, case = f"/survivors/{girl.id}", f"/cases/{opened.id}"
    me, workshop = town.caseworker, town.provider

    await telling.post(f"{person}/injuries", bodies.injury(nature_code="traumatic_amputation"), me)
    leg = bodies.amputation("tt", care.DAY, kind_code="traumatic")
    limb = await telling.post(f"{person}/amputations", leg, me)
    episode = await telling.post(f"{case}/emergency-episodes", care.episode(), me)
    await telling.post(f"{case}/tourniquets", care.tourniquet(episode), me)
    await asked(town, opened, "injury", "device_history", **agreed)

    course = rehabilitation.episode(started_on="2024-04-01", ended_on="2024-09-30")
    course = await telling.post(f"{case}/rehabilitation-episodes", course, workshop)
    session = rehabilitation.session(course, held_on="2024-08-10")
    await telling.post(f"{case}/therapy-sessions", session, workshop)
    first = rehabilitation.device(happened_on=DEVICES[0][0], amputation_id=limb["id"])
    one = await telling.post(f"{case}/device-orders", first, workshop)
    due = []
    for begun, delivered, reason in DEVICES:
        one = await telling.make(case, one, begun, delivered)
        due.append(one["due_on"])
        if reason:
            again = {"happened_on": DEVICES[len(due)][0], "reason_code": reason}
            await telling.post(f"{case}/device-orders/{one['id']}/replace", again, workshop, one["version"])
            (*_, one) = (await telling.get(f"{case}/device-orders", workshop))["items"]
    school = await telling.post(f"{case}/milestones", {"definition_code": "edu_return"}, me)
    attends = {"happened_on": day(), "evidence": "Her school wrote."}
    await telling.post(f"{case}/milestones/{school['id']}/achieve", attends, me, school["version"])

    devices = (await telling.get(f"{case}/device-orders", town.supervisor))["items"]
    shown = await telling.timeline(case)
    assert [device["status"] for device in devices] == ["replaced", "replaced", "delivered"]
    assert [device["replaces_id"] for device in devices] == [None, devices[0]["id"], devices[1]["id"]]
    assert {device["amputation_id"] for device in devices} == {limb["id"]}
    assert due == ["2025-02-01", "2025-08-20", "2026-03-05"]  # half a year: she is under twelve
    assert reached(shown) == {
        *("first_aid_given", "facility_reached", "first_surgery_done", "rehabilitation_assessed"),
        *("device_prescribed", "device_measured", "first_device_fitted", "device_use_trained"),
        *("device_delivered", "edu_return"),
    }
    kinds = ("injury", "amputation", "emergency", "course", "session", "device", "referral", "milestone")
    assert set(kinds) <= {entry["kind"] for entry in shown}
