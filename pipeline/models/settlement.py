"""What a second pass near the cut found: it narrows rank intervals and orders ties, and never changes a score."""

from typing import Literal

from pydantic import Field

from pipeline.models.base import FrozenModel
from pipeline.models.verdicts import Citation

PairEnd = Literal["preferred", "orders_disagree", "neither", "not_answered"]
"""How a comparison ended; only the first one is a win, the next two are ties, the last is nothing."""


class PairOutcome(FrozenModel):
    """Two candidates' evidence cards, compared in both orders."""

    first: str
    second: str
    end: PairEnd
    preferred: str | None = None
    """The candidate whose card was preferred in both orders; None unless `end` is `preferred`."""
    citations: tuple[Citation, ...] = ()
    """Verified quotes from the preferred candidate's card that the judge gave as its reason."""


class SettledRow(FrozenModel):
    """What the second pass did for one row."""

    candidate: str
    samples: int = Field(ge=0)
    """Further answers that were asked for this candidate's open checks."""
    interval_before: tuple[int, int]
    interval_after: tuple[int, int]
    """Inside `interval_before`."""
    p_top_before: float = Field(ge=0, le=1)
    p_top_after: float = Field(ge=0, le=1)
    tie_order: int | None = None
    """From 1, among rows of equal score that were compared; None where there was nothing to order."""


class Settlement(FrozenModel):
    """The second pass of one shortlist."""

    pairs: tuple[PairOutcome, ...]
    rows: tuple[SettledRow, ...]
    left_out: tuple[str, ...] = ()
    """Rows near the cut that entered no pair because their documents hold hidden or addressed text."""
