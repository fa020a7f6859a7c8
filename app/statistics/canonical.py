"""One spelling for one content, so that the same answer is the same bytes."""

import json
from typing import Any


def canonical(content: Any) -> bytes:
    """JSON with sorted keys and no spaces, in UTF-8. ValueError for what JSON cannot say (NaN)."""
    return json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()
