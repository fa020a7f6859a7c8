"""Administration of accounts: who may let in whom, and how soon it takes effect."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.table import Role
from app.core.ids import new_id
from tests.accounts.people import (
    OTHER_PASSWORD,
    PASSWORD,
    Clock,
    at_gate,
    bearer,
    browser,
    code,
    enrol,
    give_password,
    make_cheap,
    sign_in,
    told,
    trail,
)
from tests.factories import Town, signed


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    make_cheap(monkeypatch)


@pytest.fixture
async def web(connection: AsyncConnection) -> AsyncIterator[AsyncClient]:
    async with browser(connection) as client:
        yield client


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def newcomer(town: Town, **changes: Any) -> dict[str, Any]:
    place = {"role": "caseworker", "organisation_id": str(town.agency.id), "team_id": str(town.north.id)}
    whole = {
        "username": "Leyla@Clinic.az",
        "display_name": "Leyla Ə.",
        "language": "az",
        "memberships": [place],
    }
    return whole | changes


async def invite(web: AsyncClient, town: Town, **changes: Any) -> Response:
    return await web.post("/users", headers=signed(town.administrator), json=newcomer(town, **changes))


def user(town: Town, who: str = "colleague") -> str:
    return f"/users/{getattr(town, who).user_id}"


async def test_only_an_administrator_sees_or_changes_accounts(web: AsyncClient, town: Town) -> None:
    requests: list[tuple[str, str, Any]] = [
        ("GET", "/users", None),
        ("POST", "/users", newcomer(town)),
        ("GET", user(town), None),
        ("PATCH", user(town), {"display_name": "X"}),
        ("POST", f"{user(town)}/invite", None),
        ("POST", f"{user(town)}/disable", None),
        ("POST", f"{user(town)}/enable", None),
        ("POST", f"{user(town)}/remove-factor", None),
        ("POST", f"{user(town)}/memberships", newcomer(town)["memberships"][0]),
        ("POST", f"{user(town)}/memberships/{town.colleague.membership_id}/end", None),
    ]
    for role, actor in town.everybody.items():
        if role is Role.ADMINISTRATOR:
            continue
        for method, path, body in requests:
            answer = await web.request(method, path, headers=signed(actor, 1), json=body)
            assert code(answer) == (403, "forbidden"), (role, path)
    for method, path, body in requests:
        assert (await web.request(method, path, json=body)).status_code == 401


async def test_nobody_changes_their_own_rights(web: AsyncClient, town: Town) -> None:
    me, mine = user(town, "administrator"), signed(town.administrator, 1)
    caseworker = newcomer(town)["memberships"][0]

    for path, body in {
        f"{me}/memberships": caseworker,
        f"{me}/memberships/{town.administrator.membership_id}/end": None,
        f"{me}/disable": None,
        f"{me}/enable": None,
        f"{me}/invite": None,
        f"{me}/remove-factor": None,
    }.items():
        assert code(await web.post(path, headers=mine, json=body)) == (409, "own-account"), path


async def test_letting_somebody_in_needs_a_fresh_proof_and_shutting_out_does_not(
    web: AsyncClient, town: Town, hands: Clock, connection: AsyncConnection
) -> None:
    name = await give_password(connection, town.administrator)
    mine = bearer(await sign_in(web, name))
    hands.later(minutes=4, seconds=50)
    fresh = await web.post("/users", headers=mine, json=newcomer(town))
    hands.later(minutes=5, seconds=1)
    await at_gate(connection, "update login_session set auth_at = auth_at - interval '301 s'")
    mine = bearer(await web.post("/auth/refresh", headers={"x-requested-with": "dayaq"}))
    mine |= {"if-match": '"1"'}

    late = [
        await web.post("/users", headers=mine, json=newcomer(town, username="other")),
        await web.post(f"{user(town)}/memberships", headers=mine, json=newcomer(town)["memberships"][0]),
        await web.post(f"{user(town)}/invite", headers=mine),
        await web.post(f"{user(town)}/enable", headers=mine),
        await web.post(f"{user(town)}/remove-factor", headers=mine),
    ]
    out = await web.post(f"{user(town)}/disable", headers=mine)
    await web.post("/auth/step-up", headers=mine, json={"password": PASSWORD})
    again = await web.post(f"{user(town)}/enable", headers=mine | {"if-match": '"2"'})

    assert fresh.status_code == 201
    assert {code(each) for each in late} == {(403, "step-up-needed")}
    assert (out.status_code, again.status_code) == (200, 200)


async def test_disabling_takes_effect_on_the_next_request_of_every_device(
    web: AsyncClient, town: Town, connection: AsyncConnection
) -> None:
    name = await give_password(connection, town.colleague)
    devices = [bearer(await sign_in(web, name)), signed(town.colleague)]

    out = await web.post(f"{user(town)}/disable", headers=signed(town.administrator, 1))

    assert out.json()["standing"] == "disabled"
    for device in devices:
        assert code(await web.get("/auth/me", headers=device)) == (401, "unknown-caller")
    assert (await web.post("/auth/refresh", headers={"x-requested-with": "dayaq"})).status_code == 401
    assert code(await sign_in(web, name)) == (401, "sign-in-refused")


async def test_enabling_does_not_bring_old_sessions_back(
    web: AsyncClient, town: Town, connection: AsyncConnection
) -> None:
    name = await give_password(connection, town.colleague)
    old = bearer(await sign_in(web, name))
    await web.post(f"{user(town)}/disable", headers=signed(town.administrator, 1))

    back = await web.post(f"{user(town)}/enable", headers=signed(town.administrator, 2))

    assert back.json()["standing"] == "active"
    assert (await web.get("/auth/me", headers=old)).status_code == 401
    assert (await sign_in(web, name)).status_code == 200


async def test_a_disabled_person_cannot_come_back_by_an_older_invitation(
    web: AsyncClient, town: Town
) -> None:
    invited = (await invite(web, town)).json()
    path = f"/users/{invited['user']['id']}"
    tag = {"if-match": f'"{invited["version"]}"'}
    out = await web.post(f"{path}/disable", headers=signed(town.administrator) | tag)

    accepted = await web.post(
        "/auth/invitations/accept", json={"token": invited["token"], "password": OTHER_PASSWORD}
    )
    tag = {"if-match": out.headers["etag"]}
    again = await web.post(f"{path}/invite", headers=signed(town.administrator) | tag)
    back = await web.post(f"{path}/enable", headers=signed(town.administrator) | tag)

    assert code(accepted) == (409, "invitation-void")
    assert code(again) == (409, "clash")
    assert back.json()["standing"] == "invited"


async def test_a_role_given_or_taken_holds_from_the_next_request_on(
    web: AsyncClient, town: Town, connection: AsyncConnection
) -> None:
    theirs = signed(town.colleague)
    place = {"role": "provider", "organisation_id": str(town.centre.id), "facility_id": str(town.workshop.id)}

    given = await web.post(f"{user(town)}/memberships", headers=signed(town.administrator, 1), json=place)
    new = next(each["id"] for each in given.json()["memberships"] if each["role"] == "provider")
    as_provider = (await web.get("/auth/me", headers=theirs | {"x-membership": new})).json()
    unsaid = await web.get("/organisations", headers=theirs)
    taken = await web.post(f"{user(town)}/memberships/{new}/end", headers=signed(town.administrator, 2))
    after = await web.get("/organisations", headers=theirs | {"x-membership": new})

    assert as_provider["permissions"]["referral:answer"] == "facility"
    assert "case:read" not in as_provider["permissions"]
    assert code(unsaid) == (403, "membership-needed")
    assert [each["ended_at"] is None for each in taken.json()["memberships"]] == [True, False]
    assert code(after) == (403, "membership-needed")
    assert await told(connection, town.colleague) == ["membership.add", "membership.end"]


async def test_a_membership_of_somebody_else_is_not_found_under_this_person(
    web: AsyncClient, town: Town
) -> None:
    mine = signed(town.administrator, 1)

    theirs = await web.post(f"{user(town)}/memberships/{town.outsider.membership_id}/end", headers=mine)
    nobodys = await web.post(f"{user(town)}/memberships/{new_id()}/end", headers=mine)

    assert theirs.status_code == nobodys.status_code == 404
    assert (await web.get("/auth/me", headers=signed(town.outsider))).json()["permissions"]


def place_of(town: Town, role: str, organisation: UUID, **where: UUID | None) -> dict[str, Any]:
    return {"role": role, "organisation_id": str(organisation)} | {k: v and str(v) for k, v in where.items()}


async def test_a_role_needs_the_place_that_its_reach_is_counted_from(web: AsyncClient, town: Town) -> None:
    agency, centre, north, workshop = town.agency.id, town.centre.id, town.north.id, town.workshop.id
    wrong = {
        "needs_team": place_of(town, "caseworker", agency),
        "needs_facility": place_of(town, "provider", centre),
        "takes_no_place": place_of(town, "administrator", agency, team_id=north),
        "elsewhere": place_of(town, "caseworker", centre, team_id=north),
        "not_in_directory": place_of(town, "auditor", new_id()),
    }
    more = [
        ("needs_team", place_of(town, "supervisor", agency)),
        ("takes_no_place", place_of(town, "caseworker", agency, team_id=north, facility_id=workshop)),
        ("elsewhere", place_of(town, "counsellor", agency, facility_id=workshop)),
        ("not_in_directory", place_of(town, "caseworker", agency, team_id=new_id())),
        ("not_in_directory", place_of(town, "sports_coordinator", centre, facility_id=north)),
    ]
    for reason, place in [*wrong.items(), *more]:
        mine = signed(town.administrator, 1)
        answer = await web.post(f"{user(town)}/memberships", headers=mine, json=place)
        assert (code(answer), answer.json()["reason"]) == ((422, "membership-unfit"), reason)
        assert code(await invite(web, town, memberships=[place])) == (422, "membership-unfit")


async def test_a_person_is_corrected_on_the_version_that_was_read(web: AsyncClient, town: Town) -> None:
    mine = signed(town.administrator)

    missing = await web.patch(user(town), headers=mine, json={"display_name": "Aysel"})
    good = await web.patch(user(town), headers=mine | {"if-match": '"1"'}, json={"display_name": "Aysel"})
    stale = await web.patch(user(town), headers=mine | {"if-match": '"1"'}, json={"display_name": "Nobody"})
    null = await web.patch(user(town), headers=mine | {"if-match": '"2"'}, json={"display_name": None})
    more = await web.patch(user(town), headers=mine | {"if-match": '"2"'}, json={"username": "root"})
    shown = await web.get(user(town), headers=mine)

    assert [each.status_code for each in (missing, good, stale, null, more)] == [428, 200, 412, 422, 422]
    assert stale.json()["current"]["display_name"] == shown.json()["display_name"] == "Aysel"
    assert good.headers["etag"] == shown.headers["etag"] == '"2"'


async def test_every_change_of_an_account_is_judged_on_the_version_that_was_read(
    web: AsyncClient, town: Town
) -> None:
    for path in ("invite", "disable", "enable", f"memberships/{town.colleague.membership_id}/end"):
        stale = await web.post(f"{user(town)}/{path}", headers=signed(town.administrator, 7))
        missing = await web.post(f"{user(town)}/{path}", headers=signed(town.administrator))
        assert (stale.status_code, missing.status_code) == (412, 428), path


async def test_a_lost_second_factor_is_taken_away_and_the_person_is_told_and_signed_out(
    web: AsyncClient, town: Town, connection: AsyncConnection
) -> None:
    await enrol(connection, town.colleague)
    name = await give_password(connection, town.colleague)

    before = await web.get(user(town), headers=signed(town.administrator))
    after = await web.post(f"{user(town)}/remove-factor", headers=signed(town.administrator, 1))
    absent = await web.post(f"{user(town)}/remove-factor", headers=signed(town.administrator, 2))

    assert (before.json()["second_factor"], after.json()["second_factor"]) == (True, False)
    assert code(absent) == (409, "factor-absent")
    assert (await web.get("/auth/me", headers=signed(town.colleague))).status_code == 401
    assert (await sign_in(web, name)).status_code == 200
    assert await told(connection, town.colleague) == ["user.remove_factor"]


async def test_every_change_is_written_down_with_who_did_it(
    web: AsyncClient, town: Town, connection: AsyncConnection
) -> None:
    mine = signed(town.administrator)
    await invite(web, town)
    await web.patch(user(town), headers=mine | {"if-match": '"1"'}, json={"display_name": "Aysel"})
    await web.post(f"{user(town)}/disable", headers=mine | {"if-match": '"2"'})
    await web.post(f"{user(town)}/enable", headers=mine | {"if-match": '"3"'})

    events = await trail(connection, "user.invite", "user.change", "user.disable", "user.enable")

    assert [event.action for event in events] == ["user.invite", "user.change", "user.disable", "user.enable"]
    assert {event.user_id for event in events} == {town.administrator.user_id}
    assert {event.role for event in events} == {"administrator"}
    assert [event.object_ids for event in events[1:]] == [[town.colleague.user_id]] * 3
    assert "Aysel" not in str([event.model_dump() for event in events])


async def test_a_refused_change_leaves_nothing_behind(
    web: AsyncClient, town: Town, connection: AsyncConnection
) -> None:
    before = await at_gate(connection, "select count(*) from user_account")

    await invite(web, town, memberships=[place_of(town, "auditor", new_id())])

    assert await at_gate(connection, "select count(*) from user_account") == before
    assert await trail(connection, "user.invite") == []


async def test_the_list_shows_everybody_page_by_page_and_nothing_that_proves_an_identity(
    web: AsyncClient, town: Town
) -> None:
    names, cursor, pages = [], "", 0
    while pages == 0 or cursor:
        path = f"/users?limit=5&cursor={cursor}" if cursor else "/users?limit=5"
        page = (await web.get(path, headers=signed(town.administrator))).json()
        assert all(
            each.keys() == {"id", "version", "username", "display_name", "standing"} for each in page["items"]
        )
        names += [each["username"] for each in page["items"]]
        cursor, pages = page["next_cursor"], pages + 1

    assert names == [each.username for each in sorted(town.users, key=lambda each: each.id)]
    assert pages == 3


async def test_the_list_can_be_narrowed_to_those_who_still_have_to_come(web: AsyncClient, town: Town) -> None:
    await invite(web, town)

    page = (await web.get("/users?standing=invited", headers=signed(town.administrator))).json()

    assert [each["username"] for each in page["items"]] == ["leyla@clinic.az"]
    assert (await web.get("/users?standing=x", headers=signed(town.administrator))).status_code == 422
