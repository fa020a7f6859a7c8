"""A case that is offered: who may offer and answer, what they see, and that everything travels at once."""

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from httpx import AsyncClient, Response
from sqlmodel import select

from app.access.actor import Actor
from app.access.table import Role
from app.careplans.models import CarePlan
from app.cases import actions as cases
from app.cases.models import Case, CaseAssignment, Note, Task
from app.cases.schemas import AddTask, AssignCase, WriteNote
from app.cases.states import Action as CaseAction
from app.cases.states import Status as CaseStatus
from app.core import clock
from app.core.errors import Clash, NotFound
from app.core.ids import new_id
from app.referrals.models import Referral
from app.referrals.states import Status as ReferralStatus
from app.survivors.models import Consent, NameKey, PersonKey, Survivor
from app.transfers.models import Transfer
from tests.careplans.factories import a_plan
from tests.cases.factories import a_case, events, move, told, withdraw
from tests.cases.factories import now as case_now
from tests.factories import Town, signed
from tests.referrals.factories import a_post, told_facility
from tests.transfers.factories import Agency, agree, now, offered, to

HANDOVER = "Her brother must not know where she lives"
FILE = (Survivor, PersonKey, Consent, Case, CaseAssignment, CarePlan, Note, Task, Referral)


async def ask(
    client: AsyncClient, who: Actor, path: str, body: Any = None, version: int | None = None
) -> Response:
    return await client.post(path, json=body or {}, headers=signed(who, version))


async def accept(client: AsyncClient, who: Actor, one: Transfer, owner: Actor | None = None) -> Response:
    body = {"owner_id": str(owner.user_id)} if owner else {}
    return await ask(client, who, f"/transfers/{one.id}/accept", body, one.version)


async def a_full_case(town: Town) -> Case:
    """A case with a note, a task, an appointment with a centre that works on it, and a plan."""
    post = await a_post(town)
    await post.referral(at=ReferralStatus.SCHEDULED)
    me = town.caseworker
    async with town.work(me) as session:
        await cases.write_note(session, me, post.case_id, WriteNote(text="Seen at home"))
        visit = AddTask(kind_code="visit", due_on=clock.today())
        await cases.add_task(session, me, post.case_id, visit)
        case = (await session.exec(select(Case).where(Case.id == post.case_id))).one()
    await a_plan(town, case)
    return case


async def rows(town: Town, who: Actor) -> dict[str, int]:
    """How many rows of a file the database itself shows to this person."""
    async with town.work(who) as session:
        return {kind.__name__: len((await session.exec(select(kind))).all()) for kind in FILE}


async def test_everything_travels_and_both_sides_see_who_is_responsible(
    client: AsyncClient, town: Town
) -> None:
    case, west = await a_full_case(town), await Agency(town).build()
    await agree(town, case)
    whole = await rows(town, town.caseworker)
    one = await offered(town, case, to(west.team, handover=HANDOVER))
    nothing = dict.fromkeys(whole, 0)
    assert min(whole.values()) >= 1
    assert [await rows(town, who) for who in (west.supervisor, west.caseworker)] == [nothing, nothing]

    before = [await seen(client, who, one) for who in (town.caseworker, west.supervisor)]
    answer = await accept(client, west.supervisor, one, west.caseworker)
    after = [await seen(client, who, one) for who in (town.caseworker, town.supervisor, west.caseworker)]

    assert answer.status_code == 200, answer.text
    assert {each["responsible"]["owner_id"] for each in before} == {str(town.caseworker.user_id)}
    assert [each["handover"] for each in before] == [HANDOVER, None]
    taken = {"organisation_id": west.body.id, "team_id": west.team.id, "owner_id": west.caseworker.user_id}
    for each in after:
        assert each["responsible"] == {name: str(value) for name, value in taken.items()}
        assert (each["status"], each["from_owner_id"]) == ("accepted", str(town.caseworker.user_id))
    assert [each["handover"] for each in after] == [None, None, HANDOVER]
    assert await rows(town, west.caseworker) == whole | {"CaseAssignment": whole["CaseAssignment"] + 1}
    assert [await rows(town, who) for who in (town.caseworker, town.supervisor)] == [nothing, nothing]


