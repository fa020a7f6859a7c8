"""Draws a page as PDF, or a picture as PNG. Run as a process of its own: JSON comes in, the file goes out.

Everything that people wrote is data to the template, never part of it.
"""

import json
import resource
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

MEMORY, SECONDS = 2 << 30, 20  # of address space, most of which is never touched
TEMPLATE = Path(__file__).parent / "sheet.typ"
PICTURE = b"""
#set page(width: auto, height: auto, margin: 0pt)
#set text(font: "Libertinus Serif")
#image(bytes(sys.inputs.svg), format: "svg")
"""


def main() -> None:
    """One sheet, one PDF; one SVG, one PNG."""
    given = json.loads(sys.stdin.buffer.read())
    import segno
    import typst

    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    drawn = _png(typst, given) if "svg" in given else _pdf(typst, segno, given)
    sys.stdout.buffer.write(drawn)


def _pdf(typst: Any, segno: Any, sheet: Any) -> bytes:
    if sheet["qr"]:
        sheet["qr"] = segno.make(sheet["code"], error="m", micro=False).svg_inline(border=0)
    pdf: bytes = typst.compile(
        TEMPLATE.read_bytes(),
        root=TEMPLATE.parent,
        ignore_system_fonts=True,  # the same letters on every machine: those that come with the library
        sys_inputs={"sheet": json.dumps(sheet)},
        timestamp=datetime.fromisoformat(sheet["printed_at"]),
    )
    return pdf


def _png(typst: Any, given: Any) -> bytes:
    png: bytes = typst.compile(
        PICTURE,
        format="png",
        ppi=given["ppi"],
        ignore_system_fonts=True,
        sys_inputs={"svg": given["svg"]},
    )
    return png


if __name__ == "__main__":
    main()
