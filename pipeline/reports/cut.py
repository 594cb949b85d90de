"""The cut in words: the same ones in the report and in the review app."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol

from pipeline.models.shortlist import Band
from pipeline.reports.intervals import IntervalScale

_LEAD: tuple[tuple[Band, str, str], ...] = (
    ("advance", "candidate clearly advances", "candidates clearly advance"),
    ("probe", "has an open point to ask about first", "have an open point to ask about first"),
    ("boundary", "stands too close to the cut to call", "stand too close to the cut to call"),
)


class Ranked(Protocol):
    """What a row says of its place, in a shortlist as in its report."""

    @property
    def rank(self) -> int | None:
        """From 1; None for a row that is not ranked."""

    @property
    def band(self) -> Band:
        """Where it belongs."""

    @property
    def would_be(self) -> Band | None:
        """Where it would belong without its open points."""

    @property
    def below_line(self) -> bool:
        """Not read by the judge that read those above the line."""


def counted(count: int, one: str, many: str) -> str:
    """A number and its noun."""
    return f"{count} {one if count == 1 else many}"


def lead_text(bands: Iterable[Band]) -> str:
    """The shortlist in a sentence."""
    counts = Counter(bands)
    parts = [counted(counts[band], one, many) for band, one, many in _LEAD if counts[band]]
    if not parts:
        return "Nobody reaches the bar with enough certainty. A shortlist may be empty; the best rows are worth a look."
    text = ", ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


def cut_text(ranked: Sequence[Ranked], *, top: int) -> str:
    """Who around the cut cannot be told apart."""
    # Rows on either side of a line are not comparable, so a tie group never reaches across it.
    is_below = any(row.below_line and row.rank is not None and row.rank <= top for row in ranked)
    group = [
        row.rank
        for row in ranked
        if row.rank is not None and row.below_line == is_below and "boundary" in (row.band, row.would_be)
    ]
    if len(group) < 2:
        return "Intervals that cross the dashed line could have fallen on either side."
    return (
        f"{len(group)} candidates around it (ranks {min(group)} to {max(group)}) cannot be told apart with what the "
        "documents show. Treat them as one tie group."
    )


def line_after(ranked: Sequence[Ranked]) -> int | None:
    """Index of the last row above the line; None if no row with a rank stands below one."""
    first_below = next((n for n, row in enumerate(ranked) if row.below_line), None)
    return None if first_below is None else first_below - 1


def drawing_key(scale: IntervalScale) -> str:
    """What the drawn ranks mean."""
    stretched = " The axis is stretched around the first ranks." if scale.is_stretched else ""
    return (
        "The dot is the rank, the bar its 90% range, the dashed line the cut; = marks a shared rank. Judged is the "
        f"share of the scorecard's weight that the documents allowed to judge.{stretched}"
    )
