"""A whole audit of groups against figures that were worked out apart from the code: on paper, or by plain formulas."""

from itertools import pairwise
from math import comb, inf, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact, hypergeom

from pipeline.fairness.groups import Comparison, GroupAudit, GroupResult, Person, compare_groups
from pipeline.fairness.rates import Rate, detectable_ratio, mid_p, ratio_interval
from pipeline.reports.audit_csv import groups_csv

# Sixty-four people. Selected of all, by gender and age band; the others are unknown in one column or both.
CELLS: dict[tuple[str | None, str | None], tuple[int, int]] = {
    ("man", "under 40"): (9, 15),
    ("man", "over 40"): (3, 9),
    ("woman", "under 40"): (3, 15),
    ("woman", "over 40"): (1, 9),
    ("other", "under 40"): (1, 2),
    (None, "over 40"): (2, 6),
    ("man", None): (3, 6),
    (None, None): (1, 2),
}


@pytest.fixture(scope="module")
def audit() -> GroupAudit:
    people = [
        Person(
            selected=n < selected,
            score=90.0 if n < selected else 10.0,
            waiting=False,
            groups={"gender": gender, "age_band": age},
        )
        for (gender, age), (selected, of) in CELLS.items()
        for n in range(of)
    ]
    return compare_groups(people, ["gender", "age_band"])


def comparison(audit: GroupAudit, *attribute: str) -> Comparison:
    return next(one for one in audit.comparisons if one.measure == "selection" and one.attribute == attribute)


def group(audit: GroupAudit, attribute: tuple[str, ...], *values: str) -> GroupResult:
    return next(one for one in comparison(audit, *attribute).groups if one.group == values)


# --- formulas that share nothing with the code -----------------------------------------------------------------------


def mid_p_by_counting(x: int, n: int, y: int, m: int) -> float:
    """Ways to share out who was selected, as whole numbers: no rounding, no logarithm, no library."""
    hits = x + y
    ways = {k: comb(n, k) * comb(m, hits - k) for k in range(max(0, hits - m), min(n, hits) + 1)}
    seen = ways[x]
    return (sum(one for one in ways.values() if one <= seen) - seen / 2) / sum(ways.values())


def score_interval_by_trying(x: int, n: int, y: int, m: int, *, step: float = 1e-4) -> tuple[float, float]:
    """All ratios from 0 to 8 in small steps, each kept if Koopman's test does not reject it.

    The statistic is written as in O. S. Miettinen and M. Nurminen 1985 (without their correction): the most likely
    shares under a ratio are looked for among many and not solved for.
    """

    def rejected(ratio: float) -> bool:
        a, b, c = (n + m) * ratio, n * ratio + x + m + y * ratio, x + y
        share = (b - sqrt(b * b - 4 * a * c)) / (2 * a)
        own = min(1.0, ratio * share)
        variance = own * (1 - own) / n + ratio**2 * share * (1 - share) / m
        return (x / n - ratio * y / m) ** 2 > 3.841458820694124 * variance

    kept = [k * step for k in range(1, int(8 / step)) if not rejected(k * step)]
    assert all(after - before < 2 * step for before, after in pairwise(kept))
    return kept[0], kept[-1]


def power_by_counting(n: int, m: int, *, share: float, ratio: float) -> float:
    def binomial(k: int, of: int, p: float) -> float:
        return comb(of, k) * p**k * (1 - p) ** (of - k)

    return sum(
        binomial(x, n, share * ratio) * binomial(y, m, share)
        for x in range(n + 1)
        for y in range(m + 1)
        if mid_p_by_counting(x, n, y, m) < 0.05
    )


# --- one attribute ---------------------------------------------------------------------------------------------------


def test_rates_and_ratios_are_those_on_paper(audit: GroupAudit) -> None:
    man, woman = group(audit, ("gender",), "man"), group(audit, ("gender",), "woman")
    # Men: 9 + 3 + 3 of 15 + 9 + 6 = 15 of 30. Women: 3 + 1 of 15 + 9 = 4 of 24, a sixth. A sixth of a half is a third.
    assert (man.hits, man.people, man.rate, man.is_reference) == (15, 30, 0.5, True)
    assert (woman.hits, woman.people) == (4, 24)
    assert woman.ratio == pytest.approx(1 / 3)
    assert woman.below_four_fifths is True


