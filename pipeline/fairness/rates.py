"""Two rates held against each other: ratio, interval, exact test, and what their sizes could show at all.

Everything here is about one group and whom it is held against, the reference; who they are is not its business.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import gammaln
from scipy.stats import binom, chi2, norm

ALPHA = 0.05
"""A mid-P value below this is called a signal."""
POWER = 0.8
CONFIDENCE = 0.95
MOST_TABLES = 4_000_000
"""Up to so many possible outcomes the power is worked out exactly, above by the normal approximation."""
_TIE = 1 + 1e-7
"""Probabilities that differ by less are equal: sums of logarithms do not come out to the last bit."""
_SMALLEST, _LARGEST = 1e-9, 1e9
AMONG_OTHERS = "among the others"


class Rate(NamedTuple):
    """How many of how many."""

    hits: int
    of: int

    @property
    def share(self) -> float:
        """0 to 1.

        Raises:
            ZeroDivisionError: There is nobody.
        """
        return self.hits / self.of


class Interval(NamedTuple):
    """A range of ratios; `high` is infinite when the reference may have a rate of 0."""

    low: float
    high: float


def impact_ratio(group: Rate, reference: Rate) -> float | None:
    """Rate of the group divided by that of the reference; None if nobody of the reference was selected."""
    return None if reference.hits == 0 else group.share / reference.share


def ratio_interval(group: Rate, reference: Rate) -> Interval | None:
    """The 95% score interval of the ratio of two rates (P. A. R. Koopman, Biometrics 40, 1984, 513-517).

    All ratios that a score test would not reject. Unlike the interval from the logarithm's standard error (D. Katz and
    others, Biometrics 34, 1978) it exists when a rate is 0 or 1, and holds what it promises in small groups.

    Returns:
        None if neither group has a hit: then the numbers say nothing about the ratio.
    """
    if group.hits == 0 and reference.hits == 0:
        return None
    most = float(chi2.ppf(CONFIDENCE, 1))

    def beyond(logarithm: float) -> float:
        return _score_statistic(math.exp(logarithm), group, reference) - most

    bottom, top = math.log(_SMALLEST), math.log(_LARGEST)
    if group.hits == 0:
        return Interval(0.0, math.exp(_crossing(beyond, bottom, top)))
    if reference.hits == 0:
        return Interval(math.exp(_crossing(beyond, bottom, top)), math.inf)
    estimate = math.log(group.share / reference.share)
    return Interval(math.exp(_crossing(beyond, bottom, estimate)), math.exp(_crossing(beyond, estimate, top)))


def _crossing(beyond: Callable[[float], float], low: float, high: float) -> float:
    return float(brentq(beyond, low, high, xtol=1e-12))


def _score_statistic(ratio: float, group: Rate, reference: Rate) -> float:
    """Koopman's statistic: squared distance from the ratio over its variance where the ratio holds."""
    share = _share_if(ratio, group, reference)
    own = min(1.0, ratio * share)
    variance = own * (1 - own) / group.of + ratio**2 * share * (1 - share) / reference.of
    distance = (group.share - ratio * reference.share) ** 2
    if variance <= 0:
        return 0.0 if distance == 0 else math.inf
    return distance / variance


def _share_if(ratio: float, group: Rate, reference: Rate) -> float:
    """The most likely rate of the reference if the group's is `ratio` times as high."""
    a = (group.of + reference.of) * ratio
    b = -(group.of * ratio + group.hits + reference.of + reference.hits * ratio)
    c = group.hits + reference.hits
    root = math.sqrt(max(0.0, b * b - 4 * a * c))
    # The smaller root, written so that nothing cancels.
    return min(1.0, 2 * c / (root - b))


def mid_p(group: Rate, reference: Rate) -> float:
    """Fisher's exact test of equal rates, two-sided, with the mid-P correction.

    Given who was selected in all, every way to share them out has a known probability. The value is the sum over those
    that are at most as probable as what was seen, less half the probability of what was seen. (Fisher's test alone is
    too cautious: S. Lydersen, M. W. Fagerland and P. Laake, Statistics in Medicine 28, 2009, 1159-1175.)
    """
    low, probability = _hypergeometric(group.of, reference.of, group.hits + reference.hits)
    return float(_mid_p_of_all(probability)[group.hits - low])


def _hypergeometric(group: int, reference: int, hits: int) -> tuple[int, NDArray[np.float64]]:
    """The lowest number of hits that the group can have, and the probabilities from there on."""
    low, high = max(0, hits - reference), min(group, hits)
    own = np.arange(low, high + 1, dtype=np.float64)
    weight = _log_choose(group, own) + _log_choose(reference, hits - own)
    probability = np.exp(weight - weight.max())
    return low, probability / probability.sum()


