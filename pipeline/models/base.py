"""The base of every domain model."""

from pydantic import BaseModel, ConfigDict


class FrozenModel(BaseModel):
    """A value that cannot be changed after it is made and takes no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")
