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
        """The answer to a line, as soon as a process is free; None if the process broke down or cannot be started."""
        slot = self._slots.get()
        child = slot if isinstance(slot, _Child) else None
        answer = None
        try:
            if slot == "not started":
                child = _Child(self._command)
                answer = child.ask(self._opening, line)
            elif child is not None:
                answer = child.ask(line)
        except (OSError, UnicodeError):
            pass  # there is no room for another process, or this one is gone or says what is no text
        finally:
            try:
                if child is not None and answer is None:
                    child.break_off()
            finally:
                self._slots.put(child if child is not None and answer is not None else "broken")
        return answer


class _Child:
    """One process; what it says is read by the thread that asked."""

    def __init__(self, command: Sequence[str]) -> None:
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

    def ask(self, *lines: str) -> str | None:
        """The answer to the last of some lines; None if the process ended before."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        for line in lines:
            self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        return answer if answer.endswith("\n") else None

    def end(self) -> None:
        """Let it finish what it does, and go."""
        with contextlib.suppress(OSError, UnicodeError):
            self.process.communicate()

    def break_off(self) -> None:
        """End it whatever it does."""
        self.process.kill()
        self.end()
