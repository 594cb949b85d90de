"""One benchmark set, screened by a judge, and what may be spent on all of them."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

from evaluators.benchmarking.gold import BenchmarkSet
from evaluators.money.spending import Spending
from flows.bench.recall import retrieved_quotes, verbatim
from flows.run_options import RunOptions
from flows.walk import Screening, screen
from flows.workbench import Progress, Workbench
from pipeline.errors import JudgeUnavailable
from pipeline.models.dossier import Passage
from pipeline.models.scorecard import Scorecard

BenchFor = Callable[[Scorecard], AbstractContextManager[Workbench]]


class MeasuredSet(NamedTuple):
    """One set as a judge saw it."""

    benchmark: BenchmarkSet
    screening: Screening
    fingerprint: str
    embedder: str
    passages: dict[str, tuple[Passage, ...]]
    """What was read of each candidate."""
    retrieved: list[list[bool]]
    """For each candidate and gold quote, whether it was shown."""
    verbatim: list[list[bool]]
    """For each candidate and citation, whether it stands in the file."""
    seconds: float
    spent: float | None
    """US dollars; None if no model was asked or its price is unknown."""


def measure_set(benchmark: BenchmarkSet, *, bench_for: BenchFor, progress: Progress) -> MeasuredSet:
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
            passages={note.candidate: bench.readings[note.key].dossier.passages for note in screening.readings},
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


class Purse:
    """Holds the budget of a benchmark together: every set has a judge of its own, and a budget is one for all."""

    def __init__(self, options: RunOptions) -> None:
        self._options = options
        self._spendings: list[Spending] = []

    def options(self) -> RunOptions:
        """The options with what is left.

        Raises:
            JudgeUnavailable: Nothing is left.
        """
        left: dict[str, float | int] = {}
        if self._options.budget is not None:
            left["budget"] = self._options.budget - sum(float(one.spent or 0) for one in self._spendings)
        if self._options.max_requests is not None:
            left["max_requests"] = self._options.max_requests - sum(one.requests for one in self._spendings)
        if any(value <= 0 for value in left.values()):
            raise JudgeUnavailable(
                "The budget of the benchmark is used up. What was answered is kept: the same command with a larger one "
                "goes on."
            )
        return self._options.model_copy(update=left)

    def watch(self, bench: Workbench) -> None:
        """Count what this workbench spends."""
        if bench.judges.spending is not None:
            self._spendings.append(bench.judges.spending)
