"""An event loop in its own thread, so that calls go on while the caller writes answers down."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")


class BackgroundLoop:
    """Runs coroutines from synchronous code, also where the caller's thread already has a running loop."""

    def __init__(self) -> None:
        import uvloop

        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="chat-judge", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.submit(_cancel_others()).result()
            self.submit(self._loop.shutdown_default_executor()).result()
        finally:
            # Also when a second Ctrl-C breaks off the waiting.
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    # The first two parameters of Coroutine concern generators only; there is nothing to type.
    def submit(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        """Start a coroutine; its result or error arrives in the future."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def call(self, function: Callable[[T], None], argument: T) -> None:
        """Have a function called in the loop's thread, without waiting for it."""
        self._loop.call_soon_threadsafe(function, argument)


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
