"""What a file is, is told by its content; what could do harm is refused; what is kept is a picture."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from app.core.config import settings
from app.core.errors import Invalid
from app.documents import judging
from app.documents.alone import Refused, judged
from app.documents.errors import ScannerAway
from app.documents.judging import content_of
from tests.documents import factories
from tests.documents.factories import BAD, MAKE, PLACE, paper, picture, telephone_picture


@pytest.mark.parametrize("what", [what for what in BAD if what != "nothing"])
def test_what_is_no_picture_and_no_paper_is_refused_by_its_content(what: str) -> None:
    make, code = BAD[what]

    with pytest.raises(Refused) as refused:
        judged(make())

    assert str(refused.value) == code


async def test_the_refusal_names_the_file_and_the_rule() -> None:
    for what in ("nothing", "a PDF that runs", "half a JPEG"):
        with pytest.raises(Invalid) as refused:
            await content_of(BAD[what][0]())
        assert refused.value.facts == {"errors": [{"pointer": "/file", "code": BAD[what][1], "message": ""}]}


async def test_a_picture_is_drawn_anew_without_place_camera_or_what_hides_behind_it() -> None:
    sent = telephone_picture()
    assert b"CAMERA-CANARY" in sent

    kept = await content_of(sent)

    assert kept.media_type == "image/jpeg"
    with Image.open(BytesIO(kept.data)) as drawn:
        assert drawn.size == (30, 40)  # upright
        assert dict(drawn.getexif()) == {}
        assert dict(drawn.getexif().get_ifd(PLACE)) == {}
        assert MAKE not in drawn.getexif()
        assert set(drawn.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert b"CANARY" not in kept.data
    assert b"<script" not in kept.data


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_way_to_keep_colours_is_taken(mode: str) -> None:
    media_type, kept = judged(picture("PNG", mode=mode) if mode not in ("I;16", "LA") else _odd(mode))

    with Image.open(BytesIO(kept)) as drawn:
        assert (media_type, drawn.size) == ("image/png", (40, 30))


def _odd(mode: str) -> bytes:
    out = BytesIO()
    Image.new(mode, (40, 30)).save(out, "PNG")
    return out.getvalue()


def test_a_large_picture_is_made_smaller_and_a_paper_is_kept_byte_for_byte() -> None:
    with Image.open(BytesIO(judged(picture("JPEG", (6000, 100)))[1])) as drawn:
        assert drawn.size[0] <= 4096

    assert judged(paper()) == ("application/pdf", paper())


async def test_a_file_that_needs_more_memory_than_there_is_ends_its_judge_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "alone.py"
    script.write_text(
        judging.SCRIPT.read_text().replace("MEMORY, SECONDS = 768 << 20", "MEMORY, SECONDS = 96 << 20")
    )
    monkeypatch.setattr(judging, "SCRIPT", script)

    with pytest.raises(Invalid) as refused:
        await content_of(picture("PNG", (5900, 5900)))

    assert refused.value.facts["errors"][0]["code"] in ("file_too_large_inside", "file_damaged")


async def test_the_judge_knows_nothing_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is given no environment, no file to write, and is ended when it takes too long."""
    script = tmp_path / "alone.py"
    monkeypatch.setattr(judging, "SCRIPT", script)
    os.environ["DAYAQ_CANARY"] = "x"
    script.write_text("import os, sys; sys.exit(1 if any('DAYAQ' in name for name in os.environ) else 0)")
    with pytest.raises(Invalid):  # says nothing, so nothing is kept
        await content_of(b"x")
    script.write_text("import os; print('ok image/png') if any('DAYAQ' in n for n in os.environ) else None")
    with pytest.raises(Invalid):
        await content_of(b"x")
    monkeypatch.setattr(judging, "LONGEST", 0.3)
    script.write_text("while True: pass")
    with pytest.raises(Invalid) as refused:
        await content_of(b"x")
    assert refused.value.facts["errors"][0]["code"] == "file_damaged"


class Clamd:
    """A scanner that speaks as clamd does, and finds what it is told to."""

    def __init__(self, answer: str) -> None:
        self.answer, self.seen = answer, b""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
        while size := int.from_bytes(await reader.readexactly(4)):
            self.seen += await reader.readexactly(size)
        found = b"EICAR" in self.seen
        said = "stream: Eicar-Test-Signature FOUND" if found else self.answer
        writer.write(said.encode() + b"\0")
        await writer.drain()
        writer.close()


@asynccontextmanager
async def answering(path: Path, answer: str) -> AsyncIterator[Clamd]:
    clamd = Clamd(answer)
    server = await asyncio.start_unix_server(clamd, path)
    try:
        yield clamd
    finally:
        server.close()
        await server.wait_closed()


async def test_the_scanner_is_asked_about_all_of_a_file_and_obeyed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "clamd.ctl"
    monkeypatch.setattr(settings(), "document_scanner", f"unix:{path}")
    large = picture("JPEG", (300, 300), quality=100) + bytes(200_000)

    async with answering(path, "stream: OK") as clamd:
        assert (await content_of(large)).media_type == "image/jpeg"
        assert clamd.seen == large
    async with answering(path, "stream: OK"):
        with pytest.raises(Invalid) as refused:
            await content_of(picture() + b"EICAR")
        assert refused.value.facts["errors"][0]["code"] == "file_infected"


@pytest.mark.parametrize("answer", ["INSTREAM size limit exceeded. ERROR", "", "stream: OK?"])
async def test_a_scanner_that_says_anything_else_lets_nothing_through(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: str
) -> None:
    path = tmp_path / "clamd.ctl"
    monkeypatch.setattr(settings(), "document_scanner", f"unix:{path}")

    async with answering(path, answer):
        with pytest.raises(ScannerAway):
            await content_of(picture())


async def test_a_scanner_that_is_away_or_hangs_lets_nothing_through(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "clamd.ctl"
    monkeypatch.setattr(settings(), "document_scanner", f"unix:{path}")
    with pytest.raises(ScannerAway):
        await content_of(picture())
    monkeypatch.setattr(settings(), "document_scanner", "tcp:127.0.0.1:1")
    with pytest.raises(ScannerAway):
        await content_of(picture())

    monkeypatch.setattr(settings(), "document_scanner", f"unix:{path}")
    monkeypatch.setattr("app.documents.scanning.LONGEST", 0.2)
    server = await asyncio.start_unix_server(_silent, path)
    try:
        with pytest.raises(ScannerAway):
            await content_of(picture())
    finally:
        await asyncio.sleep(0.05)  # the other end sees that it was left
        server.close()
        await server.wait_closed()


async def _silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


def test_every_fault_that_the_judge_can_say_is_known() -> None:
    said = {code for _, code in factories.BAD.values()} - {"file_empty"}

    assert said <= judging.FAULTS
