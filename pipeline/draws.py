"""How sure a score is: draws over the checks of one candidate."""

import hashlib
import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.models.assessment import Assessment, CriterionAssessment
from pipeline.models.scorecard import Criterion, Rubric, Scorecard
from pipeline.scoring import score_levels

DRAWS = 2000
SHARED_ERROR = 0.9
"""Unfitted. Standard deviation, in logits, of the error that all checks of one criterion share.

It stands for what a judge gets wrong about a whole criterion of one candidate. The benchmark is to
fit it so that 90% rank intervals hold the gold ranks.
"""
REPEATABLE_SHARE = 0.5
"""Unfitted. The part of the shared error's variance that comes from asking once.

Asking again removes of it what averaging removes. The rest is what a judge gets wrong every time,
and no number of equal answers makes that smaller.
"""
PRIOR_MEAN = 1.5
PRIOR_SD = 1.2
"""Levels; what is assumed of a criterion that could not be scored."""
COUNTS_FROM = 0.2
"""Checks below this probability count as 0 in the level and are drawn as 0."""


class Repeated(NamedTuple):
    """One criterion of one candidate that was asked again and answered alike."""

    p: Mapping[str, float]
    """By check: the mean probability over the own answer and the further ones."""
    agreeing: int
    """How many further answers there were."""


def draw_scores(
    assessment: Assessment, scorecard: Scorecard, *, repeated: Mapping[str, Repeated] | None = None
) -> NDArray[np.float32]:
    """Draw scores of one candidate, seeded by scorecard and dossier alone.

    A check holds with its own probability, shifted by the criterion's shared error, and only in
    draws in which the checks that it requires hold. An unscored criterion is drawn from the prior,
    so that withholding work never narrows the interval; one with an unread source is the higher of
    its own draw and the prior's.

    Args:
        assessment: The candidate.
        scorecard: The role.
        repeated: By criterion, what further equal answers found; such a criterion is drawn with the
            mean probabilities and a smaller shared error, from the same random numbers.

    Returns:
        Shape (DRAWS,), points of 100.
    """
    rng = np.random.Generator(np.random.PCG64(_seed(scorecard.hash, assessment.dossier_hash)))
    rows = {row.criterion: row for row in assessment.criteria}
    levels = np.empty((DRAWS, len(scorecard.criteria)))
    for column, criterion in enumerate(scorecard.criteria):
        again = (repeated or {}).get(criterion.id)
        levels[:, column] = _draw_levels(rows[criterion.id], criterion, rng, again)
    scores, _ = score_levels(levels, scorecard, matched=len(assessment.preferences_matched))
    return scores.astype(np.float32)


def _seed(scorecard_hash: str, dossier_hash: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{scorecard_hash}:{dossier_hash}".encode()).digest()[:16], "big")


def shared_error(agreeing: int) -> float:
    """Standard deviation, in logits, of the shared error after so many further equal answers."""
    return SHARED_ERROR * math.sqrt(1.0 - REPEATABLE_SHARE + REPEATABLE_SHARE / (1 + agreeing))


def _draw_levels(
    row: CriterionAssessment, criterion: Criterion, rng: np.random.Generator, again: Repeated | None
) -> NDArray[np.float64]:
    prior = np.clip(rng.normal(PRIOR_MEAN, PRIOR_SD, DRAWS), 0.0, 4.0)
    shared = rng.normal(0.0, shared_error(again.agreeing if again else 0), DRAWS)
    uniforms = rng.random((len(criterion.rubric.checks), DRAWS))
    if row.level is None:
        return prior
    p = again.p if again else {finding.check: finding.p for finding in row.findings}
    drawn = _draw_checks(p, criterion.rubric, shared, uniforms)
    if row.cap is not None:
        # What does not count in the score must not count in the odds either, or an injection gains its band there.
        drawn = np.minimum(drawn, row.cap)
    return np.maximum(drawn, prior) if row.unread_source else drawn


def _draw_checks(
    answered: Mapping[str, float], rubric: Rubric, shared: NDArray[np.float64], uniforms: NDArray[np.float64]
) -> NDArray[np.float64]:
    joint = {check: p if p >= COUNTS_FROM else 0.0 for check, p in answered.items()}
    holds: dict[str, NDArray[np.bool_]] = {}
    total = np.zeros(len(shared))
    for check, uniform in zip(rubric.checks, uniforms, strict=True):
        p = joint.get(check.id, 0.0)
        given = min((joint.get(required, 0.0) for required in check.requires), default=1.0)
        held = uniform < _shifted(p / given if given > 0 else 0.0, shared)
        for required in check.requires:
            # A rubric that lists a check before the one it rests on falls back to the joint probability.
            if required in holds:
                held &= holds[required]
        holds[check.id] = held
        total += check.points * held
    return np.minimum(total, 4.0)


def _shifted(p: float, shared: NDArray[np.float64]) -> NDArray[np.float64]:
    if p <= 0.0 or p >= 1.0:
        return np.full(len(shared), min(max(p, 0.0), 1.0))
    logit = np.log(p / (1.0 - p)) + shared
    shifted: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-logit))
    return shifted
