"""Code as lines, and the pieces of at most 40 lines in which it becomes citable."""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from pipeline.brief import BriefText
from pipeline.marked_text import MarkedText, joined
from pipeline.models.documents import Place
from pipeline.outline import Piece

MOST_LINES = 40
_MOST_CHARS = 4_000
_FEWEST_LINES = 12
_FEWEST_LETTERS = 24
"""Letters and digits; less is an import or a closing bracket."""
_STARTER_RUN = 6
"""Lines of starter code in a row that are taken out before the rest is cut into pieces."""
_COMMENT_MARKS = " \t#/*;%\"'<!-"
_WORD = re.compile(r"[^\W_]")


class CodeLine(NamedTuple):
    """A line of code and its number in the file, if the format knows it."""

    marked: MarkedText
    number: int | None


def code_lines(blocks: Iterable[Piece], *, withheld: Collection[int] = ()) -> list[CodeLine]:
    """The lines of code blocks in a row; what stood between them is left out, blank lines are never doubled.

    Args:
        blocks: Pieces of code in the order of their file.
        withheld: Numbers of lines that are read as if they had never been written, not even as a blank one.
    """
    lines: list[CodeLine] = []
    for block in blocks:
        first = block.place.line
        if lines and _is_apart(lines[-1].number, first, withheld):
            lines.append(CodeLine(MarkedText("", ""), None))
        start = 0
        for offset, text in enumerate(block.marked.text.split("\n")):
            for low in range(0, max(len(text), 1), _MOST_CHARS):
                line = block.marked.cut(start + low, start + min(low + _MOST_CHARS, len(text)))
                if line.text.strip() or (lines and lines[-1].marked.text.strip()):
                    lines.append(CodeLine(line, None if first is None else first + offset))
            start += len(text) + 1
    return lines


def _is_apart(last: int | None, first: int | None, withheld: Collection[int]) -> bool:
    return first is None or last is None or any(line not in withheld for line in range(last + 1, first))


def own_stretches(lines: Sequence[CodeLine], brief: BriefText) -> list[Sequence[CodeLine]]:
    """What lies between long runs of starter code."""
    if not brief:
        return [lines]
    texts = [line.marked.text for line in lines]
    theirs = [not brief.is_weighty(text) or brief.has_line(text) for text in texts]
    stretches: list[Sequence[CodeLine]] = []
    start: int | None = None
    for number in range(len(lines) + 1):
        ends = number == len(lines) or all(theirs[number : number + _STARTER_RUN])
        if ends and start is not None:
            stretches.append(lines[start:number])
            start = None
        elif not ends and start is None and not theirs[number]:
            start = number
    return stretches


def code_pieces(lines: Sequence[CodeLine]) -> list[tuple[Place, MarkedText]]:
    """Pieces of at most 40 lines with their places, cut before functions and at blank lines."""
    pieces: list[tuple[Place, MarkedText]] = []
    first = 0
    while first < len(lines):
        last = _cut(lines, first)
        held = _stripped(lines[first:last])
        if sum(len(_WORD.findall(line.marked.text)) for line in held) >= _FEWEST_LETTERS:
            marked = joined((line.marked for line in held), separator="\n")
            pieces.append((Place(line=held[0].number), marked))
        first = last
    return pieces


def without_lines(marked: MarkedText, ranges: Sequence[tuple[int, int]]) -> MarkedText:
    """Code without some of its text; a line that holds nothing else goes as a whole, with its comment marks."""
    text = marked.text
    kept: list[MarkedText] = []
    start = 0
    for low, high in [*sorted(_widened(text, low, high) for low, high in ranges), (len(text), len(text))]:
        if low > start:
            kept.append(marked.cut(start, low))
        start = max(start, high)
    return joined(kept, separator="") if kept else MarkedText("", "")


def _widened(text: str, low: int, high: int) -> tuple[int, int]:
    line = text.rfind("\n", 0, low) + 1
    end = text.find("\n", high)
    end = len(text) if end < 0 else end
    if _WORD.search(text[high:end]):
        return low, high
    if _WORD.search(text[line:low]):
        return line + len(text[line:low].rstrip(_COMMENT_MARKS)), end
    return (line, end + 1) if end < len(text) else (max(line - 1, 0), end)


def _cut(lines: Sequence[CodeLine], first: int) -> int:
    """Where the piece that begins at `first` ends."""
    most, chars = first, 0
    while most < len(lines) and most - first < MOST_LINES:
        chars += len(lines[most].marked.text) + 1
        if chars > _MOST_CHARS and most > first:
            break
        most += 1
    if most == len(lines):
        return most
    texts = [line.marked.text for line in lines[: most + 1]]
    window = range(most, min(first + _FEWEST_LINES, most), -1)
    after_blank = [n for n in window if not texts[n - 1].strip()]
    at_margin = [n for n in after_blank if texts[n].strip() and not texts[n][0].isspace()]
    return next(iter(at_margin or after_blank), most)


def _stripped(lines: Sequence[CodeLine]) -> Sequence[CodeLine]:
    full = [n for n, line in enumerate(lines) if line.marked.text.strip()]
    return lines[full[0] : full[-1] + 1] if full else []
