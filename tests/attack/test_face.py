"""D2 for a process of its own: `dayaq serve --face statistics`, and a thief who has all that it was given."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import psutil
import pytest
import sqlalchemy as sa
from anyio.from_thread import start_blocking_portal

from app.cli import figures
from app.core import keys
from app.core.config import settings
from app.core.db import FIGURES, FIGURES_LOGIN, connect
from app.core.disk import Unusable
from tests.attack.findings import Findings
from tests.attack.test_surface import ARTEFACTS, COUNTS, QUESTIONS, READABLE, RUNS_AS_OWNER, V1
from tests.cli.test_serving import Service, serving
from tests.conftest import copy, run
from tests.factories import Town, signed
from tests.statistics.files import Files
from tests.statistics.publishing import publish

LENT = ("app_rw", "app_auth", "stats_reader", "stats_producer", "facts", "owner", "app_login", "postgres")
SECRETS = ("PASSWORD", "TOKEN", "MIGRATION", "SECRET")
READS = (
    *("survivor", "note", "user_account", "login_session", "notification", "audit_event"),
    *("stats.statistics_fact", "stats.budget_entry", "stats.question"),
)


@pytest.fixture(scope="module")
def town(cluster: sa.URL) -> Iterator[tuple[Town, sa.URL]]:
    """A released register, and where its database is."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(released(cluster)) as one:
        yield one


@asynccontextmanager
async def released(cluster: sa.URL) -> AsyncIterator[tuple[Town, sa.URL]]:
    async with copy(cluster) as login:
        place = cluster.set(database=login.url.database)
        owner = connect(place)
        files = Files(await Town(login).build(), owner)
        await files.add(60)
        await publish(owner)
        await owner.dispose()
        yield files.town, place


