"""What a client sends about a risk flag, and what it gets back."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Permission
from app.cases import queries as cases
from app.cases import rules as case_rules
from app.cases.models import Case
from app.codelists.lists import coded, recorded
from app.core import clock
from app.core.dates import PastDay
from app.core.given import Given, Text
from app.core.shown import Shown
from app.core.vault import Box
from app.risks.models import RiskFlag
from app.risks.states import RISK_FLAG, Action, Status
from app.survivors import queries as survivors


class RaiseRiskFlag(Given):
    """A danger that somebody saw: of which kind, and what was seen."""

    id: UUID | None = None
    kind_code: Annotated[str, coded("risk_kind")]
    seen: Text


class CloseRiskFlag(Given):
    """What was done about it, and on which day. Nothing else closes a flag."""

    action_code: Annotated[str, coded("risk_action")]
    acted_on: PastDay = Field(default_factory=clock.today)
    done: Text


class RiskFlagOut(Shown):
    """A danger, by whom it is looked into, and what was done. It never says what was answered.

    `by_rule`: an answer raised it, not a person.
    """

    id: UUID
    version: int
    created_at: datetime
    case_id: UUID
    kind_code: Annotated[str, recorded("risk_kind")]
    by_rule: bool
    seen: str | None
    due_on: date
    by_id: UUID
    status: Status
    acknowledged_at: datetime | None
    acknowledged_by_id: UUID | None
    action_code: Annotated[str, recorded("risk_action")] | None
    acted_on: date | None
    done: str | None
    closed_at: datetime | None
    closed_by_id: UUID | None
    open_actions: list[Action]

    @classmethod
    def of(cls, flag: RiskFlag, case: Case, actor: Actor, box: Box) -> Self:
        """The flag, opened, and what this actor may do about it."""
        texts = {
            name: sealed and box.read("risk_flag", name, flag.id, sealed)
            for name, sealed in (("seen", flag.seen), ("done", flag.done))
        }
        may = RISK_FLAG.open(flag.status, case_rules.parties(case, actor))
        kept = flag.model_dump(exclude={"owner_id", "team_id", "source_id"})
        return cls.model_validate(kept | texts | {"by_rule": flag.source_id is not None, "open_actions": may})


class RiskFlagsOut(Shown):
    """The flags of a case, newest first."""

    items: list[RiskFlagOut]


async def show(session: AsyncSession, actor: Actor, flag: RiskFlag) -> RiskFlagOut:
    """A flag as this actor sees it, who has just changed it."""
    case = await cases.get(session, actor.grant(Permission.CASE_WRITE), flag.case_id)
    return RiskFlagOut.of(flag, case, actor, await survivors.box(session, case.survivor_id))
