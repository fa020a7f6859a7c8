"""What counsellors send about support, and cases that are shared with them."""

from collections.abc import Callable
from typing import Any

from tests.factories import Town
from tests.journeys.payloads import Body, day
from tests.referrals.factories import Post, a_post

NOTE = "Zülmət quyu N4711: she dreams of the field"
SHARES = ["identity", "injury", "psychosocial", "reintegration"]


def episode(**more: Any) -> Body:
    """Focused support since a month."""
    return {"layer_code": "l3", "opened_on": day(-30)} | more


def session(episode: Any = None, **more: Any) -> Body:
    """A session that she came to."""
    of = {"episode_id": episode["id"]} if episode else {}
    rest = {"intervention_code": "counselling_individual", "attendance_code": "present", "minutes": 50}
    return of | rest | {"held_on": day(-20)} | more


def note(session: Any = None, **more: Any) -> Body:
    """What is to be remembered of it."""
    return ({"session_id": session["id"]} if session else {}) | {"text": NOTE} | more


def peer(**more: Any) -> Body:
    """A man who walks on a prosthesis and was trained."""
    return {
        "name": "Həmdərd Sınaqov",
        "sex_code": "male",
        "birth_year": 1980,
        "language_codes": ["az", "ru"],
        "experience_codes": ["lower_limb_loss"],
        "most": 2,
        "trained_on": day(-400),
    } | more


def pair(peer: Any, **more: Any) -> Body:
    """He accompanies her since ten days, and she agreed."""
    return {"peer_id": peer["id"], "started_on": day(-10), "agreed_by_code": "self"} | more


BODIES: dict[str, Callable[..., Body]] = {
    "psychosocial_episode": lambda _: episode(),
    "support_session": lambda of: session(of, intervention_code="psychoeducation"),
    "support_note": note,
}
PARENTS = {"support_session": "psychosocial_episode", "support_note": "support_session"}


async def a_shared_case(town: Town, **more: Any) -> Post:
    """A case of which the workshop's counsellor was sent the psychosocial part."""
    post = await a_post(town, **more)
    await post.consent()
    await post.referral(share_codes=SHARES, service_codes=["prosthetics"])
    return post
