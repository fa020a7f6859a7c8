"""Papers of the demo: the service would have taken each, and gives it out."""

from uuid import UUID

from sqlmodel import Session, col, select

from app.cases.models import Case
from app.core import vault
from app.core.clock import day_of
from app.demo.documents import paper, picture
from app.documents import judging, rules
from app.documents.models import Document, DocumentFile
from app.survivors.models import PersonKey


async def test_the_files_of_the_demo_would_be_taken_as_what_they_are() -> None:
    taken = [await judging.content_of(data) for data in (picture(), paper())]

    assert [one.media_type for one in taken] == ["image/png", "application/pdf"]
    assert taken[1].data == paper()


def test_every_version_opens_with_the_persons_key_and_stands_where_it_was_put(session: Session) -> None:
    rows = select(Document, DocumentFile, PersonKey.wrapped)
    rows = rows.join(DocumentFile, col(DocumentFile.document_id) == col(Document.id))
    rows = rows.join(Case, col(Case.id) == col(Document.case_id))
    found = session.exec(rows.join(PersonKey, col(PersonKey.id) == col(Case.survivor_id))).all()
    assert len(found) > 50

    newest: dict[UUID, int] = {}
    for document, file, wrapped in found:
        place = rules.place_of(document.id, file.number)
        data = vault.open_key(wrapped).read_bytes("document_file", "content", place, file.content)
        assert data == (picture() if file.media_type == "image/png" else paper())
        assert len(data) == file.size
        rules.need_place(document.kind_code, apart=document.apart)
        rules.need_issued(document.issued_on, day_of(document.created_at))
        newest[document.id] = max(newest.get(document.id, 0), file.number)
    assert newest == {document.id: document.newest for document, _, _ in found}
    assert {1, 2} == set(newest.values())
