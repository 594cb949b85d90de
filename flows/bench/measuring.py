"""A judge measured on benchmark sets: from folders to a `BenchmarkResult`."""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from evaluators.benchmarking.baselines import baseline_scores
from evaluators.benchmarking.bootstrap import DRAWS
from evaluators.benchmarking.figures import candidate_measures, check_figures, figures_of, pair_figures
from evaluators.benchmarking.gold import BenchmarkSet, folder_hash
from evaluators.benchmarking.judged import judged_candidates, judged_checks
from evaluators.benchmarking.results import BenchmarkResult, BenchmarkSetRecord, Figure, MovedPair
from flows.bench.empty import empty_figures
from flows.bench.hidden import hidden_figures
from flows.bench.recall import share_figures
from flows.bench.redaction import redaction_figures
from flows.bench.run_figures import annotator_figures, baseline_figures, boundary_figures, spending_figures
from flows.bench.sets import MeasuredSet, Purse, measure_set
from flows.run_options import DEFAULT_JUDGE, RunOptions
from flows.wiring import open_workbench
from flows.workbench import Progress, Workbench
from pipeline.documents.reading import DocumentReader
from pipeline.embeddings import load_default_embedder
from pipeline.models.scorecard import Scorecard
from pipeline.settings import Settings

QUICK_DRAWS = 200
CHAT_BASES = 10
"""Metamorphic bases with a chat model, which costs money for each of their twins."""

Baselines = dict[str, dict[str, dict[str, float | None]]]


class Plan(NamedTuple):
    """What is to be measured."""

    sets: Sequence[BenchmarkSet]
    root: Path
    """Where the sets lie, and beside them what is measured without a role."""
    options: RunOptions
    quick: bool = False
    skip: frozenset[str] = frozenset()
    bases: int | None = None
    """Metamorphic ones at most; all, or ten with a chat model, if not given."""
    command: str = ""

    @property
    def draws(self) -> int:
        """Draws behind an interval."""
        return QUICK_DRAWS if self.quick else DRAWS

    @property
    def asks_a_model(self) -> bool:
        """Whether a chat model judges."""
        return self.options.judge != DEFAULT_JUDGE

    def wants(self, part: str) -> bool:
        """Whether a part is to be measured."""
        return part not in self.skip


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
        if not plan.asks_a_model:
            # Its answers cost nothing, and those of an older reading must not be met again.
            home = settings.model_copy(update={"home": Path(stack.enter_context(tempfile.TemporaryDirectory()))})
        run = _Run(plan, home, settings, progress, tell)
        measured = tuple(run.sets())
        pairs = run.pairs()
        baselines = run.baselines(measured)
        figures = tuple(run.figures(measured, pairs, baselines))
    return BenchmarkResult(
        made_on=today,
        judge=plan.options.judge,
        fingerprint=measured[0].fingerprint,
        package=version("shortlist"),
        command=plan.command,
        embedder=measured[0].embedder,
        sets=tuple(
            BenchmarkSetRecord(id=one.id, sha256=one.sha256, candidates=len(one.candidates)) for one in plan.sets
        ),
        beside=beside(plan),
        figures=figures,
        candidates=tuple(one for m in measured for one in judged_candidates(m.benchmark, m.screening.shortlist)),
        checks=tuple(one for m in measured for one in judged_checks(m.benchmark, m.screening.shortlist)),
        pairs=pairs,
        baselines=_known(baselines),
        seconds=round(time.perf_counter() - clock, 1),
    )


