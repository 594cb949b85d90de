"""How fast an endpoint is asked; the whole client is measured against the mock endpoint."""

import asyncio
import logging

import pytest

from evaluators.chat.pacing import PATIENCE, Pacer


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("seconds", "lines"), [(2.0, 0), (40.0, 1)])
def test_a_long_wait_is_said_once_and_a_short_one_not(
    seconds: float, lines: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        pacer = Pacer(8, clock=Clock())
        calls = [await pacer.enter() for _ in range(4)]
        for entered in calls:
            pacer.leave(entered, good=False, limited=True, closed_for=seconds)

    with caplog.at_level(logging.WARNING):
        asyncio.run(run())
    assert len(caplog.records) == lines
    assert all("40 s" in record.getMessage() for record in caplog.records)


def test_slots_shrink_at_rate_limits_and_grow_back() -> None:
    async def run() -> tuple[int, int]:
        clock = Clock()
        pacer = Pacer(20, clock=clock)
        pacer.leave(await pacer.enter(), good=False, limited=True)
        low = pacer.limit
        clock.now += PATIENCE
        for _ in range(200):
            pacer.leave(await pacer.enter(), good=True)
        return low, pacer.limit

    assert asyncio.run(run()) == (14, 20)
