"""What the commands of `flows.cli` do, and how they tell a person about it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from evaluators.rubric_library import load_rubric_library
from flows.forecasting import EstimateOnly
from flows.publishing import Published, screen_and_publish
from flows.run_options import RunOptions
from flows.wiring import read_scorecard
from flows.workbench import Progress as Tell
from flows.workbench import Stage, Step
from pipeline.errors import ConfigurationError
from pipeline.reports.terminal import (
    MANY_LEFT_OPEN,
    explanation,
    left_open_lines,
    nothing_answered,
    quotes_line,
    second_pass_line,
    spending_line,
    terminal_table,
)
from pipeline.scorecard_check import check_scorecard
from pipeline.settings import load_settings

NOTHING_ANSWERED = 2
"""Exit code of a run in which the judge answered no question; its results are written all the same."""
NEEDS_A_PERSON = 3
"""Exit code with --strict."""
INTERRUPTED = 130
PIPE_COLUMNS = 130


def demo_batch() -> Path:
    """The demo that comes with the package, or with the repository when run from there.

    Raises:
        ConfigurationError: The installation lacks it.
    """
    root = Path(__file__).parent.parent
    for folder in (root / "pipeline" / "demo_data", root / "datasets" / "demo"):
        if (folder / "scorecard.yaml").is_file():
            return folder
    raise ConfigurationError(f"The demo batch is missing from {str(root)!r}. Install shortlist again.")


def run_screening(
    batch: Path,
    *,
    scorecard_path: Path,
    out: Path,
    options: RunOptions | None = None,
    strict: bool = False,
    quiet: bool = False,
    estimate_only: bool = False,
) -> None:
    """Screen, show progress, then the ranked table and the path of the report as the last lines."""
    options, settings = options or RunOptions(), load_settings()
    try:
        with _progress(quiet) as (progress, tell):
            published = screen_and_publish(
                batch,
                scorecard_path=scorecard_path,
                out=out,
                options=options,
                settings=settings,
                progress=progress,
                tell=tell,
                estimate_only=estimate_only,
            )
    except KeyboardInterrupt:
        Console(stderr=True).print("Stopped. Run the same command again to go on; what was answered is kept.")
        raise typer.Exit(INTERRUPTED) from None
    except EstimateOnly as estimate:
        print(estimate)  # noqa: T201 - the result of the command
        return
    console = Console()
    if not console.is_terminal:
        # A file or a pipe has no width of its own; eighty columns would break every flag in two.
        console = Console(width=PIPE_COLUMNS)
    _print_set_aside(published, Console(stderr=True))
    console.print(terminal_table(published.shortlist, blind=options.blind))
    for line in left_open_lines(published.record):
        console.print(line)
    for told in (second_pass_line(published.record), spending_line(published.record)):
        if told:
            console.print(told, highlight=False)
    if unfounded := quotes_line(published.record):
        console.print(Text(unfounded, style="yellow"))
    print(published.html)  # noqa: T201 - the last line is the path alone, for people and for scripts
    if nothing_answered(published.record):
        Console(stderr=True).print(
            "The judge answered no question, so nobody was judged. `shortlist judge check` says what is wrong.",
            highlight=False,
        )
        raise typer.Exit(NOTHING_ANSWERED)
    if strict and _needs_a_person(published):
        raise typer.Exit(NEEDS_A_PERSON)


@contextmanager
def _progress(quiet: bool) -> Iterator[tuple[Tell, Callable[[str], None]]]:
    """A bar per stage and lines of text on standard error, so that standard output stays the result."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[candidate]}", markup=False),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=quiet, transient=not console.is_terminal) as bars:
        stages: dict[Stage, TaskID] = {}

        def progress(step: Step) -> None:
            if step.stage not in stages:
                stages[step.stage] = bars.add_task(step.stage.capitalize(), total=step.total, candidate="")
            bars.update(stages[step.stage], completed=step.done, total=step.total, candidate=step.candidate[:40])

        def tell(text: str) -> None:
            if not quiet:
                bars.console.print(text, highlight=False, markup=False)

        yield progress, tell


def _print_set_aside(published: Published, console: Console) -> None:
    counts = published.record.counts
    for file in published.batch.quarantined:
        console.print(Text(f"could not read {file.candidate}/{file.file}: {file.reason}", style="yellow"))
    for duplicate in published.batch.duplicates:
        console.print(
            Text(f"not ranked {duplicate.candidate} (see {duplicate.same_as}): {duplicate.reason}", style="yellow")
        )
    console.print(
        f"{counts.candidates} candidates: {counts.ranked} ranked, {counts.listed} listed without a rank; "
        f"{counts.questions} questions, {counts.asked} asked, {counts.from_ledger} known from before; "
        f"{published.record.seconds:.1f} s",
        highlight=False,
    )


def _needs_a_person(published: Published) -> bool:
    waiting = any(row.band in ("needs_review", "probe") or row.assessment.flags for row in published.shortlist.rows)
    record = published.record
    many = sum(record.left_open.values()) > MANY_LEFT_OPEN * record.counts.questions
    return waiting or many or bool(published.batch.quarantined or published.batch.duplicates)


def run_scorecard_check(file: Path, *, strict: bool) -> None:
    """Print the problems of a scorecard; exit code 2 on errors, 3 on warnings with --strict."""
    problems = check_scorecard(file, library=load_rubric_library())
    console = Console(highlight=False)
    for problem in problems:
        style = "red" if problem.severity == "error" else "yellow"
        console.print(Text.assemble((f"{file}:{problem.line}: {problem.severity}: ", style), problem.message))
        console.print(Text(f"    instead: {problem.suggestion}"))
    errors = sum(problem.severity == "error" for problem in problems)
    if not problems:
        console.print(f"{file}: nothing to object to.")
        return
    console.print(f"{errors} errors, {len(problems) - errors} warnings.")
    if errors:
        raise typer.Exit(2)
    if strict:
        raise typer.Exit(NEEDS_A_PERSON)


def run_search(query: str, *, scorecard_path: Path, limit: int, blind: bool) -> None:
    """Print evidence cards, best first."""
    from flows.searching import search

    cards = search(query, read_scorecard(scorecard_path), settings=load_settings(), limit=limit)
    console = Console(highlight=False)
    for n, card in enumerate(cards, start=1):
        passage = card.passage
        who = f"passage {passage.id}" if blind else f"{card.candidate} · {passage.document} {passage.place}".rstrip()
        console.print(Text.assemble((f"{n:2d}. {who}", "bold"), f"  ({passage.kind}, {card.score:.3f})"))
        console.print(Text("    " + " ".join((passage.text if blind else passage.visible).split())))
    if not cards:
        console.print("Nothing found.")


def run_explain(candidate: str, *, out: Path) -> None:
    """Print why a candidate of a finished screening stands where they stand."""
    from flows.explaining import read_row

    console = Console(highlight=False)
    for line in explanation(read_row(candidate, out).model_dump()):
        console.print(Text(line))
