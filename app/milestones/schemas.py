"""What a client sends about a milestone, and what it gets back."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.actor import Actor
from app.access.table import Role
from app.codelists.lists import coded, recorded
from app.core import clock
from app.core.dates import PastDay
from app.core.given import Day, Given, LongText
from app.core.shown import Shown
from app.core.vault import Box
from app.milestones import queries, rules
from app.milestones.catalogue import LANGUAGES, Definition, definitions
from app.milestones.models import Milestone, MilestoneChange
from app.milestones.states import MILESTONE, Action, Status


def _in_catalogue(code: str) -> str:
    if code not in definitions():
        raise PydanticCustomError("not_in_catalogue", "Not a milestone of the catalogue")
    return code


DefinitionCode = Annotated[
    str,
    StringConstraints(max_length=60),
    AfterValidator(_in_catalogue),
    Field(json_schema_extra={"enum": list(definitions())}),
]
DropReason = Annotated[str, coded("milestone_drop_reason")]


class WantMilestone(Given):
    """A step that the person wants to reach. Without `due_on`: the catalogue's usual day."""

    id: UUID | None = None
    definition_code: DefinitionCode
    due_on: Day | None = None


class AmendMilestone(Given):
    """Another day by which it should be reached, or none."""

    due_on: Day | None


class MoveMilestone(Given):
    """When it happened: today, or a day that has been."""

    happened_on: PastDay = Field(default_factory=clock.today)


class ReachMilestone(MoveMilestone):
    """When it was reached, and what shows it."""

    evidence: LongText | None = None


class DropMilestone(MoveMilestone):
    """Why it is given up."""

    reason_code: DropReason


class LoseMilestone(MoveMilestone):
    """Why it is no longer true, where that is known, and what shows it."""

    reason_code: DropReason | None = None
    evidence: LongText | None = None


class DefinitionOut(Shown):
    """A step of the catalogue: its lane and place, its usual day, what shows it, who may confirm it.

    `facts`: kinds of records that show it by themselves. `check_after_days`: when it is looked at again.
    """

    code: str
    pillar: Annotated[str, recorded("pillar")]
    order: int
    label: str
    labels: dict[str, str]
    usual_offset_days: int
    offset_from: str
    evidence: str
    who_may_verify: list[Role]
    facts: list[Annotated[str, recorded("milestone_fact")]]
    check_after_days: int | None
    source: str
    checked: bool

    @classmethod
    def of(cls, definition: Definition, language: str) -> Self:
        """The definition with its label in one language, and in all."""
        labels = dict(definition.labels)
        who = sorted(definition.who_may_verify)
        named = {name: getattr(definition, name) for name in cls.model_fields if hasattr(definition, name)}
        label = labels[language if language in LANGUAGES else "en"]
        listed = {"who_may_verify": who, "facts": list(definition.facts)}
        return cls.model_validate(named | listed | {"label": label, "labels": labels})


class DefinitionsOut(Shown):
    """The catalogue in its own order."""

    items: list[DefinitionOut]


class MilestoneRow(Shown):
    """A milestone as a line of a list: where it stands, and whether it is overdue today.

    `check_on`: when to look whether it is still true. `fact_code`: of which kind is the record that shows
    it, `fact_id`, where nobody had to say so.
    """

    id: UUID
    version: int
    case_id: UUID
    definition_code: str
    pillar: Annotated[str, recorded("pillar")]
    status: Status
    due_on: date | None
    overdue: bool
    reached_on: date | None
    check_on: date | None
    fact_code: Annotated[str, recorded("milestone_fact")] | None
    fact_id: UUID | None
    recorded_by_id: UUID
    verified_by_id: UUID | None
    verified_at: datetime | None

    @classmethod
    def of(cls, milestone: Milestone) -> "MilestoneRow":
        """The record, judged as of today."""
        kept = milestone.model_dump(include=set(MilestoneRow.model_fields))
        return MilestoneRow.model_validate(
            kept
            | {
                "pillar": definitions()[milestone.definition_code].pillar,
                "check_on": rules.check_on(milestone),
                "overdue": rules.overdue(milestone, clock.today()),
            }
        )


class MilestoneOut(MilestoneRow):
    """A milestone as those who work on the case see it: with its evidence, and what may be done next."""

    evidence: str | None
    open_actions: list[Action]

    @classmethod
    def opened(cls, milestone: Milestone, actor: Actor, box: Box) -> Self:
        """The record, opened."""
        return cls.model_validate(
            MilestoneRow.of(milestone).model_dump()
            | {
                "evidence": _opened(box, "milestone", milestone.id, milestone.evidence),
                "open_actions": MILESTONE.open(milestone.status, rules.parties(actor)),
            }
        )


async def show(session: AsyncSession, actor: Actor, milestone: Milestone) -> MilestoneOut:
    """A milestone as somebody who works on its case sees it."""
    return MilestoneOut.opened(milestone, actor, await queries.box(session, milestone))


class ChangeOut(Shown):
    """One change of a milestone; without an action: it was first wanted."""

    id: UUID
    created_at: datetime
    action: Action | None
    source: Status | None
    target: Status
    happened_on: date
    by_id: UUID
    reason_code: Annotated[str, recorded("milestone_drop_reason")] | None
    fact_code: Annotated[str, recorded("milestone_fact")] | None
    fact_id: UUID | None
    evidence: str | None

    @classmethod
    def of(cls, change: MilestoneChange, box: Box) -> Self:
        """The record, opened."""
        kept = change.model_dump(include=set(cls.model_fields) - {"evidence"})
        noted = _opened(box, "milestone_change", change.id, change.evidence)
        return cls.model_validate(kept | {"evidence": noted})


class MilestoneHistory(MilestoneOut):
    """A milestone with everything that happened to it, newest first; set-backs are kept."""

    changes: list[ChangeOut]


def _opened(box: Box, table: str, row_id: UUID, sealed: bytes | None) -> str | None:
    return box.read(table, "evidence", row_id, sealed) if sealed else None
