"""Nobody but the counsellor obtains an answer, a score or the instrument that was asked: by any way."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import AsyncClient
from sqlmodel import select

from app.access.actor import Actor
from app.cases.models import Task
from app.core import clock
from app.core.errors import Forbidden, NotFound
from app.core.ids import new_id
from app.core.pages import Page
from app.psychosocial.models import CompartmentKey, Screening
from app.psychosocial.schemas import ScreeningOut
from app.referrals.states import LIVE, Status
from app.risks.models import RiskFlag
from app.risks.schemas import RiskFlagsOut
from tests import described
from tests.factories import Town, signed
from tests.journeys import payloads
from tests.psychosocial.factories import referred, screened
from tests.reading import as_read
from tests.risks.factories import flags

ANSWERS = payloads.screening(q1=3, q2=3, q9=3)["answers"]
ANYBODYS = {
    f"/api/v1/{name}" for name in ("instruments", "milestone-definitions", "code-lists/{name}")
}  # what may be asked, of nobody
THE_COUNSELLORS = {"/api/v1/cases/{case_id}/screenings", "/api/v1/cases/{case_id}/screenings/changes"}
TELLS = re.compile(r'(?<![a-z0-9-])(phq.?9|q9)(?![a-z0-9-])|moderately|"minimal"|"mild"', re.IGNORECASE)
"""Whole words: the drawn letters of a code may be just these."""


def others(town: Town) -> list[Actor]:
    """Everybody but the counsellor of the facility, who may be of it, of the team, or of another place."""
    strangers = [town.colleague, town.outsider, town.other_supervisor, town.other_provider]
    return [actor for actor in town.everybody.values() if actor != town.counsellor] + strangers


def elsewhere(town: Town) -> Actor:
    """A counsellor of another facility."""
    return replace(town.counsellor, facility_id=town.club.id)


@pytest.mark.parametrize("table", [Screening, CompartmentKey])
async def test_the_database_itself_shows_it_to_no_other(town: Town, table: Any) -> None:
    _, case = await referred(town)
    await screened(town, town.counsellor, case)

    seen: list[Actor] = []
    for actor in (*others(town), elsewhere(town), town.counsellor):
        try:
            async with town.work(actor) as session:
                seen += [actor] * len((await session.exec(select(table))).all())
        except NotFound:
            assert actor == town.analyst

    assert seen == [town.counsellor]


@pytest.mark.parametrize("status", Status)
@pytest.mark.usefixtures("line")
async def test_a_case_is_open_to_the_counsellor_while_a_referral_is_live(
    client: AsyncClient, town: Town, status: Status
) -> None:
    _, case = await referred(town, status)
    path, me = f"/cases/{case.id}", signed(town.counsellor)

    posted = await client.post(f"{path}/screenings", json=payloads.screening(q9=1), headers=me)
    listed = await client.get(f"{path}/screenings", headers=me)
    flagged = await client.get(f"{path}/risk-flags", headers=me)

    expected = (201, 200, 200) if status in LIVE else (404, 404, 404)
    assert (posted.status_code, listed.status_code, flagged.status_code) == expected


@pytest.mark.usefixtures("line")
async def test_it_closes_with_the_consent(
    client: AsyncClient, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    post, case = await referred(town)
    await screened(town, town.counsellor, case)
    path, me = f"/cases/{case.id}/screenings", signed(town.counsellor)
    assert (await client.get(path, headers=me)).status_code == 200

    with monkeypatch.context() as later:
        later.setattr(clock, "today", lambda: clock.day_of(clock.now() + timedelta(days=4000)))
        assert (await client.get(path, headers=me)).status_code == 404
    await post.withdraw(post.consents[town.workshop.id])
    assert (await client.get(path, headers=me)).status_code == 404


@pytest.mark.usefixtures("line")
async def test_nobody_else_asks_or_reads(client: AsyncClient, town: Town) -> None:
    _, case = await referred(town)
    await screened(town, town.counsellor, case)

    with pytest.raises(NotFound):
        await screened(town, elsewhere(town), case)
    for actor in others(town):
        with pytest.raises(Forbidden):
            await screened(town, actor, case)
        for path in ("screenings", "screenings/changes"):
            answer = await client.get(f"/cases/{case.id}/{path}", headers=signed(actor))
            assert answer.status_code == 403


async def test_a_counsellor_adds_no_flag_or_task_but_for_what_was_asked(town: Town) -> None:
    _, case = await referred(town)
    held: dict[str, Any] = {"case_id": case.id, "owner_id": case.owner_id, "team_id": case.team_id}
    due: dict[str, Any] = {"due_on": clock.today()}
    mine: dict[str, Any] = {"by_id": town.counsellor.user_id, "kind_code": "self_harm"}

    for row in (
        RiskFlag(**held, **due, **mine),  # answers to nothing
        RiskFlag(**held, **due, **mine | {"by_id": town.caseworker.user_id}, source_id=new_id()),
        Task(**held, **due, kind_code="call", about=new_id()),
        Task(**held, **due, kind_code="risk_flag"),
    ):
        with pytest.raises(NotFound):
            async with town.work(town.counsellor) as session:
                session.add(row)


async def test_no_route_tells_anybody_else(client: AsyncClient, town: Town) -> None:
    """Every GET there is, by everybody else, about everything around the person."""
    post, case = await referred(town)
    kept, _, _ = await screened(town, town.counsellor, case, answers=ANSWERS)
    (flag,) = await flags(town, case)
    referral = await post.referral(Status.SENT, share_codes=["identity", "assessments", "milestones"])
    known: dict[str, UUID | str] = {
        "case_id": case.id,
        "survivor_id": case.survivor_id,
        "referral_id": referral.id,
        "flag_id": flag.id,
    }
    asked = 0
    for path, verbs in described.api()["paths"].items():
        names = re.findall(r"{(\w+)}", path)
        if "get" not in verbs or path in ANYBODYS or not set(names) <= set(known):
            continue
        for actor in set(others(town)) & set(town.everybody.values()):
            address = path.removeprefix("/api/v1").format(**known)
            answer = await client.get(address, headers=signed(actor))
            assert answer.status_code < 500
            said = as_read(answer)
            assert not TELLS.search(said), (path, actor.role)
            assert str(kept.id) not in said or actor == town.auditor, (path, actor.role)
            asked += 1

    assert asked >= 300, "a rule that looks at nothing proves nothing"
    shown = await client.get(f"/cases/{case.id}/screenings", headers=signed(town.counsellor))
    assert TELLS.search(shown.text), "what is looked for is there to be found"


async def test_the_flag_says_of_which_kind_and_not_what_was_answered(client: AsyncClient, town: Town) -> None:
    _, case = await referred(town)
    await screened(town, town.counsellor, case, answers=ANSWERS)

    for actor in (town.caseworker, town.supervisor, town.coordinator, town.counsellor):
        answer = await client.get(f"/cases/{case.id}/risk-flags", headers=signed(actor))
        (flag,) = RiskFlagsOut.model_validate(answer.json()).items
        assert (flag.kind_code, flag.by_rule, flag.seen) == ("self_harm_thoughts", True, None)
        assert bool(flag.open_actions) is (actor != town.counsellor)
    for actor in (town.provider, town.sports, town.administrator, town.auditor):
        answer = await client.get(f"/cases/{case.id}/risk-flags", headers=signed(actor))
        assert answer.status_code == 403


async def test_the_counsellor_reads_page_by_page_and_sees_what_has_changed(
    client: AsyncClient, town: Town
) -> None:
    _, case = await referred(town)
    path, me = f"/cases/{case.id}/screenings", signed(town.counsellor)
    days = ["2026-01-05", "2026-03-05", "2026-05-05"]
    twenty = {f"q{n}": 2 for n in range(1, 21)}
    for day, less in zip(days, (0, 5, 20), strict=True):
        answers = twenty | {f"q{n}": 1 for n in range(1, less + 1)}
        sent = {"instrument_code": "pcl_5", "assessed_on": day, "answers": answers}
        assert (await client.post(path, json=sent, headers=me)).status_code == 201

    first = await client.get(path, params={"limit": 2}, headers=me)
    page = Page[ScreeningOut].model_validate_json(first.text)
    rest = await client.get(path, params={"limit": 2, "cursor": page.next_cursor}, headers=me)
    changes = (await client.get(f"{path}/changes", headers=me)).json()["items"]

    shown = [*page.items, *Page[ScreeningOut].model_validate_json(rest.text).items]
    assert [str(each.assessed_on) for each in shown] == days[::-1]
    assert [(c["code"], c["difference"], c["verdict"]) for c in changes] == [("total", -20, "better")]
