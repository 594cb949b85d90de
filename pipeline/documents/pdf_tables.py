"""Tables in a PDF: rows whose cells begin at the same places."""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

from pipeline.documents.pdf_rows import Row
from pipeline.documents.pdf_words import Word

_ALIGNED = 2.5
"""Points."""
_FARTHEST = 3.0
"""Times the font size between two rows of one table."""
_TIGHT = 1.12
_CELL_GAP = 0.5
"""Narrowest gap before a cell, in font sizes."""
_FEWEST_ROWS = 2

Cells = list[list[Word]]


class Table(NamedTuple):
    """Rows from `first` up to `last` are a table of these cells."""

    first: int
    last: int
    rows: list[Cells]


def tables_of(rows: Sequence[Row]) -> list[Table]:
    """Return the tables among the rows of a region."""
    tables: list[Table] = []
    number = 0
    while number < len(rows):
        table = _table_at(rows, number)
        if table is None:
            number += 1
        else:
            tables.append(table)
            number = table.last
    return tables


def _table_at(rows: Sequence[Row], first: int) -> Table | None:
    """Return the table that begins with a row; its columns are those of the row or of the next one."""
    for model in rows[first : first + 2]:
        starts = [segment[0].x0 for segment in model.segments]
        if len(starts) < 2:
            continue
        cells = [_placed(rows[first], starts)]
        if cells[0] is None or not all(cells[0]):
            continue
        for before, row in itertools.pairwise(rows[first:]):
            placed = _placed(row, starts) if row.base - before.base <= _FARTHEST * row.size else None
            if placed is None or (_is_lone(placed) and not _is_wrapped(row, before)):
                break
            cells.append(placed)
        rows_of_cells = [row for row in cells if row is not None]
        if sum(all(row) for row in rows_of_cells) >= _FEWEST_ROWS:
            last = first + len(rows_of_cells)
            return Table(first, last, _joined_rows(rows[first:last], rows_of_cells))
    return None


def _placed(row: Row, starts: Sequence[float]) -> Cells | None:
    """Return the words of a row by column; None if they do not stand in these columns."""
    cells: Cells = [[] for _ in starts]
    column = -1
    previous: Word | None = None
    for word in (word for segment in row.segments for word in segment):
        begins = next((number for number, start in enumerate(starts) if abs(word.x0 - start) <= _ALIGNED), None)
        stands_off = previous is None or word.x0 - previous.x1 > _CELL_GAP * word.face.size
        if begins is not None and begins > column and stands_off:
            column = begins
        elif column < 0 or (column + 1 < len(starts) and word.x1 > starts[column + 1]):
            return None
        cells[column].append(word)
        previous = word
    gaps = [segment[0].x0 for segment in row.segments[1:]]
    # A wide gap inside a cell means that these are no cells.
    return cells if all(any(abs(gap - start) <= _ALIGNED for start in starts) for gap in gaps) else None


def _is_lone(cells: Cells) -> bool:
    """True if only the first column holds text, which may as well be the next paragraph."""
    return bool(cells[0]) and not any(cells[1:])


def _is_wrapped(row: Row, before: Row) -> bool:
    return len(before.segments) >= 2 and row.base - before.base < 1.4 * row.size


def _joined_rows(rows: Sequence[Row], cells: list[Cells]) -> list[Cells]:
    """Join the lines of wrapped cells: by tighter distances if there are two, else by an empty first cell."""
    pitches = [row.base - before.base for before, row in itertools.pairwise(rows)]
    tight = min(pitches) * _TIGHT
    is_padded = max(pitches) > tight
    table = [cells[0]]
    for pitch, row in zip(pitches, cells[1:], strict=True):
        if pitch <= tight if is_padded else not row[0]:
            for before, cell in zip(table[-1], row, strict=True):
                before.extend(cell)
        else:
            table.append(row)
    return table
