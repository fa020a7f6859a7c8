"""Routes of psychosocial support: what a counsellor does, what is refused, and how little others see."""

from typing import Any

import pytest
from httpx import AsyncClient, Response

from app.access.actor import Actor
from app.cases.errors import ConsentMissing
from app.core.ids import new_id
from tests.cases.factories import events, told
from tests.factories import Town, signed
from tests.journeys.payloads import day
from tests.referrals.factories import Post, a_post
from tests.support import factories as support
from tests.support.factories import a_shared_case

Json = dict[str, Any]


class Desk:
    """A counsellor at work on one case."""

    def __init__(self, client: AsyncClient, town: Town, post: Post) -> None:
        self.client, self.town, self.post = client, town, post
        self.case = f"/cases/{post.case_id}"

    async def post_to(self, path: str, body: Json, version: int | None = None) -> Response:
        return await self.client.post(path, json=body, headers=signed(self.town.counsellor, version))

    async def make(self, many: str, body: Json) -> Json:
        answer = await self.post_to(many if many.startswith("/") else f"{self.case}/{many}", body)
        assert answer.status_code == 201, answer.text
        found: Json = answer.json()
        return found

    async def get(self, path: str, actor: Actor | None = None) -> Any:
        answer = await self.client.get(f"{self.case}/{path}", headers=signed(actor or self.town.counsellor))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def step(self, episode: Json, action: str, **body: Any) -> Response:
        path = f"{self.case}/psychosocial-episodes/{episode['id']}/{action}"
        return await self.post_to(path, body, episode["version"])


@pytest.fixture
async def desk(client: AsyncClient, town: Town) -> Desk:
    return Desk(client, town, await a_shared_case(town))


def faults(answer: Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    assert all(fault["message"] for fault in answer.json()["errors"])
    return [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]]


async def milestones(desk: Desk) -> dict[str, str]:
    found = await desk.get("milestones", desk.town.caseworker)
    return {one["definition_code"]: one["status"] for one in found["items"]}


async def test_support_from_its_beginning_to_its_end_and_what_others_see_of_it(desk: Desk) -> None:
    episode = await desk.make("psychosocial-episodes", support.episode())
    came = await desk.make("support-sessions", support.session(episode))
    missed = support.session(episode, attendance_code="absent", minutes=None, held_on=day(-13))
    await desk.make("support-sessions", missed)
    await desk.make("support-notes", support.note(came))
    early = await desk.step(episode, "close", outcome_code="goals_met", happened_on=day(-14))
    closed = await desk.step(episode, "close", outcome_code="goals_met")
    history = await desk.get(f"psychosocial-episodes/{episode['id']}/history")
    seen = await desk.get("support", desk.town.caseworker)
    timeline = (await desk.get("timeline", desk.town.caseworker))["items"]

    assert faults(early) == [("/happened_on", "before_a_session")]
    assert (closed.json()["status"], closed.json()["open_actions"]) == ("closed", ["reopen"])
    assert [(one["action"], one["outcome_code"]) for one in history["items"]] == [("close", "goals_met")]
    assert seen["in_support"] is False
    assert [one["attendance_code"] for one in seen["sessions"]] == ["present", "absent"]
    assert set(seen["sessions"][0]) == {"id", "facility_id", "held_on", "attendance_code"}
    assert set(seen["episodes"][0]) == {"id", "facility_id", "status", "opened_on", "closed_on"}
    shown = [(one["kind"], one["what"]) for one in timeline if one["kind"].startswith("support")]
    assert sorted(shown) == [
        ("support", "closed"),
        ("support_session", "absent"),
        ("support_session", "present"),
    ]
    assert await milestones(desk) == {"counselling_started": "achieved", "counselling_completed": "achieved"}
    assert [kind for kind, _ in await told(desk.town, desk.town.caseworker)].count("milestone.reach") == 2


