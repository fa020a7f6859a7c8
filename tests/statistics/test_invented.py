"""Whoever asks for figures of the demo's people reads in each answer that they are invented."""

import json
from datetime import date

import numpy as np
import pytest

from app.statistics import artefact, care, care_answers, metadata, reports, schemas, tables, wording, yearbook
from app.statistics.artefact import Released
from app.statistics.cube import Cube, Question
from app.statistics.tables import Plan

YEAR = date(2025, 12, 31)
PEOPLE = tables.quarterly(tables.Cohort(date(2025, 10, 1), YEAR, 22))
CARE = care.yearly(tables.Cohort(date(2025, 1, 1), YEAR, 100))


def released(plan: Plan, *, invented: bool) -> Released:
    cells = np.arange(sum(map(plan.size, plan.tables)), dtype=np.int64)
    occasion = metadata.Occasion(
        "01900000-0000-7000-8000-000000000000",
        *("2026-02-01T10:00:00Z", "2026-02-14", 0.25, 1.25),
        invented=invented,
    )
    return artefact.released({one.name: one.body for one in metadata.artefacts(plan, cells, occasion)})


@pytest.mark.parametrize("language", ["en", "az", "ru"])
@pytest.mark.parametrize("invented", [True, False])
def test_every_answer_says_whether_its_people_are_invented(invented: bool, language: str) -> None:
    people, year = released(PEOPLE, invented=invented), released(CARE, invented=invented)
    asked = care_answers.AskCare(year=2025, counts="services", dimensions=["pillar"])
    known = reports.Released(Cube([people]), None, 2025, {"people": "x"}, [(people, "x")])

    answers = [
        json.loads(schemas.answered(Cube([people]), Question(), [], language).body),
        care_answers.answered(year, "x", asked, language).model_dump(),
        yearbook.answered(year, "x", language).model_dump(),
        reports.report("crpd", known, language).model_dump(),
    ]

    assert [one["invented"] for one in answers] == 4 * [invented]
    said = wording.word("invented", language)
    assert [one["note"].startswith(said) for one in answers] == 4 * [invented]
