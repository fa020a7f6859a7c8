"""A case with documents, and everybody around it, over HTTP."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from httpx import AsyncClient, Response
from sqlmodel import select

from app.access.actor import Actor
from app.documents.models import Document
from tests.documents.factories import document, file_it
from tests.factories import Town, signed
from tests.referrals.factories import Post

Json = dict[str, Any]


class Desk:
    """A case with a document, and everybody around it."""

    def __init__(self, client: AsyncClient, town: Town, post: Post) -> None:
        self.client, self.town, self.post = client, town, post
        self.case = f"/cases/{post.case_id}"

    async def file(self, sent: Json | None = None, **headers: str) -> Response:
        return await file_it(
            self.client, self.town.caseworker, self.post.case_id, sent or document(), **headers
        )

    async def one(self, sent: Json | None = None) -> Json:
        answer = await self.file(sent)
        assert answer.status_code == 201, answer.text
        found: Json = answer.json()
        return found

    async def get(self, path: str, actor: Actor | None = None) -> Response:
        return await self.client.get(path, headers=signed(actor or self.town.caseworker))

    async def content(self, one: Json, actor: Actor | None = None, query: str = "") -> Response:
        return await self.get(f"{self.case}/documents/{one['id']}/content{query}", actor)

    async def share(self, letter: UUID, one: Json) -> Response:
        path, body = f"/referrals/{letter}/documents", {"document_id": one["id"]}
        return await self.client.post(path, json=body, headers=signed(self.town.caseworker))

    async def count(self, table: Any = Document) -> int:
        async with self.town.work(self.town.coordinator) as session:
            return (await session.exec(select(sa.func.count()).select_from(table))).one()
