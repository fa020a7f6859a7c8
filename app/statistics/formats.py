"""A released table in the formats that people's tools read. From the artefact alone, so nothing new is told.

The same artefact in the same language is the same bytes, whoever asks.
"""

import asyncio
import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import product, zip_longest
from textwrap import wrap
from typing import TYPE_CHECKING, Any, NamedTuple

from app.printing import press
from app.statistics import care, charts, wording
from app.statistics.canonical import canonical
from app.statistics.display import DISPLAY_LIMIT, shown
from app.statistics.tables import ANSWER

if TYPE_CHECKING:
    from xlsxwriter import Workbook

Document = Mapping[str, Any]
HXL = {  # HXL 1.1: hxlstandard.org/standard/1-1final/dictionary
    "region": "#adm1",
    "district": "#adm2",
    "sex": "#meta+sex",
    "age": "#meta+age",
    "victim_type": "#meta+victim_type",
    "year": "#meta+year",
    "pillar": "#sector+pillar",
    "need": "#status+need",
    "wait": "#meta+wait",
    "result": "#status+milestone",
    "programme": "#activity+programme",
    "presence": "#status+presence",
    "stayed": "#status+stayed",
    "person": "#meta+person",
}
COUNTED = {"reached": "#reached", "sessions": "#output+sessions"}  # every other figure is of survivors
TITLED = {f"bulletin_{table.name}" for table in (*care.CARE, *care.PROGRAMMES)}
COUNTRY = "AZ"  # ISO 3166-1, where a table has no place of its own
NARROW, WIDE, HIGH = 12, 72, 15  # characters; points of a line
A4 = 9  # as a workbook numbers paper


class Row(NamedTuple):
    """One cell: its codes in the order of the table's dimensions, the signed value, its half width."""

    codes: tuple[str, ...]
    value: int
    half_width: float


@dataclass(frozen=True)
class Format:
    """How a table is written: the suffix of its name, its media type, the writer.

    `pixels`: what is written is a picture of lines, and the press makes pixels of it (`press.pixels`).
    """

    suffix: str
    media_type: str
    write: Callable[[Document, str], bytes]
    pixels: bool = False


def rows(document: Document) -> Iterator[Row]:
    """Every cell in public order."""
    lists = [dimension["codes"] for dimension in document["dimensions"]]
    for codes, value, half in zip(product(*lists), document["cells"], document["half_widths"], strict=True):
        yield Row(codes, value, half)


def as_csv(document: Document, language: str) -> bytes:
    """RFC 4180, a row a cell: codes and labels, the signed value, as people read it, the half width.

    The last columns say of which release it is, and of the demo's people that they are invented.
    """
    return _csv([[*_head(document), *_marks(document, language)], *_marked(document, language)])


def as_hxl(document: Document, language: str) -> bytes:
    """The same with a row of HXL hashtags under the head."""
    tags = [f"{HXL[name]}+{kind}" for name in _names(document) for kind in ("code", "name")]
    tags += [COUNTED.get(document["table"], "#affected+survivors"), "#meta+shown", "#meta+half_width"]
    marks = _marks(document, language)
    tags += [f"#meta+{name}" for name in marks]
    return _csv([[*_head(document), *marks], tags, *_marked(document, language)])


def as_xlsx(document: Document, language: str) -> bytes:
    """A workbook: the table, and a sheet that says how it was made."""
    made = datetime.fromisoformat(document["metadata"]["snapshot_at"]).replace(tzinfo=None)
    sheets = {
        wording.word("table", language): [_head(document), *_body(document, language)],
        wording.word("method", language): [["", ""], *_method(document, language)],
    }
    return workbook(document["table"], made, sheets)


def workbook(title: str, made: datetime, sheets: Mapping[str, list[list[Any]]]) -> bytes:
    """Sheets by name, a head first; the same bytes for the same content. Nothing hidden, no formula."""
    import xlsxwriter  # here, because few ask for it and every start would wait for it

    kept = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(kept, options) as book:
        book.set_properties({"created": made, "title": title, "company": "Dayaq"})
        bold = book.add_format({"bold": True, "bottom": 1})
        for name, lines in sheets.items():
            _sheet(book, name, lines, bold)
    return kept.getvalue()


