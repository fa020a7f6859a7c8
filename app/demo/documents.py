"""Papers of a case: a picture of one colour and an empty page, sealed like any other; nothing of anybody."""

import hashlib
import zlib
from datetime import datetime, timedelta
from functools import cache

from app.core.clock import day_of
from app.demo.cases import File
from app.demo.dice import urn
from app.demo.places import Country
from app.demo.sheets import Sheets
from app.documents.rules import place_of

KINDS = (
    "identity_document:5 consent_form:4 accident_report:2 discharge_summary:3 medical_report:2"
    " disability_certificate:3 device_document:1 benefit_decision:2 education_certificate:1"
)
PICTURE, PAPER = "image/png", "application/pdf"
MOST = 3
SIDE = 16  # points


def write_documents(sheets: Sheets, country: Country, file: File, most: int) -> None:
    """A few papers, each of a kind of its own; some of them filed a second time."""
    sheets = sheets.with_dice("documents", file.id)
    draws, until = sheets.dice, file.person.life.until(country.now)
    kinds = {urn(KINDS).draw(draws) for _ in range(draws.randint(0, min(most, MOST)))}
    for kind in sorted(kinds):
        _write(sheets, file, kind, 2 if draws.chance(0.1) else 1, until)


def _write(sheets: Sheets, file: File, kind: str, versions: int, until: datetime) -> None:
    draws = sheets.dice
    at = draws.between(file.person.life.opened_at, until)
    row_id, box = draws.new_id(at), file.person.box
    issued = day_of(at) - timedelta(days=draws.randint(1, 300)) if draws.chance(0.7) else None
    sheets.record(
        "document",
        at,
        id=row_id,
        kind_code=kind,
        issued_on=issued,
        by_id=file.acting(at),
        newest=versions,
        version=versions,
        **file.held,
    )
    for number in range(1, versions + 1):
        media, data = (PICTURE, picture()) if draws.chance(0.6) else (PAPER, paper())
        place = place_of(row_id, number)
        sheets.record(
            "document_file",
            at,
            document_id=row_id,
            number=number,
            by_id=file.acting(at),
            media_type=media,
            size=len(data),
            digest=box.seal("document_file", "digest", place, hashlib.sha256(data).hexdigest()),
            content=box.seal_bytes("document_file", "content", place, data),
        )


@cache
def picture() -> bytes:
    """A grey square (PNG)."""

    def part(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")

    head = SIDE.to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    rows = zlib.compress((b"\0" + b"\xb4" * SIDE) * SIDE)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", rows) + part(b"IEND", b"")


@cache
def paper() -> bytes:
    """An empty page (PDF)."""
    parts = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
    )
    text, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(text))
        text += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(parts) + 1
    return text + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (count, table, count, len(text))
    )
