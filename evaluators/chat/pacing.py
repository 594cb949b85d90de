"""How fast an endpoint is asked, and the one layer that asks again.

In flight are never more calls than the caller allows; fewer while the endpoint says that it is asked too much. The
bound follows additive increase and multiplicative decrease, as TCP's does (D.-M. Chiu and R. Jain, "Analysis of the
increase and decrease algorithms for congestion avoidance in computer networks", 1989). A single 429 among many good
answers is noise and only its own call waits; from a tenth on, everybody does.
"""

import asyncio
import logging
import random
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from evaluators.chat.client import Call, CallFailed, ChatClient, Forbidden, NotConnected, Reply
from evaluators.money.prices import Usage
from evaluators.money.spending import Spending
from pipeline.errors import JudgeUnavailable

_logger = logging.getLogger(__name__)

CROWDED = 0.1
"""Share of 429s among the latest calls from which the endpoint counts as overloaded."""
DECREASE = 0.7
INCREASE = 4.0
"""Slots won back per full round of good answers."""
REMEMBERED = 20
"""Latest calls that the share is taken over; at least two rounds of calls, so that chance alone does not slow a run."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 20.0
"""Seconds of the exponential back-off where the endpoint names none."""
PATIENCE = 600.0
"""An endpoint that asks to wait longer than these seconds has run out of a daily quota, not of breath."""
WORTH_SAYING = 10.0
"""Seconds from which a wait is told, so that nobody takes it for a hang."""
LIMITED_RETRIES = 3
"""A rate limit is waited out so many times as often as a failure is tried again."""


class Pacer:
    """Bounds the calls in flight. Belongs to one event loop."""

    def __init__(self, bound: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._bound = bound
        self._limit = float(bound)
        self._clock = clock
        self._under_way = 0
        self._closed_until = 0.0
        self._cut_at = float("-inf")
        self._limited: deque[bool] = deque(maxlen=max(REMEMBERED, 2 * bound))
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._stopping = asyncio.Event()
        self._stopped_by: JudgeUnavailable | None = None

    @property
    def limit(self) -> int:
        """Calls that may be in flight right now."""
        return max(1, int(self._limit))

    async def enter(self) -> float:
        """Wait for a slot.

        Returns:
            When the slot was taken; `leave` wants it back.

        Raises:
            JudgeUnavailable: Nothing more is to be sent.
        """
        while True:
            self._raise_if_stopped()
            closed = self._closed_until - self._clock()
            if closed > 0:
                await self.rest(closed)
            elif self._under_way < self.limit:
                self._under_way += 1
                return self._clock()
            else:
                await self._wait()

    async def rest(self, seconds: float) -> None:
        """Wait so many seconds without a slot.

        Raises:
            JudgeUnavailable: Nothing more is to be sent; said at once.
        """
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return
        self._raise_if_stopped()

    def stop(self, error: JudgeUnavailable) -> None:
        """Send nothing more: whoever waits for a slot, now or later, gets this error."""
        self._stopped_by = self._stopped_by or error
        self._stopping.set()
        self._wake(len(self._waiting))

    def _raise_if_stopped(self) -> None:
        if self._stopped_by is not None:
            # A new one each time: an exception that several tasks raise would gather all their tracebacks.
            raise type(self._stopped_by)(str(self._stopped_by))

    async def _wait(self) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._wake(1)  # This turn goes to somebody else.
            raise

    def leave(self, entered: float, *, good: bool, limited: bool = False, closed_for: float | None = None) -> None:
        """Give the slot back and learn from how the call went.

        Args:
            entered: What `enter` returned.
            good: It was answered.
            limited: The endpoint said that it is asked too much.
            closed_for: Seconds for which it wants to hear nothing.
        """
        self._under_way -= 1
        if good or limited:
            self._limited.append(limited)
        if limited and sum(self._limited) >= CROWDED * len(self._limited):
            self._close(closed_for or FIRST_WAIT)
            # Calls sent before the last cut tell of the pace before it.
            if entered > self._cut_at:
                self._limit = max(1.0, self._limit * DECREASE)
                self._cut_at = self._clock()
        elif good:
            self._limit = min(float(self._bound), self._limit + INCREASE / self._limit)
            if closed_for:
                self._close(closed_for)
        self._wake(self.limit - self._under_way)

    def _close(self, seconds: float) -> None:
        until = self._clock() + min(seconds, PATIENCE)
        if until - max(self._closed_until, self._clock()) > WORTH_SAYING:
            _logger.warning("The chat endpoint wants to hear nothing for %.0f s; the run waits.", seconds)
        self._closed_until = max(self._closed_until, until)

    def _wake(self, count: int) -> None:
        while count > 0 and self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                count -= 1


class Paced(NamedTuple):
    """A reply and what it took."""

    reply: Reply
    retries: int


class PacedClient:
    """Makes calls at the endpoint's pace and tries transient failures again.

    Args:
        client: Makes one call.
        pacer: Shared by all calls to the endpoint.
        spending: Says whether a call may still be paid for; shared likewise.
        max_output_tokens: What every call tells the endpoint to stop at.
        retries: How often a transient failure of one call is tried again.
    """

    def __init__(
        self,
        client: ChatClient,
        pacer: Pacer,
        *,
        spending: Spending,
        max_output_tokens: int,
        retries: int,
    ) -> None:
        self._client = client
        self._pacer = pacer
        self._spending = spending
        self._max_output_tokens = max_output_tokens
        self._retries = retries
        self._ever_answered = False

    async def ask(self, call: Call) -> Paced:
        """Make a call, waiting for a slot, and again after transient failures.

        Raises:
            CallFailed: It failed for good.
            JudgeUnavailable: Every call will fail until somebody changes something.
        """
        failed = limited = 0
        while True:
            try:
                reply = await self._once(call)
            except CallFailed as error:
                if error.rate_limited:
                    limited += 1
                else:
                    # It is on the bill each time, and a model that is too slow stays so.
                    failed += 2 if error.timed_out else 1
                self._give_up(error, failed=failed, limited=limited)
                await self._pacer.rest(_wait(error, failed + limited))
            else:
                self._ever_answered = True
                return Paced(reply, failed + limited)

    async def _once(self, call: Call) -> Reply:
        entered = await self._pacer.enter()
        try:
            reply = await self._paid(call)
        except CallFailed as error:
            self._pacer.leave(entered, good=False, limited=error.rate_limited, closed_for=error.retry_after)
            raise
        except BaseException:
            self._pacer.leave(entered, good=False)
            raise
        self._pacer.leave(entered, good=True, closed_for=reply.open_for)
        return reply

    async def _paid(self, call: Call) -> Reply:
        """Make a call whose worst case fits what may still be spent, and note what it really took."""
        async with self._spending.reserve(
            static=call.static, rest=call.rest, max_output_tokens=self._max_output_tokens
        ) as reservation:
            try:
                reply = await self._client.ask(call)
            except CallFailed as error:
                if error.charged:
                    reservation.abandon()
                elif error.transient and not error.rate_limited and not isinstance(error, NotConnected):
                    reservation.failed()
                else:
                    reservation.not_taken()
                raise
            except JudgeUnavailable:
                reservation.not_taken()
                raise
            counted = reservation.settle(Usage.of(reply.facts), answer=reply.text)
        if self._spending.spent is None:
            return reply
        return reply._replace(facts={**reply.facts, "cost": float(self._spending.cost_of(counted))})

    def _give_up(self, error: CallFailed, *, failed: int, limited: int) -> None:
        """Raise what the caller has to know; return if the call is worth another try."""
        if isinstance(error, NotConnected) and not self._ever_answered:
            raise JudgeUnavailable(
                f"The judge {error}. Start it, or correct --base-url; what was answered so far is kept."
            ) from error
        if isinstance(error, Forbidden) and not self._ever_answered:
            raise JudgeUnavailable(error.told) from error
        if error.retry_after is not None and error.retry_after > PATIENCE:
            raise JudgeUnavailable(
                f"The chat endpoint asks to wait {error.retry_after / 60:.0f} minutes, as at the end of a daily quota. "
                "Run again then; what was answered so far is kept."
            ) from error
        if not error.transient or failed > self._retries or limited > LIMITED_RETRIES * self._retries:
            raise error


def _wait(error: CallFailed, attempt: int) -> float:
    if error.retry_after is not None:
        return error.retry_after
    # Spread, so that calls that failed together do not come back together. Answers do not depend on it.
    longest = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (attempt - 1))
    return longest * random.uniform(0.5, 1.0)