async def test_who_did_not_come_reached_nothing_until_that_is_corrected(desk: Desk) -> None:
    episode = await desk.make("psychosocial-episodes", support.episode())
    missed = support.session(episode, attendance_code="absent", minutes=None)
    one = await desk.make("support-sessions", missed)
    before = await milestones(desk)
    change = {"reason_code": "known_better", "attendance_code": "late"}
    path = f"{desk.case}/support-sessions/{one['id']}"
    await desk.client.patch(path, json=change, headers=signed(desk.town.counsellor, 1))

    assert before == {}
    assert await milestones(desk) == {"counselling_started": "achieved"}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"held_on": day(-31)}, ("/held_on", "outside_the_episode")),
        ({"held_on": day(2)}, ("/held_on", "in_the_future")),
        ({"attendance_code": "absent"}, ("/minutes", "only_when_attended")),
        ({"episode_id": str(new_id())}, ("/episode_id", "not_in_this_file")),
        ({"pair_id": str(new_id())}, ("/pair_id", "not_in_this_file")),
        ({"intervention_code": "hypnosis_9"}, ("/intervention_code", "not_in_code_list")),
        ({"minutes": 0}, ("/minutes", "greater_than_equal")),
    ],
)
async def test_a_session_that_cannot_be_is_refused_and_nothing_is_kept(
    desk: Desk, more: Json, expected: tuple[str, str]
) -> None:
    episode = await desk.make("psychosocial-episodes", support.episode())

    refused = await desk.post_to(f"{desk.case}/support-sessions", support.session(episode) | more)

    assert faults(refused) == [expected]
    assert not any(str(value) in refused.text for value in more.values() if len(str(value)) > 8)
    assert (await desk.get("support-sessions"))["items"] == []


async def test_an_episode_keeps_its_sessions_and_its_order(desk: Desk) -> None:
    episode = await desk.make("psychosocial-episodes", support.episode())
    await desk.make("support-sessions", support.session(episode))
    path = f"{desk.case}/psychosocial-episodes/{episode['id']}"
    late = {"reason_code": "entered_wrongly", "opened_on": day(-5)}
    moved = await desk.client.patch(path, json=late, headers=signed(desk.town.counsellor, 1))
    resumed = await desk.step(episode, "resume")
    paused = await desk.step(episode, "pause", happened_on=day(-3))
    before = await desk.step(paused.json(), "close", outcome_code="moved", happened_on=day(-4))
    unsaid = await desk.step(paused.json(), "close")

    assert faults(moved) == [("/opened_on", "outside_the_episode")]
    assert (resumed.status_code, resumed.json()["open_actions"]) == (409, ["pause", "close"])
    assert faults(before) == [("/happened_on", "before_the_last_step")]
    assert faults(unsaid) == [("/outcome_code", "missing")]
    assert (await desk.get("psychosocial-episodes"))["items"] == [paused.json()]


async def test_without_the_share_item_or_the_consent_there_is_no_compartment(
    client: AsyncClient, town: Town
) -> None:
    post = await a_shared_case(town)
    desk = Desk(client, town, post)
    episode = await desk.make("psychosocial-episodes", support.episode())
    paths = ("psychosocial-episodes", "support-sessions", "support-notes", "support", "peer-suggestions")

    await post.withdraw(post.consents[town.workshop.id])
    after = [
        (await client.get(f"{desk.case}/{path}", headers=signed(town.counsellor))).status_code
        for path in paths
    ]
    held = await desk.post_to(f"{desk.case}/support-sessions", support.session(episode))
    await post.consent()
    await post.referral(share_codes=["identity", "milestones"])
    unshared = await client.get(f"{desk.case}/support-notes", headers=signed(town.counsellor))

    assert after == [404] * len(paths)
    assert (held.status_code, unshared.status_code) == (404, 404)


async def test_nothing_is_shared_that_the_person_did_not_agree_to(town: Town) -> None:
    post = await a_post(town)
    await post.consent(data_codes=["identity", "health"])

    with pytest.raises(ConsentMissing) as refused:
        await post.referral(share_codes=["psychosocial"])
    assert refused.value.facts["share_codes"] == ["psychosocial"]


