"""A score that a shortlist refuses to hold is a finding about the scorer, and no end of the measurement."""

from typing import NamedTuple

from pydantic import ValidationError


class Refusal(NamedTuple):
    """The first value that was refused."""

    field: str
    """As the shortlist names it: `tool_points`, `score`."""
    value: float | None
    """None if it is no number."""
    why: str

    def __str__(self) -> str:
        """For a note."""
        return f"{self.field} {'' if self.value is None else f'{self.value:g} '}was refused: {self.why}"


def refusal(error: ValidationError) -> Refusal:
    """What a row of a shortlist was refused for."""
    first = error.errors()[0]
    given = first["input"]
    value = float(given) if isinstance(given, int | float) and not isinstance(given, bool) else None
    field = str(first["loc"][-1]) if first["loc"] else error.title
    return Refusal(field, value, str(first["msg"]))
