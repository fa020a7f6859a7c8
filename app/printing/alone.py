"""Draws a page as PDF. Run as a process of its own: a sheet comes in as JSON, out goes the PDF.

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


def main() -> None:
    """One sheet, one PDF."""
    sheet = json.loads(sys.stdin.buffer.read())
    import segno
    import typst

    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    if sheet["qr"]:
        sheet["qr"] = segno.make(sheet["code"], error="m", micro=False).svg_inline(border=0)
    template: Any = TEMPLATE.read_bytes()
    pdf: bytes = typst.compile(
        template,
        root=TEMPLATE.parent,
        ignore_system_fonts=True,  # the same letters on every machine: those that come with the library
        sys_inputs={"sheet": json.dumps(sheet)},
        timestamp=datetime.fromisoformat(sheet["printed_at"]),
    )
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main()