async def test_a_person_decides_which_peer_and_what_spoke_for_it_is_kept(desk: Desk) -> None:
    leg = await desk.make("/peers", support.peer(sex_code="female"))
    eye = await desk.make("/peers", support.peer(experience_codes=["sight"]))
    learner = await desk.make("/peers", support.peer(trained_on=None))
    suggested = (await desk.get("peer-suggestions"))["items"]
    chosen = await desk.make("peer-pairs", support.pair(leg))
    again = await desk.post_to(f"{desk.case}/peer-pairs", support.pair(eye))
    unfit = await desk.post_to(f"{desk.case}/peer-pairs", support.pair(learner))
    ended = await desk.post_to(f"/peer-pairs/{chosen['id']}/end", {"end_reason_code": "not_suited"}, 1)
    twice = await desk.post_to(f"/peer-pairs/{chosen['id']}/end", {"end_reason_code": "moved"}, 2)
    learning = await desk.post_to(f"{desk.case}/peer-pairs", support.pair(learner))
    events_of = {one.user_id for one in await events(desk.town, "peer_pair.add")}

    assert [one["peer"]["id"] for one in suggested] == [leg["id"], eye["id"]]
    assert "same_experience" in suggested[0]["unknown_codes"]  # no injury is on file
    assert {"same_sex", "has_room"} <= set(suggested[0]["reason_codes"])
    assert chosen["reason_codes"] == suggested[0]["reason_codes"]
    assert chosen["by_id"] == str(desk.town.counsellor.user_id)
    assert events_of == {desk.town.counsellor.user_id}
    assert (again.json()["code"], again.json()["pair_id"]) == ("pair-there", chosen["id"])
    assert (unfit.json()["code"], learning.json()["code"]) == ("pair-there", "peer-unfit")
    assert (ended.json()["ended_on"], ended.json()["end_reason_code"]) == (day(), "not_suited")
    assert twice.json()["code"] == "pair-over"


async def test_a_peer_accompanies_no_more_people_than_they_can(client: AsyncClient, town: Town) -> None:
    first = Desk(client, town, await a_shared_case(town))
    second = Desk(client, town, await a_shared_case(town, given_name="Second", surname="Person"))
    peer = await first.make("/peers", support.peer(most=1))
    pair = await first.make("peer-pairs", support.pair(peer))
    full = await second.post_to(f"{second.case}/peer-pairs", support.pair(peer))
    unsuggested = (await second.get("peer-suggestions"))["items"]
    await first.post.withdraw(first.post.consents[town.workshop.id])  # the case is closed to the counsellor
    ended = await second.post_to(f"/peer-pairs/{pair['id']}/end", {"end_reason_code": "person_wish"}, 1)
    free = await second.post_to(f"{second.case}/peer-pairs", support.pair(peer))

    assert (full.status_code, full.json()["code"], full.json()["most"]) == (409, "peer-full", 1)
    assert unsuggested == []
    assert (ended.status_code, free.status_code) == (200, 201)


async def test_a_visit_is_of_a_peer_who_accompanies_the_person_that_day(desk: Desk) -> None:
    pair = await desk.make("peer-pairs", support.pair(await desk.make("/peers", support.peer())))
    episode = await desk.make("psychosocial-episodes", support.episode(layer_code="l2"))
    visit = support.session(episode, intervention_code="peer_individual", pair_id=pair["id"])
    before = await desk.post_to(f"{desk.case}/support-sessions", visit)
    other = await desk.post_to(
        f"{desk.case}/support-sessions", visit | {"intervention_code": "emdr", "held_on": day(-5)}
    )
    await desk.make("support-sessions", visit | {"held_on": day(-5)})

    assert faults(before) == [("/held_on", "outside_the_pair")]
    assert faults(other) == [("/pair_id", "only_for_a_peer_visit")]
    assert await milestones(desk) == {"peer_visit_made": "achieved"}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"birth_year": 2012}, ("/birth_year", "not_grown_up")),
        ({"language_codes": []}, ("/language_codes", "too_short")),
        ({"most": 21}, ("/most", "less_than_equal")),
    ],
)
async def test_nobody_is_made_a_peer_who_should_not_be(
    desk: Desk, more: Json, expected: tuple[str, str]
) -> None:
    assert faults(await desk.post_to("/peers", support.peer(**more))) == [expected]


async def test_a_name_is_never_kept_in_clear_and_reads_are_written_down(desk: Desk) -> None:
    await desk.make("/peers", support.peer())
    listed = await desk.client.get("/peers", headers=signed(desk.town.counsellor))
    episode = await desk.make("psychosocial-episodes", support.episode())
    note = await desk.make(
        "support-notes", support.note(await desk.make("support-sessions", support.session(episode)))
    )
    await desk.get("support-notes")
    (read,) = await events(desk.town, "support_note.list")

    assert listed.json()["items"][0]["name"] == support.peer()["name"]
    assert (read.field_class, str(read.object_ids[0])) == ("mental_health", note["id"])
    assert {one.field_class for one in await events(desk.town, "support_note.add")} == {"mental_health"}
