"""Real files to send, also bad ones, and how they are sent. Nothing of anybody: colours and blank pages."""

import zlib
from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import Any

from httpx import AsyncClient, Response
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from app.access.actor import Actor
from tests.factories import signed

Json = dict[str, Any]
TITLE = "Epikriz N4711: Qaraçuxalı"
WRONG = {"in_error": True, "reason_code": "wrong_person"}
MAKE = 0x010F  # EXIF: who made the camera
PLACE = 0x8825  # EXIF: where the picture was taken


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30), mode: str = "RGB", **how: Any) -> bytes:
    """A picture of one colour."""
    out = BytesIO()
    Image.new(mode, size, 1 if mode == "1" else "brown").save(out, kind, **how)
    return out.getvalue()


def telephone_picture() -> bytes:
    """As a telephone takes it: on its side, with the place and the maker, and HTML behind its end."""
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[MAKE] = "CAMERA-CANARY"
    exif.get_ifd(PLACE).update({1: "N", 2: (40.0, 22.0, 38.0), 3: "E", 4: (49.0, 53.0, 31.0)})
    return picture(exif=exif) + b"<html><script>alert('CANARY')</script>"


def bomb(side: int) -> bytes:
    """A black square of so many points a side, in a few thousand bytes."""

    def part(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)

    head = side.to_bytes(4) * 2 + bytes([1, 0, 0, 0, 0])
    rows = zlib.compress(bytes((side // 8 + 1) * side), 1)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", rows) + part(b"IEND", b"")


@cache
def paper(change: Callable[[PdfWriter], None] | None = None) -> bytes:
    """A PDF of one blank page, changed by this."""
    writer, out = PdfWriter(), BytesIO()
    writer.add_blank_page(200, 200)
    if change:
        change(writer)
    writer.write(out)
    return out.getvalue()


def running(writer: PdfWriter) -> None:
    """A program that starts when it is opened, under a name written as another."""
    code = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("x")}
    )
    writer.root_object[NameObject("/OpenAction")] = writer._add_object(code)


def carrying(writer: PdfWriter) -> None:
    """Another file inside."""
    writer.add_attachment("x.exe", b"MZ")


def locked(writer: PdfWriter) -> None:
    """A password."""
    writer.encrypt("secret")


ZIP_END = b"PK\x05\x06" + bytes(18)
BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "file_empty"),
    "text": (lambda: b"Hello", "file_type_unknown"),
    "a page of the web": (lambda: b"<html><script>alert(1)</script>", "file_type_unknown"),
    "a drawing that runs": (
        lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>",
        "file_type_unknown",
    ),
    "GIF": (lambda: picture("GIF"), "file_type_unknown"),
    "an archive": (lambda: ZIP_END, "file_type_unknown"),
    "a program": (lambda: b"MZ\x90\x00", "file_type_unknown"),
    "a GIF that is a PDF too": (lambda: b"GIF89a" + paper(), "file_type_unknown"),
    "a page of the web with the mark of PNG": (
        lambda: b"\x89PNG\r\n\x1a\n<html><script>alert(1)</script>",
        "file_damaged",
    ),
    "half a JPEG": (lambda: picture(size=(400, 300))[:500], "file_damaged"),
    "half a PNG": (lambda: picture("PNG", (400, 300))[:200], "file_damaged"),
    "half a PDF": (lambda: paper()[:-60], "file_of_two_kinds"),
    "a PDF of noise": (lambda: b"%PDF-1.7\n" + bytes(range(256)) * 4 + b"%%EOF", "file_damaged"),
    "a PDF that is an archive too": (lambda: paper() + ZIP_END, "file_of_two_kinds"),
    "a PDF with a page of the web behind it": (lambda: paper() + b"<script>", "file_of_two_kinds"),
    "a PDF that runs": (lambda: paper(running), "file_active"),
    "a PDF that runs under an odd name": (
        lambda: paper(running).replace(b"/JavaScript", b"/J#61v#61Script").replace(b"/JS ", b"/#4aS "),
        "file_active",
    ),
    "a PDF that carries another file": (lambda: paper(carrying), "file_active"),
    "a PDF with a password": (lambda: paper(locked), "file_locked"),
    "a picture that unpacks to 400 million points": (
        lambda: bomb(20_000),
        "file_too_many_pixels",
    ),
}


def form(file: bytes | None = None, name: str = "scan.jpg", **said: Any) -> Json:
    """What a client sends: fields and a file."""
    content = picture() if file is None else file
    return {"data": said, "files": {"file": (name, content, "application/x-whatever")}}


def document(file: bytes | None = None, **said: Any) -> Json:
    """A discharge summary."""
    return form(file, **({"kind_code": "discharge_summary", "title": TITLE} | said))


async def file_it(client: AsyncClient, actor: Actor, case_id: Any, sent: Json, **headers: str) -> Response:
    """File a document of a case."""
    path = f"/cases/{case_id}/documents"
    return await client.post(path, headers=signed(actor) | headers, **sent)
