"""What the page shows, worked out before any markup: rows, details, quotes and footers."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from pipeline.justification import justify, likely
from pipeline.models.assessment import Assessment
from pipeline.models.justification import CheckStatement, CriterionJustification, GateJustification
from pipeline.models.scorecard import Scorecard
from pipeline.models.settlement import SettledRow
from pipeline.models.shortlist import FollowUp, Row
from pipeline.models.verdicts import Citation
from pipeline.phrases import BAND_TITLES, FLAG_TITLES, humanized, shortened
from pipeline.reports.endings import CODE_ENDINGS, ending
from pipeline.reports.intervals import IntervalScale
from pipeline.reports.opinions import READ_BY_SCREENING, interval_words, ordinal
from pipeline.reports.text import one_line, printable
from pipeline.second_levels import far_apart

GIST_CHARS = 110
QUOTE_CHARS = 900
"""Longer quotes are cut on the page; shortlist.json has them whole."""
FOLLOW_UP_CHARS = 400
"""Of a question that a model wrote, and of the quote under it."""


class QuoteView(NamedTuple):
    """A quote under its number in one candidate's detail."""

    number: int
    anchor: str
    text: str
    is_code: bool
    document: str
    place: str

    @property
    def gist(self) -> str:
        """The beginning, for a criterion that cites the quote again."""
        return shortened(self.text, GIST_CHARS)

    @property
    def where(self) -> str:
        """Document and place."""
        return f"{self.document}, {self.place}" if self.place else self.document


class StatementView(NamedTuple):
    """A check as a sentence, with the quotes that show it."""

    state: str
    text: str
    certainty: str
    """For what is partly evidenced: how likely it holds."""
    note: str
    question: str
    quotes: tuple[QuoteView, ...]


class GroupView(NamedTuple):
    """The checks of one criterion in the same state."""

    state: str
    title: str
    statements: tuple[StatementView, ...]


class CriterionView(NamedTuple):
    """One criterion of one candidate."""

    title: str
    statement: str
    weight: str
    level: float | None
    points: str
    groups: tuple[GroupView, ...]
    """Found, partly evidenced, not evidenced; each in the rubric's order."""
    quotes: tuple[QuoteView, ...]
    """Quotes that this criterion is the first to cite, in order."""
    earlier: tuple[QuoteView, ...]
    """Quotes that stand under an earlier criterion."""
    not_judged: str
    caution: str
    second: str
    """The level of a second judge; empty without one."""
    differs: bool


class GateView(NamedTuple):
    """One non-negotiable of one candidate."""

    title: str
    statement: str
    status: str
    status_title: str
    text: str
    supporting: tuple[QuoteView, ...]
    opposing: tuple[QuoteView, ...]


class FlagView(NamedTuple):
    """One flag, with the text it is about shown as text."""

    title: str
    detail: str
    where: str


class FollowUpView(NamedTuple):
    """A question that a language model suggests, with the candidate's words that it builds on."""

    question: str
    quote: str
    where: str


class PlaceView(NamedTuple):
    """A page or line with the quotes that stand there."""

    title: str
    quotes: tuple[QuoteView, ...]


class DocumentView(NamedTuple):
    """A document with the places that are quoted from it, in reading order."""

    name: str
    places: tuple[PlaceView, ...]


class DetailView(NamedTuple):
    """The justification of one candidate."""

    summary: tuple[str, str]
    criteria: tuple[CriterionView, ...]
    gates: tuple[GateView, ...]
    flags: tuple[FlagView, ...]
    questions: tuple[str, ...]
    follow_ups: tuple[FollowUpView, ...]
    documents: tuple[DocumentView, ...]
    preferences: str


class RowView(NamedTuple):
    """One line of the ranked table."""

    anchor: str
    name: str
    rank: str
    tied: bool
    interval: str
    bar: Markup
    """SVG of the rank interval; empty without a rank."""
    band: str
    band_title: str
    would_be: str
    score: str
    coverage: str
    whole: bool
    """Everything could be judged."""
    p_top: str
    notes: tuple[str, ...]
    """Gates that are not met or unknown, and flags."""
    open: bool
    reason: str
    levels: tuple[float | None, ...]
    seconds: tuple[float | None, ...]
    """Levels of a second judge, where they differ so much that a person decides."""
    read_by: str
    """Who alone read a row below the line; empty for all others."""
    settled: str
    """What the second pass changed in this row, in a few words."""


