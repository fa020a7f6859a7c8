"""How a record is corrected, and how its corrections are shown."""

from datetime import datetime
from typing import Annotated, Any, Optional, Self, get_type_hints
from uuid import UUID

from pydantic import create_model

from app.codelists.lists import coded, recorded
from app.core.given import Flag, Given
from app.core.shown import Shown
from app.core.vault import Box
from app.records.kinds import Kind
from app.records.models import Correction


class Correct(Given):
    """What a record should have said, and why it is changed: what is not sent stays.

    `in_error`: it should never have been entered; it stays in the list, and counts for nothing.
    """

    reason_code: Annotated[str, coded("correction_reason")]
    in_error: Flag | None = None


def correcting(given: type[Given], name: str) -> type[Correct]:
    """The correction of records that are entered like this: each of their fields, or none of them."""
    hints = get_type_hints(given, include_extras=True)
    fields: dict[str, Any] = {
        field: (Optional[hints[field]], None)  # noqa: UP045  # a type that is made here
        for field in given.model_fields
        if field != "id"
    }
    made: type[Correct] = create_model(f"Correct{name}", __base__=Correct, __doc__=Correct.__doc__, **fields)
    return made


class RecordOut(Shown):
    """What is shown of every record: who entered it, and whether it counts."""

    id: UUID
    version: int
    created_at: datetime
    by_id: UUID
    in_error: bool


class CorrectionOut(Shown):
    """What a record said before one of its corrections: only the columns that changed."""

    id: UUID
    created_at: datetime
    record_version: int
    reason_code: Annotated[str, recorded("correction_reason")]
    by_id: UUID
    before: dict[str, Any]

    @classmethod
    def of(cls, kind: Kind[Any], box: Box, correction: Correction) -> Self:
        """The correction, opened with the person's key."""

        def plain(name: str, value: Any) -> Any:
            sealed = name in kind.sealed and value is not None
            return box.read(kind.word, name, correction.record_id, bytes.fromhex(value)) if sealed else value

        before = {name: plain(name, value) for name, value in correction.before.items()}
        kept = correction.model_dump(include=set(cls.model_fields) - {"before"})
        return cls.model_validate(kept | {"before": before})