def as_sdmx(document: Document, language: str) -> bytes:
    """SDMX-JSON 1.0 data message, flat: every cell an observation, its half width an attribute.

    Of invented people it is a test message.
    """
    cells, metadata = list(rows(document)), document["metadata"]
    halves = sorted({row.half_width for row in cells})
    place = {half: number for number, half in enumerate(halves)}
    lists = [dimension["codes"] for dimension in document["dimensions"]] or [[COUNTRY]]
    keys = product(*(range(len(codes)) for codes in lists))
    observations = {
        ":".join(map(str, key)): [row.value, place[row.half_width]]
        for key, row in zip(keys, cells, strict=True)
    }
    return canonical(
        {
            "header": {
                "id": f"{metadata['release_id']}_{document['table']}",
                "prepared": metadata["snapshot_at"],
                "test": "invented" in metadata,
                "sender": {"id": "DAYAQ"},
            },
            "structure": _structure(document, language, halves),
            "dataSets": [{"action": "Information", "observations": observations}],
        }
    )


def as_dhis2(document: Document, language: str) -> bytes:
    """A DHIS2 data value set: data element per table, option codes joined, org unit by code of the place."""
    period, names = _period(document["metadata"]["configuration"]["cohort"]), _names(document)
    element = f"DAYAQ_{document['table']}".upper()
    if document["table"] == ANSWER:  # or the answer to one question would overwrite that to another
        element += "_" + document["metadata"]["release_id"].rpartition("-")[2].upper()
    marks = "".join(f"; {name} {value}" for name, value in _marks(document, language).items())

    def value(row: Row) -> dict[str, str]:
        codes = dict(zip(names, row.codes, strict=True))
        place = codes.pop("region", codes.pop("district", COUNTRY))
        options = "_".join(codes.values())
        return {
            "dataElement": element,
            "orgUnit": place,
            "period": period,
            "value": str(row.value),
            "comment": f"+-{row.half_width}{marks}",
        } | ({"categoryOptionCombo": options} if options else {})

    return canonical(
        {
            "dataSet": "DAYAQ_VICTIM_ASSISTANCE",
            "completeDate": document["metadata"]["publication_on"],
            "period": period,
            "orgUnit": COUNTRY,
            "dataValues": [value(row) for row in rows(document)],
        }
    )


def _period(days: Mapping[str, str | None]) -> str:
    """As DHIS2 writes it: the quarter of a bulletin, else the year."""
    first, last = days["first_day"] or "", str(days["last_day"])
    bulletin = first[:4] == last[:4] and int(last[5:7]) - int(first[5:7]) == 2
    return f"{last[:4]}Q{int(last[5:7]) // 3}" if bulletin else last[:4]


def as_svg(document: Document, language: str) -> bytes:
    """A bar a cell with its margin; what is too small to measure has none."""
    names, metadata = _names(document), document["metadata"]
    bars = [
        charts.Bar(
            " – ".join(
                wording.label(name, code, language) for name, code in zip(names, row.codes, strict=True)
            ),
            row.value,
            row.half_width,
        )
        for row in rows(document)
    ]
    cohort = metadata["configuration"]["cohort"]
    small = wording.word("small", language).format(limit=DISPLAY_LIMIT).lstrip("; ")
    about = f"{wording.period(cohort['name'], language)} (±: {metadata['confidence']:.0%}). {small}"
    if "invented" in metadata:
        about = f"{wording.word('invented_short', language)}. {about}"
    said = ["note", *(["pale"] if any(bar.could_be_none for bar in bars) else [])]
    note = " ".join(wording.word(name, language) for name in said)
    return charts.svg(
        charts.Picture(_title(document, int(cohort["last_day"][:4]), language), about, note, bars)
    )


def _title(document: Document, year: int, language: str) -> str:
    """What a picture of a table shows: people by its dimensions, or what was done in its year."""
    names = ", ".join(wording.word(name, language) for name in _names(document))
    about = f"bulletin_{document['table']}"
    if about in TITLED:
        return wording.word(about, language).format(year=year, before=year - 1)
    words = wording.word("bulletin_people" if names else "picture_people", language)
    return words.format(names=names)


