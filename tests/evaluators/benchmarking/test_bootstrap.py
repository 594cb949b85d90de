import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.benchmarking.bootstrap import (
    bootstrap,
    paired_bootstrap,
    percentile_interval,
    share_difference,
    share_interval,
)


def mean(groups) -> float:
    values = [value for own in groups.values() for value in own]
    return sum(values) / len(values) if values else math.nan


def test_an_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    generator = np.random.default_rng(1)
    inside = 0
    for _ in range(120):
        found = bootstrap({"a": list(generator.normal(5.0, 1.0, 30))}, mean, draws=300)
        inside += found.low <= 5.0 <= found.high
    assert 0.86 <= inside / 120 <= 1.0


def test_whole_clusters_are_drawn() -> None:
    def mean_of_clusters(groups) -> float:
        return mean({"": [value for own in groups["a"] for value in own]})

    # Twenty equal labels of two candidates are two observations, not forty.
    alike = bootstrap({"a": [[0.0] * 20, [1.0] * 20]}, mean_of_clusters)
    assert (alike.low, alike.high) == (0.0, 1.0)


def test_groups_keep_their_size() -> None:
    sizes = set()

    def note(groups) -> float:
        sizes.add(tuple(len(own) for own in groups.values()))
        return 0.0

    bootstrap({"a": [1, 2, 3], "b": [4]}, note, draws=20)
    assert sizes == {(3, 1)}


def test_a_paired_interval_sees_a_small_gain_that_two_intervals_hide() -> None:
    hard = np.random.default_rng(2).uniform(0, 100, 20)
    pairs = {"a": [(value, value + 1.0) for value in hard]}
    gain = paired_bootstrap(pairs, mean)
    assert gain.low == pytest.approx(1.0)
    before, after = (bootstrap({"a": [pair[side] for pair in pairs["a"]]}, mean) for side in (0, 1))
    assert before.high > after.low


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=12))
def test_equal_inputs_give_equal_intervals(values: list[float]) -> None:
    assert bootstrap({"a": values}, mean, draws=50) == bootstrap({"a": values}, mean, draws=50)


def test_one_candidate_and_a_figure_that_hardly_exists_have_no_interval() -> None:
    assert bootstrap({"a": [1.0]}, mean) is None
    assert bootstrap({"a": [1.0, 2.0]}, lambda _: math.nan) is None
    assert percentile_interval([1.0, math.nan, math.nan]) is None


@pytest.mark.parametrize(
    ("held", "of", "low", "high"), [(0, 40, 0.0, 0.0881), (40, 40, 0.9119, 1.0), (59, 60, 0.9106, 0.9996)]
)
def test_exact_intervals_are_those_of_the_tables(held: int, of: int, low: float, high: float) -> None:
    assert share_interval(held, of) == pytest.approx((low, high), abs=5e-5)


def test_a_share_of_nothing_has_no_interval() -> None:
    assert share_interval(0, 0) is None


@pytest.mark.parametrize(
    ("first", "of_first", "second", "of_second", "low", "high"),
    [
        # R. G. Newcombe 1998, table II, method 10.
        (48, 80, 56, 70, 0.0524, 0.3339),
        (3, 10, 9, 10, 0.1705, 0.8090),
        (2, 7, 6, 7, 0.0582, 0.8062),
        (0, 29, 5, 56, -0.0381, 0.1926),
        (0, 20, 0, 10, -0.1611, 0.2775),
        (0, 10, 10, 10, 0.6075, 1.0000),
    ],
)
def test_the_interval_of_a_difference_is_the_published_one(
    first: int, of_first: int, second: int, of_second: int, low: float, high: float
) -> None:
    found = share_difference(first / of_first, of_first, second / of_second, of_second)
    assert found == pytest.approx((low, high), abs=6e-5)


@given(st.integers(1, 40), st.integers(1, 40), st.data())
def test_a_difference_lies_in_its_interval_and_turns_round(n: int, m: int, data: st.DataObject) -> None:
    one, other = data.draw(st.integers(0, n)) / n, data.draw(st.integers(0, m)) / m
    there, back = share_difference(one, n, other, m), share_difference(other, m, one, n)
    assert there.low - 1e-9 <= other - one <= there.high + 1e-9
    assert there == pytest.approx((-back.high, -back.low), abs=1e-12)
