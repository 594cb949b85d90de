"""Rows to columns: the order in which a person reads a page."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

from pipeline.documents.pdf_rows import MARKER, Row, rows_of
from pipeline.documents.pdf_tables import tables_of
from pipeline.documents.pdf_words import Word

_FEWEST_COLUMN_ROWS = 3
_SPARSE = 0.6
_ISOLATED = 1.6
_DEEPEST = 4
_STRONG = 12
_SAME_START = 4.0
_MOST_CANDIDATES = 10
_SAME_GUTTER = 8.0
_LONG_COLUMN = 12
_NEAR_EDGE = 0.07


@dataclass
class Region:
    """A column, or the full width of a page between columns."""

    rows: list[Row] = field(default_factory=list)
    is_column: bool = False


def gutters_of_page(words: Sequence[Word]) -> list[float]:
    """Return the places of gutters that divide many rows of a page."""
    rows = rows_of([word for word in words if word.face.upright])
    best = _best_gutter(rows, known=()) if rows else None
    return [best.x] if best is not None and best.strength >= _STRONG else []


def regions_of_page(words: Sequence[Word], *, known_gutters: Sequence[float] = ()) -> list[Region]:
    """Return the regions of a page in reading order; words that are not upright make up the last.

    Args:
        words: The visible words.
        known_gutters: Where other pages have theirs; a few rows are enough to find them here.
    """
    upright = [word for word in words if word.face.upright]
    turned = [word for word in words if not word.face.upright]
    regions = _split(rows_of(upright), known=known_gutters, is_column=False, depth=0)
    if turned:
        regions.append(Region([Row([[word]], word.top, word.bottom, word.base, word.face.size) for word in turned]))
    return regions


class _Gutter(NamedTuple):
    """A gap between columns that runs through some rows."""

    x: float
    first: int
    last: int
    strength: int


def _split(rows: list[Row], *, known: Sequence[float], is_column: bool, depth: int) -> list[Region]:
    """Cut rows into columns wherever a gutter runs through several of them."""
    best = _best_gutter(rows, known=known) if depth < _DEEPEST and len(rows) > 1 else None
    if best is None:
        return [Region(rows, is_column)] if rows else []
    inside = rows[best.first : best.last]
    parts = (
        (rows[: best.first], is_column),
        (_side(inside, best.x, left=True), True),
        (_side(inside, best.x, left=False), True),
        (rows[best.last :], is_column),
    )
    return [
        region
        for part, in_column in parts
        for region in _split(part, known=known, is_column=in_column, depth=depth + 1)
    ]


def _side(rows: list[Row], x: float, *, left: bool) -> list[Row]:
    words = [
        word for row in rows for segment in row.segments for word in segment if ((word.x0 + word.x1) / 2 <= x) == left
    ]
    return rows_of(words)


def _best_gutter(rows: list[Row], *, known: Sequence[float]) -> _Gutter | None:
    """Return the gutter that divides the most rows."""
    best: _Gutter | None = None
    for x in _candidates(rows):
        fewest = 1 if any(abs(x - other) < _SAME_GUTTER for other in known) else _FEWEST_COLUMN_ROWS
        for first, last in _stretches(rows, x):
            strength = _two_sided(rows[first:last], x, fewest=fewest)
            if strength and (best is None or strength > best.strength):
                best = _Gutter(x, first, last, strength)
    return best


def _candidates(rows: list[Row]) -> list[float]:
    """Return places just left of where lines begin; a column begins where many of them do."""
    starts: dict[int, list[float]] = {}
    for row in rows:
        for segment in row.segments:
            starts.setdefault(round(segment[0].x0 / _SAME_START), []).append(segment[0].x0)
    leftmost = min(starts)
    common = sorted((key for key in starts if key != leftmost), key=lambda key: (-len(starts[key]), key))
    return [min(starts[key]) - 1.0 for key in common[:_MOST_CANDIDATES]]


def _stretches(rows: list[Row], x: float) -> list[tuple[int, int]]:
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


def _trimmed(rows: list[Row], stretch: tuple[int, int], x: float) -> tuple[int, int] | None:
    """Return the part of a stretch that has text on the right, with the running text on the left around it.

    Rows on the left alone above and below belong to the left column if they go on with it, and to the full width
    if a heading or a gap stands between.
    """
    first, last = stretch
    with_right = [number for number in range(first, last) if rows[number].sides(x)[1]]
    if not with_right:
        return None
    top, end = with_right[0], with_right[-1] + 1
    if first == 0:
        top = 0
    while top > first and _go_together(rows[top - 1], rows[top], x):
        top -= 1
    if last == len(rows):
        return top, last
    while end < last and _go_together(rows[end - 1], rows[end], x):
        end += 1
    return top, end


def _go_together(above: Row, below: Row, x: float) -> bool:
    """True for two rows of one running text on the left."""
    near = below.base - above.base < _ISOLATED * below.size
    return near and not any(_is_bold(row) and not row.sides(x)[1] for row in (above, below))


def _is_bold(row: Row) -> bool:
    return all(word.face.bold for segment in row.segments for word in segment)


def _two_sided(rows: list[Row], x: float, *, fewest: int) -> int:
    """Return how strongly rows are two columns; 0 if they are lines with a date or a label beside them."""
    beside = [word for row in rows for segment in row.segments for word in segment if word.x0 < x]
    if all(MARKER.fullmatch(word.text) for word in beside):
        return 0
    if _fills_left_column(rows, x):
        return sum(1 for row in rows if row.sides(x)[1])
    with_right = [number for number, row in enumerate(rows) if row.sides(x)[1]]
    core = rows[with_right[0] : with_right[-1] + 1]
    left = [row for row in core if row.sides(x)[0]]
    right = [row for row in core if row.sides(x)[1]]
    if min(len(left), len(right)) < fewest:
        return 0
    few, many = (left, right) if len(left) <= len(right) else (right, left)
    both = sum(1 for row in few if all(row.sides(x)[:2]))
    is_label = fewest > 1 and both >= 0.9 * len(few) and _is_isolated(few)
    if is_label and (len(few) <= _SPARSE * len(many) or _are_short(few, x, left=few is left)):
        return 0
    if _is_table(core, x):
        return 0
    overlap = min(left[-1].base, right[-1].base) - max(left[0].base, right[0].base)
    return max(both, 1) + min(len(left), len(right)) if overlap >= 0 else 0


def _fills_left_column(rows: list[Row], x: float) -> bool:
    """True if a running text on the left ends at the gutter although the page goes on: its column is narrow."""
    left = [[word for segment in row.segments for word in segment if word.x0 < x] for row in rows]
    lines = [words for words in left if words]
    right_words = [word for row in rows for segment in row.segments for word in segment if word.x0 >= x]
    if len(lines) < _LONG_COLUMN or not right_words:
        return False
    start, end = min(words[0].x0 for words in lines), max(words[-1].x1 for words in lines)
    full = sum(end - words[-1].x1 < _NEAR_EDGE * (end - start) for words in lines)
    reach = max(word.x1 for word in right_words) - x
    return full >= 0.3 * len(lines) and reach >= 0.5 * (end - start)


def _is_table(rows: list[Row], x: float) -> bool:
    """True if rows are cells side by side; columns of running text have full lines on at least one side."""
    in_tables = sum(table.last - table.first for table in tables_of(rows))
    if in_tables < 0.8 * len(rows):
        return False
    sides = [
        [[word for segment in row.segments for word in segment if (word.x0 < x) == left] for row in rows]
        for left in (True, False)
    ]
    return all(_is_ragged([words for words in side if words]) for side in sides)


def _is_ragged(lines: list[list[Word]]) -> bool:
    """True if most lines end although the first word of the next one would have fitted."""
    right = max(words[-1].x1 for words in lines)
    early = sum(
        right - before[-1].x1 > words[0].x1 - words[0].x0 + 0.3 * words[0].face.size
        for before, words in itertools.pairwise(lines)
    )
    return early >= 0.6 * (len(lines) - 1)


def _are_short(rows: list[Row], x: float, *, left: bool) -> bool:
    """True for a column of labels: two or three words on each row."""
    counts = [
        sum(1 for segment in row.segments for word in segment if ((word.x0 + word.x1) / 2 <= x) == left) for row in rows
    ]
    return median(counts) <= 3


def _is_isolated(rows: list[Row]) -> bool:
    """True if most rows stand alone and not on the heights of one running text."""
    pitches = [after.base - before.base for before, after in itertools.pairwise(rows)]
    size = median(row.size for row in rows)
    return not pitches or median(pitches) > _ISOLATED * size
