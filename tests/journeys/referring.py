"""Referrals that do not go straight: declined and sent on, missed, late, or to somebody without accounts."""

from typing import Any

from app.core import clock
from app.core.ids import new_id
from tests.journeys import payloads
from tests.journeys.people import Person, Say, facility_of

REPORT = "Fitted with a liner; walks with one stick. Review of the socket in 3 months."


async def tell(people: dict[str, Person], survivor: Any, case: Any, say: Say) -> None:
    """Everything that can happen on the way to a service, and who hears of it."""
    sent = await send_on(people, survivor, case, say)
    await miss_a_visit(people, sent, say)
    await report(people, sent, say)
    await outside(people, survivor, case, say)
    await late(people["coordinator"], say)


async def send_on(people: dict[str, Person], survivor: Any, case: Any, say: Say) -> Any:
    """One workshop declines and names another; one call sends it on there."""
    worker, first, second = people["caseworker"], people["provider.baku"], people["provider.ganja"]
    places = [await facility_of(person) for person in (first, second)]
    asked = await worker.post("/referrals", payloads.referral(case["id"], places[0], "gait_training"))
    asked = await worker.move(asked, f"/referrals/{asked['id']}/send")
    path = f"/referrals/{asked['id']}"
    await worker.ask("POST", f"{path}/send-on", 409, json={}, version=asked["version"])
    body = {"reason_code": "no_capacity", "suggested_facility_id": places[1]}
    await first.move(await first.get(path), f"{path}/decline", body)
    assert "referral.decline" in await told(worker, asked)
    declined = await worker.get(path)
    refused = await worker.ask("POST", f"{path}/send-on", 409, json={}, version=declined["version"])
    assert refused["code"] == "consent-missing"
    agreed = payloads.consent("sharing_with_provider", places[1])
    await worker.post(f"/survivors/{survivor['id']}/consents", agreed)
    sent = await worker.post(f"{path}/send-on", {}, version=declined["version"])
    assert (sent["previous_id"], sent["to_facility_id"], sent["status"]) == (asked["id"], places[1], "sent")
    await worker.ask("POST", f"{path}/send-on", 409, json={}, version=declined["version"])
    await first.get(f"/referrals/{sent['id']}", expect=404)
    say("a workshop declines and names another; the referral is sent on there in one call, once it is agreed")
    return sent


async def miss_a_visit(people: dict[str, Person], sent: Any, say: Say) -> None:
    """The two sides write to each other; the person does not come, and gets another date."""
    worker, centre = people["caseworker"], people["provider.ganja"]
    path = f"/referrals/{sent['id']}"
    message = {"id": str(new_id()), "text": "Can she be fetched from the bus?"}
    await worker.post(f"{path}/messages", message)
    await centre.post(f"{path}/messages/{message['id']}/read", expect=200)
    assert (await worker.get(f"{path}/messages"))[-1]["read_at"]
    seen = await centre.get(path)
    for action, body in {
        "accept": {},
        "waitlist": {"expected_on": payloads.day(20)},
        "prioritise": {"priority_code": "emergency", "reason_code": "device_failing"},
    }.items():
        seen = await centre.move(seen, f"{path}/{action}", body)
    queue = await centre.get(f"/facilities/{sent['to_facility_id']}/queue?limit=200")
    assert sent["id"] in [row["id"] for row in queue["items"]]
    seen = await centre.move(seen, f"{path}/schedule", {"scheduled_for": payloads.moment(2)})
    await centre.ask("POST", f"{path}/no-show", 409, json={"next_step_code": "end"}, version=seen["version"])
    at_once = {"scheduled_for": payloads.moment(1 / 24 / 60)}
    seen = await centre.move(seen, f"{path}/schedule", at_once)  # the visit is moved, and is not missed
    missed = {"reason_code": "transport", "next_step_code": "transport"}
    seen = await centre.move(seen, f"{path}/no-show", missed)
    said = await worker.get(path)
    assert (said["status"], said["next_step_code"]) == ("no_show", "transport")
    await centre.move(seen, f"{path}/schedule", {"scheduled_for": payloads.moment(9)})
    assert {"referral.prioritise", "referral.no-show"} <= set(await told(worker, sent))
    say("it waits in the queue, moves up with a reason, is missed, and has a next step and another date")


