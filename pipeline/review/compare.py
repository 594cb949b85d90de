"""Two to four candidates side by side, criterion by criterion."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

from markupsafe import Markup

from pipeline.models.report import ReportedCriterion, ReportedQuote, ReportedRow
from pipeline.phrases import BAND_TITLES, FLAG_TITLES, humanized, shortened
from pipeline.reports.intervals import meter
from pipeline.reports.opinions import interval_words
from pipeline.reports.text import printable
from pipeline.review.candidate_view import GATE_TITLES
from pipeline.review.documents import CandidateDocuments
from pipeline.review.shortlist_view import candidate_address
from pipeline.review.shown import Shown, ShownRow
from pipeline.review.viewed import Viewed, is_code

MOST: Final = 4
QUOTE_CHARS: Final = 260


class ColumnHead(NamedTuple):
    """One candidate."""

    shown: ShownRow
    address: str
    band: str
    band_title: str
    rank: str
    score: str
    coverage: str
    flags: tuple[str, ...]


class Cell(NamedTuple):
    """One candidate on one criterion."""

    covered: bool
    address: str
    """The criterion on the candidate's page."""
    level: float | None
    meter: Markup
    set_by_person: str
    found: tuple[str, ...]
    partly: tuple[str, ...]
    missing: tuple[str, ...]
    quote: str
    is_code: bool
    where: str
    not_judged: str


class ComparedRow(NamedTuple):
    """One criterion or must-have across the candidates."""

    title: str
    weight: str
    cells: tuple[Cell, ...]


class GateRow(NamedTuple):
    """One must-have across the candidates."""

    title: str
    statement: str
    cells: tuple[tuple[str, str, str, str], ...]
    """Status, its title, first quote, where."""


class ComparePage(NamedTuple):
    """The whole comparison."""

    heads: tuple[ColumnHead, ...]
    gates: tuple[GateRow, ...]
    criteria: tuple[ComparedRow, ...]
    overlap: str
    """Whether the ranks can be told apart."""
    covered: bool
    """Some level is not shown yet."""


def compared(shown: Shown, chosen: Mapping[ShownRow, CandidateDocuments]) -> ComparePage:
    """Put candidates with their documents side by side, in the order of the shortlist."""
    ordered = sorted(chosen, key=shown.rows.index)
    told = [shown.told(one) for one in ordered]
    viewed = [
        Viewed(chosen[one].documents, told=row, original=one.row, is_open=one.is_open)
        for one, row in zip(ordered, told, strict=True)
    ]
    total = sum(criterion.weight for criterion in shown.scorecard.criteria)
    statements = {gate.id: " ".join(gate.statement.split()) for gate in shown.scorecard.non_negotiables}
    return ComparePage(
        heads=tuple(_head(shown, one) for one in ordered),
        gates=tuple(
            GateRow(humanized(name), statements.get(name, ""), tuple(map(partial(_gate, name), told, viewed)))
            for name in ordered[0].row.gates
        ),
        criteria=tuple(
            ComparedRow(
                reported.title,
                f"{reported.weight / total:.0%}",
                tuple(
                    _cell(shown, one, row.criteria[name], name, beside)
                    for one, row, beside in zip(ordered, told, viewed, strict=True)
                ),
            )
            for name, reported in ordered[0].row.criteria.items()
        ),
        overlap=_overlap(ordered),
        covered=any(one.covered for one in ordered),
    )


def _head(shown: Shown, one: ShownRow) -> ColumnHead:
    row = one.row
    interval = f", between {interval_words(row.rank_interval)}" if row.rank_interval else ""
    return ColumnHead(
        shown=one,
        address=candidate_address(shown, one.slug),
        band=row.band,
        band_title=BAND_TITLES[row.band],
        rank="No rank" if row.rank is None else f"Rank {row.rank}{interval}",
        score="" if one.score is None else f"{one.score:.1f}",
        coverage=f"{row.coverage:.0%}",
        flags=tuple(dict.fromkeys(FLAG_TITLES[flag.id] for flag in row.flags)),
    )


def _cell(shown: Shown, one: ShownRow, told: ReportedCriterion, name: str, viewed: Viewed) -> Cell:
    covered = name in one.covered
    by_person = one.overrides.get(name)
    quote = _telling(told)
    sentences = {
        state: tuple(finding.text for finding in told.findings if finding.state == state)
        for state in ("found", "partly", "missing")
    }
    return Cell(
        covered=covered,
        address=f"{candidate_address(shown, one.slug)}#c-{name}",
        level=None if covered else told.level,
        meter=Markup() if covered or told.level is None else meter(told.level),
        set_by_person="" if covered or by_person is None else f"{by_person.level:g}",
        found=() if covered else sentences["found"],
        partly=() if covered else sentences["partly"],
        missing=() if covered else sentences["missing"],
        quote="" if covered or quote is None else shortened(printable(quote.quote), QUOTE_CHARS),
        is_code=quote is not None and is_code(quote.document),
        where="" if quote is None else viewed.link(quote).where,
        not_judged="" if covered else told.not_judged,
    )


def _telling(told: ReportedCriterion) -> ReportedQuote | None:
    """The quote that says most by itself: prose before code, the first of each sentence, the longest of these."""
    firsts = [finding.quotes[0] for finding in told.findings if finding.quotes]
    return max(
        firsts, key=lambda quote: (not is_code(quote.document), min(len(quote.quote), QUOTE_CHARS)), default=None
    )


def _gate(name: str, row: ReportedRow, viewed: Viewed) -> tuple[str, str, str, str]:
    gate = row.gates[name]
    quote = gate.quotes[-1] if gate.quotes and gate.status == "not_met" else next(iter(gate.quotes), None)
    if quote is None:
        return gate.status, GATE_TITLES[gate.status], "", ""
    text = shortened(printable(quote.quote), QUOTE_CHARS)
    return gate.status, GATE_TITLES[gate.status], text, viewed.link(quote).where


def _overlap(ordered: Sequence[ShownRow]) -> str:
    intervals = [one.row.rank_interval for one in ordered if one.row.rank_interval is not None]
    if len(intervals) < len(ordered):
        return "Not all of them have a rank: one without is for a person to read, and neither above nor below the rest."
    if max(low for low, _ in intervals) <= min(high for _, high in intervals):
        return "Their rank intervals overlap: with what the documents show, they cannot be told apart by rank."
    return "Not all of their rank intervals overlap; the order between those that do is open."