async def seen(client: AsyncClient, who: Actor, one: Transfer) -> dict[str, Any]:
    answer = await client.get(f"/transfers/{one.id}", headers=signed(who))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_no_live_referral_is_orphaned(client: AsyncClient, town: Town) -> None:
    case, west = await a_full_case(town), await Agency(town).build()
    await agree(town, case)
    one = await offered(town, case, to(west.team, west.caseworker))
    assert (await accept(client, west.caseworker, one)).status_code == 200

    async with town.work(town.provider) as session:
        (letter,) = (await session.exec(select(Referral))).all()
    answer = await ask(client, town.provider, f"/referrals/{letter.id}/start", version=letter.version)

    assert answer.status_code == 200, answer.text
    assert (letter.owner_id, letter.organisation_id) == (west.caseworker.user_id, west.body.id)
    assert ("referral.hand_over", letter.id) in await told_facility(town, town.workshop.id)
    assert ("referral.start", letter.id) in await told(town, west.caseworker)
    assert ("referral.start", letter.id) not in await told(town, town.caseworker)
    message = {"text": "She comes on Friday"}
    assert (
        await ask(client, west.caseworker, f"/referrals/{letter.id}/messages", message)
    ).status_code == 201
    assert (
        await ask(client, town.caseworker, f"/referrals/{letter.id}/messages", message)
    ).status_code == 404


async def test_before_it_is_accepted_the_other_side_sees_the_minimum(client: AsyncClient, town: Town) -> None:
    case, west = await a_full_case(town), await Agency(town).build()
    await agree(town, case)
    one = await offered(town, case, to(west.team, west.caseworker, handover=HANDOVER))

    for who in (west.caseworker, west.supervisor):
        answer = await client.get(f"/transfers/{one.id}", headers=signed(who))
        for word in ("Aygün", "Məmmədova", HANDOVER, "1988", str(case.survivor_id)):
            assert word not in answer.text
        told_of = answer.json()
        assert (told_of["open_tasks"], told_of["live_referrals"]) == (1, 1)
        assert (told_of["district_code"], told_of["case_status_code"]) == ("az_fuz", case.status.value)
        for path in (f"/cases/{case.id}", f"/survivors/{case.survivor_id}", f"/cases/{case.id}/timeline"):
            assert (await client.get(path, headers=signed(who))).status_code == 404
    for who in (town.colleague, town.outsider, town.other_supervisor):
        assert (await client.get(f"/transfers/{one.id}", headers=signed(who))).status_code == 404


async def test_each_side_is_told_what_the_other_did(client: AsyncClient, town: Town) -> None:
    case, west = await a_case(town), await Agency(town).build()
    await agree(town, case)
    one = await offered(town, case, to(west.team, west.caseworker))
    body = {"decline_reason_code": "no_capacity"}
    refused = await ask(client, west.caseworker, f"/transfers/{one.id}/decline", body, one.version)
    two = await offered(town, case, to(west.team, west.caseworker))
    back = await ask(client, town.caseworker, f"/transfers/{two.id}/withdraw", version=two.version)
    three = await offered(town, case, to(west.team, west.caseworker))
    taken = await accept(client, west.supervisor, three)

    assert [each.status_code for each in (refused, back, taken)] == [200, 200, 200]
    for who in (west.caseworker, west.supervisor):
        kinds = [kind for kind, key in await told(town, who) if key in (one.id, two.id, three.id)]
        assert sorted(kinds) == ["transfer.offer"] * 3 + ["transfer.withdraw"]
    for who in (town.caseworker, town.supervisor):
        kinds = [kind for kind, key in await told(town, who) if key in (one.id, two.id, three.id)]
        assert sorted(kinds) == ["transfer.accept", "transfer.decline"]
    for verb, count in (("offer", 3), ("decline", 1), ("withdraw", 1), ("accept", 1)):
        assert len(await events(town, f"transfer.{verb}")) == count


