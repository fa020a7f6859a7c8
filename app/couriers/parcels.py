"""What goes out of the house, and how a sending fails; how it is sent is the carriers' business."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from app.couriers.models import Channel


class Fault(Exception):
    """It was not taken. `final`: nor will it be another time."""

    def __init__(self, code: str, final: bool = False) -> None:
        super().__init__(code)
        self.code, self.final = code, final


@dataclass(frozen=True, slots=True)
class Parcel:
    """What goes out in one piece, for these deliveries; the first of their ids names it, at every try."""

    channel: Channel
    deliveries: Sequence[UUID]
    to: str
    subject: str = ""
    text: str = ""
    body: bytes = b""
    key: str = ""
    key_id: str = ""

    @property
    def name(self) -> str:
        """The same at every try, so that a receiver knows a double."""
        return str(self.deliveries[0])


Send: TypeAlias = Callable[[Parcel], Awaitable[None]]
