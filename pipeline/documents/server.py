"""The preloaded, single-threaded process that forks one short-lived child per file.

Started by `pipeline.documents.sandbox` as `python -m pipeline.documents.server FD`. A fresh Python process
with the parsers costs about a second; a fork of this one costs one to two milliseconds.

Each request arrives on the control socket as one message with two descriptors: a socket that carries the
task in and the answer out, and a pipe for the exit status. The forked child never sees another file's task.
"""

import gc
import os
import resource
import selectors
import signal
import socket
import struct
import sys
import time
from dataclasses import dataclass
from typing import NamedTuple, NoReturn

from pipeline.documents.limits import Limits
from pipeline.documents.wire import ENDED, EXIT_STATUS, LATE, NOT_FORKED

LIMITS_MESSAGE = struct.Struct(">QQd")
"""Memory in bytes, CPU seconds, wall seconds."""

_DESCRIPTORS = 32
_HIGHEST_DESCRIPTOR = 4096


class _Request(NamedTuple):
    task_fd: int
    status_pipe: int
    memory: int
    cpu_seconds: int
    wall_seconds: float


@dataclass
class _Child:
    pid: int
    pidfd: int
    status_pipe: int
    deadline: float
    late: bool = False


def limits_message(limits: Limits) -> bytes:
    """Return the part of the limits that the server itself enforces."""
    return LIMITS_MESSAGE.pack(limits.memory, limits.cpu_seconds, limits.wall_seconds)


def main() -> None:
    """Serve the control socket whose descriptor is the first argument until the parent closes it."""
    control = socket.socket(fileno=int(sys.argv[1]))
    from pipeline.documents import worker  # the parsers: what this process exists to have loaded

    worker.preload()
    gc.collect()
    # Collected objects would be touched, hence copied, in every child.
    gc.freeze()
    control.send(b"ready")
    _serve(control)


def _serve(control: socket.socket) -> None:
    children: dict[int, _Child] = {}
    selector = selectors.DefaultSelector()
    selector.register(control, selectors.EVENT_READ)
    try:
        while True:
            for key, _ in selector.select(_patience(children)):
                if key.fileobj is control:
                    request = _accept(control)
                    if request is None:
                        return
                    child = _fork(request)
                    if child is not None:
                        children[child.pidfd] = child
                        selector.register(child.pidfd, selectors.EVENT_READ)
                else:
                    selector.unregister(key.fileobj)
                    _bury(children.pop(key.fd))
            _kill_late(children)
    finally:
        for child in children.values():
            os.kill(child.pid, signal.SIGKILL)


def _patience(children: dict[int, _Child]) -> float | None:
    if not children:
        return None
    return max(0.0, min(child.deadline for child in children.values()) - time.monotonic())


def _kill_late(children: dict[int, _Child]) -> None:
    now = time.monotonic()
    for child in children.values():
        if child.deadline <= now:
            child.late = True
            child.deadline = now + 3600.0
            signal.pidfd_send_signal(child.pidfd, signal.SIGKILL)


def _accept(control: socket.socket) -> _Request | None:
    """The next request; None when the parent is gone."""
    message, descriptors, _, _ = socket.recv_fds(control, LIMITS_MESSAGE.size, 2)
    if len(message) < LIMITS_MESSAGE.size or len(descriptors) != 2:
        return None
    return _Request(*descriptors, *LIMITS_MESSAGE.unpack(message))


def _fork(request: _Request) -> _Child | None:
    """A child for the request; None if the system gives none, which the parent is told."""
    deadline = time.monotonic() + request.wall_seconds
    pid = None
    try:
        pid = os.fork()
        if pid == 0:
            _run_child(request.task_fd, memory=request.memory, cpu_seconds=request.cpu_seconds)
        return _Child(pid=pid, pidfd=os.pidfd_open(pid), status_pipe=request.status_pipe, deadline=deadline)
    except OSError as error:
        # Said, and gone on with: were this process to end, the file would seem to have brought it down.
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        _tell(request.status_pipe, error.errno or 0, NOT_FORKED)
        return None
    finally:
        os.close(request.task_fd)


def _bury(child: _Child) -> None:
    _, status = os.waitpid(child.pid, 0)
    os.close(child.pidfd)
    _tell(child.status_pipe, status, LATE if child.late else ENDED)


def _tell(status_pipe: int, status: int, how: int) -> None:
    try:
        os.write(status_pipe, EXIT_STATUS.pack(status, how))
    except BrokenPipeError:
        pass  # the parent gave this file up
    finally:
        os.close(status_pipe)


def _run_child(task_fd: int, *, memory: int, cpu_seconds: int) -> NoReturn:
    """Parse one file in the forked child; never returns."""
    code = 1
    try:
        # The control socket and the pipes of other children are not this file's business.
        os.closerange(3, task_fd)
        os.closerange(task_fd + 1, _HIGHEST_DESCRIPTOR)
        # Parsers complain on stderr in the words of the file.
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 1)
        os.dup2(null, 2)
        _limit(memory=memory, cpu_seconds=cpu_seconds)
        from pipeline.documents import worker

        with socket.socket(fileno=task_fd) as task:
            worker.answer_task(task)
        code = 0
    finally:
        os._exit(code)


def _limit(*, memory: int, cpu_seconds: int) -> None:
    with open("/proc/self/statm", encoding="ascii") as statm:
        present = int(statm.read().split()[0]) * resource.getpagesize()
    # A soft limit below the hard one ends the child by SIGXCPU, which can be told from other kills.
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    for kind, bound in (
        (resource.RLIMIT_AS, present + memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _DESCRIPTORS),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (bound, bound))


if __name__ == "__main__":
    main()