async def test_it_leaves_the_organisation_only_if_the_person_agrees_and_a_supervisor_offers(
    client: AsyncClient, town: Town
) -> None:
    case, west = await a_case(town), await Agency(town).build()
    path, body = f"/cases/{case.id}/transfers", to(west.team, west.caseworker)

    unasked = await ask(client, town.supervisor, path, body)
    await agree(town, case)
    caseworker = await ask(client, town.caseworker, path, body)
    one = await offered(town, case, body)
    await withdraw(town, case)
    late = await accept(client, west.caseworker, one)

    assert (unasked.status_code, unasked.json()["code"]) == (409, "consent-missing")
    assert (caseworker.status_code, caseworker.json()["code"]) == (403, "forbidden")
    assert (late.status_code, late.json()["code"]) == (409, "consent-missing")
    assert (await case_now(town, case)).owner_id == town.caseworker.user_id
    assert (await now(town, one.id)).status == "offered"


async def test_the_index_of_names_follows_so_that_others_ask_the_right_organisation(
    client: AsyncClient, town: Town
) -> None:
    case, west = await a_case(town), await Agency(town).build()
    await agree(town, case)
    one = await offered(town, case, to(west.team, west.caseworker))
    assert (await accept(client, west.caseworker, one)).status_code == 200

    async with town.work(town.coordinator) as session:
        mine = select(NameKey.organisation_id).where(NameKey.survivor_id == case.survivor_id)
        assert set((await session.exec(mine)).all()) == {west.body.id}
    again = await case_now(town, case)
    assert (again.organisation_id, again.version) == (west.body.id, case.version + 1)


async def test_a_colleague_takes_over_and_an_offer_follows_who_is_responsible(
    client: AsyncClient, town: Town
) -> None:
    case = await a_case(town)
    one = await offered(town, case, to(town.south), by=town.caseworker)
    async with town.work(town.supervisor) as session:
        given = AssignCase(owner_id=town.colleague.user_id, team_id=town.north.id)
        await cases.assign(session, town.supervisor, case.id, case.version, given)

    meanwhile = await seen(client, town.other_supervisor, one)
    unnamed = await accept(client, town.other_supervisor, one)
    answer = await accept(client, town.other_supervisor, one, town.outsider)

    assert meanwhile["responsible"]["owner_id"] == str(town.colleague.user_id)
    assert (unnamed.status_code, unnamed.json()["errors"][0]["pointer"]) == (422, "/owner_id")
    assert answer.status_code == 200, answer.text
    assert answer.json()["from_owner_id"] == str(town.colleague.user_id)
    assert (await client.get(f"/transfers/{one.id}", headers=signed(town.colleague))).status_code == 200
    assert (await case_now(town, case)).owner_id == town.outsider.user_id


@pytest.mark.parametrize("wrong", ["own", "own team", "nobody", "other team", "provider", "no supervisor"])
async def test_a_case_is_offered_to_who_can_take_it(client: AsyncClient, town: Town, wrong: str) -> None:
    case = await a_case(town)
    bodies: dict[str, dict[str, Any]] = {
        "own": to(town.north, town.caseworker),
        "own team": to(town.north),
        "nobody": to(town.south, to_owner_id=str(new_id())),
        "other team": to(town.south, town.colleague),
        "provider": to(town.south, town.provider),
        "no supervisor": to(town.south, to_team_id=str(new_id())),
    }

    answer = await ask(client, town.supervisor, f"/cases/{case.id}/transfers", bodies[wrong])

    assert answer.status_code == (422 if wrong == "no supervisor" else 409)
    assert answer.json()["code"] == ("invalid" if wrong == "no supervisor" else "taker-unfit")
    async with town.work(town.coordinator) as session:
        assert (await session.exec(select(Transfer))).all() == []


async def test_an_offer_stands_alone_and_ends_once(client: AsyncClient, town: Town) -> None:
    case = await a_case(town)
    body = to(town.south, town.outsider, id=str(new_id()))
    path = f"/cases/{case.id}/transfers"
    first = await ask(client, town.caseworker, path, body)
    again = await ask(client, town.caseworker, path, body)
    other = await ask(client, town.caseworker, path, body | {"reason_code": "caseload"})
    second = await ask(client, town.caseworker, path, to(town.south))
    one = await now(town, UUID(first.json()["id"]))

    own = await accept(client, town.caseworker, one)
    stale = await ask(client, town.outsider, f"/transfers/{one.id}/accept", version=9)
    for_another = await accept(client, town.outsider, one, town.other_supervisor)
    taken = await accept(client, town.outsider, one)
    twice = await ask(client, town.outsider, f"/transfers/{one.id}/accept", version=taken.json()["version"])
    back = await ask(client, town.caseworker, f"/transfers/{one.id}/withdraw", version=2)

    assert [each.status_code for each in (first, again, other, second)] == [201, 200, 409, 409]
    assert second.json()["transfer_id"] == str(one.id)
    assert (own.status_code, stale.status_code, for_another.status_code) == (409, 412, 422)
    assert taken.status_code == 200, taken.text
    assert [each.json()["code"] for each in (twice, back)] == ["illegal-move", "illegal-move"]


