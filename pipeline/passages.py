"""From redacted documents to the passages of one candidate."""

import hashlib
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from pipeline.addressed import addressed_spans
from pipeline.brief import BriefText
from pipeline.code_pieces import code_lines, code_pieces, own_stretches, without_lines
from pipeline.courtesies import CERTAIN, CERTAIN_IN_TAKEHOME, courtesy_spans
from pipeline.marked_text import MarkedText, joined
from pipeline.models.documents import Place, RedactedBlock, RedactedDocument
from pipeline.models.dossier import AddressedText, Dossier, HiddenFinding, Passage, PassageKind, SectionSense
from pipeline.models.scorecard import Source
from pipeline.outline import Piece, Unit, outline
from pipeline.passage_kinds import prose_kind, word_count
from pipeline.pieces import group, pack
from pipeline.sentences import sentence_spans

__all__ = ["BriefText", "build_dossier"]

_SOURCE_OF_ROLE: dict[str, Source] = {"resume": "resume", "cover": "resume", "takehome": "takehome"}
_FEWEST_COMMENT_WORDS = 4
_FEWEST_PROSE_WORDS = 2
_FEWEST_OWN_WORDS = 6
_ALIKE = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"'}
    | dict.fromkeys(map(chr, range(0x2010, 0x2016)), "-")
    | {"\u2212": "-"}
)


def build_dossier(
    documents: Sequence[RedactedDocument],
    *,
    brief: BriefText,
    sources_unread: Collection[Source] = (),
    languages: Collection[str] = ("en",),
) -> Dossier:
    """Cut one candidate's documents into passages.

    Neither the order of the documents nor their names enter the passage ids or the hash.

    Args:
        documents: All redacted documents of one candidate; brief and starter files are passed over.
        brief: What came with the exercise; passages that repeat it are dropped.
        sources_unread: Sources of which a file could not be read.
        languages: ISO 639-1 codes of the languages that the judge knows.
    """
    own = sorted((d for d in documents if d.role in _SOURCE_OF_ROLE), key=_document_order)
    passages: dict[str, Passage] = {}
    addressed: list[AddressedText] = []
    for document in own:
        if _is_foreign(document, languages=languages):
            continue
        cut = _Cutter(document, brief)
        for passage in cut.passages():
            passages.setdefault(passage.id, passage)
        addressed += cut.addressed
    ids = sorted(passages)
    read = {passage.source for passage in passages.values()}
    return Dossier(
        passages=tuple(passages[passage_id] for passage_id in ids),
        addressed=tuple(addressed),
        hidden=tuple(HiddenFinding(document=d.name, hidden=hidden) for d in own for hidden in d.hidden),
        sources_read=_in_order(read),
        sources_unread=_in_order(sources_unread),
        sources_other_language=_in_order(_in_other_language(own, languages=languages)),
        hash=hashlib.sha256("\n".join(ids).encode()).hexdigest(),
    )


def passage_id(*, source: Source, kind: PassageKind, sense: SectionSense, text: str) -> str:
    """First 16 hex digits of the sha256 over source, kind, sense and normalised redacted text."""
    normalised = " ".join(unicodedata.normalize("NFKC", text).translate(_ALIKE).split())
    return hashlib.sha256("\x1f".join((source, kind, sense, normalised)).encode()).hexdigest()[:16]


def _document_order(document: RedactedDocument) -> tuple[int, str, str]:
    return (("resume", "cover", "takehome").index(document.role), document.name, document.sha256)


def _in_order(sources: Collection[Source]) -> tuple[Source, ...]:
    known: tuple[Source, ...] = ("resume", "takehome")
    return tuple(source for source in known if source in sources)


def _is_foreign(document: RedactedDocument, *, languages: Collection[str]) -> bool:
    """True for prose in a language that the judge does not know; code is the same in every language."""
    return document.media != "code" and document.language is not None and document.language not in languages


def _in_other_language(documents: Iterable[RedactedDocument], *, languages: Collection[str]) -> set[Source]:
    """Sources whose prose is in other languages only; code alone does not make a source readable."""
    prose = [d for d in documents if d.media != "code" and d.language is not None]
    other = {_SOURCE_OF_ROLE[d.role] for d in prose if _is_foreign(d, languages=languages)}
    return other - {_SOURCE_OF_ROLE[d.role] for d in prose if not _is_foreign(d, languages=languages)}


class _Draft(NamedTuple):
    kind: PassageKind
    sense: SectionSense
    marked: MarkedText
    place: Place