@pytest.fixture(scope="module")
def face(town: tuple[Town, sa.URL], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service as it is started in a process of its own."""
    house = tmp_path_factory.mktemp("face")
    keys.hand_over(house / "figures.key", "token")
    given = {
        "DATABASE_URL": town[1].set(username=FIGURES_LOGIN).render_as_string(hide_password=False),
        "ROOT_KEY_FILE": house / "figures.key",
        "MFA_REQUIRED": "false",
    }
    with serving(house / "var", "--face", "statistics", **given) as service:
        yield service


def test_it_answers_with_figures_and_has_no_other_page(
    town: tuple[Town, sa.URL], face: Service, found: Findings
) -> None:
    """Who may see every record elsewhere sees none here: there is nothing else to ask."""
    with httpx.Client(base_url=f"http://127.0.0.1:{face.port}", timeout=20) as client:
        pages = client.get("/openapi.json").json()["paths"]
        operations = {f"{verb.upper()} {path}" for path, verbs in pages.items() for verb in verbs}
        question = {"dimensions": ["sex"]}
        asked = {}
        for actor in (town[0].analyst, town[0].coordinator):
            mine = signed(actor)
            answer = client.post(f"{V1}/statistics/query", json=question, headers=mine)
            asked[actor.role] = (answer.status_code, answer.content)
            releases = client.get(f"{V1}/statistics/releases", headers=mine).json()
            table = f"{V1}/statistics/releases/{releases[0]['id']}/tables/total.csv"
            assert client.get(table, headers=mine).status_code == 200
            assert client.get(f"{V1}/cases", headers=mine).status_code == 404
        nobody = client.post(f"{V1}/statistics/query", json=question)

    more = {name for name in operations if "/health/" not in name} - ARTEFACTS
    found.note(
        "D2",
        f"of {len(operations)} pages of the service of figures, not of artefacts",
        len(more - QUESTIONS),
        "= 0",
    )
    assert operations >= ARTEFACTS
    assert more == {f"POST {V1}/statistics/questions/preview"}  # what one would cost: from artefacts alone
    assert {status for status, _ in asked.values()} == {200}
    assert len({body for _, body in asked.values()}) == 1
    assert nobody.status_code == 401


def test_with_all_that_it_was_given_no_record_can_be_read(
    town: tuple[Town, sa.URL], face: Service, found: Findings
) -> None:
    """The thief of its environment: the address and the key of the running process, and nothing made up."""
    given = psutil.Process(face.process.pid).environ()
    address = sa.make_url(given["DAYAQ_DATABASE_URL"]).set(drivername="postgresql+psycopg")
    ring = keys.load_root_key(Path(given["DAYAQ_ROOT_KEY_FILE"]))
    engine = sa.create_engine(address, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    read: list[str] = []
    with engine.connect() as connection:
        assert connection.scalar(sa.text("select current_user::text")) == FIGURES_LOGIN
        for table in READS:
            read += attempt(connection, f"select count(*) from {table}")
        counted = [one for statement in COUNTS for one in attempt(connection, statement)]
        taken = [one for role in LENT for one in attempt(connection, f"set role {role}")]
        connection.exec_driver_sql(f"set role {FIGURES}")
        connection.exec_driver_sql(
            "select set_config('app.everyone', 'on', false), set_config('app.role', 'coordinator', false)"
        )
        for table in READS:
            read += attempt(connection, f"select count(*) from {table}")
        counted += [one for statement in COUNTS for one in attempt(connection, statement)]
        shown = connection.scalar(sa.text("select count(*) from stats.artefact"))
        readable = set(connection.scalars(sa.text(READABLE), {"role": FIGURES}))
        runs = set(connection.scalars(sa.text(RUNS_AS_OWNER), {"role": FIGURES_LOGIN}))
        connection.exec_driver_sql("reset role")
        sessions = connection.scalar(sa.text("select count(*) from who_acts(gen_random_uuid(), null)"))
    engine.dispose()

    held = [name for name in given if any(secret in name.upper() for secret in SECRETS)]
    found.note(
        "D2",
        f"of {2 * len(READS)} readings of records with the credentials of that process, granted",
        len(read),
        "= 0",
    )
    found.note(
        "D2", f"of {2 * len(COUNTS)} ways to count by PostgreSQL's own statistics", len(counted), "= 0"
    )
    found.note("D2", f"of {len(LENT)} other roles, taken on with them", len(taken), "= 0")
    found.note("D2", "credentials of care in its environment", len(held), "= 0")
    assert (read, counted, taken, held) == ([], [], [], [])
    assert readable == {"stats.release", "stats.artefact", "stats.account"}
    assert shown == 8
    assert (runs, sessions) == ({"who_acts(uuid,uuid)"}, 0)
    assert ring.is_handed
    for name in set(keys.PURPOSES) - {"token"}:
        with pytest.raises(keys.BadKey, match="was given the key for token"):
            ring.root(1).derived(name)


def attempt(connection: sa.Connection, statement: str) -> list[str]:
    """The statement, if the database let it through."""
    try:
        connection.exec_driver_sql(statement)
    except sa.exc.DBAPIError as error:
        if getattr(error.orig, "sqlstate", "") != "42501":
            raise
        return []
    return [statement]


@pytest.fixture
def given(
    town: tuple[Town, sa.URL], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[pytest.MonkeyPatch]:
    """The settings of a sound service of figures, for a test that spoils one."""
    keys.hand_over(tmp_path / "figures.key", "token")
    address = town[1].set(username=FIGURES_LOGIN).render_as_string()
    monkeypatch.setenv("DAYAQ_DATABASE_URL", address)
    monkeypatch.setenv("DAYAQ_ROOT_KEY_FILE", str(tmp_path / "figures.key"))
    settings.cache_clear()
    figures.need_nothing_more()
    yield monkeypatch
    monkeypatch.undo()
    settings.cache_clear()
    keys.forget()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DATABASE_URL", "postgresql://app_login@db/dayaq", "served as stats_login"),
        ("DATABASE_URL", "", "served as stats_login"),
        ("MIGRATION_URL", "postgresql://postgres:very-secret@db/dayaq", "without MIGRATION_URL"),
        ("SMTP_PASSWORD", "very-secret", "without SMTP_PASSWORD"),
        ("TEXT_TOKEN", "very-secret", "without TEXT_TOKEN"),
        ("DEMO_PASSWORD", "very-secret", "without DEMO_PASSWORD"),
        ("ROOT_KEY_FILE", None, "without the root key"),
    ],
)
def test_it_does_not_start_with_more_than_it_needs(
    given: pytest.MonkeyPatch, name: str, value: str | None, said: str
) -> None:
    root = Path(settings().var) / "root.key"
    given.setenv(f"DAYAQ_{name}", str(root) if value is None else value)
    settings.cache_clear()

    with pytest.raises(Unusable, match=said) as refusal:
        figures.need_nothing_more()

    assert "very-secret" not in str(refusal.value)


def test_it_does_not_start_where_its_login_was_lent_more(given: pytest.MonkeyPatch, cluster: sa.URL) -> None:
    run(cluster, f"grant app_rw to {FIGURES_LOGIN}")
    try:
        with pytest.raises(Unusable, match="may take on app_rw too"):
            figures.need_nothing_more()
    finally:
        run(cluster, f"revoke app_rw from {FIGURES_LOGIN}")
