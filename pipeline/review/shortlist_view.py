"""The page of a shortlist, worked out before any markup."""

from collections import Counter
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple, cast, get_args
from urllib.parse import urlencode

from markupsafe import Markup

from pipeline.desk.models import Choice
from pipeline.justification import likely
from pipeline.models.report import Report, ReportedRow
from pipeline.models.shortlist import Band
from pipeline.phrases import BAND_TITLES, FLAG_TITLES, humanized
from pipeline.reports.cut import cut_text, drawing_key, lead_text, line_after
from pipeline.reports.intervals import IntervalScale
from pipeline.reports.opinions import LINE_TEXT, READ_BY_SCREENING, interval_words, ordinal
from pipeline.review.shown import Shown, ShownRow

AT_ONCE: Final = 120
"""Ranked rows on a page, unless all are asked for."""

Decided = Literal["advance", "hold", "decline", "none"]
DECISION_TITLES: Final[Mapping[Decided, str]] = {
    "advance": "Advanced",
    "hold": "On hold",
    "decline": "Declined",
    "none": "No decision yet",
}


class Filter(NamedTuple):
    """What the table is narrowed to."""

    band: Band | None = None
    decision: Decided | None = None
    everything: bool = False

    @classmethod
    def read(cls, band: str, decision: str, *, everything: bool) -> "Filter":
        """From an address; what means nothing narrows nothing."""
        return cls(
            cast(Band, band) if band in get_args(Band) else None,
            cast(Decided, decision) if decision in DECISION_TITLES else None,
            everything,
        )

    def holds(self, shown: ShownRow) -> bool:
        """Whether a row is to be shown."""
        decided = shown.decision.choice if shown.decision else "none"
        return self.band in (None, shown.row.band) and self.decision in (None, decided)


class Choosable(NamedTuple):
    """A filter as a link."""

    title: str
    held: int
    """How many it leaves."""
    address: str
    current: bool


class LineView(NamedTuple):
    """One candidate in the table."""

    shown: ShownRow
    address: str
    rank: str
    tied: bool
    bar: Markup
    interval: str
    band_title: str
    would_be: str
    reason: str
    coverage: str
    whole: bool
    not_judged: tuple[str, ...]
    """Criteria that could not be judged."""
    asks: tuple[str, ...]
    """Must-haves that are not met or unknown, and flags."""
    tie: bool
    """Belongs to the group around the cut that cannot be told apart."""
    below: bool
    settled: str
    decision: Choice | None
    decision_title: str


class ShortlistPage(NamedTuple):
    """Everything on the page."""

    facts: tuple[tuple[str, str], ...]
    lead: str
    bands: tuple[Choosable, ...]
    decisions: tuple[Choosable, ...]
    narrowed: bool
    ranked: tuple[LineView, ...]
    hidden: int
    """Ranked rows that are left out until all are asked for."""
    cut_after: int
    """Index of the last line above the cut; -1 when it is above all of them, None when it is not drawn."""
    cut_title: str
    cut_text: str
    line_after: int | None
    line_text: str
    key: str
    people: tuple[LineView, ...]
    """Without a rank: for a person to read."""


def shortlist_page(shown: Shown, chosen: Filter) -> ShortlistPage:
    """Put the page together."""
    report = shown.report
    ranked = [one for one in shown.rows if one.row.rank is not None]
    shared = Counter(one.row.rank for one in ranked)
    scale = scale_of(report)
    kept = [one for one in ranked if chosen.holds(one)]
    if not chosen.everything:
        kept = kept[: max(AT_ONCE, report.top)]
    lines = tuple(_line(one, shown, scale=scale, tied=shared[one.row.rank] > 1) for one in kept)
    people = [one for one in shown.rows if one.row.rank is None and chosen.holds(one)]
    above = sum(one.row.rank is not None and one.row.rank <= report.top for one in kept)
    return ShortlistPage(
        facts=_facts(report, len(ranked)),
        lead=lead_text(row.band for row in report.rows),
        bands=_band_choices(shown, chosen),
        decisions=_decision_choices(shown, chosen),
        narrowed=chosen.band is not None or chosen.decision is not None,
        ranked=lines,
        hidden=sum(chosen.holds(one) for one in ranked) - len(kept),
        cut_after=above - 1,
        cut_title=f"The cut: {report.top} {'interview' if report.top == 1 else 'interviews'}.",
        cut_text=cut_text([one.row for one in ranked], top=report.top),
        line_after=line_after([one.row for one in kept]),
        line_text=LINE_TEXT,
        key=drawing_key(scale),
        people=tuple(_line(one, shown, scale=scale, tied=False) for one in people),
    )


def candidate_address(shown: Shown, slug: str, **query: str) -> str:
    """The page of a candidate, in this run: labels are numbered anew by every run."""
    return f"/openings/{shown.run.opening}/candidates/{slug}?{urlencode({'run': shown.run.id, **query})}"