def _log_choose(n: int, k: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1), dtype=np.float64)


def _mid_p_of_all(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mid-P value of each outcome, if it were the one that is seen."""
    ordered = np.sort(probability)
    upto = np.concatenate(([0.0], np.cumsum(ordered)))
    at_most = upto[np.searchsorted(ordered, probability * _TIE, side="right")]
    return np.minimum(1.0, at_most - probability / 2)


def power(group: int, reference: int, *, share: float, ratio: float) -> float:
    """Chance that the mid-P test gives a signal.

    Args:
        group: People in the group.
        reference: People in the reference group.
        share: The true rate of the reference.
        ratio: The true rate of the group as a part of that.
    """
    own = min(1.0, share * ratio)
    if (group + 1) * (reference + 1) > MOST_TABLES:
        return _approximate_power(group, reference, own=own, share=share)
    rejected = _rejected(group, reference)
    ours = binom.pmf(np.arange(group + 1), group, own)
    theirs = binom.pmf(np.arange(reference + 1), reference, share)
    return float(ours @ (rejected @ theirs))


@lru_cache(maxsize=16)
def _rejected(group: int, reference: int) -> NDArray[np.float32]:
    """1 where the test gives a signal, by hits of the group and of the reference."""
    table = np.zeros((group + 1, reference + 1), dtype=np.float32)
    for hits in range(group + reference + 1):
        low, probability = _hypergeometric(group, reference, hits)
        own = np.arange(low, low + len(probability))
        table[own, hits - own] = _mid_p_of_all(probability) < ALPHA
    return table


def _approximate_power(group: int, reference: int, *, own: float, share: float) -> float:
    """Power of the comparison of two rates by the normal distribution (J. L. Fleiss, 1981, chapter 3)."""
    pooled = (group * own + reference * share) / (group + reference)
    null = math.sqrt(pooled * (1 - pooled) * (1 / group + 1 / reference))
    spread = math.sqrt(own * (1 - own) / group + share * (1 - share) / reference)
    distance = abs(share - own) - float(norm.ppf(1 - ALPHA / 2)) * null
    if spread == 0:
        return float(distance > 0)
    return float(norm.cdf(distance / spread))


def detectable_ratio(group: int, reference: int, *, share: float) -> float | None:
    """The mildest disadvantage that these sizes show four times in five: a ratio below 1, in hundredths.

    Args:
        group: People in the group.
        reference: People in the reference group.
        share: The rate of the reference.

    Returns:
        None if even a rate of 0 in the group would be missed more often than one time in five.
    """
    if not _shows(group, reference, share=share, hundredths=0):
        return None
    low, high = 0, 100
    while high - low > 1:
        middle = (low + high) // 2
        if _shows(group, reference, share=share, hundredths=middle):
            low = middle
        else:
            high = middle
    return low / 100


def could_show(group: int, reference: int, *, share: float, ratio: float) -> bool:
    """Whether these sizes would show such a ratio at least four times in five."""
    return power(group, reference, share=share, ratio=ratio) >= POWER


def _shows(group: int, reference: int, *, share: float, hundredths: int) -> bool:
    return could_show(group, reference, share=share, ratio=hundredths / 100)


def holm(values: Sequence[float]) -> tuple[float, ...]:
    """P values adjusted for being many (S. Holm, Scandinavian Journal of Statistics 6, 1979), in the order given."""
    order = sorted(range(len(values)), key=lambda n: (values[n], n))
    adjusted = [0.0] * len(values)
    largest = 0.0
    for place, n in enumerate(order):
        largest = max(largest, min(1.0, values[n] * (len(values) - place)))
        adjusted[n] = largest
    return tuple(adjusted)


def one_person_more_or_less(group: Rate, others: Rate) -> Iterator[tuple[str, Rate, Rate]]:
    """What the two rates could be if one decision about one person had gone the other way."""
    for whose, change in (("in this group", 1), ("in this group", -1), (AMONG_OTHERS, 1), (AMONG_OTHERS, -1)):
        first = group if whose == AMONG_OTHERS else group._replace(hits=group.hits + change)
        second = others._replace(hits=others.hits + change) if whose == AMONG_OTHERS else others
        if 0 <= first.hits <= first.of and 0 <= second.hits <= second.of:
            yield f"{'one more' if change > 0 else 'one fewer'} {whose}", first, second
