"""The page of one candidate, worked out before any markup: sentences on one side, the document on the other."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from markupsafe import Markup

from pipeline.desk.models import Override
from pipeline.models.documents import RedactedDocument
from pipeline.models.report import ReportedCriterion, ReportedFinding, ReportedGate, ReportedQuote, ReportedRow
from pipeline.models.scorecard import Criterion, Scorecard
from pipeline.phrases import BAND_TITLES, FLAG_TITLES, check_phrase, humanized, shortened
from pipeline.reports.endings import CODE_ENDINGS, ending
from pipeline.reports.intervals import meter
from pipeline.reports.text import one_line, printable
from pipeline.review.documents import CandidateDocuments
from pipeline.review.quote_finding import Piece, Span, find_quote, flat_text, pieces
from pipeline.review.shown import Shown, ShownRow
from pipeline.second_levels import far_apart

QUOTE_CHARS: Final = 240
"""Of a quote beside its sentence; the document has it whole."""
MOST_BLOCKS: Final = 3_000
"""Of a document on the page."""
STATE_TITLES: Final = {"found": "Found", "partly": "Partly evidenced", "missing": "Not evidenced"}
GATE_TITLES: Final = {"met": "Met", "not_met": "Not met", "unknown": "Unknown"}
_ROLES: Final = {"resume": "Resume", "cover": "Cover letter", "takehome": "Take-home"}


class QuoteLink(NamedTuple):
    """A quote with the way to its place."""

    number: int
    text: str
    where: str
    document: int | None
    """Index of its document; None if it is not among those that can be shown."""
    found: bool
    """It is highlighted there."""
    is_code: bool
    first: bool = False
    """The first place on the page that cites it: the document leads back here."""
    again: bool = False
    """It stands under an earlier sentence of the same criterion."""


class Sentence(NamedTuple):
    """A check in plain words, with the quotes that show it."""

    text: str
    certainty: str
    note: str
    ask: str
    quotes: tuple[QuoteLink, ...]


class Group(NamedTuple):
    """The sentences of one criterion in the same state."""

    state: str
    title: str
    sentences: tuple[Sentence, ...]


class CriterionPart(NamedTuple):
    """One criterion of the candidate."""

    id: str
    title: str
    statement: str
    weight: str
    covered: bool
    """Its evidence was not opened yet; nothing below is shown."""
    level: float | None
    meter: Markup
    points: str
    groups: tuple[Group, ...]
    not_judged: str
    caution: str
    second: str
    differs: bool
    override: Override | None
    quotes: int


class GatePart(NamedTuple):
    """One must-have of the candidate."""

    title: str
    statement: str
    status: str
    status_title: str
    text: str
    supporting: tuple[QuoteLink, ...]
    opposing: tuple[QuoteLink, ...]


class FlagPart(NamedTuple):
    """Something to ask about."""

    title: str
    detail: str
    where: str
    question: str


class DocumentLink(NamedTuple):
    """A document as a choice."""

    number: int
    name: str
    kind: str
    quotes: int
    current: bool


class ShownBlock(NamedTuple):
    """A heading, paragraph, bullet, or piece of code with the quotes in it."""

    kind: str
    level: int
    pieces: tuple[Piece, ...]
    place: str
    """Where the block stands, if that is worth saying before it."""


class ShownDocument(NamedTuple):
    """The document on the page."""

    number: int
    name: str
    blocks: tuple[ShownBlock, ...]
    cut: bool
    """It is longer than what is shown."""


class CandidatePage(NamedTuple):
    """Everything about one candidate."""

    told: ReportedRow
    why: str
    """Why this band."""
    asks: tuple[str, ...]
    gates: tuple[GatePart, ...]
    criteria: tuple[CriterionPart, ...]
    flags: tuple[FlagPart, ...]
    not_judged: tuple[str, ...]
    preferences: str
    documents: tuple[DocumentLink, ...]
    document: ShownDocument | None
    origin: str
    unfound: bool
    """Some quote could not be highlighted."""


def all_quotes(row: ReportedRow) -> tuple[ReportedQuote, ...]:
    """Every quote of a row: gates first, then criteria, in the page's order."""
    return tuple(
        dict.fromkeys(
            (
                *(quote for gate in row.gates.values() for quote in gate.quotes),
                *(quote for told in row.criteria.values() for one in told.findings for quote in one.quotes),
            )
        )
    )


