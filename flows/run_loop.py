"""The thread of `shortlist up` that starts what was asked for or is due, and sees how it ends."""

import logging
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Protocol

from flows.due_runs import DueRuns, FlowRunOf
from flows.prescreening_openings import SCHEDULE
from flows.run_child import Kind
from flows.run_processes import Ended
from flows.traces import trace_of
from pipeline.desk.desk import Desk
from pipeline.desk.models import DeskRun
from pipeline.errors import DeskError, StorageError

TICK_SECONDS = 0.5
HOLD_SECONDS = 4.0
"""Between two heartbeats of runs that wait for a place."""
SWEEP_SECONDS = 5.0
"""Between two looks for runs whose process was killed."""
DUE_SECONDS = 3.0
"""Between two questions to the Prefect server what is due."""
STORAGE_SECONDS = 60.0
"""Between two words about a database that is away."""
JOIN_SECONDS = 5.0
"""How long the thread may take to end when everything is ended."""
STOPPING_SECONDS = 8.0
"""After which a run that was cancelled and goes on is killed."""

_log = logging.getLogger(__name__)


class Places(Protocol):
    """Where screenings go on."""

    def __len__(self) -> int:
        """How many go on, as far as that is ours to limit."""

    def __contains__(self, subject: object) -> bool:
        """Whether a screening was started and is not known to be over."""

    def warm_up(self) -> None:
        """Get ready."""

    def start(self, kind: Kind, subject: str) -> None:
        """Start a screening."""

    def reap(self) -> list[Ended]:
        """What ended since the last call."""

    def kill(self, subject: str) -> None:
        """End a screening that did not stop when it was asked to."""

    def end(self) -> bool:
        """End all that is ours to end; say whether nobody screens any more."""


