"""The ranked result."""

from typing import Literal

from pydantic import Field

from pipeline.models.assessment import Assessment
from pipeline.models.base import FrozenModel, PlentifulModel
from pipeline.models.settlement import Settlement
from pipeline.models.verdicts import Citation

Band = Literal["advance", "boundary", "probe", "hold", "needs_review"]


class FollowUp(FrozenModel):
    """A question for the interview that a language model wrote from a candidate's own words."""

    question: str
    citation: Citation
    """The verified quote that it builds on."""


class Row(PlentifulModel):
    """One candidate in the shortlist."""

    candidate: str
    label: str
    """`Candidate 07`, numbered by dossier hash; what `--blind` shows."""
    rank: int | None
    """From 1, equal scores share one; None for needs_review and a gate that is not met."""
    rank_interval: tuple[int, int] | None
    """The 90% range of the rank, widened to hold it."""
    band: Band
    would_be: Band | None = None
    """For `probe`: the band the row would have without the open gate or flag."""
    band_reason: str
    score: float | None = Field(ge=0, le=100)
    """Points of 100, to 0.1; None when no criterion could be scored."""
    p_top: float = Field(ge=0, le=1)
    """Probability of standing among the first K."""
    p_bar: float = Field(ge=0, le=1)
    """Probability of a score at or above the advance bar."""
    coverage: float = Field(ge=0, le=1)
    tool_points: float = Field(ge=0, le=2)
    """The part of the score that comes from matched preferences."""
    channel: str | None = None
    below_line: bool = False
    """True for rows that only the screening judge read, when another judge read the first ones (`--judge-top`)."""
    follow_ups: tuple[FollowUp, ...] = ()
    assessment: Assessment


class Shortlist(FrozenModel):
    """Rows in order: ranked ones first, then the rest by band, ties by dossier hash."""

    scorecard_id: str
    scorecard_hash: str
    top: int
    advance_bar: float
    rows: tuple[Row, ...]
    judged_top: int | None = None
    """With `--judge-top N`: the first N of the screening were judged again and stand above a line; else None."""
    settlement: Settlement | None = None
    """What `--settle` found; None if there was no second pass."""
