"""What reads a stranger's file. Run as a process of its own, with little memory and time and nothing of ours.

The file comes in on standard input. Out goes a line, `ok` and the media type or `no` and the fault, and after
an `ok` the bytes to keep: an image drawn anew, a PDF as it came, for a signature in it to stay valid.
"""

import resource
import sys
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any

MEMORY, SECONDS = 768 << 20, 10
MOST_PIXELS = 36_000_000  # a page at 600 dots an inch, or what a good telephone takes
LONGEST_SIDE = 4096  # of what is kept: a page at 350 dots an inch
MOST_PAGES, MOST_OBJECTS = 300, 100_000
MARKS = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG", b"%PDF-": "PDF"}
MEDIA = {"JPEG": "image/jpeg", "PNG": "image/png"}
# What a PDF can do besides being read: run, open, send, carry other files.
ACTIVE = frozenset({"/JS", "/JavaScript", "/Launch", "/EmbeddedFile", "/EmbeddedFiles", "/RichMedia", "/XFA"})
ACTIVE |= {"/SubmitForm", "/ImportData", "/GoToE", "/Rendition", "/Movie", "/Sound"}


class Refused(Exception):
    """This file cannot be kept; the code of why."""


def limited() -> None:
    """Take from this process what a file could do harm with."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def judged(data: bytes) -> tuple[str, bytes]:
    """The media type and the bytes to keep, or Refused. Its name and header count for nothing."""
    kind = next((kind for mark, kind in MARKS.items() if data.startswith(mark)), None)
    if kind is None:
        raise Refused("file_type_unknown")
    try:
        return ("application/pdf", _document(data)) if kind == "PDF" else (MEDIA[kind], _image(data, kind))
    except (Refused, MemoryError):
        raise
    except Exception as error:  # a parser that stumbles has met a file that is not what it says
        raise Refused("file_damaged") from error


def _image(data: bytes, kind: str) -> bytes:
    """The picture and nothing else: no place, no camera, no preview, nothing behind its end."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # said here, before anything is decoded
    with Image.open(BytesIO(data), formats=[kind]) as found:
        if found.width * found.height > MOST_PIXELS:
            raise Refused("file_too_many_pixels")
        if kind == "JPEG":
            found.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        found.load()
        upright = ImageOps.exif_transpose(found)
    wanted = "RGB" if kind == "JPEG" else _mode(upright)
    flat = upright if upright.mode == wanted else upright.convert(wanted)
    flat.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    clean = Image.new(flat.mode, flat.size)
    clean.paste(flat)
    out = BytesIO()
    clean.save(out, kind, **({"quality": 88} if kind == "JPEG" else {"optimize": False}))
    return out.getvalue()


def _mode(image: Any) -> str:
    """Colours that keep what is seen through."""
    if image.mode in ("1", "L", "RGB"):
        return str(image.mode)
    return "RGBA" if image.has_transparency_data else "RGB"


def _document(data: bytes) -> bytes:
    from pypdf import PdfReader

    if zipfile.is_zipfile(BytesIO(data)) or data.rstrip(b"\r\n\t \0")[-5:] != b"%%EOF":
        raise Refused("file_of_two_kinds")
    reader = PdfReader(BytesIO(data), strict=False)
    if reader.is_encrypted:
        raise Refused("file_locked")
    if not 1 <= len(reader.pages) <= MOST_PAGES:
        raise Refused("file_too_many_pages")
    for page in reader.pages:
        page.mediabox  # noqa: B018  # that there is one
    if any(_acts(one) for one in _objects(reader)):
        raise Refused("file_active")
    return data


def _objects(reader: Any) -> Iterator[Any]:
    """Every object that the file has, also those that nothing points to, and of earlier versions of it."""
    numbers = {(n, generation) for generation, found in reader.xref.items() for n in found}
    numbers |= {(n, 0) for n in reader.xref_objStm}
    if len(numbers) > MOST_OBJECTS:
        raise Refused("file_damaged")
    from pypdf.generic import IndirectObject

    yield reader.trailer
    for number, generation in numbers:
        yield reader.get_object(IndirectObject(number, generation, reader))


def _acts(thing: Any, depth: int = 0) -> bool:
    """Whether a key or a name in it is of what a PDF does besides being read."""
    if depth > 60:
        raise Refused("file_damaged")
    if isinstance(thing, dict):
        return any(_acts(str(key), depth + 1) or _acts(dict.get(thing, key), depth + 1) for key in thing)
    if isinstance(thing, list):
        return any(_acts(value, depth + 1) for value in list.__iter__(thing))
    return isinstance(thing, str) and thing in ACTIVE


def main() -> None:
    """One file, one answer."""
    data = sys.stdin.buffer.read()
    limited()
    try:
        media, kept = judged(data)
    except Refused as refused:
        sys.stdout.buffer.write(f"no {refused}\n".encode())
    except MemoryError:
        sys.stdout.buffer.write(b"no file_too_large_inside\n")
    else:
        sys.stdout.buffer.write(f"ok {media}\n".encode() + kept)


if __name__ == "__main__":
    main()