class RunLoop:
    """Starts queued runs in processes, a few at a time, and what the Prefect server has due.

    Args:
        desk: Where runs are queued.
        places: Where screenings go on.
        due: What the Prefect server has due.
        at_once: Screenings that go on at a time.
        interrupted: Told of runs whose process was killed, when that is seen.
        tidy: Clears away what killed processes left; called when one is seen.
    """

    def __init__(
        self,
        desk: Desk,
        places: Places,
        due: DueRuns,
        *,
        at_once: int,
        interrupted: Callable[[DeskRun], None],
        tidy: Callable[[], object] = lambda: None,
    ) -> None:
        self._desk = desk
        self._places = places
        self._due = due
        self._at_once = at_once
        self._told = interrupted
        self._tidy = tidy
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._next: dict[str, float] = {}
        self._cancelled: dict[str, float] = {}
        self._taken: dict[str, FlowRunOf] = {}
        self._thread = threading.Thread(target=self._run, name="run loop", daemon=True)
        self._beat = time.monotonic()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Look now: something was queued or cancelled."""
        self._wake.set()

    def stop(self) -> tuple[str, ...]:
        """End all screenings and the thread; bounded, whoever does not answer.

        Returns:
            Ids of the runs that were not over and that nobody works on any more.
        """
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(JOIN_SECONDS)
        if self._thread.is_alive():
            # It hangs on a server or a database that does not answer, begins nothing any more, and ends with us.
            _log.warning("the run loop did not end within %.0f s", JOIN_SECONDS)
        else:
            self._due.close()
        if not self._places.end():
            return ()
        try:
            return tuple(run.id for run in self._desk.runs.active())
        except StorageError:
            _log.warning("the database is away; runs that were not over are found by their leases")
            return ()

    @property
    def healthy(self) -> bool:
        """Whether the thread lives and has looked lately."""
        return self._thread.is_alive() and time.monotonic() - self._beat < 30

    @property
    def running(self) -> int:
        """Screenings that go on."""
        return len(self._places)

    def _run(self) -> None:
        self._places.warm_up()
        while not self._stop.is_set():
            for step in (self._reap, self._start_queued, self._start_due, self._end_cancelled, self._sweep):
                if self._stop.is_set():
                    return
                try:
                    step()
                except StorageError as error:
                    if self._is_time("storage", STORAGE_SECONDS):
                        _log.warning("the run loop goes on: %s", error)
                except Exception as error:  # noqa: BLE001 - it must outlive a busy database and a server that is away
                    _log.error("the run loop goes on: %s", trace_of(error))
            self._beat = time.monotonic()
            self._wake.wait(TICK_SECONDS)
            self._wake.clear()

    def _reap(self) -> None:
        over = [
            (ended, self._taken.pop(ended.subject, None), self._cancelled.pop(ended.subject, None) is not None)
            for ended in self._places.reap()
        ]
        if self._stop.is_set():
            return
        for ended, taken, _ in over:
            for run in self._runs_of(ended, taken):
                self._note_death(run, ended.code)
        if any(ended.code != 0 for ended, _, _ in over):
            self._tidy()
        # Last, since the server may be away: it is told nothing then, and told at the next start.
        for ended, taken, cancelled in over:
            flow_run = None if ended.code == 0 else taken.id if taken else self._due.flow_run_of(ended.subject)
            if flow_run is not None:
                self._due.note_end(flow_run, cancelled=cancelled, why=f"Its process {_how(ended.code)}.")

    def _runs_of(self, ended: Ended, taken: FlowRunOf | None) -> list[DeskRun]:
        """Runs that the desk takes for going on though their process is over."""
        if taken is not None:
            return [run for run in self._desk.runs.active() if taken.is_of(run)]
        try:
            run = self._desk.runs.get(ended.subject)
        except DeskError:
            return []
        return [run] if run.active else []

    def _note_death(self, run: DeskRun, code: int) -> None:
        """A process that went without a word, such as one that the system killed for its memory."""
        try:
            self._desk.runs.fail(run.id, f"The process of this run {_how(code)}. Resume the run to go on.")
        except DeskError:
            _log.warning("run %s: its process ended, and the desk knows", run.id)

    def _start_queued(self) -> None:
        # Whoever looks by schedule begins at once what it queues, and says of itself how that ends.
        queued = [run for run in reversed(self._desk.runs.active()) if run.state == "queued" and run.by != SCHEDULE]
        if self._is_time("hold", HOLD_SECONDS):
            for run in queued:
                self._desk.runs.heartbeat(run.id)
        for run in queued:
            if run.id not in self._places and len(self._places) < self._at_once and not self._stop.is_set():
                self._places.start("desk run", run.id)

    def _start_due(self) -> None:
        if not self._is_time("due", DUE_SECONDS):
            return
        for stopped in self._due.stopped(self._desk.runs.active()):
            self._cancel(stopped)
        free = self._at_once - len(self._places)
        for due in self._due.take(free) if free > 0 else ():
            if self._stop.is_set():
                return
            self._taken[due.id] = due._replace(began=datetime.now(UTC))
            self._places.start("flow run", due.id)

    def _cancel(self, stopped: FlowRunOf) -> None:
        """Stop what somebody cancelled on the Prefect server's pages."""
        runs = [run for run in self._desk.runs.active() if stopped.is_of(run)]
        for run in runs:
            with suppress(DeskError):  # it may be over by now
                self._desk.runs.cancel(run.id, by="prefect")
        if stopped.id in self._places:
            # It stops by itself once its run is cancelled. One that has none yet fetches an inbox and never looks.
            self._cancelled.setdefault(stopped.id, time.monotonic())
        elif not runs and not (stopped.run and stopped.run in self._places):
            self._due.note_end(stopped.id, cancelled=True, why="Nobody was about it any more.")

    def _end_cancelled(self) -> None:
        """Kill what does not stop by itself: a parser or a library that holds on to the process."""
        if not len(self._places):
            return
        now = time.monotonic()
        for run in self._desk.runs.all(newest=20):
            if run.state in ("cancelled", "interrupted", "failed") and run.id in self._places:
                self._cancelled.setdefault(run.id, now)
        for subject, since in self._cancelled.items():
            if now - since > STOPPING_SECONDS:
                self._places.kill(subject)

    def _sweep(self) -> None:
        if self._is_time("sweep", SWEEP_SECONDS):
            interrupted = self._desk.runs.note_interrupted()
            for run in interrupted:
                self._told(run)
            if interrupted:
                self._tidy()

    def _is_time(self, what: str, seconds: float) -> bool:
        now = time.monotonic()
        if now < self._next.get(what, 0.0):
            return False
        self._next[what] = now + seconds
        return True


def _how(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
