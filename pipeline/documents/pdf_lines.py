"""Words to lines, and lines to columns: the order in which a person reads a page."""

import itertools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from pipeline.documents.blocks import BULLET_GLYPHS
from pipeline.documents.pdf_shapes import Box
from pipeline.documents.pdf_words import Word

GUTTER = 1.1
"""Narrowest gap between columns, in font sizes."""
_SAME_ROW = 0.35
_FEWEST_COLUMN_ROWS = 3
_MARKER = re.compile(rf"[{BULLET_GLYPHS}\u2013\u2014*+-]|o|\(?\d{{1,2}}[.)]|\(?[a-z][.)]")
_SPARSE = 0.6
_ISOLATED = 1.6


@dataclass(slots=True)
class Line:
    """A line of one column."""

    words: list[Word]
    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    base: float
    size: float
    bold: bool
    page: int
    marker: str | None = None
    """The list marker that was taken off the front; empty for one that is drawn and not written."""
    marker_x: float = 0.0
    right: float = 0.0
    """Where the lines of this column end at most."""
    left: float = 0.0
    """Where the column begins."""
    region: int = 0


@dataclass(slots=True)
class _Row:
    """Words on one height, cut into segments at wide gaps."""

    segments: list[list[Word]]
    top: float
    bottom: float
    base: float
    size: float

    def sides(self, x: float) -> tuple[bool, bool, bool]:
        """Return whether there is text left of x, right of x, and across it."""
        left = right = across = False
        for segment in self.segments:
            if segment[-1].x1 <= x + 0.5:
                left = True
            elif segment[0].x0 >= x - 0.5:
                right = True
            else:
                across = True
        return left, right, across


@dataclass
class Region:
    """A column, or the full width of a page between columns."""

    rows: list[_Row] = field(default_factory=list)
    is_column: bool = False


def regions_of_page(words: Sequence[Word]) -> list[Region]:
    """Return the regions of a page in reading order; words that are not upright make up the last."""
    upright = [word for word in words if word.face.upright]
    turned = [word for word in words if not word.face.upright]
    regions = _split(_rows(upright), is_column=False, depth=0)
    if turned:
        regions.append(Region([_Row([[word]], word.top, word.bottom, word.base, word.face.size) for word in turned]))
    return regions


def lines_of_region(region: Region, *, number: int, marks: Sequence[Box]) -> list[Line]:
    """Return the lines of a region, with list markers told from text."""
    lines = []
    for row in region.rows:
        words = [word for segment in row.segments for word in segment]
        line = _line(words, number)
        if line is not None:
            _take_marker(line, marks)
            if line.text:
                lines.append(line)
    return lines


def _rows(words: Sequence[Word]) -> list[_Row]:
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


def _row(words: list[Word]) -> _Row:
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
    return _Row(segments, min(word.top for word in words), max(word.bottom for word in words), base, size)


def _is_marker(segment: list[Word]) -> bool:
    return len(segment) == 1 and bool(_MARKER.fullmatch(segment[0].text))


def _without_doubles(words: list[Word]) -> list[Word]:
    """Drop words printed twice on one place, as some producers make letters bold."""
    kept: list[Word] = []
    for word in words:
        twin = next((other for other in kept[-3:] if other.text == word.text), None)
        if twin is None or min(twin.x1, word.x1) - word.x0 < 0.7 * (word.x1 - word.x0):
            kept.append(word)
    return kept


def _split(rows: list[_Row], *, is_column: bool, depth: int) -> list[Region]:
    """Cut rows into columns wherever a gutter runs through several of them."""
    best = _best_gutter(rows) if depth < 4 and len(rows) >= _FEWEST_COLUMN_ROWS else None
    if best is None:
        return [Region(rows, is_column)] if rows else []
    x, first, last = best
    inside = rows[first:last]
    left = _side(inside, x, left=True)
    right = _side(inside, x, left=False)
    return [
        *_split(rows[:first], is_column=is_column, depth=depth + 1),
        *_split(left, is_column=True, depth=depth + 1),
        *_split(right, is_column=True, depth=depth + 1),
        *_split(rows[last:], is_column=is_column, depth=depth + 1),
    ]


def _side(rows: list[_Row], x: float, *, left: bool) -> list[_Row]:
    words = [
        word for row in rows for segment in row.segments for word in segment if ((word.x0 + word.x1) / 2 <= x) == left
    ]
    return _rows(words)


def _best_gutter(rows: list[_Row]) -> tuple[float, int, int] | None:
    """Return the place of the gutter that divides the most rows, and which rows."""
    best: tuple[int, float, int, int] | None = None
    for x in _candidates(rows):
        for first, last in _stretches(rows, x):
            count = _two_sided(rows[first:last], x)
            if count and (best is None or count > best[0]):
                best = (count, x, first, last)
    return best[1:] if best is not None else None


def _candidates(rows: list[_Row]) -> list[float]:
    """Return places just left of where segments begin; a column begins where many of them do."""
    starts: dict[int, list[float]] = {}
    for row in rows:
        for before, segment in zip(row.segments, row.segments[1:], strict=False):
            if segment[0].x0 > before[-1].x1:
                starts.setdefault(round(segment[0].x0 / 4), []).append(segment[0].x0)
    for key in list(starts):
        # Columns that never stand side by side with text on one height still have a left edge of their own.
        starts[key] = starts[key] + [row.segments[0][0].x0 for row in rows if round(row.segments[0][0].x0 / 4) == key]
    common = sorted(starts.values(), key=len, reverse=True)[:12]
    return [min(group) - 1.0 for group in common]


