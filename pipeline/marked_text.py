"""Redacted text that can be cut and joined without losing the way back to what the person wrote."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pipeline.models.documents import RedactedSpan

_ODD_SPACE = re.compile(r"\s{2,}|[^\S ]")
_ANY_SPACE = re.compile(r"\s")


class MarkedText(NamedTuple):
    """Redacted text, the visible text behind it, and the spans where the two differ."""

    text: str
    visible: str
    spans: tuple[RedactedSpan, ...] = ()

    def part(self, start: int, end: int) -> "MarkedText":
        """The text between two offsets, without white space at its ends; a mark is never cut in two."""
        return self.cut(*_trimmed(self.text, start, end))

    def cut(self, start: int, end: int) -> "MarkedText":
        """The text between two offsets with its white space, which in code has a meaning."""
        if not self.spans:
            return MarkedText(self.text[start:end], self.visible[start:end])
        for span in self.spans:
            if span.start < start < span.end:
                start = span.start
            if span.start < end < span.end:
                end = span.end
        visible_start, visible_end = self._in_visible(start), self._in_visible(end)
        inside = tuple(
            _moved(span, -start, -visible_start) for span in self.spans if start <= span.start and span.end <= end
        )
        return MarkedText(self.text[start:end], self.visible[visible_start:visible_end], inside)

    def without(self, ranges: Sequence[tuple[int, int]], *, separator: str = " ") -> "MarkedText":
        """The text with these ranges taken out; what stood around each is joined by the separator."""
        kept: list[MarkedText] = []
        start = 0
        for low, high in [*sorted(ranges), (len(self.text), len(self.text))]:
            kept.append(self.part(start, max(start, low)))
            start = max(start, high)
        return joined((part for part in kept if part.text), separator=separator)

    def folded(self) -> "MarkedText":
        """The text with every run of white space as one space."""
        if not self.text.isspace() and _ODD_SPACE.search(self.text):
            runs = [match.span() for match in _ODD_SPACE.finditer(self.text)]
            marked = self.without(runs)
        else:
            marked = self.part(0, len(self.text))
        # A mark may stand for a name that was broken over two lines.
        return marked._replace(visible=_ANY_SPACE.sub(" ", marked.visible))

    def _in_visible(self, offset: int) -> int:
        shift = 0
        for span in self.spans:
            if span.end > offset:
                break
            shift = span.visible_end - span.end
        return offset + shift


def joined(parts: Iterable[MarkedText], *, separator: str) -> MarkedText:
    """Put texts one after the other."""
    parts = list(parts)
    if len(parts) == 1:
        return parts[0]
    spans: list[RedactedSpan] = []
    length = visible_length = 0
    for part in parts:
        spans += (_moved(span, length, visible_length) for span in part.spans)
        length += len(part.text) + len(separator)
        visible_length += len(part.visible) + len(separator)
    return MarkedText(
        separator.join(part.text for part in parts), separator.join(part.visible for part in parts), tuple(spans)
    )


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _moved(span: RedactedSpan, by: int, visible_by: int) -> RedactedSpan:
    if by == 0 and visible_by == 0:
        return span
    return RedactedSpan(
        start=span.start + by,
        end=span.end + by,
        visible_start=span.visible_start + visible_by,
        visible_end=span.visible_end + visible_by,
        mark=span.mark,
    )
