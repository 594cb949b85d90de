import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import kendalltau
from sklearn.metrics import cohen_kappa_score, ndcg_score

from evaluators.metrics import accuracy, kendall_tau_b, ndcg_at_k, quadratic_weighted_kappa

LEVELS = st.integers(0, 4)
PAIRS = st.lists(st.tuples(LEVELS, LEVELS), min_size=2, max_size=40)


@given(PAIRS)
def test_tau_b_equals_scipy(pairs: list[tuple[int, int]]) -> None:
    gold, answer = zip(*pairs, strict=True)
    assume(len(set(gold)) > 1 and len(set(answer)) > 1)
    assert kendall_tau_b(gold, answer) == pytest.approx(kendalltau(gold, answer, variant="b").statistic)


def test_tau_b_by_hand() -> None:
    # Pairs: (1,2) tied in gold, (1,3) and (2,3) concordant: 2 / sqrt(2 * 3).
    assert kendall_tau_b([1, 1, 2], [1, 2, 3]) == pytest.approx(2 / math.sqrt(6))
    assert kendall_tau_b([1, 2, 3], [3, 2, 1]) == pytest.approx(-1.0)


def test_tau_b_of_one_single_rank_is_not_a_number() -> None:
    assert math.isnan(kendall_tau_b([1, 1, 1], [1, 2, 3]))
    assert math.isnan(kendall_tau_b([], []))


@given(PAIRS)
def test_quadratic_kappa_equals_sklearn(pairs: list[tuple[int, int]]) -> None:
    gold, answer = zip(*pairs, strict=True)
    assume(len({*gold, *answer}) > 1)
    expected = cohen_kappa_score(gold, answer, weights="quadratic", labels=range(5))
    assert quadratic_weighted_kappa(gold, answer, categories=5) == pytest.approx(expected)


def test_quadratic_kappa_of_one_shared_category_is_full_agreement() -> None:
    assert quadratic_weighted_kappa([2, 2], [2, 2], categories=5) == 1.0


@pytest.mark.parametrize("answer", [[5, 1], [-1, 1]])
def test_quadratic_kappa_refuses_categories_out_of_range(answer: list[int]) -> None:
    with pytest.raises(ValueError, match="0 to 4"):
        quadratic_weighted_kappa([0, 1], answer, categories=5)


@given(PAIRS, st.integers(1, 10))
def test_ndcg_equals_sklearn_with_ties(pairs: list[tuple[int, int]], k: int) -> None:
    gold, answer = zip(*pairs, strict=True)
    assume(any(gold))
    expected = ndcg_score([gold], [np.array(answer, dtype=float)], k=k)
    assert ndcg_at_k(gold, answer, k=k) == pytest.approx(expected)


@given(PAIRS, st.integers(1, 5))
def test_ndcg_does_not_depend_on_input_order(pairs: list[tuple[int, int]], k: int) -> None:
    assume(any(gold for gold, _ in pairs))
    shuffled = sorted(pairs, key=lambda pair: (pair[0], -pair[1]))
    before = ndcg_at_k(*zip(*pairs, strict=True), k=k)
    assert ndcg_at_k(*zip(*shuffled, strict=True), k=k) == pytest.approx(before)


def test_ndcg_without_any_gain_is_not_a_number() -> None:
    assert math.isnan(ndcg_at_k([0, 0], [1, 2], k=1))


def test_accuracy_counts_who_was_taken_for_what() -> None:
    result = accuracy(
        ["met", "met", "not_met", "unknown"], ["met", "unknown", "met", "unknown"], labels=["met", "not_met", "unknown"]
    )
    assert result.share == 0.5
    assert result.labels == ("met", "not_met", "unknown")
    assert result.table == ((1, 0, 1), (1, 0, 0), (0, 0, 1))
    assert result.times("not_met", "met") == 1


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcd")), min_size=1))
def test_accuracy_table_accounts_for_every_pair(pairs: list[tuple[str, str]]) -> None:
    result = accuracy([gold for gold, _ in pairs], [answer for _, answer in pairs])
    assert sum(map(sum, result.table)) == len(pairs)
    assert result.share == pytest.approx(sum(gold == answer for gold, answer in pairs) / len(pairs))


def test_unequal_lengths_and_missing_values_are_refused() -> None:
    with pytest.raises(ValueError, match="same length"):
        kendall_tau_b([1, 2], [1])
    with pytest.raises(ValueError, match="not finite"):
        kendall_tau_b([1, 2], [1, float("nan")])
    with pytest.raises(ValueError, match="1 gold labels but 2 answers"):
        accuracy(["a"], ["a", "b"])
