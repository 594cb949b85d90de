"""A judge measured on benchmark sets: from folders to a `BenchmarkResult`."""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from evaluators.benchmarking.baselines import baseline_scores
from evaluators.benchmarking.bootstrap import DRAWS
from evaluators.benchmarking.figures import candidate_measures, check_figures, figures_of
from evaluators.benchmarking.gold import BenchmarkSet
from evaluators.benchmarking.judged import judged_candidates, judged_checks, scored_by
from evaluators.benchmarking.leads import lead_figures
from evaluators.benchmarking.moved import pair_figures
from evaluators.benchmarking.results import (
    BenchmarkResult,
    BenchmarkSetRecord,
    Figure,
    JudgedCandidate,
    JudgedCheck,
    MovedPair,
)
from flows.bench.beside import PARTS, data_hashes
from flows.bench.empty import empty_figures
from flows.bench.gold_quotes import lost_note
from flows.bench.hidden import hidden_figures
from flows.bench.particulars import particulars_figures
from flows.bench.quotes import why_no_quote, withdrawn_figures
from flows.bench.recall import share_figures
from flows.bench.redaction import redaction_figures
from flows.bench.refusals import Refusal, refusal
from flows.bench.run_figures import (
    annotator_figures,
    baseline_figures,
    boundary_figures,
    majority_figures,
    refused_figure,
    spending_figures,
    spread_figures,
    tool_figures,
)
from flows.bench.sets import MeasuredSet, Purse, measure_set
from flows.bench.ties import tie_figures
from flows.run_options import DEFAULT_JUDGE, RunOptions
from flows.wiring import open_workbench
from flows.workbench import Progress, Workbench
from pipeline.documents.reading import DocumentReader
from pipeline.embeddings import load_default_embedder
from pipeline.ledger import Ledger
from pipeline.models.scorecard import Scorecard
from pipeline.settings import Settings

if TYPE_CHECKING:
    from flows.bench.holistic import HolisticAnswers

QUICK_DRAWS = 200
QUICK_RELATIONS = frozenset(("tool_stuffing",))
"""What a first look also measures: a scorer that counts tools can rank these candidates well all the same."""
QUICK_BASES = 20
CHAT_BASES, QUICK_CHAT_BASES = 10, 4
"""Metamorphic bases with a chat model, which costs money for each of their twins."""

Scores = dict[str, dict[str, dict[str, float | None]]]
"""By who scored, set and candidate."""


class Plan(NamedTuple):
    """What is to be measured."""

    sets: Sequence[BenchmarkSet]
    root: Path
    """Where the sets lie, and beside them what is measured without a role."""
    options: RunOptions
    quick: bool = False
    skip: frozenset[str] = frozenset()
    bases: int | None = None
    """Metamorphic ones at most; if not given all, or fewer for a first look and with a chat model."""
    holistic_asks: int = 1
    """How often the one plain prompt is asked about each candidate."""
    command: str = ""

    @property
    def draws(self) -> int:
        """Draws behind an interval."""
        return QUICK_DRAWS if self.quick else DRAWS

    @property
    def asks_a_model(self) -> bool:
        """Whether a chat model judges."""
        return self.options.judge != DEFAULT_JUDGE

    @property
    def most_bases(self) -> int | None:
        """Metamorphic bases at most; None for all."""
        if self.bases is not None:
            return self.bases
        if self.asks_a_model:
            return QUICK_CHAT_BASES if self.quick else CHAT_BASES
        return QUICK_BASES if self.quick else None

    def wants(self, part: str) -> bool:
        """Whether a part is to be measured."""
        return part not in self.skip


