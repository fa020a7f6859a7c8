"""Warnings in an answer, told in the caller's language: the record was kept all the same."""

from typing import TypeVar

from pydantic import BaseModel

from app.access.actor import Actor
from app.routers import _messages
from app.survivors.schemas import Warned

W = TypeVar("W", bound=BaseModel)


def told(actor: Actor, out: W, warnings: list[Warned]) -> W:
    """The answer with these warnings, each with its text."""
    texts = [one.model_copy(update={"message": _messages.text(one.code, actor.language)}) for one in warnings]
    return out.model_copy(update={"warnings": texts})