def row_view(
    row: Row,
    *,
    anchor: str,
    scale: IntervalScale,
    tied: bool,
    is_open: bool,
    reason: str = "",
    settled: SettledRow | None = None,
) -> RowView:
    """The line of one candidate."""
    low, high = row.rank_interval or (0, 0)
    ranked = row.rank is not None
    return RowView(
        anchor=anchor,
        name=one_line(row.candidate),
        rank=str(row.rank) if ranked else "",
        tied=tied,
        interval=interval_words((low, high)) if ranked else "",
        bar=scale.bar(row.rank, low, high) if row.rank is not None else Markup(),
        band=row.band,
        band_title=BAND_TITLES[row.band],
        would_be=BAND_TITLES[row.would_be].lower() if row.would_be else "",
        score="" if row.score is None else f"{row.score:.1f}",
        coverage=f"{row.coverage:.0%}",
        whole=row.coverage >= 0.9995,
        p_top=likely(row.p_top),
        notes=_notes(row.assessment),
        open=is_open,
        reason=reason,
        levels=tuple(criterion.level for criterion in row.assessment.criteria),
        seconds=tuple(
            c.second_level
            if c.level is not None and c.second_level is not None and far_apart(c.level, c.second_level)
            else None
            for c in row.assessment.criteria
        ),
        read_by=READ_BY_SCREENING if row.below_line else "",
        settled=_settled_words(settled),
    )


def _settled_words(settled: SettledRow | None) -> str:
    if settled is None:
        return ""
    parts = []
    if settled.interval_before != settled.interval_after:
        parts.append(f"was {interval_words(settled.interval_before)}")
    if settled.tie_order is not None:
        parts.append(f"{ordinal(settled.tie_order)} among equals")
    return ", ".join(parts)


def _notes(assessment: Assessment) -> tuple[str, ...]:
    """Gates that are not met, gates that are unknown, and flags."""
    notes = []
    for status, title in (("not_met", "Not met"), ("unknown", "Unknown")):
        names = [humanized(gate.gate) for gate in assessment.gates if gate.status == status]
        if names:
            notes.append(f"{title}: {', '.join(names)}")
    return (*notes, *dict.fromkeys(FLAG_TITLES[flag.id] for flag in assessment.flags))


class _Quotes:
    """Numbers the quotes of one candidate, each once, in the order in which they are cited."""

    def __init__(self, anchor: str) -> None:
        self._anchor = anchor
        self._by_text: dict[tuple[str, str, str], QuoteView] = {}

    def __len__(self) -> int:
        return len(self._by_text)

    def view(self, citation: Citation) -> QuoteView:
        key = (citation.document, citation.place, citation.quote)
        if key not in self._by_text:
            number = len(self._by_text) + 1
            text = printable(citation.quote).strip()
            self._by_text[key] = QuoteView(
                number=number,
                anchor=f"{self._anchor}-q{number}",
                text=text if len(text) <= QUOTE_CHARS else text[: QUOTE_CHARS - 1].rstrip() + "…",
                # A resume in JSON is prose all the same.
                is_code=citation.source == "takehome" and ending(citation.document) in CODE_ENDINGS,
                document=one_line(citation.document),
                place=citation.place,
            )
        return self._by_text[key]

    def views(self, citations: Sequence[Citation]) -> tuple[QuoteView, ...]:
        return tuple(dict.fromkeys(self.view(citation) for citation in citations))

    def by_document(self) -> tuple[DocumentView, ...]:
        places: dict[str, dict[str, list[QuoteView]]] = {}
        for quote in sorted(self._by_text.values(), key=_reading_order):
            places.setdefault(quote.document, {}).setdefault(quote.place, []).append(quote)
        return tuple(
            DocumentView(name, tuple(PlaceView(title or "quoted", tuple(quotes)) for title, quotes in found.items()))
            for name, found in sorted(places.items())
        )


