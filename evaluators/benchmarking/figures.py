"""From the cases of a benchmark run to its figures, each with its interval.

A measure takes candidates by set, so that the figure of one set, that of all sets, every draw of an interval and the
comparison of two runs are one and the same formula.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from evaluators.benchmarking.agreement import (
    Ranked,
    calibration_error,
    precision,
    recall,
    superior_pairs,
)
from evaluators.benchmarking.bootstrap import DRAWS, Interval, bootstrap, share_interval
from evaluators.benchmarking.measure import Candidates, Measure, everybody, share_of
from evaluators.benchmarking.must_haves import gate_measures
from evaluators.benchmarking.places import placed_scores, rank_measures
from evaluators.benchmarking.results import ALL_SETS, Better, Figure, JudgedCandidate, JudgedCheck
from evaluators.metrics import kendall_tau_b, ndcg_at_k, quadratic_weighted_kappa

T = TypeVar("T")

LEVELS = 5
AT = 3

Checks = Mapping[str, Sequence[Sequence[JudgedCheck]]]
"""By set, the labelled checks of each candidate."""


def ranking_measures() -> tuple[Measure, ...]:
    """How alike the shortlist's order and the gold's are; also taken of baselines, which have scores and no ranks.

    By rank, and by score where there is none: see `evaluators.benchmarking.places`.
    """
    return (
        Measure("tau_b", lambda sets: _mean(map(_tau_b, sets.values())), _scored, note=_left_out),
        Measure("ndcg_at_3", lambda sets: _mean(map(_ndcg, sets.values())), _scored, note=_left_out),
    )


def level_measures(criteria: Iterable[str], *, name: str = "level_kappa") -> tuple[Measure, ...]:
    """Quadratic kappa of levels, all together and by criterion."""

    def measure(criterion: str) -> Measure:
        def pairs(sets: Candidates) -> list[tuple[int, int]]:
            return _level_pairs(sets, criterion)

        return Measure(name, lambda sets: _kappa(pairs(sets)), lambda sets: len(pairs(sets)), group=criterion)

    return tuple(measure(criterion) for criterion in ("", *criteria))


def order_measures() -> tuple[Measure, ...]:
    """Pairs that are clearly apart, ranks and their intervals, and what could not be scored."""
    return (
        Measure("superior_pairs", lambda sets: _superior(sets)[0], lambda sets: _superior(sets)[1], unit="share"),
        *rank_measures(),
        Measure(
            "unscored",
            lambda sets: share_of(level is None for one in everybody(sets) for level in one.levels.values()),
            lambda sets: sum(len(one.levels) for one in everybody(sets)),
            better="lower",
            unit="share",
        ),
    )


def candidate_measures(candidates: Iterable[JudgedCandidate]) -> tuple[Measure, ...]:
    """All measures of judged candidates."""
    criteria = dict.fromkeys(name for one in candidates for name in one.gold_levels)
    return (*ranking_measures(), *level_measures(criteria), *order_measures(), *gate_measures())


def figures_of(
    candidates: Sequence[JudgedCandidate], measures: Sequence[Measure], *, judge: str, draws: int = DRAWS
) -> Iterator[Figure]:
    """Each measure for each set, and for all of them if there are several."""
    sets = by_set(candidates)
    for measure in measures:
        for name, part in _parts(sets):
            cases, bases = measure.cases(part), measure.bases(part)
            interval = interval_of(part, measure.of, share=measure.unit == "share", draws=draws, bases=bases)
            yield figure(
                measure.name,
                measure.of(part) if cases else math.nan,
                judge=judge,
                set_=name,
                group=measure.group,
                interval=interval if cases else None,
                cases=cases,
                bases=bases,
                better=measure.better,
                unit=measure.unit,
                note=measure.note(part) if cases else "there are no labels for it",
            )


def check_figures(
    checks: Sequence[JudgedCheck], sets: Sequence[str], *, judge: str, draws: int = DRAWS
) -> Iterator[Figure]:
    """Precision, recall and calibration of labelled checks."""
    found: dict[str, dict[str, list[JudgedCheck]]] = {name: {} for name in sets}
    for check in checks:
        found[check.set].setdefault(check.candidate, []).append(check)
    clusters = {name: tuple(own.values()) for name, own in found.items()}
    measures: tuple[tuple[str, Callable[[Sequence[bool], Sequence[float]], float], Better], ...] = (
        ("check_precision", precision, "higher"),
        ("check_recall", recall, "higher"),
        ("calibration_error", calibration_error, "lower"),
    )
    for name, measure, better in measures:

        def of(part: Checks, measure: Callable[[Sequence[bool], Sequence[float]], float] = measure) -> float:
            flat = [check for own in part.values() for mine in own for check in mine]
            return measure([check.holds for check in flat], [check.p for check in flat])

        for set_, part in _parts(clusters):
            cases = sum(len(mine) for own in part.values() for mine in own)
            yield figure(
                name,
                of(part),
                judge=judge,
                set_=set_,
                interval=interval_of(part, of, share=name != "calibration_error", draws=draws) if cases else None,
                cases=cases,
                bases=sum(map(len, part.values())),
                better=better,
                unit="" if name == "calibration_error" else "share",
                note="" if cases else "no labelled checks (gold/checks.csv)",
            )


def interval_of(
    groups: Mapping[str, Sequence[T]],
    of: Callable[[Mapping[str, Sequence[T]]], float],
    *,
    share: bool,
    draws: int,
    bases: int | None = None,
) -> Interval | None:
    """The bootstrap interval; for a share without any exception among the bases, the exact one of as many bases.

    Drawn again, what never happened never happens; that is no proof that it cannot.

    Args:
        groups: Bases by set.
        of: The figure of some of them.
        share: Whether it is a share.
        draws: How many.
        bases: How many can make a difference; all if not given.
    """
    found = bootstrap(groups, of, draws=draws)
    if not share or found is None or found.low != found.high or found.low not in (0.0, 1.0):
        return found
    independent = sum(map(len, groups.values())) if bases is None else bases
    return share_interval(round(found.low * independent), independent)


def figure(
    name: str,
    value: float,
    *,
    judge: str,
    set_: str,
    group: str = "",
    interval: tuple[float, float] | None = None,
    cases: int,
    bases: int,
    better: Better = "higher",
    unit: str = "",
    note: str = "",
) -> Figure:
    """A figure; NaN becomes None, which JSON knows."""
    missing = math.isnan(value)
    low, high = interval if interval is not None and not missing else (None, None)
    return Figure(
        name=name,
        judge=judge,
        set=set_,
        group=group,
        value=None if missing else round(value, 6),
        low=None if low is None else round(low, 6),
        high=None if high is None else round(high, 6),
        cases=cases,
        bases=bases,
        better=better,
        unit=unit,
        note=note or ("there is nothing to compare" if missing else ""),
    )


def by_set(candidates: Iterable[JudgedCandidate]) -> dict[str, list[JudgedCandidate]]:
    """Judged candidates by set, in the order they come."""
    sets: dict[str, list[JudgedCandidate]] = {}
    for one in candidates:
        sets.setdefault(one.set, []).append(one)
    return sets


def rounded(level: float) -> int:
    """A level to the nearest whole, halves up, as in `shortlist.json`."""
    return math.floor(level + 0.5)


def _parts(sets: Mapping[str, T]) -> Iterator[tuple[str, Mapping[str, T]]]:
    yield from ((name, {name: own}) for name, own in sets.items())
    if len(sets) > 1:
        yield ALL_SETS, sets


def _tau_b(candidates: Sequence[JudgedCandidate]) -> float:
    gold, score = _scores(candidates)
    return kendall_tau_b(gold, score)


def _ndcg(candidates: Sequence[JudgedCandidate]) -> float:
    gold, score = _scores(candidates)
    return ndcg_at_k(gold, score, k=AT)


def _scores(candidates: Sequence[JudgedCandidate]) -> tuple[list[float], list[float]]:
    placed = zip(candidates, placed_scores(candidates), strict=True)
    scored = [(one.gold_score, score) for one, score in placed if score is not None]
    return [gold for gold, _ in scored], [score for _, score in scored]


def _scored(sets: Candidates) -> int:
    return sum(one.score is not None for one in everybody(sets))


def _left_out(sets: Candidates) -> str:
    missing = sum(map(len, sets.values())) - _scored(sets)
    return f"{missing} without a score left out" if missing else ""


def _level_pairs(sets: Candidates, criterion: str) -> list[tuple[int, int]]:
    return [
        (gold, rounded(level))
        for one in everybody(sets)
        for name, gold in one.gold_levels.items()
        if criterion in ("", name) and (level := one.levels.get(name)) is not None
    ]


def _kappa(pairs: Sequence[tuple[int, int]]) -> float:
    return quadratic_weighted_kappa([gold for gold, _ in pairs], [level for _, level in pairs], categories=LEVELS)


def _superior(sets: Candidates) -> tuple[float, int]:
    right, total = 0.0, 0
    for own in sets.values():
        placed = zip(own, placed_scores(own), strict=True)
        share, pairs = superior_pairs(
            [Ranked(one.gold_score, one.gold_tier, score) for one, score in placed if score is not None]
        )
        right += share * pairs if pairs else 0.0
        total += pairs
    return (right / total if total else math.nan), total


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found) if found else math.nan
