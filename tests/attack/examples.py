"""Make `docs/examples`: releases of the demo programme, in every format. `python -m tests.attack.examples`.

Drawing anew gives other figures, for the dice cannot be thrown twice; `--rewrite` writes the formats again
from the tables that are there.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from app.codelists.lists import LANGUAGES, Language
from app.printing import press
from app.printing.sheets import Sheet
from app.statistics import artefact, bulletin, formats, reports, yearbook
from app.statistics.cube import Cube
from app.statistics.states import Kind

EXAMPLES = Path(__file__).parents[2] / "docs/examples"
FOLDER, CARE, QUARTERS = (EXAMPLES / name for name in ("yearly-2024", "care-2024", "quarters-2024"))
YEAR, LAST_DAY = 2024, date(2024, 12, 31)
ENDS = [date(2024, 3, 31), date(2024, 6, 30), date(2024, 9, 30), LAST_DAY]
PEOPLE = 3427  # as many as the demo's public figures say
IN_EVERY_FORMAT = ("type_year", "region_type", "sex_age")
LANGUAGE = "en"
FORMATS = [suffix for suffix, one in formats.FORMATS.items() if not one.pixels]  # those stand in the bulletin
Tables = dict[str, bytes]


def tables(folder: Path = FOLDER) -> Tables:
    """The released tables that stand in a folder, as they were published."""
    return {path.stem: path.read_bytes() for path in folder.glob("*.json") if "." not in path.stem}


def plain(bodies: Mapping[str, bytes]) -> Tables:
    """The tables of a release as files, with the fingerprint of each and that over all."""
    parts = [artefact.Artefact(name, body) for name, body in bodies.items()]
    lines = "".join(f"{part.sha256}  {part.name}.json\n" for part in sorted(parts, key=lambda one: one.name))
    files = {f"{name}.json": body for name, body in bodies.items()}
    return files | {"SHA256SUMS": lines.encode(), "RELEASE": f"{_print(bodies)}\n".encode()}


def written(bodies: Mapping[str, bytes]) -> Tables:
    """Every file of the yearly folder: three of the tables stand in every format."""
    files = plain(bodies)
    for name in IN_EVERY_FORMAT:
        for suffix in FORMATS:
            files[f"{name}.{suffix}"] = formats.written(bodies[name].decode(), suffix, LANGUAGE)
    return files


def edition(language: Language) -> bulletin.Edition:
    """The bulletin of the year from the files that stand there, as the service makes it from its releases."""
    people, care = artefact.released(tables()), artefact.released(tables(CARE))
    quarters = [
        artefact.released({"new_registrations": body}) for _, body in sorted(tables(QUARTERS).items())
    ]
    prints = [_print(tables()), _print(tables(CARE))]
    prints += [_print({"new_registrations": body}) for _, body in sorted(tables(QUARTERS).items())]
    named = {kind: f"release (sha256 {each})" for kind, each in zip(("people", "care"), prints, strict=False)}
    year = yearbook.answered(care, prints[1], language)
    known = reports.Released(Cube([people]), year, YEAR, named)
    return bulletin.Edition(known, quarters, list(map(bulletin.Source, [people, care, *quarters], prints)))


def sheet(language: Language) -> Sheet:
    """The bulletin as the press takes it."""
    return bulletin.sheet(edition(language), language)


async def printed(language: Language) -> bytes:
    """The bulletin on paper."""
    return await press.printed(sheet(language), edition(language).at)


def write() -> None:
    """Write everything that follows from the tables."""
    for folder, files in ((FOLDER, written(tables())), (CARE, plain(tables(CARE)))):
        _put(folder, files)
    for language in LANGUAGES:
        _put(EXAMPLES, {f"bulletin-{YEAR}-{language}.pdf": asyncio.run(printed(language))})


def draw() -> None:
    """Load the demo into a database of its own, release what is due up to the day, and keep that."""
    from app.cli import database, releasing
    from app.core import embedded, keys
    from app.demo import programme, release

    keys.make_root_key(keys.root_key_path())
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        with embedded.cluster(Path(folder) / "postgres", keep=False) as owner:
            database.migrate(owner)
            programme.load(owner, PEOPLE, "only for the examples")
            releasing.release(owner, Kind.REGISTRATIONS, LAST_DAY)
            for kind, day in ((Kind.CARE, LAST_DAY), *((Kind.BULLETIN, end) for end in ENDS)):
                releasing.release(owner, kind, day)
            release.publish(owner)
            for found in asyncio.run(_published(owner)):
                _put(*_place(*found))


def _place(kind: str, last_day: date, name: str, body: bytes) -> tuple[Path, Tables]:
    """Where a published table stands among the examples."""
    if kind == Kind.BULLETIN.value:
        return QUARTERS, {f"{last_day}.json": body}
    return FOLDER if kind == Kind.REGISTRATIONS.value else CARE, {f"{name}.json": body}


async def _published(owner: sa.URL) -> list[tuple[str, date, str, bytes]]:
    from app.core.db import connect

    engine = connect(owner)
    async with engine.begin() as connection:
        rows = await connection.execute(
            sa.text(
                "select kind, last_day, name, body from stats.artefact join stats.release on id = release_id"
            )
        )
        found = [(kind, last_day, name, str(body).encode()) for kind, last_day, name, body in rows]
    await engine.dispose()
    return found


def _put(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def _print(bodies: Mapping[str, bytes]) -> str:
    return artefact.fingerprint([artefact.Artefact(name, body) for name, body in bodies.items()])


def total() -> int:
    """The released number of people, for the page that quotes it."""
    return int(json.loads(tables()["total"])["cells"][0])


if __name__ == "__main__":
    if "--rewrite" not in sys.argv:
        draw()
    write()
