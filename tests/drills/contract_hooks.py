"""What schemathesis is told about this API: who asks, and which records there are to ask about.

Read by its own process (SCHEMATHESIS_HOOKS). Random ids name nothing; so a request that means well is about
a record that is there, every other time, and one that means ill is left as it is.
"""

import os
import random
import time
from typing import Any

import httpx
import schemathesis
from schemathesis import GenerationMode, HookContext

API = os.environ["CONTRACT_URL"] + "/api/v1"
PERSON = {"username": os.environ["CONTRACT_PERSON"], "password": os.environ["CONTRACT_PASSWORD"]}
AGAIN = int(os.environ["CONTRACT_AGAIN"])  # seconds after which somebody signs in anew
DICE = random.Random(1)
known: dict[str, list[dict[str, str]]] = {}
held: dict[str, str] = {}  # the newest token


@schemathesis.auth(refresh_interval=AGAIN)
class SignedIn:
    """A fresh token now and then: some operations end the session they are asked in."""

    def get(self, _: Any, __: Any) -> str:
        """Sign in, again if there is a wait."""
        for _ in range(60):
            answer = httpx.post(f"{API}/auth/token", data=PERSON, timeout=60)
            if answer.status_code == 200:
                held["authorization"] = f"Bearer {answer.json()['access_token']}"
                return held["authorization"]
            time.sleep(1)
        raise AssertionError(answer.text)

    def set(self, case: Any, data: str, _: Any) -> None:
        """Show it."""
        case.headers = {**(case.headers or {}), "Authorization": data}


@schemathesis.hook
def before_call(context: HookContext, case: Any, kwargs: dict[str, Any]) -> None:
    """Let a well-meant request be about what is there, every other time."""
    if (
        not case.path_parameters
        or case.meta is None
        or case.meta.generation.mode is not GenerationMode.POSITIVE
    ):
        return
    there = _records(case.operation.path)
    if there and DICE.random() < 0.5:
        case.path_parameters = {**case.path_parameters, **DICE.choice(there)}


def _records(path: str) -> list[dict[str, str]]:
    """Records that stand in this path's place, as far as the lists before it show any."""
    if path not in known:
        known[path] = []
        with httpx.Client(base_url=API, headers=held, timeout=60) as client:
            known[path] = _found(client, path.removeprefix("/api/v1"))
    return known[path]


def _found(client: httpx.Client, path: str) -> list[dict[str, str]]:
    """Ids for each parameter of a path, from the list that stands before it."""
    if "{" not in path:
        return [{}]
    before, _, rest = path.rpartition("/{")
    name = rest.split("}")[0]
    field, before = (
        ("survivor_id", "/cases") if before == "/survivors" else ("id", before)
    )  # no list of people
    found = []
    for given in _found(client, before)[:5]:
        answer = client.get(before.format(**given))
        items = answer.json() if answer.status_code == 200 else []
        items = items.get("items", []) if isinstance(items, dict) else items
        there = [one for one in items[:10] if isinstance(one, dict) and field in one]
        found += [{**given, name: str(one[field])} for one in there]
    return found