def _stretches(rows: list[_Row], x: float) -> list[tuple[int, int]]:
    """Return maximal runs of rows that nothing crosses at x."""
    stretches: list[tuple[int, int]] = []
    start: int | None = None
    for number, row in enumerate(rows):
        crossed = row.sides(x)[2]
        if crossed and start is not None:
            stretches.append((start, number))
            start = None
        elif not crossed and start is None:
            start = number
    if start is not None:
        stretches.append((start, len(rows)))
    return [trimmed for stretch in stretches if (trimmed := _trimmed(rows, stretch, x)) is not None]


def _trimmed(rows: list[_Row], stretch: tuple[int, int], x: float) -> tuple[int, int] | None:
    """Leave rows on the left alone before the first and after the last row on the right to the full width.

    A left column may be longer than the right one, but at a page's foot that changes nothing, and a heading
    above the next full-width text belongs to that text.
    """
    first, last = stretch
    with_right = [number for number in range(first, last) if rows[number].sides(x)[1]]
    if not with_right:
        return None
    after = with_right[-1] + 1
    if last < len(rows) or after < last:
        body = median(row.size for row in rows)
        heading = next(
            (number for number in range(after, last) if rows[number].size > 1.1 * body or _is_bold(rows[number])), last
        )
        last = heading if last < len(rows) else last
    return first, last


def _is_bold(row: _Row) -> bool:
    return all(word.face.bold for segment in row.segments for word in segment)


def _two_sided(rows: list[_Row], x: float) -> int:
    """Return how strongly rows are two columns; 0 if they are lines with a date or a label beside them."""
    left = [row for row in rows if row.sides(x)[0]]
    right = [row for row in rows if row.sides(x)[1]]
    both = sum(1 for row in rows if all(row.sides(x)[:2]))
    if min(len(left), len(right)) < _FEWEST_COLUMN_ROWS:
        return 0
    few, many = (left, right) if len(left) <= len(right) else (right, left)
    aligned = sum(1 for row in few if all(row.sides(x)[:2]))
    is_label = aligned >= 0.9 * len(few) and _is_isolated(few)
    if is_label and (len(few) <= _SPARSE * len(many) or _are_short(few, x, left=few is left)):
        return 0
    overlap = min(left[-1].base, right[-1].base) - max(left[0].base, right[0].base)
    return max(both, 1) + min(len(left), len(right)) if overlap > 0 else 0


def _are_short(rows: list[_Row], x: float, *, left: bool) -> bool:
    """True for a column of labels: two or three words on each row."""
    counts = [
        sum(1 for segment in row.segments for word in segment if ((word.x0 + word.x1) / 2 <= x) == left) for row in rows
    ]
    return median(counts) <= 3


def _is_isolated(rows: list[_Row]) -> bool:
    """True if most rows stand alone and not on the heights of one running text."""
    pitches = [after.base - before.base for before, after in itertools.pairwise(rows)]
    size = median(row.size for row in rows)
    return not pitches or median(pitches) > _ISOLATED * size


def _line(words: list[Word], region: int) -> Line | None:
    if not words:
        return None
    letters = "".join(word.text for word in words)
    if sum(unicodedata.bidirectional(letter) in ("R", "AL") for letter in letters) > len(letters) / 2:
        words = sorted(words, key=lambda word: -word.x0)
    large = max(words, key=lambda word: len(word.text))
    return Line(
        words=words,
        text=_joined(words),
        x0=min(word.x0 for word in words),
        x1=max(word.x1 for word in words),
        top=min(word.top for word in words),
        bottom=max(word.bottom for word in words),
        base=large.base,
        size=large.face.size,
        bold=all(word.face.bold for word in words if any(letter.isalnum() for letter in word.text)),
        page=words[0].page,
        region=region,
    )


def _joined(words: list[Word]) -> str:
    tracking = _tracking(words)
    pieces = [words[0].text]
    for before, word in itertools.pairwise(words):
        gap = word.x0 - before.x1
        if tracking is not None:
            pieces.append(" " if gap > tracking else "")
        elif not (word.glued and abs(gap) < 0.15 * word.face.size):
            pieces.append(" " if gap > 0.05 * word.face.size or word.spaced else "")
        pieces.append(word.text)
    return "".join(pieces)


def _tracking(words: list[Word]) -> float | None:
    """Return the gap above which letter-spaced text has a word space; None for ordinary text."""
    if len(words) < 4 or sum(len(word.text) == 1 for word in words) < 0.7 * len(words):
        return None
    gaps = sorted(word.x0 - before.x1 for before, word in itertools.pairwise(words))
    usual = median(gaps)
    return usual * 1.6 + 0.3 if usual > 0 else None


def _take_marker(line: Line, marks: Sequence[Box]) -> None:
    """Take a list marker off the front of a line, be it written or drawn."""
    first = line.words[0]
    if len(line.words) > 1 and _MARKER.fullmatch(first.text) and _stands_off(line.words):
        line.marker, line.marker_x = first.text, first.x0
        line.words = line.words[1:]
        line.text = _joined(line.words)
        line.x0 = line.words[0].x0
    elif len(first.text) > 1 and first.text[0] in BULLET_GLYPHS and first.text[0] not in "·∙★☆":
        line.marker, line.marker_x = first.text[0], first.x0
        line.text = line.text[1:].lstrip()
        line.x0 = first.x0 + first.face.size * 0.5
    else:
        middle = (line.top + line.bottom) / 2
        for left, top, right, bottom in marks:
            beside = 0 < line.x0 - right < 2.5 * line.size and abs((top + bottom) / 2 - middle) < 0.4 * line.size
            if beside and abs((right - left) - (bottom - top)) < 1.0 and 0.8 < right - left < 0.8 * line.size:
                line.marker, line.marker_x = "", left
                return


def _stands_off(words: list[Word]) -> bool:
    marker, after = words[0], words[1]
    return after.x0 - marker.x1 > 0.1 * marker.face.size or after.spaced
