"""What refusals say, in the caller's language: by stable code, never by quoting what was sent."""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "messages.csv"
OTHER = "invalid_value"


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    """Code to its text by language. The az and ru texts are not yet checked by native speakers."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row for row in csv.DictReader(file)}


def code_of(error: Mapping[str, Any]) -> str:
    """The stable code of one validation fault: our own validators' word, or pydantic's type."""
    kind = str(error["type"])
    return kind if kind in _texts() else OTHER


def text(code: str, language: str) -> str:
    """The text of a code in this language, in English where that is missing."""
    row = _texts().get(code) or {}
    return row.get(language) or row.get("en") or ""


def translate(body: dict[str, Any], language: str) -> dict[str, Any]:
    """The same problem, its title and the messages of its errors in this language."""
    title = text(str(body.get("code", "")), language) or body["title"]
    errors = [
        e | {"message": text(e["code"], language) or e.get("message") or text(OTHER, language)}
        for e in body.get("errors", [])
    ]
    return body | {"title": title} | ({"errors": errors} if errors else {})
