"""The base of every domain model."""

from functools import cache

from pydantic import BaseModel, ConfigDict


class FrozenModel(BaseModel):
    """A value that cannot be changed after it is made and takes no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PlentifulModel(FrozenModel):
    """A frozen model of which a large batch holds hundreds of thousands.

    Pydantic gives every instance a set of the fields that it was made with, which takes more room than the values of a
    small model. Instances made with the same fields share one here, and a row of the shortlist takes less than half.
    """

    def model_post_init(self, context: object) -> None:
        """Share the set of fields; nobody adds to it, since the model is frozen and a copy makes its own."""
        object.__setattr__(self, "__pydantic_fields_set__", _shared(frozenset(self.__pydantic_fields_set__)))


@cache
def _shared(fields: frozenset[str]) -> set[str]:
    return set(fields)
