"""The page around the rows: counts, the cut, sections and footer, in sentences."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from pipeline.models.scorecard import Scorecard
from pipeline.models.shortlist import Band, Row, Shortlist
from pipeline.models.submissions import Batch, Duplicate, QuarantinedFile, UnusedFile
from pipeline.phrases import BAND_TITLES, criterion_title, humanized
from pipeline.reports.cut import counted, cut_text, drawing_key, lead_text, line_after
from pipeline.reports.intervals import scale_of
from pipeline.reports.opinions import (
    LINE_TEXT,
    READ_BY_SCREENING,
    DifferingView,
    SecondPassView,
    differing,
    how_read,
    matrix_note,
    second_pass,
    settled_rows,
    unfinished,
)
from pipeline.reports.text import one_line
from pipeline.reports.view import RowView, row_view

YARDSTICK = "3 to 5%"
"""Share of applicants that vetted funnels pass."""
TABLE_ROWS = 1_500
"""Ranked rows in the table; those behind them are listed without a drawing, so that the page stays small."""


class Fact(NamedTuple):
    """A figure at the head of the page."""

    name: str
    value: str


class BandChoice(NamedTuple):
    """A band that the table can be filtered by."""

    id: Band
    title: str


class CriterionHead(NamedTuple):
    """A column of the level matrix."""

    title: str
    weight: str


class Channel(NamedTuple):
    """How one channel fared."""

    name: str
    rows: int
    advanced: int
    share: str


class Page(NamedTuple):
    """Everything on the page but the justifications."""

    title: str
    mission: str
    blind: bool
    top: int
    facts: tuple[Fact, ...]
    lead: str
    unfinished: tuple[str, ...]
    """That some were not read to the end, and what to do."""
    bands: tuple[BandChoice, ...]
    ranked: tuple[RowView, ...]
    rest: tuple[RowView, ...]
    """Ranked rows that no longer fit into the table; one short line each."""
    rest_title: str
    cut_after: int
    """Index of the last row above the cut; -1 when the cut falls behind everybody."""
    cut_title: str
    cut_text: str
    line_after: int | None
    """Index of the last row above the line, -1 if there is none; None without a line."""
    line_title: str
    line_text: str
    key: str
    matrix: tuple[RowView, ...]
    criteria: tuple[CriterionHead, ...]
    matrix_note: str
    differing: tuple[DifferingView, ...]
    second_pass: SecondPassView | None
    gated: tuple[RowView, ...]
    reviews: tuple[RowView, ...]
    quarantined: tuple[QuarantinedFile, ...]
    duplicates: tuple[Duplicate, ...]
    unused: tuple[UnusedFile, ...]
    unused_title: str
    details_note: str
    how_bands: str
    how_read: tuple[str, ...]
    """What a second reading means for the figures; a paragraph each."""
    channels: tuple[Channel, ...]
    yardstick: str
    footer: str
    scorecard_id: str
    scorecard_hash: str

    @property
    def set_aside(self) -> bool:
        """Something was sent that is not in the ranking."""
        return bool(self.quarantined or self.duplicates or self.unused)


def make_page(
    shortlist: Shortlist,
    batch: Batch,
    scorecard: Scorecard,
    *,
    blind: bool,
    detailed: frozenset[str],
    left_out: int,
) -> Page:
    """Put the page together.

    Args:
        shortlist: The rows, already blinded if `blind`.
        batch: What was set aside, already blinded if `blind`.
        scorecard: The role.
        blind: Say so on the page.
        detailed: Candidates whose justification is on the page.
        left_out: How many of the top rows have none because the page would grow too large.
    """
    rows = shortlist.rows
    ranked = [row for row in rows if row.rank is not None]
    scale = scale_of(shortlist)
    settled = settled_rows(shortlist.settlement)
    shared = Counter(row.rank for row in ranked)
    views = {
        row.candidate: row_view(
            row,
            anchor=anchor(n),
            scale=scale,
            tied=row.rank is not None and shared[row.rank] > 1,
            is_open=row.candidate in detailed,
            reason=_reason(row),
            settled=settled.get(row.candidate),
        )
        for n, row in enumerate(rows, start=1)
    }
    above = [row for row in ranked if row.rank is not None and row.rank <= shortlist.top]
    total = sum(criterion.weight for criterion in scorecard.criteria)
    bands = Counter(row.band for row in rows)
    tabled = max(TABLE_ROWS, len(above))
    anchors = {row.candidate: anchor(n) for n, row in enumerate(rows, start=1) if row.candidate in detailed}
    differ = differing(rows, anchors=anchors)
    return Page(
        title=one_line(scorecard.title),
        mission=" ".join(scorecard.mission.split()),
        blind=blind,
        top=shortlist.top,
        facts=_facts(rows, batch, shortlist),
        lead=lead_text(row.band for row in rows),
        unfinished=tuple(one_line(one.text) for one in unfinished(rows)),
        bands=tuple(BandChoice(band, title) for band, title in BAND_TITLES.items() if bands[band]),
        ranked=tuple(views[row.candidate] for row in ranked[:tabled]),
        rest=tuple(views[row.candidate] for row in ranked[tabled:]),
        rest_title=f"{len(ranked) - tabled} more, from rank {ranked[tabled].rank} on" if len(ranked) > tabled else "",
        cut_after=len(above) - 1,
        cut_title=_cut_title(shortlist.top),
        cut_text=cut_text(ranked, top=shortlist.top),
        line_after=line_after(ranked),
        line_title=f"The line: {counted(shortlist.judged_top or 0, 'candidate was', 'candidates were')} read again.",
        line_text=LINE_TEXT,
        key=drawing_key(scale),
        matrix=tuple(views[row.candidate] for row in ranked if row.candidate in detailed),
        criteria=tuple(
            CriterionHead(criterion_title(criterion), f"{criterion.weight / total:.0%}")
            for criterion in scorecard.criteria
        ),
        matrix_note=matrix_note(rows),
        differing=differ,
        second_pass=second_pass(shortlist, anchors=anchors),
        gated=tuple(views[row.candidate] for row in rows if row.rank is None and row.band == "hold"),
        reviews=tuple(views[row.candidate] for row in rows if row.band == "needs_review"),
        quarantined=tuple(sorted(batch.quarantined, key=lambda file: (file.candidate, file.file))),
        duplicates=tuple(sorted(batch.duplicates, key=lambda one: one.candidate)),
        unused=tuple(sorted(batch.unused, key=lambda file: (file.candidate, file.file))),
        unused_title=counted(
            len(batch.unused), "file was recognised and left alone", "files were recognised and left alone"
        ),
        details_note=_details_note(shortlist, left_out, with_differing=bool(differ)),
        how_bands=_how_bands(shortlist),
        how_read=how_read(shortlist),
        channels=_channels(rows),
        yardstick=YARDSTICK,
        footer=_footer(rows),
        scorecard_id=shortlist.scorecard_id,
        scorecard_hash=shortlist.scorecard_hash[:16],
    )


def anchor(position: int) -> str:
    """The id of a row's justification, by its place in the shortlist."""
    return f"c{position}"


