"""The statistics against values worked out by hand, published ones, and scipy."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, chi2_contingency, fisher_exact, hypergeom
from scipy.stats.contingency import relative_risk

from pipeline.fairness.rates import (
    ALPHA,
    Interval,
    Rate,
    _approximate_power,
    _score_statistic,
    could_show,
    detectable_ratio,
    holm,
    impact_ratio,
    mid_p,
    one_person_more_or_less,
    power,
    ratio_interval,
)

SIZES = st.integers(1, 30)


@st.composite
def rates(draw):
    size = draw(SIZES)
    return Rate(draw(st.integers(0, size)), size)


def test_ratio_of_three_of_ten_to_six_of_ten_is_a_half() -> None:
    assert impact_ratio(Rate(3, 10), Rate(6, 10)) == pytest.approx(0.5)


def test_there_is_no_ratio_to_a_rate_of_zero() -> None:
    assert impact_ratio(Rate(3, 10), Rate(0, 10)) is None


# The numbers of ways to share the selected out are binomial products, so each value is a fraction by hand.
@pytest.mark.parametrize(
    ("group", "reference", "expected"),
    [
        # Ways of (0..4 of 4): 1, 16, 36, 16, 1 of 70. Seen 1 of 4: 1 + 16 + 16 + 1 = 34, less half of 16.
        (Rate(1, 4), Rate(3, 4), 26 / 70),
        # Nothing of 4 against all of 4: 1 + 1 = 2, less a half.
        (Rate(0, 4), Rate(4, 4), 1.5 / 70),
        # Equal rates are the most probable outcome: everything, less half of 36.
        (Rate(2, 4), Rate(2, 4), 52 / 70),
        # 0 of 3 against 2 of 5; ways of 0..2: 10, 15, 3 of 28. At most 10: 10 + 3, less half of 10.
        (Rate(0, 3), Rate(2, 5), 8 / 28),
        # Nobody is selected: one way only, less half of it.
        (Rate(0, 6), Rate(0, 9), 0.5),
    ],
)
def test_mid_p_is_the_fraction_that_is_counted_by_hand(group, reference, expected) -> None:
    assert mid_p(group, reference) == pytest.approx(expected, abs=1e-12)


@given(rates(), rates())
def test_mid_p_is_fishers_test_less_half_of_what_was_seen(group, reference) -> None:
    table = [[group.hits, group.of - group.hits], [reference.hits, reference.of - reference.hits]]
    hits = group.hits + reference.hits
    seen = hypergeom.pmf(group.hits, group.of + reference.of, hits, group.of)
    assert mid_p(group, reference) == pytest.approx(fisher_exact(table).pvalue - seen / 2, abs=1e-7)


@given(rates(), rates())
def test_mid_p_does_not_care_which_group_comes_first(group, reference) -> None:
    assert mid_p(group, reference) == pytest.approx(mid_p(reference, group), abs=1e-9)


def test_interval_is_the_published_one() -> None:
    # Koopman 1984: 36 of 40 against 16 of 80.
    low, high = ratio_interval(Rate(36, 40), Rate(16, 80))
    assert (round(low, 2), round(high, 2)) == (2.94, 7.15)


def test_interval_meets_the_logarithmic_one_in_large_groups() -> None:
    low, high = ratio_interval(Rate(2_700, 10_000), Rate(3_000, 10_000))
    katz = relative_risk(2_700, 10_000, 3_000, 10_000).confidence_interval(0.95)
    assert low == pytest.approx(katz.low, abs=1e-4)
    assert high == pytest.approx(katz.high, abs=1e-4)


def test_interval_with_nobody_in_the_group_begins_at_zero_and_ends_above() -> None:
    interval = ratio_interval(Rate(0, 20), Rate(10, 20))
    assert interval.low == 0
    # The end is where the score test has its 5% point.
    assert _score_statistic(interval.high, Rate(0, 20), Rate(10, 20)) == pytest.approx(3.8415, abs=1e-3)


def test_interval_is_open_above_if_the_reference_has_nobody() -> None:
    interval = ratio_interval(Rate(4, 20), Rate(0, 20))
    assert interval.high == math.inf
    assert interval.low > 0


def test_no_interval_if_nobody_was_selected_at_all() -> None:
    assert ratio_interval(Rate(0, 20), Rate(0, 20)) is None


@given(rates(), rates())
def test_interval_holds_the_ratio_and_turns_round_with_the_groups(group, reference) -> None:
    if group.hits == 0 or reference.hits == 0:
        return
    interval, turned = ratio_interval(group, reference), ratio_interval(reference, group)
    ratio = impact_ratio(group, reference)
    assert interval.low <= ratio * (1 + 1e-9)
    assert ratio <= interval.high * (1 + 1e-9)
    assert interval.low == pytest.approx(1 / turned.high, rel=1e-6)


@given(rates(), rates())
def test_interval_holds_one_exactly_where_the_chi_square_test_sees_nothing(group, reference) -> None:
    hits = group.hits + reference.hits
    if hits in (0, group.of + reference.of):
        return
    table = [[group.hits, group.of - group.hits], [reference.hits, reference.of - reference.hits]]
    p = chi2_contingency(table, correction=False).pvalue
    interval = ratio_interval(group, reference) or Interval(0, math.inf)
    if abs(p - ALPHA) > 1e-6:
        assert (interval.low < 1 < interval.high) == (p > ALPHA)


@pytest.mark.parametrize(("group", "reference", "share", "ratio"), [(6, 9, 0.6, 0.3), (12, 7, 0.9, 0.2)])
def test_power_is_the_sum_over_all_outcomes(group, reference, share, ratio) -> None:
    expected = sum(
        binom.pmf(x, group, share * ratio) * binom.pmf(y, reference, share)
        for x in range(group + 1)
        for y in range(reference + 1)
        if mid_p(Rate(x, group), Rate(y, reference)) < ALPHA
    )
    assert power(group, reference, share=share, ratio=ratio) == pytest.approx(expected, abs=1e-6)


def test_two_of_two_and_two_can_never_show_anything() -> None:
    # The most uneven outcome, 0 of 2 against 2 of 2, has 1/6 + 1/6, less a half of 1/6: a quarter.
    assert mid_p(Rate(0, 2), Rate(2, 2)) == pytest.approx(0.25)
    assert detectable_ratio(2, 2, share=1.0) is None


@pytest.mark.parametrize(("group", "reference", "share"), [(20, 30, 0.5), (100, 100, 0.3), (400, 250, 0.5)])
def test_detectable_ratio_is_the_mildest_that_is_shown_four_times_in_five(group, reference, share) -> None:
    ratio = detectable_ratio(group, reference, share=share)
    assert could_show(group, reference, share=share, ratio=ratio)
    assert not could_show(group, reference, share=share, ratio=ratio + 0.01)


def test_approximation_for_large_groups_is_near_the_exact_power() -> None:
    for ratio in (0.7, 0.8, 0.85):
        exact = power(900, 900, share=0.3, ratio=ratio)
        assert _approximate_power(900, 900, own=0.3 * ratio, share=0.3) == pytest.approx(exact, abs=0.02)


def test_ten_thousand_people_take_the_approximation_and_no_gigabyte() -> None:
    assert 0.85 < detectable_ratio(5_000, 5_000, share=0.3) < 1


def test_holm_multiplies_the_smallest_by_all_and_never_falls() -> None:
    # By hand: .01 x 4, .02 x 3, max(.03 x 2, .06), max(.04 x 1, .06).
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx((0.06, 0.04, 0.06, 0.06))


@settings(max_examples=50)
@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_never_makes_a_value_smaller_and_keeps_the_order(values) -> None:
    adjusted = holm(values)
    assert all(after >= before for before, after in zip(values, adjusted, strict=True))
    assert all(adjusted[i] <= adjusted[j] for i, a in enumerate(values) for j, b in enumerate(values) if a < b)


def test_one_person_cannot_be_taken_from_none_or_added_to_all() -> None:
    told = [words for words, _, _ in one_person_more_or_less(Rate(0, 5), Rate(5, 5))]
    assert told == ["one more in this group", "one fewer among the others"]
