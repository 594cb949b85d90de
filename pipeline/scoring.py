"""Levels to a score of 100 points. Nothing here depends on anybody else in the batch."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.models.assessment import Assessment
from pipeline.models.scorecard import Scorecard
from pipeline.preferences import needed_preferences
from pipeline.tool_ceiling import tool_ceiling

FULL_TOOL_SHARE = 0.5
"""Mean share of the judgment levels from which matched tools count in full."""


class Score(NamedTuple):
    """A score and the part of it that comes from tools, in points of 100, both to 0.1."""

    points: float
    tool_points: float


def score(assessment: Assessment, scorecard: Scorecard) -> Score | None:
    """The score of one candidate, or None when no criterion could be scored.

    `(100 - T) * sum(w * level / 4) / sum(w) + T * min(1, matched / needed) * min(1, R / 0.5)` over the
    scored criteria, where R is the weighted mean share (0-1) of the judgment criteria, needed is half
    of the preferences rounded up, and T is `tool_ceiling(scorecard)`. The tool term is 0 when no
    judgment criterion was scored: tools without judgment are worth nothing.
    """
    levels = np.array([[np.nan if row.level is None else row.level for row in assessment.criteria]])
    if np.isnan(levels).all():
        return None
    points, tools = score_levels(levels, scorecard, matched=len(assessment.preferences_matched))
    return Score(points=round(float(points[0]), 1), tool_points=round(float(tools[0]), 1))


def score_levels(
    levels: NDArray[np.float64], scorecard: Scorecard, *, matched: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Score many sets of levels at once.

    Args:
        levels: Shape (n, criteria), 0 to 4, NaN for an unscored criterion, in scorecard order.
        scorecard: Weights, kinds and preferences.
        matched: How many preferences were matched.

    Returns:
        The scores and the tool part of each, shape (n,), in points of 100, not rounded.
    """
    weights = np.array([criterion.weight for criterion in scorecard.criteria])
    judgment = np.array([criterion.kind == "judgment" for criterion in scorecard.criteria])
    ceiling = tool_ceiling(scorecard) if scorecard.preferences else 0.0
    share = np.nan_to_num(levels) / 4.0
    present = ~np.isnan(levels)
    mean = _weighted_mean(share, weights * present)
    reasoning = _weighted_mean(share, weights * (present & judgment))
    needed = needed_preferences(scorecard)
    matched_share = min(1.0, matched / needed) if needed else 0.0
    tools = ceiling * matched_share * np.minimum(1.0, reasoning / FULL_TOOL_SHARE)
    return (100.0 - ceiling) * mean + tools, tools


def _weighted_mean(share: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Row means, 0 where a row has no weight at all."""
    total = weights.sum(axis=1)
    mean: NDArray[np.float64] = np.divide(
        (share * weights).sum(axis=1), total, out=np.zeros(len(share)), where=total > 0
    )
    return mean
