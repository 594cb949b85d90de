"""What the commands of `shortlist bench` do."""

import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from evaluators.benchmarking.comparing import compare
from evaluators.benchmarking.decisions import fit
from evaluators.benchmarking.gold import BenchmarkSet, find_sets, load_set
from evaluators.benchmarking.leads import LEAD
from evaluators.benchmarking.relations.injection import CHANNELS
from evaluators.benchmarking.relations.table import RELATIONS
from evaluators.benchmarking.results import BenchmarkResult
from evaluators.benchmarking.thresholds import Threshold, check_thresholds, fails, load_thresholds
from evaluators.rubric_library import load_rubric_library
from flows.bench.commands import SKIPPABLE, Measured
from flows.bench.gold_quotes import unlabelled_warning
from flows.bench.measuring import QUICK_RELATIONS, Plan, measure
from flows.bench.page import write_page
from flows.bench.terminal import outcome_lines, print_result
from flows.bench.terminal_tables import print_comparison, print_fit
from flows.publishing import write_files
from flows.run_options import RunOptions
from flows.workbench import Progress as Tell
from flows.workbench import Step
from pipeline.decision_file import read_decisions
from pipeline.errors import ConfigurationError
from pipeline.models.report import Report
from pipeline.settings import load_settings

MISSED = 1
"""Exit code when a threshold is missed."""
PIPE_COLUMNS = 190
PARTS = {
    "metamorphic": ("metamorphic",),
    "baselines": (LEAD,),
    "empty": ("empty_dossier_score",),
    "redaction": ("redaction_recall", "particulars_removed", "technology_kept"),
    "hidden": ("hidden_recall", "hidden_false_flags"),
}
"""Names of the figures of each part that may be left out."""


def run_bench(
    options: RunOptions,
    measured: Measured,
    *,
    data: Path | None,
    out: Path,
    thresholds_path: Path | None,
    quiet: bool,
) -> None:
    """Measure, show, write `bench.json` and `bench.html`; exit code 1 if a threshold is missed.

    Args:
        options: Who judges.
        measured: What of it.
        data: Folder of the sets; the shipped ones if not given.
        out: Folder of the results.
        thresholds_path: What has to be reached; beside the data if not given.
        quiet: Show no progress.

    Raises:
        ConfigurationError: Data, thresholds, judge or output folder are at fault.
        JudgeUnavailable: The judge did not answer; what it answered before is kept.
    """
    if unknown := measured.skip - set(SKIPPABLE):
        raise ConfigurationError(f"--skip knows no {sorted(unknown)}; it knows {', '.join(SKIPPABLE)}.")
    root = data or shipped_data()
    sets = load_sets(root, measured.only)
    thresholds = _thresholds(thresholds_path, data)
    _check_out(out)
    plan = Plan(
        sets,
        root,
        options,
        quick=measured.quick,
        skip=measured.skip,
        bases=measured.bases,
        holistic_asks=measured.holistic_asks,
        command=command(options, measured),
    )
    with _progress(quiet) as (progress, tell, warn):
        for warning in filter(None, map(unlabelled_warning, sets)):
            warn(warning)
        today = datetime.now(UTC).date()
        result = measure(plan, settings=load_settings(), progress=progress, tell=tell, warn=warn, today=today)
    left_out, all_sets = tuple(not_asked_for(plan)), not measured.only
    outcomes = tuple(
        check_thresholds(thresholds, result.figures, judge=result.judge, left_out=left_out, all_sets=all_sets)
    )
    write_files(out, {"bench.json": result.model_dump_json(indent=1) + "\n"})
    write_page(result, out / "bench.html", thresholds=thresholds, left_out=left_out, all_sets=all_sets)
    console = _console()
    print_result(result, console)
    outcome_lines(outcomes, console)
    print(out / "bench.html")  # noqa: T201 - the last line is the path alone, for people and for scripts
    if fails(outcomes):
        raise typer.Exit(MISSED)