def shortlist_address(shown: Shown, anchor: str = "") -> str:
    """The shortlist of this run."""
    return f"/openings/{shown.run.opening}/shortlist?{urlencode({'run': shown.run.id})}{anchor}"


def scale_of(report: Report) -> IntervalScale:
    """The scale on which every interval of a shortlist fits."""
    last = max((row.rank_interval[1] for row in report.rows if row.rank_interval is not None), default=0)
    return IntervalScale(ranks=max(last, sum(row.rank is not None for row in report.rows)), top=report.top)


def asks_of(row: ReportedRow) -> tuple[str, ...]:
    """What is to be asked about: must-haves that are not met, those that are unknown, and flags."""
    found = []
    for status, title in (("not_met", "Not met"), ("unknown", "Unknown")):
        names = [humanized(name) for name, gate in row.gates.items() if gate.status == status]
        if names:
            found.append(f"{title}: {', '.join(names)}")
    return (*found, *dict.fromkeys(FLAG_TITLES[flag.id] for flag in row.flags))


def _line(one: ShownRow, shown: Shown, *, scale: IntervalScale, tied: bool) -> LineView:
    row = one.row
    low, high = row.rank_interval or (0, 0)
    decided = one.decision.choice if one.decision else None
    return LineView(
        shown=one,
        address=candidate_address(shown, one.slug),
        rank="" if row.rank is None else str(row.rank),
        tied=tied,
        bar=Markup() if row.rank is None else scale.bar(row.rank, low, high),
        interval="" if row.rank is None else interval_words((low, high)),
        band_title=BAND_TITLES[row.band],
        would_be=BAND_TITLES[row.would_be].lower() if row.would_be else "",
        reason=_reason(row, shown.report),
        coverage=f"{row.coverage:.0%}",
        whole=row.coverage >= 0.9995,
        not_judged=tuple(told.title for told in row.criteria.values() if told.level is None),
        asks=asks_of(row),
        tie="boundary" in (row.band, row.would_be),
        below=row.below_line,
        settled=_settled(row),
        decision=decided,
        decision_title=DECISION_TITLES[decided] if decided else "",
    )


def _reason(row: ReportedRow, report: Report) -> str:
    """Why this band; quotes nobody and names no level."""
    alone = f" Read by the {READ_BY_SCREENING}." if row.below_line else ""
    if row.rank is None:
        told = row.summary[0].removeprefix(f"{BAND_TITLES[row.band]}: ")
        return f"{told[:1].upper()}{told[1:]}{alone}"
    top = "first" if report.top == 1 else f"among the first {report.top}"
    told = f"{likely(row.p_top)} to be {top}, {likely(row.p_bar)} to reach {report.advance_bar:g} points."
    return f"{told[:1].upper()}{told[1:]}{alone}"


def _settled(row: ReportedRow) -> str:
    if row.settled is None:
        return ""
    parts = []
    if row.settled.interval_before != row.rank_interval:
        parts.append(f"was {interval_words(row.settled.interval_before)}")
    if row.settled.tie_order is not None:
        parts.append(f"{ordinal(row.settled.tie_order)} among equals")
    return ", ".join(parts)


def _facts(report: Report, ranked: int) -> tuple[tuple[str, str], ...]:
    bands = Counter(row.band for row in report.rows)
    return (
        ("candidates", f"{len(report.rows) + len(report.duplicates):,}"),
        ("interviews", str(report.top)),
        *((BAND_TITLES[band].lower(), str(bands[band])) for band in ("advance", "boundary", "probe")),
        ("for a person", str(len(report.rows) - ranked)),
        ("bar, points of 100", f"{report.advance_bar:g}"),
    )


def _band_choices(shown: Shown, chosen: Filter) -> tuple[Choosable, ...]:
    counts = Counter(one.row.band for one in shown.rows if chosen._replace(band=None).holds(one))
    found = [_choice(shown, chosen._replace(band=None), chosen, "All bands", sum(counts.values()))]
    present = {one.row.band for one in shown.rows}
    found += [
        _choice(shown, chosen._replace(band=band), chosen, title, counts[band])
        for band, title in BAND_TITLES.items()
        if band in present
    ]
    return tuple(found)


def _decision_choices(shown: Shown, chosen: Filter) -> tuple[Choosable, ...]:
    decided = [one for one in shown.rows if chosen._replace(decision=None).holds(one)]
    counts = Counter(one.decision.choice if one.decision else "none" for one in decided)
    found = [_choice(shown, chosen._replace(decision=None), chosen, "All", len(decided))]
    found += [
        _choice(shown, chosen._replace(decision=kind), chosen, title, counts[kind])
        for kind, title in DECISION_TITLES.items()
    ]
    return tuple(found)


def _choice(shown: Shown, target: Filter, chosen: Filter, title: str, count: int) -> Choosable:
    query = {"run": shown.run.id, "band": target.band or "", "decision": target.decision or ""}
    address = f"/openings/{shown.run.opening}/shortlist?{urlencode({k: v for k, v in query.items() if v})}"
    return Choosable(title, count, address, target == chosen)
