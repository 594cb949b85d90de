"""What is usual in one printed document: sizes, distances of lines and paragraphs, titles, hanging lists."""

import itertools
from collections import Counter
from collections.abc import Sequence
from statistics import median, quantiles

from pipeline.documents.colours import Colour
from pipeline.documents.pdf_lines import Line

_LOOSE = 1.22
"""Times the usual distance of lines that ends a paragraph even after a full line, at most."""
SLIGHTLY_LOOSE = 1.1
"""The same after a line that ended early."""
_LARGER = 1.1
_DEFAULT_PITCH = 1.2
_DEFAULT_PARAGRAPH_GAP = 2.0
_TITLE_GAP = 1.08
_NEARER = 0.7
"""Share of the way from the distance of lines to that of paragraphs, from which a distance is one of paragraphs."""
_LEAST_LOOSE = 1.12
_SAME_GAP = 0.1


class Measures:
    """Taken once over all lines of a document."""

    def __init__(self, lines: Sequence[Line]) -> None:
        sizes: Counter[float] = Counter()
        colours: Counter[Colour] = Counter()
        bold: Counter[bool] = Counter()
        for line in lines:
            sizes[round(line.size * 2) / 2] += len(line.text)
            colours[line.colour] += len(line.text)
            bold[line.bold] += len(line.text)
        self.body_size = sizes.most_common(1)[0][0] if sizes else 10.0
        self.body_colour = colours.most_common(1)[0][0] if colours else None
        self.is_bold_rare = bold[True] < bold[False]
        self.pitch = _pitch(lines)
        self.paragraph_gap = _paragraph_gap(lines, self.pitch)
        self.loose = _loose(lines, self.pitch)
        self.hangs = _hangs(lines)
        self.has_titles = self._has_titles(lines)

    def is_large(self, line: Line) -> bool:
        """True for a line in letters larger than the body's."""
        return line.size > _LARGER * self.body_size

    def is_title_gap(self, gap: float) -> bool:
        """True for a distance, in font sizes, that is larger than between paragraphs."""
        return gap > _TITLE_GAP * self.paragraph_gap

    def _has_titles(self, lines: Sequence[Line]) -> bool:
        """True if bold lines right above ordinary text stand off from the text before them, as titles do."""
        apart = close = 0
        for before, line, after in zip(lines, lines[1:], lines[2:], strict=False):
            if not line.bold or after.bold or before.bold or self.is_large(before) or self.is_large(line):
                continue
            gap = gap_between(before, line)
            if gap and line.marker is None and had_room(line, after):
                apart += self.is_title_gap(gap)
                close += not self.is_title_gap(gap)
        return apart > close


def gap_between(before: Line, line: Line) -> float:
    """Return the distance of two lines of one column in font sizes; 0 when they are in different columns."""
    together = before.region == line.region and before.page == line.page
    return (line.base - before.base) / line.size if together else 0.0


def had_room(last: Line, line: Line) -> bool:
    """True if the first word of a line would have fitted behind the line before: the author broke it."""
    if last.is_row or line.is_row:
        return True
    first = line.words[0]
    end = first.x1
    for before, word in itertools.pairwise(line.words):
        if word.x0 - before.x1 > 0.1 * line.size or word.spaced:
            break
        end = word.x1
    return end - first.x0 < room_behind(last, line)


def room_behind(last: Line, line: Line) -> float:
    """Return the width that a word could have had behind a line."""
    return last.right - last.x1 - 0.45 * line.size


def _alike(before: Line, line: Line) -> bool:
    return abs(before.size - line.size) < 0.3 and line.marker is None and not (line.is_row or before.is_row)


def _pitch(lines: Sequence[Line]) -> float:
    """Return the usual distance of the lines of one paragraph, in font sizes."""
    wrapped = [
        gap
        for before, line in itertools.pairwise(lines)
        if _alike(before, line) and 0.9 < (gap := gap_between(before, line)) < 2.5 and not had_room(before, line)
    ]
    if len(wrapped) < 2:
        return wrapped[0] if wrapped else _DEFAULT_PITCH
    # Paragraphs whose last line happens to be full make the larger distances.
    return quantiles(wrapped, n=3)[0]


def _paragraph_gap(lines: Sequence[Line], pitch: float) -> float:
    gaps = [
        gap
        for before, line in itertools.pairwise(lines)
        if _alike(before, line)
        and not (line.bold or before.bold)
        and pitch * SLIGHTLY_LOOSE < (gap := gap_between(before, line)) < 4.0
    ]
    return median(gaps) if gaps else _DEFAULT_PARAGRAPH_GAP


def _hangs(lines: Sequence[Line]) -> bool:
    """True if list entries of this document go on below their text and not below their markers."""
    below_text = below_marker = 0
    for before, line in itertools.pairwise(lines):
        if before.marker is None or line.marker is not None or line.region != before.region:
            continue
        if before.x0 - before.marker_x > 3.0 and not had_room(before, line):
            # Some producers set the text of an entry a little farther in than the lines below it.
            below_text += -2.0 < before.x0 - line.x0 < 0.5 * (before.x0 - before.marker_x)
            below_marker += abs(line.x0 - before.marker_x) < 2.0
    return below_text > below_marker


def _loose(lines: Sequence[Line], pitch: float) -> float:
    """Return the times of the usual distance that end a paragraph after a full line.

    Some producers set paragraphs hardly farther apart than lines; where an author is seen to end them so, it is enough.
    """
    seen = sorted(
        gap
        for before, line in itertools.pairwise(lines)
        if _alike(before, line)
        and (gap := gap_between(before, line)) > pitch * SLIGHTLY_LOOSE
        and had_room(before, line)
    )
    usual = next((gap for gap, next_gap in itertools.pairwise(seen) if next_gap - gap < _SAME_GAP), None)
    if usual is None:
        return _LOOSE
    return min(_LOOSE, max(_LEAST_LOOSE, 1 + _NEARER * (usual / pitch - 1)))
