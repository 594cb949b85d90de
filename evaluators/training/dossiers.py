"""Synthetic dossiers: passages put together as candidates send them, to calibrate P(check) for a dossier."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from evaluators.evidence_judge.dossier_scoring import (
    DOSSIER_FEATURES,
    gathered_support,
    library_support,
    sigmoid,
    together_support,
)
from evaluators.evidence_judge.passage_scoring import Matrix
from evaluators.training.corpus import closed
from pipeline.models.scorecard import Rubric

EMPTY_SIZES = (10, 40, 160)
EMPTY_SHARE = 0.15
EMPTY_WEIGHT = 8.0
"""Nothing must not score: dossiers without evidence count eight times."""
TAKEHOME_SHARE = 0.75

_QUALITY = (-2.5, 1.5)
"""How strongly richer passages are drawn into a dossier, from its worst to its best candidates."""
_RESUME_PASSAGES = (3, 13)
_TAKEHOME_PASSAGES = (2, 12)
_CODE_PASSAGES = (3, 12)
_FILLER_PASSAGES = (0, 9)
_STEEPEST_PENALTY = -3.0
_OWN_PENALTY = 0.5
_BESIDE_PENALTY = 2.5


class Parts(NamedTuple):
    """Rows that dossiers are put together from, by author."""

    resume: tuple[NDArray[np.intp], ...]
    takehome: tuple[NDArray[np.intp], ...]
    code: tuple[NDArray[np.intp], ...]
    filler: NDArray[np.intp]
    """Rows without any label."""
    richness: Matrix
    """Points of all checks that each passage supports."""


class SyntheticDossier(NamedTuple):
    """Rows of passages."""

    resume: NDArray[np.intp]
    whole: NDArray[np.intp]
    empty: bool


def assemble(rng: np.random.Generator, parts: Parts, *, count: int) -> list[SyntheticDossier]:
    """Draw dossiers as candidates send them: a resume, mostly a take-home with code, filler in both; some empty."""
    drawn: list[SyntheticDossier] = []
    for _ in range(count):
        if rng.random() < EMPTY_SHARE:
            size = min(int(rng.choice(EMPTY_SIZES)), len(parts.filler))
            rows = np.sort(rng.choice(parts.filler, size=size, replace=False))
            drawn.append(SyntheticDossier(rows, rows, empty=True))
            continue
        quality = rng.uniform(*_QUALITY)
        own = _chosen(rng, parts, parts.resume, _RESUME_PASSAGES, quality + rng.normal(0.0, 0.5))
        resume = np.unique(np.concatenate([own, _filler(rng, parts)]))
        whole = resume
        if rng.random() < TAKEHOME_SHARE:
            # A take-home may be better or worse than the resume it came with.
            quality += rng.normal(0.0, 1.0)
            prose = _chosen(rng, parts, parts.takehome, _TAKEHOME_PASSAGES, quality)
            code = _chosen(rng, parts, parts.code, _CODE_PASSAGES, quality)
            whole = np.unique(np.concatenate([resume, prose, code, _filler(rng, parts)]))
        drawn.append(SyntheticDossier(resume, whole, empty=False))
    return drawn


def _chosen(
    rng: np.random.Generator,
    parts: Parts,
    authors: Sequence[NDArray[np.intp]],
    sizes: tuple[int, int],
    quality: float,
) -> NDArray[np.intp]:
    pool = authors[int(rng.integers(len(authors)))]
    richness = parts.richness[pool]
    weight = np.exp(quality * (richness - richness.mean()) / max(1e-9, float(richness.std())))
    size = min(int(rng.integers(*sizes)), len(pool))
    return rng.choice(pool, size=size, replace=False, p=weight / weight.sum())


def _filler(rng: np.random.Generator, parts: Parts) -> NDArray[np.intp]:
    return rng.choice(parts.filler, size=int(rng.integers(*_FILLER_PASSAGES)), replace=False)


def dossier_labels(
    checks: Sequence[frozenset[str]], rubric: Rubric, requires: Mapping[str, tuple[str, ...]]
) -> frozenset[str]:
    """Checks of a rubric that hold for passages taken together."""
    names = {check.id: f"{rubric.id}.{check.id}" for check in rubric.checks}
    own = [found & frozenset(names.values()) for found in checks]
    if rubric.together:
        points = {names[check.id]: check.points for check in rubric.checks}
        whole = [closed(found, requires) for found in own]
        return max(whole, key=lambda found: (sum(points[name] for name in found), sorted(found)), default=frozenset())
    found = set().union(*own)
    for check in rubric.checks:
        if (
            check.quotes > 1
            and sum(names[required] in f for f in own for required in check.requires) >= check.quotes + 1
        ):
            found.add(names[check.id])
    return closed(found, requires)


def fit_calibration(features: Matrix, labels: Matrix, weights: Matrix, *, uses_kth: bool) -> NDArray[np.float32]:
    """Fit one calibration row: a better passage never lowers P, more passages never raise it by themselves.

    Columns after a check's own support say what stands beside it; they can only raise P.
    """
    more = features.shape[1] - len(DOSSIER_FEATURES)
    bounds: list[tuple[float | None, float | None]] = [
        (None, None),
        (0.05, None),
        (0.0, None),
        (_STEEPEST_PENALTY if more else None, 0.0),
        (0.0, None if uses_kth else 0.0),
        *[(0.0, None)] * more,
    ]
    target = labels > 0
    penalty = np.array([0.0, *[_OWN_PENALTY] * (len(DOSSIER_FEATURES) - 1), *[_BESIDE_PENALTY] * more])

    def loss(row: Matrix) -> tuple[float, Matrix]:
        p = sigmoid(features @ row)
        gap = (p - target) * weights
        likelihood = -np.sum(weights * np.log(np.clip(np.where(target, p, 1 - p), 1e-9, None)))
        return float(likelihood + (penalty * row**2).sum()), features.T @ gap + 2 * penalty * row

    start = np.array([0.0, 0.5, 0.3, -0.1, 0.1 if uses_kth else 0.0, *[0.0] * more])
    fitted = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B")
    return np.asarray(fitted.x, dtype=np.float32)


def supports_of(logits: Matrix, rubric: Rubric, columns: NDArray[np.intp]) -> Matrix:
    """Dossier features of a rubric's checks, one row a check."""
    gather = together_support if rubric.together else gathered_support
    found = gather(logits, rubric, columns)
    return np.array([found[check.id].features for check in rubric.checks]).reshape(-1, len(DOSSIER_FEATURES))


def library_features(logits: Matrix, rubric: Rubric, columns: NDArray[np.intp]) -> Matrix:
    """Dossier features of a library rubric's checks with what stands beside them, one row a check."""
    found = library_support(logits, rubric, columns)
    return np.array([found[check.id].features for check in rubric.checks])
