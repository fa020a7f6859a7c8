"""The main job as its people do it, over HTTP: from a first report to an anonymised figure.

`make journey` tells it to the running server at BASE_URL; a test tells it to the application itself.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import httpx

from app.core.ids import new_id
from tests.journeys import payloads, referring
from tests.journeys.people import Person, Say, facility_of

ROLES = (
    *("caseworker", "supervisor", "provider.baku", "provider.ganja", "sports", "coordinator"),
    *("analyst", "auditor", "administrator"),
)


async def tell(client: httpx.AsyncClient, password: str, say: Say) -> None:
    """The whole story, each step asserted."""
    people = {name: Person(name, client) for name in ROLES}
    for person in people.values():
        await person.sign_in(password)
    say(f"{len(people)} people sign in: {', '.join(people)}")
    worker = people["caseworker"]
    survivor = await register(worker, say)
    case = await begin(worker, people["supervisor"], survivor, say)
    consent = await rehabilitate(people, survivor, case, say)
    await referring.tell(people, survivor, case, say)
    await play(people, survivor, case, say)
    await withdraw(people, survivor, consent, say)
    await count(people, survivor, say)


async def register(worker: Person, say: Say) -> Any:
    """First report, consent, a person on file who is found again."""
    accident = await worker.post("/incidents", payloads.incident())
    hurt = await worker.post(f"/incidents/{accident['id']}/casualties", payloads.casualty())
    say(f"caseworker reports accident {accident['code']} with one person injured")
    await worker.post("/survivors", payloads.registration(consents=[]), expect=422)
    body = payloads.registration(casualty_id=hurt["id"], confirm_new=True)
    survivor = await worker.post("/survivors", body)
    say(f"caseworker registers {survivor['code']}, consent first")
    found = await worker.post("/survivors/search", {"name": "Рустам Карачухалы"}, expect=200)
    assert survivor["id"] in [match["id"] for match in found["matches"]]
    say("the person is found again by the Russian spelling of the name")
    twin = await worker.post("/survivors", payloads.registration(), expect=409)
    assert twin["code"] == "possible-duplicate"
    say("registering the same person twice is stopped: possibly known already")
    return survivor


async def begin(worker: Person, supervisor: Person, survivor: Any, say: Say) -> Any:
    """Case, assessments, milestones in every lane, a plan that somebody else approves."""
    case = await worker.post("/cases", {"id": str(new_id()), "survivor_id": survivor["id"]})
    path = f"/cases/{case['id']}"
    case = await worker.move(case, f"{path}/assess")
    await worker.post(f"{path}/assessments", payloads.needs())
    scored = await worker.post(f"{path}/assessments", payloads.functioning())
    assert scored["result"] == "yes"
    say("caseworker assesses needs and functioning; a refused answer is not taken for a no")
    case = await worker.move(await worker.get(path), f"{path}/plan")
    for code in ("wounds_closed", "device_delivered", "peer_visit_made", "job_wage", "sport_join"):
        await worker.post(f"{path}/milestones", {"id": str(new_id()), "definition_code": code})
    say("caseworker plans a milestone in each of the five lanes")
    asked = await worker.post(f"{path}/approvals", {"kind_code": "plan"})
    await worker.ask("POST", f"{path}/approvals/{asked['id']}/approve", 403, version=asked["version"])
    await supervisor.move(asked, f"{path}/approvals/{asked['id']}/approve")
    case = await worker.move(await worker.get(path), f"{path}/implement")
    assert case["status"] == "implementation"
    say("supervisor approves the plan, which its author may not; the case is under way")
    await worker.post(
        f"{path}/notes", {"kind_code": "home_visit", "text": "Lives with his brother's family."}
    )
    return case


async def rehabilitate(people: dict[str, Person], survivor: Any, case: Any, say: Say) -> Any:
    """A referral that the centre accepts and completes; a milestone verified by a second person."""
    worker, centre = people["caseworker"], people["provider.baku"]
    workshop = await facility_of(centre)
    sent = await worker.post("/referrals", payloads.referral(case["id"], workshop, "prosthetics"))
    path = f"/referrals/{sent['id']}"
    refused = await worker.ask("POST", f"{path}/send", 409, json={}, version=sent["version"])
    assert refused["code"] == "consent-missing"
    agreed = await worker.post(
        f"/survivors/{survivor['id']}/consents", payloads.consent("sharing_with_provider", workshop)
    )
    sent = await worker.move(sent, f"{path}/send")
    say(f"caseworker refers to a workshop, once the survivor agrees; answer by {sent['answer_by']}")
    await people["provider.ganja"].get(path, expect=404)
    inbox = await centre.get("/referrals?box=inbox&status=sent&limit=200")
    assert sent["id"] in [row["id"] for row in inbox["items"]]
    shared = await centre.get(f"{path}/shared-record")
    assert shared["identity"]["surname"] == survivor["surname"]
    say("the workshop sees what was shared with it, and no more; another one sees nothing")
    seen = await centre.get(path)
    for action, body in {
        "accept": {},
        "schedule": {"scheduled_for": payloads.moment(7)},
        "start": {},
        "complete": {
            "outcome_code": "service_completed",
            "counter_referral": "Delivered. Review in 3 months.",
        },
    }.items():
        seen = await centre.move(seen, f"{path}/{action}", body)
    assert seen["status"] == "completed"
    await centre.get(f"{path}/shared-record", expect=404)
    told = await worker.get("/notifications?unread=true&limit=200")
    assert [n["kind"] for n in told["items"] if n["record_id"] == sent["id"]][-1] == "referral.complete"
    say("the workshop accepts, schedules, starts, completes with a counter-referral; then sees no more")
    await reach(worker, people["supervisor"], case, "device_delivered", say)
    return agreed


async def reach(worker: Person, second: Person, case: Any, code: str, say: Say) -> None:
    """A milestone achieved, its evidence noted, verified by somebody else."""
    path = f"/cases/{case['id']}/milestones"
    listed = await worker.get(path)
    milestone = next(m for m in listed["items"] if m["definition_code"] == code)
    one = f"{path}/{milestone['id']}"
    body = {"happened_on": payloads.day(), "evidence": "Delivery note seen."}
    milestone = await worker.move(milestone, f"{one}/achieve", body)
    await worker.ask("POST", f"{one}/verify", 403, json={}, version=milestone["version"])
    milestone = await second.move(milestone, f"{one}/verify")
    assert milestone["verified_by_id"]
    say(f"milestone '{code}' achieved, and verified by a second person")


async def play(people: dict[str, Person], survivor: Any, case: Any, say: Say) -> None:
    """Into the amputee football group, whose coordinator is shown no diagnosis."""
    worker, sports = people["caseworker"], people["sports"]
    club = await facility_of(sports)
    await worker.post(
        f"/survivors/{survivor['id']}/consents", payloads.consent("sharing_with_provider", club)
    )
    asks = payloads.referral(case["id"], club, "amputee_football", share_codes=["identity", "contact"])
    sent = await worker.post("/referrals", asks)
    await worker.move(sent, f"/referrals/{sent['id']}/send")
    await sports.move(await sports.get(f"/referrals/{sent['id']}"), f"/referrals/{sent['id']}/accept")
    await sports.get(f"/cases/{case['id']}", expect=403)
    await reach(worker, people["supervisor"], case, "sport_join", say)


async def withdraw(people: dict[str, Person], survivor: Any, consent: Any, say: Say) -> None:
    """Taking a consent back closes what it opened, at once."""
    worker, centre = people["caseworker"], people["provider.baku"]
    cases = await worker.get("/cases?limit=200")
    case = next(row for row in cases["items"] if row["survivor_id"] == survivor["id"])
    again = payloads.referral(case["id"], consent["facility_id"], "physiotherapy")
    sent = await worker.post("/referrals", again)
    await worker.move(sent, f"/referrals/{sent['id']}/send")
    await centre.get(f"/referrals/{sent['id']}/shared-record")
    where = f"/survivors/{survivor['id']}/consents"
    now = next(c for c in (await worker.get(where))["items"] if c["id"] == consent["id"])
    await worker.move(now, f"{where}/{consent['id']}/withdraw", {"reason_code": "fear_of_harm"})
    await centre.get(f"/referrals/{sent['id']}/shared-record", expect=404)
    assert (await centre.get(f"/referrals/{sent['id']}"))["status"] == "revoked"
    say("the survivor takes the consent back: the open referral is revoked, the centre sees nothing more")


async def count(people: dict[str, Person], survivor: Any, say: Say) -> None:
    """The ministry reads a figure, and cannot read a person; an auditor sees who did."""
    analyst = people["analyst"]
    answer = await analyst.post("/statistics/query", {"dimensions": ["region"]}, expect=200)
    assert answer["rows"]
    say(f"the ministry reads {len(answer['rows'])} regions: {answer['sentence']}")
    await analyst.get("/cases", expect=403)
    await analyst.get(f"/survivors/{survivor['id']}", expect=403)
    say("the ministry can open no case and no person")
    trail = await people["auditor"].get(f"/audit/events?record_id={survivor['id']}&limit=200")
    assert {"survivor.register"} <= {event["action"] for event in trail["items"]}
    await people["administrator"].get(f"/survivors/{survivor['id']}", expect=403)
    events = len(trail["items"])
    say(f"the auditor finds {events} events about this person; the administrator can read none of it")


async def main() -> None:
    """Tell the story to the server at BASE_URL."""
    base = os.environ.get("BASE_URL", "http://127.0.0.1:8000").rstrip("/")
    var = Path(os.environ.get("DAYAQ_VAR", "var"))
    password = os.environ.get("DAYAQ_DEMO_PASSWORD") or (var / "demo-password").read_text().strip()
    async with httpx.AsyncClient(base_url=f"{base}/api/v1", timeout=30) as client:
        await tell(client, password, lambda line: sys.stdout.write(f"  {line}\n"))
    sys.stdout.write("The journey is complete.\n")


if __name__ == "__main__":
    asyncio.run(main())
