"""`python -m app.cli` is `dayaq`."""

from app.cli import cli

cli()