def _reading_order(quote: QuoteView) -> tuple[int, int]:
    digits = "".join(char for char in quote.place if char.isascii() and char.isdigit())
    return int(digits or 0), quote.number


def detail_view(row: Row, scorecard: Scorecard, *, anchor: str) -> DetailView:
    """The justification of one candidate, with its quotes numbered."""
    justification = justify(row, scorecard)
    quotes = _Quotes(anchor)
    # Gates stand above the criteria on the page, so their quotes get the first numbers.
    gates = tuple(_gate(told, quotes) for told in justification.gates)
    criteria = tuple(_criterion(told, quotes, scorecard) for told in justification.criteria)
    return DetailView(
        summary=justification.summary,
        criteria=criteria,
        gates=gates,
        flags=tuple(
            FlagView(
                title=FLAG_TITLES[flag.id],
                detail=printable(flag.detail),
                where=one_line(", ".join(part for part in (flag.document, flag.place) if part)),
            )
            for flag in row.assessment.flags
        ),
        questions=tuple(map(one_line, justification.questions)),
        follow_ups=tuple(map(_follow_up, row.follow_ups)),
        documents=quotes.by_document(),
        preferences=_preferences(row, scorecard),
    )


def _follow_up(suggested: FollowUp) -> FollowUpView:
    citation = suggested.citation
    return FollowUpView(
        question=shortened(one_line(suggested.question), FOLLOW_UP_CHARS),
        quote=shortened(one_line(citation.quote), FOLLOW_UP_CHARS),
        where=one_line(", ".join(part for part in (citation.document, citation.place) if part)),
    )


def _criterion(told: CriterionJustification, quotes: _Quotes, scorecard: Scorecard) -> CriterionView:
    known = len(quotes)
    statements = tuple(_statement(statement, quotes) for statement in told.statements)
    cited = dict.fromkeys(quote for statement in statements for quote in statement.quotes)
    total = sum(criterion.weight for criterion in scorecard.criteria)
    return CriterionView(
        title=told.title,
        statement=told.statement,
        weight=f"{told.weight / total:.0%} of the weight",
        level=told.level,
        points="" if told.points is None else f"{told.points:.1f} of {told.points_possible:.1f} points",
        groups=_groups(statements),
        quotes=tuple(quote for quote in cited if quote.number > known),
        earlier=tuple(quote for quote in cited if quote.number <= known),
        not_judged=told.not_judged,
        caution=told.caution,
        second="" if told.second_level is None else f"{told.second_level:.1f}",
        differs=told.judges_differ,
    )


_STATE_TITLES = {"found": "Found", "partly": "Partly evidenced", "missing": "Not evidenced"}


def _groups(statements: tuple[StatementView, ...]) -> tuple[GroupView, ...]:
    groups = (
        GroupView(state, title, tuple(statement for statement in statements if statement.state == state))
        for state, title in _STATE_TITLES.items()
    )
    return tuple(group for group in groups if group.statements)


def _statement(told: CheckStatement, quotes: _Quotes) -> StatementView:
    return StatementView(
        state=told.state,
        text=told.text,
        certainty=f"{told.p:.0%}" if told.state == "partly" else "",
        note=told.note,
        question=told.question if told.state != "found" else "",
        quotes=quotes.views(told.citations),
    )


_GATE_TITLES = {"met": "Met", "not_met": "Not met", "unknown": "Unknown"}


def _gate(told: GateJustification, quotes: _Quotes) -> GateView:
    return GateView(
        title=told.title,
        statement=told.statement,
        status=told.status,
        status_title=_GATE_TITLES[told.status],
        text=told.text,
        supporting=quotes.views(told.supporting),
        opposing=quotes.views(told.opposing),
    )


def _preferences(row: Row, scorecard: Scorecard) -> str:
    if not scorecard.preferences:
        return ""
    matched = row.assessment.preferences_matched
    names = ", ".join(matched) if matched else "none"
    return f"Preferences named: {names}. Tools add {row.tool_points:.1f} of at most 2 points."
