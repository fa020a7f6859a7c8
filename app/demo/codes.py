"""Numbers that look like the service's own and repeat at every load: case codes, FINs, telephones."""

from app.referrals.actions import CODE_LETTERS
from app.survivors.casecode import check_digit

MILLION = 1_000_000
STEP = 617_393  # shares no factor with a million: neighbours in the programme get distant numbers
FAR = 301_994_627_300_077  # the same for codes of ten letters out of thirty
LETTERS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # of a FIN: without I and O
MOBILE = ("50", "51", "55", "70", "77", "99", "10", "60", "40", "44")


def code(prefix: str, year: int, number: int) -> str:
    """A code such as DYQ-2026-493017-8, another one for each number; beyond a million with more digits."""
    shuffled = number * STEP % MILLION if number < MILLION else number
    digits = f"{year:04}{shuffled:06}"
    return f"{prefix}-{digits[:4]}-{digits[4:]}-{check_digit(digits)}"


def referral_code(number: int) -> str:
    """A referral's number such as REF-7K2QD-93MXW, another one for each number."""
    left, found = number * FAR % len(CODE_LETTERS) ** 10, ""
    for _ in range(10):
        left, letter = divmod(left, len(CODE_LETTERS))
        found += CODE_LETTERS[letter]
    return f"REF-{found[:5]}-{found[5:]}"


def fin(number: int) -> str:
    """Seven characters like a FIN, the first two letters that are said to stand in none."""
    found = ""
    for _ in range(5):
        number, digit = divmod(number, len(LETTERS))
        found = LETTERS[digit] + found
    return "IO" + found


def mobile(number: int) -> str:
    """A telephone that rings nowhere: behind an operator's prefix no subscriber's number begins with 0."""
    prefix, rest = divmod(number, MILLION)
    return f"+994{MOBILE[prefix]}0{rest:06}"
