"""Screen a batch and write its results: what every way to run does at the end."""

import hashlib
import os
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from evaluators.judging import JudgingStatistics
from evaluators.rubric_library import rubric_hash
from flows.searching import remember_for_search
from flows.walk import Screening, Wrap, screen, unwatched
from flows.wiring import DEFAULT_JUDGE, open_workbench, read_scorecard
from flows.workbench import Progress, Workbench, silent
from pipeline.errors import ConfigurationError
from pipeline.models.base import FrozenModel
from pipeline.models.run import RunCounts, RunFailure, RunRecord, run_record_json
from pipeline.models.scorecard import Scorecard
from pipeline.models.shortlist import Shortlist
from pipeline.models.submissions import Batch
from pipeline.reports.csv import csv_report
from pipeline.reports.html import html_report
from pipeline.reports.json import json_report
from pipeline.settings import Settings
from prompts.loader import prompts_hash


class RunOptions(FrozenModel):
    """What the caller may choose; all of it stands in run.json."""

    top: int | None = None
    judge: str = DEFAULT_JUDGE
    base_url: str | None = None
    blind: bool = False


class Published(NamedTuple):
    """Where the results lie, and what they say."""

    html: Path
    shortlist: Shortlist
    batch: Batch
    record: RunRecord
    scorecard: Scorecard


def screen_and_publish(
    batch_path: Path,
    *,
    scorecard_path: Path,
    out: Path,
    options: RunOptions,
    settings: Settings | None = None,
    progress: Progress = silent,
    wrap: Wrap = unwatched,
) -> Published:
    """Screen a batch and write `shortlist.html`, `.csv`, `.json` and `run.json` into a folder.

    Raises:
        ConfigurationError: Nothing was started: scorecard, batch, judge or output folder are at fault.
        JudgeUnavailable: The judge did not answer; what it answered before is kept for the next run.
    """
    settings = settings or Settings()
    scorecard = read_scorecard(scorecard_path)
    _check_out(out)
    started = datetime.now(UTC)
    clock = time.perf_counter()
    with open_workbench(settings, scorecard, judge=options.judge, base_url=options.base_url) as bench:
        run_id = f"{started:%Y%m%dT%H%M%S%f}-{scorecard.id}"
        bench.ledger.start_run(
            run_id,
            scorecard_hash=scorecard.hash,
            judge=bench.judge.fingerprint,
            batch_fingerprint=str(batch_path.resolve()),
        )
        screening = screen(
            batch_path, scorecard, bench=bench, run_id=run_id, top=options.top, progress=progress, wrap=wrap
        )
        reports = _reports(screening, scorecard, options)
        record = _record(screening, scorecard, bench, options, reports, run_id=run_id, started=started, clock=clock)
        remember_for_search(screening.readings, scorecard, bench=bench, settings=settings)
        bench.ledger.finish_run(run_id, counts=record.counts.model_dump(), shortlist_sha256=record.shortlist_sha256)
    write_files(out, {**reports, "run.json": run_record_json(record)})
    return Published(out / "shortlist.html", screening.shortlist, screening.batch, record, scorecard)


def _check_out(out: Path) -> None:
    """Find out before an hour of work that its result cannot be written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise ConfigurationError(
            f"Results cannot be written to {str(out)!r}: {error.strerror}. Choose --out."
        ) from error


def _reports(screening: Screening, scorecard: Scorecard, options: RunOptions) -> dict[str, str]:
    shortlist, batch = screening.shortlist, screening.batch
    return {
        "shortlist.html": html_report(
            shortlist, batch, scorecard, judge_note=judge_note(options.judge), blind=options.blind
        ),
        "shortlist.csv": csv_report(shortlist, batch, scorecard, blind=options.blind),
        "shortlist.json": json_report(shortlist, batch, scorecard, blind=options.blind),
    }


def judge_note(judge: str) -> str:
    """Who read the documents, in a sentence for a hiring manager."""
    if judge == DEFAULT_JUDGE:
        return (
            "No language model read the documents. The built-in evidence judge answered the checks; "
            "the constants behind its rank intervals are not fitted yet."
        )
    return (
        f"The language model {judge.partition(':')[2]} answered the checks. Its probabilities are uncalibrated, "
        "and a level counts as at most 2 above the evidence judge's until a person confirms."
    )


def _record(
    screening: Screening,
    scorecard: Scorecard,
    bench: Workbench,
    options: RunOptions,
    reports: Mapping[str, str],
    *,
    run_id: str,
    started: datetime,
    clock: float,
) -> RunRecord:
    rows = screening.shortlist.rows
    batch = screening.batch
    return RunRecord(
        run_id=run_id,
        version=version("shortlist"),
        started=started.isoformat(timespec="seconds"),
        seconds=round(time.perf_counter() - clock, 2),
        scorecard_id=scorecard.id,
        scorecard_hash=scorecard.hash,
        prompts_hash=prompts_hash(),
        rubrics_hash=_rubrics_hash(scorecard),
        judge=options.judge,
        judge_fingerprint=bench.judge.fingerprint,
        embedder=bench.embedder,
        options=options.model_dump(mode="json"),
        counts=RunCounts(
            candidates=len(rows) + len(batch.duplicates),
            ranked=sum(row.rank is not None for row in rows),
            listed=sum(row.rank is None for row in rows) + len(batch.duplicates),
            quarantined_files=len(batch.quarantined),
            duplicates=len(batch.duplicates),
            questions=screening.statistics.questions,
            asked=screening.statistics.asked,
            from_ledger=screening.statistics.from_ledger,
            failed=screening.statistics.failed,
        ),
        tokens=_tokens(screening.statistics),
        failures=_failures(screening),
        shortlist_sha256=hashlib.sha256(reports["shortlist.json"].encode()).hexdigest(),
    )


def _rubrics_hash(scorecard: Scorecard) -> str:
    rubrics = [*(criterion.rubric for criterion in scorecard.criteria), scorecard.gate_rubric]
    return hashlib.sha256("".join(map(rubric_hash, rubrics)).encode()).hexdigest()


def _tokens(statistics: JudgingStatistics) -> dict[str, int]:
    """Tokens of this run's calls; empty when no language model was asked."""
    counted = {
        "input": statistics.input_tokens,
        "cached": statistics.cached_tokens,
        "output": statistics.output_tokens,
    }
    return counted if any(counted.values()) else {}


def _failures(screening: Screening) -> tuple[RunFailure, ...]:
    """What did not work, by reason: files, questions, and a judge that went away."""
    reasons = Counter(f"file: {file.code}" for file in screening.batch.quarantined)
    for row in screening.shortlist.rows:
        reasons.update(f"criterion: {c.unscored}" for c in row.assessment.criteria if c.unscored is not None)
    if screening.unavailable is not None:
        reasons[f"judge: {screening.unavailable}"] += 1
    return tuple(RunFailure(reason=reason, count=count) for reason, count in sorted(reasons.items()))


def write_files(out: Path, contents: Mapping[str, str]) -> None:
    """Write files so that a reader sees the old or the new one, never half of it."""
    for name, text in contents.items():
        handle, temporary = tempfile.mkstemp(dir=out, prefix=f".{name}-")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        # mkstemp gives the owner alone access; results are meant to be passed on like any file.
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)
        Path(temporary).replace(out / name)
