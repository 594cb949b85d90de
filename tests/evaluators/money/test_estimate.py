from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.money.estimate import CHARACTERS_PER_TOKEN, Workload, estimate, estimate_text
from evaluators.money.prices import Price, Usage, load_prices

PRICE = Price(input=Decimal("0.15"), cached_input=Decimal("0.075"), output=Decimal("0.6"), as_of="2026-10-27")


def test_the_static_part_is_cached_after_its_first_request() -> None:
    requests = [("s" * 8000, "e" * 4000, 5)] * 3 + [("t" * 8000, "e" * 2000, 3)]
    work = Workload.of(requests)
    assert work == Workload(4, 32_000, 16_000, 14_000, 18)
    told = estimate(work, PRICE)
    assert told.usage.input_tokens == 46_000 / 4
    assert told.usage.cached_tokens == 16_000 / 4


def test_a_short_static_part_is_not_cached() -> None:
    assert estimate(Workload.of([("s" * 2000, "e" * 4000, 5)] * 9), PRICE).usage.cached_tokens == 0


works = st.builds(
    lambda requests, kinds, static, evidence, checks: Workload(
        requests, requests * static, min(requests, kinds) * static, requests * evidence, requests * checks
    ),
    requests=st.integers(1, 5_000),
    kinds=st.integers(1, 12),
    static=st.integers(100, 20_000),
    evidence=st.integers(0, 8_000),
    checks=st.integers(1, 6),
)


@given(
    work=works,
    characters=st.floats(*CHARACTERS_PER_TOKEN[::2]),
    cached=st.booleans(),
    model=st.sampled_from(sorted(load_prices().models)),
)
def test_a_run_within_the_measured_ratios_costs_what_was_said(
    work: Workload, characters: float, cached: bool, model: str
) -> None:
    price = load_prices().of(model)
    assert price is not None
    told = estimate(work, price)
    assert told.low is not None
    assert told.high is not None
    cached = cached and told.usage.cached_tokens > 0 and work.static_characters / work.requests / 4.6 >= 1_024
    real = Usage(
        input_tokens=int((work.static_characters + work.evidence_characters) / characters),
        cached_tokens=int((work.static_characters - work.first_characters) / characters) if cached else 0,
        output_tokens=45 * work.checks,
        written_tokens=int(work.first_characters / characters) if cached else 0,
    )
    few_tokens = price.output * 3 / 1_000_000  # rounding
    assert told.low - few_tokens <= price.cost(real) <= told.high + few_tokens


def test_the_line_for_the_terminal_says_tokens_cost_and_date() -> None:
    work = Workload(120, 120 * 10_000, 6 * 10_000, 120 * 6_000, 120 * 6)
    assert estimate_text(estimate(work, PRICE)) == (
        "120 requests, about 0.5 M input tokens (0.3 M cached) and 30 k output tokens: "
        "about $0.06 to $0.12 (prices of 2026-10-27)"
    )
    assert "cost not known" in estimate_text(estimate(work, None))
    assert estimate_text(estimate(Workload(1, 100, 100, 100, 1), None)).startswith("1 request, about 50 input tokens")


def test_a_measured_length_of_answers_goes_before_the_guess() -> None:
    work = Workload(10, 0, 0, 0, 50)
    told = estimate(work, PRICE, output_tokens=1_500)
    assert told.usage.output_tokens == 15_000
    assert told.high == pytest.approx(Decimal("0.6") * 18_750 * Decimal("1.05") / 1_000_000)
