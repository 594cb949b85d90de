"""How it went on with candidates, held against the scores that were known before."""

import json
import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, get_args

from pipeline.desk.models import (
    BandOutcomes,
    DeskRun,
    Outcome,
    OutcomeKind,
    OutcomeSummary,
    ScoredOutcome,
    Separation,
)
from pipeline.errors import StorageError
from pipeline.models.shortlist import Band

ENOUGH = 10
"""Of each end of an outcome; with fewer, an interval covers nearly everything."""
TOO_FEW = "too few to tell"
_Z = 1.959964
"""Of a 95% interval."""


class _Scored(NamedTuple):
    score: float | None
    band: Band


def outcome_summary(outcomes: Sequence[Outcome], runs: Sequence[DeskRun]) -> OutcomeSummary:
    """Pair every known outcome with the candidate's score in the last run that ended before it was first recorded.

    A later run would be no forecast: its scorecard may have been changed by what the interviews taught. Only people
    who were invited have outcomes, so the figures say how the scores order the invited, not all who applied.

    Args:
        outcomes: Oldest first; the latest value of each kind counts.
        runs: With results, in the order in which they ended.
    """
    first: dict[tuple[str, OutcomeKind], datetime] = {}
    latest: dict[tuple[str, OutcomeKind], Outcome] = {}
    for outcome in outcomes:
        first.setdefault((outcome.candidate, outcome.kind), outcome.at)
        latest[outcome.candidate, outcome.kind] = outcome
    pairs, without, reports = [], 0, _Reports(runs)
    for (candidate, kind), outcome in sorted(latest.items()):
        if outcome.value == "unknown":
            continue
        before = reports.before(first[candidate, kind], candidate)
        if before is None:
            without += 1
            continue
        run, scored = before
        pairs.append(
            ScoredOutcome(
                candidate=candidate, kind=kind, value=outcome.value, score=scored.score, band=scored.band, run=run
            )
        )
    kinds = tuple(_separation(kind, [pair for pair in pairs if pair.kind == kind]) for kind in get_args(OutcomeKind))
    return OutcomeSummary(pairs=tuple(pairs), kinds=kinds, without_score=without)


class _Reports:
    """Scores by run; each report is read when it is first needed."""

    def __init__(self, runs: Sequence[DeskRun]) -> None:
        self._runs = runs
        self._read: dict[str, dict[str, _Scored]] = {}

    def before(self, moment: datetime, candidate: str) -> tuple[str, _Scored] | None:
        """The newest run before a moment that knew a candidate, and what it made of them."""
        for run in reversed(self._runs):
            if run.finished is None or run.finished > moment:
                continue
            if run.id not in self._read:
                self._read[run.id] = _scores(run)
            if (scored := self._read[run.id].get(candidate)) is not None:
                return run.id, scored
        return None


def _scores(run: DeskRun) -> dict[str, _Scored]:
    """Of one run, by candidate; empty if its results were deleted."""
    if run.out is None or not (path := run.out / "shortlist.json").is_file():
        return {}
    try:
        rows = json.loads(path.read_bytes())["rows"]
        return {row["candidate"]: _Scored(row["score"], row["band"]) for row in rows}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StorageError(f"The shortlist of run {run.id!r} cannot be read. Run the screening again.") from error


def _separation(kind: OutcomeKind, pairs: Sequence[ScoredOutcome]) -> Separation:
    bands = tuple(
        BandOutcomes(
            band=band,
            yes=sum(pair.band == band and pair.value == "yes" for pair in pairs),
            no=sum(pair.band == band and pair.value == "no" for pair in pairs),
        )
        for band in get_args(Band)
    )
    yes = [pair.score for pair in pairs if pair.value == "yes" and pair.score is not None]
    no = [pair.score for pair in pairs if pair.value == "no" and pair.score is not None]
    if min(len(yes), len(no)) < ENOUGH:
        return _told(kind, bands, yes, no, auc=None, interval=None, verdict=TOO_FEW)
    area = auc(yes, no)
    interval = auc_interval(area, len(yes), len(no))
    return _told(kind, bands, yes, no, auc=area, interval=interval, verdict=_verdict(interval))


def _told(
    kind: OutcomeKind,
    bands: tuple[BandOutcomes, ...],
    yes: Sequence[float],
    no: Sequence[float],
    *,
    auc: float | None,
    interval: tuple[float, float] | None,
    verdict: str,
) -> Separation:
    return Separation(kind=kind, bands=bands, yes=len(yes), no=len(no), auc=auc, interval=interval, verdict=verdict)


def _verdict(interval: tuple[float, float]) -> str:
    low, high = interval
    if low > 0.5:
        return "Those who made it had the higher scores."
    if high < 0.5:
        return "Those who made it had the lower scores: look at the scorecard."
    return "The scores did not tell the two apart, as far as these numbers can show."


def auc(yes: Iterable[float], no: Iterable[float]) -> float:
    """Chance that one of the first is above one of the second, ties half (H. B. Mann and D. R. Whitney, 1947)."""
    import numpy as np

    above, below = np.fromiter(yes, float), np.sort(np.fromiter(no, float))
    smaller = np.searchsorted(below, above, side="left").sum()
    not_larger = np.searchsorted(below, above, side="right").sum()
    return float((smaller + not_larger) / 2 / (len(above) * len(below)))


def auc_interval(area: float, yes: int, no: int) -> tuple[float, float]:
    """95% interval of an AUC: the values that the observed one does not rule out.

    R. G. Newcombe, Statistics in Medicine 25 (2006), method 5: unlike the bootstrap it has a width at 1, too.
    """
    return _limit(area, yes, no, low=0.0, high=area), _limit(area, yes, no, low=1.0, high=area)


def _limit(area: float, yes: int, no: int, *, low: float, high: float) -> float:
    """Where between a bound and the observed value the distance is just 1.96 standard errors, by bisection."""
    size = (yes + no) / 2 - 1
    ruled_out, kept = low, high
    for _ in range(60):
        middle = (ruled_out + kept) / 2
        spread = middle * (1 - middle) * (1 + size * ((1 - middle) / (2 - middle) + middle / (1 + middle)))
        if abs(area - middle) > _Z * math.sqrt(spread / (yes * no)):
            ruled_out = middle
        else:
            kept = middle
    return kept
