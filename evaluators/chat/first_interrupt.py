"""Ctrl-C while calls are under way: the first asks to stop, the second stops."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

PATIENCE_SECONDS = 10.0
"""How long what is under way is waited for after the first Ctrl-C."""


class Interrupted:
    """Notes when the first Ctrl-C came.

    Args:
        wake: Called then; it may only do what a signal handler may.
    """

    def __init__(self, *, wake: Callable[[], None]) -> None:
        self._wake = wake
        self.at: float | None = None
        """By the monotonic clock; None if none came."""

    def __call__(self) -> None:
        """Note it."""
        self.at = time.monotonic()
        self._wake()

    def seconds_left(self) -> float | None:
        """How long to wait for what is under way; None for as long as it takes."""
        return None if self.at is None else max(0.0, self.at + PATIENCE_SECONDS - time.monotonic())


@contextmanager
def first_interrupt(stop: Callable[[], None]) -> Iterator[None]:
    """Let the first Ctrl-C call `stop`; a second one raises KeyboardInterrupt as ever.

    Where something else handles Ctrl-C already, and in other threads than the main one, nothing changes.

    Args:
        stop: Called between any two steps of the main thread, so it may only do what a signal handler may.
    """
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return

    def handle(_: int, __: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        stop()

    signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
