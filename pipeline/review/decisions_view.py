"""Decisions and outcomes, worked out before any markup."""

from collections import Counter
from typing import Final, NamedTuple

from pipeline.desk.models import Decision, OutcomeKind, OutcomeSummary, Separation
from pipeline.desk.outcomes import ENOUGH
from pipeline.phrases import BAND_TITLES
from pipeline.review.context import Visit
from pipeline.review.history import OUTCOME_TITLES
from pipeline.review.shortlist_view import candidate_address
from pipeline.review.shown import Shown, ShownRow

WAITING: Final = 60
"""Candidates without a decision that are listed."""


class DecidedRow(NamedTuple):
    """One candidate with the latest decision."""

    shown: ShownRow
    address: str
    rank: str
    band: str
    band_title: str
    decision: Decision | None
    outcomes: tuple[tuple[str, str], ...]


class DecisionsPage(NamedTuple):
    """Everything that was decided in an opening."""

    decided: tuple[DecidedRow, ...]
    waiting: tuple[DecidedRow, ...]
    more_waiting: int
    counts: tuple[tuple[str, int], ...]
    gone: int
    """Decisions about candidates that this run does not have."""


class KindView(NamedTuple):
    """One kind of outcome beside the scores."""

    title: str
    bands: tuple[tuple[str, str, int, int], ...]
    """Band, its title, yes, no."""
    yes: int
    no: int
    verdict: str
    chance: str
    """That one who made it had the higher score, with its interval; empty when too few are known."""
    missing: str


class OutcomesPage(NamedTuple):
    """Outcomes held against scores."""

    kinds: tuple[KindView, ...]
    known: int
    without_score: int


def decided_rows(shown: Shown) -> DecisionsPage:
    """Who was decided about, latest first, and who waits, best first."""
    lines = [_decided(one, shown) for one in shown.rows]
    decided = [line for line in lines if line.decision is not None]
    waiting = [line for line in lines if line.decision is None]
    counts = Counter(line.decision.choice for line in decided if line.decision is not None)
    all_decided = shown.visit.desk.reviews.current_decisions(shown.visit.opening.id)
    return DecisionsPage(
        decided=tuple(sorted(decided, key=lambda line: -(line.decision.seq if line.decision else 0))),
        waiting=tuple(waiting[:WAITING]),
        more_waiting=max(0, len(waiting) - WAITING),
        counts=(
            ("advanced", counts["advance"]),
            ("on hold", counts["hold"]),
            ("declined", counts["decline"]),
            ("no decision yet", len(waiting)),
        ),
        gone=len(all_decided) - len(decided),
    )


def outcome_view(visit: Visit) -> OutcomesPage:
    """How it went on, by kind."""
    summary: OutcomeSummary = visit.desk.outcomes_against_scores(visit.opening.id)
    return OutcomesPage(
        kinds=tuple(_kind(one) for one in summary.kinds),
        known=len({pair.candidate for pair in summary.pairs}),
        without_score=summary.without_score,
    )


def _kind(one: Separation) -> KindView:
    chance = ""
    if one.auc is not None and one.interval is not None:
        chance = f"{one.auc:.2f} (95% interval {one.interval[0]:.2f} to {one.interval[1]:.2f})"
    short = max(0, ENOUGH - one.yes), max(0, ENOUGH - one.no)
    missing = (
        "" if chance else f"{short[0]} more with yes and {short[1]} more with no are needed before this says more."
    )
    verdict = one.verdict[:1].upper() + one.verdict[1:]
    return KindView(
        title=OUTCOME_TITLES[one.kind],
        bands=tuple(
            (band.band, BAND_TITLES[band.band], band.yes, band.no) for band in one.bands if band.yes or band.no
        ),
        yes=one.yes,
        no=one.no,
        verdict=verdict if verdict.endswith(".") else f"{verdict}.",
        chance=chance,
        missing=missing,
    )


def _decided(one: ShownRow, shown: Shown) -> DecidedRow:
    order: tuple[OutcomeKind, ...] = ("interview_passed", "hired", "well_at_90_days")
    return DecidedRow(
        shown=one,
        address=candidate_address(shown, one.slug),
        rank="" if one.row.rank is None else str(one.row.rank),
        band=one.row.band,
        band_title=BAND_TITLES[one.row.band],
        decision=one.decision,
        outcomes=tuple((OUTCOME_TITLES[kind], one.outcomes[kind].value) for kind in order if kind in one.outcomes),
    )