class _Run:
    """One run of the benchmark: what its steps share."""

    def __init__(
        self, plan: Plan, home: Settings, settings: Settings, progress: Progress, tell: Callable[[str], None]
    ) -> None:
        self._plan = plan
        self._home = home
        self._settings = settings
        self._progress = progress
        self._tell = tell
        self._purse = Purse(plan.options)

    @contextmanager
    def bench_for(self, scorecard: Scorecard) -> Iterator[Workbench]:
        """A workbench for a role, on the budget of the whole run."""
        with open_workbench(self._home, scorecard, options=self._purse.options(), tell=self._tell) as bench:
            self._purse.watch(bench)
            yield bench

    def sets(self) -> Iterator[MeasuredSet]:
        """Every set as the judge saw it."""
        for benchmark in self._plan.sets:
            self._tell(f"Screening {benchmark.id}")
            yield measure_set(benchmark, bench_for=self.bench_for, progress=self._progress)

    def pairs(self) -> tuple[MovedPair, ...]:
        """Candidates and twins with one intended change."""
        if not self._plan.wants("metamorphic"):
            return ()
        from flows.bench.metamorphic import measure_pairs

        bases = self._plan.bases or (CHAT_BASES if self._plan.asks_a_model else None)
        self._tell("Screening candidates and their twins with one intended change")
        return measure_pairs(self._plan.sets, self.bench_for, bases=bases, progress=self._progress)

    def baselines(self, measured: Sequence[MeasuredSet]) -> Baselines:
        """Scores of what a day's work would give, by baseline, set and candidate."""
        found: Baselines = {}
        if self._plan.wants("baselines"):
            embedder = load_default_embedder()
            for one in measured:
                self._tell(f"Scoring {one.benchmark.id} by baselines")
                scores = baseline_scores(_texts(one), one.benchmark.scorecard, embedder=embedder)
                for name, own in scores.items():
                    label = name if ":" in name else f"baseline:{name}"
                    found.setdefault(label, {})[one.benchmark.id] = dict(own)
        if self._plan.asks_a_model and self._plan.wants("holistic"):
            found |= self._holistic(measured)
        return found

    def _holistic(self, measured: Sequence[MeasuredSet]) -> Baselines:
        from flows.bench.holistic import holistic_scores, holistic_spending

        judge = self._plan.options.judge
        scores: dict[str, dict[str, float | None]] = {}
        # One purse for all sets: each with what is left of the budget would spend it several times.
        spending = holistic_spending(judge, self._purse.options(), self._settings)
        for one in measured:
            self._tell(f"Asking {judge} for one score a candidate of {one.benchmark.id}")
            options = self._purse.options()
            scores[one.benchmark.id] = holistic_scores(
                _texts(one),
                one.benchmark.scorecard,
                judge=judge,
                base_url=options.base_url,
                settings=self._settings,
                progress=self._progress,
                options=options,
                spending=spending,
            )
        return {f"holistic:{judge.partition(':')[2]}": scores}

    def figures(
        self, measured: Sequence[MeasuredSet], pairs: Sequence[MovedPair], baselines: Baselines
    ) -> Iterator[Figure]:
        """All figures, those that read files or ask the judge again included."""
        plan, judge, draws = self._plan, self._plan.options.judge, self._plan.draws
        candidates = [one for m in measured for one in judged_candidates(m.benchmark, m.screening.shortlist)]
        checks = [one for m in measured for one in judged_checks(m.benchmark, m.screening.shortlist)]
        self._tell("Drawing intervals")
        yield from figures_of(candidates, candidate_measures(candidates), judge=judge, draws=draws)
        yield from check_figures(checks, [one.id for one in plan.sets], judge=judge, draws=draws)
        yield from annotator_figures(plan.sets, draws=draws)
        yield from boundary_figures(measured, judge=judge)
        for name, outcomes in (
            ("retrieval_recall", {m.benchmark.id: m.retrieved for m in measured}),
            ("verbatim_citations", {m.benchmark.id: m.verbatim for m in measured}),
        ):
            yield from share_figures(name, outcomes, judge=judge, draws=draws)
        if plan.wants("empty"):
            self._tell("Scoring dossiers without evidence")
            yield from empty_figures(
                plan.sets, plan.root, judge=judge, bench_for=self.bench_for, quick=plan.quick or plan.asks_a_model
            )
        yield from pair_figures(pairs, judge=judge)
        yield from self._reading(measured)
        yield from spending_figures(measured, judge=judge)
        yield from baseline_figures(baselines, plan.sets, draws=draws)

    def _reading(self, measured: Sequence[MeasuredSet]) -> Iterator[Figure]:
        """What the reading of files keeps from the judge."""
        plan, judge = self._plan, self._plan.options.judge
        if plan.wants("redaction"):
            self._tell("Looking for names that redaction left")
            screened = {m.benchmark.id: list(m.passages.values()) for m in measured}
            yield from redaction_figures(plan.root, judge=judge, screened=screened, draws=plan.draws)
        if plan.wants("hidden"):
            self._tell("Reading files with hidden text")
            with DocumentReader() as reader:
                yield from hidden_figures(plan.root, plan.sets, judge=judge, reader=reader, quick=plan.quick)


def beside(plan: Plan) -> dict[str, str]:
    """Hashes of the data of the parts that were measured, so that nobody compares figures of different ones."""
    folders = {
        "metamorphic": (plan.root / "pairs", plan.root / "hostile", plan.root.parent / "hostile"),
        "redaction": (plan.root / "redaction",),
        "hidden": (plan.root / "hidden",),
        "empty": (plan.root / "empty",),
    }
    return {
        part: "-".join(folder_hash(folder) for folder in own if folder.is_dir())
        for part, own in folders.items()
        if plan.wants(part)
    }


def _texts(measured: MeasuredSet) -> dict[str, list[str]]:
    """What the judge could read of each gold candidate."""
    return {
        name: [passage.text for passage in measured.passages.get(name, ())] for name in measured.benchmark.candidates
    }


def _known(baselines: Mapping[str, Mapping[str, Mapping[str, float | None]]]) -> dict[str, dict[str, dict[str, float]]]:
    """Scores without those that could not be had."""
    return {
        name: {
            set_: {candidate: score for candidate, score in own.items() if score is not None}
            for set_, own in by_set.items()
        }
        for name, by_set in baselines.items()
    }
