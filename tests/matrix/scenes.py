"""Requests for the matrix: each builds, in the world, what its operation waits for."""

from typing import Any

import pyotp

from app.access.actor import Actor
from app.accounts import totp
from app.cases.states import CASE, Status
from app.cases.states import Action as CaseAction
from app.core import clock
from app.core.db import unit_of_work
from app.core.ids import new_id
from app.couriers.models import Channel, Delivery
from app.couriers.queries import COURIER
from app.milestones.states import Action as MilestoneAction
from app.milestones.states import Status as MilestoneStatus
from app.referrals.states import REFERRAL
from app.referrals.states import Action as ReferralAction
from app.referrals.states import Status as ReferralStatus
from app.reintegration.states import GRANT
from app.reintegration.states import Action as GrantAction
from app.reintegration.states import Party as GrantParty
from app.support.states import Action as SupportAction
from tests.cases.factories import ready
from tests.couriers.factories import URL as HOOK_URL
from tests.factories import signed
from tests.journeys import payloads
from tests.matrix.engine import Ask, Build
from tests.matrix.world import World
from tests.milestones.factories import way_to
from tests.referrals.factories import bodies
from tests.reintegration import factories as returning
from tests.support import factories as support
from tests.survivors.factories import registration, survivor


def plain(query: str = "", body: Any = None, key: str = "") -> Build:
    """A request about no record, or one that its body names in `key`."""

    async def build(world: World) -> Ask:
        return Ask(query=query, body=body(world) if callable(body) else body, key=key)

    return build


def about(body: Any = None, change: object = False, **names: str) -> Build:
    """A request about records of the world: parameter to name. `change`: on the version of the last."""

    async def build(world: World) -> Ask:
        params = {param: world.id_of(name) for param, name in names.items()}
        version = world.version_of(list(names.values())[-1]) if change else None
        return Ask(params, body=body(world) if callable(body) else body, version=version)

    return build


def named(**params: str) -> Build:
    """A request about what has a name and not an id."""

    async def build(_: World) -> Ask:
        return Ask(dict(params))

    return build


def case_action(action: CaseAction) -> Build:
    """A case that waits for nothing but this action."""

    async def build(world: World) -> Ask:
        source = next(m.source for m in CASE.moves if m.action is action)
        case = await ready(world.town, await world.case_at(source), action)
        given = {
            CaseAction.CLOSE: {"closure_reason_code": "goals_met"},
            CaseAction.REST: {"wakes_on": payloads.day(30)},
        }
        return Ask({"case_id": case.id}, body=given.get(action, {}), version=case.version)

    return build


def referral_action(action: ReferralAction, club: bool = False) -> Build:
    """A referral to the workshop, or the club, that waits for nothing but this action."""

    async def build(world: World) -> Ask:
        source = next(m.source for m in REFERRAL.moves if m.action is action)
        referral = await (world.club_post if club else world.post).referral(source)
        told = bodies()[action].model_dump(mode="json") if action in bodies() else {}
        if action is ReferralAction.DECLINE:
            told["suggested_facility_id"] = str(world.town.club.id)
        return Ask({"referral_id": referral.id}, body=told, version=referral.version)

    return build


async def draft(world: World) -> Ask:
    """A draft whose services are chosen anew."""
    referral = await world.post.referral(ReferralStatus.DRAFT)
    return Ask(
        {"referral_id": referral.id}, body={"service_codes": ["prosthetics"]}, version=referral.version
    )


async def preview(world: World) -> Ask:
    """A draft to look at before it is sent."""
    return Ask({"referral_id": (await world.post.referral(ReferralStatus.DRAFT)).id})


async def declined(world: World) -> Ask:
    """What the workshop declined, to be sent on to the club."""
    referral = await world.post.referral(ReferralStatus.DECLINED)
    club = {"to_facility_id": str(world.town.club.id), "service_codes": ["peer_support"]}
    return Ask({"referral_id": referral.id}, body=club, version=referral.version)


async def by_hand(world: World) -> Ask:
    """What went out to a place without accounts, which has accepted."""
    referral = await world.post.outside()
    return Ask({"referral_id": referral.id}, body={"action": "accept"}, version=referral.version)


async def message(world: World) -> Ask:
    """What the caseworker wrote to the workshop."""
    one = await world.make("letter", f"/referrals/{world.referral.id}/messages", {"text": "She can come."})
    return Ask({"referral_id": world.referral.id, "message_id": one["id"]})


def newcomer(world: World, **more: Any) -> dict[str, Any]:
    """Somebody to register who is not known yet, on the caseworker's list, whoever enters them."""
    mine = {"owner_id": str(world.town.caseworker.user_id), "team_id": str(world.town.north.id)}
    return registration(given_name="Zöhrə", surname="Qaraçuxalı", patronymic=None, **mine, **more)


def casualty_of(world: World) -> dict[str, Any]:
    """The same, as the casualty of the accident."""
    return newcomer(world, casualty_id=world.id_of("casualty"))


