"""The loop ends with its block, whatever breaks off the waiting for it."""

import asyncio
from concurrent.futures import Future

import pytest

from evaluators.chat.background_loop import BackgroundLoop


def test_a_second_ctrl_c_leaves_no_thread_and_no_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    def ctrl_c(_: "Future[None]", timeout: float | None = None) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt), BackgroundLoop() as loop:
        # A real Ctrl-C would come to this process when it likes.
        patched.setattr(Future, "result", ctrl_c)
    assert not loop._thread.is_alive()
    assert loop._loop.is_closed()


def test_what_still_goes_on_is_cancelled() -> None:
    with BackgroundLoop() as loop:
        waiting = loop.submit(asyncio.sleep(600))
    assert waiting.cancelled()
