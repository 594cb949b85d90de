"""What moved from one benchmark run to another, and whether that is more than noise.

Where the cases are kept (candidates, checks, bases), both runs are drawn together, so that what makes a candidate hard
for both takes no part in the difference. Of other shares (redaction, hidden text, quotes) it is known how many of how
many: their difference has the interval of two independent shares, which is wider than that of the same texts read twice
and so says "noise" too often rather than too seldom. Of the rest (tokens, US dollars, the highest score of nothing)
only values are known: they are called moved, not better. Seconds are never the same twice; they are called moved only
where one run took half as long again as the other.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal, TypeVar

from evaluators.benchmarking.agreement import calibration_error, precision, recall
from evaluators.benchmarking.bootstrap import DRAWS, Interval, paired_bootstrap, share_difference
from evaluators.benchmarking.figures import candidate_measures, ranking_measures
from evaluators.benchmarking.leads import LEAD
from evaluators.benchmarking.measure import Measure
from evaluators.benchmarking.moved import counted_bases, pair_groups
from evaluators.benchmarking.results import ALL_SETS, BenchmarkResult, Better, Figure, JudgedCandidate, JudgedCheck
from pipeline.errors import ConfigurationError
from pipeline.models.base import FrozenModel

T = TypeVar("T")

Verdict = Literal["better", "worse", "within noise", "differs", "same", "moved", "one run only"]
"""`differs`: more than noise, where neither direction is good. `moved`: no interval tells whether that is noise."""

OF_PART = {
    "metamorphic": "metamorphic",
    "redaction_recall": "redaction",
    "particulars_removed": "redaction",
    "technology_kept": "redaction",
    "hidden_recall": "hidden",
    "hidden_false_flags": "hidden",
    "empty_dossier_score": "empty",
}
"""From which other data a figure is."""

SLOWER_FROM = 1.5
"""Ratio of two times above which a machine that was busy does not explain it."""

CHECK_MEASURES: Mapping[str, tuple[Callable[[Sequence[bool], Sequence[float]], float], Better]] = {
    "check_precision": (precision, "higher"),
    "check_recall": (recall, "higher"),
    "calibration_error": (calibration_error, "lower"),
}


class Move(FrozenModel):
    """One figure in both runs."""

    name: str
    judge: str
    """Who judged in the second run."""
    set: str
    group: str
    first: float | None
    second: float | None
    low: float | None = None
    """95% interval of second less first; None where there is none."""
    high: float | None = None
    bases: int
    """How many candidates or texts stand behind the difference."""
    better: Better
    unit: str
    verdict: Verdict

    @property
    def difference(self) -> float | None:
        """Second less first."""
        return None if self.first is None or self.second is None else self.second - self.first


class Comparison(FrozenModel):
    """Two runs side by side."""

    first: str
    second: str
    """Judge, date and version."""
    sets: tuple[str, ...]
    """Those that both runs measured on the same files."""
    different_data: tuple[str, ...]
    """Sets under one name whose files differ, and parts whose data do; left out unless asked for."""
    included: bool = False
    """Whether they are compared all the same."""
    one_run_only: tuple[str, ...]
    moves: tuple[Move, ...]


def compare(first: BenchmarkResult, second: BenchmarkResult, *, anyway: bool = False, draws: int = DRAWS) -> Comparison:
    """Hold two runs against each other on the sets whose files are the same.

    Args:
        first: The run from before.
        second: The run to judge.
        anyway: Also compare sets whose files differ, by the ids of their candidates.
        draws: Behind each interval.

    Raises:
        ConfigurationError: No set is the same in both.
    """
    hashes = ({one.id: one.sha256 for one in first.sets}, {one.id: one.sha256 for one in second.sets})
    shared = [name for name in hashes[0] if name in hashes[1]]
    differing = tuple(name for name in shared if hashes[0][name] != hashes[1][name])
    sets = tuple(name for name in shared if anyway or name not in differing)
    parts = tuple(name for name in first.beside if name in second.beside and first.beside[name] != second.beside[name])
    if not sets:
        raise ConfigurationError(
            "The two runs measured DIFFERENT DATA: "
            + (f"the files of {', '.join(differing)} differ. " if differing else "they have no set in common. ")
            + "A difference between them says nothing about the judges. Run both on the same sets"
            + (", or look at it anyway with --different-data." if differing else ".")
        )
    moves = [*_paired(first, second, sets, draws=draws)]
    paired = {(move.name, move.judge, move.set, move.group) for move in moves}
    whole = set(hashes[0]) == set(hashes[1]) == set(sets)
    moves += [
        move
        for move in _unpaired(first, second, sets, whole=whole)
        # A lead is made of two figures that are compared themselves.
        if move.name != LEAD and (move.name, move.judge, move.set, move.group) not in paired
    ]
    return Comparison(
        first=_label(first),
        second=_label(second),
        sets=sets,
        different_data=(*differing, *parts),
        included=anyway,
        one_run_only=tuple(sorted(set(hashes[0]) ^ set(hashes[1]))),
        moves=tuple(
            move
            for move in moves
            if (anyway or OF_PART.get(move.name) not in parts) and not (move.first is None and move.second is None)
        ),
    )


def _label(result: BenchmarkResult) -> str:
    return f"{result.judge}, {result.made_on}, shortlist {result.package}, {result.fingerprint[-16:]}"


def _paired(first: BenchmarkResult, second: BenchmarkResult, sets: Sequence[str], *, draws: int) -> Iterator[Move]:
    pairs = _candidate_pairs(first.candidates, second.candidates, sets)
    both = [one for own in pairs.values() for pair in own for one in pair]
    yield from _candidate_moves(pairs, candidate_measures(both), judge=second.judge, draws=draws)
    for name in first.baselines:
        if name in second.baselines:
            before, after = (_with_scores(result, name) for result in (first, second))
            pairs = _candidate_pairs(before, after, sets)
            yield from _candidate_moves(pairs, ranking_measures(), judge=name, draws=draws)
    yield from _check_moves(first, second, sets, draws=draws)
    yield from _base_moves(first, second, draws=draws)


def _candidate_pairs(
    first: Iterable[JudgedCandidate], second: Iterable[JudgedCandidate], sets: Sequence[str]
) -> dict[str, list[tuple[JudgedCandidate, JudgedCandidate]]]:
    before = {(one.set, one.candidate): one for one in first}
    found: dict[str, list[tuple[JudgedCandidate, JudgedCandidate]]] = {name: [] for name in sets}
    for one in second:
        if one.set in found and (one.set, one.candidate) in before:
            found[one.set].append((before[one.set, one.candidate], one))
    return found


def _with_scores(result: BenchmarkResult, baseline: str) -> list[JudgedCandidate]:
    scores = result.baselines[baseline]
    return [
        # The ranks are the judge's.
        one.model_copy(update={"score": scores[one.set].get(one.candidate), "rank": None})
        for one in result.candidates
        if one.set in scores
    ]


def _candidate_moves(
    pairs: Mapping[str, Sequence[tuple[JudgedCandidate, JudgedCandidate]]],
    measures: Iterable[Measure],
    *,
    judge: str,
    draws: int,
) -> Iterator[Move]:
    for measure in measures:
        for set_, part in _parts(pairs):
            yield _move(
                part,
                measure.of,
                name=measure.name,
                judge=judge,
                set_=set_,
                group=measure.group,
                better=measure.better,
                unit=measure.unit,
                draws=draws,
            )


def _check_moves(first: BenchmarkResult, second: BenchmarkResult, sets: Sequence[str], *, draws: int) -> Iterator[Move]:
    before = _checks_by_candidate(first.checks)
    clusters: dict[str, list[tuple[list[JudgedCheck], list[JudgedCheck]]]] = {}
    for (set_, candidate), own in _checks_by_candidate(second.checks).items():
        if set_ in sets and (set_, candidate) in before:
            clusters.setdefault(set_, []).append((before[set_, candidate], own))
    for name, (measure, better) in CHECK_MEASURES.items():

        def of(
            part: Mapping[str, Sequence[Sequence[JudgedCheck]]],
            measure: Callable[[Sequence[bool], Sequence[float]], float] = measure,
        ) -> float:
            flat = [check for own in part.values() for mine in own for check in mine]
            return measure([check.holds for check in flat], [check.p for check in flat])

        for set_, part in _parts(clusters):
            unit = "" if name == "calibration_error" else "share"
            yield _move(
                part, of, name=name, judge=second.judge, set_=set_, group="", better=better, unit=unit, draws=draws
            )


def _checks_by_candidate(checks: Iterable[JudgedCheck]) -> dict[tuple[str, str], list[JudgedCheck]]:
    found: dict[tuple[str, str], list[JudgedCheck]] = {}
    for check in checks:
        found.setdefault((check.set, check.candidate), []).append(check)
    return found


def _base_moves(first: BenchmarkResult, second: BenchmarkResult, *, draws: int) -> Iterator[Move]:
    """By relation and channel, over the bases that both runs moved and that count as observations."""
    earlier = pair_groups(first.pairs)
    for group, pairs in pair_groups(second.pairs).items():
        before, after = counted_bases(earlier.get(group, ())), counted_bases(pairs)
        both = [(before[base], held) for base, held in after.items() if base in before]
        if both:
            yield _move(
                {ALL_SETS: both},
                lambda part: _mean([held for own in part.values() for held in own]),
                name="metamorphic",
                judge=second.judge,
                set_=ALL_SETS,
                group=group,
                better="higher",
                unit="share",
                draws=draws,
            )


def _move(
    part: Mapping[str, Sequence[tuple[T, T]]],
    of: Callable[[Mapping[str, Sequence[T]]], float],
    *,
    name: str,
    judge: str,
    set_: str,
    group: str,
    better: Better,
    unit: str,
    draws: int,
) -> Move:
    sides = [{key: [pair[side] for pair in own] for key, own in part.items()} for side in (0, 1)]
    first, second = (_exists(of(one)) if any(one.values()) else None for one in sides)
    interval = None
    if first is not None and second is not None and sides[0] != sides[1]:
        interval = paired_bootstrap(part, of, draws=draws)
    low, high = interval or (None, None)
    return Move(
        name=name,
        judge=judge,
        set=set_,
        group=group,
        first=first,
        second=second,
        low=low,
        high=high,
        bases=sum(map(len, part.values())),
        better=better,
        unit=unit,
        verdict=_verdict(first, second, low, high, better),
    )


def _unpaired(first: BenchmarkResult, second: BenchmarkResult, sets: Sequence[str], *, whole: bool) -> Iterator[Move]:
    """Figures whose cases are not kept; over all sets only if those are the same in both runs."""
    known = {one.id for one in (*first.sets, *second.sets)}
    before = {_key(figure, first): figure for figure in first.figures}
    for figure in second.figures:
        comparable = figure.set in sets or (figure.set == ALL_SETS and whole) or figure.set not in (*known, ALL_SETS)
        other = before.get(_key(figure, second))
        if not comparable or (other is None and figure.value is None):
            continue
        value = None if other is None else other.value
        if value is None and figure.value is None:
            continue
        low, high = _share_difference(other, figure) or (None, None)
        yield Move(
            name=figure.name,
            judge=figure.judge,
            set=figure.set,
            group=figure.group,
            first=value,
            second=figure.value,
            low=low,
            high=high,
            bases=figure.bases,
            better=figure.better,
            unit=figure.unit,
            verdict="within noise"
            if figure.unit == "s" and _same_time(value, figure.value)
            else _verdict(value, figure.value, low, high, figure.better),
        )


def _same_time(first: float | None, second: float | None) -> bool:
    """Whether two times differ by no more than what else a machine does."""
    if first is None or second is None or first == second:
        return False
    return max(first, second) <= SLOWER_FROM * min(first, second)


def _share_difference(first: Figure | None, second: Figure) -> Interval | None:
    """The interval of a difference of shares whose cases are not kept; None if it is no share or did not move.

    By bases and not by cases: many words of one document are one observation.
    """
    if first is None or first.value is None or second.value is None or second.unit != "share":
        return None
    if first.value == second.value or not (first.bases and second.bases):
        return None
    return share_difference(first.value, first.bases, second.value, second.bases)


def _key(figure: Figure, result: BenchmarkResult) -> tuple[str, str, str, str]:
    """The judge that was measured is one and the same role, whatever its name."""
    return figure.name, "" if figure.judge == result.judge else figure.judge, figure.set, figure.group


def _verdict(
    first: float | None, second: float | None, low: float | None, high: float | None, better: Better
) -> Verdict:
    if first is None or second is None:
        return "one run only"
    if first == second and low is None:
        return "same"
    if low is None or high is None:
        return "moved"
    if low <= 0.0 <= high:
        return "within noise"
    if better == "none":
        return "differs"
    return "better" if (low > 0.0) == (better == "higher") else "worse"


def _parts(sets: Mapping[str, T]) -> Iterator[tuple[str, Mapping[str, T]]]:
    yield from ((name, {name: own}) for name, own in sets.items())
    if len(sets) > 1:
        yield ALL_SETS, sets


def _exists(value: float) -> float | None:
    return None if value != value else round(value, 6)


def _mean(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else float("nan")
