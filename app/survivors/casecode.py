"""Case codes: what is written on paper instead of a name. Random, so that they count nothing. Pure."""

import re
import secrets

SURVIVOR, INCIDENT = "DYQ", "INC"
_CODE = re.compile(r"(DYQ|INC)-?(\d{4})-?(\d{6})-?(\d)", re.ASCII)
_TYPED_AS = str.maketrans("‐‑‒–—−", "------")

# H. Michael Damm's quasigroup of order 10 (2004): catches every wrong digit and every swap of neighbours.
# fmt: off
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2), (7, 0, 9, 2, 1, 5, 4, 8, 6, 3), (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6), (6, 1, 2, 3, 0, 4, 5, 9, 7, 8), (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4), (8, 9, 4, 5, 3, 6, 2, 0, 1, 7), (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
# fmt: on


def check_digit(digits: str) -> int:
    """The digit that, written behind these, makes the number whole."""
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return interim


def new_code(prefix: str, year: int) -> str:
    """A fresh code such as DYQ-2026-493017-8; the caller sees to it that it is not taken."""
    digits = f"{year:04}{secrets.randbelow(1_000_000):06}"
    return f"{prefix}-{digits[:4]}-{digits[4:]}-{check_digit(digits)}"


def read_code(written: str) -> str | None:
    """The code as we write it, however it was typed; nothing when it is none, or was mistyped."""
    plain = "".join(written.translate(_TYPED_AS).upper().split())
    found = _CODE.fullmatch(plain)
    if not found or check_digit(found[2] + found[3]) != int(found[4]):
        return None
    return "-".join(found.groups())
