"""Make survivors for tests, through real actions."""

from datetime import timedelta
from typing import Any

from sqlmodel import col, select

from app.access.actor import Actor
from app.audit.models import AuditEvent
from app.core import clock
from app.survivors import actions
from app.survivors.models import Survivor
from app.survivors.schemas import Register
from tests.factories import Town


def consent(purpose: str = "registration_and_case_management", **changes: Any) -> dict[str, Any]:
    """A consent as a client sends it: an adult's own, in writing, today, for a year."""
    today = clock.today()
    return {
        "purpose_code": purpose,
        "data_codes": ["identity", "contact", "health"],
        "operation_codes": ["collect", "store", "use"],
        "deletion_code": "closure_plus_5_years",
        "text_version": "2026-1",
        "language_code": "az",
        "mode_code": "written",
        "given_by_code": "self",
        "given_on": today.isoformat(),
        "valid_until": (today + timedelta(days=365)).isoformat(),
    } | changes


def registration(**changes: Any) -> dict[str, Any]:
    """A registration as a client sends it: a grown woman with her consent."""
    return {
        "category_code": "direct_survivor",
        "sex_code": "female",
        "given_name": "Aygün",
        "surname": "Məmmədova",
        "patronymic": "Vüqar qızı",
        "birth": {"date": "1988-03-01", "precision": "month"},
        "district_code": "az_fuz",
        "consents": [consent()],
    } | changes


async def survivor(town: Town, actor: Actor | None = None, **changes: Any) -> Survivor:
    """A person on the caseworker's (or the actor's) caseload, whoever else may have such a name."""
    who = actor or town.caseworker
    given = Register.model_validate({"confirm_new": True} | registration(**changes))
    async with town.work(who) as session:
        return (await actions.register(session, who, given))[0]


async def trail(town: Town) -> list[tuple[str, list[str]]]:
    """The audit trail: each act and the ids it was done to, oldest first."""
    async with town.work(town.auditor) as session:
        lines = select(AuditEvent.action, AuditEvent.object_ids).order_by(col(AuditEvent.id))
        return [(action, [str(one) for one in ids]) for action, ids in await session.exec(lines)]
