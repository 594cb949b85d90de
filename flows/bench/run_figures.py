"""Figures of one run that need more than the cases: annotators, baselines, the size of the open group, spending."""

import math
from collections.abc import Iterator, Mapping, Sequence

from evaluators.benchmarking.bootstrap import bootstrap
from evaluators.benchmarking.figures import figure, figures_of, level_measures, ranking_measures
from evaluators.benchmarking.gold import BenchmarkSet
from evaluators.benchmarking.judged import annotator_candidates
from evaluators.benchmarking.must_haves import MAJORITY, by_majority, gate_measures
from evaluators.benchmarking.results import ALL_SETS, Figure, JudgedCandidate
from flows.bench.refusals import Refusal
from flows.bench.sets import MeasuredSet
from flows.run_options import DEFAULT_JUDGE

ANNOTATOR = "annotator:second"
TOOL_POINTS = "tool_points"
"""As a row of a shortlist names it."""


def baseline_figures(scored: Mapping[str, Sequence[JudgedCandidate]], *, draws: int) -> Iterator[Figure]:
    """Rank agreement of what needs no judge, and of one prompt for everything."""
    for name, candidates in scored.items():
        yield from figures_of(candidates, ranking_measures(), judge=name, draws=draws)


def majority_figures(candidates: Sequence[JudgedCandidate], *, draws: int) -> Iterator[Figure]:
    """Must-haves by the commonest answer for all of them: what a judge has to beat before it has read anything."""
    yield from figures_of(by_majority(candidates), gate_measures(), judge=MAJORITY, draws=draws)


def spread_figures(
    spreads: Mapping[str, Mapping[str, Mapping[str, float | None]]], *, asks: int, draws: int
) -> Iterator[Figure]:
    """How far the answers of one plain prompt about one candidate lie apart, on average over candidates."""
    for name, by_set in spreads.items():
        known = {set_: [one for one in own.values() if one is not None] for set_, own in by_set.items()}
        parts: list[tuple[str, dict[str, list[float]]]] = [(set_, {set_: own}) for set_, own in known.items()]
        for set_, part in [*parts, (ALL_SETS, known)] if len(parts) > 1 else parts:
            count = sum(map(len, part.values()))
            yield figure(
                "holistic_spread",
                _mean_of(part),
                judge=name,
                set_=set_,
                interval=bootstrap(part, _mean_of, draws=draws),
                cases=count * asks,
                bases=count,
                better="lower",
                unit="points",
                note=f"standard deviation of {asks} answers about a candidate, the first at temperature 0"
                if count
                else "no candidate has two usable answers",
            )


def _mean_of(part: Mapping[str, Sequence[float]]) -> float:
    flat = [one for own in part.values() for one in own]
    return sum(flat) / len(flat) if flat else math.nan


def tool_figures(measured: Sequence[MeasuredSet], *, judge: str) -> Iterator[Figure]:
    """The largest part of a score that comes from tools."""
    parts = [(one.benchmark.id, [row.tool_points for row in one.screening.shortlist.rows]) for one in measured]
    whole = [(ALL_SETS, [points for _, own in parts for points in own])] if len(parts) > 1 else []
    for set_, points in [*parts, *whole]:
        yield figure(
            TOOL_POINTS,
            max(points, default=math.nan),
            judge=judge,
            set_=set_,
            cases=len(points),
            bases=len(points),
            better="lower",
            unit="points",
            note=f"the largest of {len(points)}",
        )


def refused_figure(why: Refusal, *, judge: str) -> Figure:
    """The value for which a shortlist refused a row; a miss under its own name."""
    return figure(
        why.field,
        math.nan if why.value is None else why.value,
        judge=judge,
        set_=ALL_SETS,
        cases=1,
        bases=1,
        better="lower",
        unit="points",
        note=f"{why}; nothing else could be measured of these sets",
    )


def annotator_figures(sets: Sequence[BenchmarkSet], *, draws: int) -> Iterator[Figure]:
    """How well a second annotator agrees with the gold: what a judge can be held against."""
    found = [one for benchmark in sets for one in annotator_candidates(benchmark)]
    if not found:
        note = "no set has a second labelling (gold/second)"
        yield figure("annotator_kappa", float("nan"), judge=ANNOTATOR, set_=ALL_SETS, cases=0, bases=0, note=note)
        return
    criteria = dict.fromkeys(name for one in found for name in one.gold_levels)
    measures = (*level_measures(criteria, name="annotator_kappa"), *ranking_measures(), *gate_measures())
    yield from figures_of(found, measures, judge=ANNOTATOR, draws=draws)


def boundary_figures(measured: Sequence[MeasuredSet], *, judge: str) -> Iterator[Figure]:
    """How many candidates stand too near the cut to be told apart."""
    for one in measured:
        rows = one.screening.shortlist.rows
        near = sum("boundary" in (row.band, row.would_be) for row in rows)
        yield figure(
            "boundary_size",
            near,
            judge=judge,
            set_=one.benchmark.id,
            cases=len(rows),
            bases=len(rows),
            better="lower",
            unit="candidates",
            note=f"K is {one.screening.shortlist.top} of {len(rows)}",
        )


def spending_figures(measured: Sequence[MeasuredSet], *, judge: str) -> Iterator[Figure]:
    """Tokens, US dollars and seconds for one candidate; what was known from before is reckoned in."""
    groups = [(one.benchmark.id, [one]) for one in measured]
    for set_, part in [*groups, (ALL_SETS, list(measured))] if len(groups) > 1 else groups:
        statistics = [one.screening.judged.statistics for one in part]
        asked, requests = sum(s.asked for s in statistics), sum(s.requests for s in statistics)
        people = sum(len(one.benchmark.candidates) for one in part)
        known = f"{requests - asked} of {requests} answers were known from before" if asked < requests else ""
        share = asked / requests if asked else float("nan")
        tokens = sum(s.input_tokens + s.output_tokens for s in statistics)
        spent = [0.0 if judge == DEFAULT_JUDGE else one.spent for one in part]
        cost = sum(s for s in spent if s is not None) if None not in spent else float("nan")
        for name, value, unit, note in (
            ("tokens_per_candidate", tokens / share / people, "tokens", known),
            (
                "cost_per_candidate",
                cost / share / people,
                "USD",
                "the price is not known" if math.isnan(cost) else known,
            ),
            ("seconds_per_candidate", sum(one.seconds for one in part) / people, "s", known),
        ):
            yield figure(
                name, value, judge=judge, set_=set_, cases=people, bases=people, better="lower", unit=unit, note=note
            )
