"""Figures of agreement between a ranking or levels and gold ones. numpy only, so a run can print them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Accuracy(NamedTuple):
    """Share of equal labels, and who was taken for what."""

    share: float
    """From 0 to 1."""
    labels: tuple[str, ...]
    """Order of rows and columns of the table."""
    table: tuple[tuple[int, ...], ...]
    """Rows are gold labels, columns answers."""

    def times(self, gold: str, answer: str) -> int:
        """How often `gold` was answered with `answer`."""
        return self.table[self.labels.index(gold)][self.labels.index(answer)]


def kendall_tau_b(gold: ArrayLike, answer: ArrayLike) -> float:
    """Rank correlation that corrects for ties, from -1 to 1.

    (C - D) / sqrt((n0 - n1)(n0 - n2)): concordant less discordant pairs over the geometric mean of the pairs
    that are not tied in each (M. G. Kendall, "The treatment of ties in ranking problems", Biometrika 33, 1945).

    Returns:
        NaN when one side is tied throughout, since there is no order to agree with.
    """
    first, second = _pair(gold, answer)
    upper = np.triu_indices(len(first), k=1)
    first_sign = np.sign(first[:, None] - first[None, :])[upper]
    second_sign = np.sign(second[:, None] - second[None, :])[upper]
    free_first, free_second = np.count_nonzero(first_sign), np.count_nonzero(second_sign)
    if not free_first or not free_second:
        return float("nan")
    return float((first_sign * second_sign).sum() / np.sqrt(float(free_first) * float(free_second)))


def quadratic_weighted_kappa(gold: Sequence[int], answer: Sequence[int], *, categories: int) -> float:
    """Agreement of ordered categories beyond chance, from -1 to 1; far misses cost their distance squared.

    1 - sum(w * observed) / sum(w * expected), w = (i - j)^2 (J. Cohen, "Weighted kappa", Psychological
    Bulletin 70, 1968).

    Args:
        gold: Categories from 0.
        answer: Categories from 0, in the same order.
        categories: How many there are; levels 0 to 4 are 5.

    Returns:
        1 when both sides are the same single category throughout, NaN when there is nothing to compare.

    Raises:
        ValueError: Lengths differ, or a category lies outside 0 to `categories` - 1.
    """
    first, second = _pair(gold, answer)
    if not len(first):
        return float("nan")
    both = np.concatenate((first, second))
    if (both < 0).any() or (both >= categories).any() or (both != np.floor(both)).any():
        raise ValueError(f"Categories must be whole numbers from 0 to {categories - 1}.")
    observed = np.zeros((categories, categories))
    np.add.at(observed, (first.astype(np.intp), second.astype(np.intp)), 1.0)
    expected = np.outer(observed.sum(axis=1), observed.sum(axis=0)) / len(first)
    steps = np.arange(categories)
    distance = (steps[:, None] - steps[None, :]) ** 2
    chance = float((distance * expected).sum())
    return 1.0 - float((distance * observed).sum()) / chance if chance else 1.0


def ndcg_at_k(gold: ArrayLike, answer: ArrayLike, *, k: int) -> float:
    """How much of the best possible gain stands among the first k, from 0 to 1.

    Linear gains discounted by log2(1 + rank) over those of the ideal order (K. Järvelin and J. Kekäläinen,
    "Cumulated gain-based evaluation of IR techniques", ACM TOIS 20, 2002). Tied answers share the mean gain
    of their group (F. McSherry and M. Najork, ECIR 2008), so the order of the input cannot flatter.

    Args:
        gold: Gains, at least 0.
        answer: Scores, higher is better.
        k: How many ranks count.

    Returns:
        NaN when no gold gain is above 0.
    """
    gains, scores = _pair(gold, answer)
    if (gains < 0).any():
        raise ValueError("Gains must be at least 0.")
    if k < 1:
        raise ValueError(f"k is {k}; it must be at least 1.")
    discount = 1.0 / np.log2(np.arange(2, len(gains) + 2))
    discount[k:] = 0.0
    ideal = float((np.sort(gains)[::-1] * discount).sum())
    if ideal <= 0.0:
        return float("nan")
    _, group = np.unique(-scores, return_inverse=True)
    group_mean = np.bincount(group, weights=gains) / np.bincount(group)
    return float((group_mean[np.sort(group)] * discount).sum()) / ideal


def accuracy(gold: Sequence[str], answer: Sequence[str], *, labels: Sequence[str] = ()) -> Accuracy:
    """Share of equal labels with the whole confusion table.

    Args:
        gold: The right labels.
        answer: The labels given, in the same order.
        labels: Order of the table; labels that only occur come after them, sorted.
    """
    if len(gold) != len(answer):
        raise ValueError(f"{len(gold)} gold labels but {len(answer)} answers.")
    order = tuple(dict.fromkeys((*labels, *sorted({*gold, *answer}))))
    place = {label: number for number, label in enumerate(order)}
    table = np.zeros((len(order), len(order)), dtype=np.int64)
    for right, given in zip(gold, answer, strict=True):
        table[place[right], place[given]] += 1
    share = float(np.trace(table)) / len(gold) if gold else float("nan")
    return Accuracy(share, order, tuple(tuple(int(count) for count in row) for row in table))


def _pair(gold: ArrayLike, answer: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    first, second = np.asarray(gold, dtype=np.float64), np.asarray(answer, dtype=np.float64)
    if first.shape != second.shape or first.ndim != 1:
        raise ValueError(f"{first.shape} gold values but {second.shape} answers; give two lists of the same length.")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("A value is not finite; leave unscored rows out on both sides.")
    return first, second
