"""Rates by group: how often each was selected or scored above the median, and whether that differs.

Figures and their names follow the rules for New York City's Local Law 144 of 2021 (Rules of the City of New York,
title 6, sections 5-300 and 5-301): selection rate, scoring rate for continuous scores, impact ratio against the group
with the highest rate, intersections, unknowns counted, groups below 2% left out of the ratios.

The test behind a word holds each group against all others together, and not against the group with the highest rate.
That one is picked by its result, is often small, and then hides a difference between large groups (D. A. Biddle and
others describe the case: "Defining the group with the highest selection rate in adverse impact analysis: Uniform
Guidelines methods may mislead", 2018). Against all others is how the residuals of a table are read, one row against
the rest: S. J. Haberman, The analysis of residuals in cross-classified tables, Biometrics 29, 1973, 205-220.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from statistics import median
from typing import Literal, NamedTuple, get_args

from pydantic import Field

from pipeline.fairness.rates import (
    ALPHA,
    AMONG_OTHERS,
    Rate,
    could_show,
    detectable_ratio,
    holm,
    impact_ratio,
    mid_p,
    one_person_more_or_less,
    ratio_interval,
)
from pipeline.fairness.withheld import FEWEST, Cell, withheld
from pipeline.models.base import FrozenModel

Word = Literal["signal", "none seen", "too few to tell"]
Measure = Literal["selection", "scoring"]

LEAST_SHARE = 0.02
"""Share of the people with a known group below which no rate of it is compared."""
FOUR_FIFTHS = 0.8
"""The rule of thumb of the Uniform Guidelines of 1978 (29 CFR 1607.4 D)."""


class Person(NamedTuple):
    """What the comparison needs of one candidate."""

    selected: bool | None
    """None if nobody has decided yet."""
    score: float | None
    waiting: bool
    """The screening could not judge this one; a person has to."""
    groups: dict[str, str | None]
    """By column; None if unknown."""


class Flip(FrozenModel):
    """One decision about one person that would change what is said of a group."""

    change: str
    """`one more in this group` and the like."""
    word: Word
    """What would be said then."""
    ratio: float | None
    crosses_four_fifths: bool
    """The ratio would lie on the other side of 0.8."""


class GroupResult(FrozenModel):
    """One group of at least five people under one measure."""

    group: tuple[str, ...]
    """The value in each column."""
    people: int
    """With an outcome under this measure."""
    hits: int | None
    """Selected, or scored above the median; None where it would give away a smaller group by subtraction."""
    rate: float | None
    is_reference: bool = False
    """The highest rate of those that are large enough; `ratio` and `interval` of the others are against it."""
    ratio: float | None = None
    interval: tuple[float, float | None] | None = None
    """95%; the upper end is None where it is open."""
    others: int | None = None
    """People of all other groups that are shown; None if no test was made."""
    others_rate: float | None = None
    others_ratio: float | None = None
    """The group's rate as a part of theirs."""
    mid_p: float | None = None
    """Of the group against all others together."""
    holm: float | None = None
    """The same value, adjusted for all tests of the report."""
    detectable: float | None = None
    """The mildest ratio to the others that these sizes show four times in five; None if not even 0."""
    below_four_fifths: bool | None = None
    """Of the reference's rate."""
    flips: tuple[Flip, ...] = ()
    """Only those that change the word or the side of four fifths."""
    word: Word | None = None
    """None for the reference of two groups: the one test there is stands with the other."""
    reason: str = ""
    """Why it is the word; a sentence for a reader."""


class Comparison(FrozenModel):
    """All groups of one attribute under one measure."""

    measure: Measure
    attribute: tuple[str, ...]
    """One column, or two for an intersection."""
    people: int
    """Whose group is known."""
    few: int
    """Of them, those in groups of fewer than five people, which are named nowhere and in no rate."""
    unknown: int
    """People with an outcome whose group is not known; in no rate."""
    unlisted_hits: int | None
    """Of `few` and `unknown` together; None if they are fewer than five, or if it would give away a small group."""
    without_outcome: int
    """Not decided yet, or without a score; in no rate."""
    threshold: float | None = None
    """For the scoring rate: the median that has to be exceeded."""
    groups: tuple[GroupResult, ...]
    """Highest rate first, then those that are too few, then those that are left out."""


class Waiting(FrozenModel):
    """How many of a group wait for a person because their files could not be judged."""

    attribute: str
    group: str
    people: int = Field(ge=0)
    waiting: int = Field(ge=0)


class GroupAudit(FrozenModel):
    """Everything that is said about groups."""

    columns: tuple[str, ...]
    comparisons: tuple[Comparison, ...]
    waiting: tuple[Waiting, ...]
    """By group and column, of groups that are large enough."""
    tests: int
    """How many tests were made in all."""
    signals: int
    signals_after_holm: int


