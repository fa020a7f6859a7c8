"""Every action of a referral: who, when, and what is left behind."""

import pytest

from app.referrals.states import Status
from tests.factories import Town
from tests.referrals.factories import a_post


@pytest.mark.parametrize("status", Status)
async def test_every_status_is_reached_by_real_steps(town: Town, status: Status) -> None:
    post = await a_post(town)

    referral = await post.referral(at=status)

    assert referral.status is status
    assert [m.target for m in await post.moves(referral.id)][-1] is status
