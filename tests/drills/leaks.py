"""Who the demo's people are, as their caseworkers read it; and where that stands where it must not."""

from collections.abc import Iterator

import httpx

from tests.drills.serving import Server, sign_in

OF_NOBODY_HELPED = (
    "user_account",
    "organisation",
    "facility",
    "team",
)  # colleagues and places have names, too
LEAST = 5  # letters; a shorter name is also a part of other words


def secrets(server: Server, many: int) -> set[str]:
    """Names, telephones and identity numbers of so many people, read over the wire and searched for."""
    headers = {"authorization": f"Bearer {sign_in(server.url, 'coordinator')}"}
    with httpx.Client(base_url=f"{server.url}/api/v1", headers=headers, timeout=60) as client:
        people = {one["survivor_id"] for one in client.get("/cases?limit=200").json()["items"]}
        found = [word for person in sorted(people)[:many] for word in _said_of(client, person)]
    return {word for word in found if len(word) >= LEAST}


def _said_of(client: httpx.Client, person: str) -> Iterator[str]:
    whole = client.get(f"/survivors/{person}").json()
    names = [name for key in ("given_name", "surname", "patronymic") if (name := whole[key])]
    yield from names
    for part in ("phones", "identifiers"):
        for one in client.get(f"/survivors/{person}/{part}").json()["items"]:
            yield one["number"]
    client.get("/cases", params={"cursor": names[0]})  # refused; the address must not be logged either
    answer = client.post("/survivors/search", json={"name": " ".join(names[:2])})
    assert answer.status_code == 200, answer.text


def dump(server: Server) -> str:
    """Every row about people, as whoever steals a backup reads it; bytes as hexadecimal digits."""
    with server.database() as database:
        tables = "select oid::regclass::text from pg_class where relkind = 'r' and relnamespace::regnamespace"
        names = [name for (name,) in database.execute(f"{tables}::text in ('public', 'stats')".encode())]
        wanted = [name for name in names if name not in OF_NOBODY_HELPED]
        assert {"survivor", "identifier", "phone", "note", "audit_event", "first_answer"} <= set(wanted)
        rows = [
            database.execute(f"select to_jsonb(t)::text from {name} t".encode()).fetchall() for name in wanted
        ]
    return "\n".join(row for table in rows for (row,) in table)


def logs(server: Server) -> str:
    """What the service and its database have written down."""
    return "\n".join(path.read_text(errors="replace") for path in sorted(server.folder.rglob("*.log")))


def leaked(words: set[str], text: str) -> set[str]:
    """Which of these stand in a text, in clear or as the hexadecimal digits of their letters."""
    return {word for word in words if word in text or word.encode().hex() in text}
