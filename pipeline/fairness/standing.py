"""The band that one candidate would be in with another assessment, everybody else unchanged."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.draws import draw_scores
from pipeline.models.assessment import Assessment
from pipeline.models.scorecard import Scorecard
from pipeline.models.shortlist import Band
from pipeline.ranking import MIN_COVERAGE, band_of, draw_field, stand
from pipeline.scoring import score


class Standings:
    """The candidates of one ranking, ready to be asked what if.

    The same sums as `pipeline.ranking.rank`, but the draws of the field are made once, so that thousands of twins can
    be placed in it.

    Args:
        field: Everybody.
        scorecard: The role.
        top: K.
    """

    def __init__(self, field: Sequence[Assessment], scorecard: Scorecard, *, top: int) -> None:
        self._scorecard = scorecard
        self._top = top
        eligible = [assessment for assessment in field if _points(assessment, scorecard) is not None]
        self._place = {assessment.candidate: n for n, assessment in enumerate(eligible)}
        self._points = np.array([_points(assessment, scorecard) for assessment in eligible], dtype=np.float64)
        self._draws = draw_field(eligible, scorecard) if eligible else np.zeros((0, 1), dtype=np.float32)
        self._ordered = np.sort(self._draws, axis=0)

    def band(self, assessment: Assessment) -> Band:
        """The band of a candidate of the field, or of somebody new, with this assessment."""
        points = _points(assessment, self._scorecard)
        if points is None:
            return band_of(assessment, None)[0]
        own = self._place.get(assessment.candidate)
        draws = draw_scores(assessment, self._scorecard)
        above = self._above(draws)
        better = int((self._points > points).sum())
        if own is not None:
            # Nobody stands above their own former self.
            above = above - (self._draws[own] > draws)
            better -= int(self._points[own] > points)
        ranks = (1 + above).astype(np.int32)
        standing = stand([1 + better], draws[None, :], ranks[None, :], top=self._top, bar=self._scorecard.advance_bar)[
            0
        ]
        return band_of(assessment, standing)[0]

    def _above(self, draws: NDArray[np.float32]) -> NDArray[np.int64]:
        """How many of the field are above, in every draw."""
        if not len(self._ordered):
            return np.zeros(len(draws), dtype=np.int64)
        below = [
            np.searchsorted(column, drawn, side="right") for column, drawn in zip(self._ordered.T, draws, strict=True)
        ]
        return len(self._ordered) - np.array(below, dtype=np.int64)


def _points(assessment: Assessment, scorecard: Scorecard) -> float | None:
    """The score of somebody who can have a rank, else None."""
    if assessment.coverage < MIN_COVERAGE or any(gate.status == "not_met" for gate in assessment.gates):
        return None
    scored = score(assessment, scorecard)
    return None if scored is None else scored.points
