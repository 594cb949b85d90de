"""From pairs of a text and its twin to the share of texts whose every twin moved as it may."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from evaluators.benchmarking.bootstrap import share_interval
from evaluators.benchmarking.figures import figure
from evaluators.benchmarking.results import ALL_SETS, Figure, MovedPair

BaseKey = tuple[str, str]
"""Set and base."""


def pair_figures(pairs: Sequence[MovedPair], *, judge: str) -> Iterator[Figure]:
    """By relation the share of written bases whose every pair holds: clones of one text are one observation.

    Injections are also counted by the channel that the sentence came through, as `injection:CHANNEL`.
    """
    for group, own in pair_groups(pairs).items():
        for set_ in (*dict.fromkeys(pair.set for pair in own), ALL_SETS):
            yield _share(group, [pair for pair in own if set_ in (ALL_SETS, pair.set)], judge=judge, set_=set_)


def pair_groups(pairs: Iterable[MovedPair]) -> dict[str, list[MovedPair]]:
    """Pairs by relation, and those of a channel once more by relation and channel."""
    found: dict[str, list[MovedPair]] = {}
    for pair in pairs:
        found.setdefault(pair.relation, []).append(pair)
        if pair.channel:
            found.setdefault(f"{pair.relation}:{pair.channel}", []).append(pair)
    return found


def _share(group: str, pairs: Sequence[MovedPair], *, judge: str, set_: str) -> Figure:
    every, counted = held_bases(pairs), counted_bases(pairs)
    right = sum(counted.values())
    return figure(
        "metamorphic",
        right / len(counted),
        judge=judge,
        set_=set_,
        group=group,
        interval=share_interval(right, len(counted)),
        cases=len(pairs),
        bases=len(counted),
        unit="share",
        note=f"{len(counted) - right} of {len(counted)} bases with a pair that does not hold"
        + _assembled_note(every, counted),
    )


def _assembled_note(every: Mapping[BaseKey, bool], counted: Mapping[BaseKey, bool]) -> str:
    further = [holds for key, holds in every.items() if key not in counted]
    return f"; of {len(further)} assembled ones {further.count(False)}" if further else ""


def counted_bases(pairs: Sequence[MovedPair]) -> dict[BaseKey, bool]:
    """The bases that a figure is counted from: the written ones; assembled ones only if there are no others.

    Assembled bases are put together from the written ones' parts and are no observations of their own.
    """
    return held_bases(pair for pair in pairs if not pair.is_assembled) or held_bases(pairs)


def held_bases(pairs: Iterable[MovedPair]) -> dict[BaseKey, bool]:
    """By set and base, whether all of its pairs hold."""
    held: dict[BaseKey, bool] = {}
    for pair in pairs:
        held[pair.set, pair.base] = held.get((pair.set, pair.base), True) and pair.holds
    return held