FORMATS = {
    each.suffix: each
    for each in (
        Format("csv", "text/csv; charset=utf-8", as_csv),
        Format("hxl.csv", "text/csv; charset=utf-8; profile=hxl", as_hxl),
        Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", as_xlsx),
        Format("sdmx.json", "application/vnd.sdmx.data+json;version=1.0.0", as_sdmx),
        Format("dhis2.json", "application/vnd.dhis2.datavalueset+json", as_dhis2),
        Format("svg", "image/svg+xml", as_svg),
        Format("png", "image/png", as_svg, pixels=True),
    )
}


def written(body: str, suffix: str, language: str) -> bytes:
    """A released table in one of the formats; of one in pixels the lines that they are made of."""
    return FORMATS[suffix].write(json.loads(body), language)


async def made(body: str, suffix: str, language: str) -> bytes:
    """The same where nobody else waits for it, pixels and all; Unavailable when the press is stuck."""
    done = await asyncio.to_thread(written, body, suffix, language)
    return await press.pixels(done) if FORMATS[suffix].pixels else done


def _names(document: Document) -> list[str]:
    return [dimension["name"] for dimension in document["dimensions"]]


def _head(document: Document) -> list[str]:
    names = [word for name in _names(document) for word in (f"{name}_code", name)]
    return [*names, "value", "shown", "half_width"]


def _body(document: Document, language: str) -> Iterator[list[Any]]:
    names = _names(document)
    for row in rows(document):
        codes = [
            word
            for name, code in zip(names, row.codes, strict=True)
            for word in (code, wording.label(name, code, language))
        ]
        yield [*codes, row.value, shown(row.value), row.half_width]


def _marks(document: Document, language: str) -> dict[str, str]:
    """What a file says of itself that has no place of its own for metadata."""
    metadata = document["metadata"]
    found = {"release": str(metadata["release_id"])}
    return found | ({"invented": wording.word("invented_short", language)} if "invented" in metadata else {})


def _marked(document: Document, language: str) -> Iterator[list[Any]]:
    marks = _marks(document, language).values()
    for line in _body(document, language):
        yield [*line, *marks]


def _csv(lines: list[list[Any]]) -> bytes:
    kept = io.StringIO(newline="")
    csv.writer(kept, lineterminator="\r\n").writerows(lines)
    return kept.getvalue().encode()


def _sheet(book: "Workbook", name: str, lines: list[list[Any]], bold: Any) -> None:
    """One sheet: each column as wide as its words, long words in lines, printed on one page's width."""
    sheet, plain = book.add_worksheet(name), book.add_format({"text_wrap": True, "valign": "top"})
    for number, line in enumerate(lines):
        sheet.write_row(number, 0, line, plain if number else bold)
        sheet.set_row(number, HIGH * max(len(wrap(str(value), WIDE - 6)) or 1 for value in line))
    sheet.freeze_panes(1, 0)
    for number, column in enumerate(zip_longest(*lines, fillvalue="")):
        longest = max(len(str(value)) for value in column)
        sheet.set_column(number, number, min(max(longest + 2, NARROW), WIDE))
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _method(document: Document, language: str) -> Iterator[list[Any]]:
    """The metadata a line each; the configuration by its hash, for it is long."""
    yield ["", wording.word("note", language)]
    for name, value in document["metadata"].items():
        if name != "configuration":
            yield [name, value if isinstance(value, str | int | float) else json.dumps(value)]


def _structure(document: Document, language: str, halves: list[float]) -> dict[str, Any]:
    dimensions = [
        _component(
            dimension["name"],
            wording.word(dimension["name"], language),
            [(code, wording.label(dimension["name"], code, language)) for code in dimension["codes"]],
        )
        for dimension in document["dimensions"]
    ] or [_component("ref_area", COUNTRY, [(COUNTRY, COUNTRY)])]
    half = {
        "id": "HALF_WIDTH",
        "name": "Half width of the 95% interval",
        "values": [{"name": str(value)} for value in halves],
    }
    return {
        "name": document["table"],
        "dimensions": {"observation": [one | {"keyPosition": place} for place, one in enumerate(dimensions)]},
        "attributes": {"observation": [half]},
    }


def _component(name: str, title: str, codes: list[tuple[str, str]]) -> dict[str, Any]:
    values = [{"id": code, "name": label} for code, label in codes]
    return {"id": name.upper(), "name": title, "values": values}
