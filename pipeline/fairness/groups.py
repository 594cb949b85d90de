"""Rates by group: how often each was selected or scored above the median, and whether that differs.

Figures and their names follow the rules for New York City's Local Law 144 of 2021 (Rules of the City of New York,
title 6, sections 5-300 and 5-301): selection rate, scoring rate for continuous scores, impact ratio against the group
with the highest rate, intersections, unknowns counted, groups below 2% left out of the ratios.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from statistics import median
from typing import Literal, NamedTuple

from pydantic import Field

from pipeline.fairness.rates import (
    ALPHA,
    Rate,
    could_show,
    detectable_ratio,
    holm,
    impact_ratio,
    mid_p,
    one_person_more_or_less,
    ratio_interval,
)
from pipeline.models.base import FrozenModel

Word = Literal["signal", "none seen", "too few to tell"]
Measure = Literal["selection", "scoring"]

FEWEST = 5
"""People in a group below which no rate of it is compared."""
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
    """One group under one measure, held against the reference group."""

    group: tuple[str, ...]
    """The value in each column."""
    people: int
    """With an outcome under this measure."""
    hits: int | None
    """Selected, or scored above the median; None below the fewest people, since it would tell on single persons."""
    rate: float | None
    is_reference: bool = False
    ratio: float | None = None
    interval: tuple[float, float | None] | None = None
    """95%; the upper end is None where it is open."""
    mid_p: float | None = None
    holm: float | None = None
    """The same value, adjusted for all tests of the report."""
    detectable: float | None = None
    """The mildest ratio that these sizes show four times in five; None if not even 0."""
    below_four_fifths: bool | None = None
    flips: tuple[Flip, ...] = ()
    """Only those that change the word or the side of four fifths."""
    word: Word | None = None
    """None for the reference itself."""
    reason: str = ""
    """Why it is the word; a sentence for a reader."""


class Comparison(FrozenModel):
    """All groups of one attribute under one measure."""

    measure: Measure
    attribute: tuple[str, ...]
    """One column, or two for an intersection."""
    people: int
    unknown: int
    """People with an outcome whose group is not known; in no rate."""
    unknown_hits: int | None
    without_outcome: int
    """Not decided yet, or without a score; in no rate."""
    threshold: float | None = None
    """For the scoring rate: the median that has to be exceeded."""
    groups: tuple[GroupResult, ...]
    """Highest rate first, then those that are too few."""


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
    comparisons = [
        _compare(people, attribute, measure, middle=middle)
        for attribute in attributes
        for measure in ("selection", "scoring")
    ]
    comparisons = _with_holm(comparisons)
    words = [group for comparison in comparisons for group in comparison.groups if group.word == "signal"]
    return GroupAudit(
        columns=tuple(columns),
        comparisons=tuple(comparisons),
        waiting=tuple(_waiting(people, columns)),
        tests=sum(group.mid_p is not None for comparison in comparisons for group in comparison.groups),
        signals=len(words),
        signals_after_holm=sum(group.holm is not None and group.holm < ALPHA for group in words),
    )


def _compare(people: Sequence[Person], attribute: tuple[str, ...], measure: Measure, *, middle: float) -> Comparison:
    counts: dict[tuple[str, ...], Rate] = {}
    unknown = Rate(0, 0)
    without = 0
    for person in people:
        hit = person.selected if measure == "selection" else None if person.score is None else person.score > middle
        if hit is None:
            without += 1
            continue
        known = tuple(value for column in attribute if (value := person.groups.get(column)) is not None)
        if len(known) < len(attribute):
            unknown = Rate(unknown.hits + hit, unknown.of + 1)
        else:
            own = counts.get(known, Rate(0, 0))
            counts[known] = Rate(own.hits + hit, own.of + 1)
    return Comparison(
        measure=measure,
        attribute=attribute,
        people=sum(rate.of for rate in counts.values()),
        unknown=unknown.of,
        unknown_hits=None if 0 < unknown.of < FEWEST else unknown.hits,
        without_outcome=without,
        threshold=middle if measure == "scoring" else None,
        groups=tuple(_results(counts)),
    )


def _results(counts: dict[tuple[str, ...], Rate]) -> Iterator[GroupResult]:
    total = sum(rate.of for rate in counts.values())
    small = {group: why for group, rate in counts.items() if (why := _too_small(rate.of, total))}
    large = sorted(
        (group for group in counts if group not in small),
        # Of equal rates the larger group is the reference: it says most.
        key=lambda group: (-counts[group].share, -counts[group].of, group),
    )
    for place, group in enumerate(large):
        if place == 0:
            yield _reference(group, counts[group], alone=len(large) == 1)
        else:
            yield _held_against(group, counts[group], counts[large[0]])
    for group in sorted(small, key=lambda group: (-counts[group].of, group)):
        rate = counts[group]
        shown = rate.of >= FEWEST
        yield GroupResult(
            group=group,
            people=rate.of,
            hits=rate.hits if shown else None,
            rate=rate.share if shown else None,
            word="too few to tell",
            reason=small[group],
        )


def _too_small(people: int, total: int) -> str:
    if people < FEWEST:
        return f"fewer than {FEWEST} people"
    if people < LEAST_SHARE * total:
        return f"fewer than {LEAST_SHARE:.0%} of the {total} people whose group is known"
    return ""


def _reference(group: tuple[str, ...], rate: Rate, *, alone: bool) -> GroupResult:
    reason = (
        "no other group is large enough to compare" if alone else "the highest rate; the others are held against it"
    )
    return GroupResult(
        group=group,
        people=rate.of,
        hits=rate.hits,
        rate=rate.share,
        is_reference=not alone,
        word="too few to tell" if alone else None,
        reason=reason,
    )


def _held_against(group: tuple[str, ...], rate: Rate, reference: Rate) -> GroupResult:
    word, reason = word_for(rate, reference)
    ratio = impact_ratio(rate, reference)
    interval = ratio_interval(rate, reference)
    return GroupResult(
        group=group,
        people=rate.of,
        hits=rate.hits,
        rate=rate.share,
        ratio=ratio,
        interval=None if interval is None else (interval.low, None if interval.high == float("inf") else interval.high),
        mid_p=mid_p(rate, reference),
        detectable=detectable_ratio(rate.of, reference.of, share=reference.share),
        below_four_fifths=None if ratio is None else _is_below(ratio),
        flips=tuple(_flips(rate, reference, word=word, ratio=ratio)),
        word=word,
        reason=reason,
    )


def word_for(group: Rate, reference: Rate) -> tuple[Word, str]:
    """The word for two groups that are both large enough, and why.

    `signal`: the mid-P value is below 0.05. `none seen`: it is not, and groups of these sizes would have shown a ratio
    of four fifths at least four times in five. `too few to tell`: neither.
    """
    p = mid_p(group, reference)
    if p < ALPHA:
        return "signal", f"chance alone gives a difference like this in {_percent(p)} of cases"
    if reference.hits == 0:
        return "too few to tell", "nobody in any group was selected, so there is nothing to compare"
    if could_show(group.of, reference.of, share=reference.share, ratio=FOUR_FIFTHS):
        return "none seen", "these sizes would have shown a ratio of four fifths, and none was seen"
    return "too few to tell", "a ratio of four fifths could easily stay unseen in groups of these sizes"


def _percent(p: float) -> str:
    return f"{p:.0%}" if p >= 0.01 else f"{p:.1%}" if p >= 0.001 else "less than 0.1%"


def _is_below(ratio: float) -> bool:
    # 4 of 10 against 5 of 10 is four fifths, whatever the last bit says.
    return ratio < FOUR_FIFTHS - 1e-9


def _flips(group: Rate, reference: Rate, *, word: Word, ratio: float | None) -> Iterator[Flip]:
    for change, other, other_reference in one_person_more_or_less(group, reference):
        other_word, _ = word_for(other, other_reference)
        other_ratio = impact_ratio(other, other_reference)
        crosses = ratio is not None and other_ratio is not None and _is_below(ratio) != _is_below(other_ratio)
        if other_word != word or crosses:
            yield Flip(change=change, word=other_word, ratio=other_ratio, crosses_four_fifths=crosses)


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
