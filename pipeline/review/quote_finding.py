"""Quotes in documents: where their words stand, whatever the line breaks between them."""

import bisect
import itertools
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

_RUN = re.compile(r"\S+")
_PARTS = re.compile(r"\n|(?<=[.!?;])\s+")
_WIDEST = 6
"""Times its length over which a quote may be spread."""


class FlatText(NamedTuple):
    """The text of a document without white space, with the way back to its blocks."""

    text: str
    starts: tuple[int, ...]
    """Where each run of letters begins in `text`."""
    runs: tuple[tuple[int, int], ...]
    """Block and offset of each run."""

    def back(self, position: int) -> tuple[int, int]:
        """Block and offset of a letter."""
        n = bisect.bisect_right(self.starts, position) - 1
        block, offset = self.runs[n]
        return block, offset + position - self.starts[n]


class Span(NamedTuple):
    """A stretch of one block that a quote covers; half-open."""

    block: int
    start: int
    end: int


class Piece(NamedTuple):
    """Text of a block that the same quotes cover."""

    text: str
    quotes: tuple[int, ...]
    """Numbers of the quotes over it."""
    begins: tuple[int, ...]
    """Numbers of the quotes that begin here: the place that links lead to."""


def flat_text(blocks: Iterable[str]) -> FlatText:
    """Take the white space out of a document."""
    pieces: list[str] = []
    starts: list[int] = []
    runs: list[tuple[int, int]] = []
    length = 0
    for number, text in enumerate(blocks):
        for match in _RUN.finditer(text):
            pieces.append(match[0])
            starts.append(length)
            runs.append((number, match.start()))
            length += len(match[0])
    return FlatText("".join(pieces), tuple(starts), tuple(runs))


def find_quote(flat: FlatText, quote: str, *, near: Sequence[bool] = ()) -> tuple[Span, ...] | None:
    """Where a quote stands, as one stretch for each block it touches; None if it does not.

    Args:
        flat: The document.
        quote: Verbatim but for white space.
        near: By block, whether it stands at the place that the quote names; such a one is preferred.
    """
    wanted = "".join(quote.split())
    if not wanted:
        return None
    found = _in_one_piece(flat, wanted, near)
    if found is not None:
        return _spans(flat, found, found + len(wanted))
    return _line_by_line(flat, quote)


def _in_one_piece(flat: FlatText, wanted: str, near: Sequence[bool]) -> int | None:
    first: int | None = None
    position = flat.text.find(wanted)
    while position >= 0:
        if first is None:
            first = position
        block = flat.back(position)[0]
        if block >= len(near) or near[block]:
            first = position
            break
        position = flat.text.find(wanted, position + 1)
    return first


def _line_by_line(flat: FlatText, quote: str) -> tuple[Span, ...] | None:
    """The lines or sentences one after the other: comments in code and withheld sentences stand between them."""
    parts = ["".join(part.split()) for part in _PARTS.split(quote)]
    wanted = [part for part in parts if part]
    if len(wanted) < 2:
        return None
    # Beginning with the longest, which stands in one place most likely, and going outwards from there.
    longest = max(range(len(wanted)), key=lambda n: len(wanted[n]))
    start = flat.text.find(wanted[longest])
    if start < 0:
        return None
    ranges = [(start, start + len(wanted[longest]))]
    for part in reversed(wanted[:longest]):
        start = flat.text.rfind(part, 0, ranges[0][0])
        if start < 0:
            return None
        ranges.insert(0, (start, start + len(part)))
    for part in wanted[longest + 1 :]:
        start = flat.text.find(part, ranges[-1][1])
        if start < 0:
            return None
        ranges.append((start, start + len(part)))
    if ranges[-1][1] - ranges[0][0] > _WIDEST * sum(map(len, wanted)):
        return None
    return tuple(span for low, high in ranges for span in _spans(flat, low, high))


def _spans(flat: FlatText, start: int, end: int) -> tuple[Span, ...]:
    spans: list[Span] = []
    position = start
    while position < end:
        n = bisect.bisect_right(flat.starts, position) - 1
        block, offset = flat.back(position)
        following = flat.starts[n + 1] if n + 1 < len(flat.starts) else len(flat.text)
        stop = min(end, following)
        span = Span(block, offset, offset + stop - position)
        if spans and spans[-1].block == block:
            spans[-1] = spans[-1]._replace(end=span.end)
        else:
            spans.append(span)
        position = stop
    return tuple(spans)


def pieces(text: str, spans: Sequence[tuple[int, Span]], *, begin: Sequence[tuple[int, int]]) -> tuple[Piece, ...]:
    """Cut a block's text where quotes begin and end.

    Args:
        text: The block's.
        spans: Number of the quote and its stretch in this block.
        begin: Number of the quote and the offset, for those that begin in this block.
    """
    cuts = sorted({0, len(text), *(edge for _, span in spans for edge in (span.start, span.end))})
    return tuple(
        Piece(
            text[low:high],
            tuple(number for number, span in spans if span.start <= low and high <= span.end),
            tuple(number for number, offset in begin if offset == low),
        )
        for low, high in itertools.pairwise(cuts)
        if low < high
    )