def candidate_page(shown: Shown, one: ShownRow, documents: CandidateDocuments, *, chosen: int) -> CandidatePage:
    """Put the page together.

    Args:
        shown: The run as the visitor sees it.
        one: The candidate.
        documents: Their documents.
        chosen: Number of the document on the page, from 1.
    """
    told = shown.told(one)
    viewed = _Viewed(documents.documents, told=told, original=one.row, is_open=one.is_open)
    # Gates stand above the criteria, so their quotes get the first numbers.
    gates = tuple(_gate(name, gate, shown.scorecard, viewed) for name, gate in told.gates.items())
    criteria = tuple(
        _criterion(name, reported, one, shown.scorecard, viewed) for name, reported in told.criteria.items()
    )
    safe = one.without_levels(told)
    return CandidatePage(
        told=safe,
        why=_why(safe),
        asks=tuple(map(one_line, told.questions)),
        gates=gates,
        criteria=criteria,
        flags=tuple(
            FlagPart(
                FLAG_TITLES[flag.id],
                printable(flag.detail),
                one_line(", ".join(part for part in (flag.document, flag.place) if part)),
                one_line(flag.question),
            )
            for flag in safe.flags
        ),
        not_judged=tuple(f"{reported.title}. {reported.not_judged}" for reported in told.criteria.values()
                         if reported.level is None),
        preferences=_preferences(told, shown.scorecard, covered=bool(one.covered)),
        documents=viewed.links(chosen),
        document=viewed.document(chosen),
        origin=documents.origin,
        unfound=viewed.unfound,
    )  # fmt: skip


class _Viewed:
    """The documents under the names that the told row gives them, and the quotes that were numbered so far."""

    def __init__(
        self, documents: Sequence[RedactedDocument], *, told: ReportedRow, original: ReportedRow, is_open: bool
    ) -> None:
        self._documents = documents
        self._open = is_open
        self._names = names_of(documents, told=told, original=original, is_open=is_open)
        self._numbers = {name: n for n, name in enumerate(self._names, start=1)}
        self._flat = [flat_text(self._texts(document)) for document in documents]
        self._links: dict[ReportedQuote, QuoteLink] = {}
        self._spans: dict[int, list[tuple[int, Span]]] = {}
        self._begins: dict[int, list[tuple[int, int, int]]] = {}

    @property
    def unfound(self) -> bool:
        return any(not link.found for link in self._links.values())

    def link(self, quote: ReportedQuote) -> QuoteLink:
        """The way to a quote; it gets its number when it is first cited."""
        if quote in self._links:
            return self._links[quote]
        number = len(self._links) + 1
        document = self._numbers.get(quote.document)
        found = document is not None and self._mark(quote, number, document)
        where = one_line(", ".join(part for part in (quote.document, quote.place) if part))
        text = shortened(printable(quote.quote), QUOTE_CHARS)
        self._links[quote] = QuoteLink(number, text, where, document, found, is_code(quote.document))
        return self._links[quote]._replace(first=True)

    def links(self, chosen: int) -> tuple[DocumentLink, ...]:
        """All documents, as choices."""
        counts = {n: len({number for number, _, _ in begins}) for n, begins in self._begins.items()}
        return tuple(
            DocumentLink(n, one_line(self._names[n - 1]), _ROLES.get(document.role, ""), counts.get(n, 0), n == chosen)
            for n, document in enumerate(self._documents, start=1)
        )

    def document(self, chosen: int) -> ShownDocument | None:
        """The chosen document with its quotes marked."""
        if not 1 <= chosen <= len(self._documents):
            return None
        document = self._documents[chosen - 1]
        by_block: dict[int, list[tuple[int, Span]]] = {}
        for number, span in self._spans.get(chosen, ()):
            by_block.setdefault(span.block, []).append((number, span))
        begins: dict[int, list[tuple[int, int]]] = {}
        for number, first, offset in self._begins.get(chosen, ()):
            begins.setdefault(first, []).append((number, offset))
        blocks, before = [], ""
        for n, (block, text) in enumerate(
            zip(document.blocks[:MOST_BLOCKS], self._texts(document)[:MOST_BLOCKS], strict=True)
        ):
            place = str(block.place)
            # A page is said once, a line wherever code begins.
            said = place if place != before and (place.startswith("page") or block.kind == "code") else ""
            before = place
            cut = pieces(printable(text), by_block.get(n, ()), begin=begins.get(n, ()))
            blocks.append(ShownBlock(block.kind, min(block.level, 4), cut, said))
        return ShownDocument(
            chosen, one_line(self._names[chosen - 1]), tuple(blocks), len(document.blocks) > MOST_BLOCKS
        )

    def _mark(self, quote: ReportedQuote, number: int, document: int) -> bool:
        blocks = self._documents[document - 1].blocks
        near = [not quote.place or str(block.place) == quote.place for block in blocks]
        spans = find_quote(self._flat[document - 1], quote.quote, near=near)
        if spans is None:
            return False
        self._spans.setdefault(document, []).extend((number, span) for span in spans)
        self._begins.setdefault(document, []).append((number, spans[0].block, spans[0].start))
        return True

    def _texts(self, document: RedactedDocument) -> list[str]:
        return [block.visible if self._open else block.text for block in document.blocks]


