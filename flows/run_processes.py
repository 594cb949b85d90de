"""Processes for screenings, forked from one that has imported everything: a click on "run" is work within a second."""

import multiprocessing
import time
from collections.abc import Iterable
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import NamedTuple

from flows.run_child import Kind, run_child

PRELOADED = ("flows.desk_flows", "flows.run_child", "prefect.flow_engine", "chromadb")
"""Imported once, before the first fork; together they take seven to nine seconds."""

ENDING_SECONDS = 5.0
"""How long all processes together may take to end by themselves; killed after that."""
KILLING_SECONDS = 2.0
"""How long one process may take to clear up when it is told to end."""


class Ended(NamedTuple):
    """A process that is over."""

    subject: str
    kind: Kind
    code: int
    """Exit code; a negative one is the signal that ended it."""


class RunProcesses:
    """The processes of screenings that go on. Used by one thread.

    Args:
        log: A file that what they say is added to.
    """

    def __init__(self, log: Path) -> None:
        self._log = log
        self._context: ForkServerContext = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(list(PRELOADED))
        self._running: dict[str, tuple[Kind, ForkServerProcess]] = {}
        self._told_to_end: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._running)

    def __contains__(self, subject: object) -> bool:
        return subject in self._running

    def warm_up(self) -> None:
        """Start the process that others are forked from, without waiting for it."""
        from multiprocessing import forkserver

        forkserver.ensure_running()

    def start(self, kind: Kind, subject: str) -> None:
        """Start a process for one screening."""
        process = self._context.Process(target=run_child, args=(kind, subject, str(self._log)), name=subject)
        process.start()
        self._running[subject] = (kind, process)

    def reap(self) -> list[Ended]:
        """The processes that ended since the last call."""
        over = []
        for subject, (kind, process) in list(self._running.items()):
            if process.exitcode is not None:
                over.append(Ended(subject, kind, process.exitcode))
                process.join()
                process.close()
                del self._running[subject]
                self._told_to_end.pop(subject, None)
        return over

    def kill(self, subject: str) -> None:
        """End a process that did not stop when it was asked to; call it again until it is gone."""
        if (known := self._running.get(subject)) is None:
            return
        if (since := self._told_to_end.get(subject)) is None:
            self._told_to_end[subject] = time.monotonic()
            known[1].terminate()
        elif time.monotonic() - since > KILLING_SECONDS:
            known[1].kill()

    def end(self) -> bool:
        """End all of them, and wait until none is left."""
        processes = [process for _, process in self._running.values()]
        for process in processes:
            process.terminate()
        _wait_for(processes, ENDING_SECONDS)
        for process in processes:
            process.kill()
        _wait_for(processes, ENDING_SECONDS)
        self.reap()
        _end_server()
        return True


def _end_server() -> None:
    """End the process that others are forked from, which would end by itself only a moment after us."""
    from multiprocessing import forkserver

    # No public name for it; without one it is left to its moment.
    if (stop := getattr(getattr(forkserver, "_forkserver", None), "_stop", None)) is not None:
        stop()


def _wait_for(processes: Iterable[ForkServerProcess], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    waiting = [process.sentinel for process in processes if process.exitcode is None]
    while waiting and (left := deadline - time.monotonic()) > 0:
        ended = wait(waiting, timeout=left)
        waiting = [sentinel for sentinel in waiting if sentinel not in ended]
