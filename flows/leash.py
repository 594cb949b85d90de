"""`python -m flows.leash COMMAND ...`: run a command that ends with whoever started it, however that one ends.

A process that is killed cannot clean up after itself. So a small one stands between it and its child: its standard
input is a pipe whose other end only the starter holds, and the system closes that end when the starter is gone.
"""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

PATIENCE_SECONDS = 5.0
"""How long a command may take to end after the first signal; it is killed after that."""

_SIGNAL_WHEN_PARENT_DIES = 1
"""PR_SET_PDEATHSIG of Linux."""
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Leashed:
    """A running command and everything it started.

    Args:
        command: Program and arguments.
        log: A file that what the command says is added to.
        environment: Variables of the command; those of this process if not given.
    """

    def __init__(self, command: Sequence[str], *, log: Path, environment: Mapping[str, str] | None = None) -> None:
        with log.open("ab") as file:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(
                [sys.executable, "-P", "-m", "flows.leash", *command],
                stdin=subprocess.PIPE,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=environment,
                # Ctrl-C in a terminal reaches a whole group; this one is ended in order, by its starter.
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Of the process that holds the leash."""
        return self._process.pid

    def ended(self) -> bool:
        """Whether the command is over."""
        return self._process.poll() is not None

    def let_go(self) -> None:
        """Begin to end the command, without waiting; several can be ended at once."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()

    def end(self) -> None:
        """End the command and wait until nothing of it is left."""
        self.let_go()
        try:
            self._process.wait(timeout=PATIENCE_SECONDS + 2)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def main(command: Sequence[str], *, leash: int) -> int:
    """Run a command until it ends or the leash is let go.

    Args:
        command: Program and arguments.
        leash: Descriptor of a pipe that nobody writes to.

    Returns:
        The command's exit code.
    """
    # The command's group is ours, so that one signal reaches whatever it starts; we outlive that signal.
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=_settle_in)
    while child.poll() is None:
        ready, _, _ = select.select([leash], [], [], 0.2)
        if ready and not os.read(leash, 1):
            _end(child)
    os.killpg(0, signal.SIGTERM)
    return child.returncode


def _settle_in() -> None:
    # What is ignored stays ignored in a child, which could then not be ended by them.
    for number in _ENDING:
        signal.signal(number, signal.SIG_DFL)
    if sys.platform == "linux":
        # The process that holds the leash may be killed, too.
        ctypes.CDLL(None).prctl(_SIGNAL_WHEN_PARENT_DIES, signal.SIGKILL)


def _end(child: subprocess.Popen[bytes]) -> NoReturn:
    """End the whole group, this process with it."""
    os.killpg(0, signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(PATIENCE_SECONDS)
    os.killpg(0, signal.SIGKILL)
    raise AssertionError("unreachable")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], leash=sys.stdin.fileno()))