def names_of(
    documents: Sequence[RedactedDocument], *, told: ReportedRow, original: ReportedRow, is_open: bool
) -> tuple[str, ...]:
    """The documents' names on the page: their own, or the labels that the blind row gives to those it cites."""
    if is_open:
        return tuple(document.name for document in documents)
    labels = {
        before.document: after.document
        for before, after in zip(_cited(original), _cited(told), strict=True)
    }  # fmt: skip
    for flag, blind in zip(original.flags, told.flags, strict=True):
        if flag.document and blind.document:
            labels.setdefault(flag.document, blind.document)
    names, unnamed = [], 0
    for document in documents:
        if document.name in labels:
            names.append(labels[document.name])
            continue
        unnamed += 1
        kind = _ROLES.get(document.role, "Document").lower()
        names.append(f"{kind}, not quoted {unnamed}.{ending(document.name)}".rstrip("."))
    return tuple(names)


def _cited(row: ReportedRow) -> Iterator[ReportedQuote]:
    for gate in row.gates.values():
        yield from gate.quotes
    for told in row.criteria.values():
        for finding in told.findings:
            yield from finding.quotes


def _criterion(
    name: str, told: ReportedCriterion, one: ShownRow, scorecard: Scorecard, viewed: _Viewed
) -> CriterionPart:
    total = sum(criterion.weight for criterion in scorecard.criteria)
    criterion = next((c for c in scorecard.criteria if c.id == name), None)
    covered = name in one.covered
    quotes = len({quote for finding in told.findings for quote in finding.quotes})
    return CriterionPart(
        id=name,
        title=told.title,
        statement=" ".join(criterion.statement.split()) if criterion else "",
        weight=f"{told.weight / total:.0%} of the weight",
        covered=covered,
        level=None if covered else told.level,
        meter=Markup() if covered or told.level is None else meter(told.level),
        points="" if covered or told.points is None else f"{told.points:.1f} of {told.points_possible:.1f} points",
        groups=() if covered else _groups(told, criterion, viewed),
        not_judged=told.not_judged,
        caution="" if covered else told.caution,
        second="" if covered or told.second_level is None else f"{told.second_level:.1f}",
        differs=told.level is not None and told.second_level is not None and far_apart(told.level, told.second_level),
        override=None if covered else one.overrides.get(name),
        quotes=quotes,
    )


def _groups(told: ReportedCriterion, criterion: Criterion | None, viewed: _Viewed) -> tuple[Group, ...]:
    sentences: dict[str, list[Sentence]] = {}
    seen: set[int] = set()
    for finding in sorted(told.findings, key=lambda one: list(STATE_TITLES).index(one.state)):
        sentence = _sentence(finding, criterion, viewed)
        quotes = tuple(quote._replace(again=quote.number in seen) for quote in sentence.quotes)
        seen |= {quote.number for quote in quotes}
        sentences.setdefault(finding.state, []).append(sentence._replace(quotes=quotes))
    return tuple(
        Group(state, title, tuple(sentences[state])) for state, title in STATE_TITLES.items() if state in sentences
    )


def _sentence(finding: ReportedFinding, criterion: Criterion | None, viewed: _Viewed) -> Sentence:
    ask = ""
    if finding.state != "found" and criterion is not None:
        check = next((check for check in criterion.rubric.checks if check.id == finding.check), None)
        ask = check_phrase(criterion, check).ask if check is not None else ""
    return Sentence(
        text=finding.text,
        certainty=f"{finding.p:.0%} likely" if finding.state == "partly" else "",
        note=f"An answer was withdrawn: {finding.withdrawn}." if finding.withdrawn else "",
        ask=ask,
        quotes=tuple(dict.fromkeys(viewed.link(quote) for quote in finding.quotes)),
    )


def _gate(name: str, gate: ReportedGate, scorecard: Scorecard, viewed: _Viewed) -> GatePart:
    statement = next((one.statement for one in scorecard.non_negotiables if one.id == name), "")
    links = tuple(viewed.link(quote) for quote in gate.quotes)
    supporting = len(links) - gate.opposing
    return GatePart(
        title=humanized(name),
        statement=" ".join(statement.split()),
        status=gate.status,
        status_title=GATE_TITLES[gate.status],
        text=gate.text,
        supporting=links[:supporting],
        opposing=links[supporting:],
    )


def _preferences(row: ReportedRow, scorecard: Scorecard, *, covered: bool) -> str:
    if not scorecard.preferences:
        return ""
    names = ", ".join(row.preferences_matched) or "none"
    points = "" if covered else f" Tools add {row.tool_points:.1f} of at most 2 points."
    return f"Preferences named: {names}.{points}"


def _why(row: ReportedRow) -> str:
    told = row.summary[0].removeprefix(f"{BAND_TITLES[row.band]}: ")
    return told[:1].upper() + told[1:]


def is_code(document: str) -> bool:
    """Whether the words of a document are shown as code."""
    return ending(document) in CODE_ENDINGS