def measure(
    plan: Plan,
    *,
    settings: Settings,
    progress: Progress,
    tell: Callable[[str], None],
    warn: Callable[[str], None],
    today: date,
) -> BenchmarkResult:
    """Measure a judge.

    Args:
        plan: What on what.
        settings: Where the ledger lies that keeps the answers of a chat judge; the evidence judge needs none.
        progress: Told of every candidate.
        tell: Told, a line at a time, what is being done.
        warn: Told what is wrong with the labels, so far as the run can go on.
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
            home = settings.apart_in(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        run = _Run(plan, home, settings, progress, tell, warn)
        try:
            measured = tuple(run.sets())
        except ValidationError as error:
            # The scorer gave what a shortlist refuses: a miss with its figure, which a crash would not show.
            outcome = run.refused(refusal(error))
        else:
            outcome = run.measured(measured)
    return BenchmarkResult(
        made_on=today,
        judge=plan.options.judge,
        package=version("shortlist"),
        command=plan.command,
        sets=tuple(
            BenchmarkSetRecord(id=one.id, sha256=one.sha256, candidates=len(one.candidates)) for one in plan.sets
        ),
        beside=data_hashes(plan.sets, plan.root, parts=[part for part in PARTS if plan.wants(part)]),
        **outcome._asdict(),
        seconds=round(time.perf_counter() - clock, 1),
    )


class _Outcome(NamedTuple):
    """What of a result is counted."""

    fingerprint: str
    embedder: str
    figures: tuple[Figure, ...]
    candidates: tuple[JudgedCandidate, ...] = ()
    checks: tuple[JudgedCheck, ...] = ()
    pairs: tuple[MovedPair, ...] = ()
    baselines: Mapping[str, Mapping[str, Mapping[str, float]]] = {}


class _Baselines(NamedTuple):
    """Who else scored the candidates."""

    scores: Scores
    spreads: Scores
    """Of those that were asked several times: how far their answers about a candidate lie apart."""


class _Run:
    """One run of the benchmark: what its steps share."""

    def __init__(
        self,
        plan: Plan,
        home: Settings,
        settings: Settings,
        progress: Progress,
        tell: Callable[[str], None],
        warn: Callable[[str], None],
    ) -> None:
        self._plan = plan
        self._home = home
        self._settings = settings
        self._progress = progress
        self._tell = tell
        self._warn = warn
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
            yield measure_set(benchmark, bench_for=self.bench_for, progress=self._progress, warn=self._warn)

    def measured(self, measured: Sequence[MeasuredSet]) -> _Outcome:
        """Everything, from the sets as the judge saw them."""
        pairs = self.pairs()
        baselines = self.baselines(measured)
        candidates = tuple(one for m in measured for one in judged_candidates(m.benchmark, m.screening.shortlist))
        checks = tuple(one for m in measured for one in judged_checks(m.benchmark, m.screening.shortlist))
        return _Outcome(
            measured[0].fingerprint,
            measured[0].embedder,
            tuple(self.figures(measured, candidates, checks, pairs, baselines)),
            candidates,
            checks,
            pairs,
            _known(baselines.scores),
        )

    def refused(self, why: Refusal) -> _Outcome:
        """What can be said of a scorer whose scores a shortlist refuses."""
        self._tell(f"A score cannot be kept: {why}")
        judge = self._plan.options.judge
        with self.bench_for(self._plan.sets[0].scorecard) as bench:
            fingerprint, embedder = bench.judges.first.fingerprint, bench.embedder
        pairs = self.pairs()
        return _Outcome(
            fingerprint, embedder, (refused_figure(why, judge=judge), *pair_figures(pairs, judge=judge)), pairs=pairs
        )

    def pairs(self) -> tuple[MovedPair, ...]:
        """Candidates and twins with one intended change."""
        if not self._plan.wants("metamorphic"):
            return ()
        from flows.bench.metamorphic import measure_pairs

        plan = self._plan
        self._tell("Screening candidates and their twins with one intended change")
        return measure_pairs(
            plan.sets,
            self.bench_for,
            bases=plan.most_bases,
            only=QUICK_RELATIONS if plan.quick else None,
            progress=self._progress,
        )

    def baselines(self, measured: Sequence[MeasuredSet]) -> _Baselines:
        """Scores of what a day's work would give, by baseline, set and candidate."""
        found: Scores = {}
        if self._plan.wants("baselines"):
            embedder = load_default_embedder()
            for one in measured:
                self._tell(f"Scoring {one.benchmark.id} by baselines")
                scores = baseline_scores(_texts(one), one.benchmark.scorecard, embedder=embedder)
                for name, own in scores.items():
                    label = name if ":" in name else f"baseline:{name}"
                    found.setdefault(label, {})[one.benchmark.id] = dict(own)
        if not (self._plan.asks_a_model and self._plan.wants("holistic")):
            return _Baselines(found, {})
        label = f"holistic:{self._plan.options.judge.partition(':')[2]}"
        answers = self._holistic(measured)
        found[label] = {set_: one.scores for set_, one in answers.items()}
        return _Baselines(found, {label: {set_: one.spread for set_, one in answers.items()}})

    def _holistic(self, measured: Sequence[MeasuredSet]) -> "dict[str, HolisticAnswers]":
        from flows.bench.holistic import ask_holistic, holistic_spending, log_unused

        judge = self._plan.options.judge
        answers = {}
        # One purse for all sets: each with what is left of the budget would spend it several times.
        spending = holistic_spending(judge, self._purse.options(), self._settings)
        with Ledger.open(self._home.ledger) as ledger:
            for one in measured:
                self._tell(f"Asking {judge} for one score a candidate of {one.benchmark.id}")
                options = self._purse.options()
                answers[one.benchmark.id] = ask_holistic(
                    _texts(one),
                    one.benchmark.scorecard,
                    judge=judge,
                    base_url=options.base_url,
                    settings=self._settings,
                    progress=self._progress,
                    samples=self._plan.holistic_asks,
                    options=options,
                    spending=spending,
                    ledger=ledger,
                )
                log_unused(answers[one.benchmark.id])
        return answers

    def figures(
        self,
        measured: Sequence[MeasuredSet],
        candidates: Sequence[JudgedCandidate],
        checks: Sequence[JudgedCheck],
        pairs: Sequence[MovedPair],
        baselines: _Baselines,
    ) -> Iterator[Figure]:
        """All figures, those that read files or ask the judge again included."""
        plan, judge, draws = self._plan, self._plan.options.judge, self._plan.draws
        self._tell("Drawing intervals")
        yield from figures_of(candidates, candidate_measures(candidates), judge=judge, draws=draws)
        yield from check_figures(checks, [one.id for one in plan.sets], judge=judge, draws=draws)
        yield from tie_figures(measured, judge=judge)
        yield from annotator_figures(plan.sets, draws=draws)
        yield from majority_figures(candidates, draws=draws)
        yield from boundary_figures(measured, judge=judge)
        yield from tool_figures(measured, judge=judge)
        retrieved = {m.benchmark.id: m.retrieved for m in measured}
        yield from share_figures(
            "retrieval_recall", retrieved, judge=judge, draws=draws, note=lost_note(m.lost for m in measured)
        )
        yield from share_figures(
            "verbatim_citations",
            {m.benchmark.id: m.verbatim for m in measured},
            judge=judge,
            draws=draws,
            why_none=lambda sets: why_no_quote([m for m in measured if m.benchmark.id in sets]),
        )
        yield from withdrawn_figures(measured, judge=judge, draws=draws)
        if plan.wants("empty"):
            self._tell("Scoring dossiers without evidence")
            yield from empty_figures(
                plan.sets, plan.root, judge=judge, bench_for=self.bench_for, quick=plan.quick or plan.asks_a_model
            )
        yield from pair_figures(pairs, judge=judge)
        yield from self._reading(measured)
        yield from spending_figures(measured, judge=judge)
        scored = {
            name: [one for own in plan.sets if own.id in by_set for one in scored_by(own, by_set[own.id])]
            for name, by_set in baselines.scores.items()
        }
        yield from baseline_figures(scored, draws=draws)
        yield from lead_figures(candidates, scored, judge=judge, draws=draws)
        if plan.holistic_asks > 1:
            yield from spread_figures(baselines.spreads, asks=plan.holistic_asks, draws=draws)

    def _reading(self, measured: Sequence[MeasuredSet]) -> Iterator[Figure]:
        """What the reading of files keeps from the judge."""
        plan, judge = self._plan, self._plan.options.judge
        if plan.wants("redaction"):
            self._tell("Looking for names and other particulars that redaction left")
            screened = {m.benchmark.id: list(m.passages.values()) for m in measured}
            yield from redaction_figures(plan.root, judge=judge, screened=screened, draws=plan.draws)
            yield from particulars_figures(plan.root, judge=judge, draws=plan.draws)
        if plan.wants("hidden"):
            self._tell("Reading files with hidden text")
            with DocumentReader() as reader:
                yield from hidden_figures(plan.root, plan.sets, judge=judge, reader=reader, quick=plan.quick)


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
