"""Other processes that do one thing for this one: a line of JSON is asked, a line of JSON is answered.

A child ends when its standard input does, so none outlives its starter, however that one ends.
"""

import contextlib
import os
import queue
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

MOST_PROCESSES = 4
"""More would wait for the disk, and each takes 150 MB."""
_ROOT = Path(__file__).parents[1]


def sensible_size() -> int:
    """Processes for this machine; 0 where one processor has to do."""
    processors = len(os.sched_getaffinity(0))
    return min(processors, MOST_PROCESSES) if processors > 1 else 0


def module_command(module: str) -> tuple[str, ...]:
    """How to run a module of this program; with -P, since a file of the folder that somebody stands in is no module."""
    return (sys.executable, "-P", "-m", module)


class LinePool:
    """Some processes of one command; each is started when it is first needed, and all end with the pool.

    Args:
        command: What is run.
        opening: The first line that each is told.
        size: How many.
    """

    def __init__(self, command: Sequence[str], *, opening: str, size: int) -> None:
        self.size = size
        self._command, self._opening = command, opening
        self._slots: queue.LifoQueue[_Child | Literal["not started", "broken"]] = queue.LifoQueue()
        for _ in range(size):
            self._slots.put("not started")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all processes; whatever they do is finished first."""
        for _ in range(self.size):
            slot = self._slots.get()
            if isinstance(slot, _Child):
                slot.end()
        for _ in range(self.size):
            self._slots.put("broken")

    def ask(self, line: str) -> str | None:
        """The answer to a line, as soon as a process is free; None if the process broke down."""
        slot = self._slots.get()
        answer = None
        try:
            child = _Child(self._command, self._opening) if slot == "not started" else slot
            answer = child.ask(line) if isinstance(child, _Child) else None
        finally:
            self._slots.put("broken" if answer is None else child)
        return answer


class _Child:
    """One process; what it says is read by the thread that asked."""

    def __init__(self, command: Sequence[str], opening: str) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # What it would say is said again, and to better effect, when its work is done by the parent.
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            # Ctrl-C reaches a whole group: the child goes when its input ends, after what it is doing.
            start_new_session=True,
            env=os.environ | {"PYTHONPATH": str(_ROOT)},
        )
        with contextlib.suppress(OSError):  # one that is gone already shows when something is asked of it
            self._say(opening)

    def ask(self, line: str) -> str | None:
        try:
            self._say(line)
            assert self.process.stdout is not None
            answer = self.process.stdout.readline()
        except OSError:
            answer = ""
        if not answer.endswith("\n"):
            self.end()
            return None
        return answer

    def end(self) -> None:
        with contextlib.suppress(OSError):
            self.process.communicate()

    def _say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
