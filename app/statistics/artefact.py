"""What is published and never changes, a document per table: known by its bytes, and read back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from app.statistics.tables import Plan, read


@dataclass(frozen=True)
class Artefact:
    """One table of a release: `body` is what everybody reads, `sha256` its fingerprint."""

    name: str
    body: bytes

    @property
    def sha256(self) -> str:
        """Fingerprint of the bytes."""
        return sha256(self.body).hexdigest()


@dataclass(frozen=True)
class Released:
    """A release read back: its plan, the signed whole cells, tables one after the other, how it was made."""

    release_id: str
    plan: Plan
    cells: tuple[int, ...]
    made: Mapping[str, Any] = field(default_factory=dict)  # the metadata but for the plan

    @property
    def invented(self) -> bool:
        """Whether its people are those of the demo."""
        return "invented" in self.made


def fingerprint(parts: list[Artefact]) -> str:
    """One sha256 over those of all tables, in the order of their names."""
    lines = "".join(f"{part.sha256}  {part.name}\n" for part in sorted(parts, key=lambda part: part.name))
    return sha256(lines.encode()).hexdigest()


def released(bodies: Mapping[str, bytes | str]) -> Released:
    """Read a release back from its documents, by table name."""
    documents = {name: json.loads(body) for name, body in bodies.items()}
    metadata = next(iter(documents.values()))["metadata"]
    plan = read(metadata["configuration"])
    cells = tuple(cell for table in plan.tables for cell in documents[table.name]["cells"])
    made = {name: value for name, value in metadata.items() if name != "configuration"}
    return Released(metadata["release_id"], plan, cells, made)
