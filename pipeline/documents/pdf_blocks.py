"""Lines to headings, paragraphs and bullets, across columns and pages."""

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from pipeline.documents.blocks import BULLET_GLYPHS, LINE_BREAK, BlockBuilder
from pipeline.documents.hyphenation import Hyphens
from pipeline.documents.pdf_lines import Line
from pipeline.models.documents import BlockKind, Place

_LARGER = 1.1
_LONGEST_HEADING = 90
_LOOSE = 1.22
"""Times the usual distance of lines that ends a paragraph even after a full line."""
_SLIGHTLY_LOOSE = 1.1
"""The same after a line that ended early."""
_INDENT = 0.8
_DEFAULT_PITCH = 1.2
_SENTENCE_END = re.compile(r"[.!?:][\"')\]\u201d\u2019]*$")
_WEAK_MARKER = re.compile(r"[\u2013\u2014*+-]|o|\(?\d{1,2}[.)]|\(?[a-z][.)]")


@dataclass
class _Draft:
    """A block while its lines are being collected."""

    lines: list[Line]
    depth: int = 0
    """0 for what is no list entry."""
    breaks: list[bool] = field(default_factory=list)
    """For each line but the first: whether the author broke the line before it."""

    @property
    def last(self) -> Line:
        return self.lines[-1]

    @property
    def text_x(self) -> float:
        return self.lines[0].x0


class _Measures:
    """What is usual in this document."""

    def __init__(self, lines: Sequence[Line]) -> None:
        letters: Counter[float] = Counter()
        for line in lines:
            letters[round(line.size * 2) / 2] += len(line.text)
        self.body_size = letters.most_common(1)[0][0] if letters else 10.0
        ratios: list[float] = []
        for before, line in itertools.pairwise(lines):
            pitch = line.base - before.base
            same = before.region == line.region and before.page == line.page and abs(before.size - line.size) < 0.3
            if same and 0.9 * line.size < pitch < 2.5 * line.size and not _had_room(before, line):
                ratios.append(pitch / line.size)
        self.pitch = median(ratios) if ratios else _DEFAULT_PITCH
        self._bold = Counter(line.bold for line in lines for _ in line.text)

    @property
    def is_bold_rare(self) -> bool:
        return self._bold[True] < 0.5 * (self._bold[True] + self._bold[False])


def build_blocks(lines: Sequence[Line], builder: BlockBuilder) -> None:
    """Add the blocks of a document whose lines are given in reading order, `right` edges set."""
    measures = _Measures(lines)
    drafts = _drafts(lines, measures)
    hyphens = Hyphens(lines_text=[line.text for line in lines])
    levels = _heading_levels(drafts, measures)
    for draft in drafts:
        kind, level = _kind(draft, measures, levels)
        builder.add(kind, _text(draft, hyphens), place=Place(page=draft.lines[0].page), level=level)


def _drafts(lines: Sequence[Line], measures: _Measures) -> list[_Draft]:
    drafts: list[_Draft] = []
    margins: list[float] = []
    for number, line in enumerate(lines):
        draft = drafts[-1] if drafts else None
        following = lines[number + 1] if number + 1 < len(lines) else None
        if line.marker is not None and not _is_marker(line, draft, following):
            _give_back_marker(line)
        if line.marker is not None:
            margins = [margin for margin in margins if margin < line.marker_x - 3.0] + [line.marker_x]
            drafts.append(_Draft([line], depth=len(margins)))
        elif draft is None or _begins_block(draft, line, measures):
            margins = margins if draft is not None and draft.depth and line.x0 > draft.text_x - 2 else []
            drafts.append(_Draft([line]))
        else:
            draft.breaks.append(_had_room(draft.last, line))
            draft.lines.append(line)
    return drafts


def _is_marker(line: Line, draft: _Draft | None, following: Line | None) -> bool:
    """Tell a weak marker, which may as well be a dash or a number at the front of a wrapped line."""
    if not line.marker or not _WEAK_MARKER.fullmatch(line.marker):
        return True
    if draft is None or draft.last.region != line.region:
        return True
    if draft.depth and abs(draft.lines[0].marker_x - line.marker_x) < 2.0 and draft.lines[0].marker:
        return True
    hangs = following is not None and following.region == line.region and abs(following.x0 - line.x0) < 1.5
    return _had_room(draft.last, line) or (hangs and line.x0 - line.marker_x > 0.5 * line.size)


