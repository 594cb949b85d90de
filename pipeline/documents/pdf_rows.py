"""Words to rows: what stands on one height, cut into segments at wide gaps."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.documents.blocks import BULLET_GLYPHS
from pipeline.documents.pdf_words import Word

GUTTER = 1.1
"""Narrowest gap between columns, in font sizes."""
NARROW_GUTTER = 0.7
"""The same where many rows agree on its place."""
MARKER = re.compile(rf"[{BULLET_GLYPHS}\u2013\u2014*+-]|o|\(?\d{{1,2}}[.)]|\(?[a-z][.)]")
"""What may stand before a list entry."""
_SAME_ROW = 0.35


@dataclass(slots=True)
class Row:
    """Words on one height, cut into segments at wide gaps."""

    segments: list[list[Word]]
    top: float
    bottom: float
    base: float
    size: float

    def sides(self, x: float) -> tuple[bool, bool, bool]:
        """Return whether there is text left of x, right of x, and across it."""
        left_end = right_start = None
        for segment in self.segments:
            for word in segment:
                if (word.x0 + word.x1) / 2 <= x:
                    left_end = word.x1 if left_end is None else max(left_end, word.x1)
                elif right_start is None:
                    right_start = word.x0
        left, right = left_end is not None, right_start is not None
        if (left_end is not None and left_end > x + 0.5) or (right_start is not None and right_start < x - 0.5):
            return left, right, True
        # A line of its own leaves the gutter free; two lines side by side leave more than a word space between them.
        close = left_end is not None and right_start is not None and right_start - left_end < NARROW_GUTTER * self.size
        return left, right, close


def rows_of(words: Sequence[Word]) -> list[Row]:
    """Group words by height, from the top down; raised and lowered words stay with their line."""
    groups: list[list[Word]] = []
    for word in sorted(words, key=lambda word: (word.base, word.x0)):
        group = groups[-1] if groups else None
        if group is not None and _on_row(word, group):
            group.append(word)
        else:
            groups.append([word])
    return [_row(group) for group in _with_small_ones(groups)]


def _on_row(word: Word, group: list[Word]) -> bool:
    return abs(word.base - group[0].base) <= _SAME_ROW * min(word.face.size, group[0].face.size)


def _with_small_ones(groups: list[list[Word]]) -> list[list[Word]]:
    """Join rows of superscripts and subscripts to the row that they belong to."""
    kept: list[list[Word]] = []
    for group in groups:
        before = kept[-1] if kept else None
        if before is not None:
            small, large = sorted((before, group), key=lambda row: max(word.face.size for word in row))
            size = max(word.face.size for word in large)
            near = abs(small[0].base - large[0].base) <= 0.55 * size
            if near and max(word.face.size for word in small) <= 0.8 * size and _touch(small, large, size):
                before.extend(group)
                before.sort(key=lambda word: -word.face.size)
                continue
        kept.append(group)
    return kept


def _touch(small: list[Word], large: list[Word], size: float) -> bool:
    return all(any(-0.3 * size <= word.x0 - other.x1 <= 0.3 * size for other in large) for word in small)


def _row(words: list[Word]) -> Row:
    base, size = words[0].base, max(word.face.size for word in words)
    words = _without_doubles(sorted(words, key=lambda word: word.x0))
    segments: list[list[Word]] = []
    for word in words:
        last = segments[-1][-1] if segments else None
        if last is not None and (
            word.x0 - last.x1 < GUTTER * min(word.face.size, last.face.size) or _is_marker(segments[-1])
        ):
            segments[-1].append(word)
        else:
            segments.append([word])
    return Row(segments, min(word.top for word in words), max(word.bottom for word in words), base, size)


def _is_marker(segment: list[Word]) -> bool:
    return len(segment) == 1 and bool(MARKER.fullmatch(segment[0].text))


def _without_doubles(words: list[Word]) -> list[Word]:
    """Drop words printed twice on one place, as some producers make letters bold."""
    kept: list[Word] = []
    for word in words:
        twin = next((other for other in kept[-3:] if other.text == word.text), None)
        if twin is None or min(twin.x1, word.x1) - word.x0 < 0.7 * (word.x1 - word.x0):
            kept.append(word)
    return kept
