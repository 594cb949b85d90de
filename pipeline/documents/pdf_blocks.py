"""Lines to headings, paragraphs and bullets, across columns and pages."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce

from pipeline.documents.blocks import BULLET_GLYPHS, LINE_BREAK, BlockBuilder
from pipeline.documents.hyphenation import Hyphens
from pipeline.documents.pdf_lines import Line
from pipeline.documents.pdf_measures import SLIGHTLY_LOOSE, Measures, gap_between, had_room, room_behind
from pipeline.documents.pdf_openings import Openings
from pipeline.models.documents import BlockKind, Place

_LONGEST_HEADING = 90
_MOST_TITLE_LINES = 2
_INDENT = 0.8
_OTHER_SIZE = 0.08
_SENTENCE_END = re.compile(r"[.!?:][\"')\]\u201d\u2019]*$")
_CAPITAL_WORD = re.compile(r"[A-Z]{5,}\b")
_WEAK_MARKER = re.compile(r"[\u2013\u2014\u00b7\u2219*+-]|o|\(?\d{1,2}[.)]|\(?[a-z][.)]")


@dataclass
class _Draft:
    """A block while its lines are being collected."""

    lines: list[Line]
    depth: int = 0
    """0 for what is no list entry."""
    gap: float = 0.0
    """Distance from the line above, in font sizes; 0 on top of a column."""
    breaks: list[bool] = field(default_factory=list)
    """For each line but the first: whether the author broke the line before it."""

    @property
    def first(self) -> Line:
        return self.lines[0]

    @property
    def last(self) -> Line:
        return self.lines[-1]


def build_blocks(lines: Sequence[Line], builder: BlockBuilder) -> None:
    """Add the blocks of a document whose lines are given in reading order, `right` edges set."""
    measures = Measures(lines)
    drafts = _drafts(lines, measures)
    hyphens = Hyphens(lines_text=[line.text for line in lines])
    levels = _heading_levels(drafts, measures)
    for draft in drafts:
        kind, level = _kind(draft, measures, levels)
        builder.add(kind, _text(draft, hyphens), place=Place(page=draft.first.page), level=level)


def _drafts(lines: Sequence[Line], measures: Measures) -> list[_Draft]:
    drafts: list[_Draft] = []
    margins: list[float] = []
    openings = Openings(lines, measures.pitch)
    for number, line in enumerate(lines):
        draft = drafts[-1] if drafts else None
        following = lines[number + 1] if number + 1 < len(lines) else None
        if line.marker is not None and not _is_marker(line, draft, following):
            _give_back_marker(line)
        gap = gap_between(draft.last, line) if draft is not None else 0.0
        early = draft is not None and (had_room(draft.last, line) or openings.begins(draft.lines, line))
        if line.marker is not None:
            margins = [margin for margin in margins if margin < line.marker_x - 3.0] + [line.marker_x]
            drafts.append(_Draft([line], depth=len(margins), gap=gap))
        elif draft is None or _begins_block(draft, line, measures, early=early):
            stays_inside = draft is not None and draft.depth and line.x0 > draft.first.x0 - 2
            margins = margins if stays_inside else []
            drafts.append(_Draft([line], gap=gap))
        else:
            draft.breaks.append(early)
            draft.lines.append(line)
    return drafts


def _is_marker(line: Line, draft: _Draft | None, following: Line | None) -> bool:
    """Tell a weak marker, which may as well be a dash or a number at the front of a wrapped line."""
    if not line.marker or not _WEAK_MARKER.fullmatch(line.marker):
        return True
    if draft is None or draft.last.region != line.region:
        return True
    if draft.first.marker and abs(draft.first.marker_x - line.marker_x) < 2.0:
        return True
    if room_behind(draft.last, line) > 0.55 * line.size * len(line.marker):
        return True
    alike = following is not None and following.region == line.region and following.marker is None
    hangs = alike and following is not None and abs(following.x0 - line.x0) < 1.5
    return hangs and line.x0 - line.marker_x > 0.5 * line.size


def _give_back_marker(line: Line) -> None:
    line.text = f"{line.marker} {line.text}"
    line.x0 = line.marker_x
    line.marker = None


def _begins_block(draft: _Draft, line: Line, measures: Measures, *, early: bool) -> bool:
    last = draft.last
    if last.is_row or line.is_row:
        return True
    if abs(last.size - line.size) > _OTHER_SIZE * max(last.size, line.size):
        return True
    if last.region != line.region or last.page != line.page:
        return _begins_after_break(draft, line, early=early)
    pitch = gap_between(last, line) / measures.pitch
    differs = early or (last.bold and not line.words[0].face.bold)
    if pitch > (SLIGHTLY_LOOSE if differs else measures.loose) or pitch < 0.3:
        return True
    if draft.depth:
        below_marker = abs(line.x0 - draft.first.marker_x) <= 2.0
        return line.x0 < draft.first.x0 - 0.5 * line.size and (early or measures.hangs or not below_marker)
    if _is_centred(last, line):
        return False
    if _is_title(draft, line, measures, early=early):
        return True
    indent = line.x0 - last.x0
    if indent > _INDENT * line.size:
        return early or len(draft.lines) > 1
    return indent < -_INDENT * line.size and len(draft.lines) > 1


def _begins_after_break(draft: _Draft, line: Line, *, early: bool) -> bool:
    """Tell whether the first line of a column or page begins a block or goes on with the text before."""
    last = draft.last
    if early or last.bold != line.bold:
        return True
    if line.text[:1].islower():
        return False
    if draft.depth and line.x0 - line.left < draft.first.x0 - last.left - 0.5 * line.size:
        return True
    return bool(_SENTENCE_END.search(last.text)) or bool(_CAPITAL_WORD.match(line.text))


def _is_title(draft: _Draft, line: Line, measures: Measures, *, early: bool) -> bool:
    """True for a lone bold line that differs from a bold first line of a paragraph: by colour or distance."""
    is_short = len(draft.lines) <= _MOST_TITLE_LINES and all(above.bold for above in draft.lines)
    if not is_short or line.bold or not measures.is_bold_rare:
        return False
    return draft.first.colour != line.colour or (early and measures.has_titles)


def _is_centred(last: Line, line: Line) -> bool:
    apart = abs(last.x0 - line.x0) > 3.0
    return apart and abs((last.x0 + last.x1) - (line.x0 + line.x1)) < 4.0


def _heading_levels(drafts: Sequence[_Draft], measures: Measures) -> dict[float, int]:
    sizes = sorted({round(draft.first.size, 1) for draft in drafts if measures.is_large(draft.first)}, reverse=True)
    return {size: min(number, 6) for number, size in enumerate(sizes, start=1)}


def _kind(draft: _Draft, measures: Measures, levels: dict[float, int]) -> tuple[BlockKind, int]:
    first = draft.first
    if first.is_row:
        return "row", 0
    if draft.depth:
        return "bullet", draft.depth
    length = sum(len(line.text) for line in draft.lines)
    if length <= _LONGEST_HEADING * 2 and (level := levels.get(round(first.size, 1))):
        return "heading", level
    # Bold alone is a paragraph in every format; the outline tells from its words what it heads.
    is_short = len(draft.lines) <= _MOST_TITLE_LINES and length <= 2 * _LONGEST_HEADING
    if is_short and all(line.bold for line in draft.lines) and measures.is_bold_rare:
        stands_off = measures.has_titles and (draft.gap == 0.0 or measures.is_title_gap(draft.gap))
        if stands_off or first.colour != measures.body_colour:
            return "heading", min(6, len(levels) + 1)
    return "paragraph", 0


def _text(draft: _Draft, hyphens: Hyphens) -> str:
    if draft.first.is_row:
        return " | ".join(reduce(hyphens.join, cell) for cell in draft.first.cells)
    text = draft.first.text
    for line, broken in zip(draft.lines[1:], draft.breaks, strict=True):
        text = f"{text}{LINE_BREAK}{line.text}" if broken else hyphens.join(text, line.text)
    # A bullet that is typed inside the text would be taken for another entry.
    return text.lstrip(BULLET_GLYPHS + " ") if draft.depth else text
