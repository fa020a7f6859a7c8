"""The kinds of records of this room."""

from app.injuries import body, rules, schemas
from app.injuries.models import Amputation, DisabilityDetermination, Impairment, Injury, ResidualLimb
from app.records.kinds import Kind

INJURY = Kind(
    table=Injury,
    given=schemas.AddInjury,
    out=schemas.InjuryOut,
    judge=rules.judge_injury,
    dated=("occurred",),
    more=lambda one: {"icd10_codes": body.icd10_of_injury(one.nature_code, one.region_code)},
)
AMPUTATION = Kind(
    table=Amputation,
    given=schemas.AddAmputation,
    out=schemas.AmputationOut,
    judge=rules.judge_amputation,
    dated=("occurred",),
    more=lambda one: {"icd10_codes": body.icd10_of_amputation(one.level_code, one.kind_code)},
)
RESIDUAL_LIMB = Kind(
    table=ResidualLimb,
    given=schemas.AddResidualLimb,
    out=schemas.ResidualLimbOut,
    judge=rules.judge_residual_limb,
    sealed=("note",),
    points={"amputation_id": AMPUTATION},
)
IMPAIRMENT = Kind(
    table=Impairment,
    given=schemas.AddImpairment,
    out=schemas.ImpairmentOut,
    judge=rules.judge_impairment,
    dated=("occurred",),
)
DETERMINATION = Kind(
    table=DisabilityDetermination,
    given=schemas.AddDisabilityDetermination,
    out=schemas.DisabilityDeterminationOut,
    judge=rules.judge_determination,
    sealed=("document_number",),
    more=lambda one: {"band_code": body.band_of(one.percent)},
)