def _facts(rows: Sequence[Row], batch: Batch, shortlist: Shortlist) -> tuple[Fact, ...]:
    bands = Counter(row.band for row in rows)
    gated = sum(row.band == "hold" and row.rank is None for row in rows)
    facts = [
        Fact("candidates", str(len(rows) + len(batch.duplicates))),
        Fact("interviews", str(shortlist.top)),
        *(Fact(BAND_TITLES[band].lower(), str(bands[band])) for band in ("advance", "boundary", "probe")),
        Fact("hold", str(bands["hold"] - gated)),
        Fact("for a person", str(bands["needs_review"] + gated)),
        Fact("bar, points of 100", f"{shortlist.advance_bar:g}"),
    ]
    return tuple(facts)


def _cut_title(top: int) -> str:
    return f"The cut: {counted(top, 'interview', 'interviews')}."


def _details_note(shortlist: Shortlist, left_out: int, *, with_differing: bool) -> str:
    more = " and those on which two judges differ" if with_differing else ""
    text = (
        f"The first {3 * shortlist.top} rows{more}, one criterion after the other. Words in this report's serif type "
        "are the candidate's own, with the place where they stand."
    )
    if left_out:
        text += (
            f" {left_out} more are left out so that this page stays small enough to forward; shortlist.json has them."
        )
    return text


def _how_bands(shortlist: Shortlist) -> str:
    return (
        f"Advance: at least 90% likely to stand among the first {shortlist.top} and to reach {shortlist.advance_bar:g} "
        "points. Boundary: more than 10% likely to, so a tie for now. Probe: would be one of these, but a must-have is "
        "unknown or a flag has to be asked about first. Hold: neither. Needs review: less than 60% of the scorecard "
        "could be judged."
    )


def _reason(row: Row) -> str:
    if row.rank is not None:
        return ""
    alone = f" Read by the {READ_BY_SCREENING}." if row.below_line else ""
    return _why_unranked(row) + alone


def _why_unranked(row: Row) -> str:
    if row.band == "needs_review":
        if not row.assessment.sources_read:
            return "Nothing could be read."
        return f"Only {row.coverage:.0%} of the scorecard's weight could be judged."
    closed = [gate for gate in row.assessment.gates if gate.status == "not_met"]
    quotes = [citation for gate in closed for citation in gate.opposing]
    names = ", ".join(humanized(gate.gate) for gate in closed)
    if not quotes:
        return f"{names}: not met."
    first = quotes[0]
    return f"{names}: “{one_line(first.quote)}” ({one_line(first.document)}, {first.place})"


def _channels(rows: Sequence[Row]) -> tuple[Channel, ...]:
    """Per channel, by name; nothing when no channel was given."""
    if not any(row.channel for row in rows):
        return ()
    counts = Counter(row.channel or "not given" for row in rows)
    advanced = Counter(row.channel or "not given" for row in rows if row.band == "advance")
    return tuple(
        Channel(one_line(name), counts[name], advanced[name], f"{advanced[name] / counts[name]:.0%}")
        for name in sorted(counts)
    )


def _footer(rows: Sequence[Row]) -> str:
    advanced = sum(row.band == "advance" for row in rows)
    if not rows:
        return "No rows."
    share = f"{advanced / len(rows):.0%}"
    return (
        f"{counted(len(rows), 'row', 'rows')}, {advanced} advanced ({share}); vetted funnels pass {YARDSTICK} of "
        "applicants. A shortlist recommends; people decide."
    )