async def report(people: dict[str, Person], sent: Any, say: Say) -> None:
    """The service ends with a counter-referral: what was given, and what comes next."""
    worker, centre = people["caseworker"], people["provider.ganja"]
    path = f"/referrals/{sent['id']}"
    seen = await centre.move(await centre.get(path), f"{path}/start")
    body = {"outcome_code": "service_completed", "given_codes": ["gait_training"]}
    await centre.ask("POST", f"{path}/complete", 422, json=body, version=seen["version"])
    await centre.move(seen, f"{path}/complete", body | {"counter_referral": REPORT})
    done = await worker.get(path)
    assert (done["counter_referral"], done["given_codes"]) == (REPORT, ["gait_training"])
    assert (await told(worker, sent))[-1] == "referral.complete"
    steps = [step["action"] for step in (await worker.get(f"{path}/history"))["items"]]
    assert steps == [
        *(None, "send", "accept", "waitlist", "prioritise", "schedule", "schedule", "no-show", "schedule"),
        *("start", "complete"),
    ]
    await centre.get(f"{path}/messages", expect=404)
    say("it ends with a counter-referral, told to the sender; no service ends without one")


async def outside(people: dict[str, Person], survivor: Any, case: Any, say: Say) -> None:
    """A clinic without accounts: followed by hand, and counted as any other."""
    worker, coordinator = people["caseworker"], people["coordinator"]
    found = await worker.get("/service-offers/search?service=eye_care")
    clinic = next(each["facility"]["id"] for each in found["items"] if each["facility"]["outside"])
    measures = f"/facilities/{clinic}/measures"
    before = await coordinator.get(measures)
    agreed = payloads.consent("sharing_with_provider", clinic)
    await worker.post(f"/survivors/{survivor['id']}/consents", agreed)
    sent = await worker.post("/referrals", payloads.referral(case["id"], clinic, "eye_care"))
    sent = await worker.move(sent, f"/referrals/{sent['id']}/send")
    assert sent["by_hand"]
    by_hand = f"/referrals/{sent['id']}/by-hand"
    ended = {"outcome_code": "service_completed", "counter_referral": "Glasses were given."}
    for said in (
        {"action": "accept"},
        {"action": "schedule", "scheduled_for": payloads.moment(3)},
        {"action": "start"},
        {"action": "complete", **ended},
    ):
        sent = await worker.move(sent, by_hand, said)
    after = await coordinator.get(measures)
    grown = {name for name in ("sent", "by_hand", "loops_closed") if after[name] == before[name] + 1}
    assert (sent["status"], len(grown)) == ("completed", 3)
    say("a clinic without accounts answers by telephone; its sender writes it down, and it counts")


async def late(coordinator: Person, say: Say) -> None:
    """Of the programme that was loaded: what nobody answered in time has climbed the ladder."""
    for one in await unanswered(coordinator):
        steps = await coordinator.get(f"/referrals/{one['id']}/escalations")
        if "coordinator" in [step["tells"] for step in steps]:
            break
    else:
        raise AssertionError("nothing that waits has reached the coordinator")
    assert [step["step"] for step in steps] == list(range(1, len(steps) + 1))
    assert (await coordinator.get(f"/referrals/{one['id']}"))["overdue"]
    say(f"an answer due by {one['answer_by']} is late: it was told of step by step, up to the coordinator")


async def unanswered(coordinator: Person) -> list[Any]:
    """Everything that was sent, and not answered in time."""
    now, path = clock.now().isoformat(), "/referrals?box=outbox&status=sent"
    return [row for row in await every(coordinator, path) if row["answer_by"] < now]


async def told(person: Person, referral: Any) -> list[str]:
    """What somebody was told about a referral, oldest first."""
    news = await every(person, "/notifications?unread=true")
    return [one["kind"] for one in news if one["record_id"] == referral["id"]]


async def every(person: Person, path: str) -> list[Any]:
    """All rows of a list, page by page."""
    page = await person.get(f"{path}&limit=200")
    found = list(page["items"])
    while page["next_cursor"]:
        page = await person.get(f"{path}&limit=200&cursor={page['next_cursor']}")
        found += page["items"]
    return found
