"""A finished screening beside what people decided about the same candidates. Nothing here tunes anything."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from evaluators.benchmarking.agreement import auc
from evaluators.benchmarking.bootstrap import DRAWS, bootstrap
from evaluators.benchmarking.figures import figure
from evaluators.benchmarking.results import Figure
from evaluators.metrics import kendall_tau_b, quadratic_weighted_kappa
from pipeline.decision_file import Decided, Decision, settle
from pipeline.models.base import FrozenModel
from pipeline.models.report import Report, ReportedRow
from pipeline.models.shortlist import Band
from pipeline.tables import Names

TIERS: Mapping[Decided, int] = {"decline": 0, "hold": 1, "advance": 2}
BAND_TIERS: Mapping[Band, int] = {"advance": 2, "boundary": 1, "probe": 1, "hold": 0}
"""Boundary and probe both say that a person has to look; needs_review says nothing about the candidate."""
SHOWN_EVIDENCE = 3

SELECTION_BIAS = (
    "What this can and cannot say: it measures how alike past decisions and this ranking are, not which of the two is "
    "right. People who were declined have no outcome: nobody saw them at work, so a wrong decline looks exactly like a "
    "right one. Whoever decided may have known what the documents do not hold (an interview, a referral), or have "
    "decided by a rule or a habit that nobody wants repeated; a perfect agreement would repeat it. If they had seen "
    "this ranking when they decided, agreement means nothing. No weight, threshold or scorecard was changed."
)


class Surprise(FrozenModel):
    """A candidate whom people and ranking see differently."""

    candidate: str
    decided: Decided
    rank: int | None
    score: float | None
    band: Band
    why: str
    """The band's reason."""
    evidence: tuple[str, ...]
    """The strongest quotes that were found, with the criterion and the place."""
    missing: tuple[str, ...]
    """Criteria that lost most points."""
    gates: tuple[str, ...]
    """Those that are not met or unknown."""
    flags: tuple[str, ...]


class Fit(FrozenModel):
    """Agreement with its counts and surprises."""

    figures: tuple[Figure, ...]
    matched: int
    advanced: int
    held: int
    declined: int
    decisions_unmatched: tuple[str, ...]
    """Decided, and not in the run."""
    rows_unmatched: tuple[str, ...]
    """In the run, and not decided."""
    conflicting: tuple[str, ...]
    """Decided differently by several people without dates to tell the last; left out."""
    reviewed_twice: int
    reviewed_alike: int
    unscored: tuple[str, ...]
    """Matched, and without a score; they take no part in AUC and tau-b."""
    advanced_but_low: tuple[Surprise, ...]
    declined_but_high: tuple[Surprise, ...]
    note: str = SELECTION_BIAS


class Pair(NamedTuple):
    """A decision and its row."""

    tier: int
    row: ReportedRow


def fit(
    decisions: Sequence[Decision], report: Report, *, surprises: int = 5, judge: str = "", draws: int = DRAWS
) -> Fit:
    """Hold a report against decisions.

    Args:
        decisions: Of people.
        report: Of a finished screening.
        surprises: How many of each kind to explain.
        judge: Who judged, for the labels.
        draws: Behind each interval.
    """
    rows = {row.candidate: row for row in report.rows}
    settled = settle(decisions, _names(report))
    pairs = {name: Pair(TIERS[decided], rows[name]) for name, decided in settled.decided.items()}
    found = list(pairs.values())
    advanced = sum(pair.tier == TIERS["advance"] for pair in found)
    low, high = _surprises(found, advanced, surprises)
    return Fit(
        figures=tuple(_figures(found, report, judge=judge, draws=draws)),
        matched=len(found),
        advanced=advanced,
        held=sum(pair.tier == TIERS["hold"] for pair in found),
        declined=sum(pair.tier == TIERS["decline"] for pair in found),
        decisions_unmatched=tuple(sorted(one.candidate for one in settled.not_in_run)),
        rows_unmatched=tuple(name for name in rows if name not in pairs and name not in settled.conflicting),
        conflicting=settled.conflicting,
        reviewed_twice=settled.reviewed_twice,
        reviewed_alike=settled.reviewed_alike,
        unscored=tuple(sorted(pair.row.candidate for pair in found if pair.row.score is None)),
        advanced_but_low=low,
        declined_but_high=high,
    )


def _names(report: Report) -> Names:
    """By id, and by label where that is one person."""
    labels = Counter(row.label for row in report.rows)
    ids = {row.label: row.candidate for row in report.rows if labels[row.label] == 1}
    ids |= {row.candidate: row.candidate for row in report.rows}
    return Names(ids, aside=frozenset(duplicate.candidate for duplicate in report.duplicates))


_BELOW_ALL = 1_000.0
ENOUGH = 10
"""Fewer people advanced or declined are too few to tell anything from."""


