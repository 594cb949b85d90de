"""What a run will cost, said before its first request."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple, Self

from evaluators.money.prices import Price, Usage, dollars

CHARACTERS_PER_TOKEN = (3.6, 4.0, 4.6)
"""At least, about, at most. Measured with a vocabulary of 32,000 tokens (the one shipped with wordllama): 3.64 on the
rubric prompt, 3.88 on the prose of `datasets/calibration`, 2.92 on its code. Four is OpenAI's own rule of thumb for
English, and its larger vocabularies reach a little more."""
OUTPUT_TOKENS_PER_CHECK = (25, 40, 75)
"""By the same vocabulary: 25 for a check that is not met, 50 with one quote of eleven words, 75 with two; about 40 in
the middle. What a model thinks before it answers is not in it: give the mean that was seen."""
OUTPUT_TOKENS_AROUND = 10
CACHED_FROM_TOKENS = 1_024
"""Providers cache no shorter static part."""
REPAIRED_SHARE = Decimal("0.05")
"""Added to the upper end for repairs and calls that have to be repeated."""


class Workload(NamedTuple):
    """What will be asked, in characters."""

    requests: int
    static_characters: int
    """Of system message and schema, over all requests."""
    first_characters: int
    """The same over requests that are the first with their static part, of which nothing is cached yet."""
    evidence_characters: int
    """Of everything else, over all requests."""
    checks: int
    """Over all requests."""

    @classmethod
    def of(cls, requests: Iterable[tuple[str, str, int]]) -> Self:
        """Add requests up: static part, rest, number of checks."""
        seen: set[str] = set()
        count = static_total = first = evidence = asked = 0
        for static, rest, checks in requests:
            count += 1
            static_total += len(static)
            evidence += len(rest)
            asked += checks
            if static not in seen:
                seen.add(static)
                first += len(static)
        return cls(count, static_total, first, evidence, asked)


class Estimate(NamedTuple):
    """Tokens that a workload will about take, and US dollars between which it will about cost."""

    requests: int
    usage: Usage
    low: Decimal | None
    """The static part is cached after its first request, answers are short; None without a price."""
    high: Decimal | None
    """Nothing is cached, answers are long, some are repaired; None without a price."""
    as_of: str
    """The day of the prices; empty without any."""


def estimate(
    work: Workload, price: Price | None, *, batch: bool = False, output_tokens: float | None = None
) -> Estimate:
    """Estimate tokens and cost.

    Args:
        work: What will be asked.
        price: Of the model, if known.
        batch: Calls go out as a provider batch.
        output_tokens: Mean of an answer as it was seen with this model; a guess by the number of checks if not given.
    """
    few, about, many = (_usage(work, case, output_tokens) for case in range(3))
    if price is None:
        return Estimate(work.requests, about, None, None, "")
    # A static part that is used once or twice may cost more with a cache, where writing to it is dearer.
    without = few.model_copy(update={"cached_tokens": 0, "written_tokens": 0})
    low = min(price.cost(few, batch=batch), price.cost(without, batch=batch))
    uncached = many.model_copy(update={"cached_tokens": 0, "written_tokens": None})
    high = price.cost(uncached, batch=batch) * (1 + REPAIRED_SHARE)
    return Estimate(work.requests, about, low, high, price.as_of)


def estimate_text(told: Estimate) -> str:
    """One line for a terminal."""
    usage = told.usage
    cached = f" ({_count(usage.cached_tokens)} cached)" if usage.cached_tokens else ""
    requests = "1 request" if told.requests == 1 else f"{told.requests:,} requests"
    line = f"{requests}, about {_count(usage.input_tokens)} input tokens{cached}"
    line += f" and {_count(usage.output_tokens)} output tokens"
    if told.low is None or told.high is None:
        return f"{line}: cost not known, since no price table holds this model (--prices FILE)"
    low, high = dollars(told.low), dollars(told.high)
    between = f"about {low}" if low == high else f"about {low} to {high}"
    return f"{line}: {between} (prices of {told.as_of})"


def _usage(work: Workload, case: int, output_tokens: float | None) -> Usage:
    """Few tokens, about as many, or many."""
    per_token = CHARACTERS_PER_TOKEN[2 - case]
    if output_tokens is None:
        output = work.checks * OUTPUT_TOKENS_PER_CHECK[case] + work.requests * OUTPUT_TOKENS_AROUND
    else:
        output = round(work.requests * output_tokens * (0.8, 1.0, 1.25)[case])
    long_enough = work.requests and work.static_characters / work.requests / per_token >= CACHED_FROM_TOKENS
    cached = round((work.static_characters - work.first_characters) / per_token) if long_enough else 0
    return Usage(
        input_tokens=round((work.static_characters + work.evidence_characters) / per_token),
        cached_tokens=cached,
        output_tokens=output,
        # Only what is cached for the first time is written into the cache; the evidence is not.
        written_tokens=round(work.first_characters / per_token) if long_enough else 0,
    )


def _count(tokens: int) -> str:
    if tokens >= 99_950:
        return f"{tokens / 1_000_000:.1f} M"
    return f"{tokens / 1_000:.0f} k" if tokens >= 1_000 else str(tokens)
