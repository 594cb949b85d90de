"""One screening that was asked for at the desk, from its begin to its end; under Prefect or without."""

import logging
import shutil
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from pydantic import JsonValue, ValidationError

from flows.judging_stage import Wrap, unwatched
from flows.opening_state import came_to_its_end, opening_state, remember_screened
from flows.publishing import Published, screen_and_publish
from flows.run_lease import RunLease, RunStopped
from flows.run_options import RunOptions
from flows.traces import trace_of
from pipeline.desk.desk import Desk
from pipeline.desk.models import DeskRun, RunState
from pipeline.desk.places import batch_folder, heads_file, run_folder
from pipeline.desk.runs_progress import forget_progress, unfinished_folder
from pipeline.errors import ConfigurationError, DeskConflict, ShortlistError
from pipeline.settings import Settings

SCORECARD = "scorecard.yaml"
LEASE = timedelta(seconds=20)
"""A killed run is seen as interrupted after this; all who run screenings use the same."""

_log = logging.getLogger(__name__)


class RunEnd(NamedTuple):
    """How a run of the desk ended."""

    state: RunState
    detail: str
    published: Published | None = None


def open_desk(settings: Settings, *, lease: timedelta = LEASE) -> Desk:
    """The desk in the ledger's database."""
    return Desk.open(settings.ledger, lease=lease, heads=heads_file(settings.home))


def let_go(runs: Collection[str], *, settings: Settings) -> None:
    """Give up runs whose processes were ended, so that they can be resumed at once and not when their leases pass."""
    if not runs:
        return
    with open_desk(settings, lease=timedelta(0)) as desk:
        for run in runs:
            desk.runs.heartbeat(run)
        # A lease of no time has passed a moment later.
        time.sleep(0.01)
        desk.runs.note_interrupted()


def clear_leftovers(desk: Desk, *, home: Path) -> int:
    """Delete what killed runs had written before their results were whole: it tells of candidates, and nobody reads it.

    Returns:
        How many runs had left something.
    """
    found = [folder for folder in home.glob("openings/*/runs/.*") if folder.is_dir()]
    # Asked after the look, so that a run that begins meanwhile keeps its folder.
    active = {run.id for run in desk.runs.active()}
    left = [folder for folder in found if folder.name.removeprefix(".") not in active]
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
    return len(left)


def run_options(chosen: Mapping[str, JsonValue]) -> RunOptions:
    """The options of a run of the desk.

    Names stay in the files of a run: the review app covers them until somebody reveals one, and that is noted.

    Raises:
        ConfigurationError: An option is not known or has no such value.
    """
    try:
        return RunOptions.model_validate({**chosen, "blind": False})
    except ValidationError as problem:
        causes = "; ".join(
            f"{'.'.join(map(str, error['loc']))}: {error['msg']}"
            for error in problem.errors(include_input=False, include_url=False)
        )
    raise ConfigurationError(f"These options of a run cannot be used: {causes}.")


def screen_desk_run(
    run_id: str,
    *,
    desk: Desk,
    settings: Settings,
    tell: Callable[[str], None] = lambda _: None,
    wrap: Wrap = unwatched,
) -> RunEnd:
    """Screen what a queued run of the desk asks for, and note its end.

    Args:
        run_id: Id of the run.
        desk: Where it is queued.
        settings: Where things lie.
        tell: Told, a line at a time, what a person should know meanwhile.
        wrap: Put around every stage.

    Raises:
        KeyboardInterrupt: This process is ended from outside; the run's lease runs out, and it can be resumed.
    """
    run = desk.runs.get(run_id)
    out = run_folder(settings.home, run.opening, run.id)
    try:
        desk.runs.begin(run.id, out=out)
    except DeskConflict as conflict:
        return RunEnd(desk.runs.get(run.id).state, str(conflict))
    clear_leftovers(desk, home=settings.home)
    staging = unfinished_folder(settings.home, run.opening, run.id)
    try:
        published, state_of_inputs = _screen(run, staging, desk=desk, settings=settings, tell=tell, wrap=wrap)
        forget_progress(staging)
        staging.replace(out)
        desk.runs.finish(run.id, run_id=published.record.run_id)
    except (RunStopped, DeskConflict, KeyboardInterrupt):
        if (state := _given_up(desk, run, out)) == "running":
            raise
        return RunEnd(state, f"The run is {state}; what was answered is kept.")
    except ShortlistError as error:
        return _failed(desk, run, str(error), out=out)
    except Exception as error:  # noqa: BLE001 - the edge: whoever waits for the run is told of every end
        _log.error("run %s ended unexpectedly: %s", run.id, trace_of(error))
        return _failed(desk, run, f"Unexpected {type(error).__name__}; the log of the run says more.", out=out)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    if came_to_its_end(published.record):
        remember_screened(settings.home, run.opening, state_of_inputs, run=run.id)
    return RunEnd("done", str(out / "shortlist.html"), published)


def _screen(
    run: DeskRun, staging: Path, *, desk: Desk, settings: Settings, tell: Callable[[str], None], wrap: Wrap
) -> tuple[Published, str]:
    """Write the results into a folder that gets its name only when they are whole; also say what they are over."""
    options = run_options(run.options)
    scorecard = desk.scorecards.get(run.opening, run.scorecard_version)
    state = opening_state(settings.home, run.opening, scorecard_sha256=scorecard.sha256, options=run.options)
    staging.mkdir(parents=True, exist_ok=True, mode=0o700)
    (staging / SCORECARD).write_text(scorecard.yaml, encoding="utf-8")
    desk.runs.heartbeat(run.id, stage="reading")
    with RunLease(desk, run.id, beside=staging) as lease:
        published = screen_and_publish(
            batch_folder(settings.home, run.opening),
            scorecard_path=staging / SCORECARD,
            out=staging,
            options=options,
            settings=settings,
            progress=lease.progress,
            tell=tell,
            wrap=wrap,
            actor=run.by,
            opening=run.opening,
        )
    if lease.lost:
        raise RunStopped
    return published, state


def _failed(desk: Desk, run: DeskRun, error: str, *, out: Path) -> RunEnd:
    with suppress(DeskConflict):
        desk.runs.fail(run.id, error)
    return RunEnd(_given_up(desk, run, out), error)


def _given_up(desk: Desk, run: DeskRun, out: Path) -> RunState:
    """How a run stands that is not gone on with; unless it is done, its results go, which may have been whole already.

    They tell of candidates, and nobody is shown them.
    """
    state = desk.runs.get(run.id).state
    if state != "done":
        shutil.rmtree(out, ignore_errors=True)
    return state
