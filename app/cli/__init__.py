"""Commands: `dayaq <command>`. When one cannot do its work it says so in one line and changes nothing."""

import asyncio
import os
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from pydantic import ValidationError
from typer.core import TyperGroup

from app.cli import database, doctor, serving
from app.cli.database import alembic, migrate, owner_address
from app.core import keys
from app.core.db import connect
from app.core.disk import Unusable
from app.core.errors import Problem

__all__ = ["alembic", "cli", "migrate", "owner_address"]

ReleaseKind = Literal["registrations", "bulletin", "care", "rebase"]
Survivors = Annotated[int | None, typer.Option(help="How many people to make up.")]


class Plain(TyperGroup):
    """Says what went wrong in one line instead of a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; exit 1 on what the person at the keyboard can mend."""
        try:
            return super().invoke(ctx)
        except ValidationError as error:
            wrong = error.errors(include_input=False, include_url=False)[0]
            typer.echo(f"dayaq: {wrong['loc'][0]}: {wrong['msg']}.", err=True)
        except (Unusable, keys.BadKey, Problem, OSError) as error:
            typer.echo(f"dayaq: {error}", err=True)
        raise typer.Exit(1)


cli = typer.Typer(
    cls=Plain,
    help="Run and look after Dayaq.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@cli.command()
def serve(
    demo: Annotated[bool, typer.Option("--demo", help="Load the demo programme at the first start.")] = False,
    survivors: Survivors = None,
    face: Annotated[
        Literal["all", "statistics"], typer.Option(help="All, or released figures alone.")
    ] = "all",
) -> None:
    """Start everything: the database where none is given, migrations, the service.

    With --face statistics only released figures, by a login and a key that can open nothing else.
    """
    if face == "statistics":
        serving.serve_figures()
    else:
        serving.serve(demo, survivors)


@cli.command("migrate")
def migrate_command() -> None:
    """Bring the database up to date; refuses one that a newer Dayaq has changed."""
    with owner_address() as owner:
        migrate(owner)
        typer.echo(f"The database is at migration {database.head()}.")


@cli.command()
def demo(survivors: Survivors = None) -> None:
    """Load the demo programme into an empty database, also beside a running `dayaq serve`."""
    with owner_address() as owner:
        migrate(owner)
        serving.load_demo(owner, survivors)


@cli.command("create-admin")
def create_admin(
    username: Annotated[str, typer.Argument(help="The name to sign in with.")],
    display_name: Annotated[str, typer.Option("--name", prompt="Full name", help="As colleagues see it.")],
    organisation: Annotated[str, typer.Option(prompt=True, help="The body that runs the programme.")],
) -> None:
    """Make the first administrator of a programme. The password is asked for, or DAYAQ_ADMIN_PASSWORD."""
    from app.accounts import actions as accounts

    password = os.environ.pop("DAYAQ_ADMIN_PASSWORD", "") or typer.prompt(
        "Password", hide_input=True, confirmation_prompt=True
    )
    with owner_address() as owner:
        migrate(owner)

        async def create() -> None:
            engine = connect(database.login_address(owner))
            try:
                await accounts.create_first_admin(engine, username, display_name, organisation, password)
            finally:
                await engine.dispose()

        asyncio.run(create())
    typer.echo(f"{username} can sign in now and sets up a second factor at the first time.")


@cli.command("new-key")
def new_key() -> None:
    """Make the root key file of a new programme. An existing one is never overwritten."""
    path = keys.root_key_path()
    try:
        keys.make_root_key(path)
    except FileExistsError as error:
        raise Unusable(f"{path} exists already and stays as it is.") from error
    typer.echo(database.key_advice(path))


@cli.command("figures-key")
def figures_key(path: Annotated[Path, typer.Argument(help="Where to write it.")]) -> None:
    """Write the key file of `dayaq serve --face statistics`: it reads who signs in, and opens no record."""
    keys.hand_over(path, "token")
    typer.echo(f"{path} is written. Write it anew after each `dayaq rotate-root-key`.")


@cli.command("rotate-root-key")
def rotate_root_key() -> None:
    """Make a new root key version and wrap every data key under it. Broken off, run it again."""
    from app.core import rotation

    with owner_address() as owner:
        changed = rotation.rotate(owner)
    typer.echo(
        f"{changed} keys are wrapped under the new version. {database.key_advice(keys.root_key_path())}"
    )


@cli.command()
def tidy() -> None:
    """Escalate and end what nobody answered, wake cases, raise tasks, drop old sessions. For a timer."""
    from app.cli import chores

    with owner_address() as owner:
        migrate(owner)
        done = chores.tidy(owner)
    typer.echo(
        f"{done.escalated} late answers told of; {done.ended} referrals expired; {done.woken} cases woke;"
        f" {done.raised} tasks raised; {done.asked} offers to verify;"
        f" {done.dropped} sessions, invitations and waits dropped."
    )


@cli.command()
def deliver(
    once: Annotated[bool, typer.Option("--once", help="Send what is due now, and end.")] = False,
) -> None:
    """Do what nobody asks for, until told to stop: tell people outside the app, and what the calendar says.

    Late answers are told of within minutes; what `tidy` does is done once a day. Any number may run.
    """
    from app.cli import chores

    serving.log_to_stderr()
    with database.working_address() as address:
        chores.deliver(address, once)


@cli.command()
def release(
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Its last day; of registrations else the last year over."),
    ] = None,
    expected_files: Annotated[
        int | None, typer.Option(min=0, help="How many people to expect, from public sources; never a count.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Pay anew for a run that failed.")] = False,
    kind: Annotated[
        ReleaseKind | None, typer.Option(help="One kind of release alone, whose period ends on --until.")
    ] = None,
) -> None:
    """Prepare protected statistics: all that is due by the calendar and by drafts, or what is named here."""
    from app.cli import releasing
    from app.statistics.states import Kind

    with owner_address() as owner:
        migrate(owner)
        if kind or until or expected_files is not None or again:
            about = Kind(kind or Kind.REGISTRATIONS)
            done: list[Any] = [
                releasing.release(owner, about, until and until.date(), expected_files, again=again)
            ]
        else:
            done = releasing.everything_due(owner)
    for line in map(releasing.told, done):
        typer.echo(line, err=line.startswith("dayaq:"))
    raise typer.Exit(any(isinstance(one, Problem) for one in done))


@cli.command()
def docs(
    check: Annotated[bool, typer.Option("--check", help="Only name the files that are out of date.")] = False,
) -> None:
    """Print the reference pages and openapi.json from the code."""
    from app import reference  # builds the whole application, which other commands can do without

    stale = reference.print_pages(check=check)
    for path in stale:
        typer.echo(f"{'out of date' if check else 'written'}: {path}", err=check)
    raise typer.Exit(check and bool(stale))


@cli.command("doctor")
def doctor_command() -> None:
    """Look at keys, database, rights, disk, clock and settings; exit 1 if anything has failed."""
    findings = doctor.examine()
    for finding in findings:
        typer.echo(finding)
    raise typer.Exit(any(finding.failed for finding in findings))
