"""What a client sends about injuries and what came of them, and what it gets back."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field

from app.codelists.lists import coded, recorded
from app.core.dates import PartialDate, PastDate, PastDay
from app.core.given import Day, Given, LongText, Percent, Reference
from app.core.given import _whole as whole
from app.core.shown import Shown
from app.records.schemas import RecordOut, correcting

Region = Annotated[str, coded("body_region")]
Side = Annotated[str, coded("body_side")]
Tri = Annotated[str, coded("tri")]
TriOut = Annotated[str, recorded("tri")]
Severity = Annotated[int, Field(strict=True, ge=1, le=6), BeforeValidator(whole)]
"""A grade of the Abbreviated Injury Scale, as a trained coder gave it."""
PainScale = Annotated[int, Field(strict=True, ge=0, le=10), BeforeValidator(whole)]


class AddInjury(Given):
    """One injury. `occurred`: as much of the day as is known."""

    id: UUID | None = None
    occurred: PastDate | None = None
    region_code: Region
    side_code: Side
    nature_code: Annotated[str, coded("injury_nature")]
    mechanism_code: Annotated[str, coded("blast_mechanism")] = "unknown"
    severity: Severity | None = None


class AddAmputation(Given):
    """One loss of a limb or of a part of one. A higher level lost later is another."""

    id: UUID | None = None
    occurred: PastDate | None = None
    limb_code: Annotated[str, coded("limb")]
    side_code: Side
    level_code: Annotated[str, coded("amputation_level")]
    part_code: Annotated[str, coded("partial_level")] | None = None
    kind_code: Annotated[str, coded("limb_loss_kind")] = "unknown"
    cause_code: Annotated[str, coded("amputation_cause")] = "unknown"


class AddResidualLimb(Given):
    """What is left of the limb, as it was found. What is not sent was not looked at."""

    id: UUID | None = None
    amputation_id: UUID
    examined_on: PastDay
    shape_code: Annotated[str, coded("residual_shape")] | None = None
    tissue_amount_code: Annotated[str, coded("tissue_amount")] | None = None
    tissue_consistency_code: Annotated[str, coded("tissue_consistency")] | None = None
    heel_pad_code: Annotated[str, coded("heel_pad")] | None = None
    muscle_code: Annotated[str, coded("muscle_attachment")] | None = None
    scar_mobility_code: Annotated[str, coded("scar_mobility")] | None = None
    colour_code: Annotated[str, coded("skin_colour")] | None = None
    temperature_code: Annotated[str, coded("skin_temperature")] | None = None
    end_bearing: Tri = "unknown"
    skin_intact: Tri = "unknown"
    sensation_normal: Tri = "unknown"
    scar_healed: Tri = "unknown"
    oedema: Tri = "unknown"
    pain: PainScale | None = None
    phantom_pain: PainScale | None = None
    note: LongText | None = None


class AddImpairment(Given):
    """A function or structure by its ICF code, and how much of it is lost. `occurred`: since when."""

    id: UUID | None = None
    occurred: PastDate | None = None
    icf_code: Annotated[str, coded("icf")]
    qualifier_code: Annotated[str, coded("icf_qualifier")]
    side_code: Side = "not_applicable"
    permanent: Tri = "unknown"


class AddDisabilityDetermination(Given):
    """What the commission decided. The percentage is the one that it wrote; nothing is reckoned from it."""

    id: UUID | None = None
    decided_on: PastDay
    decision_code: Annotated[str, coded("disability_decision")]
    percent: Percent | None = None
    cause_code: Annotated[str, coded("disability_cause")] = "unknown"
    valid_until: Day | None = None
    document_number: Reference | None = None


CorrectInjury = correcting(AddInjury, "Injury")
CorrectAmputation = correcting(AddAmputation, "Amputation")
CorrectResidualLimb = correcting(AddResidualLimb, "ResidualLimb")
CorrectImpairment = correcting(AddImpairment, "Impairment")
CorrectDisabilityDetermination = correcting(AddDisabilityDetermination, "DisabilityDetermination")


class InjuryOut(RecordOut):
    """One injury, with the codes of ICD-10 that a coder would begin with."""

    occurred: PartialDate | None
    region_code: Annotated[str, recorded("body_region")]
    side_code: Annotated[str, recorded("body_side")]
    nature_code: Annotated[str, recorded("injury_nature")]
    mechanism_code: Annotated[str, recorded("blast_mechanism")]
    severity: int | None
    icd10_codes: list[str]


class AmputationOut(RecordOut):
    """One loss of a limb, with its ICD-10 codes."""

    occurred: PartialDate | None
    limb_code: Annotated[str, recorded("limb")]
    side_code: Annotated[str, recorded("body_side")]
    level_code: Annotated[str, recorded("amputation_level")]
    part_code: Annotated[str, recorded("partial_level")] | None
    kind_code: Annotated[str, recorded("limb_loss_kind")]
    cause_code: Annotated[str, recorded("amputation_cause")]
    icd10_codes: list[str]


class ResidualLimbOut(RecordOut):
    """What was left of a limb on a day."""

    amputation_id: UUID
    examined_on: date
    shape_code: Annotated[str, recorded("residual_shape")] | None
    tissue_amount_code: Annotated[str, recorded("tissue_amount")] | None
    tissue_consistency_code: Annotated[str, recorded("tissue_consistency")] | None
    heel_pad_code: Annotated[str, recorded("heel_pad")] | None
    muscle_code: Annotated[str, recorded("muscle_attachment")] | None
    scar_mobility_code: Annotated[str, recorded("scar_mobility")] | None
    colour_code: Annotated[str, recorded("skin_colour")] | None
    temperature_code: Annotated[str, recorded("skin_temperature")] | None
    end_bearing: TriOut
    skin_intact: TriOut
    sensation_normal: TriOut
    scar_healed: TriOut
    oedema: TriOut
    pain: int | None
    phantom_pain: int | None
    note: str | None


class ImpairmentOut(RecordOut):
    """What a function or structure of the body has lost."""

    occurred: PartialDate | None
    icf_code: Annotated[str, recorded("icf")]
    qualifier_code: Annotated[str, recorded("icf_qualifier")]
    side_code: Annotated[str, recorded("body_side")]
    permanent: TriOut


class DisabilityDeterminationOut(RecordOut):
    """What was decided by law, with the band of the national list that the percentage falls in."""

    decided_on: date
    decision_code: Annotated[str, recorded("disability_decision")]
    percent: int | None
    band_code: Annotated[str, recorded("disability_band")] | None
    cause_code: Annotated[str, recorded("disability_cause")]
    valid_until: date | None
    document_number: str | None


class RegionOut(Shown):
    """One region of one side of the body, and what is recorded there. `absent`: it is gone."""

    region_code: Annotated[str, recorded("body_region")]
    side_code: Annotated[str, recorded("body_side")]
    absent: bool
    injury_ids: list[UUID]
    amputation_ids: list[UUID]


class BodyMapOut(Shown):
    """Every region of the body in order, for a drawing: what was entered in error is not on it.

    `unplaced`: injuries of which the side is not known.
    """

    regions: list[RegionOut]
    unplaced: list[UUID]