class _Cutter:
    """Cuts one document; collects the sentences that were withheld on the way."""

    def __init__(self, document: RedactedDocument, brief: BriefText) -> None:
        self.addressed: list[AddressedText] = []
        self._document = document
        self._brief = brief
        self._source = _SOURCE_OF_ROLE[document.role]
        self._withheld_lines: set[int] = set()

    def passages(self) -> Iterator[Passage]:
        # Withheld before anything is decided about the lines around it: what is left must be cut
        # exactly as if the sentence had never been written.
        pieces = [piece for block in self._document.blocks if (piece := self._withhold(block)) is not None]
        certain = CERTAIN_IN_TAKEHOME if self._source == "takehome" else CERTAIN
        pieces = _without_courtesies(pieces, certain=certain)
        if self._document.media == "code":
            # Comments are passages of their own; the code around them reads on as if they were not there.
            code = [piece for piece in pieces if piece.kind == "code"]
            pieces = [piece for piece in pieces if piece.kind != "code"]
            yield from map(self._passage, self._code(code, "other"))
        for units in group(outline(pieces)):
            yield from map(self._passage, self._drafts(units))

    def _passage(self, draft: _Draft) -> Passage:
        return Passage(
            id=passage_id(source=self._source, kind=draft.kind, sense=draft.sense, text=draft.marked.text),
            text=draft.marked.text,
            visible=draft.marked.visible,
            spans=draft.marked.spans,
            kind=draft.kind,
            sense=draft.sense,
            source=self._source,
            document=self._document.name,
            place=draft.place,
        )

    def _withhold(self, block: RedactedBlock) -> Piece | None:
        marked = MarkedText(block.text, block.visible, block.spans)
        is_code = block.kind == "code"
        ranges = addressed_spans(block.text, prose=not is_code)
        if not ranges:
            return Piece(block.kind, marked, block.place, block.level)
        for low, high in ranges:
            place = block.place
            if place.line is not None:
                place = Place(line=place.line + block.text.count("\n", 0, low))
            self.addressed.append(
                AddressedText(text=marked.part(low, high).folded().visible, document=self._document.name, place=place)
            )
        if block.kind == "heading":
            # Half a heading would still steer the sense of what stands under it.
            return None
        marked = without_lines(marked, ranges) if is_code else _without_sentences(marked, ranges)
        if marked.text.strip():
            return Piece(block.kind, marked, block.place, block.level)
        if block.place.line is not None:
            self._withheld_lines.update(range(block.place.line, block.place.line + block.text.count("\n") + 1))
        return None

    def _drafts(self, units: Sequence[Unit]) -> Iterator[_Draft]:
        first = units[0]
        if first.kind == "code":
            yield from self._code([Piece(first.kind, first.marked, first.place, first.level)], first.sense)
            return
        for unit, marked in pack(units):
            if first.kind == "comment":
                if word_count(marked.text) >= _FEWEST_COMMENT_WORDS and not self._brief.covers(marked.text):
                    yield _Draft("comment", unit.sense, marked, unit.place)
                continue
            own = self._own(marked)
            if own is not None and word_count(own.text) >= _FEWEST_PROSE_WORDS:
                yield _Draft(self._prose_kind(own.text, unit.sense), unit.sense, own, unit.place)

    def _prose_kind(self, text: str, sense: SectionSense) -> PassageKind:
        kind = prose_kind(text)
        # "Not done: paging, currencies" is a list, and exactly what a reader of a take-home wants to know.
        if kind == "inventory" and self._source == "takehome" and sense in ("assumptions", "not_done"):
            return "claim"
        return kind

    def _own(self, marked: MarkedText) -> MarkedText | None:
        """The text, or of a text that repeats the brief the sentences that do not, or None."""
        if not self._brief.covers(marked.text):
            return marked
        theirs = [span for span in sentence_spans(marked.text) if self._brief.covers(marked.text[slice(*span)])]
        own = marked.without(theirs)
        if not theirs or word_count(own.text) < _FEWEST_OWN_WORDS or self._brief.covers(own.text):
            return None
        return own

    def _code(self, blocks: Sequence[Piece], sense: SectionSense) -> Iterator[_Draft]:
        for stretch in own_stretches(code_lines(blocks, withheld=self._withheld_lines), self._brief):
            for place, marked in code_pieces(stretch):
                if not self._brief.covers(marked.text, prose=False):
                    yield _Draft("code", sense, marked, place if place.line is not None else blocks[0].place)


def _without_courtesies(pieces: Sequence[Piece], *, certain: float) -> list[Piece]:
    """Prose without its polite nothings; all of it where nothing else was written, since somebody did write."""
    kept = [piece for each in pieces if (piece := _without_courtesy(each, certain)) is not None]
    said = any(piece.kind != "heading" and piece.marked.text.strip() for piece in kept)
    return kept if said else list(pieces)


def _without_courtesy(piece: Piece, certain: float) -> Piece | None:
    if piece.kind not in ("paragraph", "bullet", "row"):
        return piece
    spans = _at_the_edges(piece.marked.text, list(courtesy_spans(piece.marked.text, certain=certain)))
    marked = _without_sentences(piece.marked, spans) if spans else piece.marked
    return piece._replace(marked=marked) if marked.text.strip() else None


def _at_the_edges(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those at the beginning and at the end of a text.

    A sentence that is taken out of the middle leaves two that never stood side by side, and a quote could join them.
    """
    first, low = [], 0
    for span in spans:
        if text[low : span[0]].strip():
            break
        first.append(span)
        low = span[1]
    last, high = [], len(text)
    for span in reversed(spans[len(first) :]):
        if text[span[1] : high].strip():
            break
        last.append(span)
        high = span[0]
    return [*first, *reversed(last)]


def _without_sentences(marked: MarkedText, ranges: Sequence[tuple[int, int]]) -> MarkedText:
    """Prose without some of its sentences; a line break around them stays one."""
    kept = marked
    for low, high in sorted(ranges, reverse=True):
        before, after = kept.part(0, low), kept.part(high, len(kept.text))
        around = kept.text[len(kept.text[:low].rstrip()) : low] + kept.text[high : len(kept.text) - len(after.text)]
        kept = joined((part for part in (before, after) if part.text), separator="\n" if "\n" in around else " ")
    return kept
