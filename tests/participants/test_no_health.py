"""A sports coordinator obtains no health field: asked of every operation that the role is answered at all."""

from collections.abc import Iterator
from typing import Any

from app.access.classes import Class, of_answer
from tests import described
from tests.house.test_field_classes import COLUMNS, _named
from tests.matrix.declared import DECLARED
from tests.matrix.engine import operation

HEALTH = {Class.HEALTH, Class.MENTAL_HEALTH}
# What a referral tells its receiver: chosen by its sender item by item, and agreed to by the person.
BY_REFERRAL = "/api/v1/referrals"
API = described.api()


def answered(path: str, verb: str) -> Iterator[tuple[str, str]]:
    """Every field of every schema of a success, how ever deep."""
    waiting = [r for status, r in API["paths"][path][verb]["responses"].items() if status.startswith("2")]
    seen: set[str] = set()
    while waiting:
        for name in set(_named(waiting.pop())) - seen:
            seen.add(name)
            schema: Any = API["components"]["schemas"][name]
            waiting.append(schema)
            yield from ((name, field) for field in schema.get("properties", {}))


def test_no_operation_that_answers_a_sports_coordinator_has_a_health_field() -> None:
    theirs = sorted({operation(key) for key, row in DECLARED.items() if "f" in row.may})
    found = {
        f"{key} {schema}.{field}"
        for key in theirs
        if BY_REFERRAL not in key
        for verb, path in [key.split()]
        for schema, field in answered(path, verb.lower())
        if of_answer(schema, field, COLUMNS) in HEALTH
    }

    assert len(theirs) > 60
    assert found == set()


def test_a_health_field_would_be_found() -> None:
    of_a_file = {of_answer(*each, COLUMNS) for each in answered("/api/v1/cases/{case_id}/assessments", "get")}

    assert HEALTH & of_a_file
