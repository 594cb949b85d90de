"""Keeps a run inside its budget: before a call its worst case is set aside, after it what it really took.

What was spent and what is set aside never exceed the budget together, so neither does the bill. Near the end fewer
calls run at a time, since each has to wait for what the others give back.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import ClassVar, Literal

from evaluators.money.prices import Price, Usage, dollars, finely
from pipeline.errors import ConfigurationError, JudgeUnavailable

BYTES_PER_TOKEN_AT_LEAST = 1
"""No token stands for less than one byte: vocabularies are made of bytes, or fall back to them. A certain bound."""
FRAME_TOKENS = 96
"""For what endpoints put around messages: about four tokens each, and what introduces a schema."""


Limit = Literal["budget", "max_requests"]
"""What bounds a run."""


class BudgetSpent(JudgeUnavailable):
    """The next call could cost more than is left; what was answered is kept."""

    limit: ClassVar[Limit] = "budget"


class RequestsSpent(BudgetSpent):
    """The next call would be one too many."""

    limit: ClassVar[Limit] = "max_requests"


class Reservation:
    """The worst case of one call, set aside until it is known what the call took.

    Exactly one of the endings is to be called. Without one, as when the call was cancelled or its connection broke,
    all of it counts as spent: the endpoint may finish the answer, and send the bill, after we hung up.
    """

    def __init__(self, spending: "Spending", static: str, worst: Usage) -> None:
        self._spending = spending
        self._static = static
        self.worst = worst
        self.cost = spending.cost_of(worst)
        self.open = True

    def settle(self, usage: Usage | None, *, answer: str = "") -> Usage:
        """The call was answered.

        What the endpoint did not count, or counted as nothing though something was sent or written, counts by the
        bytes of what was sent and of the answer.

        Returns:
            What counts.
        """
        counted, estimated = usage or Usage(), False
        if not counted.input_tokens:
            counted, estimated = self.worst.model_copy(update={"output_tokens": counted.output_tokens}), True
        else:
            self._spending.learn(self._static, counted)
        told = usage is not None and "output_tokens" in usage.model_fields_set
        if not counted.output_tokens and (answer or not told):
            written = min(self.worst.output_tokens, len(answer.encode()) + FRAME_TOKENS)
            counted, estimated = counted.model_copy(update={"output_tokens": written}), True
        self._end(counted, estimated=estimated)
        return counted

    def failed(self) -> None:
        """The endpoint took the call and said that it failed: its input counts, there is no output."""
        self._end(self.worst.model_copy(update={"output_tokens": 0}), estimated=True)

    def not_taken(self) -> None:
        """Nothing was taken: no connection, or the endpoint said that it is asked too much. Nothing counts."""
        self._end(None)

    def abandon(self) -> None:
        """What became of the call is not known: all of it counts. Does nothing after another ending."""
        if self.open:
            self._end(self.worst, estimated=True)

    def _end(self, usage: Usage | None, *, estimated: bool = False) -> None:
        if not self.open:
            raise ValueError("This reservation was settled before; one call has one ending.")
        self.open = False
        self._spending.close(self, usage, estimated=estimated)


class Spending:
    """What calls may cost and have cost. Used from one event loop at a time; later runs of one process may go on.

    Args:
        price: Of the model; None if it is not known, and then no budget can be kept.
        model: Its name, for messages.
        budget: US dollars; None for no limit.
        max_requests: Calls, repairs and repeated ones included; None for no limit.
        batch: Calls go out as a provider batch, with its discount.

    Raises:
        ConfigurationError: A budget without a price, or a limit that lets nothing through.
    """

    def __init__(
        self,
        price: Price | None,
        *,
        model: str,
        budget: float | Decimal | None = None,
        max_requests: int | None = None,
        batch: bool = False,
    ) -> None:
        self.price = price
        self.batch = batch
        self.budget = None if budget is None else Decimal(str(budget))
        self.max_requests = max_requests
        _check(model, price, self.budget, max_requests)
        self.spent: Decimal | None = None if price is None else Decimal(0)
        """US dollars; None without a price. Never less than the bill so far."""
        self.requests = 0
        """Calls that were taken by the endpoint."""
        self.usage = Usage(written_tokens=0)
        """Tokens of all calls; estimates where the endpoint did not count."""
        self.estimated = 0
        """Calls whose tokens are estimates."""
        self._set_aside = Decimal(0)
        self._under_way = 0
        self._smallest: dict[str, int] = {}
        self._waiting: set[asyncio.Future[None]] = set()
        self._beside: Spending | None = None

    def share_with(self, other: "Spending") -> None:
        """Let two judges of one run live on one budget and one number of requests."""
        self._beside, other._beside = other, self

    @property
    def taken(self) -> Decimal:
        """US dollars that are spent or set aside, by this judge and the one beside it."""
        beside = self._beside
        others = Decimal(0) if beside is None else (beside.spent or Decimal(0)) + beside._set_aside
        return (self.spent or Decimal(0)) + self._set_aside + others

    @property
    def made(self) -> int:
        """Requests that were made or are under way, by this judge and the one beside it."""
        beside = self._beside
        return self.requests + self._under_way + (0 if beside is None else beside.requests + beside._under_way)

    @asynccontextmanager
    async def reserve(self, *, static: str, rest: str, max_output_tokens: int) -> AsyncIterator[Reservation]:
        """Set the worst case of a call aside, waiting for other calls to be settled if it does not fit before.

        Settle one call before reserving the next of the same exchange: a task that holds a reservation while it
        waits for another one may wait for itself.

        Args:
            static: What calls of one kind have in common: system message and schema.
            rest: Everything else that is sent.
            max_output_tokens: What the endpoint is told to stop at.

        Raises:
            BudgetSpent: It does not fit, and nothing is under way that could give something back.
        """
        while (reservation := self.try_reserve(static=static, rest=rest, max_output_tokens=max_output_tokens)) is None:
            await self._settled()
        try:
            yield reservation
        finally:
            reservation.abandon()

    def try_reserve(self, *, static: str, rest: str, max_output_tokens: int) -> Reservation | None:
        """The same without waiting: None if it may fit later. For provider batches, whose calls all go out at once.

        Raises:
            BudgetSpent: It does not fit, and nothing is under way that could give something back.
        """
        worst = self._worst(static, rest, max_output_tokens)
        cost = self.cost_of(worst)
        over = self._over(cost)
        if over is not None:
            if self._under_way:
                return None
            raise over
        self._under_way += 1
        self._set_aside += cost
        return Reservation(self, static, worst)

    def affordable(self) -> int | None:
        """How many more calls of the mean size so far fit, by expectation; None if nothing limits or tells them."""
        room: list[int] = []
        if self.max_requests is not None:
            room.append(max(0, self.max_requests - self.made))
        if self.budget is not None and self.spent and self.requests:
            mean = self.spent / self.requests
            room.append(max(0, int((self.budget - self.taken + self._set_aside) / mean) - self._under_way))
        return min(room, default=None)

    def cost_of(self, usage: Usage) -> Decimal:
        """US dollars of a usage; 0 without a price."""
        return Decimal(0) if self.price is None else self.price.cost(usage, batch=self.batch)

    def learn(self, static: str, usage: Usage) -> None:
        """Remember the smallest input seen with a static part: that part alone cannot be larger."""
        smallest = self._smallest.get(static)
        # A count of nothing bounds nothing.
        if usage.input_tokens and (smallest is None or usage.input_tokens < smallest):
            self._smallest[static] = usage.input_tokens

    def add(self, usage: Usage | None) -> None:
        """Count a call that an earlier run made and this one reads: it is on the bill, whatever the limits are now."""
        self.requests += 1
        if usage is None:
            self.estimated += 1
            return
        self.usage = self.usage.plus(usage)
        if self.spent is not None:
            self.spent += self.cost_of(usage)

    def close(self, reservation: Reservation, usage: Usage | None, *, estimated: bool) -> None:
        """Give a reservation back and count what its call took; None for nothing."""
        self._under_way -= 1
        self._set_aside -= reservation.cost
        if usage is not None:
            self.requests += 1
            self.estimated += estimated
            self.usage = self.usage.plus(usage)
            if self.spent is not None:
                self.spent += self.cost_of(usage)
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)

    async def _settled(self) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        try:
            await waiter
        finally:
            self._waiting.discard(waiter)

    def _worst(self, static: str, rest: str, max_output_tokens: int) -> Usage:
        """Tokens that a call cannot exceed.

        Messages are cut into tokens one by one, so the static part has at most as many as the smallest call that
        held it, and before the first one at most as many as bytes.
        """
        most = len(static.encode()) // BYTES_PER_TOKEN_AT_LEAST
        most = min(most, self._smallest.get(static, most))
        return Usage(
            input_tokens=most + len(rest.encode()) // BYTES_PER_TOKEN_AT_LEAST + FRAME_TOKENS,
            output_tokens=max_output_tokens,
        )

    def _over(self, cost: Decimal) -> BudgetSpent | None:
        """What another call of this cost would exceed, in words for a recruiter."""
        if self.max_requests is not None and self.made >= self.max_requests:
            return RequestsSpent(
                f"--max-requests is reached: {_requests(self.max_requests)} made{self._told()}. "
                "Run the same command with a larger --max-requests; what was answered is kept."
            )
        if self.budget is None or self.taken + cost <= self.budget:
            return None
        if not self.requests:
            return BudgetSpent(
                f"The budget of {finely(self.budget)} is too small for a single request, which may cost up to "
                f"{finely(cost)}. Run the same command with a larger --budget."
            )
        return BudgetSpent(
            f"The budget has no room for another call: {finely(self.spent or 0)} of {finely(self.budget)} were spent "
            f"on {_requests(self.requests)}, and the next one may cost up to {finely(cost)}. "
            "Run the same command with a larger --budget; what was answered is kept."
        )

    def _told(self) -> str:
        return "" if self.spent is None else f", for {dollars(self.spent)}"


def _requests(count: int) -> str:
    return "1 request" if count == 1 else f"{count:,} requests"


def _check(model: str, price: Price | None, budget: Decimal | None, max_requests: int | None) -> None:
    if max_requests is not None and max_requests < 1:
        raise ConfigurationError(f"--max-requests {max_requests} lets no request through; give at least 1.")
    if budget is None:
        return
    if not budget.is_finite() or budget <= 0:
        raise ConfigurationError(f"--budget {budget} lets no request through; give US dollars, such as 5.00.")
    if price is None:
        raise ConfigurationError(
            f"--budget needs to know what {model!r} costs, and no price table holds it. Name a file with --prices, "
            f"such as: as_of: 2026-11-01, source: my contract, models: {{{model!r}: {{input: 0.15, output: 0.6}}}} "
            "(US dollars per million tokens; 0 for a model of your own), or leave --budget out."
        )