def test_the_exact_value_is_the_one_that_is_counted(audit: GroupAudit) -> None:
    woman = group(audit, ("gender",), "woman")
    assert woman.mid_p == pytest.approx(mid_p_by_counting(4, 24, 15, 30), abs=1e-12)
    # Fisher's two-sided value less half of what was seen, by scipy.
    seen = hypergeom.pmf(4, 54, 19, 24)
    assert woman.mid_p == pytest.approx(fisher_exact([[4, 20], [15, 15]]).pvalue - seen / 2, abs=1e-9)
    # By hand: C(24,4) = 10,626 times C(30,15) = 155,117,520 ways of C(54,19).
    assert seen == pytest.approx(10_626 * 155_117_520 / comb(54, 19))
    assert woman.word == "signal"


def test_the_interval_is_the_one_that_is_found_by_trying(audit: GroupAudit) -> None:
    woman = group(audit, ("gender",), "woman")
    assert woman.interval == pytest.approx(score_interval_by_trying(4, 24, 15, 30), abs=2e-4)


def test_a_ratio_just_above_the_smallest_detectable_one_would_be_missed_more_often(audit: GroupAudit) -> None:
    ratio = group(audit, ("gender",), "woman").detectable
    assert ratio is not None
    assert power_by_counting(24, 30, share=0.5, ratio=ratio) >= 0.8
    assert power_by_counting(24, 30, share=0.5, ratio=ratio + 0.01) < 0.8


def test_the_flips_are_those_that_change_something(audit: GroupAudit) -> None:
    woman = group(audit, ("gender",), "woman")
    # Each neighbour of 4 of 24 against 15 of 30, counted; none of the ratios comes near four fifths.
    values = {
        "one more in this group": mid_p_by_counting(5, 24, 15, 30),
        "one fewer in this group": mid_p_by_counting(3, 24, 15, 30),
        "one more in the reference group": mid_p_by_counting(4, 24, 16, 30),
        "one fewer in the reference group": mid_p_by_counting(4, 24, 14, 30),
    }
    assert {flip.change for flip in woman.flips} == {change for change, value in values.items() if value >= 0.05}
    assert not any(flip.crosses_four_fifths for flip in woman.flips)


def test_a_group_of_two_and_the_unknown_are_counted_and_in_no_rate(audit: GroupAudit) -> None:
    genders = comparison(audit, "gender")
    assert [one.group for one in genders.groups] == [("man",), ("woman",)]
    # 6 over forty and 2 of whom nothing is known, 2 + 1 of them selected; and 2 others, of whom 1 was.
    assert (genders.people, genders.few, genders.unknown, genders.unlisted_hits) == (56, 2, 8, 4)
    ages = comparison(audit, "age_band")
    assert (ages.people, ages.few, ages.unknown, ages.unlisted_hits) == (56, 0, 8, 4)


# --- intersections ---------------------------------------------------------------------------------------------------


def test_intersections_are_the_cells_of_the_table(audit: GroupAudit) -> None:
    both = comparison(audit, "gender", "age_band")
    rates = {one.group: (one.hits, one.people) for one in both.groups}
    assert rates == {
        ("man", "under 40"): (9, 15),
        ("man", "over 40"): (3, 9),
        ("woman", "under 40"): (3, 15),
        ("woman", "over 40"): (1, 9),
    }
    # Unknown in one column is unknown in the pair: 6 + 6 + 2, of whom 2 + 3 + 1 were selected; and 1 of the 2 others.
    assert (both.people, both.few, both.unknown, both.unlisted_hits) == (50, 2, 14, 7)
    reference = both.groups[0]
    assert (reference.group, reference.is_reference) == (("man", "under 40"), True)


@pytest.mark.parametrize(
    ("values", "hits", "of", "ratio", "word"),
    [
        (("man", "over 40"), 3, 9, 5 / 9, "too few to tell"),
        (("woman", "under 40"), 3, 15, 1 / 3, "too few to tell"),
        (("woman", "over 40"), 1, 9, 5 / 27, "too few to tell"),
    ],
)
def test_each_intersection_has_its_ratio_to_the_highest_rate_and_its_test_against_all_others(
    audit: GroupAudit, values: tuple[str, str], hits: int, of: int, ratio: float, word: str
) -> None:
    found = group(audit, ("gender", "age_band"), *values)
    assert found.ratio == pytest.approx(ratio)
    assert found.interval == pytest.approx(score_interval_by_trying(hits, of, 9, 15), abs=2e-4)
    # All four together: 9 + 3 + 3 + 1 = 16 of 15 + 9 + 15 + 9 = 48.
    assert found.mid_p == pytest.approx(mid_p_by_counting(hits, of, 16 - hits, 48 - of), abs=1e-12)
    assert (found.others, found.others_rate) == (48 - of, pytest.approx((16 - hits) / (48 - of)))
    assert found.word == word