def _check_out(out: Path) -> None:
    """Find out before minutes of work that its result cannot be written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"Results cannot be written to {str(out)!r}: {error.strerror}. Choose --out."
        ) from error


def not_asked_for(plan: Plan) -> Iterator[str]:
    """Figures, or groups of figures, that a plan leaves out."""
    for part in plan.skip:
        yield from PARTS.get(part, ())
    if plan.quick:
        groups = (*RELATIONS, *(f"injection:{channel}" for channel in CHANNELS))
        yield from (f"metamorphic:{group}" for group in groups if group not in QUICK_RELATIONS)


def command(options: RunOptions, measured: Measured) -> str:
    """What makes the result again, without paths and addresses, which may say more than they should."""
    words = ["shortlist", "bench", "--judge", options.judge]
    words += [word for name in measured.only for word in ("--set", name)]
    words += ["--quick"] if measured.quick else []
    words += [word for part in sorted(measured.skip) for word in ("--skip", part)]
    words += ["--bases", str(measured.bases)] if measured.bases is not None else []
    words += ["--holistic-asks", str(measured.holistic_asks)] if measured.holistic_asks > 1 else []
    return shlex.join(words)


def shipped_data() -> Path:
    """The benchmark sets that come with the package, or with the repository when run from there.

    Raises:
        ConfigurationError: The installation lacks them.
    """
    top = Path(__file__).parent.parent.parent
    for folder in (top / "evaluators" / "benchmark_data", top / "datasets" / "benchmarks"):
        if find_sets(folder):
            return folder
    raise ConfigurationError(f"The benchmark sets are missing from {str(top)!r}. Install shortlist again.")


def shipped_thresholds() -> Path:
    """The thresholds that come with the package or the repository."""
    here = Path(__file__).parent
    packed = here / "bench.yaml"
    return packed if packed.is_file() else here.parent.parent / "bench.yaml"


def load_sets(root: Path, only: Sequence[str]) -> tuple[BenchmarkSet, ...]:
    """The sets of a folder, or some of them.

    Raises:
        ConfigurationError: There are none, or not the ones asked for.
    """
    folders = {path.resolve().name: path for path in find_sets(root)}
    if not folders:
        raise ConfigurationError(
            f"{str(root)!r} holds no benchmark set: a folder with scorecard.yaml, candidates/ and gold/levels.csv."
        )
    if unknown := [name for name in only if name not in folders]:
        raise ConfigurationError(f"There is no benchmark set {unknown[0]!r}; there is {', '.join(sorted(folders))}.")
    library = load_rubric_library()
    return tuple(load_set(path, library=library) for name, path in folders.items() if not only or name in only)


def _thresholds(path: Path | None, data: Path | None) -> tuple[Threshold, ...]:
    """The thresholds asked for; sets of one's own have none unless they bring some."""
    if path is not None:
        return load_thresholds(path)
    if data is None:
        return load_thresholds(shipped_thresholds())
    own = data / "bench.yaml"
    return load_thresholds(own) if own.is_file() else ()


def load_result(path: Path) -> BenchmarkResult:
    """A result by its file or folder.

    Raises:
        ConfigurationError: It cannot be read.
    """
    file = path / "bench.json" if path.is_dir() else path
    try:
        return BenchmarkResult.model_validate_json(file.read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        cause = error.strerror if isinstance(error, OSError) else "it is no result of this version's `shortlist bench`"
        raise ConfigurationError(f"{str(file)!r} cannot be read: {cause}.") from error


def run_compare(first: Path, second: Path, *, everything: bool, anyway: bool) -> None:
    """Print what moved between two results.

    Raises:
        ConfigurationError: A result cannot be read, or the two are of different data.
    """
    comparison = compare(load_result(first), load_result(second), anyway=anyway)
    print_comparison(comparison, _console(), everything=everything)


def run_fit(decisions: Path, run: Path, *, surprises: int, as_json: bool) -> None:
    """Print how a finished screening agrees with decisions of people.

    Raises:
        ConfigurationError: One of the two cannot be read, or they have nobody in common.
    """
    path = run / "shortlist.json" if run.is_dir() else run
    try:
        report = Report.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        cause = error.strerror if isinstance(error, OSError) else "it was written by another version"
        raise ConfigurationError(
            f"{str(path)!r} cannot be read: {cause}. Give the folder of a finished screening."
        ) from error
    found = fit(read_decisions(decisions), report, surprises=surprises)
    if not found.matched and not found.conflicting:
        raise ConfigurationError(
            f"No candidate of {str(decisions)!r} is in {str(path)!r}. Use the names of the folders or files that were "
            f"screened, such as {report.rows[0].candidate!r}."
            if report.rows
            else f"{str(path)!r} has no candidates."
        )
    if as_json:
        print(found.model_dump_json(indent=1))  # noqa: T201 - the result of the command
    else:
        print_fit(found, _console())


@contextmanager
def _progress(quiet: bool) -> Iterator[tuple[Tell, Callable[[str], None], Callable[[str], None]]]:
    """One bar whose name is what is being done, what to say besides, and what to say even quietly; standard error."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=quiet, transient=True) as bars:
        task = bars.add_task("", total=None)

        def progress(step: Step) -> None:
            bars.update(task, description=step.stage.capitalize(), completed=step.done, total=step.total)

        def warn(text: str) -> None:
            bars.console.print(text, highlight=False, markup=False, soft_wrap=True)

        def tell(text: str) -> None:
            if not quiet:
                bars.console.print(text, highlight=False, markup=False)

        yield progress, tell, warn


def _console() -> Console:
    console = Console(highlight=False)
    # A file or a pipe has no width of its own; eighty columns would break every row in two.
    return console if console.is_terminal else Console(width=PIPE_COLUMNS, highlight=False)
