"""No verified quote, no credit: every quote is looked up in its passage or its finding is withdrawn."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from typing import get_args

from pipeline.models.documents import Mark, RedactedSpan
from pipeline.models.dossier import Dossier, Passage
from pipeline.models.scorecard import Check, Rubric
from pipeline.models.verdicts import Citation, Finding, GroundedFinding, GroundedVerdict, Quote, Verdict

MIN_QUOTE_WORDS = 4
MIN_CODE_QUOTE_CHARS = 12
COUNTS_FROM = 0.2
"""Probabilities below this count as 0 and need no quote."""

_UNQUOTABLE = frozenset(("inventory", "addressed"))
_CODE_KINDS = frozenset(("code", "comment"))
_FEWEST_CODE_LETTERS = 4
_MARK = re.compile(rf"\[(?:{'|'.join(get_args(Mark))})\]")
_TYPOGRAPHY = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‑": "-", "\u00a0": " "})
_EDGES = " \t\r\n.,;:!?…\"'`«»„"


def ground(
    verdict: Verdict, *, rubric: Rubric, dossier: Dossier, is_brief: Callable[[str], bool] = lambda _: False
) -> GroundedVerdict:
    """Keep the findings whose quotes stand in their passages, withdraw the others.

    A finding counts only with as many separate quotes as its check needs, and only as far as the
    checks it requires count: a withdrawn check takes those that rest on it along.

    Args:
        verdict: What the judge said.
        rubric: The checks that were asked, in order.
        dossier: The candidate's passages.
        is_brief: True for a text that is the take-home brief's own.
    """
    if verdict.unscored is not None:
        return GroundedVerdict(subject=verdict.subject, unscored=verdict.unscored, detail=verdict.detail)
    passages = {passage.id: passage for passage in dossier.passages}
    given = {finding.check: finding for finding in verdict.findings}
    grounded: dict[str, GroundedFinding] = {}
    for check in _required_first(rubric):
        finding = given.get(check.id, Finding(check=check.id, p=0.0))
        grounded[check.id] = _ground_finding(finding, check, passages, grounded, is_brief)
    return GroundedVerdict(subject=verdict.subject, findings=tuple(grounded[check.id] for check in rubric.checks))


def _required_first(rubric: Rubric) -> list[Check]:
    """The checks of a rubric, each after those it requires."""
    ordered: list[Check] = []
    placed: set[str] = set()
    waiting = list(rubric.checks)
    while waiting:
        ready = [check for check in waiting if placed.issuperset(check.requires)]
        if not ready:
            raise ValueError(f"Rubric {rubric.id!r} requires checks in a circle: {[c.id for c in waiting]}.")
        ordered += ready
        placed.update(check.id for check in ready)
        waiting = [check for check in waiting if check.id not in placed]
    return ordered


def _ground_finding(
    finding: Finding,
    check: Check,
    passages: Mapping[str, Passage],
    grounded: Mapping[str, GroundedFinding],
    is_brief: Callable[[str], bool],
) -> GroundedFinding:
    if finding.p < COUNTS_FROM:
        return GroundedFinding(check=check.id, p=finding.p, met=False)
    citations = verify_quotes(finding.quotes, passages, is_brief=is_brief)
    if len(citations) < check.quotes:
        needed = "a verified quote" if check.quotes == 1 else f"{check.quotes} separate verified quotes"
        return _withdrawn(check, f"needs {needed}, {len(citations)} found", citations)
    p = finding.p
    for required in check.requires:
        if grounded[required].withdrawn is not None:
            return _withdrawn(check, f"rests on {required!r}, which was withdrawn", citations)
        p = min(p, grounded[required].p)
    return GroundedFinding(check=check.id, p=p, met=p >= 0.5, citations=citations)


def _withdrawn(check: Check, why: str, citations: tuple[Citation, ...]) -> GroundedFinding:
    return GroundedFinding(check=check.id, p=0.0, met=False, citations=citations, withdrawn=why)


def verify_quotes(
    quotes: Iterable[Quote], passages: Mapping[str, Passage], *, is_brief: Callable[[str], bool] = lambda _: False
) -> tuple[Citation, ...]:
    """Citations for the quotes that stand in their passages; overlapping ones are one quote.

    Args:
        quotes: What a judge says it read.
        passages: The candidate's passages by id.
        is_brief: True for a text that is the take-home brief's own.
    """
    taken: dict[str, list[tuple[int, int]]] = {}
    citations: list[Citation] = []
    for quote in quotes:
        passage = passages.get(quote.passage)
        if passage is None:
            continue
        span = quotable(quote.text, passage.text, kind=passage.kind)
        if span is None or is_brief(passage.text[slice(*span)]):
            continue
        others = taken.setdefault(passage.id, [])
        if any(span[0] < end and start < span[1] for start, end in others):
            continue
        others.append(span)
        citations.append(_citation(passage, span))
    return tuple(citations)


def quotable(quote: str, text: str, *, kind: str) -> tuple[int, int] | None:
    """Where a quote stands in a passage that may be quoted, if it is long enough to say something; or None.

    Args:
        quote: What a judge says it read.
        text: The passage's.
        kind: The passage's.
    """
    if kind in _UNQUOTABLE:
        return None
    span = find_quote(quote, text)
    return span if span is not None and _long_enough(text[slice(*span)], kind) else None


def _long_enough(text: str, kind: str) -> bool:
    """True for a quote that says something: rules of dashes, brackets and rows of marks are long and say nothing."""
    letters = sum(character.isalnum() for character in _MARK.sub("", text))
    if kind in _CODE_KINDS:
        return len(re.sub(r"\s", "", text)) >= MIN_CODE_QUOTE_CHARS and letters >= _FEWEST_CODE_LETTERS
    words = [word for word in text.split() if any(character.isalnum() for character in word)]
    return len(words) >= MIN_QUOTE_WORDS and letters > 0


def find_quote(quote: str, text: str) -> tuple[int, int] | None:
    """Where a quote stands in a text, as half-open offsets, or None.

    White space is folded and typographic quotes and dashes are read as plain ones on both sides, because models and PDF
    readers change them. Models also end a quote with a full stop, or put it in quotation marks: such edges are
    left out where the quote is not found with them. Nothing else is forgiven.
    """
    span = _find(quote, text)
    if span is None and (inner := quote.translate(_TYPOGRAPHY).strip(_EDGES)) and inner != quote:
        return _find(inner, text)
    return span


def _find(quote: str, text: str) -> tuple[int, int] | None:
    plain = quote.strip()
    # Nearly every quote is a copy; typography and a pattern of its own for each cost more than judging does.
    if plain and (start := text.find(plain)) >= 0:
        return start, start + len(plain)
    sought, searched = quote.translate(_TYPOGRAPHY).strip(), text.translate(_TYPOGRAPHY)
    if not sought:
        return None
    start = searched.find(sought)
    if start >= 0:
        return start, start + len(sought)
    match = re.search(r"\s+".join(map(re.escape, sought.split())), searched)
    return match.span() if match else None


def _citation(passage: Passage, span: tuple[int, int]) -> Citation:
    start, end = _whole_marks(span, passage.spans)
    return Citation(
        passage=passage.id,
        quote=passage.visible[to_visible(start, passage.spans) : to_visible(end, passage.spans)],
        quote_redacted=passage.text[start:end],
        document=passage.document,
        place=str(passage.place),
        source=passage.source,
    )


def _whole_marks(span: tuple[int, int], marks: tuple[RedactedSpan, ...]) -> tuple[int, int]:
    """Widen a span so that it cuts no mark in two: half a mark has no counterpart in visible text."""
    start, end = span
    for mark in marks:
        if mark.start < start < mark.end:
            start = mark.start
        if mark.start < end < mark.end:
            end = mark.end
    return start, end


def to_visible(offset: int, marks: tuple[RedactedSpan, ...]) -> int:
    """The offset in visible text for an offset in redacted text that lies inside no mark."""
    before = bisect_right(marks, offset, key=lambda mark: mark.end)
    if before == 0:
        return offset
    last = marks[before - 1]
    return offset - last.end + last.visible_end
