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
    assert (comparison.people, comparison.unknown, comparison.unknown_hits) == (12, 7, 6)
    assert {group.rate for group in comparison.groups} == {0.5}


def test_undecided_people_are_in_no_rate() -> None:
    undecided = [Person(selected=None, score=50.0, waiting=False, groups={"gender": "man"}) for _ in range(4)]
    audit = compare_groups([*people("man", selected=3, of=6), *undecided], ["gender"])
    comparison = only(audit.comparisons, "selection", "gender")
    assert (comparison.without_outcome, comparison.people) == (4, 6)


def test_groups_below_five_people_show_no_rate_that_would_tell_on_them() -> None:
    audit = compare_groups([*people("man", selected=3, of=9), *people("woman", selected=4, of=4)], ["gender"])
    few = by_group(only(audit.comparisons, "selection", "gender"))["woman"]
    assert (few.word, few.hits, few.rate, few.ratio, few.mid_p) == ("too few to tell", None, None, None, None)
    assert few.people == 4


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
