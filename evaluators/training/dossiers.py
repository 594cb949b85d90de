"""Synthetic dossiers: passages of one held-out author put together, to calibrate P(check) for a dossier."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from evaluators.dossier_scoring import DOSSIER_FEATURES, gathered_support, sigmoid, together_support
from evaluators.passage_scoring import Matrix
from evaluators.training.corpus import closed
from pipeline.models.scorecard import Rubric

EMPTY_SIZES = (10, 40, 160)
EMPTY_EVERY = 5
EMPTY_WEIGHT = 2.0
"""Polite nothing must not score: a fifth of all dossiers hold no evidence, and each counts twice."""


class Dossiers(NamedTuple):
    """Rows of passages, one tuple a dossier."""

    rows: tuple[NDArray[np.intp], ...]
    empty: tuple[bool, ...]


def assemble(
    rng: np.random.Generator,
    *,
    authors: Sequence[NDArray[np.intp]],
    richness: Matrix,
    filler: NDArray[np.intp],
    count: int,
) -> Dossiers:
    """Draw dossiers, each from one author's passages and filler; some hold no evidence.

    Args:
        rng: Source of chance.
        authors: Rows of passages by author.
        richness: How many checks each passage supports.
        filler: Rows without any label.
        count: How many dossiers.
    """
    rows, empty = [], []
    for number in range(count):
        if number % EMPTY_EVERY == 0:
            size = EMPTY_SIZES[(number // EMPTY_EVERY) % len(EMPTY_SIZES)]
            rows.append(np.sort(rng.choice(filler, size=min(size, len(filler)), replace=False)))
            empty.append(True)
            continue
        mine = authors[number % len(authors)]
        size = min(int(np.exp(rng.uniform(0.0, np.log(60)))), len(mine))
        quality = rng.uniform(-1.2, 1.2)
        weight = np.exp(quality * (richness[mine] - richness[mine].mean()) / max(1e-9, richness[mine].std()))
        chosen = rng.choice(mine, size=size, replace=False, p=weight / weight.sum())
        more = rng.choice(filler, size=min(int(rng.integers(0, size + 1)), len(filler)), replace=False)
        rows.append(np.unique(np.concatenate([chosen, more])))
        empty.append(False)
    return Dossiers(tuple(rows), tuple(empty))


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
    """Fit one calibration row: a better passage never lowers P, more passages never raise it by themselves."""
    bounds: list[tuple[float | None, float | None]] = [
        (None, None),
        (0.05, None),
        (0.0, None),
        (None, 0.0),
        (0.0, None),
    ]
    if not uses_kth:
        bounds[4] = (0.0, 0.0)
    target = labels > 0

    def loss(row: Matrix) -> tuple[float, Matrix]:
        p = sigmoid(features @ row)
        gap = (p - target) * weights
        likelihood = -np.sum(weights * np.log(np.clip(np.where(target, p, 1 - p), 1e-9, None)))
        penalty = 0.5 * np.array([0.0, 1.0, 1.0, 1.0, 1.0])
        return float(likelihood + (penalty * row**2).sum()), features.T @ gap + 2 * penalty * row

    start = np.array([0.0, 0.5, 0.3, -0.1, 0.1 if uses_kth else 0.0])
    fitted = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B")
    return np.asarray(fitted.x, dtype=np.float32)


def supports_of(logits: Matrix, rubric: Rubric, columns: NDArray[np.intp]) -> Matrix:
    """Dossier features of a rubric's checks, one row a check."""
    gather = together_support if rubric.together else gathered_support
    found = gather(logits, rubric, columns)
    return np.array([found[check.id].features for check in rubric.checks]).reshape(-1, len(DOSSIER_FEATURES))
