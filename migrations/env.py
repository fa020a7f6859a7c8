"""Run migrations. The address comes from the caller, from MIGRATION_URL, or is the embedded cluster's."""

from contextlib import AbstractContextManager, nullcontext

import sqlalchemy as sa
from alembic import context
from sqlmodel import AutoString, SQLModel

import app.models  # noqa: F401  (registers every table)
from app.core.db import Moment, for_command

LIMITS = sa.text(
    "select set_config('lock_timeout', '4s', true), set_config('statement_timeout', '30s', true)"
)
OWNER = sa.text("select set_config('role', rolname, true) from pg_roles where rolname = 'owner'")
SCHEMAS = {None, "public", "stats"}


def plain_type(kind: str, thing: object, _: object) -> str | bool:
    """Write our own column types as plain SQLAlchemy, so old migrations never import app."""
    if kind == "type" and isinstance(thing, Moment):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(thing, AutoString):
        return f"sa.String(length={thing.length})"
    return False


def ours(name: str | None, kind: str, _: object) -> bool:
    """Only the schemas that are ours are compared with the code."""
    return kind != "schema" or name in SCHEMAS


def run(url: sa.URL) -> None:
    """All steps in one transaction, as the owner of the tables."""
    engine = for_command(url)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            compare_type=True,
            compare_server_default=True,
            include_schemas=True,
            include_name=ours,
            render_item=plain_type,
        )
        with context.begin_transaction():
            connection.execute(LIMITS)
            connection.execute(OWNER)
            context.run_migrations()
    engine.dispose()


def address() -> AbstractContextManager[sa.URL]:
    """Where to: given by the caller, else as the commands find it."""
    if url := context.config.attributes.get("url"):
        return nullcontext(url)
    from app.cli import owner_address  # only the bare `alembic` command needs it

    return owner_address()


with address() as found:
    run(found)
