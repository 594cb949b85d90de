import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.benchmarking.agreement import (
    Ranked,
    auc,
    calibration_bins,
    calibration_error,
    inside_interval,
    precision,
    recall,
    superior_pairs,
)

chances = st.floats(0, 1, allow_nan=False)
labelled = st.lists(st.tuples(st.booleans(), chances), min_size=1, max_size=60)


def test_calibration_error_is_the_gap_between_what_is_said_and_what_is_true() -> None:
    assert calibration_error([True] * 8 + [False] * 2, [0.8] * 10) == pytest.approx(0.0)
    assert calibration_error([True] * 10, [0.6] * 10) == pytest.approx(0.4)
    # Two heaps, each off by .1, in opposite directions: they must not cancel out.
    assert calibration_error([True] * 10 + [False] * 10, [0.9] * 10 + [0.1] * 10) == pytest.approx(0.1)


def test_without_ties_the_bins_hold_equally_many() -> None:
    p = [n / 100 for n in range(100)]
    assert [one.cases for one in calibration_bins([True] * 100, p)] == [10] * 10


@given(labelled, st.randoms())
def test_calibration_error_does_not_depend_on_the_order(rows: list[tuple[bool, float]], random) -> None:
    shuffled = random.sample(rows, len(rows))
    there, back = (calibration_error([h for h, _ in some], [p for _, p in some]) for some in (rows, shuffled))
    assert there == pytest.approx(back)
    assert 0.0 <= there <= 1.0


@given(labelled)
def test_bins_hold_every_case_once_and_rise(rows: list[tuple[bool, float]]) -> None:
    bins = calibration_bins([h for h, _ in rows], [p for _, p in rows])
    assert sum(one.cases for one in bins) == len(rows)
    assert sorted(one.stated for one in bins) == [one.stated for one in bins]


def test_precision_and_recall_count_from_even_odds() -> None:
    holds, p = [True, True, False, True], [0.9, 0.5, 0.7, 0.4]
    assert precision(holds, p) == pytest.approx(2 / 3)
    assert recall(holds, p) == pytest.approx(2 / 3)
    assert math.isnan(precision([True], [0.1]))
    assert math.isnan(recall([False], [0.9]))


def test_only_pairs_that_are_clearly_apart_count() -> None:
    close = [Ranked(2.0, 3, 10), Ranked(2.9, 2, 90)]
    assert superior_pairs(close)[1] == 0
    by_level = [Ranked(1.0, None, 10), Ranked(2.0, None, 90), Ranked(3.0, None, 50)]
    assert superior_pairs(by_level) == (pytest.approx(2 / 3), 3)
    by_tier = [Ranked(2.0, 4, 50), Ranked(2.4, 2, 40)]
    assert superior_pairs(by_tier) == (1.0, 1)


def test_a_pair_whose_tier_and_levels_speak_against_each_other_does_not_count() -> None:
    assert superior_pairs([Ranked(3.0, 1, 50), Ranked(1.0, 4, 60)])[1] == 0


def test_equal_scores_are_half_right() -> None:
    assert superior_pairs([Ranked(0.0, None, 50), Ranked(3.0, None, 50)]) == (0.5, 1)


@given(st.lists(st.tuples(st.floats(0, 4), st.integers(1, 4), st.floats(0, 100)), max_size=8))
def test_turning_all_scores_round_turns_the_pairs_round(rows: list[tuple[float, int, float]]) -> None:
    share, pairs = superior_pairs([Ranked(*row) for row in rows])
    turned, same = superior_pairs([Ranked(gold, tier, -score) for gold, tier, score in rows])
    assert pairs == same
    if pairs:
        assert share + turned == pytest.approx(1.0)


def test_a_gold_rank_with_ties_is_inside_if_any_of_its_places_is() -> None:
    assert inside_interval((2, 4), (4, 6))
    assert not inside_interval((2, 3), (4, 6))


def test_auc_is_the_share_of_pairs_in_order() -> None:
    assert auc([3, 2], [1, 2]) == pytest.approx(3.5 / 4)
    assert math.isnan(auc([1.0], []))
