"""Screen a batch and write its results: what every way to run does at the end."""

import hashlib
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from flows.forecasting import EstimateOnly, Forecaster
from flows.judging_stage import Wrap, unwatched
from flows.recording import judge_note, run_record, with_audit_head
from flows.run_options import RunOptions
from flows.searching import remember_for_search
from flows.walk import Screening, screen
from flows.wiring import open_workbench, own_files, read_scorecard
from flows.workbench import Progress, Workbench, silent
from pipeline.errors import ConfigurationError, StorageError
from pipeline.ledger import Ledger
from pipeline.models.run import RunRecord, run_record_json
from pipeline.models.scorecard import Scorecard
from pipeline.models.shortlist import Shortlist
from pipeline.models.submissions import Batch
from pipeline.reports.csv import csv_report
from pipeline.reports.html import html_report
from pipeline.reports.json import json_report_pieces
from pipeline.settings import Settings
from pipeline.whole_files import ANYBODY, write_whole

__all__ = ["Published", "RunOptions", "screen_and_publish", "write_files"]


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
    settings: Settings,
    progress: Progress = silent,
    tell: Callable[[str], None] = lambda _: None,
    estimate_only: bool = False,
    wrap: Wrap = unwatched,
    actor: str = "shortlist",
    opening: str | None = None,
) -> Published:
    """Screen a batch and write `shortlist.html`, `.csv`, `.json` and `run.json` into a folder.

    Args:
        batch_path: A folder or zip.
        scorecard_path: The role.
        out: Where the results go.
        options: What the caller chose.
        settings: Where things lie.
        progress: Told whenever a candidate or a chunk of them is done.
        tell: Told, a line at a time, what a person should know meanwhile, such as what the run will cost.
        estimate_only: End with `EstimateOnly` before the first question.
        wrap: Put around every stage.
        actor: Who asked for it, for the audit chain.
        opening: Id of the opening that it is for, if any.

    Raises:
        ConfigurationError: Nothing was started: scorecard, batch, judge or output folder are at fault.
        JudgeUnavailable: The judge did not answer; what it answered before is kept for the next run.
    """
    scorecard = read_scorecard(scorecard_path)
    own_files(settings).check(batch_path, inside=True)
    _check_out(out)
    started = datetime.now(UTC)
    clock = time.perf_counter()
    with open_workbench(settings, scorecard, options=options, tell=tell) as bench:
        run_id = f"{started:%Y%m%dT%H%M%S%f}-{scorecard.id}"
        bench.ledger.start_run(
            run_id,
            scorecard_hash=scorecard.hash,
            judge=bench.judges.first.fingerprint,
            batch_fingerprint=str(batch_path.resolve()),
        )
        with _noted_end(bench.ledger, run_id):
            forecast = Forecaster(
                scorecard,
                bench=bench,
                tell=tell,
                only=estimate_only,
                settle=options.settle,
                follow_up=options.follow_up,
                ignore_batch=options.ignore_batch,
            )
            screening = screen(
                batch_path,
                scorecard,
                bench=bench,
                run_id=run_id,
                top=options.top,
                depth=options.depth,
                progress=progress,
                forecast=forecast,
                wrap=wrap,
            )
            written = write_files(out, _reports(screening, scorecard, bench, options))
            record = run_record(
                screening,
                scorecard,
                bench,
                options,
                run_id=run_id,
                started=started,
                seconds=round(time.perf_counter() - clock, 2),
                estimate=forecast.estimate,
                shortlist_sha256=written["shortlist.json"],
            )
            remember_for_search(screening.readings, scorecard, bench=bench, settings=settings, options=options)
            bench.ledger.finish_run(run_id, counts=record.counts.model_dump(), shortlist_sha256=record.shortlist_sha256)
            record = with_audit_head(record, bench.ledger.chain, actor=actor, opening=opening)
    write_files(out, {"run.json": run_record_json(record)})
    return Published(out / "shortlist.html", screening.shortlist, screening.batch, record, scorecard)


@contextmanager
def _noted_end(ledger: Ledger, run_id: str) -> Iterator[None]:
    """Note in the ledger that a run ended before its results; only a killed one stays `running`."""
    try:
        yield
    except EstimateOnly:
        ledger.finish_run(run_id, detail="estimate only")
        raise
    except BaseException as error:  # Ctrl-C as well: whoever reads the list of runs must not wait for this one.
        ledger.finish_run(run_id, state="failed", detail=type(error).__name__)
        raise


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


def _reports(
    screening: Screening, scorecard: Scorecard, bench: Workbench, options: RunOptions
) -> dict[str, str | Iterable[str]]:
    shortlist, batch = screening.shortlist, screening.batch
    note = judge_note(options, bench.judges, scorecard, lined=shortlist.judged_top is not None)
    return {
        "shortlist.html": html_report(shortlist, batch, scorecard, judge_note=note, blind=options.blind),
        "shortlist.csv": csv_report(shortlist, batch, scorecard, blind=options.blind),
        "shortlist.json": json_report_pieces(shortlist, batch, scorecard, blind=options.blind),
    }


def write_files(out: Path, contents: Mapping[str, str | Iterable[str]]) -> dict[str, str]:
    """Write files so that a reader sees the old or the new one, never half of it.

    Args:
        out: An existing folder.
        contents: Text, whole or in pieces, by file name.

    Returns:
        Hex sha256 of each file's bytes.

    Raises:
        StorageError: One of them cannot be written.
    """
    digests = {}
    for name, text in contents.items():
        digest = hashlib.sha256()
        try:
            pieces = _encoded((text,) if isinstance(text, str) else text, digest.update)
            write_whole(out / name, pieces, permissions=ANYBODY)
        except OSError as error:
            raise StorageError(
                f"{str(out / name)!r} cannot be written: {error.strerror}. Free some space and do it again; what was "
                "answered is kept."
            ) from error
        digests[name] = digest.hexdigest()
    return digests


def _encoded(texts: Iterable[str], tell: Callable[[bytes], None]) -> Iterator[bytes]:
    for text in texts:
        encoded = text.encode()
        tell(encoded)
        yield encoded
