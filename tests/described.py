"""The API's description, worked out once for all tests of a process: that takes seconds."""

from functools import cache
from typing import Any

from app.main import create_app


@cache
def api() -> dict[str, Any]:
    """What OpenAPI says of the whole service."""
    return create_app().openapi()
