"""From logits of passages to one probability for the dossier."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluators.evidence_judge.passage_scoring import Matrix
from pipeline.models.scorecard import Rubric

DOSSIER_FEATURES = ("bias", "best", "best_three", "log_passages", "kth_required")
"""The first columns of a calibration row: what `combine` multiplies with a check's own support.

Rows of library rubrics go on with what stands beside it, see `beside`.
"""
_SIZE = DOSSIER_FEATURES.index("log_passages")
MOST_CHECKS = 5
ROW_WIDTH = len(DOSSIER_FEATURES) + 2 + 2 * MOST_CHECKS

_ABSENT = -6.0  # logit of a passage that a check needs and that is not there
# A short dossier is no bad one: its missing second and third passage count as ordinary ones, not as refutations.
_ORDINARY = -2.0
# No single outlier may speak for a whole dossier.
_HALO = (-5.0, 3.0)
_OWN_RUBRIC = (-6.0, 6.0)
_SHOWN_HEADS = 5
_SHOWN = (-2.0, 1.0)


class Support(NamedTuple):
    """A check's dossier features and the passages that carry it, best first."""

    features: Matrix
    passages: tuple[int, ...]


def sigmoid(x: Matrix) -> Matrix:
    """Logistic function, safe for large numbers."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)), dtype=np.float64)


def gathered_support(logits: Matrix, rubric: Rubric, columns: NDArray[np.intp]) -> dict[str, Support]:
    """Support for checks that may be answered from all over the dossier.

    Args:
        logits: Passages by heads.
        rubric: The checks.
        columns: The head of each check.
    """
    place = {check.id: int(column) for check, column in zip(rubric.checks, columns, strict=True)}
    supports: dict[str, Support] = {}
    for check in rubric.checks:
        own = logits[:, place[check.id]]
        order = _best_first(own)
        kth = _ABSENT
        if check.quotes > 1 and check.requires:
            required = np.sort(logits[:, place[check.requires[0]]])[::-1]
            kth = float(required[check.quotes - 1]) if len(required) >= check.quotes else _ABSENT
        supports[check.id] = Support(_features(own[order], kth), tuple(int(i) for i in order))
    return supports


def together_support(logits: Matrix, rubric: Rubric, columns: NDArray[np.intp]) -> dict[str, Support]:
    """Support for checks that are answered for one decision: the passage with the highest expected level."""
    mine = logits[:, columns]
    chances = sigmoid(mine)
    for place, check in enumerate(rubric.checks):
        for required in check.requires:
            other = next(i for i, candidate in enumerate(rubric.checks) if candidate.id == required)
            chances[:, place] = np.minimum(chances[:, place], chances[:, other])
    levels = np.round(chances @ np.array([check.points for check in rubric.checks]), 9)
    order = _best_first(levels)
    return {
        check.id: Support(_features(mine[order, place], _ABSENT), tuple(int(i) for i in order))
        for place, check in enumerate(rubric.checks)
    }


def beside(logits: Matrix, rubric: Rubric, columns: NDArray[np.intp], supports: Mapping[str, Support]) -> Matrix:
    """What the same evidence shows besides a check: of all checks on average, and of each check of the rubric.

    One reading of one passage is worth more in a dossier that also shows what usually goes with it, and next to
    nothing among passages that show nothing else. The columns are the mean over all heads of the best passage and of
    the best three, then for each check of the rubric the best (for one decision: that of the chosen passage) and
    the best three (for one decision: the best anywhere).
    """
    ordered = np.sort(logits, axis=0)[::-1]
    three = np.array([_best_three(ordered[:, head]) for head in range(logits.shape[1])])
    everywhere = [_within(ordered[0], _HALO).mean(), _within(three, _HALO).mean()]
    if rubric.together:
        chosen = supports[rubric.checks[0].id].passages[0]
        first, second = logits[chosen, columns], ordered[0, columns]
    else:
        first, second = ordered[0, columns], three[columns]
    return np.concatenate([everywhere, _within(first, _OWN_RUBRIC), _within(second, _OWN_RUBRIC)])


def shows_work(logits: Matrix) -> float:
    """Whether a dossier shows work of any kind: the mean of the five heads that its passages reach best.

    Bounded above where one passage that tells of work already comes: more of it, or more kinds, count no further.
    """
    best = np.sort(logits.max(axis=0))[::-1][:_SHOWN_HEADS]
    return float(_within(best, _HALO).mean().clip(*_SHOWN))


def library_support(logits: Matrix, rubric: Rubric, columns: NDArray[np.intp]) -> dict[str, Support]:
    """Support for the checks of a library rubric, each with what stands beside it.

    In the place of the number of passages stands how many of them seem to show anything at all: the more attempts,
    the likelier a near miss among them, but polite filler is no attempt.
    """
    supports = (together_support if rubric.together else gathered_support)(logits, rubric, columns)
    more = beside(logits, rubric, columns, supports)
    attempts = float(np.log1p(sigmoid(logits.max(axis=1)).sum()))
    extended: dict[str, Support] = {}
    for check, support in supports.items():
        own = support.features.copy()
        own[_SIZE] = attempts
        extended[check] = Support(np.concatenate([own, more]), support.passages)
    return extended


def combine(features: Matrix, row: NDArray[np.float32]) -> float:
    """Calibrated probability from dossier features and a calibration row, which may be longer."""
    return float(sigmoid(np.asarray(features @ row[: len(features)].astype(np.float64))))


def _features(ordered: Matrix, kth: float) -> Matrix:
    return np.array([1.0, ordered[0], _best_three(ordered), np.log(len(ordered)), kth])


def _best_three(ordered: Matrix) -> float:
    three = np.concatenate([ordered[:3], np.full(max(0, 3 - len(ordered)), min(_ORDINARY, float(ordered[0])))])
    return float(three.mean())


def _within(values: Matrix, bounds: tuple[float, float]) -> Matrix:
    return np.clip(values, *bounds)


def _best_first(values: Matrix) -> NDArray[np.intp]:
    # Passages come sorted by id, so a stable sort makes ties a matter of content, not of order.
    return np.argsort(-values, kind="stable")
