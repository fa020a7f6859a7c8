"""The kind of records of this room."""

from app.records.kinds import Kind
from app.reintegration import rules, schemas
from app.reintegration.models import ReintegrationRecord

RECORD = Kind(
    table=ReintegrationRecord,
    given=schemas.AddReintegrationRecord,
    out=schemas.ReintegrationRecordOut,
    judge=rules.judge_record,
    dated=("begun", "ended"),
    sealed=("place", "note"),
    more=schemas.lasted,
)