def _give_back_marker(line: Line) -> None:
    line.text = f"{line.marker} {line.text}"
    line.x0 = line.marker_x
    line.marker = None


def _begins_block(draft: _Draft, line: Line, measures: _Measures) -> bool:
    last = draft.last
    if abs(last.size - line.size) > 0.08 * max(last.size, line.size):
        return True
    early = _had_room(last, line)
    if last.region != line.region or last.page != line.page:
        return _begins_after_break(draft, line, early=early)
    pitch = (line.base - last.base) / (measures.pitch * line.size)
    if pitch > (_SLIGHTLY_LOOSE if early else _LOOSE) or pitch < 0.3:
        return True
    if draft.depth:
        return line.x0 < draft.text_x - 0.5 * line.size and (early or abs(line.x0 - draft.lines[0].marker_x) > 2.0)
    if _is_centred(last, line):
        return False
    if early and _is_heading_line(last, line, measures):
        return True
    indent = line.x0 - last.x0
    if indent > _INDENT * line.size:
        return early or len(draft.lines) > 1
    return indent < -_INDENT * line.size and len(draft.lines) > 1


def _begins_after_break(draft: _Draft, line: Line, *, early: bool) -> bool:
    """Tell whether the first line of a column or page goes on with the text before."""
    last = draft.last
    if early or last.bold != line.bold:
        return True
    if draft.depth and line.x0 - line.left < draft.text_x - last.left - 0.5 * line.size:
        return True
    ended = bool(_SENTENCE_END.search(last.text))
    return ended and not line.text[:1].islower()


def _is_heading_line(last: Line, line: Line, measures: _Measures) -> bool:
    """True for a short bold or capital line on top of ordinary text without a gap between them."""
    letters = [letter for letter in last.text if letter.isalpha()]
    is_capital = len(letters) >= 4 and all(letter.isupper() for letter in letters) and len(last.text) <= 40
    return is_capital and not line.text.isupper() and (last.bold and not line.bold and measures.is_bold_rare)


def _is_centred(last: Line, line: Line) -> bool:
    apart = abs(last.x0 - line.x0) > 3.0
    return apart and abs((last.x0 + last.x1) - (line.x0 + line.x1)) < 4.0


def _had_room(last: Line, line: Line) -> bool:
    """True if the first word of a line would have fitted behind the line before: the author broke it."""
    if not last.words or not line.words:
        return True
    size = last.size
    first = line.words[0]
    end = first.x1
    for before, word in zip(line.words, line.words[1:], strict=False):
        if word.x0 - before.x1 > 0.1 * size or word.spaced:
            break
        end = word.x1
    return last.x1 + 0.3 * size + (end - first.x0) < last.right - 0.15 * size


def _heading_levels(drafts: Sequence[_Draft], measures: _Measures) -> dict[float, int]:
    sizes = sorted(
        {round(draft.lines[0].size, 1) for draft in drafts if draft.lines[0].size > _LARGER * measures.body_size},
        reverse=True,
    )
    return {size: min(number, 6) for number, size in enumerate(sizes, start=1)}


def _kind(draft: _Draft, measures: _Measures, levels: dict[float, int]) -> tuple[BlockKind, int]:
    first = draft.lines[0]
    if draft.depth:
        return "bullet", draft.depth
    length = sum(len(line.text) for line in draft.lines)
    if length <= _LONGEST_HEADING * 2 and (level := levels.get(round(first.size, 1))):
        return "heading", level
    is_single = len(draft.lines) == 1 and length <= _LONGEST_HEADING
    if is_single and first.bold and measures.is_bold_rare and not first.text.endswith("."):
        return "heading", min(6, len(levels) + 1)
    return "paragraph", 0


def _text(draft: _Draft, hyphens: Hyphens) -> str:
    text = draft.lines[0].text
    for line, broken in zip(draft.lines[1:], draft.breaks, strict=True):
        text = f"{text}{LINE_BREAK}{line.text}" if broken else hyphens.join(text, line.text)
    # A bullet that is typed inside the text would be taken for another entry.
    return text.lstrip(BULLET_GLYPHS + " ") if draft.depth else text
