import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.money.prices import Price, Usage, finely
from evaluators.money.spending import FRAME_TOKENS, BudgetSpent, RequestsSpent, Spending
from pipeline.errors import ConfigurationError, JudgeUnavailable

PRICE = Price(input=Decimal("0.15"), cached_input=Decimal("0.075"), output=Decimal("0.6"))
DEAR = Price(input=1_000, output=4_000)
"""A tenth of a cent for each input token: small texts already strain a budget."""


class Call(NamedTuple):
    """A call as an endpoint would treat it; shares are parts of what it may take at most."""

    static: int
    rest: int
    max_output: int
    input_share: float
    output_share: float
    yields: int
    end: Literal["answered", "uncounted", "failed", "not_taken", "broken"]


calls = st.lists(
    st.builds(
        Call,
        static=st.integers(0, 3),
        rest=st.integers(0, 300),
        max_output=st.integers(1, 200),
        input_share=st.floats(0, 1),
        output_share=st.floats(0, 1),
        yields=st.integers(0, 4),
        end=st.sampled_from(["answered", "answered", "answered", "uncounted", "failed", "not_taken", "broken"]),
    ),
    max_size=40,
)


class Endpoint:
    """Bills every call exactly; a static part always has the same number of tokens, at most one a byte."""

    def __init__(self, price: Price) -> None:
        self.price = price
        self.bill = Decimal(0)
        self.taken = 0
        self.refused = 0

    async def ask(self, spending: Spending, call: Call) -> None:
        static = "system " * (call.static + 1)
        rest = "x" * call.rest
        try:
            async with spending.reserve(static=static, rest=rest, max_output_tokens=call.max_output) as reservation:
                for _ in range(call.yields):
                    await asyncio.sleep(0)
                usage = Usage(
                    input_tokens=len(static) // 2 + int(call.rest * call.input_share) + FRAME_TOKENS,
                    output_tokens=int(call.max_output * call.output_share),
                )
                self._take(call, usage)
                assert spending.spent is not None
                if call.end == "answered":
                    reservation.settle(usage)
                elif call.end == "uncounted":
                    reservation.settle(None, answer="y" * usage.output_tokens)
                elif call.end == "failed":
                    reservation.failed()
                elif call.end == "not_taken":
                    reservation.not_taken()
                else:
                    raise ConnectionError("broke")
        except BudgetSpent:
            self.refused += 1
        except ConnectionError:
            pass

    def _take(self, call: Call, usage: Usage) -> None:
        if call.end == "not_taken":
            return
        self.taken += 1
        output = 0 if call.end == "failed" else usage.output_tokens
        self.bill += self.price.cost(usage.model_copy(update={"output_tokens": output}))


async def ask_all(spending: Spending, endpoint: Endpoint, asked: Sequence[Call], in_flight: int) -> None:
    waiting = iter(asked)

    async def worker() -> None:
        for call in waiting:
            await endpoint.ask(spending, call)

    await asyncio.gather(*(worker() for _ in range(in_flight)))


@settings(deadline=None)
@given(asked=calls, cents=st.integers(1, 3_000), in_flight=st.integers(1, 12))
def test_the_bill_never_exceeds_the_budget(asked: list[Call], cents: int, in_flight: int) -> None:
    budget = Decimal(cents) / 100
    spending, endpoint = Spending(DEAR, model="m", budget=budget), Endpoint(DEAR)
    asyncio.run(asyncio.wait_for(ask_all(spending, endpoint, asked, in_flight), timeout=20))
    assert spending.spent is not None
    assert endpoint.bill <= spending.spent <= budget
    assert spending.requests == endpoint.taken
    assert endpoint.taken + endpoint.refused + sum(call.end == "not_taken" for call in asked) >= len(asked)


@settings(deadline=None)
@given(asked=calls, most=st.integers(1, 15), in_flight=st.integers(1, 12))
def test_no_more_requests_are_taken_than_allowed(asked: list[Call], most: int, in_flight: int) -> None:
    spending, endpoint = Spending(DEAR, model="m", max_requests=most), Endpoint(DEAR)
    asyncio.run(asyncio.wait_for(ask_all(spending, endpoint, asked, in_flight), timeout=20))
    takes = sum(call.end != "not_taken" for call in asked)
    assert endpoint.taken == spending.requests <= most
    if takes <= most:
        assert endpoint.taken == takes
        assert endpoint.refused == 0 or takes == most


@settings(deadline=None)
@given(asked=calls, in_flight=st.integers(1, 12))
def test_a_generous_budget_refuses_nothing(asked: list[Call], in_flight: int) -> None:
    spending, endpoint = Spending(DEAR, model="m", budget=1_000_000), Endpoint(DEAR)
    asyncio.run(asyncio.wait_for(ask_all(spending, endpoint, asked, in_flight), timeout=20))
    assert endpoint.refused == 0


