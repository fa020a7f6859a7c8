"""Make `docs/examples`: a release of the demo programme, in every format. `python -m tests.attack.examples`.

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

from app.statistics import artefact, formats
from app.statistics.states import Kind

FOLDER = Path(__file__).parents[2] / "docs/examples/yearly-2024"
LAST_DAY = date(2024, 12, 31)
PEOPLE = 3427  # as many as the demo's public figures say
IN_EVERY_FORMAT = ("type_year", "region_type", "sex_age")
LANGUAGE = "en"
FORMATS = [suffix for suffix, one in formats.FORMATS.items() if not one.pixels]  # those stand in the bulletin


def tables() -> dict[str, bytes]:
    """The released tables that stand in the folder, as they were published."""
    return {path.stem: path.read_bytes() for path in FOLDER.glob("*.json") if "." not in path.stem}


def written(bodies: Mapping[str, bytes]) -> dict[str, bytes]:
    """Every file of the folder: the tables, three of them in every format, and the release's fingerprint."""
    parts = [artefact.Artefact(name, body) for name, body in bodies.items()]
    lines = "".join(f"{part.sha256}  {part.name}.json\n" for part in sorted(parts, key=lambda one: one.name))
    files = {f"{name}.json": body for name, body in bodies.items()}
    files["SHA256SUMS"], files["RELEASE"] = lines.encode(), f"{artefact.fingerprint(parts)}\n".encode()
    for name in IN_EVERY_FORMAT:
        for suffix in FORMATS:
            files[f"{name}.{suffix}"] = formats.written(bodies[name].decode(), suffix, LANGUAGE)
    return files


def write(bodies: Mapping[str, bytes]) -> None:
    """Write the folder."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in written(bodies).items():
        (FOLDER / name).write_bytes(content)


def draw() -> dict[str, bytes]:
    """Load the demo into a database of its own, release its registrations up to the day, and read that."""
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
            release.publish(owner)
            return asyncio.run(_published(owner))


async def _published(owner: sa.URL) -> dict[str, bytes]:
    from app.core.db import connect

    engine = connect(owner)
    async with engine.begin() as connection:
        rows = await connection.execute(sa.text("select name, body from stats.artefact"))
        bodies = {name: str(body).encode() for name, body in rows}
    await engine.dispose()
    return bodies


def total() -> int:
    """The released number of people, for the page that quotes it."""
    return int(json.loads(tables()["total"])["cells"][0])


if __name__ == "__main__":
    write(tables() if "--rewrite" in sys.argv else draw())
