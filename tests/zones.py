"""Put the programme elsewhere on Earth: the settings and the database's connection, as one."""

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.config import settings

FAR = ("Pacific/Kiritimati", "Etc/GMT+12")  # at any hour one of them has another date than Greenwich


async def be_in(zone: str, patch: pytest.MonkeyPatch, connection: AsyncConnection) -> None:
    """Work in this zone until the test ends, which takes its transaction back."""
    patch.setattr(settings(), "time_zone", zone)
    await connection.execute(sa.text("select set_config('app.time_zone', :zone, false)"), {"zone": zone})