def one(spending: Spending, *, rest: int = 100, output: int = 100) -> Usage:
    """The worst case of a call that is given back at once."""
    reservation = spending.try_reserve(static="s" * 400, rest="r" * rest, max_output_tokens=output)
    assert reservation is not None
    reservation.not_taken()
    return reservation.worst


def test_the_bound_of_a_static_part_is_learnt_from_the_smallest_call_that_held_it() -> None:
    spending = Spending(PRICE, model="m", budget=1)
    assert one(spending).input_tokens == 400 + 100 + FRAME_TOKENS
    for tokens in (180, 160, 170):
        reservation = spending.try_reserve(static="s" * 400, rest="r" * 100, max_output_tokens=5)
        assert reservation is not None
        reservation.settle(Usage(input_tokens=tokens, output_tokens=5))
    assert one(spending).input_tokens == 160 + 100 + FRAME_TOKENS
    other = spending.try_reserve(static="t" * 400, rest="", max_output_tokens=1)
    assert other is not None
    assert other.worst.input_tokens == 400 + FRAME_TOKENS


def test_text_of_many_bytes_a_character_is_bounded_by_its_bytes() -> None:
    reservation = Spending(PRICE, model="m").try_reserve(static="", rest="設計" * 50, max_output_tokens=1)
    assert reservation is not None
    assert reservation.worst.input_tokens == 300 + FRAME_TOKENS


def test_calls_wait_for_what_others_give_back_before_they_are_refused() -> None:
    async def run() -> list[str]:
        spending = Spending(DEAR, model="m", budget=2)
        order: list[str] = []
        first_may_end = asyncio.Event()

        async def first() -> None:
            async with spending.reserve(static="s", rest="r" * 100, max_output_tokens=300) as reservation:
                order.append("first asks")
                await first_may_end.wait()
                order.append("first ends")
                reservation.settle(Usage(input_tokens=50, output_tokens=10))

        async def second() -> None:
            async with spending.reserve(static="s", rest="r" * 100, max_output_tokens=300) as reservation:
                order.append("second asks")
                reservation.settle(Usage(input_tokens=50, output_tokens=10))

        tasks = [asyncio.create_task(first()), asyncio.create_task(second())]
        await asyncio.sleep(0.01)
        assert order == ["first asks"]
        first_may_end.set()
        await asyncio.gather(*tasks)
        with pytest.raises(BudgetSpent):
            async with spending.reserve(static="s", rest="r" * 100, max_output_tokens=450):
                order.append("never")
        return order

    assert asyncio.run(run()) == ["first asks", "first ends", "second asks"]


def test_a_call_whose_fate_is_unknown_counts_whole() -> None:
    async def run() -> Spending:
        spending = Spending(DEAR, model="m", budget=10)

        async def hang() -> None:
            async with spending.reserve(static="", rest="r" * 100, max_output_tokens=50):
                await asyncio.Event().wait()

        task = asyncio.create_task(hang())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return spending

    spending = asyncio.run(run())
    assert spending.spent == DEAR.cost(Usage(input_tokens=100 + FRAME_TOKENS, output_tokens=50))
    assert (spending.requests, spending.estimated) == (1, 1)


def test_a_waiting_call_that_is_cancelled_takes_nothing_and_blocks_nobody() -> None:
    async def run() -> None:
        spending = Spending(DEAR, model="m", budget=1)
        held = spending.try_reserve(static="", rest="r" * 500, max_output_tokens=50)
        assert held is not None

        async def ask() -> None:
            async with spending.reserve(static="", rest="r" * 500, max_output_tokens=50) as reservation:
                reservation.settle(Usage(input_tokens=1, output_tokens=1))

        tasks = [asyncio.create_task(ask()) for _ in range(3)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.sleep(0)
        held.not_taken()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(end) for end in ended] == [type(None), asyncio.CancelledError, type(None)]
        assert spending.requests == 2

    asyncio.run(run())


def test_spending_goes_on_in_another_event_loop() -> None:
    spending, endpoint = Spending(DEAR, model="m", budget=3), Endpoint(DEAR)
    call = Call(0, 100, 100, 0.5, 0.1, 2, "answered")
    asyncio.run(ask_all(spending, endpoint, [call] * 8, 4))
    before = spending.spent
    asyncio.run(ask_all(spending, endpoint, [call] * 8, 4))
    assert before is not None
    assert spending.spent is not None
    assert before < spending.spent <= 3


def test_a_failed_call_counts_its_input_and_a_refused_one_nothing() -> None:
    spending = Spending(DEAR, model="m", budget=10)
    for end in ("failed", "not_taken"):
        reservation = spending.try_reserve(static="", rest="r" * 100, max_output_tokens=50)
        assert reservation is not None
        getattr(reservation, end)()
    assert spending.spent == DEAR.cost(Usage(input_tokens=100 + FRAME_TOKENS))
    assert spending.requests == 1


