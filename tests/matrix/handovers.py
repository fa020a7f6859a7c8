"""Requests for the matrix about who is responsible: transfers, delegations, bulk assignments."""

from typing import Any

from app.cases.states import Status
from tests.delegations.factories import delegated
from tests.factories import signed
from tests.matrix.engine import Ask, Build
from tests.matrix.world import World
from tests.transfers import factories as handing
from tests.transfers.factories import Agency


def transfer(body: Any = None, away: bool = False) -> Build:
    """A case on offer: the caseworker's to another organisation (`away`), or one from there to them."""

    async def build(world: World) -> Ask:
        west = await Agency(world.town).build()
        if away:
            case = await world.case_at(Status.INTAKE)
            await handing.agree(world.town, case)
            one = await handing.offered(world.town, case, handing.to(west.team))
        else:
            one = await handing.arriving(world.town, west)
        return Ask({"transfer_id": one.id}, body=body, version=one.version if body is not None else None)

    return build


def delegation(change: bool = False) -> Build:
    """What the caseworker delegated, to a colleague who is in no other scene."""

    async def build(world: World) -> Ask:
        west = await Agency(world.town, world.town.agency).build()
        one = await delegated(world.town, world.town.caseworker, west.caseworker)
        return Ask({"delegation_id": one.id}, body={} if change else None, version=1 if change else None)

    return build


def bulk(world: World) -> dict[str, Any]:
    """The caseworker's case, to a colleague of the team."""
    owners = [str(world.town.colleague.user_id)]
    return {"case_ids": [str(world.case.id)], "team_id": str(world.town.north.id), "owner_ids": owners}


async def begun_in_bulk(world: World) -> Ask:
    """What the supervisor of the team has begun."""
    headers = signed(world.town.supervisor)
    answer = await world.client.post("/bulk-assignments", json=bulk(world), headers=headers)
    assert answer.status_code == 202, answer.text
    return Ask({"bulk_assignment_id": answer.json()["id"]})