def test_the_highest_rate_is_tested_against_all_others_too(audit: GroupAudit) -> None:
    highest = group(audit, ("gender", "age_band"), "man", "under 40")
    # 9 of 15 against 3 + 3 + 1 = 7 of 9 + 15 + 9 = 33; by scipy .0137855.
    assert (highest.ratio, highest.others) == (None, 33)
    assert highest.mid_p == pytest.approx(0.013785476986448893, abs=1e-12)
    assert highest.word == "signal"


def test_of_two_columns_and_two_measures_there_are_twelve_tests_and_holm_goes_over_them(audit: GroupAudit) -> None:
    # Gender: women against men, which is men against women. Age the same. Pairs: four. Six tests by two measures.
    assert audit.tests == 12
    values = sorted(one.mid_p for c in audit.comparisons for one in c.groups if one.mid_p is not None)
    adjusted, largest = [], 0.0
    for place, value in enumerate(values):
        largest = max(largest, min(1.0, value * (len(values) - place)))
        adjusted.append(largest)
    found = sorted(one.holm for c in audit.comparisons for one in c.groups if one.holm is not None)
    assert found == pytest.approx(adjusted)


def test_the_spreadsheet_holds_the_same_figures(audit: GroupAudit) -> None:
    rows = [line.split(",") for line in groups_csv(audit).lstrip("\ufeff").splitlines()]
    head = rows[0]
    woman = dict(zip(head, next(row for row in rows if row[:3] == ["selection", "gender", "woman"]), strict=False))
    assert (woman["people"], woman["selected_or_above_median"], woman["rate"]) == ("24", "4", "0.166667")
    assert (woman["impact_ratio"], woman["word"]) == ("0.333333", "signal")
    assert float(woman["mid_p"]) == pytest.approx(mid_p_by_counting(4, 24, 15, 30), rel=1e-5)
    unknown = next(row for row in rows if row[:3] == ["selection", "gender", "(unknown or fewer than five)"])
    assert unknown[3:5] == ["10", "4"]
    assert (woman["other_people"], woman["other_rate"], woman["ratio_to_others"]) == ("30", "0.5", "0.333333")


# --- the three words, each on a table that was worked out -------------------------------------------------------------


def two_groups(x: int, n: int, y: int, m: int) -> GroupResult:
    people = [
        Person(selected=k < hits, score=None, waiting=False, groups={"g": name})
        for name, hits, of in (("a", x, n), ("b", y, m))
        for k in range(of)
    ]
    return next(one for one in comparison(compare_groups(people, ["g"]), "g").groups if one.group == ("a",))


def test_seven_fewer_of_ten_are_a_signal() -> None:
    # 1 of 10 against 8 of 10: ways C(10,k) C(10,9-k) of C(20,9) = 167,960. k = 0 and 9: 10; k = 1 and 8: 450.
    found = two_groups(1, 10, 8, 10)
    assert found.mid_p == pytest.approx((10 + 450 + 450 + 10 - 225) / 167_960)
    assert found.word == "signal"


def test_two_fewer_of_ten_are_too_few_to_tell() -> None:
    # 3 of 10 against 5 of 10: of C(20,8) = 125,970 ways, k = 4 has 44,100 and k = 3 and 5 have 30,240 each; all but
    # k = 4 are at most as probable, less half of what was seen.
    found = two_groups(3, 10, 5, 10)
    assert found.mid_p == pytest.approx((125_970 - 44_100 - 15_120) / 125_970)
    assert found.word == "too few to tell"
    assert found.ratio == pytest.approx(0.6)


def test_nearly_equal_rates_of_five_hundred_are_none_seen() -> None:
    found = two_groups(248, 500, 250, 500)
    assert found.word == "none seen"
    assert found.detectable is not None
    assert found.detectable >= 0.8


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 25), st.integers(1, 25), st.data())
def test_the_exact_value_is_always_the_one_that_is_counted(n: int, m: int, data: st.DataObject) -> None:
    x, y = data.draw(st.integers(0, n)), data.draw(st.integers(0, m))
    assert mid_p(Rate(x, n), Rate(y, m)) == pytest.approx(mid_p_by_counting(x, n, y, m), abs=1e-9)


@pytest.mark.parametrize(("n", "m", "share"), [(12, 18, 0.6), (25, 25, 0.8), (8, 30, 0.9)])
def test_the_smallest_detectable_ratio_is_the_one_that_is_counted(n: int, m: int, share: float) -> None:
    shown = [k / 100 for k in range(100) if power_by_counting(n, m, share=share, ratio=k / 100) >= 0.8]
    assert detectable_ratio(n, m, share=share) == (max(shown) if shown else None)


def test_an_interval_against_nobody_is_open_above() -> None:
    found = ratio_interval(Rate(3, 10), Rate(0, 10))
    assert found is not None
    assert found.high == inf
