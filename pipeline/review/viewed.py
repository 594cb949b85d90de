"""A candidate's documents on a page, by the names a visitor may read, with every quote numbered and marked."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from pipeline.models.documents import RedactedDocument
from pipeline.models.report import ReportedQuote, ReportedRow
from pipeline.phrases import shortened
from pipeline.reports.endings import CODE_ENDINGS, ending
from pipeline.reports.text import one_line, printable
from pipeline.review.quote_finding import Piece, Span, find_quote, flat_text, pieces

QUOTE_CHARS: Final = 240
"""Of a quote beside its sentence; the document has it whole."""
MOST_BLOCKS: Final = 3_000
"""Of a document on the page."""
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


class Viewed:
    """The documents under the names that the told row gives them, and the quotes that were numbered so far."""

    def __init__(
        self, documents: Sequence[RedactedDocument], *, told: ReportedRow, original: ReportedRow, is_open: bool
    ) -> None:
        self._documents = documents
        self._open = is_open
        self._cited = frozenset(quote.document for quote in _cited(original))
        self._names = names_of(documents, told=told, original=original, is_open=is_open)
        self._numbers = {name: n for n, name in enumerate(self._names, start=1)}
        self._flat = [flat_text(self._texts(document)) for document in documents]
        self._links: dict[ReportedQuote, QuoteLink] = {}
        self._spans: dict[int, list[tuple[int, Span]]] = {}
        self._begins: dict[int, list[tuple[int, int, int]]] = {}

    @property
    def unfound(self) -> bool:
        """Whether some quote could not be highlighted."""
        return any(not link.found for link in self._links.values())

    def link(self, quote: ReportedQuote) -> QuoteLink:
        """The way to a quote; it gets its number when it is first cited."""
        if quote in self._links:
            return self._links[quote]
        number = len(self._links) + 1
        document = self._numbers.get(quote.document)
        spans = self._mark(quote, number, document) if document is not None else None
        found = spans is not None
        place = quote.place
        if spans is not None and document is not None:
            place = exact_place(self._documents[document - 1], spans[0], is_open=self._open) or place
        where = one_line(", ".join(part for part in (quote.document, place) if part))
        text = shortened(printable(quote.quote), QUOTE_CHARS)
        self._links[quote] = QuoteLink(number, text, where, document, found, is_code(quote.document))
        return self._links[quote]._replace(first=True)

    def links(self, chosen: int) -> tuple[DocumentLink, ...]:
        """All documents, as choices; those that are quoted anywhere before the rest."""
        counts = {n: len({number for number, _, _ in begins}) for n, begins in self._begins.items()}
        links = (
            DocumentLink(n, one_line(self._names[n - 1]), _ROLES.get(document.role, ""), counts.get(n, 0), n == chosen)
            for n, document in enumerate(self._documents, start=1)
        )
        return tuple(sorted(links, key=lambda link: self._documents[link.number - 1].name not in self._cited))

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

    def _mark(self, quote: ReportedQuote, number: int, document: int) -> tuple[Span, ...] | None:
        blocks = self._documents[document - 1].blocks
        near = [not quote.place or str(block.place) == quote.place for block in blocks]
        spans = find_quote(self._flat[document - 1], quote.quote, near=near)
        if spans is None:
            return None
        self._spans.setdefault(document, []).extend((number, span) for span in spans)
        self._begins.setdefault(document, []).append((number, spans[0].block, spans[0].start))
        return spans

    def _texts(self, document: RedactedDocument) -> list[str]:
        return texts_of(document, is_open=self._open)


def texts_of(document: RedactedDocument, *, is_open: bool) -> list[str]:
    """The text of each block as the visitor may read it."""
    return [block.visible if is_open else block.text for block in document.blocks]


def exact_place(document: RedactedDocument, span: Span, *, is_open: bool) -> str:
    """The very line of code where a span begins; empty where the place of its block says it all.

    A run cites the line where a passage begins, and a passage of code may have sixty lines.
    """
    block = document.blocks[span.block]
    if block.kind not in ("code", "comment") or block.place.line is None:
        return ""
    before = (block.visible if is_open else block.text)[: span.start]
    return f"line {block.place.line + before.count(chr(10))}"


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
        words = f"other {kind}{' file' if document.role == 'takehome' else ''}"
        names.append(f"{words} {unnamed}.{ending(document.name)}".rstrip("."))
    return tuple(names)


def _cited(row: ReportedRow) -> Iterator[ReportedQuote]:
    for gate in row.gates.values():
        yield from gate.quotes
    for told in row.criteria.values():
        for finding in told.findings:
            yield from finding.quotes


_RESUME_ENDINGS: Final = frozenset(("html", "json"))


def is_code(document: str) -> bool:
    """Whether the words of a document are shown as code: take-homes lie in a folder, or are called so when blind."""
    takehome = "/" in document or document.startswith("take-home")
    return ending(document) in CODE_ENDINGS and (takehome or ending(document) not in _RESUME_ENDINGS)
