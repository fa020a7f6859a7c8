"""A deminer who has nightmares, and who answers that he would rather not live; over HTTP, by role."""

from httpx import AsyncClient

from app.assessments.instrument import instruments
from tests.factories import Town
from tests.journeys import payloads
from tests.journeys.payloads import Body, day
from tests.journeys.telling import Telling, reached
from tests.support import factories as support
from tests.support.factories import a_shared_case

ITEMS = [item.code for item in instruments()["pcl_5"].items]
THOUGHTS = "q9"  # of the PHQ-9: that one would be better off dead


def trauma(answer: int, days_ago: int) -> Body:
    """The PCL-5, each item answered alike."""
    on = day(-days_ago)
    return {"instrument_code": "pcl_5", "assessed_on": on, "answers": dict.fromkeys(ITEMS, answer)}


async def test_a_deminer_is_not_left_alone_with_his_answer(client: AsyncClient, town: Town) -> None:
    telling = Telling(client, town)
    shared = await a_shared_case(town, occupation_code="employed")
    case, me, counsellor = f"/cases/{shared.case_id}", town.caseworker, town.counsellor

    episode = await telling.post(f"{case}/psychosocial-episodes", support.episode(), counsellor)
    await telling.post(f"{case}/screenings", trauma(3, 20), counsellor)
    asked = payloads.screening(q1=2, q2=2, **{THOUGHTS: 2})
    asked["assessed_on"] = day(-20)
    await telling.post(f"{case}/screenings", asked, counsellor)

    (flag,) = (await telling.get(f"{case}/risk-flags", me))["items"]
    assert (flag["kind_code"], flag["by_rule"], flag["due_on"]) == ("self_harm_thoughts", True, day())
    assert THOUGHTS not in str(flag)
    for who in (me, town.supervisor):
        told = (await telling.get("/notifications?unread=true&limit=200", who))["items"]
        assert "risk_flag.raise" in {one["kind"] for one in told}
    due = (await telling.get("/tasks?limit=200", me))["items"]
    assert [one["due_on"] for one in due if one["kind_code"] == "risk_flag"] == [day()]

    for path in ("screenings", "screenings/changes", "support-notes"):
        assert await telling.refused(f"{case}/{path}", None, me, verb="get") == (403, "forbidden")
    assert await telling.refused(f"{case}/risk-flags/{flag['id']}/close", {}, me, 1) == (422, "invalid")
    flag = await telling.post(f"{case}/risk-flags/{flag['id']}/acknowledge", {}, me, flag["version"])
    done = {"action_code": "trusted_person", "done": "His brother stays with him; the knives are away."}
    await telling.post(f"{case}/risk-flags/{flag['id']}/close", done, me, flag["version"])

    for held, attended in ((-18, "present"), (-11, "absent"), (-4, "present")):
        said: Body = {"intervention_code": "trauma_focused_cbt", "held_on": day(held)}
        said |= {"attendance_code": attended}
        said |= {"minutes": None} if attended == "absent" else {}
        session = await telling.post(f"{case}/support-sessions", support.session(episode, **said), counsellor)
        if attended == "present":
            await telling.post(f"{case}/support-notes", support.note(session), counsellor)
    await telling.post(f"{case}/screenings", trauma(1, 1), counsellor)
    changes = (await telling.get(f"{case}/screenings/changes", counsellor))["items"]

    (change,) = [one for one in changes if one["instrument_code"] == "pcl_5"]
    assert (change["baseline"]["value"], change["latest"]["value"]) == (60, 20)
    assert change["verdict"] == "better"
    shown = await telling.timeline(case)
    assert reached(shown) == {"wellbeing_screened", "counselling_started"}
    risk = [(one["what"], one["status"]) for one in shown if one["kind"] == "risk"]
    assert risk == [("self_harm_thoughts", "closed")]
    assert {"support", "support_session", "risk", "milestone", "task", "referral"} <= {
        one["kind"] for one in shown
    }
    assert not [word for word in ("pcl_5", "phq_9", "cbt", support.NOTE) if word in str(shown)]
