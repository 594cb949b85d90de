"""A judge measured on benchmark sets: from folders to a `BenchmarkResult`."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from evaluators.benchmarking.bootstrap import DRAWS
from evaluators.benchmarking.figures import (
    candidate_measures,
    check_figures,
    figure,
    figures_of,
    gate_measures,
    level_measures,
    pair_figures,
    ranking_measures,
)
from evaluators.benchmarking.gold import BenchmarkSet
from evaluators.benchmarking.judged import annotator_candidates, judged_candidates, judged_checks
from evaluators.benchmarking.results import (
    BenchmarkResult,
    BenchmarkSetRecord,
    Figure,
    JudgedCandidate,
    JudgedCheck,
    MovedPair,
)
from flows.bench.recall import retrieved_quotes, share_figures, verbatim
from flows.run_options import DEFAULT_JUDGE, RunOptions
from flows.walk import Screening, screen
from flows.wiring import open_workbench
from flows.workbench import Progress, Workbench
from pipeline.models.scorecard import Scorecard
from pipeline.settings import Settings

QUICK_DRAWS = 200
ANNOTATOR = "annotator:second"


class Plan(NamedTuple):
    """What is to be measured."""

    sets: Sequence[BenchmarkSet]
    root: Path
    """Where the sets lie, and beside them what is measured without a role."""
    options: RunOptions
    quick: bool = False
    skip: frozenset[str] = frozenset()

    @property
    def draws(self) -> int:
        """Draws behind an interval."""
        return QUICK_DRAWS if self.quick else DRAWS

    def wants(self, part: str) -> bool:
        """Whether a part is to be measured."""
        return part not in self.skip


class MeasuredSet(NamedTuple):
    """One set as a judge saw it."""

    benchmark: BenchmarkSet
    screening: Screening
    fingerprint: str
    embedder: str
    retrieved: list[list[bool]]
    verbatim: list[list[bool]]
    seconds: float
    spent: float | None
    """US dollars; None if no model was asked or its price is unknown."""


def measure(
    plan: Plan, *, settings: Settings, progress: Progress, tell: Callable[[str], None], today: date
) -> BenchmarkResult:
    """Measure a judge.

    Args:
        plan: What on what.
        settings: Where the ledger lies that keeps the answers of a chat judge; the evidence judge needs none.
        progress: Told of every candidate.
        tell: Told, a line at a time, what is being done.
        today: Date of the result.

    Raises:
        ConfigurationError: Nothing was started.
        JudgeUnavailable: The judge did not answer.
    """
    clock = time.perf_counter()
    with ExitStack() as stack:
        home = settings
        if plan.options.judge == DEFAULT_JUDGE:
            # Its answers cost nothing, and those of an older reading must not be met again.
            home = settings.model_copy(update={"home": Path(stack.enter_context(tempfile.TemporaryDirectory()))})

        def bench_for(scorecard: Scorecard) -> AbstractContextManager[Workbench]:
            return open_workbench(home, scorecard, options=plan.options, tell=tell)

        measured = []
        for benchmark in plan.sets:
            tell(f"Screening {benchmark.id}")
            measured.append(measure_set(benchmark, bench_for=bench_for, progress=progress))
    judge = plan.options.judge
    candidates = tuple(one for m in measured for one in judged_candidates(m.benchmark, m.screening.shortlist))
    checks = tuple(one for m in measured for one in judged_checks(m.benchmark, m.screening.shortlist))
    pairs: tuple[MovedPair, ...] = ()
    tell("Drawing intervals")
    return BenchmarkResult(
        made_on=today,
        judge=judge,
        fingerprint=measured[0].fingerprint,
        package=version("shortlist"),
        embedder=measured[0].embedder,
        sets=tuple(
            BenchmarkSetRecord(id=one.id, sha256=one.sha256, candidates=len(one.candidates)) for one in plan.sets
        ),
        figures=tuple(_figures(plan, measured, candidates, checks, pairs)),
        candidates=candidates,
        checks=checks,
        pairs=pairs,
        seconds=round(time.perf_counter() - clock, 1),
    )


def _figures(
    plan: Plan,
    measured: Sequence[MeasuredSet],
    candidates: Sequence[JudgedCandidate],
    checks: Sequence[JudgedCheck],
    pairs: Sequence[MovedPair],
) -> Iterator[Figure]:
    judge, draws = plan.options.judge, plan.draws
    yield from figures_of(candidates, candidate_measures(candidates), judge=judge, draws=draws)
    yield from annotator_figures(plan.sets, draws=draws)
    yield from check_figures(checks, [one.id for one in plan.sets], judge=judge, draws=draws)
    yield from boundary_figures(measured, judge=judge)
    yield from share_figures(
        "retrieval_recall", {m.benchmark.id: m.retrieved for m in measured}, judge=judge, draws=draws
    )
    yield from share_figures(
        "verbatim_citations", {m.benchmark.id: m.verbatim for m in measured}, judge=judge, draws=draws
    )
    yield from pair_figures(pairs, judge=judge)
    yield from spending_figures(measured, judge=judge)


def measure_set(
    benchmark: BenchmarkSet,
    *,
    bench_for: Callable[[Scorecard], AbstractContextManager[Workbench]],
    progress: Progress,
) -> MeasuredSet:
    """Screen a set's candidates and look at what was shown and cited."""
    with bench_for(benchmark.scorecard) as bench, batch_of(benchmark) as batch:
        clock = time.perf_counter()
        screening = screen(batch, benchmark.scorecard, bench=bench, run_id=f"bench-{benchmark.id}", progress=progress)
        seconds = time.perf_counter() - clock
        spending = bench.judges.spending
        return MeasuredSet(
            benchmark,
            screening,
            fingerprint=bench.judges.first.fingerprint,
            embedder=bench.embedder,
            retrieved=retrieved_quotes(benchmark, screening, bench=bench),
            verbatim=verbatim(benchmark, screening, bench=bench),
            seconds=seconds,
            spent=None if spending is None or spending.spent is None else float(spending.spent),
        )


@contextmanager
def batch_of(benchmark: BenchmarkSet) -> Iterator[Path]:
    """The candidates of a set as a batch, with the brief and the skeleton of its take-home if there are any."""
    beside = [path for path in benchmark.folder.iterdir() if path.stem == "brief" or path.name == "starter"]
    if not beside:
        yield benchmark.candidates_folder
        return
    with tempfile.TemporaryDirectory() as folder:
        batch = Path(folder) / benchmark.id
        shutil.copytree(benchmark.candidates_folder, batch)
        for path in beside:
            if path.is_dir():
                shutil.copytree(path, batch / path.name)
            else:
                shutil.copy(path, batch)
        yield batch


def annotator_figures(sets: Sequence[BenchmarkSet], *, draws: int) -> Iterator[Figure]:
    """How well a second person agrees with the gold: what a judge can be held against."""
    found = [one for benchmark in sets for one in annotator_candidates(benchmark)]
    if not found:
        note = "no set has a second labelling (gold/second)"
        yield figure("annotator_kappa", float("nan"), judge=ANNOTATOR, set_="all", cases=0, bases=0, note=note)
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
    for set_, part in [*groups, ("all", list(measured))] if len(groups) > 1 else groups:
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
            ("cost_per_candidate", cost / share / people, "USD", known),
            ("seconds_per_candidate", sum(one.seconds for one in part) / people, "s", known),
        ):
            yield figure(
                name, value, judge=judge, set_=set_, cases=people, bases=people, better="lower", unit=unit, note=note
            )
