"""Assessments to a shortlist: scores, ranks with their intervals, bands."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.draws import Repeated, draw_scores
from pipeline.models.assessment import PROBE_FLAGS, Assessment
from pipeline.models.scorecard import Scorecard
from pipeline.models.shortlist import Band, Row, Shortlist
from pipeline.scoring import Score, score

MIN_COVERAGE = 0.6
"""Below this share of judged weight a candidate needs a person, not a rank."""
SURE = 0.9
OPEN = 0.1
INTERVAL = (0.05, 0.95)
"""Quantiles of the 90% range of a rank."""

_BAND_ORDER: tuple[Band, ...] = ("advance", "boundary", "probe", "hold", "needs_review")


class Standing(NamedTuple):
    """Where one eligible candidate stands."""

    rank: int
    interval: tuple[int, int]
    p_top: float
    p_bar: float


class Weighted(NamedTuple):
    """Draws that count unequally."""

    weights: NDArray[np.float64]
    """Shape (candidates, draws), each row adding up to 1."""
    quantiles: NDArray[np.float64]
    """Shape (candidates, 2), the ends of each interval."""


def rank(
    assessments: Sequence[Assessment],
    scorecard: Scorecard,
    *,
    top: int | None = None,
    channels: Mapping[str, str] | None = None,
) -> Shortlist:
    """Rank a batch.

    Scores and draws are each candidate's own; only ranks depend on who else is there. Rows that
    need review and rows with a gate that is not met have no rank, and stand below.

    Args:
        assessments: In any order; the result does not depend on it.
        scorecard: Weights, bar and interview slots.
        top: K; the scorecard's interview slots if not given.
        channels: Channel by candidate, for the report's footer only.
    """
    k = top if top is not None else scorecard.interview_slots
    ordered = sorted(assessments, key=lambda a: (a.dossier_hash, a.candidate))
    labels = {a.candidate: f"Candidate {n:02d}" for n, a in enumerate(ordered, start=1)}
    scores = {a.candidate: score(a, scorecard) for a in ordered}
    eligible = [a for a in ordered if scores[a.candidate] is not None and _is_eligible(a)]
    standings = _standings(eligible, scorecard, scores, k)
    rows = [
        _row(
            a,
            label=labels[a.candidate],
            score_=scores[a.candidate],
            standing=standings.get(a.candidate),
            channel=(channels or {}).get(a.candidate),
        )
        for a in ordered
    ]
    return Shortlist(
        scorecard_id=scorecard.id,
        scorecard_hash=scorecard.hash,
        top=k,
        advance_bar=scorecard.advance_bar,
        rows=tuple(sorted(rows, key=_order)),
    )


def _is_eligible(assessment: Assessment) -> bool:
    return assessment.coverage >= MIN_COVERAGE and not _gate_not_met(assessment)


def _gate_not_met(assessment: Assessment) -> bool:
    return any(gate.status == "not_met" for gate in assessment.gates)


def _standings(
    eligible: Sequence[Assessment], scorecard: Scorecard, scores: Mapping[str, Score | None], k: int
) -> dict[str, Standing]:
    if not eligible:
        return {}
    points = np.array([_points(scores[a.candidate]) for a in eligible])
    own = [1 + int((points > mine).sum()) for mine in points]
    draws = draw_field(eligible, scorecard)
    standings = stand(own, draws, ranks_in_draws(draws), top=k, bar=scorecard.advance_bar)
    return {assessment.candidate: standing for assessment, standing in zip(eligible, standings, strict=True)}


def _points(own: Score | None) -> float:
    if own is None:
        raise ValueError("An unscored candidate has no standing.")
    return own.points


def draw_field(
    field: Sequence[Assessment],
    scorecard: Scorecard,
    *,
    repeated: Mapping[str, Mapping[str, Repeated]] | None = None,
) -> NDArray[np.float32]:
    """Draw the scores of all who compete for the ranks.

    Args:
        field: The eligible candidates.
        scorecard: The role.
        repeated: By candidate and criterion, what further equal answers found.

    Returns:
        Shape (candidates, draws), in the order of the field.
    """
    return np.stack([draw_scores(a, scorecard, repeated=(repeated or {}).get(a.candidate)) for a in field])


def stand(
    own: Sequence[int],
    draws: NDArray[np.float32],
    ranks: NDArray[np.int32],
    *,
    top: int,
    bar: float,
    weighted: Weighted | None = None,
) -> list[Standing]:
    """Where candidates stand, by their draws.

    Args:
        own: The rank of each by score; the interval is widened to hold it.
        draws: Shape (candidates, draws), scores.
        ranks: Shape (candidates, draws), the rank in each draw.
        top: K.
        bar: The score to reach, in points of 100.
        weighted: How much each draw counts; None if all count alike.
    """
    within, reached = ranks <= top, draws >= bar
    if weighted is None:
        low, high = np.quantile(ranks, INTERVAL, axis=1, method="nearest")
        p_top, p_bar = within.mean(axis=1), reached.mean(axis=1)
    else:
        low, high = _weighted_interval(ranks, weighted)
        weights = weighted.weights
        p_top, p_bar = (weights * within).sum(axis=1).round(9), (weights * reached).sum(axis=1).round(9)
    return [
        Standing(
            rank=mine,
            interval=(min(mine, int(low[n])), max(mine, int(high[n]))),
            p_top=round(float(p_top[n]), 3),
            p_bar=round(float(p_bar[n]), 3),
        )
        for n, mine in enumerate(own)
    ]


def _weighted_interval(ranks: NDArray[np.int32], weighted: Weighted) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The interval of weighted draws; with equal weights, what `np.quantile` gives by its nearest method."""
    order = np.argsort(ranks, axis=1, kind="stable")
    ascending = np.take_along_axis(ranks, order, axis=1)
    upto = np.cumsum(np.take_along_axis(weighted.weights, order, axis=1), axis=1).round(9)
    last = ranks.shape[1] - 1
    low = np.minimum((upto <= weighted.quantiles[:, :1]).sum(axis=1), last)
    high = np.minimum((upto < weighted.quantiles[:, 1:]).sum(axis=1), last)
    people = np.arange(len(ranks))
    return ascending[people, low], ascending[people, high]


