"""Intervals for figures that a few candidates stand behind.

The labels of one candidate hang together, so whole candidates are drawn, never single labels (a cluster bootstrap; B.
Efron and R. J. Tibshirani, "An Introduction to the Bootstrap", 1993, chapters 8 and 13). Ten candidates give wide
intervals: that is what ten candidates can say.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from scipy.stats import beta, norm

T = TypeVar("T")

DRAWS = 2_000
SEED = 20_240_917
CONFIDENCE = 0.95
LEAST_USABLE = 0.5
"""Share of the draws in which the figure must exist; a kappa of drawn equal labels does not."""


class Interval(NamedTuple):
    """From where to where."""

    low: float
    high: float


def bootstrap(
    groups: Mapping[str, Sequence[T]],
    statistic: Callable[[Mapping[str, Sequence[T]]], float],
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Interval | None:
    """Percentile interval of a statistic over clusters that are drawn again within each group.

    Args:
        groups: Clusters (candidates with all that hangs on them) by group (benchmark set).
        statistic: Takes groups like these; NaN where it does not exist.
        draws: How many.
        seed: Of the draws.

    Returns:
        None with fewer than two clusters in all, or if the statistic hardly ever exists.
    """
    if sum(map(len, groups.values())) < 2:
        return None
    generator = np.random.default_rng(seed)
    values = [statistic(_drawn(groups, generator)) for _ in range(draws)]
    return percentile_interval(values)


def paired_bootstrap(
    groups: Mapping[str, Sequence[tuple[T, T]]],
    statistic: Callable[[Mapping[str, Sequence[T]]], float],
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Interval | None:
    """Percentile interval of the second judge's figure less the first's, over the same drawn clusters.

    What makes a candidate hard for both takes no part in the difference, so this sees changes that two separate
    intervals would hide.

    Args:
        groups: By set, each cluster as the two judges saw it.
        statistic: As for `bootstrap`.
        draws: How many.
        seed: Of the draws.
    """

    def difference(drawn: Mapping[str, Sequence[tuple[T, T]]]) -> float:
        first, second = (
            statistic({name: [pair[side] for pair in pairs] for name, pairs in drawn.items()}) for side in (0, 1)
        )
        return second - first

    return bootstrap(groups, difference, draws=draws, seed=seed)


def percentile_interval(values: Sequence[float]) -> Interval | None:
    """The middle 95% of drawn values; None if too many of them do not exist."""
    usable = [value for value in values if not math.isnan(value)]
    if len(usable) < LEAST_USABLE * len(values) or not usable:
        return None
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(np.array(usable), [tail, 1 - tail])
    return Interval(float(low), float(high))


def share_interval(held: int, of: int) -> Interval | None:
    """Exact 95% interval of a share (C. J. Clopper and E. S. Pearson, Biometrika 26, 1934); None of nothing."""
    if not of:
        return None
    tail = (1 - CONFIDENCE) / 2
    low = 0.0 if held == 0 else float(beta.ppf(tail, held, of - held + 1))
    high = 1.0 if held == of else float(beta.ppf(1 - tail, held + 1, of - held))
    return Interval(low, high)


def share_difference(first: float, of_first: int, second: float, of_second: int) -> Interval:
    """95% interval of the second share less the first, of independent observations.

    (R. G. Newcombe, Statistics in Medicine 17, 1998, 873-890, method 10: from E. B. Wilson's intervals of the two.)

    Args:
        first: 0 to 1.
        of_first: Observations behind it, at least one.
        second: 0 to 1.
        of_second: Observations behind it, at least one.
    """
    one, other = _wilson(first, of_first), _wilson(second, of_second)
    difference = second - first
    return Interval(
        difference - math.hypot(second - other.low, one.high - first),
        difference + math.hypot(other.high - second, first - one.low),
    )


def _wilson(share: float, of: int) -> Interval:
    z = float(norm.ppf(1 - (1 - CONFIDENCE) / 2))
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    reach = z / (1 + z * z / of) * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return Interval(middle - reach, middle + reach)


def _drawn(groups: Mapping[str, Sequence[T]], generator: np.random.Generator) -> dict[str, Sequence[T]]:
    return {
        name: [clusters[n] for n in generator.integers(0, len(clusters), len(clusters))] if clusters else ()
        for name, clusters in groups.items()
    }
