"""Code lists over HTTP: in whose language, kept for how long."""

import pytest
from httpx import AsyncClient

from app.access.table import Role
from app.codelists import lists
from app.routers.code_lists import CodeList
from tests.factories import Town, signed


@pytest.mark.parametrize("role", Role)
async def test_every_role_reads_every_list(client: AsyncClient, town: Town, role: Role) -> None:
    headers = signed(town.everybody[role])

    named = (await client.get("/code-lists", headers=headers)).json()
    answers = [await client.get(f"/code-lists/{each['name']}", headers=headers) for each in named]

    assert [each["name"] for each in named] == list(lists.names())
    assert {answer.status_code for answer in answers} == {200}
    for each, answer in zip(named, answers, strict=True):
        got = CodeList.model_validate_json(answer.content)
        assert [code.code for code in got.codes] == list(lists.load(got.name))
        assert got.version == each["version"] == lists.version(got.name)


async def test_nobody_reads_a_list_without_signing_in(client: AsyncClient, town: Town) -> None:
    assert (await client.get("/code-lists")).status_code == 401
    assert (await client.get("/code-lists/sex")).status_code == 401


@pytest.mark.parametrize("language", lists.LANGUAGES)
async def test_labels_come_in_the_language_that_is_asked_for(
    client: AsyncClient, town: Town, language: lists.Language
) -> None:
    headers = signed(town.provider) | {"accept-language": f"{language}, de;q=0.9"}

    answer = await client.get("/code-lists/referral_priority", headers=headers)

    assert answer.headers["content-language"] == answer.json()["language"] == language
    for code in answer.json()["codes"]:
        assert code["label"] == lists.label("referral_priority", code["code"], language)
    assert answer.json()["codes"][0]["facts"] == {"answer_within_hours": "24", "clock": "always"}


@pytest.mark.parametrize("path", ["/code-lists", "/code-lists/sex"])
async def test_who_holds_the_same_is_not_sent_it_again(client: AsyncClient, town: Town, path: str) -> None:
    headers = signed(town.provider)
    tag = (await client.get(path, headers=headers)).headers["etag"]

    for held in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = await client.get(path, headers=headers | {"if-none-match": held})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["cache-control"] == "private, no-cache"
    changed = await client.get(path, headers=headers | {"if-none-match": '"other"'})
    assert changed.status_code == 200


async def test_another_language_is_another_answer(client: AsyncClient, town: Town) -> None:
    tags = {
        (
            await client.get("/code-lists/sex", headers=signed(town.provider) | {"accept-language": each})
        ).headers["etag"]
        for each in lists.LANGUAGES
    }

    assert len(tags) == len(lists.LANGUAGES)


@pytest.mark.parametrize("name", ["nothing", "..%2F..%2Fetc%2Fpasswd", "sex.csv"])
async def test_a_list_that_is_not_there_is_not_found(client: AsyncClient, town: Town, name: str) -> None:
    assert (await client.get(f"/code-lists/{name}", headers=signed(town.provider))).status_code == 404