def compare_groups(people: Sequence[Person], columns: Sequence[str]) -> GroupAudit:
    """Compare selection and scoring rates by every column and every pair of columns.

    Args:
        people: Everybody in the screening.
        columns: Whose values are groups.
    """
    attributes = [*((column,) for column in columns), *combinations(columns, 2)]
    middle = median([p.score for p in people if p.score is not None] or [0.0])
    outcomes = {measure: _outcomes(people, measure, middle=middle) for measure in get_args(Measure)}
    comparisons = _with_holm(
        [
            _compare(found, attribute, measure, without=len(people) - len(found), middle=middle)
            for attribute in attributes
            for measure, found in outcomes.items()
        ]
    )
    words = [group for comparison in comparisons for group in comparison.groups if group.word == "signal"]
    return GroupAudit(
        columns=tuple(columns),
        comparisons=tuple(comparisons),
        waiting=tuple(_waiting(people, columns)),
        tests=sum(group.mid_p is not None for comparison in comparisons for group in comparison.groups),
        signals=len(words),
        signals_after_holm=sum(group.holm is not None and group.holm < ALPHA for group in words),
    )


class _Outcome(NamedTuple):
    hit: bool
    groups: Mapping[str, str | None]


def _outcomes(people: Iterable[Person], measure: Measure, *, middle: float) -> list[_Outcome]:
    """Those who have one, each with whether it is a hit."""
    if measure == "selection":
        return [_Outcome(p.selected, p.groups) for p in people if p.selected is not None]
    return [_Outcome(p.score > middle, p.groups) for p in people if p.score is not None]


def _compare(
    outcomes: Sequence[_Outcome], attribute: tuple[str, ...], measure: Measure, *, without: int, middle: float
) -> Comparison:
    counts: dict[tuple[str, ...], Rate] = {}
    unlisted = Rate(0, 0)
    for outcome in outcomes:
        known = tuple(value for column in attribute if (value := outcome.groups.get(column)) is not None)
        if len(known) < len(attribute):
            unlisted = _with(unlisted, outcome.hit)
        else:
            counts[known] = _with(counts.get(known, Rate(0, 0)), outcome.hit)
    unknown, total = unlisted.of, sum(rate.of for rate in counts.values())
    for few in [group for group, rate in counts.items() if rate.of < FEWEST]:
        own = counts.pop(few)
        unlisted = Rate(unlisted.hits + own.hits, unlisted.of + own.of)
    hidden = _withheld(outcomes, attribute)
    shown = {group: rate for group, rate in counts.items() if group not in hidden}
    return Comparison(
        measure=measure,
        attribute=attribute,
        people=total,
        few=unlisted.of - unknown,
        unknown=unknown,
        unlisted_hits=None if hidden or 0 < unlisted.of < FEWEST else unlisted.hits,
        without_outcome=without,
        threshold=middle if measure == "scoring" else None,
        groups=(
            *_results(shown, total=total),
            *(_left_out(group, counts[group].of) for group in sorted(hidden, key=lambda one: (-counts[one].of, one))),
        ),
    )


def _with(rate: Rate, hit: bool) -> Rate:
    return Rate(rate.hits + hit, rate.of + 1)


