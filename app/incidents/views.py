"""Incidents as they are shown: with the exact place to few, with the district to others. Pure."""

from collections.abc import Mapping
from typing import Any

from app.core import vault
from app.core.dates import PartialDate, Precision
from app.incidents.models import Incident, IncidentSource
from app.incidents.schemas import ExactIncidentOut, IncidentOut, Point, SourceOut, Totals

TABLE = "incident"


def seal_place(incident: Incident, sent: Mapping[str, Any]) -> dict[str, bytes | None]:
    """The columns `point` and `settlement`, where they were sent, each sealed for its place."""
    plain: dict[str, str | None] = {}
    if "point" in sent:
        plain["point"] = sent["point"].model_dump_json() if sent["point"] else None
    if "settlement" in sent:
        plain["settlement"] = sent["settlement"]
    return {
        column: None if text is None else vault.seal_envelope(TABLE, column, incident.id, text)
        for column, text in plain.items()
    }


def point_of(incident: Incident) -> Point | None:
    """The exact point, opened."""
    if incident.point is None:
        return None
    return Point.model_validate_json(vault.read_envelope(TABLE, "point", incident.id, incident.point))


def settlement_of(incident: Incident) -> str | None:
    """The settlement, opened."""
    if incident.settlement is None:
        return None
    return vault.read_envelope(TABLE, "settlement", incident.id, incident.settlement)


def occurred_of(incident: Incident) -> PartialDate:
    """When it happened, as far as it is known."""
    return PartialDate(
        date=incident.occurred_on,
        precision=Precision(incident.occurred_precision),
        estimated=incident.occurred_estimated,
    )


def incident_out(incident: Incident, counts: Mapping[str, int], *, exact: bool) -> IncidentOut:
    """One incident; `counts`: casualties by outcome."""
    kind = ExactIncidentOut if exact else IncidentOut
    shown: dict[str, Any] = {
        name: getattr(incident, name) for name in kind.model_fields if hasattr(incident, name)
    }
    shown["occurred"] = occurred_of(incident)
    shown["totals"] = Totals(
        killed_without_rows=incident.killed_without_rows,
        injured_without_rows=incident.injured_without_rows,
        **counts,
    )
    if exact:
        shown |= {"point": point_of(incident), "settlement": settlement_of(incident)}
    return kind.model_validate(shown)


def source_out(source: IncidentSource) -> SourceOut:
    """What one source says."""
    shown = {name: getattr(source, name) for name in SourceOut.model_fields if hasattr(source, name)}
    return SourceOut.model_validate(shown | {"says_occurred": says_occurred_of(source)})


def says_occurred_of(source: IncidentSource) -> PartialDate | None:
    """When it happened according to this source."""
    if source.says_occurred_on is None or source.says_occurred_precision is None:
        return None
    return PartialDate(
        date=source.says_occurred_on,
        precision=Precision(source.says_occurred_precision),
        estimated=source.says_occurred_estimated,
    )