def _figures(pairs: Sequence[Pair], report: Report, *, judge: str, draws: int) -> Iterable[Figure]:
    scored = [pair for pair in pairs if pair.row.score is not None]
    banded = [pair for pair in pairs if pair.row.band in BAND_TIERS]
    k = sum(pair.tier == TIERS["advance"] for pair in scored)
    few = min(k, sum(pair.tier == TIERS["decline"] for pair in scored)) < ENOUGH
    measures: tuple[tuple[str, Callable[[Sequence[Pair]], float], Sequence[Pair], str, str], ...] = (
        ("auc", _auc, scored, "", "advanced over declined; 0.5 is chance"),
        ("tau_b", _tau, scored, "", "score against decline, hold, advance; 0 is chance"),
        ("agreement_at_k", _at_advanced, scored, "share",
         f"of the {k} with the highest scores; chance is {k / len(scored):.2f}" if scored else ""),
        ("band_kappa", _kappa, banded, "", "advance, boundary or probe, hold against advance, hold, decline"),
    )  # fmt: skip
    for name, of, own, unit, note in measures:
        yield figure(
            name,
            of(own) if own else float("nan"),
            judge=judge,
            set_=report.scorecard.id,
            # Two people drawn again and again are always the same two: an interval of them would be a false certainty.
            interval=None if few or not own else bootstrap({"": own}, lambda part, of=of: of(part[""]), draws=draws),  # type: ignore[misc]
            cases=len(own),
            bases=len(own),
            unit=unit,
            note=f"too few to tell; {note}" if few else note,
        )


def _points(pair: Pair) -> float:
    """The score; a row without a rank, such as one with a gate that is not met, stands below all that have one."""
    return (pair.row.score or 0.0) - (0.0 if pair.row.rank is not None else _BELOW_ALL)


def _auc(pairs: Sequence[Pair]) -> float:
    above, below = ([_points(pair) for pair in pairs if pair.tier == TIERS[word]] for word in ("advance", "decline"))
    return auc(above, below)


def _tau(pairs: Sequence[Pair]) -> float:
    return kendall_tau_b([pair.tier for pair in pairs], [_points(pair) for pair in pairs])


def _kappa(pairs: Sequence[Pair]) -> float:
    return quadratic_weighted_kappa(
        [pair.tier for pair in pairs], [BAND_TIERS[pair.row.band] for pair in pairs], categories=3
    )


def _at_advanced(pairs: Sequence[Pair]) -> float:
    return _at_k(pairs, sum(pair.tier == TIERS["advance"] for pair in pairs))


def _at_k(pairs: Sequence[Pair], k: int) -> float:
    """Share of the k highest scores that people advanced; scores that tie at the cut share its places."""
    if not 0 < k <= len(pairs):
        return float("nan")
    cut = sorted((_points(pair) for pair in pairs), reverse=True)[k - 1]
    above = [pair for pair in pairs if _points(pair) > cut]
    tied = [pair for pair in pairs if _points(pair) == cut]
    right = sum(pair.tier == TIERS["advance"] for pair in above)
    return (right + (k - len(above)) * sum(p.tier == TIERS["advance"] for p in tied) / len(tied)) / k


def _surprises(pairs: Sequence[Pair], k: int, most: int) -> tuple[tuple[Surprise, ...], tuple[Surprise, ...]]:
    """Advanced people who are not among the first k, lowest first; declined ones who are, best first."""
    ranked = sorted(
        (pair for pair in pairs if pair.row.rank is not None), key=lambda pair: (-_points(pair), pair.row.label)
    )
    inside = {pair.row.candidate for pair in ranked[:k]}
    low = [pair for pair in pairs if pair.tier == TIERS["advance"] and pair.row.candidate not in inside]
    high = [pair for pair in pairs if pair.tier == TIERS["decline"] and pair.row.candidate in inside]
    return (
        tuple(_surprise(pair) for pair in sorted(low, key=lambda pair: (_points(pair), pair.row.label))[:most]),
        tuple(_surprise(pair) for pair in sorted(high, key=lambda pair: (-_points(pair), pair.row.label))[:most]),
    )


def _surprise(pair: Pair) -> Surprise:
    row = pair.row
    lost = sorted(
        ((c.points_possible or 0.0) - (c.points or 0.0), name, c)
        for name, c in row.criteria.items()
        if c.points_possible
    )
    return Surprise(
        candidate=row.candidate,
        decided=next(word for word, tier in TIERS.items() if tier == pair.tier),
        rank=row.rank,
        score=row.score,
        band=row.band,
        why=row.band_reason,
        evidence=tuple(_strongest(row)),
        missing=tuple(
            f"{c.title}: " + (f"level {c.level:.1f} of 4" if c.level is not None else c.not_judged)
            for points, _, c in reversed(lost[-SHOWN_EVIDENCE:])
            if points > 0
        ),
        gates=tuple(f"{gate.title}: {gate.status}" for gate in row.gates.values() if gate.status != "met"),
        flags=tuple(flag.detail for flag in row.flags),
    )


def _strongest(row: ReportedRow) -> list[str]:
    """One quote for each of the criteria that gave most points."""
    lines: list[str] = []
    seen: Collection[str] = set()
    for criterion in sorted(row.criteria.values(), key=lambda one: -(one.points or 0.0)):
        quotes = [quote for found in criterion.findings if found.met for quote in found.quotes]
        quote = next((quote for quote in quotes if quote.quote not in seen), None)
        if quote is not None and len(lines) < SHOWN_EVIDENCE:
            seen = {*seen, quote.quote}
            where = f"{quote.document} {quote.place}".rstrip()
            lines.append(f'{criterion.title}, level {criterion.level:.1f}: "{quote.quote}" ({where})')
    return lines
