"""The outline of a document: its prose as lines that belong together, each with the sense of its section.

Everything here is decided from the text and the kind of the blocks, never from the format, so that the
same text gives the same outline as Markdown, HTML, DOCX or plain text.
"""

import itertools
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pipeline.marked_text import MarkedText, joined
from pipeline.models.documents import BlockKind, Place
from pipeline.models.dossier import SectionSense
from pipeline.passage_kinds import says_something, word_count
from pipeline.section_sense import heading_sense, run_in_sense


class Piece(NamedTuple):
    """One block after sentences that address the screener were taken out."""

    kind: BlockKind
    marked: MarkedText
    place: Place
    level: int


class Unit(NamedTuple):
    """A paragraph, bullet or row, or a piece of code or comment, with what its place in the outline says."""

    kind: BlockKind
    marked: MarkedText
    place: Place
    level: int
    sense: SectionSense
    section: int = 0
    """Number of headings above; a list is never taken for one under a line above its heading."""
    record: int | None = None
    """Number of the decision record that the unit is a part of."""


_MARKER = re.compile(r"(?:[>*•‣▪◦·\u2013—-]|\(?\d{1,2}[.)])\s+(?=\S)")
_STOP = re.compile(r"[.!?…:;][\"')\]”\u2019]*$")
_OPEN_END = re.compile(
    r"(?:,|[-\u2013—/(]|\b(?:the|an?|of|to|in|on|at|by|for|from|with|and|or|but|that|which|is|are|was|were|as|than|"
    r"not|it|i|we|its|their|our|my|this|these|if|when|because|so|be|been|has|have|had|can|will|would|into|per))$",
    re.IGNORECASE,
)
_NARROWEST_WRAP = 50
_WIDEST_WRAP = 140

_YEARS = r"(?:19|20)\d\d"
_DATES = re.compile(
    rf"{_YEARS}\W{{0,4}}(?:-|\u2013|—|to|until|till|/)\W{{0,3}}(?:\w{{3,9}}\.?\s|\d{{1,2}}[./])?"
    rf"(?:{_YEARS}|\d\d\b|present|now|today|date|current|ongoing)|\b(?:since|from)\s+(?:\w{{3,9}}\s)?{_YEARS}",
    re.IGNORECASE,
)
_QUESTION_WORD = re.compile(r"(?:who|what|how|where|why|when)\b", re.IGNORECASE)
_LONGEST_HEADING = 120
_MOST_TITLE_WORDS = 16
_MOST_LISTED_WORDS = 8
_TITLE_LEVEL = 7
_JOB_LEVEL = 8

_PART = re.compile(
    r"(?:architecture )?(?:context|problem|issue|background|status|decision|drivers|options|alternatives?|outcome|"
    r"consequences?|rationale|reasons?|why|costs?|price|trade[- ]?offs?|downsides?|rejected|pros|cons)"
    r"(?: (?:and|/|&) \w+| statement| drivers| outcome| considered| of the options){0,3}"
    r"|(?:considered|rejected) (?:options|alternatives)|(?:positive|negative) consequences|what we gave up|"
    r"options? considered"
)
_RUN_IN_PART = re.compile(rf"(?:{_PART.pattern})(?=\s*[.:\u2013—-](?:\s|$))", re.IGNORECASE)
_FIRST_PARTS = ("context", "problem", "issue", "background", "status")


def outline(pieces: Sequence[Piece]) -> list[Unit]:
    """Units in reading order; headings and title lines are not units, they give the units below their sense."""
    lines = [line for piece in pieces for line in _lines(piece)]
    walk = _Walk()
    for position, line in enumerate(lines):
        level = _heading_level(line, lines[position + 1] if position + 1 < len(lines) else None)
        if level is not None:
            walk.head(line.marked.text, level)
        # "2021 - now, backend, team of 6" heads a job and says something of its own.
        if level is None or (level == _JOB_LEVEL and says_something(_DATES.sub("", line.marked.text))):
            walk.unit(line)
    return _without_lone_parts(walk.units)


class _Walk:
    """Walks down a document and remembers the headings above."""

    def __init__(self) -> None:
        self.units: list[Unit] = []
        self._above: list[tuple[int, SectionSense | None]] = []
        self._section = 0
        self._record = 0
        self._in_part: str | None = None
        self._part_level = 0
        self._parts: set[str] = set()

    def head(self, text: str, level: int) -> None:
        sense = heading_sense(text, dated=_DATES.search(text) is not None)
        self._section += 1
        self._above = [(above, known) for above, known in self._above if above < level]
        self._above.append((level, sense))
        part = _PART.fullmatch(_plain(text))
        if part is not None:
            self._enter(part.group(), level)
        elif level <= self._part_level or self._part_level == 0:
            self._leave()

    def unit(self, line: Piece) -> None:
        above = (known for _, known in reversed(self._above) if known is not None)
        sense: SectionSense = next(above, "other")
        if line.kind in ("code", "comment"):
            self.units.append(Unit(line.kind, line.marked, line.place, line.level, sense, self._section))
            return
        run_in = _RUN_IN_PART.match(line.marked.text)
        if run_in is not None:
            self._enter(_plain(run_in.group()), self._part_level)
        record = self._record if self._in_part is not None else None
        own = run_in_sense(line.marked.text)
        self.units.append(Unit(line.kind, line.marked, line.place, line.level, own or sense, self._section, record))

    def _enter(self, part: str, level: int) -> None:
        opens = part.startswith(_FIRST_PARTS)
        if self._in_part is None or (opens and part in self._parts):
            self._record += 1
            self._parts = set()
        self._parts.add(part)
        self._in_part = part
        self._part_level = level

    def _leave(self) -> None:
        self._in_part = None
        self._part_level = 0


