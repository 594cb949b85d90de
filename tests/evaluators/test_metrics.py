"""The formulas agree with scipy's and scikit-learn's."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kendalltau
from sklearn.metrics import cohen_kappa_score, ndcg_score

from evaluators.metrics import kendall_tau_b, ndcg_at_k, quadratic_weighted_kappa

ratings = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=3, max_size=30)


@given(pairs=ratings)
def test_tau_b_is_scipys(pairs) -> None:
    first, second = zip(*pairs, strict=True)
    if len(set(first)) == 1 or len(set(second)) == 1:
        assert math.isnan(kendall_tau_b(first, second))
    else:
        assert kendall_tau_b(first, second) == pytest.approx(kendalltau(first, second).statistic)


@given(pairs=ratings)
def test_kappa_is_scikit_learns(pairs) -> None:
    first, second = zip(*pairs, strict=True)
    if len(set(first) | set(second)) == 1:
        assert quadratic_weighted_kappa(first, second, categories=5) == 1.0
    else:
        expected = cohen_kappa_score(first, second, weights="quadratic", labels=range(5))
        assert quadratic_weighted_kappa(first, second, categories=5) == pytest.approx(expected)


@given(pairs=ratings)
def test_ndcg_is_scikit_learns(pairs) -> None:
    gains, scores = zip(*pairs, strict=True)
    if sum(gains):
        assert ndcg_at_k(gains, scores, k=3) == pytest.approx(ndcg_score([gains], [scores], k=3))


def test_unequal_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="same length"):
        kendall_tau_b([1, 2], [1, 2, 3])
