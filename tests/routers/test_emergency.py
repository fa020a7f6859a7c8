"""Routes of emergency and continuing medical care."""

from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import update
from sqlmodel import select

from app.cases.models import Case
from app.cases.states import Status
from app.core.db import unit_of_work
from app.core.errors import Clash, NotFound
from app.core.ids import new_id
from app.emergency.models import EmergencyEpisode, Operation
from app.referrals.states import Status as Letter
from tests.cases.factories import a_case, withdraw
from tests.emergency import factories as care
from tests.emergency.factories import BODIES, PARENTS, on, stamp
from tests.factories import KEEPER, Town, signed
from tests.journeys.payloads import day, moment
from tests.referrals.factories import Post
from tests.routers.test_injuries import enter, faults

FEW = ["identity", "contact"]


def path_of(case: Case | Post, one: str) -> str:
    case_id = case.id if isinstance(case, Case) else case.case_id
    return f"/cases/{case_id}/{one.replace('_', '-')}s"


async def everything(client: AsyncClient, town: Town, case: Case) -> dict[str, Any]:
    """One record of each kind, entered by the caseworker."""
    made: dict[str, Any] = {}
    for one, body in BODIES.items():
        made[one] = await enter(client, town, path_of(case, one), body(made.get(PARENTS.get(one, ""))))
    return made


async def test_each_record_is_kept_as_it_was_sent_with_what_follows_from_it(
    client: AsyncClient, town: Town
) -> None:
    case = await a_case(town)
    made = await everything(client, town, case)

    for one, body in BODIES.items():
        sent = body(made.get(PARENTS.get(one, "")))
        assert {name: made[one][name] for name in sent} == sent
        listed = await client.get(path_of(case, one), headers=signed(town.supervisor))
        assert listed.json()["items"] == [made[one]]
    assert made["emergency_episode"]["intervals"] == {
        "time_to_first_aid": {"least_minutes": 0, "most_minutes": 20},
        "evacuation_time": {"least_minutes": 45, "most_minutes": 45},
        "pre_hospital_time": {"least_minutes": 26, "most_minutes": 85},
        "time_to_surgery": {"least_minutes": 191, "most_minutes": 250},
    }
    assert made["tourniquet"]["on_for"] == {"least_minutes": 90, "most_minutes": 90}
    assert (made["tourniquet"]["limb_at_risk"], made["trauma_observation"]["gcs"]) == ("no", 15)


async def test_what_is_not_known_stays_unknown(client: AsyncClient, town: Town) -> None:
    case = await a_case(town)
    path = path_of(case, "emergency_episode")

    episode = await enter(client, town, path, {"arrived": stamp("08:25"), "first_aid": "unknown"})
    bare = care.tourniquet(episode, applied=None, released=None)
    tourniquet = await enter(client, town, path_of(case, "tourniquet"), bare)
    seen = care.observation(episode, gcs_verbal=None)
    observed = await enter(client, town, path_of(case, "trauma_observation"), seen)

    assert episode["intervals"] == dict.fromkeys(episode["intervals"])
    assert [episode[name] for name in ("injured", "triage_code", "end_code")] == [None, None, None]
    assert (tourniquet["on_for"], tourniquet["limb_at_risk"]) == (None, "unknown")
    assert observed["gcs"] is None


LONG_AGO = stamp("07:00") | {"at": "1987-01-01T00:00:00Z"}
NOWHERE = str(new_id())
EARLY, LATE = on("2024-03-01"), on("2024-04-01")


