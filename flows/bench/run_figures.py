"""Figures of one run that need more than the cases: annotators, baselines, the size of the open group, spending."""

import math
from collections.abc import Iterator, Mapping, Sequence

from evaluators.benchmarking.figures import figure, figures_of, gate_measures, level_measures, ranking_measures
from evaluators.benchmarking.gold import BenchmarkSet
from evaluators.benchmarking.judged import annotator_candidates, scored_by
from evaluators.benchmarking.results import ALL_SETS, Figure
from flows.bench.sets import MeasuredSet
from flows.run_options import DEFAULT_JUDGE

ANNOTATOR = "annotator:second"


def baseline_figures(
    baselines: Mapping[str, Mapping[str, Mapping[str, float | None]]], sets: Sequence[BenchmarkSet], *, draws: int
) -> Iterator[Figure]:
    """Rank agreement of what needs no judge, and of one prompt for everything."""
    for name, by_set in baselines.items():
        scored = [one for own in sets if own.id in by_set for one in scored_by(own, by_set[own.id])]
        yield from figures_of(scored, ranking_measures(), judge=name, draws=draws)


def annotator_figures(sets: Sequence[BenchmarkSet], *, draws: int) -> Iterator[Figure]:
    """How well a second person agrees with the gold: what a judge can be held against."""
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
