"""The parent's side of the forking server: one call, one file, one child process."""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.documents.limits import Limits
from pipeline.documents.server import limits_message
from pipeline.documents.wire import EXIT_STATUS, LATE, NOT_FORKED
from pipeline.errors import ConfigurationError, SubmissionError

_START_SECONDS = 60.0
_GRACE_SECONDS = 5.0
"""What the server may need on top of the child's own time to tell how it ended."""
_BUSY_SECONDS = 10.0
"""How long the system may have no room for another process before an operator has to do something about it."""
_PAUSE_SECONDS = 0.2
_CHUNK = 1 << 18


class _ServerLost(Exception):
    """The server went away before it told how the child ended."""


class _NoChild(Exception):
    """The system gave the server no child for the file, which has no part in that."""

    def __init__(self, error_number: int) -> None:
        super().__init__(os.strerror(error_number))


class Sandbox:
    """Runs tasks in limited child processes; may be used from several threads at once.

    The server is started by the first task and again, once per task, when it has died.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(limits.parallel)
        self._server: _Server | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the server and whatever it is still parsing."""
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.close()

    def start(self) -> None:
        """Start the server now, so that the first file does not wait for it."""
        self._running_server()

    def run(self, request: bytes, *, output_bytes: int) -> bytes:
        """Return the answer of a child to the request.

        Raises:
            SubmissionError: `timeout`, `crashed` or `too_large`: the child did not answer within its limits.
            ConfigurationError: The server or a child cannot be started, or this process may open no more files.
        """
        with self._places:
            lost, give_up = 0, time.monotonic() + _BUSY_SECONDS
            while True:
                server = self._running_server()
                try:
                    return server.run(request, limits=self._limits, output_bytes=output_bytes)
                except _ServerLost:
                    self._forget(server)
                    lost += 1
                    if lost == 2:
                        raise SubmissionError(
                            "crashed",
                            "This file twice brought down the process that reads files. "
                            "Ask for it again, saved as a new PDF.",
                        ) from None
                except _NoChild as error:
                    if time.monotonic() >= give_up:
                        raise ConfigurationError(
                            f"No process can be started to read a file with: {error}. Close other programs, or raise "
                            "the limits of processes and memory, then try again."
                        ) from None
                    time.sleep(_PAUSE_SECONDS)

    def _running_server(self) -> "_Server":
        with self._lock:
            if self._server is None:
                self._server = _Server()
            return self._server

    def _forget(self, server: "_Server") -> None:
        with self._lock:
            if self._server is server:
                self._server = None
        server.close()


class _Server:
    """One running server process."""

    def __init__(self) -> None:
        try:
            with ExitStack() as undo:
                self._start(undo)
                undo.pop_all()
        except OSError as error:
            raise ConfigurationError(
                f"The process that reads files cannot be started: {error.strerror}. Close other programs, or raise the "
                "limits of processes, memory and open files, then try again."
            ) from error

    def _start(self, undo: ExitStack) -> None:
        # SEQPACKET keeps each request with its descriptors in one piece, so threads need no lock.
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        undo.callback(self._control.close)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "pipeline.documents.server", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                # Its own session: Ctrl-C in a terminal is the parent's to handle.
                start_new_session=True,
                # No keys or tokens in the memory of a process that parses hostile files.
                env=_environment(),
                cwd="/",
            )
        undo.callback(self.close)
        self._control.settimeout(_START_SECONDS)
        try:
            ready = self._control.recv(16)
        except OSError:
            ready = b""
        if ready != b"ready":
            raise ConfigurationError(
                f"The process that reads files did not start ({sys.executable!r} -m pipeline.documents.server). "
                "Run that command by hand to see why."
            )
        self._control.settimeout(None)

    def close(self) -> None:
        self._control.close()
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=2.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def run(self, request: bytes, *, limits: Limits, output_bytes: int) -> bytes:
        deadline = time.monotonic() + limits.wall_seconds + _GRACE_SECONDS
        # Each descriptor is entered as it is made: where there are no more, those that were made are closed.
        with ExitStack() as ours, ExitStack() as theirs:
            try:
                task, their_task = socket.socketpair()
                ours.enter_context(task)
                theirs.enter_context(their_task)
                status_read, status_write = os.pipe()
                ours.callback(os.close, status_read)
                theirs.callback(os.close, status_write)
            except OSError as error:
                raise ConfigurationError(
                    f"A file cannot be handed over to the process that reads it: {error.strerror}. "
                    "Raise the limit of open files (ulimit -n), then try again."
                ) from error
            try:
                socket.send_fds(self._control, [limits_message(limits)], [their_task.fileno(), status_write])
            except OSError as error:
                raise _ServerLost from error
            theirs.close()
            answer, complete = _converse(task, request, deadline=deadline, output_bytes=output_bytes)
            status, late = _exit_status(status_read, deadline=deadline)
        _raise_for(status, late=late, complete=complete, limits=limits)
        return answer


def _environment() -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "PYTHONPATH": root,
        "PYTHONHASHSEED": "0",
        # A thread pool does not survive a fork.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


def _converse(task: socket.socket, request: bytes, *, deadline: float, output_bytes: int) -> tuple[bytes, bool]:
    """Send the request and collect the answer; False if it is longer than allowed."""
    chunks: list[bytes] = []
    received = 0
    try:
        task.settimeout(max(0.01, deadline - time.monotonic()))
        task.sendall(request)
        task.shutdown(socket.SHUT_WR)
        while True:
            task.settimeout(max(0.01, deadline - time.monotonic()))
            chunk = task.recv(_CHUNK)
            if not chunk:
                break
            received += len(chunk)
            if received > output_bytes:
                return b"", False
            chunks.append(chunk)
    except OSError:
        pass  # the child is gone or late; how it ended says which
    return b"".join(chunks), True


def _exit_status(pipe: int, *, deadline: float) -> tuple[int, bool]:
    # The server enforces the time; the parent's own deadline only guards against a stuck server.
    waiting = select.poll()  # select() takes no descriptor above 1023
    waiting.register(pipe, select.POLLIN)
    readable = waiting.poll(max(10.0, (deadline - time.monotonic()) * 1000))
    packed = os.read(pipe, EXIT_STATUS.size) if readable else b""
    if len(packed) < EXIT_STATUS.size:
        raise _ServerLost
    status, how = EXIT_STATUS.unpack(packed)
    if how == NOT_FORKED:
        raise _NoChild(status)
    return status, how == LATE


def _raise_for(status: int, *, late: bool, complete: bool, limits: Limits) -> None:
    if not complete:
        raise SubmissionError(
            "too_large", "Reading this file produced far more text than a resume holds. Ask for a shorter file."
        )
    ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    if late or ended_by == signal.SIGXCPU:
        raise SubmissionError(
            "timeout",
            f"Reading this file took longer than {limits.wall_seconds:g} seconds and was stopped. "
            "Ask for a simpler file, such as a PDF saved from a word processor.",
        )
    if status != 0:
        raise SubmissionError(
            "crashed",
            "This file brought down the program that reads it; it is damaged or made to do so. "
            "Ask for it again, saved as a new PDF.",
        )