def _without_lone_parts(units: list[Unit]) -> list[Unit]:
    """Forget records of a single unit: a heading "Alternatives" alone makes no decision record."""
    sizes: dict[int, int] = {}
    for unit in units:
        if unit.record is not None:
            sizes[unit.record] = sizes.get(unit.record, 0) + 1
    return [unit if unit.record is None or sizes[unit.record] > 1 else unit._replace(record=None) for unit in units]


def _plain(text: str) -> str:
    return re.sub(r"^[\W\d_]+|[\W_]+$", "", text[:_LONGEST_HEADING].casefold())


def _heading_level(line: Piece, following: Piece | None) -> int | None:
    """Level of a heading, or of a line that acts as one, or None for everything else."""
    if line.kind == "heading":
        return max(line.level, 1)
    text = line.marked.text
    words = word_count(text)
    if line.kind != "paragraph" or words > _MOST_TITLE_WORDS or text.endswith((".", "!", "?", "…", ";", ",")):
        return None
    if _DATES.search(text):
        return _JOB_LEVEL
    if words <= _MOST_LISTED_WORDS and _is_listed(text):
        return _TITLE_LEVEL
    if words <= _MOST_LISTED_WORDS and _QUESTION_WORD.match(text):
        return _TITLE_LEVEL
    if text.endswith(":") or says_something(text):
        return None
    letters = [character for character in text if character.isalpha()]
    if words <= _MOST_LISTED_WORDS and len(letters) >= 3 and "".join(letters).isupper():
        return _TITLE_LEVEL
    heads_list = following is not None and following.kind == "bullet"
    if "[EMPLOYER]" in text or (heads_list and not _is_enumeration(text)):
        return _JOB_LEVEL
    return None


def _is_listed(text: str) -> bool:
    """True for a line that is nothing but words of a section heading: "Experience", "Not done:"."""
    sense = heading_sense(text)
    if sense is None or _is_enumeration(text):
        return False
    if text.endswith(":"):
        return sense in ("work", "other") and word_count(text) <= 3
    return not says_something(text) or sense in ("assumptions", "not_done")


def _is_enumeration(text: str) -> bool:
    return len(re.findall(r"[,;|•·]", text)) >= 2 or ": " in text


def _lines(piece: Piece) -> Iterable[Piece]:
    """The lines of a block that stand for themselves; lines that were only wrapped are joined."""
    if piece.kind == "code":
        return [piece]
    if piece.kind == "comment":
        return [piece._replace(marked=piece.marked.folded())]
    text = piece.marked.text
    bounds = [(match.start(), match.end()) for match in re.finditer(r"[^\n]+", text)]
    if piece.kind in ("bullet", "heading", "row"):
        groups = _grouped(bounds, [not _MARKER.match(text[start:end]) for start, end in bounds[1:]])
    else:
        groups = _grouped(bounds, _wraps([text[start:end] for start, end in bounds]))
    lines = []
    number = counted = 0
    for group in groups:
        marked = joined((piece.marked.part(start, end).folded() for start, end in group), separator=" ")
        marker = _MARKER.match(marked.text) if piece.kind == "paragraph" else None
        kind: BlockKind = "bullet" if marker and not marker.group()[0].isdigit() else piece.kind
        if kind == "bullet" and marker is not None:
            marked = marked.part(marker.end(), len(marked.text))
        number, counted = number + text.count("\n", counted, group[0][0]), group[0][0]
        place = piece.place if piece.place.line is None else Place(line=piece.place.line + number)
        if marked.text:
            lines.append(Piece(kind, marked, place, piece.level))
    return lines


def _grouped(bounds: Sequence[tuple[int, int]], joins: Sequence[bool]) -> list[list[tuple[int, int]]]:
    groups = [[bound] for bound in bounds[:1]]
    for bound, join in zip(bounds[1:], joins, strict=True):
        if join:
            groups[-1].append(bound)
        else:
            groups.append([bound])
    return groups


def _wraps(lines: Sequence[str]) -> list[bool]:
    """For each line but the first, whether it goes on with the sentence of the line above.

    A block was wrapped by a machine if no line could have taken the first word of the next one, and if
    lines break in the middle of sentences. Else each line stands for itself, unless it clearly goes on.
    """
    pairs = list(itertools.pairwise(lines))
    width = max(map(len, lines))
    full = all(len(line) + 1 + len(after.split(maxsplit=1)[0]) > width - 2 for line, after in pairs)
    broken = [(line, after) for line, after in pairs if not _STOP.search(line)]
    clearly = [_goes_on(line, after) for line, after in broken]
    filled = full and _NARROWEST_WRAP <= width <= _WIDEST_WRAP and 2 * sum(clearly) >= len(clearly) > 0
    return [not _MARKER.match(after) and (filled or _goes_on(line, after)) for line, after in pairs]


def _goes_on(line: str, after: str) -> bool:
    if _STOP.search(line) or len(line) < _NARROWEST_WRAP // 2:
        return False
    return after[0].islower() or _OPEN_END.search(line) is not None
