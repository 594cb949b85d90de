"""The page of one candidate, worked out before any markup: sentences on one side, the document on the other."""

from typing import Final, NamedTuple

from markupsafe import Markup

from pipeline.desk.models import Override
from pipeline.models.report import ReportedCriterion, ReportedFinding, ReportedGate, ReportedRow
from pipeline.models.scorecard import Criterion, Scorecard
from pipeline.phrases import BAND_TITLES, FLAG_TITLES, check_phrase, humanized
from pipeline.reports.intervals import meter
from pipeline.reports.text import one_line, printable
from pipeline.review.documents import CandidateDocuments
from pipeline.review.shown import Shown, ShownRow
from pipeline.review.viewed import DocumentLink, QuoteLink, ShownDocument, Viewed
from pipeline.second_levels import far_apart

STATE_TITLES: Final = {"found": "Found", "partly": "Partly evidenced", "missing": "Not evidenced"}
GATE_TITLES: Final = {"met": "Met", "not_met": "Not met", "unknown": "Unknown"}


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


def candidate_page(shown: Shown, one: ShownRow, documents: CandidateDocuments, *, chosen: int) -> CandidatePage:
    """Put the page together.

    Args:
        shown: The run as the visitor sees it.
        one: The candidate.
        documents: Their documents.
        chosen: Number of the document on the page, from 1.
    """
    told = shown.told(one)
    viewed = Viewed(documents.documents, told=told, original=one.row, is_open=one.is_open)
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


def _criterion(
    name: str, told: ReportedCriterion, one: ShownRow, scorecard: Scorecard, viewed: Viewed
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


def _groups(told: ReportedCriterion, criterion: Criterion | None, viewed: Viewed) -> tuple[Group, ...]:
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


def _sentence(finding: ReportedFinding, criterion: Criterion | None, viewed: Viewed) -> Sentence:
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


def _gate(name: str, gate: ReportedGate, scorecard: Scorecard, viewed: Viewed) -> GatePart:
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