def _withheld(outcomes: Sequence[_Outcome], attribute: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    """Groups of an intersection that would give away a smaller one."""
    if len(attribute) == 1:
        return frozenset()
    sizes = [Counter(outcome.groups.get(column) for outcome in outcomes) for column in attribute]
    cells: Counter[Cell] = Counter()
    for outcome in outcomes:
        first, second = (
            value if (value := outcome.groups.get(column)) is not None and size[value] >= FEWEST else None
            for column, size in zip(attribute, sizes, strict=True)
        )
        cells[first, second] += 1
    return frozenset((first, second) for first, second in withheld(cells) if first is not None and second is not None)


def _left_out(group: tuple[str, ...], people: int) -> GroupResult:
    return GroupResult(
        group=group,
        people=people,
        hits=None,
        rate=None,
        word="too few to tell",
        reason="left out, since with it a group of fewer than five people could be worked out by subtraction",
    )


def _results(counts: Mapping[tuple[str, ...], Rate], *, total: int) -> Iterator[GroupResult]:
    everybody = Rate(sum(rate.hits for rate in counts.values()), sum(rate.of for rate in counts.values()))
    large = sorted(
        (group for group, rate in counts.items() if rate.of >= LEAST_SHARE * total),
        # Of equal rates the larger group is the reference: it says most.
        key=lambda group: (-counts[group].share, -counts[group].of, group),
    )
    for place, group in enumerate(large):
        rate = counts[group]
        others = Rate(everybody.hits - rate.hits, everybody.of - rate.of)
        yield _large(
            group,
            rate,
            reference=counts[large[0]] if place else None,
            alone=len(large) == 1,
            # Of two groups the first against all others is the same test as the second.
            others=others if others.of >= max(FEWEST, LEAST_SHARE * total) and (place or len(counts) > 2) else None,
        )
    for group in sorted(counts.keys() - set(large), key=lambda group: (-counts[group].of, group)):
        yield GroupResult(
            group=group,
            people=counts[group].of,
            hits=counts[group].hits,
            rate=counts[group].share,
            word="too few to tell",
            reason=f"fewer than {LEAST_SHARE:.0%} of the {total} people whose group is known",
        )


def _large(
    group: tuple[str, ...], rate: Rate, *, reference: Rate | None, alone: bool, others: Rate | None
) -> GroupResult:
    """A group that is large enough: its ratio to the highest rate, and the test against all others."""
    ratio = impact_ratio(rate, reference) if reference is not None else None
    interval = ratio_interval(rate, reference) if reference is not None else None
    is_reference = reference is None and not alone
    word: Word | None = "too few to tell" if alone else None
    reason = "the highest rate" if is_reference else "no other group is large enough to compare"
    if others is not None:
        word, why = _word(rate, others, reference)
        against = f"{rate.share:.1%} here, {others.share:.1%} of all others: {why}"
        reason = f"the highest rate; {against}" if is_reference else against
    return GroupResult(
        group=group,
        people=rate.of,
        hits=rate.hits,
        rate=rate.share,
        is_reference=is_reference,
        ratio=ratio,
        interval=None if interval is None else (interval.low, None if interval.high == float("inf") else interval.high),
        others=None if others is None else others.of,
        others_rate=None if others is None else others.share,
        others_ratio=None if others is None else impact_ratio(rate, others),
        mid_p=None if others is None else mid_p(rate, others),
        detectable=None if others is None else detectable_ratio(rate.of, others.of, share=others.share),
        below_four_fifths=None if ratio is None else _is_below(ratio),
        flips=() if others is None else tuple(_flips(rate, others, reference)),
        word=word,
        reason=reason,
    )


def _word(group: Rate, others: Rate, reference: Rate | None) -> tuple[Word, str]:
    """The word for a group held against all others; the reference may veto "none seen"."""
    word, why = word_for(group, others)
    ratio = impact_ratio(group, reference) if reference is not None else None
    if word == "none seen" and ratio is not None and _is_below(ratio):
        # Between a high and a low group one can be like all others and still far behind the first.
        return "too few to tell", "alike, yet below four fifths of the highest rate; see the group that has it"
    return word, why


def word_for(group: Rate, others: Rate) -> tuple[Word, str]:
    """The word for a group and all others, both large enough, and why.

    `signal`: the mid-P value is below 0.05. `none seen`: it is not, and groups of these sizes would have shown a ratio
    of four fifths at least four times in five. `too few to tell`: neither.
    """
    p = mid_p(group, others)
    if p < ALPHA:
        return "signal", f"chance alone gives a difference like this in {_percent(p)} of cases"
    if others.hits == 0:
        who = "nobody else" if group.hits else "nobody in any group"
        return "too few to tell", f"{who} was selected, so there is nothing to compare"
    if could_show(group.of, others.of, share=others.share, ratio=FOUR_FIFTHS):
        return "none seen", "these sizes would have shown a ratio of four fifths, and none was seen"
    return "too few to tell", "a ratio of four fifths could easily stay unseen in groups of these sizes"


def _percent(p: float) -> str:
    return f"{p:.0%}" if p >= 0.01 else f"{p:.1%}" if p >= 0.001 else "less than 0.1%"


def _is_below(ratio: float) -> bool:
    # 4 of 10 against 5 of 10 is four fifths, whatever the last bit says.
    return ratio < FOUR_FIFTHS - 1e-9


def _flips(group: Rate, others: Rate, reference: Rate | None) -> Iterator[Flip]:
    word, _ = _word(group, others, reference)
    ratio = impact_ratio(group, reference) if reference is not None else None
    for change, own, rest in one_person_more_or_less(group, others):
        highest = reference
        if reference is not None and rest != others:
            moved = reference._replace(hits=reference.hits + rest.hits - others.hits)
            if 0 <= moved.hits <= moved.of:
                # That one person may be anybody among the others; in the reference group the ratio moves too.
                change, highest = change.replace(AMONG_OTHERS, "in the reference group"), moved
        then, _ = _word(own, rest, highest)
        other_ratio = impact_ratio(own, highest) if highest is not None else None
        crosses = ratio is not None and other_ratio is not None and _is_below(ratio) != _is_below(other_ratio)
        if then != word or crosses:
            yield Flip(change=change, word=then, ratio=other_ratio, crosses_four_fifths=crosses)


def _with_holm(comparisons: Sequence[Comparison]) -> list[Comparison]:
    tested = [g.mid_p for comparison in comparisons for g in comparison.groups if g.mid_p is not None]
    adjusted = iter(holm(tested))
    return [
        comparison.model_copy(
            update={
                "groups": tuple(
                    g if g.mid_p is None else g.model_copy(update={"holm": next(adjusted)}) for g in comparison.groups
                )
            }
        )
        for comparison in comparisons
    ]


def _waiting(people: Iterable[Person], columns: Sequence[str]) -> Iterator[Waiting]:
    everybody = list(people)
    for column in columns:
        values = sorted({value for p in everybody if (value := p.groups.get(column)) is not None})
        for value in values:
            own = [p for p in everybody if p.groups.get(column) == value]
            if len(own) >= FEWEST:
                yield Waiting(
                    attribute=column, group=value, people=len(own), waiting=sum(person.waiting for person in own)
                )
