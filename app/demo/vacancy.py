"""Whether the demo programme is loaded. Apart from what makes it, which takes seconds to be read in."""

import sqlalchemy as sa

from app.core.db import for_command

LOADED = "select exists (select from survivor where invented)"


def is_loaded(owner: sa.URL) -> bool:
    """Whether this database holds a demo programme, as far as its owner can see."""
    engine = for_command(owner)
    with engine.connect() as connection:
        return bool(connection.scalar(sa.text(LOADED)))
