"""Before figures are served by themselves: whoever does it was given nothing that could read a record.

A service that was handed too much does not start. So its environment is worth no more to a thief than what
it publishes.
"""

import sqlalchemy as sa

from app.cli import database
from app.core import keys
from app.core.config import settings
from app.core.db import FIGURES, FIGURES_LOGIN, for_command
from app.core.disk import Unusable

LENT = sa.text(
    "select r.rolname::text from pg_roles r where pg_has_role(current_user, r.oid, 'member')"
    " and r.rolname <> current_user"
)
OF_OTHERS = ("migration_url", "figures_url", "demo_password", "smtp_password", "text_token")


def need_nothing_more() -> None:
    """Unusable unless the login, the key and the settings are those of a service of figures."""
    if database.named(settings().database_url) != FIGURES_LOGIN:
        raise Unusable(f"Figures alone are served as {FIGURES_LOGIN}: give its address in DATABASE_URL.")
    if held := [name.upper() for name in OF_OTHERS if _says(name)]:
        raise Unusable(f"Figures alone are served without {', '.join(held)}: take them out of this service.")
    if not keys.load_root_key(keys.root_key_path()).is_handed:
        raise Unusable(
            "Figures alone are served without the root key: give ROOT_KEY_FILE one of `dayaq figures-key`."
        )
    if more := _lent() - {FIGURES}:
        raise Unusable(f"{FIGURES_LOGIN} may take on {', '.join(sorted(more))} too: revoke that from it.")


def _says(name: str) -> bool:
    """Whether a setting was given; what it holds is nobody's business here."""
    value = getattr(settings(), name)
    return bool(value.get_secret_value() if hasattr(value, "get_secret_value") else value)


def _lent() -> set[str]:
    """The rights that whoever signs in to the database like this can take on."""
    engine = for_command(database.reachable(settings().database_url))
    with engine.connect() as connection:
        return set(connection.scalars(LENT))
