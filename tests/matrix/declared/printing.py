"""Declared: what is printed. The matrix has the pages as text; the press is tried elsewhere."""

from tests.matrix.engine import Row
from tests.matrix.scenes import about
from tests.matrix.words import FILE, LETTER, PERSON, READERS, WORKERS, C, D, R, S

# fmt: off
ROWS: dict[str, Row] = {
    f"GET {C}/summary.pdf":   Row("survivor:read rehabilitation:read referral:read case:read", WORKERS, about(**FILE)),
    f"GET {R}/letter.pdf":    Row("referral:send", WORKERS, about(**LETTER)),
    f"GET {S}/statement.pdf": Row("survivor:read survivor:statement", WORKERS, about(**PERSON)),
    f"GET {S}/readers.pdf":   Row("survivor:statement", WORKERS + "d", about(**PERSON)),
    f"GET {D}/fixtures.pdf":  Row("programme:read", READERS, about(division_id="division"), foreign=2),
}
# fmt: on