async def new_case(world: World) -> Ask:
    """A person of the caseworker's without a case."""
    person = await survivor(world.town)
    return Ask(body={"survivor_id": str(person.id)}, key="survivor_id")


def milestone_action(action: MilestoneAction) -> Build:
    """A milestone walked to where this action begins, by the shortest way."""

    async def build(world: World) -> Ask:
        before = {
            MilestoneAction.SUSTAIN: MilestoneStatus.ACHIEVED,
            MilestoneAction.LOSE: MilestoneStatus.ACHIEVED,
            MilestoneAction.WANT: MilestoneStatus.NOT_NEEDED,
        }
        params, one = await _milestone(world, "community", before.get(action, MilestoneStatus.WANTED))
        return Ask(params, body=_told(action), version=one["version"])

    return build


def verify(definition: str) -> Build:
    """A milestone that its caseworker has recorded as reached."""

    async def build(world: World) -> Ask:
        params, one = await _milestone(world, definition, MilestoneStatus.ACHIEVED)
        return Ask(params, version=one["version"])

    return build


async def _milestone(
    world: World, definition: str, at: MilestoneStatus
) -> tuple[dict[str, object], dict[str, Any]]:
    path = f"/cases/{world.case.id}/milestones"
    one = await world.make("moved", path, {"definition_code": definition})
    for action in way_to(at):
        one = await world.step(f"{path}/{one['id']}/{action.value}", one, _told(action))
    return {"case_id": world.case.id, "milestone_id": one["id"]}, one


def _told(action: MilestoneAction) -> dict[str, Any]:
    reason = {MilestoneAction.DROP: "person_wish", MilestoneAction.LOSE: "no_longer_true"}
    day = payloads.day(-365 if action is MilestoneAction.ACHIEVE else 0)
    return {"happened_on": day} | ({"reason_code": reason[action]} if action in reason else {})


def episode_action(action: SupportAction) -> Build:
    """An episode of support that waits for nothing but this action."""

    async def build(world: World) -> Ask:
        by, path = world.town.counsellor, f"/cases/{world.case.id}/psychosocial-episodes"
        one = await world.make("supporting", path, support.episode(), by)
        before = {SupportAction.RESUME: SupportAction.PAUSE, SupportAction.REOPEN: SupportAction.CLOSE}
        for earlier in [before[action]] if action in before else []:
            one = await world.step(f"{path}/{one['id']}/{earlier.value}", one, _support_told(earlier), by)
        params = {"case_id": world.case.id, "record_id": one["id"]}
        return Ask(params, body=_support_told(action), version=one["version"])

    return build


def _support_told(action: SupportAction) -> dict[str, Any]:
    return {"outcome_code": "improved"} if action is SupportAction.CLOSE else {}


def grant_action(action: GrantAction, body: Any = None) -> Build:
    """A grant, asked for by its caseworker, that waits for nothing but this action."""

    async def build(world: World) -> Ask:
        path = f"/cases/{world.case.id}/livelihood-grants"
        one = await world.make("granted", path, returning.grant())
        source = next(move.source for move in GRANT.moves if move.action is action)
        for earlier, party in returning.way_to(source):
            by = world.town.supervisor if party is GrantParty.APPROVER else None
            one = await world.step(f"{path}/{one['id']}/{earlier.value}", one, returning.told(earlier), by)
        params = {"case_id": world.case.id, "grant_id": one["id"]}
        return Ask(params, body=body(world) if body else returning.told(action), version=one["version"])

    return build


async def follow_up(world: World) -> Ask:
    """A look at whether it is still so."""
    one = world.made["follow_up"]
    params = {"case_id": world.case.id, "follow_up_id": one["id"]}
    return Ask(params, body={"result_code": "sustained"}, version=one["version"])


async def unpaired(world: World) -> Ask:
    """A person whom nobody accompanies any more, and a peer who has room."""
    end = f"/peer-pairs/{world.made['peer_pair']['id']}/end"
    await world.step(end, world.made["peer_pair"], {"end_reason_code": "completed"}, world.town.counsellor)
    return Ask({"case_id": world.case.id}, body=support.pair(world.made["free_peer"]))


def user(body: Any = None, enrolled: bool = False, who: str = "colleague", **more: str) -> Build:
    """A request of the administrator's, who has just shown again who they are, about somebody else."""

    async def build(world: World) -> Ask:
        await world.prove(world.town.administrator)
        if enrolled:
            await world.enrol(totp.new_secret(), confirmed=True)
        params: dict[str, object] = {"user_id": getattr(world.town, who).user_id}
        params |= {param: getattr(world.town, who).membership_id for param in more}
        return Ask(params, body=body(world) if callable(body) else body, version=1)

    return build


async def invitation(world: World) -> Ask:
    """Somebody new."""
    await world.prove(world.town.administrator)
    name = f"new-{new_id().hex[:10]}"
    return Ask(body={"username": name, "display_name": "Leyla", "memberships": [coordinator(world)]})


def coordinator(world: World) -> dict[str, str]:
    """One more role at the agency."""
    return {"role": "coordinator", "organisation_id": str(world.town.agency.id)}


