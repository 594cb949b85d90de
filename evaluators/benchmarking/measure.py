"""What a measure of judged candidates is: a formula that can be taken of any part of them."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from evaluators.benchmarking.results import Better, JudgedCandidate

Candidates = Mapping[str, Sequence[JudgedCandidate]]
"""Judged candidates by set."""


class Measure(NamedTuple):
    """How one figure comes from judged candidates."""

    name: str
    of: Callable[[Candidates], float]
    cases: Callable[[Candidates], int]
    group: str = ""
    better: Better = "higher"
    unit: str = ""
    note: Callable[[Candidates], str] = lambda _: ""
    bases: Callable[[Candidates], int] = lambda sets: sum(map(len, sets.values()))
    """Candidates that can make a difference to it."""


def everybody(sets: Candidates) -> Iterator[JudgedCandidate]:
    """The candidates of all sets."""
    for own in sets.values():
        yield from own


def share_of(facts: Iterable[bool]) -> float:
    """Share of what is true; NaN of nothing."""
    found = list(facts)
    return sum(found) / len(found) if found else math.nan
