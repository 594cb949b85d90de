"""Figures of agreement that stand beside those of `evaluators.metrics`. NaN means that there is nothing to compare."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata

BINS = 10
HOLDS_FROM = 0.5
TIERS_APART = 2
LEVELS_APART = 1.0
"""Gold that differs by this much, weighted, is no matter of taste."""


class Ranked(NamedTuple):
    """One candidate for pair comparisons."""

    gold: float
    """Weighted level, 0-4."""
    tier: int | None
    score: float


class Bin(NamedTuple):
    """Probabilities that lie next to each other."""

    stated: float
    """Their mean."""
    true: float
    """Share of them that hold."""
    cases: int


def superior_pairs(candidates: Sequence[Ranked]) -> tuple[float, int]:
    """Share of pairs in which one is clearly better, and is scored higher; and how many such pairs there are.

    Clearly: two tiers apart, or a weighted level apart. Equal scores count half.
    """
    right, pairs = 0.0, 0
    for number, one in enumerate(candidates):
        for other in candidates[:number]:
            sign = _clearly(one, other) - _clearly(other, one)
            if sign:
                pairs += 1
                right += 0.5 if one.score == other.score else float((one.score > other.score) == (sign > 0))
    return (right / pairs if pairs else float("nan")), pairs


def _clearly(better: Ranked, worse: Ranked) -> bool:
    if better.gold - worse.gold >= LEVELS_APART:
        return True
    return better.tier is not None and worse.tier is not None and better.tier - worse.tier >= TIERS_APART


def cohen_kappa(pairs: Sequence[tuple[str, str]]) -> float:
    """Agreement of labels beyond chance: 1 the same, 0 what the two would share by chance, below 0 less than that.

    (observed - expected) / (1 - expected), expected from how often each side gives each label (J. Cohen, Educational
    and Psychological Measurement 20, 1960). Who gives one label throughout gets 0, however often that is right.

    Args:
        pairs: Two labels of each case.

    Returns:
        NaN without cases, or when both sides give one and the same label throughout: chance cannot do worse.
    """
    if not pairs:
        return float("nan")
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    expected = sum(first[label] * second[label] for label in first) / len(pairs) ** 2
    observed = sum(one == other for one, other in pairs) / len(pairs)
    return (observed - expected) / (1 - expected) if expected < 1 else float("nan")


def precision(holds: Sequence[bool], p: Sequence[float]) -> float:
    """Share of the checks that the judge says hold which do."""
    said = [held for held, chance in zip(holds, p, strict=True) if chance >= HOLDS_FROM]
    return sum(said) / len(said) if said else float("nan")


def recall(holds: Sequence[bool], p: Sequence[float]) -> float:
    """Share of the checks that hold which the judge says hold."""
    true = [chance >= HOLDS_FROM for held, chance in zip(holds, p, strict=True) if held]
    return sum(true) / len(true) if true else float("nan")


def calibration_bins(holds: Sequence[bool], p: Sequence[float], *, bins: int = BINS) -> tuple[Bin, ...]:
    """Bins of equal mass, lowest probabilities first; equal probabilities stay in one bin.

    Cutting a heap of equal probabilities in two by the order of the input would make the error depend on that order.
    """
    if not p:
        return ()
    order = np.argsort(np.asarray(p, dtype=np.float64), kind="stable")
    stated, true = np.asarray(p, dtype=np.float64)[order], np.asarray(holds, dtype=np.float64)[order]
    # The middle rank of a heap says which bin all of it belongs to.
    place = np.minimum(((rankdata(stated) - 0.5) * bins / len(stated)).astype(np.intp), bins - 1)
    return tuple(
        Bin(float(stated[place == n].mean()), float(true[place == n].mean()), int((place == n).sum()))
        for n in np.unique(place)
    )


def calibration_error(holds: Sequence[bool], p: Sequence[float], *, bins: int = BINS) -> float:
    """Expected calibration error: how far stated probabilities lie from frequencies, 0 to 1.

    (M. P. Naeini, G. F. Cooper and M. Hauskrecht, AAAI 2015, with bins of equal mass.)
    """
    found = calibration_bins(holds, p, bins=bins)
    total = sum(one.cases for one in found)
    return sum(one.cases * abs(one.stated - one.true) for one in found) / total if total else float("nan")


def inside_interval(gold: tuple[int, int], interval: tuple[int, int]) -> bool:
    """Whether a gold rank, ties taken kindly, lies in an interval of ranks."""
    return interval[0] <= gold[1] and gold[0] <= interval[1]


def auc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Chance that a positive is scored above a negative, ties half (H. B. Mann and D. R. Whitney, 1947)."""
    if not positive or not negative:
        return float("nan")
    ranks = rankdata([*positive, *negative])
    above = float(ranks[: len(positive)].sum()) - len(positive) * (len(positive) + 1) / 2
    return above / (len(positive) * len(negative))
