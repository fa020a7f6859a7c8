"""What an answer tells a person who reads it."""

from io import BytesIO

from httpx import Response
from pypdf import PdfReader


def as_read(answer: Response) -> str:
    """The text of an answer; of a printed page what stands on it, on one line: its bytes are packed."""
    return on_paper(answer.content) if answer.content.startswith(b"%PDF") else answer.text


def on_paper(pdf: bytes) -> str:
    """The text of a PDF, on one line."""
    return " ".join("\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())
