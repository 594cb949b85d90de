"""Rows of a column to lines, with list markers and table cells told from running text."""

import itertools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from pipeline.documents.blocks import BULLET_GLYPHS
from pipeline.documents.colours import Colour
from pipeline.documents.pdf_columns import Region
from pipeline.documents.pdf_rows import MARKER
from pipeline.documents.pdf_shapes import Box
from pipeline.documents.pdf_tables import Cells, tables_of
from pipeline.documents.pdf_words import Word


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
    colour: Colour
    page: int
    marker: str | None = None
    """The list marker that was taken off the front; empty for one that is drawn and not written."""
    marker_x: float = 0.0
    right: float = 0.0
    """Where the lines of this column end at most."""
    left: float = 0.0
    """Where the column begins."""
    region: int = 0
    is_row: bool = False
    """True for a row of a table."""
    cells: list[list[str]] = field(default_factory=list)
    """The lines of each cell of a row."""


def lines_of_region(region: Region, *, number: int, marks: Sequence[Box]) -> list[Line]:
    """Return the lines of a region, with list markers told from text."""
    lines: list[Line] = []
    tables = {table.first: table for table in tables_of(region.rows)}
    position = 0
    while position < len(region.rows):
        table = tables.get(position)
        if table is not None:
            lines.extend(_table_line(cells, number) for cells in table.rows)
            position = table.last
            continue
        row = region.rows[position]
        line = _line([word for segment in row.segments for word in segment], number)
        _take_marker(line, marks)
        if line.text:
            lines.append(line)
        position += 1
    return lines


def _table_line(cells: Cells, region: int) -> Line:
    line = _line([word for cell in cells for word in cell], region)
    line.cells = [_cell_lines(cell) for cell in cells if cell]
    line.text = " | ".join(" ".join(cell) for cell in line.cells)
    line.is_row = True
    return line


def _cell_lines(cell: list[Word]) -> list[str]:
    """Return the lines of a cell; a word that stands lower begins another."""
    starts = [
        number for number, (before, word) in enumerate(itertools.pairwise(cell), start=1) if _is_lower(before, word)
    ]
    bounds = [0, *starts, len(cell)]
    return [_joined(cell[start:end]) for start, end in itertools.pairwise(bounds)]


def _is_lower(before: Word, word: Word) -> bool:
    return word.base - before.base > 0.5 * word.face.size


def _line(words: list[Word], region: int) -> Line:
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
        base=max(word.base for word in words if word.face.size == large.face.size),
        size=large.face.size,
        bold=all(word.face.bold for word in words if any(letter.isalnum() for letter in word.text)),
        colour=large.face.colour,
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
    if len(line.words) > 1 and MARKER.fullmatch(first.text) and _stands_off(line.words):
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
