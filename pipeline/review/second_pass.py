"""What the second pass settled, on the page of a shortlist: narrower intervals and pairs that were compared."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pipeline.reports.opinions import ListedQuote, PairView, SettledView, second_pass
from pipeline.review.exporting import told_report
from pipeline.review.restoring import restored
from pipeline.review.shortlist_view import candidate_address
from pipeline.review.shown import Shown, ShownRow


class PairLine(NamedTuple):
    """Two candidates whose evidence was compared."""

    first: ShownRow
    second: ShownRow
    preferred: ShownRow | None
    end: str
    """How it ended when nobody was preferred."""
    quotes: tuple[ListedQuote, ...]


class SecondPass(NamedTuple):
    """The section."""

    lead: str
    rows: tuple[SettledView, ...]
    """Their anchors are addresses of candidates' pages."""
    pairs: tuple[PairLine, ...]
    left_out: tuple[ShownRow, ...]
    addresses: Mapping[str, str]
    """Of candidates' pages, by slug."""


def second_pass_of(shown: Shown) -> SecondPass | None:
    """What the second pass settled, as the visitor may read it; None if there was none."""
    if shown.report.settlement is None:
        return None
    report = told_report(shown)
    # A blind report calls everybody by the label; somebody whose name was revealed is called by it.
    known = {called: one for one in shown.rows for called in (one.row.label, one.name)}
    addresses = {one.slug: candidate_address(shown, one.slug) for one in shown.rows}
    view = second_pass(restored(report)[0], anchors={called: addresses[one.slug] for called, one in known.items()})
    if view is None:
        return None
    return SecondPass(
        lead=view.lead,
        rows=view.rows,
        pairs=tuple(line for pair in view.pairs if (line := _pair(pair, known)) is not None),
        left_out=tuple(known[name] for name in view.left_out if name in known),
        addresses=addresses,
    )


def pairs_among(found: SecondPass | None, chosen: Sequence[ShownRow]) -> tuple[PairLine, ...]:
    """The comparisons between candidates that stand side by side."""
    slugs = {one.slug for one in chosen}
    return tuple(pair for pair in (found.pairs if found else ()) if {pair.first.slug, pair.second.slug} <= slugs)


def _pair(pair: PairView, known: Mapping[str, ShownRow]) -> PairLine | None:
    first, second = known.get(pair.first), known.get(pair.second)
    if first is None or second is None:
        return None
    return PairLine(first, second, known.get(pair.preferred), pair.end, pair.quotes)