def test_one_call_has_one_ending() -> None:
    reservation = Spending(PRICE, model="m").try_reserve(static="", rest="", max_output_tokens=1)
    assert reservation is not None
    reservation.not_taken()
    with pytest.raises(ValueError, match="settled before"):
        reservation.failed()
    reservation.abandon()


def test_without_a_price_tokens_are_counted_and_the_cost_is_unknown() -> None:
    spending = Spending(None, model="local")
    reservation = spending.try_reserve(static="", rest="", max_output_tokens=1)
    assert reservation is not None
    reservation.settle(Usage(input_tokens=70, cached_tokens=64, output_tokens=9))
    assert spending.spent is None
    assert (spending.usage.input_tokens, spending.usage.cached_tokens, spending.usage.output_tokens) == (70, 64, 9)
    assert spending.affordable() is None


def test_the_number_of_affordable_calls_follows_the_mean_so_far() -> None:
    spending = Spending(DEAR, model="m", budget=1, max_requests=30)
    assert spending.affordable() == 30
    reservation = spending.try_reserve(static="", rest="", max_output_tokens=20)
    assert reservation is not None
    reservation.settle(Usage(input_tokens=40, output_tokens=5))  # 0.06 dollars
    assert spending.affordable() == 15


def test_a_spent_budget_says_what_was_spent_and_how_to_go_on() -> None:
    spending = Spending(DEAR, model="m", budget=1)
    reservation = spending.try_reserve(static="", rest="", max_output_tokens=200)
    assert reservation is not None
    reservation.settle(Usage(input_tokens=96, output_tokens=190))
    with pytest.raises(JudgeUnavailable) as caught:
        spending.try_reserve(static="", rest="", max_output_tokens=200)
    assert str(caught.value) == (
        "The budget has no room for another call: $0.856 of $1.00 were spent on 1 request, and the next "
        "one may cost up to $0.896. "
        "Run the same command with a larger --budget; what was answered is kept."
    )
    with pytest.raises(BudgetSpent, match=r"\$0.01 is too small for a single request, which may cost up to \$0.896"):
        Spending(DEAR, model="m", budget=0.01).try_reserve(static="", rest="", max_output_tokens=200)
    few = Spending(DEAR, model="m", max_requests=1)
    reservation = few.try_reserve(static="", rest="", max_output_tokens=200)
    assert reservation is not None
    reservation.settle(Usage(input_tokens=96, output_tokens=190))
    with pytest.raises(RequestsSpent, match=r"--max-requests is reached: 1 request made, for \$0.86"):
        few.try_reserve(static="", rest="", max_output_tokens=200)


def test_limits_that_cannot_be_kept_are_refused_before_any_call() -> None:
    with pytest.raises(ConfigurationError, match=r"'local' costs.*--prices"):
        Spending(None, model="local", budget=5)
    for budget in (0, -1, float("nan"), float("inf")):
        with pytest.raises(ConfigurationError, match="--budget"):
            Spending(PRICE, model="m", budget=budget)
    with pytest.raises(ConfigurationError, match="--max-requests"):
        Spending(PRICE, model="m", max_requests=0)


@pytest.mark.parametrize(
    ("facts", "answer", "counts"),
    [
        ({"output_tokens": 9}, "x" * 30, (200 + FRAME_TOKENS, 9)),
        ({"input_tokens": 0, "output_tokens": 0}, "x" * 30, (200 + FRAME_TOKENS, 30 + FRAME_TOKENS)),
        ({"input_tokens": 70}, "x" * 30, (70, 30 + FRAME_TOKENS)),
        ({"input_tokens": 70, "output_tokens": 0}, "", (70, 0)),
        ({"input_tokens": 70}, "", (70, FRAME_TOKENS)),
    ],
)
def test_what_an_endpoint_leaves_uncounted_is_estimated(
    facts: dict[str, str | int | float], answer: str, counts: tuple[int, int]
) -> None:
    spending = Spending(PRICE, model="m")
    reservation = spending.try_reserve(static="", rest="r" * 200, max_output_tokens=500)
    assert reservation is not None
    reservation.settle(Usage.of(facts), answer=answer)
    assert (spending.usage.input_tokens, spending.usage.output_tokens) == counts
    assert spending.estimated == (counts != (70, 0))


def test_amounts_that_are_compared_are_told_apart() -> None:
    assert [finely(amount) for amount in (0.01, 0.010001, 0.0094, 0.02, 5, 12.3456)] == [
        *("$0.01", "$0.0101", "$0.0094", "$0.02", "$5.00", "$12.35")
    ]
