"""`shortlist audit`: whether identity moved a score in a finished screening, and whether rates differ by group."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from flows.audit_inputs import AuditOptions, FinishedRun, batch_of, read_run, scorecard_of
from flows.audit_outcomes import groups_of, selection
from flows.audit_swaps import Progress as Tell
from flows.audit_swaps import Swapped, audit_swaps, silent
from flows.publishing import write_files
from pipeline.errors import ConfigurationError
from pipeline.fairness.groups import GroupAudit
from pipeline.fairness.report import AuditedRun, AuditReport, GroupSource
from pipeline.reports.audit import OPTIONAL, audit_files
from pipeline.reports.audit_terminal import audit_lines
from pipeline.settings import Settings, load_settings

__all__ = ["AuditOptions", "audit_run", "run_audit"]

NEEDS_A_PERSON = 3
"""Exit code with --strict."""


def run_audit(run_dir: Path, options: AuditOptions, *, strict: bool, quiet: bool) -> None:
    """Audit, show progress, then what was found and the path of the report as the last lines."""
    settings = load_settings()
    with _progress(quiet) as progress:
        report = audit_run(run_dir, options, settings=settings, progress=progress)
    out = options.out or run_dir / "audit"
    console = Console(highlight=False)
    for line in audit_lines(report):
        console.print(Text(line), soft_wrap=True)
    print(out / "audit.html")  # noqa: T201 - the last line is the path alone, for people and for scripts
    if strict and needs_a_person(report):
        raise typer.Exit(NEEDS_A_PERSON)


def needs_a_person(report: AuditReport) -> bool:
    """Whether a swap changed anything that counts, or a group has a signal."""
    moved = report.swaps is not None and any(
        count.scores_changed or count.gates_changed or count.bands_changed or count.not_asked
        for count in report.swaps.counts
    )
    return moved or (report.groups is not None and report.groups.signals > 0)


def audit_run(run_dir: Path, options: AuditOptions, *, settings: Settings, progress: Tell = silent) -> AuditReport:
    """Audit a finished screening and write `audit.html`, `audit.json` and its CSV files.

    Args:
        run_dir: What `shortlist screen --out` wrote.
        options: What the caller chose.
        settings: Where the ledger lies.
        progress: Told of every candidate.

    Raises:
        ConfigurationError: The run, the batch, the scorecard or a file cannot be used.
    """
    run = read_run(run_dir)
    selection(options)
    if options.demographics is None and (options.selected_by or options.bar is not None or options.decisions):
        raise ConfigurationError(
            "Who counts as selected matters only when groups are compared. Name a file with --demographics."
        )
    if options.demographics is None and not options.swaps:
        raise ConfigurationError("With --no-swaps and without --demographics there is nothing to audit.")
    out = options.out or run_dir / "audit"
    source: GroupSource | None = None
    groups: GroupAudit | None = None
    swapped: Swapped | None = None
    if options.demographics is not None and not run.report.blind:
        # Before the long part: a mistake in the file should not cost minutes.
        source, groups = groups_of(run, options, demographics=options.demographics, names={})
    if options.swaps:
        swapped = _swaps(run, options, settings=settings, progress=progress)
    if options.demographics is not None and run.report.blind:
        names = swapped.names if swapped is not None else {}
        source, groups = groups_of(run, options, demographics=options.demographics, names=names)
    report = AuditReport(
        run=_audited(run),
        swaps=swapped.audit if swapped is not None else None,
        source=source,
        groups=groups,
        notices=tuple(_notices(run, swapped)),
    )
    _write(out, audit_files(report))
    return report


def _swaps(run: FinishedRun, options: AuditOptions, *, settings: Settings, progress: Tell) -> Swapped:
    batch = batch_of(run, options.batch, settings=settings)
    scorecard = scorecard_of(run, options.scorecard, batch=batch)
    return audit_swaps(
        run, batch_path=batch, scorecard=scorecard, settings=settings, sample=options.sample, progress=progress
    )


def _audited(run: FinishedRun) -> AuditedRun:
    record, report = run
    return AuditedRun(
        run_id=record.run_id,
        started=record.started,
        scorecard_id=record.scorecard_id,
        scorecard_hash=record.scorecard_hash,
        title=report.scorecard.title,
        judge=record.judge,
        judge_fingerprint=record.judge_fingerprint,
        version=record.version,
        candidates=len(report.rows),
        top=report.top,
        blind=report.blind,
    )


def _notices(run: FinishedRun, swapped: Swapped | None) -> Iterator[str]:
    record = run.record
    if swapped is not None:
        audit = swapped.audit
        if audit.judge_changed:
            yield (
                "The built-in judge was changed since this run. Twins and candidates were both judged by today's, so "
                "the comparison is fair, but it is about today's judge."
            )
        if audit.reading_changed:
            yield (
                f"{len(audit.reading_changed)} of {audit.sampled_from + audit.not_judged} candidates are read "
                "differently today than in the run: the files, or the version that reads them, were changed since. "
                "Their twins are held against today's reading."
            )
        if audit.not_found:
            yield f"{audit.not_found} candidates of the run are not in the batch as it lies now; no twins of theirs."
        if audit.candidates < audit.sampled_from:
            yield (
                f"Twins were made of {audit.candidates} of {audit.sampled_from} candidates, chosen evenly by the hash "
                "of their text. Choose more with --sample."
            )
    if record.second is not None or record.settling is not None:
        yield (
            "The swaps leave out the second opinion and the second pass near the cut: neither changes a score, and "
            "bands before and after a swap are both without them."
        )


def _write(out: Path, files: dict[str, str]) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        write_files(out, files)
        for name in OPTIONAL:
            # Of an earlier audit in this folder: beside the new page it would say something else.
            if name not in files:
                (out / name).unlink(missing_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"Results cannot be written to {str(out)!r}: {error.strerror}. Choose --out."
        ) from error


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A bar per stage on standard error, so that standard output stays the result."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=quiet, transient=not console.is_terminal) as bars:
        stages: dict[str, TaskID] = {}

        def progress(what: str, done: int, total: int) -> None:
            if what not in stages:
                stages[what] = bars.add_task(what.capitalize(), total=total)
            bars.update(stages[what], completed=done)

        yield progress