@pytest.mark.parametrize(
    ("one", "change", "fault"),
    [
        ("emergency_episode", {"arrived": stamp("07:39")}, ("/arrived", "contradicts")),
        ("emergency_episode", {"injured": stamp("07:21")}, ("/aid_began", "contradicts")),
        ("emergency_episode", {"first_aid": "no"}, ("/aid_began", "no_help_was_given")),
        ("emergency_episode", {"injured": stamp("07:00", "week")}, ("/injured/precision", "enum")),
        ("emergency_episode", {"ended": stamp("07:00") | {"at": moment(1)}}, ("/ended", "in_the_future")),
        ("emergency_episode", {"injured": LONG_AGO}, ("/injured", "before_birth")),
        ("emergency_episode", {"first_facility_id": NOWHERE}, ("/first_facility_id", "not_in_directory")),
        ("emergency_episode", {"transport_code": "balloon"}, ("/transport_code", "not_in_code_list")),
        ("tourniquet", {"side_code": "unknown"}, ("/side_code", "side_needed")),
        ("tourniquet", {"released": stamp("07:19")}, ("/released", "ends_before_it_begins")),
        ("tourniquet", {"applied": stamp("06:59")}, ("/applied", "before_the_injury")),
        ("tourniquet", {"episode_id": str(new_id())}, ("/episode_id", "not_in_this_file")),
        ("trauma_observation", {"gcs_eye": 5}, ("/gcs_eye", "less_than_equal")),
        ("trauma_observation", {"gcs_motor": 0}, ("/gcs_motor", "greater_than_equal")),
        ("trauma_observation", {"observed": stamp("06:59")}, ("/observed", "before_the_injury")),
        ("facility_stay", {"discharged": EARLY}, ("/discharged", "ends_before_it_begins")),
        ("facility_stay", {"facility_id": str(new_id())}, ("/facility_id", "not_in_directory")),
        ("operation", {"performed": EARLY}, ("/performed", "outside_the_stay")),
        ("operation", {"performed": LATE}, ("/performed", "outside_the_stay")),
        ("operation", {"performed": {"date": day(2), "precision": "day"}}, ("/performed", "in_the_future")),
        ("operation", {"region_code": "head"}, ("/side_code", "no_side_here")),
        ("complication", {"noticed": EARLY}, ("/noticed", "before_the_operation")),
        ("complication", {"resolved": on("2024-03-08")}, ("/resolved", "ends_before_it_begins")),
        ("complication", {"note": "\u202e"}, ("/note", "not_plain_text")),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_refused_by_field_and_rule_and_changes_nothing(
    client: AsyncClient, town: Town, one: str, change: dict[str, Any], fault: tuple[str, str]
) -> None:
    case = await a_case(town)
    made = await everything(client, town, case)
    path, me = path_of(case, one), signed(town.caseworker)
    before = (await client.get(path, headers=me)).json()["items"]

    body = BODIES[one](made.get(PARENTS.get(one, ""))) | change
    new = await client.post(path, json=body, headers=me)
    why = {"reason_code": "entered_wrongly"}
    same = await client.patch(
        f"{path}/{made[one]['id']}", json=why | change, headers=signed(town.caseworker, 1)
    )

    for answer in (new, same):
        assert faults(answer)[0] == fault
    assert (await client.get(path, headers=me)).json()["items"] == before


async def test_the_earliest_moment_of_all_is_read_as_it_was_kept(client: AsyncClient, town: Town) -> None:
    case = await a_case(town, consents=[], life_saving_reason="danger_to_life", birth=None)
    first = stamp("07:00") | {"at": "1900-01-01T00:00:00+14:00"}  # in UTC the year before

    answer = await client.post(
        path_of(case, "emergency_episode"), json={"injured": first}, headers=signed(town.caseworker)
    )
    listed = await client.get(path_of(case, "emergency_episode"), headers=signed(town.caseworker))

    assert (answer.status_code, listed.status_code) == (201, 200)
    assert listed.json()["items"][0]["injured"]["at"] == "1899-12-31T10:00:00Z"


async def test_a_contradiction_names_both_moments_and_no_value(client: AsyncClient, town: Town) -> None:
    case = await a_case(town)
    wrong = care.episode(arrived=stamp("07:39"))

    answer = await client.post(
        path_of(case, "emergency_episode"), json=wrong, headers=signed(town.caseworker)
    )

    (fault,) = answer.json()["errors"]
    assert (fault["pointer"], fault["other"]) == ("/arrived", "/evacuation_began")
    assert "07:39" not in answer.text


async def test_a_revision_comes_after_what_it_revises_and_never_revises_itself(
    client: AsyncClient, town: Town
) -> None:
    case, me = await a_case(town), signed(town.caseworker)
    path = path_of(case, "operation")
    first = await enter(client, town, path, care.operation())
    revised = {"revises_id": first["id"], "procedure_code": "amputation_revision"}

    early = await client.post(path, json=care.operation(**revised, performed=EARLY), headers=me)
    await enter(client, town, path, care.operation(**revised, performed=LATE))
    itself = await client.patch(
        f"{path}/{first['id']}",
        json={"reason_code": "known_better", "revises_id": first["id"]},
        headers=signed(town.caseworker, 1),
    )

    assert faults(early) == [("/performed", "before_what_it_revises")]
    assert itself.status_code == 409


@pytest.mark.parametrize("one", BODIES)
async def test_a_facility_reads_and_writes_while_a_live_referral_tells_it_of_the_injury(
    client: AsyncClient, town: Town, one: str
) -> None:
    case = await a_case(town)
    post = Post(town, case.id, case.survivor_id)
    made = await everything(client, town, case)
    path, body = path_of(case, one), BODIES[one](made.get(PARENTS.get(one, "")))
    them = signed(town.provider)

    unasked = await client.get(path, headers=them)
    few = await post.referral(Letter.ACCEPTED, share_codes=FEW)
    untold = [await client.get(path, headers=them), await client.post(path, json=body, headers=them)]
    told = await post.referral(Letter.IN_PROGRESS, share_codes=["injury"])
    mine = await client.post(path, json=body, headers=them)
    wrong = {"reason_code": "entered_wrongly", "in_error": True}
    change = await client.patch(f"{path}/{made[one]['id']}", json=wrong, headers=signed(town.provider, 1))
    seen = await client.get(path, headers=them)
    elsewhere = await client.get(path, headers=signed(town.other_provider))
    await post.withdraw(post.consents[town.workshop.id])
    afterwards = [await client.get(path, headers=them), await client.post(path, json=body, headers=them)]

    assert few.id != told.id
    assert [a.status_code for a in (unasked, *untold, elsewhere, *afterwards)] == [404] * 6
    assert (mine.status_code, change.status_code) == (201, 200), change.text
    assert mine.json()["by_id"] == str(town.provider.user_id)
    assert [r["id"] for r in seen.json()["items"]] == [made[one]["id"], mine.json()["id"]]


async def test_the_database_itself_shows_a_facility_nothing_that_it_was_not_told(town: Town) -> None:
    case = await a_case(town)
    held = {"case_id": case.id, "owner_id": case.owner_id, "team_id": case.team_id}
    kept = EmergencyEpisode.model_validate({**held, "by_id": town.caseworker.user_id})
    async with town.work(town.caseworker) as session:
        session.add(kept)
    post = Post(town, case.id, case.survivor_id)
    await post.referral(Letter.ACCEPTED, share_codes=FEW)

    async def shown() -> int:
        async with town.work(town.provider) as session:
            return len((await session.exec(select(EmergencyEpisode))).all())

    before = await shown()
    with pytest.raises(NotFound):
        async with town.work(town.provider) as session:
            session.add(EmergencyEpisode.model_validate({**held, "by_id": town.provider.user_id}))
    await post.referral(Letter.ACCEPTED, share_codes=["injury"])

    assert (before, await shown()) == (0, 1)
    with pytest.raises(NotFound):  # whose it is was never theirs to change
        async with town.work(town.provider) as session:
            await session.exec(update(EmergencyEpisode).values(owner_id=new_id()))


async def test_a_record_of_one_case_hangs_on_nothing_of_another(town: Town) -> None:
    mine, other = await a_case(town), await a_case(town, given_name="Leyla")
    held: dict[str, Any] = {"owner_id": mine.owner_id, "team_id": mine.team_id, "by_id": mine.owner_id}
    what = {"procedure_code": "amputation", "performed_on": "2024-03-02", "performed_precision": "day"}
    first = Operation.model_validate({**held, **what, "case_id": other.id})
    async with unit_of_work(town.database, KEEPER) as session:
        session.add(first)

    with pytest.raises(Clash):
        async with unit_of_work(town.database, KEEPER) as session:
            session.add(
                Operation.model_validate({**held, **what, "case_id": mine.id, "revises_id": first.id})
            )


async def test_a_case_that_is_over_takes_no_new_record(client: AsyncClient, town: Town) -> None:
    case = await a_case(town, Status.CLOSED)

    answer = await client.post(
        path_of(case, "facility_stay"), json=care.stay(), headers=signed(town.caseworker)
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "case-not-open")


async def test_without_consent_only_a_life_is_saved(client: AsyncClient, town: Town) -> None:
    agreed = await a_case(town)
    await withdraw(town, agreed)
    urgent = await a_case(town, consents=[], life_saving_reason="danger_to_life", given_name="Leyla")

    answers = [
        await client.post(path_of(case, "emergency_episode"), json={}, headers=signed(town.caseworker))
        for case in (agreed, urgent)
    ]

    assert [a.status_code for a in answers] == [409, 201]
    assert answers[0].json()["code"] == "consent-missing"
