"""Tables of injuries and of what came of them."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from app.core.db import Held, holder


class _Entered(Held):
    """What each of these records carries: whose it is, who entered it, whether it counts."""

    survivor_id: UUID = Field(index=True)
    by_id: UUID
    in_error: bool = False


class Injury(_Entered, table=True):
    """One injury: where, of what nature, by which effect of the blast."""

    __tablename__ = "injury"
    __table_args__ = (holder("survivor_id", "survivor"),)

    occurred_on: date | None = None  # the first day of the period that is known
    occurred_precision: str | None = Field(default=None, max_length=10)
    occurred_estimated: bool = False
    region_code: str = Field(max_length=40)  # code list: body_region
    side_code: str = Field(max_length=40)  # code list: body_side
    nature_code: str = Field(max_length=40)  # code list: injury_nature
    mechanism_code: str = Field(max_length=40)  # code list: blast_mechanism
    severity: int | None = None  # AIS, 1 to 6: the number alone


class Amputation(_Entered, table=True):
    """One loss of a limb, or of a part of one: a row for each level that it went through."""

    __tablename__ = "amputation"
    __table_args__ = (holder("survivor_id", "survivor"), sa.UniqueConstraint("id", "survivor_id"))

    occurred_on: date | None = None
    occurred_precision: str | None = Field(default=None, max_length=10)
    occurred_estimated: bool = False
    limb_code: str = Field(max_length=40)  # code list: limb
    side_code: str = Field(max_length=40)  # code list: body_side
    level_code: str = Field(max_length=40)  # code list: amputation_level
    part_code: str | None = Field(default=None, max_length=40)  # code list: partial_level
    kind_code: str = Field(max_length=40)  # code list: limb_loss_kind
    cause_code: str = Field(max_length=40)  # code list: amputation_cause


class ResidualLimb(_Entered, table=True):
    """What is left of a limb, as it was found on a day: ISO 8548-2."""

    __tablename__ = "residual_limb"
    __table_args__ = (
        holder("survivor_id", "survivor"),
        sa.ForeignKeyConstraint(
            ["amputation_id", "survivor_id"], ["amputation.id", "amputation.survivor_id"]
        ),
    )

    amputation_id: UUID = Field(index=True)
    examined_on: date
    shape_code: str | None = Field(default=None, max_length=40)  # code list: residual_shape
    tissue_amount_code: str | None = Field(default=None, max_length=40)  # code list: tissue_amount
    tissue_consistency_code: str | None = Field(default=None, max_length=40)  # code list: tissue_consistency
    heel_pad_code: str | None = Field(default=None, max_length=40)  # code list: heel_pad
    muscle_code: str | None = Field(default=None, max_length=40)  # code list: muscle_attachment
    scar_mobility_code: str | None = Field(default=None, max_length=40)  # code list: scar_mobility
    colour_code: str | None = Field(default=None, max_length=40)  # code list: skin_colour
    temperature_code: str | None = Field(default=None, max_length=40)  # code list: skin_temperature
    end_bearing: str = Field(default="unknown", max_length=20)  # code list: tri
    skin_intact: str = Field(default="unknown", max_length=20)  # code list: tri
    sensation_normal: str = Field(default="unknown", max_length=20)  # code list: tri
    scar_healed: str = Field(default="unknown", max_length=20)  # code list: tri
    oedema: str = Field(default="unknown", max_length=20)  # code list: tri
    pain: int | None = None  # 0 to 10
    phantom_pain: int | None = None  # 0 to 10
    note: bytes | None = None  # joint range, strength, pressure points; sealed with the survivor's key


class Impairment(_Entered, table=True):
    """What a function or structure of the body has lost, as the ICF names and grades it."""

    __tablename__ = "impairment"
    __table_args__ = (holder("survivor_id", "survivor"),)

    occurred_on: date | None = None  # since when
    occurred_precision: str | None = Field(default=None, max_length=10)
    occurred_estimated: bool = False
    icf_code: str = Field(max_length=40)  # code list: icf
    qualifier_code: str = Field(max_length=40)  # code list: icf_qualifier
    side_code: str = Field(max_length=40)  # code list: body_side
    permanent: str = Field(default="unknown", max_length=20)  # code list: tri


class DisabilityDetermination(_Entered, table=True):
    """What a commission decided by law. Never reckoned from an assessment, nor an assessment from it."""

    __tablename__ = "disability_determination"
    __table_args__ = (holder("survivor_id", "survivor"),)

    decided_on: date
    decision_code: str = Field(max_length=40)  # code list: disability_decision
    percent: int | None = None  # of the loss of functions, as the commission wrote it
    cause_code: str = Field(max_length=40)  # code list: disability_cause
    valid_until: date | None = None  # none: for life, or not known
    document_number: bytes | None = None  # sealed with the survivor's key