def with_code(confirmed: bool) -> Build:
    """A code of the second factor that everybody has, or has begun to enrol."""

    async def build(world: World) -> Ask:
        secret = totp.new_secret()
        await world.enrol(secret, confirmed)
        return Ask(body={"code": pyotp.TOTP(secret).at(clock.now())})

    return build


async def own_account(world: World) -> Ask:
    """The language that everybody reads, on the version that everybody has."""
    return Ask(body={"language": "az"}, version=1)


async def released_table(world: World) -> Ask:
    """A table of the release."""
    return Ask({"release_id": world.release.id, "name": "total"})


async def checked_release(world: World) -> Ask:
    """A release that the auditor has checked."""
    one = world.prepared
    path = f"/statistics/preparations/{one.id}/check"
    answer = await world.client.post(path, headers=signed(world.town.auditor, one.version))
    assert answer.status_code == 200, answer.text
    return Ask({"release_id": one.id}, version=answer.json()["version"])


async def preference(_: World) -> Ask:
    """How everybody wants to be told, who has not said so yet."""
    return Ask(body={"email": "somebody@example.org", "daily_kinds": ["task_raise"]}, version=1)


async def new_webhook(world: World) -> Ask:
    """Where the workshop's own system is told."""
    await world.prove(world.town.administrator)
    return Ask(body={"facility_id": str(world.town.workshop.id), "url": HOOK_URL})


def webhook(body: Any = None) -> Build:
    """A change of the workshop's webhook, by an administrator who has just shown who they are."""

    async def build(world: World) -> Ask:
        await world.prove(world.town.administrator)
        return Ask({"webhook_id": world.webhook.id}, body=body, version=world.webhook.version)

    return build


async def dead_delivery(world: World) -> Ask:
    """What the workshop's system did not take and that was given up."""
    now = clock.now()
    dead = Delivery(
        notification_id=world.facility_message.id,
        channel=Channel.WEBHOOK,
        webhook_id=world.webhook.id,
        due_at=now,
        dead_at=now,
        fault="status_500",
    )
    async with unit_of_work(world.connection, COURIER) as session:
        session.add(dead)
    return Ask({"delivery_id": dead.id}, version=1)


async def report(_: World) -> Ask:
    """A framework's report for a year that is released."""
    return Ask({"name": "crpd"}, query="?year=2025")


async def own_question(world: World) -> Ask:
    """Everybody's own question; where somebody has none, the analyst's."""
    theirs = {
        one["asked_by_id"]: one["id"] for name, one in world.made.items() if name.startswith("question")
    }
    analysts = world.made["question"]

    def mine(actor: Actor) -> dict[str, object]:
        return {"question_id": theirs.get(str(actor.user_id), analysts["id"])}

    return Ask(mine(world.town.analyst), version=analysts["version"], mine=mine)


async def reviewed_question(world: World) -> Ask:
    """A question that the coordinator has reviewed."""
    one = world.made["question"]
    path = f"/statistics/questions/{one['id']}/review"
    answer = await world.client.post(path, headers=signed(world.town.coordinator, one["version"]))
    assert answer.status_code == 200, answer.text
    return Ask({"question_id": one["id"]}, version=answer.json()["version"])


async def own_session(world: World) -> Ask:
    """Everybody's own device; as a stranger's, the caseworker's."""

    def mine(actor: Actor) -> dict[str, object]:
        return {"session_id": actor.session_id}

    return Ask(mine(world.town.caseworker), mine=mine)


async def own_message(world: World) -> Ask:
    """What everybody was told; as a stranger's, what the caseworker was."""

    def mine(actor: Actor) -> dict[str, object]:
        return {"notification_id": world.messages[actor.user_id].id}

    return Ask(mine(world.town.caseworker), mine=mine)


async def session_to_count(world: World) -> Ask:
    """A community session that was held yesterday."""
    body = payloads.session(world.made["season"]["id"], kind_code="community")
    path = f"/programmes/{world.id_of('programme')}/sessions"
    (one,) = (await world.make("counted", path, body, world.town.sports))["items"]
    people = [{"sex_code": "female", "age_band_code": "12_17", "people": 14}]
    told = {"people": people, "topic_codes": ["marking"], "partner_id": str(world.town.agency.id)}
    return Ask({"session_id": one["id"]}, body=told, version=one["version"])


async def another(world: World, parent: str) -> object:
    """A record that those may open who may, but that the child does not belong to."""
    if parent == "incident_id":
        return (await world.make("other", "/incidents", payloads.incident()))["id"]
    if parent == "programme_id":
        made = payloads.programme(world.town.club.id)
        return (await world.make("other", "/programmes", made, world.town.sports))["id"]
    if parent == "user_id":
        return world.town.outsider.user_id
    if parent == "release_id":
        return new_id()
    if parent == "facility_id":
        return world.town.club.id
    if parent == "referral_id":
        return (await world.post.referral(ReferralStatus.SENT)).id
    case = await world.case_at(Status.PLANNING)
    return case.survivor_id if parent == "survivor_id" else case.id
