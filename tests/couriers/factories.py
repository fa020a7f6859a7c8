"""People who want to be told, systems that are told, and ways out that only note what they were given."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from httpx import AsyncClient
from sqlmodel import col, select

from app.access.actor import Actor
from app.core.config import settings
from app.core.db import unit_of_work
from app.couriers.models import Channel, Delivery
from app.couriers.parcels import Fault, Parcel
from app.couriers.queries import COURIER
from tests.factories import Town, signed

Json = dict[str, Any]
HOST = "hooks.example.org"
URL = f"https://{HOST}/dayaq"
PREFERENCE = "/notifications/preference"


class Ways(dict[Channel, Any]):
    """Every way out, each noting what it was given; it refuses while `fault` is set."""

    def __init__(self, *channels: Channel) -> None:
        super().__init__(dict.fromkeys(channels or Channel, self._take))
        self.taken: list[Parcel] = []
        self.fault: Fault | BaseException | None = None

    async def _take(self, parcel: Parcel) -> None:
        if self.fault:
            raise self.fault
        self.taken.append(parcel)

    def by(self, channel: Channel) -> list[Parcel]:
        """What went by this way."""
        return [parcel for parcel in self.taken if parcel.channel is channel]


@pytest.fixture
def allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """One host that webhooks may be sent to."""
    monkeypatch.setattr(settings(), "webhook_hosts", (HOST,))


async def prefer(client: AsyncClient, actor: Actor, **said: Any) -> Json:
    """This person says how to be told."""
    now = await client.get(PREFERENCE, headers=signed(actor))
    answer = await client.put(PREFERENCE, json=said, headers=signed(actor, now.json()["version"]))
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def hook(client: AsyncClient, town: Town, **changes: Any) -> Json:
    """A webhook of the workshop's."""
    body = {"facility_id": str(town.workshop.id), "url": URL} | changes
    answer = await client.post("/webhooks", json=body, headers=signed(town.administrator))
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


async def deliveries(town: Town) -> Sequence[Delivery]:
    """All there are."""
    async with unit_of_work(town.database, COURIER) as session:
        return (await session.exec(select(Delivery).order_by(col(Delivery.id)))).all()


async def pass_by(town: Town, wait: timedelta) -> None:
    """So much time goes by for every delivery."""
    async with unit_of_work(town.database, COURIER) as session:
        gone = sa.literal(wait, sa.Interval())
        sooner = {"due_at": col(Delivery.due_at) - gone, "held_until": col(Delivery.held_until) - gone}
        await session.exec(sa.update(Delivery).values(sooner))
