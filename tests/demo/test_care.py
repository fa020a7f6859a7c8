"""What the demo tells of injuries and care would be taken by the service, record by record."""

from typing import Any

import pytest
from sqlmodel import Session, col, select

from app.core import vault
from app.emergency.kinds import KINDS as EMERGENCY
from app.injuries.kinds import AMPUTATION, INJURY, RESIDUAL_LIMB
from app.records.kinds import Around, Kind
from app.records.rules import need_after_birth
from app.survivors import sealing, views
from app.survivors.models import PersonKey, Survivor
from tests.demo.test_histories import all_of

KINDS = [
    INJURY,
    AMPUTATION,
    RESIDUAL_LIMB,
    *(kind for kind in EMERGENCY if kind.word != "trauma_observation"),
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.word)
def test_every_record_could_have_been_entered(session: Session, kind: Kind[Any]) -> None:
    boxes = {key.id: vault.open_key(key.wrapped) for key in session.exec(select(PersonKey))}
    any_box = next(iter(boxes.values()))
    records = all_of(session, kind.table)

    for record in records.values():
        said = kind.said(any_box, record)
        pointed = {}
        for name, to in kind.points.items():
            if target := getattr(record, name):
                pointed[name] = to.said(any_box, session.get_one(to.table, target))
        kind.given.model_validate({name: value for name, value in said.items() if value is not None})
        kind.judge(said, Around(pointed=pointed))
    assert len(records) >= 10


def test_nobody_was_hurt_before_birth(session: Session) -> None:
    rows = select(INJURY.table, Survivor, PersonKey.wrapped)
    rows = rows.join(Survivor, col(Survivor.id) == col(INJURY.table.survivor_id))
    hurt = session.exec(rows.join(PersonKey, col(PersonKey.id) == col(Survivor.id))).all()
    for injury, person, wrapped in hurt:
        box = vault.open_key(wrapped)
        sealed = {"birth_date": person.birth_date}
        birth = views.birth_of(person, sealing.read_survivor(box, person.id, sealed, ("birth_date",)))
        need_after_birth(INJURY.said(box, injury), birth)
    assert len(hurt) > 200