def ranks_in_draws(draws: NDArray[np.float32], places: Sequence[int] | None = None) -> NDArray[np.int32]:
    """Ranks from 1, highest score first, in every draw; equal scores share the better rank.

    Args:
        draws: Shape (candidates, draws).
        places: Whose ranks to return, as places among the candidates; everybody's if None.
    """
    candidates = draws.shape[0]
    asked = draws if places is None else draws[list(places)]
    ranks = np.empty(asked.shape, dtype=np.int32)
    for column in range(draws.shape[1]):
        ascending = np.sort(draws[:, column])
        ranks[:, column] = 1 + candidates - np.searchsorted(ascending, asked[:, column], side="right")
    return ranks


def _row(
    assessment: Assessment,
    *,
    label: str,
    score_: Score | None,
    standing: Standing | None,
    channel: str | None,
) -> Row:
    band, would_be, reason = band_of(assessment, standing)
    return Row(
        candidate=assessment.candidate,
        label=label,
        rank=standing.rank if standing else None,
        rank_interval=standing.interval if standing else None,
        band=band,
        would_be=would_be,
        band_reason=reason,
        score=score_.points if score_ else None,
        p_top=standing.p_top if standing else 0.0,
        p_bar=standing.p_bar if standing else 0.0,
        coverage=assessment.coverage,
        tool_points=score_.tool_points if score_ else 0.0,
        channel=channel,
        assessment=assessment,
    )


def band_of(assessment: Assessment, standing: Standing | None) -> tuple[Band, Band | None, str]:
    """The first band that fits, the band it would have been without an open point, and why."""
    if standing is None:
        if _gate_not_met(assessment) and assessment.coverage >= MIN_COVERAGE:
            gates = ", ".join(gate.gate for gate in assessment.gates if gate.status == "not_met")
            return "hold", None, f"gate not met: {gates}; a person confirms"
        if not assessment.sources_read:
            return "needs_review", None, "nothing could be read"
        return "needs_review", None, f"only {assessment.coverage:.0%} of the scorecard's weight could be judged"
    band, reason = _band_by_odds(standing)
    if band == "hold":
        return band, None, reason
    open_points = [f"{gate.gate} is unknown" for gate in assessment.gates if gate.status == "unknown"]
    open_points += [flag.id.replace("_", " ") for flag in assessment.flags if flag.id in PROBE_FLAGS]
    open_points += _doubts_about_the_reading(assessment)
    if open_points:
        return "probe", band, f"would be {band}, but {', '.join(open_points)}"
    return band, None, reason


def _doubts_about_the_reading(assessment: Assessment) -> list[str]:
    """What an instruction to a model in the documents would look like from outside; a person has to look.

    Held against gold, one of twenty candidates read by a perfect reader has two criteria cut, and nearly every
    candidate whose instruction a model obeys (`docs/injection.md`).
    """
    doubts = []
    if assessment.is_doubtful:
        cut = sum(row.cap is not None for row in assessment.criteria)
        doubts.append(f"judges differ widely on {cut} criteria")
    failed = [row.criterion for row in assessment.criteria if row.unscored in ("judge_failed", "judge_refused")]
    if failed:
        doubts.append(f"no usable answer on {', '.join(failed)}")
    return doubts


def _band_by_odds(standing: Standing) -> tuple[Band, str]:
    odds = f"{standing.p_top:.0%} to be in the top group, {standing.p_bar:.0%} to reach the bar"
    if standing.p_top >= SURE and standing.p_bar >= SURE:
        return "advance", odds
    if standing.p_top > OPEN and standing.p_bar >= OPEN:
        return "boundary", odds
    return "hold", odds


def _order(row: Row) -> tuple[int, int, float, str]:
    """Ranked rows by rank; then gates not met, then reviews, each by score; ties by dossier hash."""
    if row.rank is not None:
        return 0, row.rank, 0.0, row.assessment.dossier_hash
    return 1, _BAND_ORDER.index(row.band), -(row.score or 0.0), row.assessment.dossier_hash
