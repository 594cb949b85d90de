"""Found spans: which one wins, which ones become one, and the text they leave."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from pipeline.models.documents import Mark, RedactedSpan
from pipeline.redaction.words import MARK


class Found(NamedTuple):
    """Visible characters that a mark shall replace."""

    start: int
    end: int
    mark: Mark
    rank: int = 0
    """The higher one wins where two overlap; among equals the longer, then the earlier."""


# What may stand between two parts of one name or one address so that they become one mark: the number of parts of a
# name must not show.
_JOINTS: dict[Mark, re.Pattern[str]] = {
    "NAME": re.compile(r",?\s{0,4}|[.\-_]\s?|\s[-–]\s"),
    "PLACE": re.compile(r",?\s{1,4}|\s?/\s?"),
    "CONTACT": re.compile(r"\s?"),
    "EMPLOYER": re.compile(r"\s?"),
    "SCHOOL": re.compile(r",?\s"),
    "PRONOUN": re.compile(r"(?!)"),
}


def resolve(found: Iterable[Found], text: str) -> list[Found]:
    """Order the spans, drop the losers of overlaps, join neighbours of one mark.

    Marks that the visible text already holds are never part of a span.
    """
    taken: list[Found] = []
    marks = [match.span() for match in MARK.finditer(text)] if "[" in text else []
    for span in sorted(found, key=lambda f: (-f.rank, f.start - f.end, f.start)):
        blocked = any(span.start < end and start < span.end for start, end in marks)
        if span.start < span.end and not blocked and not any(span.start < t.end and t.start < span.end for t in taken):
            taken.append(span)
    joined: list[Found] = []
    for span in sorted(taken):
        if joined and joined[-1].mark == span.mark:
            last = joined[-1]
            if _JOINTS[span.mark].fullmatch(text, last.end, span.start):
                joined[-1] = last._replace(end=span.end)
                continue
        joined.append(span)
    return joined


def replace(found: Iterable[Found], text: str) -> tuple[str, tuple[RedactedSpan, ...]]:
    """Put marks in the place of ordered spans; returns the text and the way back."""
    pieces: list[str] = []
    spans: list[RedactedSpan] = []
    length = position = 0
    for span in found:
        mark = f"[{span.mark}]"
        kept = text[position : span.start]
        start = length + len(kept)
        pieces += (kept, mark)
        length = start + len(mark)
        position = span.end
        spans.append(
            RedactedSpan(start=start, end=length, visible_start=span.start, visible_end=span.end, mark=span.mark)
        )
    return "".join((*pieces, text[position:])), tuple(spans)
