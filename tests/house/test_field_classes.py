"""Every column and every field of every answer has a class, said by its room in `app/access/fields/`."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

import app.models
from app.access.classes import SENSITIVE, Class, of_answer, of_column, registry
from app.audit.actions import FieldClass
from tests import described

assert app.models.__all__
COLUMNS: list[sa.Column[Any]] = [
    column for table in SQLModel.metadata.tables.values() for column in table.columns
]
HOW = "say its class in app/access/fields/<room>.csv: `table.*,health` for all of it, a line where it differs"
# What a person's own key does not seal although it is about who or where they are: lists and counts need it.
IN_CLEAR = {
    *("survivor.code", "survivor.sex_code", "survivor.birth_year", "survivor.birth_precision"),
    *("survivor.birth_estimated", "survivor.district_code", "survivor.displacement_code"),
    *("survivor.language_code", "identifier.kind_code", "name_key.key", "phone.owner_code"),
    *("phone.safe_to_call", "casualty.sex_code", "casualty.age", "casualty.civil_status_code"),
    *("incident.district_code", "incident_source.says_district_code"),
    *("peer.sex_code", "peer.birth_year"),  # peers are chosen by them
    "case_transfer.district_code",  # the other side decides by it
}
# Made for the caller a moment ago, and shown once.
SHOWN_ONCE = {
    "WebhookKeyOut.key",
    *("TokenOut.access_token", "InvitationOut.token", "RecoveryCodesOut.recovery_codes"),
    *("TotpOut.secret", "TotpOut.uri", "FeedOut.path"),
    "CalendarAddressOut.path",
}


def answered() -> Iterator[tuple[str, str]]:
    """Every field of every schema that a success can answer."""
    api = described.api()
    schemas, waiting = (
        api["components"]["schemas"],
        [
            response
            for verbs in api["paths"].values()
            for operation in verbs.values()
            for status, response in operation["responses"].items()
            if status.startswith("2")
        ],
    )
    seen: set[str] = set()
    while waiting:
        for name in set(_named(waiting.pop())) - seen:
            seen.add(name)
            waiting.append(schemas[name])
            yield from ((name, field) for field in schemas[name].get("properties", {}))


def _named(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if reference := part.get("$ref"):
            yield reference.rpartition("/")[2]
        for inner in part.values():
            yield from _named(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _named(inner)


def test_every_column_has_a_class() -> None:
    assert len(COLUMNS) >= 400
    assert [f"{c.table.name}.{c.name}" for c in COLUMNS if of_column(c) is None] == [], HOW


def test_every_field_of_every_answer_has_a_class() -> None:
    fields = list(answered())

    assert len(fields) >= 600
    assert [
        f"{schema}.{field}" for schema, field in fields if of_answer(schema, field, COLUMNS) is None
    ] == []


def test_a_column_and_a_field_that_nobody_has_classed_are_found() -> None:
    column = sa.Table("canary", sa.MetaData(), sa.Column("blood_group", sa.String)).c.blood_group

    assert of_column(column) is None
    assert of_answer("CanaryOut", "blood_group", COLUMNS) is None


def test_what_says_who_and_where_somebody_is_stands_sealed_in_the_database() -> None:
    who_and_where = {Class.IDENTITY, Class.CONTACT, Class.LOCATION}
    clear = {
        f"{c.table.name}.{c.name}"
        for c in COLUMNS
        if of_column(c) in who_and_where and c.type.python_type is not bytes
    }
    assert clear - IN_CLEAR == set()


def test_what_is_sealed_is_classed_as_worth_it() -> None:
    worth = SENSITIVE | {Class.SECRET}
    sealed = [c for c in COLUMNS if c.type.python_type is bytes]

    assert len(sealed) >= 20
    assert [f"{c.table.name}.{c.name}" for c in sealed if of_column(c) not in worth] == []


def test_no_answer_holds_a_secret_but_what_was_just_made_for_the_caller() -> None:
    secret = {f"{s}.{f}" for s, f in answered() if of_answer(s, f, COLUMNS) is Class.SECRET}

    assert secret - SHOWN_ONCE == set()


def test_no_line_is_about_what_is_no_longer_there() -> None:
    tables = {f"{c.table.name}.{name}" for c in COLUMNS for name in (c.name, "*")}
    schemas = {f"{schema}.{name}" for schema, field in answered() for name in (field, "*")}
    schemas |= {f"*.{field}" for _, field in answered()}

    assert set(registry()) - tables - schemas == set()


def test_the_audit_trail_speaks_of_the_same_classes() -> None:
    assert {kind.value for kind in FieldClass} <= {kind.value for kind in Class}
