"""From the cases of a benchmark run to its figures, each with its interval.

A measure takes candidates by set, so that the figure of one set, that of all sets, every draw of an interval and the
comparison of two runs are one and the same formula.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from evaluators.benchmarking.agreement import (
    Ranked,
    calibration_error,
    inside_interval,
    precision,
    recall,
    superior_pairs,
)
from evaluators.benchmarking.bootstrap import DRAWS, Interval, bootstrap, share_interval
from evaluators.benchmarking.results import ALL_SETS, Better, Figure, JudgedCandidate, JudgedCheck
from evaluators.metrics import kendall_tau_b, ndcg_at_k, quadratic_weighted_kappa

T = TypeVar("T")

LEVELS = 5
AT = 3

Candidates = Mapping[str, Sequence[JudgedCandidate]]
"""Judged candidates by set."""
Checks = Mapping[str, Sequence[Sequence[JudgedCheck]]]
"""By set, the labelled checks of each candidate."""


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


def ranking_measures() -> tuple[Measure, ...]:
    """What needs a score for every candidate and nothing else; also taken of baselines."""
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


def gate_measures() -> tuple[Measure, ...]:
    """Accuracy of gates, and the error that hurts: a requirement denied that is met or open.

    The second is a share of those that can be denied wrongly: where gold itself says `not_met` nothing is at risk.
    """
    return (
        Measure(
            "gate_accuracy",
            lambda sets: _share(gold == judged for gold, judged in _gates(sets)),
            lambda sets: len(_gates(sets)),
            unit="share",
        ),
        Measure(
            "false_not_met",
            lambda sets: _share(map(_falsely_not_met, _at_risk(sets))),
            lambda sets: len(_at_risk(sets)),
            better="lower",
            unit="share",
            note=_denials,
            bases=lambda sets: len(_with_gate_at_risk(sets)),
        ),
    )


def order_measures() -> tuple[Measure, ...]:
    """Pairs that are clearly apart, and rank intervals."""
    return (
        Measure("superior_pairs", lambda sets: _superior(sets)[0], lambda sets: _superior(sets)[1], unit="share"),
        Measure(
            "interval_coverage",
            lambda sets: _share(inside_interval(gold, given) for gold, given in _intervals(sets)),
            lambda sets: len(_intervals(sets)),
            unit="share",
            better="none",
            note=lambda sets: f"{sum(map(len, sets.values())) - len(_intervals(sets))} without a rank left out",
        ),
        Measure(
            "unscored",
            lambda sets: _share(level is None for one in _all(sets) for level in one.levels.values()),
            lambda sets: sum(len(one.levels) for one in _all(sets)),
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
                note=measure.note(part) if cases else "no gold for it",
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
    scored = [(one.gold_score, one.score) for one in candidates if one.score is not None]
    return [gold for gold, _ in scored], [score for _, score in scored]


def _scored(sets: Candidates) -> int:
    return sum(one.score is not None for one in _all(sets))


def _left_out(sets: Candidates) -> str:
    missing = sum(map(len, sets.values())) - _scored(sets)
    return f"{missing} without a score left out" if missing else ""


def _level_pairs(sets: Candidates, criterion: str) -> list[tuple[int, int]]:
    return [
        (gold, rounded(level))
        for one in _all(sets)
        for name, gold in one.gold_levels.items()
        if criterion in ("", name) and (level := one.levels.get(name)) is not None
    ]


def _kappa(pairs: Sequence[tuple[int, int]]) -> float:
    return quadratic_weighted_kappa([gold for gold, _ in pairs], [level for _, level in pairs], categories=LEVELS)


def _gates(sets: Candidates) -> list[tuple[str, str]]:
    return [(gold, one.gates[name]) for one in _all(sets) for name, gold in one.gold_gates.items() if name in one.gates]


def _at_risk(sets: Candidates) -> list[tuple[str, str]]:
    return [gate for gate in _gates(sets) if gate[0] != "not_met"]


def _denials(sets: Candidates) -> str:
    denied, at_risk = sum(map(_falsely_not_met, _at_risk(sets))), len(_at_risk(sets))
    return f"{denied} of {at_risk} at risk; {len(_gates(sets)) - at_risk} more are not met in gold"


def _with_gate_at_risk(sets: Candidates) -> list[JudgedCandidate]:
    return [
        one
        for one in _all(sets)
        if any(gold != "not_met" and name in one.gates for name, gold in one.gold_gates.items())
    ]


def _falsely_not_met(gate: tuple[str, str]) -> bool:
    return gate[1] == "not_met" and gate[0] != "not_met"


def _superior(sets: Candidates) -> tuple[float, int]:
    right, total = 0.0, 0
    for own in sets.values():
        share, pairs = superior_pairs(
            [Ranked(one.gold_score, one.gold_tier, one.score) for one in own if one.score is not None]
        )
        right += share * pairs if pairs else 0.0
        total += pairs
    return (right / total if total else math.nan), total


def _intervals(sets: Candidates) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    return [(one.gold_rank, one.rank_interval) for one in _all(sets) if one.rank_interval is not None]


def _all(sets: Candidates) -> Iterator[JudgedCandidate]:
    for own in sets.values():
        yield from own


def _share(facts: Iterable[bool]) -> float:
    found = list(facts)
    return sum(found) / len(found) if found else math.nan


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found) if found else math.nan
