"""What we answer: the fields that are named, and no other."""

from pydantic import BaseModel, ConfigDict


class Shown(BaseModel):
    """The base of everything that goes out, and of what stands in it.

    Worked out at first use (`defer_build`): a worker reads in hundreds before it can answer, and uses few.
    """

    model_config = ConfigDict(from_attributes=True, extra="forbid", defer_build=True)
