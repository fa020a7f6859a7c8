"""Give a document out: its bytes opened, under a name that says nothing."""

from typing import NamedTuple

from sqlmodel.ext.asyncio.session import AsyncSession

from app.documents import queries, rules
from app.documents.models import Document
from app.records.queries import File


class Opened(NamedTuple):
    """The bytes of one version, and how they are served."""

    media_type: str
    data: bytes
    name: str


async def opened(session: AsyncSession, file: File, document: Document, number: int | None) -> Opened:
    """The bytes of a version, opened; the name says nothing of the person or the paper."""
    found = await queries.content(session, document.id, number or document.newest)
    place = rules.place_of(document.id, found.number)
    data = file.box.read_bytes("document_file", "content", place, found.content)
    ending = found.media_type.rpartition("/")[2]
    return Opened(found.media_type, data, f"document-{document.id.hex[-8:]}-{found.number}.{ending}")
