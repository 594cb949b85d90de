"""The results of a run, read from its `shortlist.json`: what is on screen is what is exported."""

import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from pydantic_core import from_json

from pipeline.desk.models import DeskRun
from pipeline.errors import StorageError, UnknownToDesk
from pipeline.models.report import Report, ReportedRow
from pipeline.models.scorecard import Scorecard
from pipeline.review.once import once
from pipeline.review.restoring import blind_aside, blind_report

SHORTLIST: Final = "shortlist.json"
YARDSTICK: Final = (0.03, 0.05)
"""Share of applicants that vetted funnels pass."""


class Channel(NamedTuple):
    """How the candidates of one channel fared."""

    name: str
    rows: int
    advanced: int
    share: float
    low: float
    """Of the 95% interval of the share (Wilson)."""
    high: float


def report_of(run: DeskRun) -> Report:
    """The shortlist of a run that is done.

    Raises:
        UnknownToDesk: The run has no results.
        StorageError: They cannot be read any more.
    """
    return _report(*_place(run))


def aside_of(run: DeskRun) -> Report:
    """The same with what was set aside blind, and rows as they are; see `blind_aside`."""
    return _aside(*_place(run))


def blind_of(run: DeskRun, scorecard: Scorecard) -> Report:
    """The same as a blind run writes it.

    Args:
        run: One that is done.
        scorecard: That it was judged against.
    """
    return _blind(*_place(run), scorecard)


def channels(report: Report) -> tuple[Channel, ...]:
    """Pass rates by channel; nothing when no candidate has one."""
    if not any(row.channel for row in report.rows):
        return ()
    rows = Counter(row.channel or "not given" for row in report.rows)
    advanced = Counter(row.channel or "not given" for row in report.rows if row.band == "advance")
    found = []
    for name in sorted(rows, key=str.casefold):
        low, high = wilson(advanced[name], rows[name])
        found.append(Channel(name, rows[name], advanced[name], advanced[name] / rows[name], low, high))
    return tuple(found)


def open_points(report: Report) -> Mapping[str, int]:
    """How many of a channel would advance or stand at the cut but for an open point."""
    return Counter(row.channel or "not given" for row in report.rows if row.band == "probe")


def wilson(passed: int, tried: int) -> tuple[float, float]:
    """The 95% interval of a share; 0 to 1 when nothing was tried."""
    if not tried:
        return 0.0, 1.0
    z, share = 1.96, passed / tried
    middle = (share + z * z / (2 * tried)) / (1 + z * z / tried)
    half = z * math.sqrt(share * (1 - share) / tried + z * z / (4 * tried * tried)) / (1 + z * z / tried)
    return max(0.0, middle - half), min(1.0, middle + half)


def _place(run: DeskRun) -> tuple[Path, int]:
    """Where the results of a run lie, and when they were written: what is made of them holds for as long."""
    if run.state != "done" or run.out is None:
        raise UnknownToDesk(f"Run {run.id!r} has no shortlist: it is {run.state}.")
    path = run.out / SHORTLIST
    try:
        return path, path.stat().st_mtime_ns
    except OSError as error:
        raise StorageError(
            f"The results of run {run.id!r} cannot be read ({error.strerror}). Run again; nothing is asked twice."
        ) from error


@once(kept=16)
def _aside(path: Path, changed: int) -> Report:
    """Worked out once: whom a file belongs to is looked up among all rows, half a second for a thousand."""
    return blind_aside(_report(path, changed))


@once(kept=4)
def _blind(path: Path, changed: int, scorecard: Scorecard) -> Report:
    """For exports, of which several may be asked for one after the other."""
    return blind_report(_report(path, changed), scorecard)


@once(kept=16)
def _report(path: Path, changed: int) -> Report:
    """Read once: a shortlist of a thousand rows takes a second, and a results folder is written once."""
    del changed  # Part of the key alone.
    try:
        return _read(path.read_bytes())
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise StorageError(f"{path.name} of this run cannot be read. Run again; nothing is asked twice.") from error


def _read(written: bytes) -> Report:
    """Read a report row by row: at one go, nobody else's page would move for as long as it takes.

    Raises:
        ValueError: It is none.
        TypeError: Nor is it a table.
        KeyError: It has no rows.
    """
    report = from_json(written)
    return Report.model_validate({**report, "rows": tuple(map(ReportedRow.model_validate, report["rows"]))})
