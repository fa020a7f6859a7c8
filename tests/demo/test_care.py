"""What the demo tells of injuries and care would be taken by the service, record by record."""

from typing import Any

import pytest
from sqlmodel import Session, col, select

from app.cases.models import Case
from app.core import vault
from app.core.clock import day_of
from app.emergency.kinds import KINDS as EMERGENCY
from app.injuries.kinds import AMPUTATION, INJURY, RESIDUAL_LIMB
from app.records.kinds import Around, Kind
from app.records.queries import birth_of
from app.records.rules import need_after_birth
from app.rehabilitation import rules, steps
from app.rehabilitation.actions import SAID
from app.rehabilitation.kinds import KINDS as THERAPY
from app.rehabilitation.models import DeviceOrder, DeviceStage
from app.survivors import sealing, views
from app.survivors.models import PersonKey, Survivor
from tests.demo.test_histories import all_of

NOT_TOLD = {"trauma_observation", "therapy_goal"}
KINDS = [
    INJURY,
    AMPUTATION,
    RESIDUAL_LIMB,
    *(kind for kind in (*EMERGENCY, *THERAPY) if kind.word not in NOT_TOLD),
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
    assert len(records) >= 5


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


def test_every_device_could_have_been_ordered_and_says_when_the_next_one_is_due(session: Session) -> None:
    cases = all_of(session, Case)
    keys = {key.id: vault.open_key(key.wrapped) for key in session.exec(select(PersonKey))}
    people, limbs = all_of(session, Survivor), all_of(session, AMPUTATION.table)
    due = 0
    for order in all_of(session, DeviceOrder).values():
        person = people[cases[order.case_id].survivor_id]
        box = keys[person.id]
        limb = limbs.get(order.amputation_id)
        assert limb is None or limb.survivor_id == person.id
        pointed = {"amputation_id": AMPUTATION.said(box, limb)} if limb else {}
        said = {name: getattr(order, name) for name in SAID} | {"happened_on": day_of(order.created_at)}
        rules.judge_order(said, Around(pointed=pointed))
        assert order.due_on == steps.reckon_due(order, birth_of(box, person))
        due += order.due_on is not None
    assert due > 30
    assert all(step.happened_on == day_of(step.created_at) for step in all_of(session, DeviceStage).values())