async def test_nobody_takes_on_for_the_other_side_what_they_offered(client: AsyncClient, town: Town) -> None:
    case = await a_case(town)
    one = await offered(town, case, to(town.south, town.outsider), by=town.coordinator)

    own = await accept(client, town.coordinator, one)
    other = await accept(client, town.other_supervisor, one)

    assert (own.status_code, own.json()["code"]) == (403, "somebody-else-needed")
    assert other.status_code == 200, other.text


async def test_a_case_that_ended_is_not_offered_nor_taken(client: AsyncClient, town: Town) -> None:
    closed = await a_case(town, CaseStatus.CLOSED)
    case = await a_case(town, given_name="Leyla")
    one = await offered(town, case, to(town.south, town.outsider))
    await move(town, case, CaseAction.CLOSE)

    new = await ask(client, town.supervisor, f"/cases/{closed.id}/transfers", to(town.south, town.outsider))
    answer = await accept(client, town.outsider, one)

    assert (new.status_code, new.json()["code"]) == (409, "case-not-open")
    assert (answer.status_code, answer.json()["code"]) == (409, "case-not-open")
    assert (await case_now(town, case)).owner_id == town.caseworker.user_id


@pytest.mark.parametrize("who", ["colleague", "outsider", "provider", "other_supervisor", "giver"])
async def test_the_database_itself_gives_nothing_to_who_was_not_asked(town: Town, who: str) -> None:
    case, west = await a_case(town), await Agency(town).build()
    await agree(town, case)
    one = await offered(town, case, to(west.team, west.caseworker))
    thief: Actor = town.supervisor if who == "giver" else getattr(town, who)
    take = sa.text("select take_over(:one, 1, :me)").bindparams(one=one.id, me=thief.user_id)

    with pytest.raises(NotFound):
        async with town.work(thief) as session:
            await (await session.connection()).scalar(take)
    with pytest.raises(NotFound):  # nor do they put a file into the hands of somebody of another team
        async with town.work(west.supervisor) as session:
            await (await session.connection()).scalar(take)

    assert (await case_now(town, case)).owner_id == town.caseworker.user_id


async def test_the_database_itself_refuses_an_offer_that_is_accepted_by_who_made_it(town: Town) -> None:
    case = await a_case(town)
    one = await offered(town, case, to(town.south, town.outsider))
    done = {"status": "accepted", "ended_at": clock.now(), "answered_by_id": town.supervisor.user_id}

    with pytest.raises(Clash):
        async with town.work(town.supervisor) as session:
            await session.exec(sa.update(Transfer).where(Transfer.id == one.id).values(**done))  # type: ignore[arg-type]


async def test_lists_show_each_side_its_own(client: AsyncClient, town: Town) -> None:
    case, west = await a_case(town), await Agency(town).build()
    await agree(town, case)
    one = await offered(town, case, to(west.team, west.caseworker))
    found: dict[tuple[str, Role, str], int] = {}
    for body, people in (("town", [*town.everybody.values()]), ("west", [west.caseworker, west.supervisor])):
        for who in people:
            for side in ("giving", "taking"):
                path = f"/transfers?side={side}&status=offered"
                answer = await client.get(path, headers=signed(who))
                items = answer.json().get("items", []) if answer.status_code == 200 else []
                if items:
                    found[body, who.role, side] = len(items)
                    assert items[0]["id"] == str(one.id)
                    assert items[0]["handover"] is None

    assert found == {
        ("town", Role.CASEWORKER, "giving"): 1,
        ("town", Role.SUPERVISOR, "giving"): 1,
        ("town", Role.COORDINATOR, "giving"): 1,
        ("west", Role.CASEWORKER, "taking"): 1,
        ("west", Role.SUPERVISOR, "taking"): 1,
    }
