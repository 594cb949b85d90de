"""Holding a run while it is worked on: its lease, how far it is, and the news that somebody cancelled it."""

import _thread
import logging
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from flows.workbench import Step
from pipeline.desk.desk import Desk
from pipeline.desk.runs_progress import CandidateProgress, Passed, SetAside, note_progress
from pipeline.errors import StorageError

BEAT_SECONDS = 1.0
GRACE_SECONDS = 1.0
"""How long the current candidate may take to end by itself before it is broken off, as Ctrl-C would."""

_log = logging.getLogger(__name__)


_PASSED: Final[dict[str, Passed]] = {"reading": "reading", "screening": "screening", "judging": "judging"}


class RunStopped(BaseException):
    """The run was cancelled or taken for interrupted. No error: nothing that catches errors may go on with it."""


class RunLease:
    """Renews a run's lease from a thread; use it as a context manager around the work.

    When the lease is lost, `progress` raises RunStopped; work that reports none for a while is broken off by a
    KeyboardInterrupt in the main thread, if that is where it goes on.

    Args:
        desk: Where the run is noted.
        run: Id of the run.
        beat: Seconds between two heartbeats; one if not given.
        beside: A folder in which it is noted who was dealt with, if any.
        grace: Seconds that the work has to stop by itself.
    """

    def __init__(
        self,
        desk: Desk,
        run: str,
        *,
        beat: float | None = None,
        grace: float = GRACE_SECONDS,
        beside: Path | None = None,
    ) -> None:
        self._desk = desk
        self._run = run
        self._beat = BEAT_SECONDS if beat is None else beat
        self._grace = grace
        self._beside = beside
        self._step: Step | None = None
        self._passed: deque[CandidateProgress] = deque()
        self._lost = threading.Event()
        self._over = threading.Event()
        self._ending = threading.Lock()
        self._in_main = threading.current_thread() is threading.main_thread()
        self._thread = threading.Thread(target=self._hold, name=f"lease of {run}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        with self._ending:
            pass
        self._thread.join()

    @property
    def lost(self) -> bool:
        """Whether somebody else decides about this run by now."""
        return self._lost.is_set()

    def progress(self, step: Step) -> None:
        """Note how far the run is; the thread writes it down with its next heartbeat.

        Raises:
            RunStopped: The lease is lost.
        """
        self._step = step
        if self._beside is not None:
            self._passed.extend(_passed(step))
        if self._lost.is_set():
            raise RunStopped

    def _hold(self) -> None:
        while not self._over.wait(self._beat):
            if not self._renew():
                self._lost.set()
                self._break_off()
                return

    def _renew(self) -> bool:
        step = self._step
        self._note_passed()
        try:
            if step is None:
                return self._desk.runs.heartbeat(self._run)
            return self._desk.runs.heartbeat(
                self._run, stage=step.stage, done=step.done, total=step.total, current=step.candidate
            )
        except StorageError:
            # The database is busy or away for a moment; whether the lease still holds is told by the next beat.
            _log.warning("run %s: its lease could not be renewed", self._run)
            return True

    def _note_passed(self) -> None:
        if self._beside is None:
            return
        told = [self._passed.popleft() for _ in range(len(self._passed))]
        try:
            note_progress(self._beside, told)
        except OSError as error:
            # A list for people who wait must not cost the work that they wait for.
            _log.warning("run %s: who was dealt with could not be noted (%s)", self._run, error.strerror)

    def _break_off(self) -> None:
        if self._over.wait(self._grace) or not self._in_main:
            return
        with self._ending:
            if not self._over.is_set():
                _thread.interrupt_main()


def _passed(step: Step) -> Iterator[CandidateProgress]:
    """What a step says of single candidates."""
    if (passed := _PASSED.get(step.stage)) is None:
        return
    if step.candidate:
        files = tuple(SetAside(file=file.file, reason=file.reason) for file in step.set_aside)
        yield CandidateProgress(candidate=step.candidate, passed=passed, set_aside=files)
        return
    for candidate in dict.fromkeys(file.candidate for file in step.set_aside):
        files = tuple(
            SetAside(file=file.file, reason=file.reason) for file in step.set_aside if file.candidate == candidate
        )
        yield CandidateProgress(candidate=candidate, set_aside=files)
