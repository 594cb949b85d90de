"""One benchmark set, screened by a judge, and what may be spent on all of them."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

from evaluators.benchmarking.gold import BenchmarkSet
from evaluators.money.spending import Spending
from flows.bench.gold_quotes import LostQuote, left_out, lost_quotes, lost_warning
from flows.bench.recall import retrieved_quotes, verbatim
from flows.run_options import RunOptions
from flows.walk import Screening, screen
from flows.workbench import Progress, Workbench
from pipeline.errors import JudgeUnavailable
from pipeline.intake import candidate_names
from pipeline.intake_tree import safe_name
from pipeline.models.dossier import Passage
from pipeline.models.reading import ReadingNote
from pipeline.models.scorecard import Scorecard
from pipeline.passages import BriefText

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
    """For each candidate and gold quote that somebody can have read, whether it was shown."""
    verbatim: list[list[bool]]
    """For each candidate and citation, whether it stands in the file."""
    seconds: float
    spent: float | None
    """US dollars; None if no model was asked or its price is unknown."""
    lost: tuple[LostQuote, ...] = ()


def measure_set(
    benchmark: BenchmarkSet, *, bench_for: BenchFor, progress: Progress, warn: Callable[[str], None]
) -> MeasuredSet:
    """Screen a set's labelled candidates and look at what was shown and cited.

    Args:
        benchmark: The set.
        bench_for: Opens what it is screened with.
        progress: Told whenever something is done.
        warn: Told before the first question which gold quotes stand in no document.
    """
    lost: tuple[LostQuote, ...] = ()

    def look_up(notes: Sequence[ReadingNote], brief: BriefText) -> None:
        nonlocal lost
        lost = lost_quotes(benchmark, _passages(notes, bench))
        if lost:
            warn(lost_warning(benchmark, lost))

    with bench_for(benchmark.scorecard) as bench, batch_of(benchmark) as batch:
        clock = time.perf_counter()
        screening = screen(
            batch,
            benchmark.scorecard,
            bench=bench,
            run_id=f"bench-{benchmark.id}",
            progress=progress,
            forecast=look_up,
        )
        seconds = time.perf_counter() - clock
        spending = bench.judges.spending
        return MeasuredSet(
            benchmark,
            screening,
            fingerprint=bench.judges.first.fingerprint,
            embedder=bench.embedder,
            passages=_passages(screening.readings, bench),
            retrieved=retrieved_quotes(benchmark, screening, bench=bench, lost=left_out(lost)),
            verbatim=verbatim(benchmark, screening, bench=bench),
            seconds=seconds,
            spent=None if spending is None or spending.spent is None else float(spending.spent),
            lost=lost,
        )


def _passages(notes: Sequence[ReadingNote], bench: Workbench) -> dict[str, tuple[Passage, ...]]:
    return {note.candidate: bench.readings[note.key].dossier.passages for note in notes}


@contextmanager
def batch_of(benchmark: BenchmarkSet) -> Iterator[Path]:
    """The labelled candidates of a set as a batch, with the brief and skeleton of its take-home if there are any."""
    beside = [path for path in benchmark.folder.iterdir() if path.stem == "brief" or path.name == "starter"]
    if not beside and not benchmark.unlabelled:
        yield benchmark.candidates_folder
        return
    names = candidate_names(benchmark.candidates_folder)
    without = {names[candidate] for candidate in benchmark.unlabelled}

    def unlabelled(folder: str, found: list[str]) -> list[str]:
        is_top = Path(folder) == benchmark.candidates_folder
        return [name for name in found if is_top and safe_name(name) in without]

    with tempfile.TemporaryDirectory() as temporary:
        batch = Path(temporary) / benchmark.id
        shutil.copytree(benchmark.candidates_folder, batch, ignore=unlabelled)
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
