"""Rates by group: figures worked out by hand, the three words, and who is too few."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.fairness.groups import Comparison, GroupResult, Person, compare_groups, word_for
from pipeline.fairness.rates import Rate, could_show, mid_p


def people(group: str | None, *, selected: int, of: int, column: str = "gender", **more: str | None) -> list[Person]:
    """So many people of a group; the selected ones score 80, the others 20."""
    return [
        Person(
            selected=n < selected, score=80.0 if n < selected else 20.0, waiting=False, groups={column: group, **more}
        )
        for n in range(of)
    ]


def only(comparisons: tuple[Comparison, ...], measure: str, *attribute: str) -> Comparison:
    [found] = [c for c in comparisons if c.measure == measure and c.attribute == attribute]
    return found


def by_group(comparison: Comparison) -> dict[str, GroupResult]:
    return {", ".join(group.group): group for group in comparison.groups}


def test_figures_of_a_comparison_are_those_worked_out_by_hand() -> None:
    audit = compare_groups([*people("man", selected=20, of=40), *people("woman", selected=10, of=50)], ["gender"])
    comparison = only(audit.comparisons, "selection", "gender")
    man, woman = by_group(comparison)["man"], by_group(comparison)["woman"]
    assert man.is_reference
    assert man.word is None
    assert (man.hits, man.people, man.rate) == (20, 40, 0.5)
    assert woman.rate == pytest.approx(0.2)
    assert woman.ratio == pytest.approx(0.4)
    assert woman.below_four_fifths is True
    # Fisher's two-sided value of this table is .00353232; the probability of the table itself is .00210359.
    assert woman.mid_p == pytest.approx(0.00353232 - 0.00210359 / 2, abs=1e-7)
    assert woman.word == "signal"


def test_scoring_rate_counts_who_is_strictly_above_the_median() -> None:
    scores = {"man": [10.0, 20.0, 30.0, 40.0, 50.0], "woman": [10.0, 30.0, 30.0, 60.0, 70.0]}
    everybody = [
        Person(selected=False, score=score, waiting=False, groups={"gender": group})
        for group, own in scores.items()
        for score in own
    ]
    comparison = only(compare_groups(everybody, ["gender"]).comparisons, "scoring", "gender")
    assert comparison.threshold == 30.0
    assert {name: group.hits for name, group in by_group(comparison).items()} == {"man": 2, "woman": 2}


def test_median_is_that_of_everybody_with_a_score_known_group_or_not() -> None:
    everybody = [
        *people("man", selected=0, of=6),
        *[Person(selected=True, score=90.0, waiting=False, groups={"gender": None}) for _ in range(9)],
    ]
    comparison = only(compare_groups(everybody, ["gender"]).comparisons, "scoring", "gender")
    assert comparison.threshold == 90.0
    assert comparison.unknown == 9


def test_unknowns_are_counted_and_in_no_rate() -> None:
    audit = compare_groups(
        [*people("man", selected=3, of=6), *people("woman", selected=3, of=6), *people(None, selected=6, of=7)],
        ["gender"],
    )
    comparison = only(audit.comparisons, "selection", "gender")
    assert (comparison.people, comparison.unknown, comparison.unlisted_hits) == (12, 7, 6)
    assert {group.rate for group in comparison.groups} == {0.5}


def test_undecided_people_are_in_no_rate() -> None:
    undecided = [Person(selected=None, score=50.0, waiting=False, groups={"gender": "man"}) for _ in range(4)]
    audit = compare_groups([*people("man", selected=3, of=6), *undecided], ["gender"])
    comparison = only(audit.comparisons, "selection", "gender")
    assert (comparison.without_outcome, comparison.people) == (4, 6)


def test_groups_below_five_people_are_named_nowhere() -> None:
    everybody = [*people("man", selected=3, of=9), *people("woman", selected=4, of=4)]
    audit = compare_groups(everybody, ["gender"])
    comparison = only(audit.comparisons, "selection", "gender")
    assert list(by_group(comparison)) == ["man"]
    assert (comparison.people, comparison.few, comparison.unknown, comparison.unlisted_hits) == (13, 4, 0, None)
    assert "woman" not in audit.model_dump_json()
    # With one more of whom nothing is known they are five, and stand together: 4 + 1 of 4 + 1.
    pooled = only(
        compare_groups([*everybody, *people(None, selected=1, of=1)], ["gender"]).comparisons, "selection", "gender"
    )
    assert (pooled.few, pooled.unknown, pooled.unlisted_hits) == (4, 1, 5)


def test_a_small_group_with_the_highest_rate_hides_nothing_between_large_ones() -> None:
    # The values are scipy's: fisher_exact less half of hypergeom.pmf, for each row against the sum of the others.
    audit = compare_groups(
        [*people("man", selected=100, of=200), *people("woman", selected=56, of=200), *people("nb", selected=5, of=9)],
        ["gender"],
    )
    groups = by_group(only(audit.comparisons, "selection", "gender"))
    assert groups["nb"].is_reference
    assert groups["woman"].ratio == pytest.approx((56 / 200) / (5 / 9))
    assert groups["woman"].others_ratio == pytest.approx((56 / 200) / (105 / 209))
    expected = {"man": 1.6324536228501992e-05, "woman": 3.889684415747544e-06, "nb": 0.24420648662057357}
    for name, value in expected.items():
        assert groups[name].mid_p == pytest.approx(value, rel=1e-6)
    assert {name: group.word for name, group in groups.items()} == {
        "man": "signal", "woman": "signal", "nb": "too few to tell",
    }  # fmt: skip
    # Three tests of selection and three of scoring, whose tables are the same: the smallest value six times over.
    assert audit.tests == 6
    assert groups["woman"].holm == pytest.approx(6 * expected["woman"], rel=1e-6)
    assert (audit.signals, audit.signals_after_holm) == (4, 4)


def test_a_group_in_the_middle_that_is_far_behind_the_highest_rate_is_not_called_none_seen() -> None:
    # 350, 250 and 150 of 500: the middle is exactly like the other two together, and at five sevenths of the first.
    everybody = [p for name, n in (("a", 350), ("b", 250), ("c", 150)) for p in people(name, selected=n, of=500)]
    groups = by_group(only(compare_groups(everybody, ["gender"]).comparisons, "selection", "gender"))
    assert {name: group.word for name, group in groups.items()} == {
        "a": "signal",
        "b": "too few to tell",
        "c": "signal",
    }
    assert groups["b"].mid_p == pytest.approx(1.0, abs=0.05)
    assert "four fifths of the highest rate" in groups["b"].reason


def test_groups_below_two_percent_get_no_ratio_and_are_no_reference() -> None:
    audit = compare_groups(
        [
            *people("man", selected=100, of=300),
            *people("woman", selected=90, of=300),
            *people("other", selected=10, of=10),
        ],
        ["gender"],
    )
    groups = by_group(only(audit.comparisons, "selection", "gender"))
    assert groups["other"].word == "too few to tell"
    assert groups["other"].rate == 1.0
    assert "2%" in groups["other"].reason
    assert groups["man"].is_reference


def test_two_percent_exactly_is_enough() -> None:
    audit = compare_groups([*people("man", selected=50, of=294), *people("woman", selected=1, of=6)], ["gender"])
    assert by_group(only(audit.comparisons, "selection", "gender"))["woman"].mid_p is not None


def crossed(cells: dict[tuple[str | None, str | None], tuple[int, int]]) -> list[Person]:
    return [
        person
        for (gender, age), (selected, of) in cells.items()
        for person in people(gender, selected=selected, of=of, age=age)
    ]


def test_a_small_intersection_cannot_be_worked_out_from_the_sums() -> None:
    # Women over forty are 3; 13 of 42 women were selected, less 8 and 3 of the other bands. Two ways go round: by men
    # over forty (20) and both of "under" (30 and 25), or both of "between" (9 and 7), which costs fewer people.
    cells = {
        ("woman", "under"): (8, 30), ("woman", "between"): (3, 9), ("woman", "over"): (2, 3),
        ("man", "under"): (12, 25), ("man", "between"): (4, 7), ("man", "over"): (9, 20),
    }  # fmt: skip
    both = only(compare_groups(crossed(cells), ["gender", "age"]).comparisons, "selection", "gender", "age")
    shown = {group.group: group.hits for group in both.groups}
    assert shown == {
        ("woman", "under"): 8, ("man", "under"): 12,
        ("woman", "between"): None, ("man", "between"): None, ("man", "over"): None,
    }  # fmt: skip
    assert (both.few, both.unlisted_hits) == (3, None)
    left_out = by_group(both)["man, over"]
    assert (left_out.people, left_out.rate, left_out.mid_p, left_out.word) == (20, None, None, "too few to tell")
    # Another table with the same sums and the same shown cells, in which all three women over forty were selected.
    other = cells | {("woman", "over"): (3, 3), ("woman", "between"): (2, 9), ("man", "over"): (8, 20),
                     ("man", "between"): (5, 7)}  # fmt: skip
    again = compare_groups(crossed(other), ["gender", "age"]).comparisons
    assert [c for c in again if c.measure == "selection"] == [
        c for c in compare_groups(crossed(cells), ["gender", "age"]).comparisons if c.measure == "selection"
    ]


def test_where_unknowns_blur_the_sums_nothing_more_is_left_out() -> None:
    cells = {
        ("woman", "under"): (8, 30), ("woman", "over"): (2, 3), ("man", "under"): (12, 25), ("man", "over"): (9, 20),
        ("woman", None): (1, 4), (None, "over"): (1, 2), (None, None): (0, 1),
    }  # fmt: skip
    both = only(compare_groups(crossed(cells), ["gender", "age"]).comparisons, "selection", "gender", "age")
    assert {group.group for group in both.groups if group.hits is None} == set()
    assert (both.few, both.unknown, both.unlisted_hits) == (3, 7, 4)


def test_a_group_that_is_alone_is_compared_with_nobody() -> None:
    audit = compare_groups(people("man", selected=3, of=9), ["gender"])
    [alone] = only(audit.comparisons, "selection", "gender").groups
    assert (alone.word, alone.is_reference, alone.mid_p) == ("too few to tell", False, None)
    assert audit.tests == 0


def test_nobody_selected_is_too_few_to_tell_whatever_the_size() -> None:
    assert word_for(Rate(0, 5_000), Rate(0, 5_000))[0] == "too few to tell"


@pytest.mark.parametrize(
    ("group", "reference", "word"),
    [
        (Rate(10, 50), Rate(20, 40), "signal"),
        (Rate(14, 50), Rate(15, 50), "too few to tell"),
        (Rate(480, 1_000), Rate(500, 1_000), "none seen"),
    ],
)
def test_each_word_has_its_case(group, reference, word) -> None:
    assert word_for(group, reference)[0] == word


@settings(max_examples=60)
@given(st.integers(5, 60), st.integers(5, 60), st.data())
def test_words_are_what_the_page_says_they_are(n, m, data) -> None:
    group, reference = Rate(data.draw(st.integers(0, n)), n), Rate(data.draw(st.integers(0, m)), m)
    word, _ = word_for(group, reference)
    assert (word == "signal") == (mid_p(group, reference) < 0.05)
    if word == "none seen":
        assert could_show(n, m, share=reference.share, ratio=0.8)


def test_one_person_who_changes_the_word_is_named() -> None:
    # 2 of 20 against 9 of 20: mid-P .024. With 3 of 20 it is .064, with 8 of 20 against 2 it is .051.
    audit = compare_groups([*people("man", selected=9, of=20), *people("woman", selected=2, of=20)], ["gender"])
    woman = by_group(only(audit.comparisons, "selection", "gender"))["woman"]
    assert woman.word == "signal"
    assert {flip.change for flip in woman.flips if flip.word != "signal"} == {
        "one more in this group",
        "one fewer in the reference group",
    }


def test_one_person_who_moves_the_ratio_over_four_fifths_is_named() -> None:
    # 7 of 10 against 9 of 10 is .78; 8 of 10 is .89.
    audit = compare_groups([*people("man", selected=9, of=10), *people("woman", selected=7, of=10)], ["gender"])
    woman = by_group(only(audit.comparisons, "selection", "gender"))["woman"]
    crossing = {flip.change: flip.ratio for flip in woman.flips if flip.crosses_four_fifths}
    assert crossing["one more in this group"] == pytest.approx(8 / 9)


def test_four_fifths_exactly_is_not_below() -> None:
    audit = compare_groups([*people("man", selected=5, of=10), *people("woman", selected=4, of=10)], ["gender"])
    assert by_group(only(audit.comparisons, "selection", "gender"))["woman"].below_four_fifths is False


def test_of_equal_rates_the_larger_group_is_the_reference() -> None:
    audit = compare_groups([*people("a", selected=4, of=8), *people("b", selected=6, of=12)], ["gender"])
    assert by_group(only(audit.comparisons, "selection", "gender"))["b"].is_reference


def test_every_pair_of_columns_is_an_intersection() -> None:
    everybody = [
        *people("man", selected=3, of=6, origin="A"),
        *people("man", selected=2, of=6, origin="B"),
        *people("woman", selected=1, of=6, origin="A"),
        *people("woman", selected=0, of=6, origin=None),
    ]
    audit = compare_groups(everybody, ["gender", "origin"])
    crossed = only(audit.comparisons, "selection", "gender", "origin")
    assert {group.group for group in crossed.groups} == {("man", "A"), ("man", "B"), ("woman", "A")}
    assert crossed.unknown == 6


def test_holm_is_over_all_tests_of_the_report() -> None:
    everybody = [*people("man", selected=20, of=40), *people("woman", selected=10, of=50)]
    audit = compare_groups(everybody, ["gender"])
    # Two tests, selection and scoring, of the same table.
    assert audit.tests == 2
    woman = by_group(only(audit.comparisons, "selection", "gender"))["woman"]
    assert woman.holm == pytest.approx(2 * woman.mid_p)
    assert (audit.signals, audit.signals_after_holm) == (2, 2)


def test_waiting_is_counted_by_group_and_never_for_a_handful() -> None:
    waiting = [Person(selected=False, score=None, waiting=True, groups={"gender": "man"}) for _ in range(2)]
    few = [Person(selected=False, score=None, waiting=True, groups={"gender": "woman"}) for _ in range(4)]
    audit = compare_groups([*people("man", selected=1, of=6), *waiting, *few], ["gender"])
    assert [(one.group, one.waiting, one.people) for one in audit.waiting] == [("man", 2, 8)]


@given(st.randoms())
def test_order_of_people_does_not_matter(random) -> None:
    everybody = [*people("man", selected=5, of=9), *people("woman", selected=3, of=9), *people(None, selected=1, of=2)]
    shuffled = list(everybody)
    random.shuffle(shuffled)
    assert compare_groups(everybody, ["gender"]) == compare_groups(shuffled, ["gender"])
