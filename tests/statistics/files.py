"""Files for the release job to count, written straight into the tables with any day of registration."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import unit_of_work
from app.core.ids import new_id
from app.incidents.models import Casualty, Incident
from app.survivors.models import Consent, Survivor
from tests.factories import Town


@dataclass
class Files:
    """A register of the northern team. `owner` is the database's superuser, as whoever loads old records."""

    town: Town
    owner: AsyncEngine
    written: int = field(default=0)

    async def add(self, number: int = 1, *, consent: bool = True, **facts: Any) -> list[Survivor]:
        """So many alike files, by default of women from Füzuli registered in 2024."""
        made = [self.made(**facts) for _ in range(number)]
        async with unit_of_work(self.owner, None) as session:
            session.add_all(made)
            await session.flush()
            if consent:
                session.add_all([self.consent(one) for one in made])
        return made

    async def keep(self, *rows: object) -> None:
        """Save other rows."""
        async with unit_of_work(self.owner, None) as session:
            for row in rows:
                session.add(row)
                await session.flush()

    async def clear(self) -> None:
        """Nothing registered, nothing released; only a superuser who says so gets past the triggers."""
        async with unit_of_work(self.owner, None) as session:
            connection = await session.connection()
            await connection.execute(sa.text("set local session_replication_role = replica"))
            await connection.execute(sa.text("truncate stats.cohort, survivor, incident, programme cascade"))

    def consent(
        self,
        survivor: Survivor,
        purpose: str = "anonymised_statistics",
        given_on: date = date(2024, 1, 2),
        valid_until: date = date(2100, 1, 1),
        withdrawn_at: datetime | None = None,
    ) -> Consent:
        """What the person agreed to."""
        return Consent(
            survivor_id=survivor.id,
            owner_id=survivor.owner_id,
            team_id=survivor.team_id,
            operator_id=survivor.organisation_id,
            purpose_code=purpose,
            data_codes=["health"],
            operation_codes=["use"],
            deletion_code="closure_plus_5_years",
            text_version="2026-1",
            language_code="az",
            mode_code="written",
            given_by_code="self",
            given_on=given_on,
            valid_until=valid_until,
            withdrawn_at=withdrawn_at,
        )

    def accident(self, age: int | None, occurred_on: date = date(2020, 6, 1)) -> tuple[Incident, Casualty]:
        """An accident with one casualty of this age."""
        incident = Incident(
            code=f"INC-{new_id().hex[-12:]}",
            organisation_id=self.town.agency.id,
            registered_by_id=self.town.caseworker.user_id,
            occurred_on=occurred_on,
            occurred_precision="day",
            district_code="az_fuz",
        )
        casualty = Casualty(incident_id=incident.id, number=1, outcome_code="injured", age=age)
        return incident, casualty

    def made(self, **facts: Any) -> Survivor:
        self.written += 1
        usual: dict[str, Any] = {
            "owner_id": self.town.caseworker.user_id,
            "team_id": self.town.north.id,
            "organisation_id": self.town.agency.id,
            "code": f"TEST-{self.written:06}",
            "category_code": "indirect_family",
            "sex_code": "female",
            "birth_year": 1980,
            "district_code": "az_fuz",
            "registered_on": date(2024, 5, 1),
        }
        return Survivor(**usual | facts)
